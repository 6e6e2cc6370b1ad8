"""The Debian mirror that this machine already uses, read from apt's own source files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse


@dataclass(frozen=True)
class Archive:
    """One archive as apt knows it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]

    @property
    def is_debian(self) -> bool:
        """Whether it is a main Debian archive: not security, not debug, not another distribution's."""
        return "debian" in urlparse(self.uri).path.split("/") and "main" in self.components


def one_line(text: str) -> list[Archive]:
    """Archives of a ``.list`` file: ``deb [option=value] uri suite component ...``, see sources.list(5)."""
    found = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] != "deb":
            continue
        rest = words[1:]
        if rest and rest[0].startswith("["):
            while rest and not rest[0].endswith("]"):
                rest = rest[1:]
            rest = rest[1:]
        if len(rest) >= 2:
            found.append(Archive(rest[0], (rest[1],), tuple(rest[2:])))
    return found


def deb822(text: str) -> list[Archive]:
    """Archives of a ``.sources`` file, see sources.list(5)."""
    found = []
    for stanza in _stanzas(text):
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled", "yes").lower() in ("no", "false"):
            continue
        for uri in stanza.get("uris", "").split():
            found.append(Archive(
                uri, tuple(stanza.get("suites", "").split()), tuple(stanza.get("components", "").split())))
    return found


def _stanzas(text: str) -> Iterable[dict[str, str]]:
    stanza: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, name = {}, ""
        elif line[0].isspace():
            stanza[name] = stanza.get(name, "") + " " + line.strip()
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            stanza[name] = value.strip()


def archives(folder: Path = Path("/etc/apt")) -> list[Archive]:
    """All archives in apt's configuration."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    found = []
    for path in files:
        if path.suffix in (".list", ".sources") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += deb822(text) if path.suffix == ".sources" else one_line(text)
    return found


def debian(folder: Path = Path("/etc/apt")) -> str:
    """The mirror's address; ``CUTAWAY_DEBIAN_MIRROR`` says another one. Raises LookupError where there is none."""
    said = os.environ.get("CUTAWAY_DEBIAN_MIRROR", "")
    if said:
        return said
    for archive in archives(folder):
        if archive.is_debian:
            return archive.uri
    raise LookupError(
        f"apt's sources in {shlex.quote(str(folder))} name no Debian mirror: set CUTAWAY_DEBIAN_MIRROR to one.")
