"""The command line of the installer. Exit codes: 0 done, 1 not done (and taken back), 2 wrong use, 130 stopped."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from installers import apply, home
from installers.errors import InstallError
from installers.layout import Layout
from installers.lock import Lock
from installers.plan import Choices, Plan, Planner, this_computer
from installers.program_steps import Demonstrate
from installers.run import real_environ, run
from installers.site import Site
from installers.steps import MakeLink
from installers.uninstall import Uninstall

CHECKOUT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _stopped)
    layout = Layout(home.find_home(sys.platform, os.environ, Path.home()), sys.platform == "win32")
    try:
        if options.uninstall:
            return _uninstall(layout, options.dry_run)
        choices = Choices(not options.no_editors, not options.no_link, not options.no_demo, options.fresh)
        if options.dry_run:
            return _show(layout, choices)
        return _install(layout, choices)
    except InstallError as error:
        for line in error.detail.splitlines():
            print(f"    | {line}", file=sys.stderr)
        print(f"\n{error.message}\n{error.hint}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m installers",
        description="Installs Cutaway for this user: a Python environment, the default model, the command `cutaway`, "
                    "and a plug-in for every supported editor that is found. CUTAWAY_HOME moves all of it.")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    parser.add_argument("--no-editors", action="store_true", help="install no plug-in into an editor")
    parser.add_argument("--no-link", action="store_true", help="do not link the command into ~/.local/bin")
    parser.add_argument("--no-demo", action="store_true", help="do not remove the background of the sample photograph")
    parser.add_argument("--fresh", action="store_true", help="make the environment anew even where it is up to date")
    parser.add_argument("--uninstall", action="store_true", help="remove exactly what was installed")
    return parser


def _stopped(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line if line.startswith("[") else f"      {line}")


def _look(layout: Layout, choices: Choices) -> tuple[Plan, Site, list[str]]:
    """The plan, the site it is for, and what is in its way."""
    environ = real_environ()
    earlier = apply.earlier_record(layout)
    plan = Planner(CHECKOUT, layout, choices, this_computer(environ, run), earlier, run, environ).plan()
    site = apply.open_site(layout, run, environ, _say, earlier, plan)
    return plan, site, apply.obstacles(plan, site)


def _refuse(found: list[str]) -> None:
    if found:
        raise InstallError(
            "Nothing was changed, because something is in the way:\n" + "\n".join(f"  {why}" for why in found),
            "Move it away or delete it, or leave editors out with --no-editors, then run this again.")


def _show(layout: Layout, choices: Choices) -> int:
    plan, _, found = _look(layout, choices)
    print(f"Cutaway {plan.version} would be installed in {layout.home}")
    for number, step in enumerate(plan.steps, 1):
        print(f"[{number}/{len(plan.steps)}] {step.describe()}")
    for note in plan.notes:
        print(note)
    _refuse(found)
    print("Nothing was changed (--dry-run).")
    return 0


def _install(layout: Layout, choices: Choices) -> int:
    started = time.monotonic()
    with Lock(layout.lock) as lock:
        plan, site, found = _look(layout, choices)
        _refuse(found)
        print(f"Cutaway {plan.version} into {layout.home}")
        apply.apply(plan, site, lock.made)
    print(f"\nCutaway {site.record.version} is installed ({time.monotonic() - started:.0f} s).")
    for note in plan.notes:
        print(note)
    for step in plan.steps:
        if isinstance(step, Demonstrate):
            print(f"The photograph without its background: {step.result}")
    names = ", ".join(each["name"] for each in site.record.editors)
    if names:
        print(f"Next: start {names}, open a picture, and choose Layer > Remove Background.")
    reached = any(isinstance(step, MakeLink) and step.on_path for step in plan.steps) and site.record.links
    command = "cutaway" if reached else shlex.quote(str(layout.command))
    print(f"On the command line: {command} remove PICTURE, and {command} --help.")
    return 0


def _uninstall(layout: Layout, dry: bool) -> int:
    def look() -> Uninstall:
        work = Uninstall(layout, apply.earlier_record(layout), run, real_environ(), _say)
        work.check()
        return work

    work = look()
    if dry:
        print("\n".join([*work.describe(), "Nothing was changed (--dry-run)."]))
        return 0
    with Lock(layout.lock):
        work = look()
        work.run()
    # The home folder held the lock until now.
    work.finish()
    for path in work.left:
        print(f"Left, because Cutaway's installer did not write it or it was changed: {path}")
    print(f"Cutaway was removed from {layout.home}.")
    return 0
