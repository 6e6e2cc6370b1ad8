"""The commands ``key``, ``jobs`` and ``worker`` with their arguments; each imports its own part when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

Guard = Callable[[Callable[..., int]], Callable[..., Any]]

AsJson = Annotated[bool, typer.Option("--json", help="Answers in JSON, for scripts.")]
JobId = Annotated[str, typer.Argument(help="Its ID in the list, or the beginning of it.")]


def key_status(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.status(terminal.Terminal(as_json=as_json))


def key_set(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.set_(terminal.Terminal(as_json=as_json))


def key_test(
    with_one_credit: Annotated[bool, typer.Option(
        "--with-one-credit", help="Sends a small made-up picture and fetches its mask: costs one credit.")] = False,
    as_json: AsJson = False,
) -> int:
    from . import key, terminal

    return key.test(with_one_credit, terminal.Terminal(as_json=as_json))


def key_forget(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.forget(terminal.Terminal(as_json=as_json))


def jobs_listed(as_json: AsJson = False) -> int:
    from . import jobs, terminal

    return jobs.listed(terminal.Terminal(as_json=as_json))


def jobs_resumed(
    id: Annotated[str | None, typer.Argument(help="Its ID in the list, or the beginning of it; all if left out.")]
    = None,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Where its mask goes.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replaces a file that exists already.")] = False,
    as_json: AsJson = False,
) -> int:
    from . import jobs, terminal

    if output is not None and id is None:
        raise typer.BadParameter("A file is for one job: name it.")
    return jobs.resumed(id, output, overwrite, terminal.Terminal(as_json=as_json))


def jobs_forgotten(id: JobId, as_json: AsJson = False) -> int:
    from . import jobs, terminal

    return jobs.forgotten(id, terminal.Terminal(as_json=as_json))


def key_group(guarded: Guard) -> typer.Typer:
    made = typer.Typer(
        help="Your API key for the engine Topaz cloud: kept in the system's keyring, never an argument.",
        rich_markup_mode=None, invoke_without_command=True)

    @made.callback()
    def key(context: typer.Context, as_json: AsJson = False) -> None:
        """Your API key for the engine Topaz cloud. Without a command: where it is, and what is allowed."""
        if context.invoked_subcommand is None:
            guarded(key_status)(as_json=as_json)

    for name, function, text in (
        ("set", key_set, "Keep a key. It is asked for unseen, or read from standard input."),
        ("test", key_test, "Ask Topaz for the balance, which is free."),
        ("forget", key_forget, "Remove the key, and the consent to send pictures."),
    ):
        made.command(name, help=text)(guarded(function))
    return made


def jobs_group(guarded: Guard) -> typer.Typer:
    made = typer.Typer(
        help="What was sent to Topaz, and fetching what was paid for.", rich_markup_mode=None,
        invoke_without_command=True)

    @made.callback()
    def jobs(context: typer.Context, as_json: AsJson = False) -> None:
        """What was sent to Topaz in the last 30 days. Without a command: the list."""
        if context.invoked_subcommand is None:
            guarded(jobs_listed)(as_json=as_json)

    for name, function, text in (
        ("list", jobs_listed, "Show every job and how it stands."),
        ("resume", jobs_resumed, "Fetch what was paid for: one job, or all."),
        ("forget", jobs_forgotten, "Remove a job from the list."),
    ):
        made.command(name, help=text)(guarded(function))
    return made


def worker_group(guarded: Guard) -> typer.Typer:
    made = typer.Typer(
        help="Look at or end the background process that keeps the model loaded.", rich_markup_mode=None,
        no_args_is_help=True)
    made.command(
        "status", short_help="Say what it is doing (exit code 3: not running).",
        help="Says what it is doing. Exit code 3 where none is running; never starts one.")(guarded(worker_status))
    made.command(
        "stop", short_help="End it now, or --when-idle.",
        help="Ends it. Work that runs in an editor is cancelled, unless you say --when-idle.")(guarded(worker_stop))
    return made


def worker_status(as_json: AsJson = False) -> int:
    from . import terminal, worker

    return worker.status(terminal.Terminal(as_json=as_json))


def worker_stop(
    when_idle: Annotated[bool, typer.Option("--when-idle", help="After the jobs that are running or waiting.")] = False,
    as_json: AsJson = False,
) -> int:
    from . import terminal, worker

    return worker.stop(terminal.Terminal(as_json=as_json), when_idle)
