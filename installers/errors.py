"""What the installer tells the user when it cannot go on."""

from __future__ import annotations


class InstallError(Exception):
    """``message`` says what happened, ``hint`` what to do, ``detail`` holds the end of another program's output."""

    def __init__(self, message: str, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


class InTheWay(InstallError):
    """Something that the installer did not write is where it would write."""
