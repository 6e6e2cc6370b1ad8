"""Krita: where it keeps its plug-ins, and the line in its settings that switches one on.

Krita loads a Python plug-in only where its settings file ``kritarc`` says ``enable_NAME=true`` in the group
``[python]``. That file is the user's own: one line of it is changed, all else stays as it is byte for byte, and
uninstalling puts back what was there.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from installers.editors import Computer, Editor
from installers.record import Record
from installers.site import Site, replace

GROUP = b"[python]"
KEY = b"enable_cutaway"
LINE = KEY + b"=true"


def find(computer: Computer) -> Iterator[Editor]:
    """Krita where it has its resource folder, or is a program on the PATH (the folder is then made)."""
    here = any((Path(each) / "krita").is_file() for each in computer.environ.get("PATH", "").split(":") if each)
    for number, (folder, settings) in enumerate(_places(computer)):
        if folder.is_dir() or (here and number == 0 and computer.platform not in ("win32", "darwin")):
            yield Editor("krita", "Krita", folder, settings=settings)


def _places(computer: Computer) -> list[tuple[Path, Path]]:
    """Resource folder and settings file, the main ones first. A Flatpak's plug-ins may start no program outside."""
    user, environ = computer.user, computer.environ
    if computer.platform == "win32":
        roaming = Path(environ.get("APPDATA") or user / "AppData" / "Roaming")
        local = Path(environ.get("LOCALAPPDATA") or user / "AppData" / "Local")
        return [(roaming / "krita", local / "kritarc")]
    if computer.platform == "darwin":
        library = user / "Library"
        return [(library / "Application Support" / "krita", library / "Preferences" / "kritarc")]
    data, config = environ.get("XDG_DATA_HOME", ""), environ.get("XDG_CONFIG_HOME", "")
    return [((Path(data) if data.startswith("/") else user / ".local" / "share") / "krita",
             (Path(config) if config.startswith("/") else user / ".config") / "kritarc")]


def switched_on(text: bytes) -> tuple[bytes, bytes | None]:
    """``text`` of a kritarc with the plug-in on, and the line that was in the place before: None where none was."""
    lines = text.splitlines(keepends=True)
    end = b"\r\n" if b"\r\n" in text else b"\n"
    start = next((n for n, line in enumerate(lines) if line.strip() == GROUP), None)
    if start is None:
        gap = b"" if not text or text.endswith(end * 2) else end if text.endswith(end) else end * 2
        return text + gap + GROUP + end + LINE + end, None
    for number in _group(lines, start):
        if lines[number].split(b"=")[0].strip() == KEY:
            before = lines[number].rstrip(b"\r\n")
            lines[number] = LINE + lines[number][len(before):]
            return b"".join(lines), before
    if not lines[start].endswith(b"\n"):
        lines[start] += end
    lines.insert(start + 1, LINE + end)
    return b"".join(lines), None


def switched_back(text: bytes, before: bytes | None) -> bytes:
    """``text`` with our line replaced by the one before, or taken out; as it is where ours is not there any more."""
    lines = text.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if line.strip() == GROUP), None)
    for number in _group(lines, start) if start is not None else ():
        if lines[number].rstrip(b"\r\n") == LINE:
            end = lines[number][len(LINE):]
            lines[number] = b"" if before is None else before + end
            return b"".join(lines)
    return text


def _group(lines: list[bytes], start: int) -> range:
    """The numbers of a group's lines, without its title."""
    after = (n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith(b"["))
    return range(start + 1, next(after, len(lines)))


@dataclass(frozen=True)
class SwitchOn:
    """Switches the plug-in on in Krita's settings file, which is made where there is none."""

    path: Path

    def describe(self) -> str:
        return f"Switch the plug-in on in Krita's settings: {self.path} ({LINE.decode()})"

    def obstacle(self, site: Site) -> str:
        if self.path.exists() and not self.path.is_file():
            return f"{self.path} is not a file"
        return ""

    def apply(self, site: Site) -> None:
        entry = self.entry(site.earlier)
        if entry is None:
            return
        site.record.add_switch(entry)
        path = self.path.resolve()  # a link into a folder of settings stays one
        site.make_folder(path.parent)
        text = path.read_bytes() if path.exists() else b""
        new, _ = switched_on(text)
        if new != text:
            site.keep(path)
            replace(path, new, stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600)

    def entry(self, earlier: Record) -> dict[str, str] | None:
        """What the record keeps of it: {"path", "before"}; None where the line was there and is not ours."""
        for said in earlier.switches:
            if said["path"] == str(self.path):
                return said
        text = self.path.read_bytes() if self.path.is_file() else b""
        _, before = switched_on(text)
        if before == LINE:
            return None
        made = {} if self.path.exists() else {"made": "yes"}
        return {"path": str(self.path), "before": (before or b"").decode("utf-8", "surrogateescape"), **made}


def switch_back(said: dict[str, str]) -> None:
    """Takes back what :class:`SwitchOn` has done. Raises OSError."""
    path = Path(said["path"]).resolve()
    if not path.is_file():
        return
    text = path.read_bytes()
    new = switched_back(text, said["before"].encode("utf-8", "surrogateescape") or None)
    if said.get("made") and new.strip() in (b"", GROUP):
        path.unlink()
    elif new != text:
        replace(path, new, stat.S_IMODE(path.stat().st_mode))
