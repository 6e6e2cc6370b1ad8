"""Texts from the server: data to be shown, never to be trusted."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

from cutaway.topaz.secret import Secret

LONGEST: Final = 200
_LINK: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)


def clean(text: str, secret: Secret) -> str:
    """At most LONGEST characters on one line: without control and direction characters, links, and the key.

    >>> clean("no \\x1b[31mcredits\\n for abc-123", Secret("abc-123"))
    'no [31mcredits for ***'
    """
    text = text[:100 * LONGEST]
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    printed = "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
    short = " ".join(secret.hide(_LINK.sub("(link)", printed)).split())
    return short if len(short) <= LONGEST else short[:LONGEST - 1] + "…"


def scrub(value: Any, secret: Secret) -> Any:
    """A JSON value with the key replaced by stars wherever a server put it, names included."""
    if isinstance(value, str):
        return secret.hide(value)
    if isinstance(value, list):
        return [scrub(part, secret) for part in value]
    if isinstance(value, dict):
        return {secret.hide(name): scrub(part, secret) for name, part in value.items()}
    return value


def read_json(body: bytes, secret: Secret) -> Any:
    """The value, scrubbed. Raises ValueError for anything that is not JSON, or nested beyond sense."""
    try:
        return scrub(json.loads(body), secret)
    except RecursionError:
        raise ValueError("nested too deep") from None


def message(body: bytes, secret: Secret) -> str:
    """The ``message`` of an error's body, cleaned; "" where there is none."""
    try:
        said = read_json(body, secret)
    except ValueError:
        return ""
    text = said.get("message") if isinstance(said, dict) else None
    return clean(text, secret) if isinstance(text, str) else ""
