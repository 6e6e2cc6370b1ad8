"""Does a plan: all of it, or nothing of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from installers import record as records
from installers.errors import InstallError
from installers.layout import Layout
from installers.plan import Plan
from installers.record import Record
from installers.run import Runner
from installers.site import Site, remove_tree


def earlier_record(layout: Layout) -> Record:
    """What is installed, and what a run that was killed may have left."""
    return records.read(layout.record).with_pending(records.read(layout.journal))


def open_site(
    layout: Layout, runner: Runner, environ: dict[str, str], say: Callable[[str], None], earlier: Record, plan: Plan
) -> Site:
    """A site with nothing done yet: its record is what stays of the earlier installation."""
    stays = {path: digest for path, digest in earlier.files.items() if Path(path) not in plan.obsolete}
    replaced = {str(step.folder) for step in plan.adapters()}
    record = Record(
        python=str(layout.python), home=str(layout.home), source=plan.source, files=stays,
        folders=list(earlier.folders), trees=[str(layout.run)] if _ours(layout.run, earlier) else [],
        links=dict(earlier.links), editors=[each for each in earlier.editors if each["folder"] not in replaced],
        switches=list(earlier.switches))
    return Site(layout, runner, environ, say, earlier, record, ExitStack())


def obstacles(plan: Plan, site: Site) -> list[str]:
    """Everything that is in the way, found before anything is changed."""
    return [why for step in plan.steps if (why := step.obstacle(site))]


def apply(plan: Plan, site: Site, made: list[Path]) -> None:
    """Does every step. Where one fails, or the user stops it, everything that this run made is taken back.

    ``made``: folders that were made before, for the lock. Raises InstallError, also for an OSError of a step.
    """
    for folder in made:
        site.record.add_folder(folder)
    _recover(site)
    records.write(_journal(plan, site), site.layout.journal)
    site.undo.callback(site.layout.journal.unlink, missing_ok=True)
    if not site.layout.run.exists():
        # The worker of the demonstration makes it.
        site.undo.callback(remove_tree, site.layout.run)
    try:
        for number, step in enumerate(plan.steps, 1):
            site.say(f"[{number}/{len(plan.steps)}] {step.describe()}")
            step.apply(site)
    except BaseException as error:
        with _uninterrupted():
            _roll_back(site)
        if isinstance(error, OSError):
            raise InstallError(
                f"{error.filename or 'A file'}: {error.strerror or error}.", _hint(error)) from error
        raise
    site.undo.pop_all()
    site.layout.journal.unlink(missing_ok=True)
    for action in site.at_end:
        # What cannot be removed now (Windows, a file in use) goes at the next run.
        with suppress(OSError):
            action()


def _roll_back(site: Site) -> None:
    site.say("Stopped. Taking back what this run has done ...")
    try:
        site.undo.close()
    except OSError as error:
        site.say(f"{error.filename}: {error.strerror}; it could not be taken back. Run the installer again.")
        return
    kept = "The earlier installation is as it was." if site.earlier.files else "Nothing was installed."
    site.say(kept)


def _journal(plan: Plan, site: Site) -> Record:
    """What this run may write, for the run after one that was killed."""
    contents, links = plan.contents(), plan.links()
    above = [each for path in [*contents, *links] for each in Path(path).parents]
    above += [site.layout.models, site.layout.demo]
    missing = [str(each) for each in dict.fromkeys(above) if not each.exists()]
    trees = [str(each) for each in site.layout.trees if _ours(each, site.earlier)]
    entries = [step.entry() for step in plan.adapters()]
    switches = [entry for step in plan.switches() if (entry := step.entry(site.earlier)) is not None]
    return Record(
        plan.version, 0, str(site.layout.python), str(site.layout.home), plan.source, contents,
        [*site.record.folders, *missing], trees, links, entries, switches)


def _ours(tree: Path, earlier: Record) -> bool:
    """Whether the whole folder is an earlier installation's, or not there yet and so this one's."""
    return earlier.owns_tree(tree) or not (tree.exists() or tree.is_symlink())


def _recover(site: Site) -> None:
    """After a run that was killed between the two renames of the swap: the old environment back in its place."""
    layout = site.layout
    if layout.retired.exists() and site.earlier.owns_tree(layout.retired) and not layout.environment.exists():
        layout.retired.rename(layout.environment)


def _hint(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Change its permissions, or choose another folder with the environment variable CUTAWAY_HOME."
    return "Correct what this names (often: no room on the disk), then run this again."


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl+C does not break the rollback."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
