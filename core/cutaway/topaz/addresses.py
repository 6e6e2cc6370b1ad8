"""Where requests may go: https, and http to this computer only."""

from __future__ import annotations

import ipaddress
import os
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cutaway.errors import CloudAnswerBad, SettingsInvalid

BASE: Final = "https://api.topazlabs.com/image/v1"
VARIABLE: Final = "CUTAWAY_TOPAZ_URL"
IMAGE: Final = "/image/v1"
ACCOUNT: Final = "/account/v1"
LONGEST_LINK: Final = 16_384


def is_loopback(host: str) -> bool:
    """Whether a host name means this computer.

    >>> [is_loopback(host) for host in ("localhost", "127.3.0.1", "::1", "10.0.0.1", "127.0.0.1.example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_address(said: str | None) -> str:
    """The API's address without a slash at its end: ``said``, else CUTAWAY_TOPAZ_URL, else Topaz's own.

    An address of a server alone gets the path /image/v1. Raises SettingsInvalid for one that is not allowed.
    """
    given = said or os.environ.get(VARIABLE, "") or BASE
    parts = _checked(given)
    if parts.path in ("", "/"):
        parts = parts._replace(path=IMAGE)
    return parts.geturl().rstrip("/")


def account_address(said: str | None, base: str) -> str:
    """The account API's address: ``said``, else on the same server as ``base``."""
    if said:
        return _checked(said).geturl().rstrip("/")
    parts = urlsplit(base)
    root = parts.path.removesuffix(IMAGE)
    return parts._replace(path=root.rstrip("/") + ACCOUNT).geturl()


def _split(address: str) -> SplitResult | None:
    """The parts of an address with a server and a whole port, and without a name or password; else None."""
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return None
    try:
        parts = urlsplit(address)
        fine = bool(parts.hostname) and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if fine else None


def _safe(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _checked(address: str) -> SplitResult:
    parts = _split(address)
    if parts is None or not _safe(parts) or parts.query or parts.fragment:
        raise SettingsInvalid(
            "The address set for Topaz's service is not a plain https address.",
            f"Unset {VARIABLE}, or set it to something like {BASE}; http is for this computer only.")
    return parts


def check_link(link: str, base: str) -> None:
    """Raises CloudAnswerBad where a result's link leads to a place that nothing is fetched from.

    Http on this computer is allowed only where the API itself is on this computer, so that no answer from outside can
    make us call a local service.
    """
    followed = _followed(link, base)
    del link  # so that no traceback that shows local variables shows it
    if not followed:
        raise CloudAnswerBad(
            "Topaz's link to the result is not a safe one.", "Try again later; the job is kept for 7 days.")


def _followed(link: str, base: str) -> bool:
    parts = _split(link) if len(link) <= LONGEST_LINK else None
    local = is_loopback(urlsplit(base).hostname or "")
    return parts is not None and _safe(parts) and (local or not is_loopback(parts.hostname or ""))
