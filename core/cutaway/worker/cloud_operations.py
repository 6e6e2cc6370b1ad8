"""The requests about the cloud service: its key, prices, and the jobs that were paid. See operations.py."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CloudError, InputError, ProtocolError
from cutaway.job import Job
from cutaway.worker.params import absolute, checked
from cutaway.worker.protocol import MAX_LINE

if TYPE_CHECKING:
    from cutaway.cloud.journal import Entry
    from cutaway.worker.operations import Context, Operation

Params = dict[str, Any]

ROOM: Final = MAX_LINE - 4096
"""Bytes of a message for a list of jobs."""


def key_status(context: Context, params: Params, job: Job) -> dict[str, Any]:
    cloud = context.core.cloud(context.own)
    found = cloud.keys.find(context.own.key)
    return {"where": found.where if found else None, "consent": cloud.consent.given}


def key_set(context: Context, params: Params, job: Job) -> dict[str, Any]:
    from cutaway.topaz.secret import Secret

    return {"where": context.core.cloud(context.own).keys.set(Secret(params["key"]))}


def key_use(context: Context, params: Params, job: Job) -> dict[str, Any]:
    from cutaway.topaz.secret import Secret

    context.own.key = None if params["key"] is None else Secret(params["key"])
    context.own.url = params["url"] or ""
    return {}


def key_forget(context: Context, params: Params, job: Job) -> dict[str, Any]:
    """The consent goes with the key, and also where the key does not go."""
    cloud = context.core.cloud(context.own)
    try:
        found = cloud.keys.forget()
    finally:
        cloud.consent.remember(False)
    return {"found": found}


def key_test(context: Context, params: Params, job: Job) -> dict[str, Any]:
    from cutaway.cloud.check import check

    cloud = context.core.cloud(context.own)
    balance = cloud.balance(job)
    done = check(cloud, job) if params["with_one_credit"] else None
    return {**dataclasses.asdict(balance), "check": done}


def price(context: Context, params: Params, job: Job) -> dict[str, Any]:
    cloud = context.core.cloud(context.own)
    rows = [_priced(checked("priced", said), job) for said in params["pictures"]]
    try:
        available = cloud.balance(job).available
    except CloudError:
        available = None  # the price is known all the same
    return {"pictures": rows, "credits": sum(row.get("credits", 0) for row in rows), "available": available}


def _priced(said: Params, job: Job) -> dict[str, Any]:
    from cutaway.picture.size import size
    from cutaway.topaz.price import price as credits_for

    job.check()
    try:
        width, height = size(absolute(said["path"])) if said["path"] is not None else (said["width"], said["height"])
    except InputError as error:
        return {"error": error.message}
    if width < 1 or height < 1:
        raise ProtocolError("A picture to be priced has no size.", "Give its path, or width and height.")
    return {"width": width, "height": height, "credits": credits_for(width, height)}


def jobs(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return _bounded([_said(entry) for entry in context.core.cloud(context.own).journal.entries()])


def resume(context: Context, params: Params, job: Job) -> dict[str, Any]:
    """One job, or all that have not ended; of all, one that fails does not stop the others: "error" says why."""
    from cutaway.cloud.resume import resume as fetch

    cloud = context.core.cloud(context.own)
    if params["id"] is None:
        if params["path"] is not None:
            raise ProtocolError("A file for the mask needs one job.", "Name the job as well.")
        return _bounded([
            _said(entry) | ({"error": error.message} if error else {})
            for entry, error in fetch(cloud, cloud.journal.open(), job)])
    target = None if params["path"] is None else absolute(params["path"])
    ((entry, error),) = fetch(cloud, [cloud.journal.find(params["id"])], job, again=True)
    if error is not None:
        raise error
    if target is not None:
        cloud.export(entry, target, overwrite=params["overwrite"])
    return _bounded([_said(entry)])


def forget(context: Context, params: Params, job: Job) -> dict[str, Any]:
    journal = context.core.cloud(context.own).journal
    entry = journal.find(params["id"])
    journal.forget(entry)
    return {"id": entry.id}


def _said(entry: Entry) -> dict[str, Any]:
    names = ("id", "state", "process_id", "width", "height", "model", "mode", "credits", "created", "updated", "error")
    return {"ended": entry.ended, **{name: getattr(entry, name) for name in names}}


def _bounded(rows: list[Params]) -> dict[str, Any]:
    """As many as fit into one message, what is open before the rest and the newest first; told in the old order."""
    kept, room = set(), ROOM
    for number in sorted(range(len(rows)), key=lambda number: (rows[number]["ended"], -number)):
        room -= len(json.dumps(rows[number])) + 2
        if room < 0:
            break
        kept.add(number)
    return {"jobs": [row for number, row in enumerate(rows) if number in kept], "left_out": len(rows) - len(kept)}


TABLE: Final[dict[str, Operation]] = {
    "key.status": key_status,
    "key.set": key_set,
    "key.use": key_use,
    "key.forget": key_forget,
    "key.test": key_test,
    "cloud.price": price,
    "cloud.jobs": jobs,
    "cloud.resume": resume,
    "cloud.forget": forget,
}
