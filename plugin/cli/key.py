"""``cutaway key``: the API key for the engine Topaz cloud. It is typed unseen or piped in, and never an argument."""

from __future__ import annotations

import getpass
import sys

from cutaway_bridge import flow
from cutaway_bridge.client import KEY_VARIABLE
from cutaway_bridge.cloud import credits_said

from .asking import ask_alone
from .terminal import Terminal

PLACES = {
    "keyring": "in the system's keyring", "file": "in a file that only you can read",
    "environment": f"in the variable {KEY_VARIABLE}"}


def status(terminal: Terminal) -> int:
    """Where the key is, and whether pictures may be sent."""
    said = ask_alone("key.status", {}, terminal, "key")
    terminal.record(said)
    if not terminal.as_json:
        where = said["where"]
        terminal.answer(f"The Topaz API key is set, {PLACES[where]}." if where else "No Topaz API key is set.")
        sending = "is allowed" if said["consent"] else "is not allowed; --upload once or --upload always allows it"
        terminal.answer(f"Sending pictures to Topaz {sending}.")
    return 0


def set_(terminal: Terminal) -> int:
    """Asks for the key, unseen."""
    said = ask_alone("key.set", {"key": _typed().strip()}, terminal, "key")
    terminal.record(said)
    terminal.line(f"The key is kept {PLACES[said['where']]}. Check it with  cutaway key test")
    if said["where"] == "file":
        terminal.note("This system has no keyring that works, so the key is in a file. Whoever can read your files "
                      "can read it.")
    return 0


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    try:
        return getpass.getpass("Topaz API key (not shown): ")
    except EOFError:  # Ctrl+D
        raise flow.cancelled() from None


def test(with_one_credit: bool, terminal: Terminal) -> int:
    """The balance; with ``with_one_credit`` the whole way with a small made-up picture."""
    said = ask_alone("key.test", {"with_one_credit": with_one_credit}, terminal, "key")
    terminal.record(said)
    terminal.line(f"The key works: {credits_said(said['available'])} left, {said['reserved']} reserved.")
    check = said["check"]
    if check:
        terminal.line(f"A test picture came back in {check['seconds']} s for {credits_said(check['credits'])}; "
                      f"the mask keeps {check['kept']:.0%} of it.")
    return 0


def forget(terminal: Terminal) -> int:
    """Removes key and consent."""
    said = ask_alone("key.forget", {}, terminal, "key")
    terminal.record(said)
    terminal.line("The key is forgotten." if said["found"] else "No key was kept.")
    return 0
