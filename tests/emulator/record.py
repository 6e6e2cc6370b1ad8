"""What came in, for the tests to look at; and the trap for the key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from tests.emulator.upload import Upload

KEY_HEADER: Final = "x-api-key"
HIDDEN: Final = "<key>"
SHORTEST_KEY: Final = 6
"""A shorter text is not looked for: it would be found everywhere."""


@dataclass
class Received:
    """One request. ``headers`` has lower-case names and the key as ``<key>``; ``status`` is what was answered, None
    where nothing was; ``sent`` counts the bytes of the answer's body; ``fault`` names what spoilt it."""

    number: int
    at: float
    port: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    operation: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    file_name: str = ""
    file_type: str = ""
    picture: bytes | None = field(default=None, repr=False)
    upload: Upload | None = None
    body_size: int = 0
    process_id: str = ""
    status: int | None = None
    sent: int = 0
    fault: str = ""

    def field(self, name: str) -> str | None:
        """The last value of a form field, or None."""
        values = self.fields.get(name)
        return values[-1] if values else None


@dataclass(frozen=True)
class Leak:
    """The key was where it must not be."""

    port: str
    where: str
    request: str


class KeyLeaked(AssertionError):
    """Raised when the emulator is left, for every leak that nobody expected."""


def masked(headers: Iterable[tuple[bytes, bytes]], keys: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    known = [key for key in keys if key]
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == KEY_HEADER:
            value = HIDDEN
        for key in known:
            value = value.replace(key, HIDDEN)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def leaks_in(port: str, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes,
             keys: Iterable[str]) -> list[Leak]:
    """Where a key is that does not belong there: on the API port everywhere but in its own header; elsewhere
    everywhere, and the header itself even without a known key."""
    seen = [key.encode() for key in keys if len(key) >= SHORTEST_KEY]
    places = {"path": path.encode(), "query": query, "query, unquoted": unquote_to_bytes(query), "body": body}
    for name, value in headers:
        if name.lower() != KEY_HEADER.encode():
            places[f"header {name.decode('latin-1').lower()}"] = value
        places["a header's name"] = places.get("a header's name", b"") + b" " + name
    found = {where for where, data in places.items() if any(key in data for key in seen)}
    if port != "api":
        found |= {f"header {name.decode('latin-1').lower()}" for name, _ in headers
                  if name.lower() in (KEY_HEADER.encode(), b"authorization")}
    return [Leak(port, where, f"{method} {path}") for where in sorted(found)]
