"""Every paid job from its intent to its result, on the disk before the next step is taken.

One file a job, one JSON object a line, the last one says the most. A line that was cut off by a crash is not counted.
A file's name begins with the picture's digest, so that the jobs of one picture are found without reading all.

    intent     about to be sent: from here on a job may exist
    refused    the service did not take it: nothing was paid                      (ended)
    submitted  ``process_id`` is known
    unknown    the answer was lost: a job may exist under ``filename``
    absent     looked for and not there: nothing was paid                         (ended)
    completed  paid for; the result is still with the service, for 7 days
    fetched    the result is in :mod:`cutaway.cloud.results`                       (ended)
    failed, cancelled, expired                                                    (ended)
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cutaway.cloud.files import append_private, make_folder, write_private
from cutaway.errors import Cancelled, CloudBusy, CloudError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.lock import FileLock, held

INTENT: Final = "intent"
REFUSED: Final = "refused"
SUBMITTED: Final = "submitted"
UNKNOWN: Final = "unknown"
ABSENT: Final = "absent"
COMPLETED: Final = "completed"
FETCHED: Final = "fetched"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"
STATES: Final = (INTENT, REFUSED, SUBMITTED, UNKNOWN, ABSENT, COMPLETED, FETCHED, FAILED, CANCELLED, EXPIRED)
ENDED: Final = (REFUSED, ABSENT, FETCHED, FAILED, CANCELLED, EXPIRED)

KEPT_S: Final = 30 * 86400.0
"""An ended job is listed for so long."""

SIGNS: Final = 16
"""Hexadecimal signs of a digest that name its lock and its jobs' files."""

TIDY_S: Final = 86400.0
"""Between two looks for what is old: each reads every file."""

TIDIED: Final = "tidied"


