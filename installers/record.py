"""What an installation consists of, kept in ``installed.json`` so that it can be removed exactly.

    {"version": "0.1.0", "protocol": 1, "python": "/home/u/.local/share/cutaway/env/bin/python", "home": "...",
     "source": "<sha256 of the program's files and the interpreter>",
     "files": [{"path": "...", "sha256": "..."}],     written whole; removed only while their content is still this
     "folders": ["..."],                              made; removed only when empty
     "trees": ["..."],                                made and owned whole (the environment); removed with all in them
     "links": [{"path": "...", "target": "..."}],     removed only while they still point there
     "editors": [{"kind": "gimp3", "name": "GIMP 3.0", "profile": "...", "folder": "..."}],
     "switches": [{"path": "...", "before": "..."}]}  one line in an editor's settings; put back to what it was before

The file is written last, by a rename. While a run is under way ``installing.json`` says in the same form what it is
about to write, so that the run after one that was killed knows its own files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from installers.errors import InstallError


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass
class Record:
    """See the module's text. ``files`` maps path to hash, ``links`` maps path to target.

    ``pending`` is not kept: the files of a run that was killed, by its journal (see :meth:`with_pending`).
    """

    version: str = ""
    protocol: int = 0
    python: str = ""
    home: str = ""
    source: str = ""
    files: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    editors: list[dict[str, str]] = field(default_factory=list)
    switches: list[dict[str, str]] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.home)

    def owns(self, path: Path) -> bool:
        """Whether the file at ``path`` is one that was written here and is unchanged."""
        known = {self.files.get(str(path)), self.pending.get(str(path))} - {None}
        if not known or path.is_symlink() or not path.is_file():
            return False
        return sha256_of(path) in known

    def with_pending(self, journal: Record) -> Record:
        """This record, and what a run that was killed may have written."""
        if not journal:
            return self
        return dataclasses.replace(
            self, home=journal.home, pending=dict(journal.files), links={**journal.links, **self.links},
            folders=[*self.folders, *(each for each in journal.folders if each not in self.folders)],
            trees=[*self.trees, *(each for each in journal.trees if each not in self.trees)],
            editors=self.editors or journal.editors,
            switches=[*self.switches, *(each for each in journal.switches if each not in self.switches)])

    def owns_tree(self, path: Path) -> bool:
        return str(path) in self.trees and not path.is_symlink()

    def owns_link(self, path: Path) -> bool:
        said = self.links.get(str(path))
        return said is not None and path.is_symlink() and str(path.readlink()) == said

    def add_folder(self, path: Path) -> None:
        if str(path) not in self.folders:
            self.folders.append(str(path))

    def add_tree(self, path: Path) -> None:
        if str(path) not in self.trees:
            self.trees.append(str(path))

    def add_switch(self, entry: dict[str, str]) -> None:
        if entry not in self.switches:
            self.switches.append(entry)

    def as_json(self) -> bytes:
        said: dict[str, Any] = dataclasses.asdict(self)
        del said["pending"]
        said["files"] = [{"path": path, "sha256": digest} for path, digest in self.files.items()]
        said["links"] = [{"path": path, "target": target} for path, target in self.links.items()]
        return (json.dumps(said, indent=1) + "\n").encode("ascii")


def read(path: Path) -> Record:
    """The record in the file, an empty one where there is no file. Raises InstallError where it makes no sense."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Record()
    except OSError as error:
        raise InstallError(f"The record {path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    try:
        said = json.loads(text)
        files = {str(each["path"]): str(each["sha256"]) for each in said["files"]}
        links = {str(each["path"]): str(each["target"]) for each in said["links"]}
        record = Record(
            str(said["version"]), int(said["protocol"]), str(said["python"]), str(said["home"]),
            str(said.get("source", "")), files, [str(each) for each in said["folders"]],
            [str(each) for each in said.get("trees", [])], links, [dict(each) for each in said["editors"]],
            [{str(key): str(value) for key, value in each.items()} for each in said.get("switches", [])])
    except (ValueError, KeyError, TypeError) as error:
        raise InstallError(
            f"The record of the earlier installation, {path}, is damaged.",
            f"Delete the folder {path.parent} and Cutaway's folders among your editors' plug-ins, then run this again.",
        ) from error
    check(record, path)
    return record


def check(record: Record, path: Path) -> None:
    """Refuses a record that is another folder's, or whose whole trees lie outside its own folder."""
    home = path.parent
    if Path(record.home) != home:
        raise InstallError(
            f"{home} holds an installation that was made in {record.home}; it does not work after a move.",
            f"Move it back there, or delete {home} and run this again.")
    for tree in record.trees:
        if Path(os.path.normpath(tree)).parent != home:
            raise InstallError(
                f"The record {path} names a folder outside {home}: {tree}.", "Correct the record, or delete it.")


def write(record: Record, path: Path) -> None:
    """Writes it beside its place and renames it there, so that a reader finds the old one or the new one."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(record.as_json())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
