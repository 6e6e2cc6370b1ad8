"""What each request does: a table from the method to a function (context, parameters, job) -> result.

Parameters have been checked by :mod:`cutaway.worker.params`. The heavy ones run in the executor's thread and may take
long; the light ones are answered by the connection's own thread. What is slow to import is imported when first used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from cutaway.errors import CutawayError, DiskFull, OutOfMemory, ProtocolError, WorkerBusy
from cutaway.job import Job
from cutaway.worker import cloud_operations
from cutaway.worker.core import Core
from cutaway.worker.jobs import Jobs, OpenJob
from cutaway.worker.own import Own
from cutaway.worker.params import absolute, checked, one_of
from cutaway.worker.protocol import READ_MATTE, READ_PICTURE

if TYPE_CHECKING:
    from cutaway.cutout import Note
    from cutaway.picture.model import Picture

RESULTS: Final = ("mask", "foreground", "matte")
FORMS: Final = ("cutout", "mask")

Params = dict[str, Any]


class Process(Protocol):
    """What the requests about the process itself need of the server."""

    def status(self) -> dict[str, Any]: ...

    @property
    def stopping(self) -> bool: ...


@dataclass(frozen=True)
class Context:
    """``owner``: the number of the connection that asks: it reaches its own jobs only. ``own``: what it has said."""

    owner: int
    core: Core
    jobs: Jobs
    process: Process
    own: Own


Operation = Callable[[Context, Params, Job], dict[str, Any]]


def status(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return {**context.process.status(), "models": context.core.loaded()}


def stop(context: Context, params: Params, job: Job) -> dict[str, Any]:
    """The conversation does it, once this answer has been sent."""
    one_of("when", params["when"], ("now", "idle"))
    return {}


def job_open(context: Context, params: Params, job: Job) -> dict[str, Any]:
    if context.process.stopping:
        raise WorkerBusy("The background process is stopping.", "Try again: the next one takes over.")
    opened = context.jobs.open(context.owner)
    return {"job": opened.id, "folder": str(opened.folder)}


def job_close(context: Context, params: Params, job: Job) -> dict[str, Any]:
    context.jobs.close(params["job"], context.owner)
    return {}


def goes_elsewhere(method: str, params: Params) -> bool:
    """Whether a request's first part waits for the cloud service."""
    return method == "job.run" and params["settings"].get("engine") in ("topaz", "auto")


def job_ahead(context: Context, params: Params, job: Job) -> None:
    """The first part of such a job.run: the answer is kept in the job for the second."""
    from cutaway.settings import RemoveSettings

    settings = RemoveSettings.from_dict(params["settings"])
    with _using(context, params) as opened:
        job.progress("reading")
        picture = _picture(opened, checked("picture", params["picture"]))
        selection, _ = _beside(opened, params, picture)
        opened.answer = None
        opened.answer = context.core.ahead(picture, settings, job, selection, context.own)


def job_run(context: Context, params: Params, job: Job) -> dict[str, Any]:
    from cutaway.settings import RemoveSettings
    from cutaway.worker.parts import Parts

    settings = RemoveSettings.from_dict(params["settings"])
    results = [one_of("results", str(name), RESULTS) for name in params["results"]]
    with _using(context, params) as opened:
        job.progress("reading")
        picture = _picture(opened, checked("picture", params["picture"]))
        selection, mask = _beside(opened, params, picture)
        given = _given(opened, params["given"])
        opened.cutout = opened.source = None  # the one before, before the next one needs its memory
        answer, opened.answer = opened.answer, None
        with Parts(context.core, opened.folder, results, mask, job) as parts:
            cutout = context.core.remove(picture, settings, job, selection, mask, given, answer, parts.ready)
            opened.cutout, opened.source = cutout, picture
            job.progress("writing")
            said = parts.said(cutout)
        return {**said, "provenance": cutout.provenance.to_dict(), "notes": notes_said(cutout.notes)}


def picture_read(context: Context, params: Params, job: Job) -> dict[str, Any]:
    path = absolute(params["path"])
    with _using(context, params) as opened:
        job.progress("reading")
        opened.picture = opened.source = opened.cutout = None
        picture, notes = context.core.read(path)
        job.check()
        opened.picture = picture
    return {
        "picture": {"file": READ_PICTURE, "transfer": picture.transfer, "icc": None},
        "width": picture.width, "height": picture.height, "channels": int(picture.pixels.shape[2]),
        "dtype": picture.pixels.dtype.str, "notes": notes_said(notes),
    }