@dataclass(frozen=True)
class Entry:
    """One job. ``id`` is ours, ``process_id`` the service's. ``digest``: see results.py.

    ``filename``: the name under which the picture is sent, made up for this job. ``error``: why it did not work.
    ``owner``: whose the job is, see owner.py; "" where that is not known.
    """

    id: str
    state: str
    digest: str
    filename: str
    model: str
    mode: str
    width: int
    height: int
    credits: int
    created: float
    updated: float
    process_id: str = ""
    error: str = ""
    owner: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Journal:
    """For any thread and any number of processes: every job has a file of its own. ``now``: Unix time in seconds."""

    def __init__(self, home: Home, now: Callable[[], float] = time.time) -> None:
        self._folder = home.journal
        self._now = now

    def begin(
        self, digest: str, model: str, mode: str, width: int, height: int, credits: int, owner: str = ""
    ) -> Entry:
        """Writes the intent. Raises CloudError where it cannot be written: then nothing may be sent."""
        now = self._now()
        name = secrets.token_hex(6)
        entry = Entry(
            name, INTENT, digest, f"cutaway-{secrets.token_hex(12)}.png", model, mode, width, height, credits, now, now,
            owner=owner)
        self._write(entry)
        with contextlib.suppress(OSError):  # tidying is not worth a picture
            self._tidy(now)
        return entry

    def note(self, entry: Entry, state: str, **more: Any) -> Entry:
        """The entry in its new state, written down. Raises CloudError where it cannot be written."""
        changed = dataclasses.replace(entry, state=state, updated=self._now(), **more)
        self._write(changed)
        return changed

    def entries(self) -> list[Entry]:
        """All, the oldest first."""
        return _sorted(self._read(self._folder.glob("*.jsonl")))

    def open(self, digest: str | None = None) -> list[Entry]:
        """Those that have not ended, of one picture or of all."""
        return [entry for entry in self.entries() if not entry.ended and digest in (None, entry.digest)]

    def of(self, digest: str) -> list[Entry]:
        """All of one picture, model and mode. Reads no others, but for those whose name has no digest."""
        names = (path for path in self._folder.glob("*.jsonl")
                 if "-" not in path.name or path.name.startswith(f"{digest[:SIGNS]}-"))
        return _sorted(entry for entry in self._read(names) if entry.digest == digest)

    def fresh(self, entry: Entry) -> Entry:
        """The entry as another process may have left it meanwhile. Raises CloudError where it is gone."""
        found = _read(self._path(entry))
        if found is None:
            raise CloudError(f"There is no job {entry.id!r} any more.", "cutaway jobs  lists them.")
        return found

    @property
    def begun(self) -> bool:
        """Whether anything was ever to be sent from here."""
        return self._folder.is_dir()

    @contextmanager
    def turn(self, digest: str, job: Job, *, wait: bool = True) -> Iterator[None]:
        """One at a time for each picture, of all processes: the second takes what the first has paid for.

        Raises Cancelled while it waits; CloudBusy where it is not to wait; CloudError where there can be no journal.
        """
        patience = job if wait else _impatient()
        with ExitStack() as stack:
            try:
                make_folder(self._folder)
                stack.enter_context(held(self._folder / f"{digest[:SIGNS]}.lock", patience))
            except OSError as error:
                raise _unwritable(error) from error
            except Cancelled:
                if wait:
                    raise
                raise CloudBusy("This picture is at work just now.", "Wait until that is done.") from None
            yield

    def find(self, id: str) -> Entry:
        """The one of that id, or of that beginning of an id, or of that process_id. Raises CloudError."""
        found = [e for e in self.entries() if id and (e.id.startswith(id) or e.process_id == id)]
        if len(found) != 1:
            what = "is no job" if not found else "are several jobs"
            raise CloudError(f"There {what} {id[:40]!r}.", "cutaway jobs  lists them.")
        return found[0]

    def forget(self, entry: Entry) -> None:
        """Removes it from the list; at the service nothing changes. Raises CloudError where that cannot be."""
        try:
            self._path(entry).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(error, entry.process_id) from error

    def _path(self, entry: Entry) -> Path:
        plain = self._folder / f"{entry.id}.jsonl"
        return plain if plain.exists() else self._folder / f"{entry.digest[:SIGNS]}-{entry.id}.jsonl"

    def _write(self, entry: Entry) -> None:
        line = json.dumps(dataclasses.asdict(entry)) + "\n"
        try:
            # A line before that was cut off must not take this one with it.
            append_private(self._path(entry), b"\n" + line.encode())
        except OSError as error:
            raise _unwritable(error, entry.process_id) from error

    def _read(self, paths: Iterable[Path]) -> Iterator[Entry]:
        for path in paths:
            entry = _read(path)
            if entry is not None:
                yield entry

    def _tidy(self, now: float) -> None:
        """Once in TIDY_S: removes what ended long ago, and locks that nobody holds. Raises OSError."""
        mark = self._folder / TIDIED
        with contextlib.suppress(FileNotFoundError, ValueError):
            if 0.0 <= now - float(mark.read_text("ascii")) < TIDY_S:
                return
        write_private(mark, str(now).encode())
        for entry in self.entries():
            if entry.ended and now - entry.updated > KEPT_S:
                self._path(entry).unlink(missing_ok=True)
        for path in self._folder.glob("*.lock"):
            FileLock(path).remove()


def _unwritable(error: OSError, process_id: str = "") -> CloudError:
    return CloudError(
        f"The journal of paid jobs cannot be written: {error.strerror}.",
        "Free some space on the disk of Cutaway's folder and try again.", process_id=process_id)


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.created, entry.id))


def _impatient() -> Job:
    """A job whose first wait is its end."""
    job = Job()
    job.cancel()
    return job


def _read(path: Path) -> Entry | None:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return None
    names = {said.name for said in dataclasses.fields(Entry)}
    for line in reversed(lines):
        try:
            said = json.loads(line)
            entry = Entry(**{name: value for name, value in said.items() if name in names})
        except (ValueError, TypeError, AttributeError):
            continue
        if entry.state in STATES and entry.id == path.stem.rpartition("-")[2]:
            return entry
    return None
