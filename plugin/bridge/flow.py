"""One run of Remove Background, the same in every host: read, hand over, run, put in. Python 2.7 and 3."""

from __future__ import absolute_import

import inspect
import os

from . import errors, npy, settings_spec, wire
from .host import Result
from .installation import native, text
from .wire import progress_of

# Shares of the whole run, for the progress bar.
HAND_OVER = (0.02, 0.15)
RUN = (0.15, 0.90)
PUT = (0.90, 1.0)

ELSEWHERE = ("topaz", "auto")
"""Engines that may need the API key."""

CLOSE_S = 2.0
"""A worker that does not take a job.close so long is left: the lost connection closes the job as well."""


def run(host, settings, client):
    """Generator: takes one layer of ``host`` through the worker. Yields often; :func:`drive` runs it to its end.

    ``settings``: any part of the settings by name, checked here. ``client``: connected or not; it stays connected. One
    that does not wait (see client.py) leaves all waiting to who drives this.
    Raises BridgeError; cancelled where ``host.cancelled()`` became true. A worker that was lost before it began with
    this job is replaced once.
    """
    settings = settings_spec.check(settings)
    meter = _Meter(host)
    source = host.open_source()
    for attempt in (1, 2):
        job = Job(host, client, meter)
        try:
            for _ in _once(host, source, settings, job):
                yield
            return
        except errors.BridgeError as error:
            # A worker that is stopping takes no new job: the next one will.
            if error.code == errors.WORKER_BUSY and attempt == 1 and job.id is None and client.connected:
                client.close()
                continue
            if error.code != errors.WORKER_LOST or (attempt == 2 and job.id is None):
                raise  # one that does not even start says why itself
            if attempt == 2 or job.begun:
                log = text(client.installation.log)
                raise errors.BridgeError(
                    errors.WORKER_LOST, u"The background process ended unexpectedly.",
                    u"Try again. Its log is %s" % log, error.log)


def drive(generator):
    """Runs a flow to its end, for hosts that may block; its client waits by itself."""
    for _ in generator:
        pass


class Job(object):
    """A job of the worker, as hosts see it in hand_over and put_result.

    ``folder``: the private folder that both sides see. ``picture``: what job.run takes as "picture", set by hand_over.
    ``given``: what it takes as "given" for the engine "mask", or None for what the layer itself has.
    ``results``: which of "mask", "foreground" and "matte" the host wants. ``notes``: list of (code, message) to be told
    with the result. ``begun``: whether the worker has started with a request of this job.
    """

    def __init__(self, host, client, meter):
        self.client = client
        self.id = None
        self.folder = None
        self.picture = None
        self.given = None
        self.results = ("mask", "foreground", "matte")
        self.notes = []
        self.answer = None
        self.begun = False
        self._host = host
        self._meter = meter

    def file(self, name):
        """The path of a file in the job's folder."""
        return os.path.join(self.folder, native(name))

    def call(self, method, params=None):
        """Generator: sends a request of this job and waits; the result is then in ``answer``.

        Shows progress, and raises BridgeError cancelled once the host has cancelled.
        """
        return self._ask(method, dict(params or {}, job=self.id))

    def open(self):
        """Generator: opens the job at the worker."""
        for _ in self._ask("job.open", {}):
            yield
        self.id = self.answer["job"]
        self.folder = native(self.answer["folder"])
        jobs = os.path.join(os.path.realpath(self.client.installation.run), "jobs")
        if os.path.dirname(os.path.realpath(self.folder)) != jobs:
            raise errors.BridgeError(
                errors.PROTOCOL, u"The background process named a folder that is not its own.",
                u"Run: cutaway worker stop, and try again.")

    def _ask(self, method, params):
        asking = self.client.calling(method, params, None, self._told)
        try:
            for _ in asking:
                if self._host.cancelled():
                    raise cancelled()
                yield
        finally:
            asking.close()
        self.answer = self.client.answer

    def close(self):
        """Deletes the job at the worker; a worker that has gone needs no telling."""
        if self.id is None or not self.client.connected:
            return
        try:
            if self.client.waits:
                self.client.call("job.close", {"job": self.id}, CLOSE_S)
            else:
                self.client.tell("job.close", {"job": self.id})
        except errors.BridgeError:
            # The job is lost with the connection, and what led here is what the user must hear of.
            self.client.close()

    def _told(self, message):
        if message.get("method") == "progress":
            self.begun = True
            self._meter.show(*progress_of(message))
        elif message.get("method") == "queued":
            place = message["params"].get("place")
            if place:
                self._meter.show(0.0, u"Waiting: %d before this one" % place)
            else:
                self.begun = True