def matte_read(context: Context, params: Params, job: Job) -> dict[str, Any]:
    path = absolute(params["path"])
    with _using(context, params) as opened:
        job.progress("reading")
        opened.given = None
        values, notes = context.core.read_matte(path)
        job.check()
        opened.given = values
    return {"given": READ_MATTE, "width": int(values.shape[1]), "height": int(values.shape[0]),
            "notes": notes_said(notes)}


def picture_write(context: Context, params: Params, job: Job) -> dict[str, Any]:
    path = absolute(params["path"])
    form = one_of("form", params["form"], FORMS)
    with _using(context, params) as opened:
        cutout, source = opened.cutout, opened.source
        if cutout is None or source is None:
            raise ProtocolError("This job has no result to write.", "Send job.run first.")
        job.progress("writing")
        size, notes = context.core.write(path, source, cutout.mask, cutout.foreground, form, params["overwrite"])
    return {"path": str(path), "bytes": size, "notes": notes_said(notes)}


def models_list(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return {"models": context.core.models().list()}


def models_get(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return dict(context.core.models().get(params["name"], job))


def models_import(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return dict(context.core.models().import_file(absolute(params["path"]), params["name"], job))


def models_remove(context: Context, params: Params, job: Job) -> dict[str, Any]:
    context.core.models().remove(params["name"])
    return {"name": params["name"]}


def models_verify(context: Context, params: Params, job: Job) -> dict[str, Any]:
    return {"models": context.core.models().verify(params["name"], job)}


TABLE: Final[dict[str, Operation]] = {
    **cloud_operations.TABLE,
    "status": status,
    "stop": stop,
    "job.open": job_open,
    "job.close": job_close,
    "job.run": job_run,
    "picture.read": picture_read,
    "matte.read": matte_read,
    "picture.write": picture_write,
    "models.list": models_list,
    "models.get": models_get,
    "models.import": models_import,
    "models.remove": models_remove,
    "models.verify": models_verify,
}
"""hello and cancel are the conversation's own: see session.py."""


def notes_said(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    return [{"code": note.code, "message": note.message} for note in notes]


def as_told(error: BaseException) -> CutawayError | None:
    """The error of the tree that a failure is to be told as; None where it is a defect."""
    if isinstance(error, CutawayError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemory(
            "There is not enough memory for this picture.", "Close other programs, or use a smaller picture.")
    if isinstance(error, OSError):
        from cutaway.worker import arrays

        if arrays.is_full(error):
            return DiskFull("The disk is full.", "Free some space and try again.")
    return None


@contextmanager
def _using(context: Context, params: Params) -> Iterator[OpenJob]:
    """The request's job, held while the block runs."""
    opened = context.jobs.use(params["job"], context.owner)
    try:
        yield opened
    finally:
        context.jobs.leave(opened)


def _picture(opened: OpenJob, said: Params) -> Picture:
    """The picture that a job.run names."""
    from cutaway.picture.model import Picture
    from cutaway.worker import arrays

    if said["file"] == READ_PICTURE:
        if opened.picture is None:
            raise ProtocolError("This job has read no picture.", "Send picture.read first.")
        return opened.picture
    transfer = one_of("transfer", said["transfer"], ("nonlinear", "linear"))
    icc = arrays.bare(opened.folder, said["icc"]).read_bytes() if said["icc"] is not None else None
    pixels = arrays.load(opened.folder, said["file"], arrays.PICTURE_TYPES)
    return Picture(pixels, "linear" if transfer == "linear" else "nonlinear", icc)


def _beside(opened: OpenJob, params: Params, picture: Picture) -> tuple[Any, Any]:
    """The selection and the layer's mask that a job.run names, or None each."""
    from cutaway.worker import arrays

    size = (picture.height, picture.width)
    selection = mask = None
    if params["selection"] is not None:
        selection = arrays.load(opened.folder, params["selection"], arrays.SELECTION_TYPES, size)
    if params["mask"] is not None:
        mask = arrays.load(opened.folder, params["mask"], arrays.MASK_TYPES, size)
    return selection, mask


def _given(opened: OpenJob, name: str | None) -> Any:
    """The matte that a job.run names, or None."""
    from cutaway.worker import arrays

    if name is None:
        return None
    if name != READ_MATTE:
        return arrays.load(opened.folder, name, arrays.GIVEN_TYPES, columns=2)
    if opened.given is None:
        raise ProtocolError("This job has read no mask.", "Send matte.read first.")
    return opened.given
