"""The command ``cutaway``.

Exit codes: 0 all good, 1 something failed, 2 the call makes no sense (nothing was run), 3 ``worker status`` found none
running, 70 a defect of Cutaway, 130 cancelled.

Only what ``--help`` needs is imported here; each command imports its own part.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
import typer.main

from cutaway_bridge import settings_spec
from cutaway_bridge.errors import CANCELLED, BridgeError

from . import commands, options

FAILED, USAGE, DEFECT, STOPPED = 1, 2, 70, 130

TOP = """Removes the background of pictures: what is left is the subject, with clean and soft edges.

Everything runs on this computer, unless you choose --engine topaz or auto. Inputs are never changed, and no file is
overwritten unless you say --overwrite.

\b
Examples:
  cutaway remove cat.jpg                      makes cat_cutout.png beside it
  cutaway remove cat.jpg -o out/              makes out/cat_cutout.png
  cutaway remove *.jpg -o out/ --feather 1.5  several at once, edges a little softer
  cutaway remove cat.jpg --mask-only          makes cat_mask.png, white where the cat is
  cutaway models                              shows the models and which are installed
  cutaway models get isnet                    installs a better one
  cutaway key set                             keeps your API key for --engine topaz
  cutaway jobs                                shows what was sent to Topaz
  cutaway worker stop                         ends the background process and frees its memory

cutaway COMMAND --help tells more about each command.
"""

REMOVE = """Removes the background of one or more pictures: PNG, JPEG, TIFF, WebP and others.

The result is written next to the input as NAME_cutout.png (a mask alone as NAME_mask.png), or where -o says.
Orientation, colour profile, resolution and 16 bits a channel are kept.

\b
Examples:
  cutaway remove cat.jpg
  cutaway remove cat.jpg -o subject.png --shrink 1 --feather 0.5
  cutaway remove *.jpg -o cutouts/
  cutaway remove cat.jpg --matte rough.png            refines the edges of a mask you have
  cutaway remove *.jpg --engine topaz --dry-run       says what Topaz would cost, and sends nothing
  cutaway remove *.jpg --engine auto --upload once    Topaz where it can, else this computer

