"""Before anything is sent to Topaz: what it costs, the limit, and the user's consent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cutaway_bridge import installation, settings_spec
from cutaway_bridge.client import Client
from cutaway_bridge.cloud import credits_said
from cutaway_bridge.errors import BridgeError
from cutaway_bridge.flow import ELSEWHERE

from .asking import ask, introduce
from .outputs import Piece
from .terminal import Bar, Terminal, table

CHUNK_BYTES = 200_000
"""Of paths in one message, which must stay under a megabyte, as its answer must."""
CHUNK = 1000

KEPT = "Topaz keeps them for 7 days."


def price(client: Client, pieces: Sequence[Piece], bar: Bar) -> dict[str, Any]:
    """{"pictures": [...], "credits", "available"} of all pieces, as cloud.price says it."""
    introduce(client)
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {"available": None}
    for part in _chunks([str(piece.source) for piece in pieces]):
        said = ask(client, "cloud.price", {"pictures": [{"path": path} for path in part]}, bar)
        rows += said["pictures"]
        bar.show(len(rows) / len(pieces), "Looking at the sizes")
    return {"pictures": rows, "credits": sum(row.get("credits", 0) for row in rows), "available": said["available"]}


def _chunks(paths: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for path in paths:
        length = len(json.dumps(path))
        if chunk and (size + length > CHUNK_BYTES or len(chunk) == CHUNK):
            yield chunk
            chunk, size = [], 0
        chunk.append(path)
        size += length
    if chunk:
        yield chunk


def dry_run(pieces: Sequence[Piece], settings: dict[str, Any], terminal: Terminal) -> int:
    """Says what every picture and all would cost. 1 where one cannot be read.

    Pictures over the limit for one would not be sent: they are named, and not counted.
    """
    with Client(installation.find(), "cli") as client, terminal.bar("prices") as bar:
        said = price(client, pieces, bar)
    each = _most_for_one(settings)
    rows = [row | {"over": row.get("credits", 0) > each} for row in said["pictures"]]
    sent = [row["credits"] for row in rows if "error" not in row and not row["over"]]
    if terminal.as_json:
        terminal.record(said | {"credits": sum(sent), "pictures": [
            {"input": piece.said, **row} for piece, row in zip(pieces, rows, strict=True)]})
    else:
        for line in table(("CREDITS", "SIZE", "PICTURE"), _rows(pieces, rows, each)):
            terminal.answer(line)
        left = "" if said["available"] is None else f" The account has {said['available']}."
        terminal.answer(
            f"{credits_said(sum(sent))} at most for {pictures_said(len(sent))}. Nothing was sent.{left}")
    return 1 if any("error" in row for row in rows) else 0


def _rows(pieces: Sequence[Piece], rows: Sequence[dict[str, Any]], each: int) -> list[tuple[str, str, str]]:
    over = f": over the limit of {each} for one picture (--credits), it would not be sent"
    return [
        ("-", "-", f"{piece.said}: {row['error']}") if "error" in row
        else (str(row["credits"]), f"{row['width']}x{row['height']}", piece.said + (over if row["over"] else ""))
        for piece, row in zip(pieces, rows, strict=True)]


def _most_for_one(settings: dict[str, Any]) -> int:
    """The limit of credits for one picture."""
    said = settings.get("credits")
    return int(settings_spec.defaults()["credits"] if said is None else said)


def allowed(
    client: Client, pieces: Sequence[Piece], settings: dict[str, Any], max_credits: int | None, terminal: Terminal
) -> tuple[dict[str, Any], dict[Path, int]]:
    """The settings to run with, once the limit holds and the user was asked or told; as they are for other engines. And
    what each picture (by its target) may cost, wherever a price was looked up: no more than what the user was told.

    Raises BridgeError cloud_too_expensive over the limit. That the user has not agreed, or that there is no key, is for
    the run itself to say: what was paid for before needs neither.
    """
    pieces = [piece for piece in pieces if piece.trouble is None]
    if settings.get("engine") not in ELSEWHERE or not pieces:
        return settings, {}
    with terminal.bar("prices") as bar:
        introduce(client)
        key = ask(client, "key.status", {}, bar)
        upload = settings.get("upload", "remembered")
        decided = upload != "remembered" or key["consent"]
        sending = key["where"] is not None and decided and upload != "never"
        asking = key["where"] is not None and not decided and _somebody_is_there(terminal)
        if max_credits is None and not asking and not sending:
            return settings, {}
        prices = [row.get("credits", 0) for row in price(client, pieces, bar)["pictures"]]
    said, each = settings.get("credits"), _most_for_one(settings)
    sent = [credits for credits in prices if credits <= each]
    if max_credits is not None and sum(sent) > max_credits:
        raise BridgeError(
            "cloud_too_expensive",
            f"{_these(len(sent))} would cost {credits_said(sum(sent))}, and your limit is {max_credits}.",
            "Nothing was sent. Raise --max-credits, or send fewer pictures.")
    limits = _limits(prices, each, 0 if said is None else _room(sent, max_credits))
    if sent and (asking or sending):
        most = sum(limit for limit, credits in zip(limits, prices, strict=True) if credits <= each)
        _tell(len(sent), sum(sent), most, terminal)
    answer = _asked() if sent and asking else None
    chosen = settings if answer is None else dict(settings, upload=answer)
    return chosen, dict(zip((piece.target for piece in pieces), limits, strict=True))


def _room(sent: Sequence[int], max_credits: int | None) -> int | None:
    """What one picture may cost beyond its price, should the service ask more; None: up to the limit for one."""
    return None if max_credits is None or not sent else (max_credits - sum(sent)) // len(sent)


def _limits(prices: Sequence[int], each: int, room: int | None) -> list[int]:
    return [each if room is None else min(each, credits + room) for credits in prices]


def left_open(client: Client, since: float) -> int:
    """Jobs at Topaz that were begun ``since`` (Unix time) and have not ended; 0 where nobody can say."""
    try:
        jobs = client.call("cloud.jobs")["jobs"] if client.connected or client.reach() else []
    except BridgeError:
        return 0
    return sum(not job["ended"] and job["created"] >= since for job in jobs)


def _somebody_is_there(terminal: Terminal) -> bool:
    return not (terminal.quiet or terminal.as_json) and sys.stdin.isatty() and sys.stderr.isatty()


def _tell(count: int, credits: int, most: int, terminal: Terminal) -> None:
    """Said before anything is sent, also to who has agreed before."""
    price = f"{credits_said(credits)} at most" if most == credits else f"{credits_said(credits)}, {most} at most"
    terminal.say(f"{pictures_said(count)} will be sent to Topaz for {price}. {KEPT}")


def _asked() -> str | None:
    """What the user says to sending the pictures: "once", "always", or None for no."""
    # Not input(): it would write the question to standard output, which may be a file.
    print("Send? [y]es, [a]lways, [N]o: ", end="", file=sys.stderr, flush=True)
    said = sys.stdin.readline().strip().lower()[:1]
    return {"y": "once", "a": "always"}.get(said)


def pictures_said(count: int) -> str:
    """"1 picture", "2 pictures"."""
    return f"{count} picture" if count == 1 else f"{count} pictures"


def _these(count: int) -> str:
    return "This picture" if count == 1 else f"These {count} pictures"
