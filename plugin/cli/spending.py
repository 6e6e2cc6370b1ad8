"""Before anything is sent to Topaz: what it costs, the limit, and the user's consent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from cutaway_bridge import installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError

from .asking import ask
from .outputs import Piece
from .terminal import Bar, Terminal, table

ELSEWHERE = ("topaz", "auto")
CHUNK = 500
"""Paths in one message, which must stay under a megabyte."""

KEPT = "Topaz keeps them for 7 days."


def price(client: Client, pieces: Sequence[Piece], settings: dict[str, Any], bar: Bar) -> dict[str, Any]:
    """{"pictures": [...], "credits", "available"} of all pieces, as cloud.price says it."""
    client.connect()
    for _ in client.saying_key():
        pass
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {"available": None}
    for start in range(0, len(pieces), CHUNK):
        part = pieces[start:start + CHUNK]
        said = ask(client, "cloud.price", {
            "pictures": [{"path": str(piece.source)} for piece in part], "model": settings.get("cloud", "RemoveBG"),
        }, bar)
        rows += said["pictures"]
    return {"pictures": rows, "credits": sum(row.get("credits", 0) for row in rows), "available": said["available"]}


def dry_run(pieces: Sequence[Piece], settings: dict[str, Any], terminal: Terminal) -> int:
    """Says what every picture and all would cost. 1 where one cannot be read."""
    with Client(installation.find(), "cli") as client, terminal.bar("prices") as bar:
        said = price(client, pieces, settings, bar)
    if terminal.as_json:
        terminal.record(said | {"pictures": [
            {"input": piece.said, **row} for piece, row in zip(pieces, said["pictures"], strict=True)]})
    else:
        for line in table(("CREDITS", "SIZE", "PICTURE"), _rows(pieces, said["pictures"])):
            terminal.answer(line)
        left = "" if said["available"] is None else f" The account has {said['available']}."
        terminal.answer(f"{credits_said(said['credits'])} for {len(pieces)} picture(s). Nothing was sent.{left}")
    return 1 if any("error" in row for row in said["pictures"]) else 0


def _rows(pieces: Sequence[Piece], rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        ("-", "-", f"{piece.said}: {row['error']}") if "error" in row
        else (str(row["credits"]), f"{row['width']}x{row['height']}", piece.said)
        for piece, row in zip(pieces, rows, strict=True)]


def allowed(
    client: Client, pieces: Sequence[Piece], settings: dict[str, Any], max_credits: float | None, terminal: Terminal
) -> dict[str, Any]:
    """The settings to run with, once the limit holds and the user has agreed; as they are for other engines.

    Raises BridgeError cloud_too_expensive over the limit; for the engine topaz cloud_not_allowed without consent. A key
    that is missing is for the run itself to say.
    """
    if settings.get("engine") not in ELSEWHERE:
        return settings
    with terminal.bar("prices") as bar:
        said = price(client, pieces, settings, bar)
        key = ask(client, "key.status", {}, bar)
    if max_credits is not None and said["credits"] > max_credits:
        raise BridgeError(
            "cloud_too_expensive",
            f"These pictures would cost {credits_said(said['credits'])}, and your limit is {max_credits:g}.",
            "Nothing was sent. Raise --max-credits, or send fewer pictures.")
    if key["where"] is None or settings.get("upload", "remembered") != "remembered" or key["consent"]:
        return settings
    answer = _asked(len(pieces), said["credits"], terminal)
    if answer is None and settings["engine"] == "topaz":
        raise BridgeError(
            "cloud_not_allowed", "Nothing was sent to Topaz: you have not allowed it.",
            "Allow it with  --upload once  or  --upload always.")
    return settings if answer is None else dict(settings, upload=answer)


def _asked(count: int, credits: int, terminal: Terminal) -> str | None:
    """What the user says to sending the pictures: "once", "always", or None where not, or where nobody can be asked."""
    if terminal.quiet or terminal.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    terminal.say(f"{count} picture(s) will be sent to Topaz for at most {credits_said(credits)}. {KEPT}")
    said = input("Send? [y]es, [a]lways, [N]o: ").strip().lower()[:1]
    return {"y": "once", "a": "always"}.get(said)


def credits_said(credits: int) -> str:
    return f"{credits} credit" if credits == 1 else f"{credits} credits"