class _Meter(object):
    """The progress of the whole flow out of that of its parts. It never falls."""

    def __init__(self, host):
        self._host = host
        self._band = (0.0, 0.0)
        self._shown = 0.0

    def part(self, band, text):
        self._band = band
        self.show(0.0, text)

    def show(self, fraction, text):
        low, high = self._band
        self._shown = max(self._shown, low + (high - low) * min(1.0, max(0.0, fraction)))
        self._host.progress(self._shown, text)


def cancelled():
    """The error for a run that the user has cancelled."""
    return errors.BridgeError(errors.CANCELLED, u"Cancelled.")


def _once(host, source, settings, job):
    meter = job._meter
    meter.part((0.0, 0.0), u"Starting")
    for _ in _stoppable(host, job.client.connecting()):
        yield
    try:
        for _ in job.open():
            yield
        meter.part(HAND_OVER, u"Reading the layer")
        for _ in _stoppable(host, _handing_over(host, source, job)):
            yield
        meter.part(RUN, u"Starting")
        request = {
            "picture": job.picture, "settings": settings, "results": list(job.results),
            "selection": "selection.npy" if source.has_selection else None,
            "mask": "mask.npy" if source.has_mask else None,
        }
        if job.given is not None:
            request["given"] = job.given
        if settings["engine"] in ELSEWHERE:
            for _ in _stoppable(host, job.client.saying_key()):
                yield
        for _ in job.call("job.run", request):
            yield
        meter.part(PUT, u"Putting the result in")
        for _ in _put(host, source, settings, job, job.answer):
            yield
        meter.show(1.0, u"Done")
    finally:
        job.close()


def _handing_over(host, source, job):
    """Generator: the host's hand_over, with the disk's errors told as ours."""
    try:
        for _ in host.hand_over(job, source) or ():
            yield
    except (IOError, OSError) as error:
        if errors.is_disk_full(error):
            raise errors.disk_full()
        if not os.path.isdir(job.folder):
            raise wire.lost()  # the worker that made it is gone
        raise


def _stoppable(host, generator):
    for _ in generator:
        if host.cancelled():
            generator.close()  # now, not when it is collected: files and locks are open in it
            raise cancelled()
        yield
    if host.cancelled():
        raise cancelled()


def _put(host, source, settings, job, said):
    """Generator: hands the answer of job.run to the host. Once it has begun the host decides about a cancel."""
    mask = foreground = matte = None
    try:
        colours = said.get("foreground")
        if said.get("mask"):
            mask = _opened(job, said["mask"], npy.Reader)
        if colours:
            foreground = _opened(job, colours["pixels"], npy.Reader)
        if said.get("matte"):
            matte = _opened(job, said["matte"], _content)
        notes = job.notes + [(note["code"], note["message"]) for note in said.get("notes") or ()]
        result = Result(
            mask, foreground, colours["origins"] if colours else [], colours["tile"] if colours else 0, matte,
            settings_spec.lasting(settings), said.get("provenance") or {}, notes)
        doing = host.put_result(source, result)
        if inspect.isgenerator(doing):
            for _ in doing:
                yield
    finally:
        for reader in (mask, foreground):
            if reader is not None:
                reader.close()


def _opened(job, name, reading):
    """``reading`` of a file that the worker has made. Raises BridgeError worker_lost where it is gone with its job."""
    path = job.file(_bare(name))
    try:
        return reading(path)
    except (IOError, OSError, errors.BridgeError):
        if not os.path.isdir(job.folder):
            raise wire.lost()  # the worker's successor has cleared what was left
        raise


def _content(path):
    with open(path, "rb") as stream:
        return stream.read()


def _bare(name):
    """``name`` where it is a bare file name. Raises BridgeError protocol otherwise."""
    if os.path.basename(name) != name or name in (u"", u".", u".."):
        raise errors.BridgeError(
            errors.PROTOCOL, u"The background process named a file that is not in the job's folder.", u"Try again.")
    return name
