"""What each fault does to an answer. An effect gets the true answer and gives back what is sent instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final

from tests.emulator import png
from tests.emulator.faults import Fault
from tests.emulator.replies import Answer, HangUp, Late, Reply, Stream, Wires, crumbs, zeros

PAGE: Final = b"<html>\r\n<head><title>%s</title></head>\r\n<body><center><h1>%s</h1></center></body>\r\n</html>\r\n"
TITLES: Final = {200: b"Just a moment...", 502: b"502 Bad Gateway", 503: b"503 Service Temporarily Unavailable",
                 504: b"504 Gateway Time-out"}
MESSAGES: Final = {429: "Too many requests, please try again later", 500: "Internal Server Error",
                   425: "A credit top-up is in progress", 402: "Insufficient credits"}


@dataclass
class Spoiling:
    """``answer``: the true one, None where the request was not handled. ``normal``: gives it then. ``elsewhere``: a
    link on another host."""

    fault: Fault
    answer: Answer | None
    normal: Reply
    now: float
    wires: Wires
    elsewhere: str

    def __getitem__(self, name: str) -> Any:
        return self.fault.params[name]

    @property
    def true(self) -> Answer:
        return self.answer or Answer(200, {})

    def object(self) -> dict[str, Any] | None:
        """The true answer's fields, to be changed in a copy; None where it is an error."""
        body = self.true.body
        return dict(body) if self.true.status == 200 and isinstance(body, dict) else None


def _error(s: Spoiling) -> Reply:
    status = s["status"]
    body: dict[str, Any] = {"message": s["message"] or MESSAGES.get(status, f"Error {status}")}
    if s["code"] is not None:
        body["code"] = s["code"]
    headers = {}
    if s["retry_after"] is not None:
        headers["Retry-After"] = str(s["retry_after"])
    if s["retry_date"] is not None:
        headers["Retry-After"] = formatdate(s.now + s["retry_date"], usegmt=True)
    return Answer(status, body, headers)


def _html(s: Spoiling) -> Reply:
    title = TITLES.get(s["status"], str(s["status"]).encode())
    return Answer(s["status"], PAGE % (title, title), media="text/html")


def _instead(body: Callable[[Spoiling], Any], media: str = "application/json") -> Callable[[Spoiling], Reply]:
    """200 with another body; the headers that repeat the process id go too, unless they are to be kept."""
    def effect(s: Spoiling) -> Reply:
        if s.true.status >= 400:
            return s.true
        headers = dict(s.true.headers) if s.fault.params.get("keep_headers") else {}
        return Answer(200, body(s), headers, media)
    return effect


def _without_id(s: Spoiling) -> dict[str, Any]:
    return {name: value for name, value in (s.object() or {}).items() if name != "process_id"}


def _fields(change: Callable[[Spoiling, dict[str, Any]], dict[str, Any]]) -> Callable[[Spoiling], Reply]:
    """Changes the fields of a good answer; an error stays as it is."""
    def effect(s: Spoiling) -> Reply:
        fields = s.object()
        return s.true if fields is None else Answer(200, change(s, fields), s.true.headers)
    return effect


def _word(s: Spoiling) -> Reply:
    body = s.true.body
    if isinstance(body, list):
        return Answer(200, [{**row, "status": s["word"]} for row in body])
    return _fields(lambda s, row: {**row, "status": s["word"]} if "status" in row else row)(s)


def _falling(s: Spoiling, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "progress": max(0, 100 - s["step"] * s.fault.used)}


def _drop_after(s: Spoiling) -> Reply:
    if s["part"] is None:
        return HangUp(s.wires, s["reset"])
    return HangUp(s.wires, s["reset"], s.true, int(len(s.true.data) * s["part"]))


def _truncated(s: Spoiling) -> Reply:
    part = int(len(s.true.data) * s["part"])
    if s["short"]:
        return HangUp(s.wires, answer=s.true, part=part)
    return Answer(s.true.status, s.true.data[:part], s.true.headers, s.true.media)


def _picture(data: bytes) -> Answer:
    return Answer(200, data, media="image/png")


def _huge(s: Spoiling) -> Reply:
    return Stream(_picture(b""), zeros(png.SIGNATURE, s["size"]), s["size"] if s["length"] else None)


def _gzip_bomb(s: Spoiling) -> Reply:
    return Stream(Answer(200, b"", {"Content-Encoding": "gzip"}, "image/png"), png.gzip_of_zeros(s["size"]))


EFFECTS: Final[dict[str, Callable[[Spoiling], Reply]]] = {
    "http_error": _error, "rate_limit": _error, "error_after": _error, "html": _html, "html_ok": _html,
    "not_json": _instead(lambda s: b"OK", "text/plain"),
    "json_array": _instead(lambda s: [s.true.body]),
    "no_process_id": _instead(_without_id),
    "empty": _instead(lambda s: b""),
    "drop": lambda s: HangUp(s.wires, s["reset"]),
    "drop_after": _drop_after,
    "stall": lambda s: Late(s.normal, s["seconds"]),
    "stall_after": lambda s: Late(s.true, s["seconds"]),
    "trickle": lambda s: Stream(s.true, crumbs(s.true.data, s["size"], s["seconds"]), len(s.true.data)),
    "redirect": lambda s: Answer(s["status"], None, {"Location": s.elsewhere}),
    "unknown_status": _word,
    "progress_missing": _fields(lambda s, row: {name: row[name] for name in row if name != "progress"}),
    "progress_falling": _fields(_falling),
    "progress_odd": _fields(lambda s, row: {**row, "progress": s["value"]}),
    "fields_missing": _fields(lambda s, row: {name: row[name] for name in ("process_id", "status")}),
    "url_only": _fields(lambda s, row: {"url": row["download_url"], "expiry": row["expiry"]}),
    "both_links": _fields(lambda s, row: {**row, "url": f"{s.elsewhere}-wrong"}),
    "no_link": _fields(lambda s, row: {"expiry": row["expiry"]}),
    "odd_link": _fields(lambda s, row: {**row, "download_url": s["link"]}),
    "link_expired": lambda s: refused_link(s["status"]),
    "truncated": _truncated,
    "garbage": lambda s: _picture(bytes(range(256)) * (s["size"] // 256 + 1)),
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
    "bomb": lambda s: _picture(png.bomb(s["width"], s["height"])),
}


def refused_link(status: int) -> Answer:
    """As object storages say it: XML."""
    word = {403: "AccessDenied", 404: "NoSuchKey", 410: "Gone"}.get(status, "Error")
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{word}</Code><Message>{word}</Message></Error>'
    return Answer(status, text.encode(), media="application/xml")