A picture that fails is said and the next one is tried. The exit code is 0 when every picture is done, 1 when one
failed, 2 when the call makes no sense and nothing was run, 130 when you stopped it with Ctrl+C: what was finished then
stays.
"""

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Says nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answers in JSON, for scripts.")]


def app() -> typer.Typer:
    """The whole command."""
    made = typer.Typer(
        name="cutaway", help=TOP, add_completion=False, no_args_is_help=True, rich_markup_mode=None,
        pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]})
    made.callback()(_top)
    made.command("remove", help=REMOVE, short_help="Remove the background of pictures.", no_args_is_help=True)(
        options.signed(_guarded(_remove), _remove_parameters()))
    made.add_typer(_models(), name="models")
    made.add_typer(commands.key_group(_guarded), name="key")
    made.add_typer(commands.jobs_group(_guarded), name="jobs")
    made.add_typer(commands.worker_group(_guarded), name="worker")
    return made


def _guarded(function: Callable[..., int]) -> Callable[..., None]:
    """What a command raises for the user becomes a sentence, what it returns the exit code."""

    @functools.wraps(function)
    def guarded(*arguments: Any, **values: Any) -> None:
        from .terminal import Terminal

        try:
            code = function(*arguments, **values)
        except BridgeError as error:
            if error.code == CANCELLED:
                Terminal().say(error.message)
                raise typer.Exit(STOPPED) from error
            Terminal().error(error)
            code = FAILED
        except KeyboardInterrupt:
            Terminal().say("Cancelled.")
            code = STOPPED
        raise typer.Exit(code)

    return guarded


def _version(said: bool) -> None:
    if said:
        from importlib.metadata import version

        print("cutaway", version("cutaway"))
        raise typer.Exit(0)


def _top(
    version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Says the version.")] = False,
) -> None:
    pass


def _remove_parameters() -> list[Any]:
    flag = functools.partial(typer.Option, show_default=False)
    return [
        options.keyword("sources", list[str], options.REQUIRED, typer.Argument(
            metavar="IN", hidden=True)),
        options.keyword("output", str | None, None, flag(
            "--output", "-o", metavar="OUT",
            help="A file, or a folder for several pictures (one that exists, or with a slash at its end).")),
        *options.parameters(settings_spec.load()),
        options.keyword("matte", str | None, None, flag(
            "--matte", metavar="FILE",
            help="Takes the subject from this mask (its transparency, else its brightness) and refines the edges.")),
        options.keyword("max_credits", int | None, None, flag(
            "--max-credits", metavar="N", min=0,
            help="Sends nothing where all pictures together would cost more Topaz credits.")),
        options.keyword("dry_run", bool, False, flag(
            "--dry-run", help="Says what the pictures would cost at Topaz, and does nothing.")),
        options.keyword("at_once", int, 3, typer.Option(
            "--at-once", metavar="N", min=1, max=16, show_default=False,
            help="Pictures at Topaz at a time, normally 3; this computer takes one at a time.")),
        options.keyword("overwrite", bool, False, flag("--overwrite", help="Replaces results that exist already.")),
        options.keyword("quiet", bool, False, flag("--quiet", "-q", help="Says nothing but errors.")),
        options.keyword("as_json", bool, False, flag("--json", help="One JSON object a picture, for scripts.")),
    ]


def _remove(
    *, sources: list[str], output: str | None, overwrite: bool, quiet: bool, as_json: bool, matte: str | None,
    max_credits: int | None, dry_run: bool, at_once: int, **given: Any
) -> int:
    from .outputs import Refused, plan
    from .remove import Removal
    from .terminal import Terminal

    settings = options.settings(settings_spec.load(), given)
    if matte is not None:
        if given.get("engine") not in (None, "mask"):
            raise typer.BadParameter("--matte takes the place of an engine: leave --engine away.")
        if len(sources) > 1:
            raise typer.BadParameter("--matte belongs to one picture: name one.")
        settings["engine"] = "mask"
    form = "mask" if given.get("mask_only") else "cutout"
    try:
        pieces = plan(sources, output, form, overwrite=overwrite)
    except Refused as why:
        Terminal().refused(str(why))
        return USAGE
    terminal = Terminal(quiet=quiet, as_json=as_json)
    if dry_run:
        from .spending import dry_run as priced

        return priced(pieces, settings, terminal)
    return Removal(
        pieces, settings, form, overwrite, terminal, matte=matte, at_once=at_once,
        max_credits=max_credits).run()


def _models() -> typer.Typer:
    made = typer.Typer(
        help="Show, get and remove the models that find the subject.", rich_markup_mode=None,
        invoke_without_command=True)

    @made.callback()
    def models(context: typer.Context, as_json: AsJson = False) -> None:
        """Show, get and remove the models that find the subject. Without a command: the list."""
        if context.invoked_subcommand is None:
            _guarded(_list_models)(as_json=as_json)
        elif as_json:
            raise typer.BadParameter(f"It belongs behind the command: {context.invoked_subcommand} --json.")

    for name, function, text in (
        ("list", _list_models, "Show what each model is good at, and what is installed."),
        ("get", _get_model, "Download a model, check it, and install it."),
        ("import", _import_model, "Install a model from a file that you have."),
        ("remove", _remove_model, "Remove a model from this computer."),
        ("verify", _verify_models, "Check the installed models (exit code 1: damaged)."),
    ):
        made.command(name, help=text)(_guarded(function))
    return made


def _list_models(as_json: AsJson = False) -> int:
    from . import models, terminal

    return models.listed(terminal.Terminal(as_json=as_json))


def _get_model(
    name: Annotated[str, typer.Argument(help="Its name in the list.")], quiet: Quiet = False, as_json: AsJson = False
) -> int:
    from . import models, terminal

    return models.got(name, terminal.Terminal(quiet=quiet, as_json=as_json))


def _import_model(
    file: Annotated[str, typer.Argument(help="The model's file.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Which model it is; found out if not given.")] = None,
    as_json: AsJson = False,
) -> int:
    from . import models, terminal

    return models.imported(file, name, terminal.Terminal(as_json=as_json))


def _remove_model(name: Annotated[str, typer.Argument(help="Its name in the list.")], as_json: AsJson = False) -> int:
    from . import models, terminal

    return models.removed(name, terminal.Terminal(as_json=as_json))


def _verify_models(
    name: Annotated[str | None, typer.Argument(help="One model; all if not given.")] = None, as_json: AsJson = False
) -> int:
    from . import models, terminal

    return models.verified(name, terminal.Terminal(as_json=as_json))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit code."""
    said = list(sys.argv[1:] if arguments is None else arguments)
    try:
        typer.main.get_command(app()).main(args=said, prog_name="cutaway", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else (0 if end.code is None else FAILED)
    except Exception as fault:  # noqa: BLE001 -- the edge of the process: whatever it is, the user gets a sentence
        from . import failure

        failure.tell(fault, said)
        return DEFECT
    return 0


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main())
