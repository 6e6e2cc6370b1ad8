"""A text that must not be seen: in no log, exception, dump or printed value."""

from __future__ import annotations

import hmac
from typing import Any, Final

MASK: Final = "***"
LONGEST: Final = 512


class Secret:
    """An API key. Everything that would print it prints three stars; it cannot be pickled or copied into text.

    >>> key = Secret("abc-123")
    >>> f"{key!r} {key} {key:>5}", key.reveal()
    ('*** ***   ***', 'abc-123')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the one place that sends or stores it."""
        return self._text

    def hide(self, text: str) -> str:
        """``text`` with every appearance of the secret replaced by stars."""
        return text.replace(self._text, MASK) if self._text else text

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode("utf-8", "replace"), other._text.encode("utf-8", "replace"))

    __hash__ = None  # type: ignore[assignment]  # a hash would be something to compare guesses with

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("A secret cannot be pickled.")


def fault(key: object) -> str:
    """What is wrong with the form of an API key, "" for nothing: it must go into one HTTP header as it is.

    >>> fault("abc\\n")
    'It has a line break or a space in it.'
    """
    text = key.reveal() if isinstance(key, Secret) else key
    if not isinstance(text, str):
        return "It is not a text."
    if not text.strip():
        return "It is empty."
    if any(sign.isspace() for sign in text):
        return "It has a line break or a space in it."
    if not all("!" <= sign <= "~" for sign in text):
        return "It has characters in it that no key has."
    return f"It is longer than {LONGEST} characters." if len(text) > LONGEST else ""
