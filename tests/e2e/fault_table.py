"""What one call of the command says and leaves behind for everything that the service may do to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.emulator.faults import Fault
from tests.emulator.results import LAYOUTS

Faults = tuple[tuple[str, str | None, dict[str, Any]], ...]

REFUSED = {
    400: "Topaz refused the request.", 401: "Topaz does not accept the API key.",
    402: "There are not enough Topaz credits left.", 403: "The API key may not do this.",
    404: "There is no such service at Topaz's address.", 409: "The job is not in a state that allows this.",
    412: "The Topaz account has no API subscription.", 413: "The picture is too large for Topaz.",
    415: "Topaz cannot read the picture.", 422: "Topaz does not take a picture of these dimensions."}
PASSING = (425, 429, 500, 503, 504)

LOST = "whether it has taken the picture is not known yet. It is not sent again meanwhile."
KEPT = "Fetch it later:  cutaway jobs resume"


@dataclass(frozen=True)
class Row:
    """``says``: part of standard error. ``paid``: credits that the service takes. ``state``: in the journal. ``stop``:
    whether Ctrl+C is pressed once the job is there.
    """

    faults: Faults
    code: int = 0
    says: str = ""
    paid: int = 1
    state: str = "fetched"
    stop: bool = False

    def script(self, only: str) -> list[Fault]:
        return [Fault.make(name, on, only=only, **said) for name, on, said in self.faults]


def one(name: str, on: str | None = None, /, **said: Any) -> Faults:
    return ((name, on, said),)


def error(status: int, on: str, /, **said: Any) -> Faults:
    return one("html", on, status=502, **said) if status == 502 else one("http_error", on, status=status, **said)


def refused(faults: Faults, says: str) -> Row:
    """No job was made."""
    return Row(faults, 1, says, 0, "refused")


def lost(faults: Faults) -> Row:
    """Nobody knows whether a job was made; none was."""
    return Row(faults, 1, LOST, 0, "unknown")


def left(faults: Faults, says: str, state: str) -> Row:
    """The job is there and stays listed."""
    return Row(faults, 1, says, 1, state)


def failed(faults: Faults, says: str = "could not process it") -> Row:
    return Row(faults, 1, says, 0, "failed")


def stopped(faults: Faults, state: str = "cancelled", says: str = "0 of 1 done, 1 cancelled.") -> Row:
    return Row(faults, 130, says, 0, state, stop=True)


def _submits() -> dict[str, Row]:
    made = {f"{status} to the submit": refused(error(status, "submit"), says) for status, says in REFUSED.items()}
    made |= {f"{status} to the submit": Row(one("rate_limit", "submit", status=status)) for status in (425, 429)}
    made |= {f"{status} to the submit": lost(error(status, "submit")) for status in (500, 502, 503, 504)}
    for name in ("error_after", "drop_after", "html_ok", "not_json", "json_array", "no_process_id", "empty"):
        made[f"{name} at the submit"] = Row(one(name, "submit"))
    return made | {
        "drop at the submit": lost(one("drop", "submit")),
        "reset at the submit": lost(one("drop", "submit", reset=True)),
        "redirect at the submit": lost(one("redirect", "submit")), "stall": Row(one("stall", "submit", seconds=0.3)),
        "stall_after": Row(one("stall_after", "submit", seconds=0.3))}


def _polls() -> dict[str, Row]:
    made = {f"{status} to the status": Row(error(status, "status")) for status in (*PASSING, 502, 404)}
    made |= {f"{status} to the status": left(error(status, "status"), KEPT, "submitted") for status in (400, 401, 403)}
    for name in ("unknown_status", "progress_missing", "progress_falling", "progress_odd", "fields_missing", "not_json",
                 "json_array", "empty", "html_ok", "redirect", "drop", "drop_after", "error_after"):
        made[f"{name} at the status"] = Row(one(name, "status"))
    return made


def _downloads() -> dict[str, Row]:
    made = {f"{status} to the download": Row(error(status, "download")) for status in (*PASSING, 502, 409)}
    made |= {f"{status} to the download": left(error(status, "download"), KEPT, "completed")
             for status in (400, 401, 403, 404)}
    for name in ("url_only", "both_links", "drop", "error_after"):
        made[f"{name} at the download"] = Row(one(name, "download"))
    made |= {f"{name} at the download": left(one(name, "download"), KEPT, "completed")
             for name in ("not_json", "empty", "html_ok", "json_array")}
    made |= {f"{name} at the download, always": left(one(name, "download", times=None), KEPT, "completed")
             for name in ("no_link", "odd_link", "redirect")}
    return made


def _storages() -> dict[str, Row]:
    made = {f"{status} of the storage": Row(error(status, "storage")) for status in (403, 410, 429, 500, 502, 503)}
    made["404 of the storage"] = left(error(404, "storage"), KEPT, "completed")
    for name in ("link_expired", "truncated", "garbage", "empty", "html_ok", "drop"):
        made[name] = Row(one(name, "storage"))
    made |= {"truncated short": Row(one("truncated", short=True)), "trickle": Row(one("trickle", "storage", size=256)),
             "link_expired 410": Row(one("link_expired", status=410))}
    made |= {f"{name}, always": left(one(name, "storage", times=None), KEPT, "completed")
             for name in ("truncated", "garbage", "empty", "html_ok", "redirect", "huge", "gzip_bomb", "bomb")}
    return made


def _jobs() -> dict[str, Row]:
    made = {f"a mask as {layout}": Row(one("mask_layout", layout=layout)) for layout in LAYOUTS}
    return made | {
        "a mask of 0": Row(one("mask_fill", value=0), says="No clear subject was found"),
        "a mask of 255": Row(one("mask_fill", value=255), says="No background was found"),
        "a mask of half the size": Row(one("mask_size")), "a mask of 1 pixel": Row(one("mask_size", size=(1, 1))),
        "slow": Row(one("slow", pending=0.3, processing=0.3)), "fails": failed(one("fails")),
        "pending_then_failed": failed(one("pending_then_failed", pending=0.3)),
        "ends_cancelled": failed(one("ends_cancelled"), "The job was cancelled at Topaz."),
        "pending_forever": stopped(one("pending_forever")), "processing_forever": stopped(one("processing_forever")),
        "409 to the cancel": stopped(
            one("processing_forever") + error(409, "cancel", times=None), "submitted", "may still be at Topaz"),
        "404 to the cancel": stopped(
            one("processing_forever") + error(404, "cancel", times=None), "submitted", "may still be at Topaz"),
        "500 to the cancel": stopped(
            one("processing_forever") + error(500, "cancel", times=None), "submitted", "may still be at Topaz")}


ROWS = _submits() | _polls() | _downloads() | _storages() | _jobs()
