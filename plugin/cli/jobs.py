"""``cutaway jobs``: what was sent to Topaz, and fetching what was paid for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from .asking import ask_alone
from .terminal import Terminal, table

WORDS = {
    "intent": "interrupted while it was sent", "refused": "not taken, nothing paid", "submitted": "at Topaz",
    "unknown": "perhaps at Topaz", "absent": "never arrived, nothing paid", "completed": "done, to be fetched",
    "fetched": "done", "failed": "failed, nothing paid", "cancelled": "cancelled, nothing paid",
    "expired": "gone from Topaz"}

NOT_FETCHED = ("intent", "unknown", "submitted", "completed", "expired")
"""States of jobs whose result may be paid for and is not here."""


def listed(terminal: Terminal) -> int:
    said = ask_alone("cloud.jobs", {}, terminal, "jobs")
    jobs = said["jobs"]
    if terminal.as_json:
        terminal.record(said)
        return 0
    if not jobs:
        terminal.answer("Nothing was sent to Topaz in the last 30 days.")
        return 0
    for line in _lines(jobs):
        terminal.answer(line)
    if said.get("left_out"):
        terminal.note(f"{said['left_out']} older ones that have ended are not shown.")
    if any(not job["ended"] for job in jobs):
        terminal.note("cutaway jobs resume  fetches what is not done yet.")
    return 0


def resumed(id: str | None, output: str | None, overwrite: bool, terminal: Terminal) -> int:
    """1 where a job could not be fetched, be it that it is not done yet or that Topaz has it no more."""
    path = None if output is None else str(Path(output).absolute())
    said = ask_alone("cloud.resume", {"id": id, "path": path, "overwrite": overwrite}, terminal, "jobs")
    jobs = said["jobs"]
    terminal.record(said)
    if not terminal.as_json:
        for line in _lines(jobs) if jobs else ["There is nothing to fetch."]:
            terminal.answer(line)
    if any(job["state"] == "fetched" for job in jobs):
        terminal.note("Remove Background on the same picture takes the result, without paying again.")
    return 1 if any(job["state"] in NOT_FETCHED for job in jobs) else 0


def forgotten(id: str, terminal: Terminal) -> int:
    said = ask_alone("cloud.forget", {"id": id}, terminal, "jobs")
    terminal.record(said)
    terminal.line(f"{said['id']} is no longer listed. At Topaz nothing has changed.")
    return 0


def _lines(jobs: list[dict[str, Any]]) -> list[str]:
    rows = [
        (job["id"], time.strftime("%Y-%m-%d %H:%M", time.localtime(job["created"])), f"{job['width']}x{job['height']}",
         job["model"], str(job["credits"]), WORDS.get(job["state"], job["state"]) + _why(job))
        for job in jobs]
    return table(("ID", "SENT", "SIZE", "MODEL", "CREDITS", "STATE"), rows)


def _why(job: dict[str, Any]) -> str:
    return f" ({job['error']})" if job["error"] else ""
