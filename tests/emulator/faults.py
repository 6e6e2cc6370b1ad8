"""What can go wrong, by name, and the script of what shall. The effects themselves are in ``effects``."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.emulator.jobs import Plan

API: Final = ("submit", "status", "list", "delete", "download", "cancel", "estimate", "balance")
STORAGE: Final = ("storage", "head")
OPERATIONS: Final = (*API, *STORAGE)
JOB: Final = ("job",)
"""Not a request: the fault is in the job that the next submit makes."""

INFINITE: Final = float("inf")


@dataclass(frozen=True)
class Kind:
    """``on``: where it can happen, the first is the default. ``handled``: whether the request has its effect first (a
    job is made and paid for) and only its answer is spoilt. ``params``: the choices and their defaults."""

    on: tuple[str, ...]
    handled: bool
    text: str
    params: dict[str, Any] = field(default_factory=dict)


def _errors(status: int) -> dict[str, Any]:
    return {"status": status, "message": "", "code": None, "retry_after": None, "retry_date": None}


ANY: Final = (*API, *STORAGE)

KINDS: Final[dict[str, Kind]] = {
    "http_error": Kind(ANY, False, "an error status with a JSON body; retry_after: the header as seconds or text, "
                       "retry_date: as an HTTP date so many seconds ahead", _errors(500)),
    "rate_limit": Kind(ANY, False, "429, as http_error", _errors(429)),
    "error_after": Kind(ANY, True, "an error status after the request had its effect: the job was made", _errors(500)),
    "html": Kind(ANY, False, "a proxy's HTML page", {"status": 502}),
    "html_ok": Kind(ANY, True, "an HTML page with 200", {"status": 200}),
    "not_json": Kind(API, True, "200 with text that is no JSON", {"keep_headers": False}),
    "json_array": Kind(API, True, "200 with a JSON array where an object is expected", {"keep_headers": False}),
    "no_process_id": Kind(("submit",), True, "200 without process_id", {"keep_headers": False}),
    "empty": Kind(ANY, True, "200 with an empty body", {"keep_headers": False}),
    "drop": Kind(ANY, False, "the connection ends before the request has any effect; reset: by RST", {"reset": False}),
    "drop_after": Kind(ANY, True, "the connection ends after the effect; part: 0..1 of the body is sent before",
                       {"reset": False, "part": None}),
    "stall": Kind(ANY, False, "no answer for so many real seconds; then the normal one", {"seconds": 30.0}),
    "stall_after": Kind(ANY, True, "the effect, then no answer for so many real seconds; then it", {"seconds": 30.0}),
    "trickle": Kind(ANY, True, "the answer in crumbs: size bytes, then a pause in real seconds",
                    {"size": 16, "seconds": 0.05}),
    "redirect": Kind(ANY, False, "302 to another host, which notes who comes; at the storage it leads to a good file",
                     {"status": 302}),
    "unknown_status": Kind(("status", "list"), True, "a status word that nobody knows", {"word": "Queued"}),
    "progress_missing": Kind(("status",), True, "no progress in the status answer"),
    "progress_falling": Kind(("status",), True, "progress goes down from answer to answer", {"step": 20}),
    "progress_odd": Kind(("status",), True, "progress is something else", {"value": "half"}),
    "fields_missing": Kind(("status",), True, "process_id and status only"),
    "url_only": Kind(("download",), True, "the link is called url, and there is no other"),
    "both_links": Kind(("download",), True, "download_url is good, url leads nowhere"),
    "no_link": Kind(("download",), True, "an answer without a link"),
    "odd_link": Kind(("download",), True, "the link is this text instead", {"link": "http://example.invalid/a.png"}),
    "link_expired": Kind(("storage", "head"), False, "this link is refused from now on, a fresh one is good",
                         {"status": 403}),
    "truncated": Kind(("storage",), True, "part of the PNG; short: the header promises the whole and the connection "
                      "ends, else the header fits the part", {"part": 0.5, "short": False}),
    "garbage": Kind(("storage",), True, "bytes that are no picture, called image/png", {"size": 1000}),
    "huge": Kind(("storage",), True, "an endless answer, streamed; length: with Content-Length",
                 {"size": 10_000_000_000, "length": True}),
    "gzip_bomb": Kind(("storage",), True, "an answer with Content-Encoding gzip that swells to size bytes",
                      {"size": 10_000_000_000}),
    "bomb": Kind(("storage",), True, "a small sound PNG of huge dimensions", {"width": 30_000, "height": 30_000}),
    "slow": Kind(JOB, True, "takes so many seconds in each state", {"pending": 3600.0, "processing": 1800.0}),
    "pending_then_failed": Kind(JOB, True, "a long Pending, then Failed", {"pending": 3600.0, "processing": 0.0}),
    "fails": Kind(JOB, True, "ends Failed after the usual time"),
    "ends_cancelled": Kind(JOB, True, "ends Cancelled although nobody cancelled it"),
    "pending_forever": Kind(JOB, True, "stays Pending"),
    "processing_forever": Kind(JOB, True, "stays Processing"),
    "mask_size": Kind(JOB, True, "the result has another size: size (width, height), or scale",
                      {"size": None, "scale": 0.5}),
    "mask_fill": Kind(JOB, True, "the mask has one value everywhere", {"value": 0}),
    "mask_layout": Kind(JOB, True, "the mask's layout in the PNG", {"layout": "RGBA"}),
}


def changed(plan: Plan, fault: Fault) -> Plan:
    """The plan of a job that this fault of kind ``job`` befell."""
    p = fault.params
    simple: dict[str, dict[str, Any]] = {
        "fails": {"end": "Failed"}, "ends_cancelled": {"end": "Cancelled"}, "pending_forever": {"pending": INFINITE},
        "processing_forever": {"processing": INFINITE},
    }
    if fault.name in simple:
        return dataclasses.replace(plan, **simple[fault.name])
    if fault.name in ("slow", "pending_then_failed"):
        end = plan.end if fault.name == "slow" else "Failed"
        return dataclasses.replace(plan, pending=p["pending"], processing=p["processing"], end=end)
    if fault.name == "mask_size":
        size = tuple(p["size"]) if p["size"] else None
        return dataclasses.replace(plan, size=size, scale=None if size else p["scale"])
    if fault.name == "mask_fill":
        return dataclasses.replace(plan, fill=p["value"])
    return dataclasses.replace(plan, layout=p["layout"])


@dataclass
class Fault:
    """One entry of the script. ``times``: for how many requests, None for ever; ``after``: lets so many pass first;
    ``only``: a part of the file name or of the process id. ``used`` counts."""

    name: str
    on: str
    times: int | None = 1
    after: int = 0
    only: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    used: int = 0

    @classmethod
    def make(cls, name: str, on: str | None = None, *, times: int | None = 1, after: int = 0, only: str = "",
             **params: Any) -> Fault:
        """Raises ValueError for what the catalogue does not know."""
        if name not in KINDS:
            raise ValueError(f"no fault {name!r}; known: {', '.join(KINDS)}")
        kind = KINDS[name]
        handled = params.pop("handled", kind.handled)
        if on is not None and on not in kind.on:
            raise ValueError(f"{name} cannot happen on {on!r}, only on {', '.join(kind.on)}")
        strange = sorted(set(params) - set(kind.params))
        if strange:
            raise ValueError(f"{name} has no {strange[0]!r}, only {', '.join(kind.params) or 'no choices'}")
        return cls(name, on or kind.on[0], times, after, only, {**kind.params, **params, "handled": handled})

    @property
    def handled(self) -> bool:
        return bool(self.params["handled"])

    @property
    def spent(self) -> bool:
        return self.times is not None and self.used >= self.times


class Script:
    """The faults still to come, in order. Safe from any thread."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def left(self) -> list[Fault]:
        """Those that can still happen."""
        with self._lock:
            return [fault for fault in self._faults if not fault.spent]

    def take(self, operation: str, subjects: tuple[str, ...], otherwise: Callable[[], Fault | None]) -> Fault | None:
        """The fault for this request, used up by one; where none is written down, what ``otherwise`` says."""
        with self._lock:
            for fault in self._faults:
                if fault.on != operation or fault.spent or not any(fault.only in text for text in (*subjects, "")):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.used += 1
                return fault
        found = otherwise()
        if found is not None:
            found.used += 1
        return found
