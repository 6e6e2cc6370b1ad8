"""JSON -> the types of ``answers.py``. Missing and new fields do no harm; a value of a wrong type counts as missing."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, Final

from cutaway.errors import CloudAnswerBad
from cutaway.topaz import answers
from cutaway.topaz.answers import Balance, Estimate, JobPage, JobStatus, Links, Submitted

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_WORDS: Final = {word.lower(): word for word in (answers.PENDING, answers.PROCESSING, *answers.ENDED)}


def is_id(text: object) -> bool:
    """Whether a text can be a process_id and stand in an address."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def bad(what: str) -> CloudAnswerBad:
    return CloudAnswerBad(
        f"Topaz's answer cannot be understood: {what}.",
        "Try again later; if it stays so, a newer Cutaway may be needed.")


def submitted(said: Any, headers: dict[str, str]) -> Submitted | None:
    """From the body, else from the headers that repeat it; None where neither names a job."""
    body = said if isinstance(said, dict) else {}
    process_id = next((x for x in (body.get("process_id"), headers.get("x-process-id")) if is_id(x)), None)
    if process_id is None:
        return None
    source = next((x for x in (body.get("source_id"), headers.get("x-source-id")) if is_id(x)), "")
    return Submitted(str(process_id), str(source), moment(body.get("eta", headers.get("x-eta"))))


def job(said: Any, process_id: str = "") -> JobStatus:
    """``process_id``: the one that was asked for, "" for an entry of a list. Raises CloudAnswerBad."""
    if not isinstance(said, dict):
        raise bad("it is not a job")
    word = said.get("status")
    if not isinstance(word, str):
        raise bad("the job has no status")
    found = said.get("process_id")
    named = process_id or (found if is_id(found) else "")
    if not named:
        raise bad("the job has no process_id")
    credits = number(said.get("credits"))
    return JobStatus(
        process_id=named, status=_WORDS.get(word.strip().lower(), word),
        progress=min(100.0, max(0.0, number(said.get("progress")) or 0.0)), eta=moment(said.get("eta")),
        credits=None if credits is None else math.ceil(max(0.0, credits)), filename=_text(said.get("filename")),
        model=_text(said.get("model")), created=moment(said.get("creation_time")), raw=said)


def page(said: Any) -> JobPage:
    """One page of jobs, or the plain array that is all of them. Entries that are no jobs are left out."""
    rows = said.get("data") if isinstance(said, dict) else said
    if not isinstance(rows, list):
        raise bad("it is not a list of jobs")
    jobs = []
    for row in rows:
        try:
            jobs.append(job(row))
        except CloudAnswerBad:
            continue
    turn = said.get("pagination") if isinstance(said, dict) else None
    turn = turn if isinstance(turn, dict) else {}
    cursor = turn.get("next_cursor")
    more = turn.get("has_next_page", True) and isinstance(cursor, str)
    return JobPage(tuple(jobs), str(cursor) if more else "")


def links(said: Any) -> Links:
    found = _links(said) if isinstance(said, dict) else None
    del said  # so that no traceback that shows local variables shows another link in it
    if found is None:
        raise bad("it has no link to the result")
    return found


def _links(said: dict[str, Any]) -> Links | None:
    link = _text(said.get("download_url")) or _text(said.get("url"))
    return Links(link, _text(said.get("head_url")), moment(said.get("expiry"))) if link else None


def estimate(said: Any) -> Estimate:
    credits = number(said.get("credits")) if isinstance(said, dict) else None
    if credits is None:
        raise bad("it names no credits")
    return Estimate(number(said.get("duration")) or 0.0, math.ceil(credits))


def balance(said: Any) -> Balance:
    values = [number(said.get(name)) for name in ("available_credits", "reserved_credits", "total_credits")] \
        if isinstance(said, dict) else [None]
    available, reserved, total = (*values, None, None)[:3]
    if available is None:
        raise bad("it names no credits")
    reserved = reserved or 0.0
    total = available + reserved if total is None else total
    return Balance(math.floor(available), math.ceil(reserved), math.floor(total))


def number(said: Any) -> float | None:
    """A finite number, also where it stands in quotes; None for everything else."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def moment(said: Any) -> float:
    """Unix time in seconds, from a number (of seconds or milliseconds) or an ISO 8601 date; 0 for everything else."""
    value = number(said)
    if value is not None:
        return max(0.0, value / 1000.0 if value > 1e11 else value)
    if not isinstance(said, str):
        return 0.0
    try:
        return max(0.0, datetime.fromisoformat(said.strip()).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0.0


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""
