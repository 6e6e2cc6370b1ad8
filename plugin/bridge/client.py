"""The client's end of the conversation with the worker (core/cutaway/worker/protocol.py). Python 2.7 and 3."""

from __future__ import absolute_import

import os
import time

from . import address, errors, protocol, starter, wire
from .installation import text
from .wire import answer_of, id_of, progress_of

POLL_S = 0.02
HELLO_S = 10.0
START_S = 30.0
AGAIN_S = 0.2

KEY_VARIABLE, URL_VARIABLE = starter.KEY_VARIABLE, starter.URL_VARIABLE


class Client(object):
    """One client of the worker; ``with`` closes it. Not for several threads.

    ``installation``: see :mod:`installation`. ``name``: who speaks ("gimp3", "cli"), for the worker's log. ``waits``:
    whether the generators wait a moment before they yield; False for hosts with an event loop, whose windows it stops.
    Raises BridgeError; where the worker has gone, code worker_lost and the tail of its log in ``log``.
    """

    def __init__(self, installation, name, waits=True):
        self.installation = installation
        self.name = name
        self.waits = waits
        self.worker = {}
        self.answer = None
        self._link = None
        self._last_id = 0
        self._dropped = set()
        self._kept = []

    @property
    def connected(self):
        return self._link is not None

    def connect(self, timeout=START_S):
        """Connects, and starts the worker where none answers. For a client that waits."""
        for _ in self.connecting(timeout):
            pass

    def connecting(self, timeout=START_S):
        """The same as a generator, for hosts with an event loop: yields while it waits."""
        self._check_record()
        deadline = time.time() + timeout
        while self._link is None:
            found = address.connect(self.installation.run, HELLO_S)
            if found is None:
                for _ in self._starting(deadline):
                    yield
                continue
            for _ in self._greeting(found, deadline):
                yield

    def reach(self):
        """True where a worker runs already and is now connected; never starts one. Any version is taken."""
        found = address.connect(self.installation.run, HELLO_S)
        if found is None:
            return False
        self._link = wire.Connection(found[0])
        self.worker = self.call("hello", self._hello(found[1]), HELLO_S)
        return True

    def stop(self, when="now", timeout=START_S):
        """Ends the worker, of whatever version; False where none runs.

        ``when``: "now", or "idle" after the last job. Raises BridgeError worker_busy after ``timeout`` seconds.
        """
        self.close()
        found = address.connect(self.installation.run, HELLO_S)
        if found is None:
            return False
        deadline = time.time() + timeout
        self._link = wire.Connection(found[0])
        try:
            try:
                self.call("hello", self._hello(found[1]), HELLO_S)
            except errors.BridgeError as error:
                if error.code != errors.VERSION_MISMATCH:
                    raise
            for _ in self._leaving(when, deadline):
                pass
        finally:
            self.close()
        return True

    def request(self, method, params=None):
        """Sends a request and returns its id; what comes of it is told by :meth:`poll`."""
        self._last_id += 1
        self._guarded("send", {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params or {}})
        return self._last_id

    def poll(self, timeout=0.0):
        """The messages that have come, as dictionaries, after waiting for the first at most ``timeout`` seconds."""
        kept, self._kept = self._kept, []
        if kept:
            return kept
        return [message for message in self._guarded("receive", timeout) if not self._is_dropped(message)]

    def call(self, method, params=None, timeout=60.0, on_progress=None):
        """The result of a request, or its error as BridgeError. ``on_progress(fraction, text)``.

        A request that has no answer after ``timeout`` seconds (None: no limit) is cancelled: BridgeError worker_busy.
        """
        def told(message):
            if on_progress and message.get("method") == "progress":
                on_progress(*progress_of(message))

        for _ in self._calling(method, params, timeout, told, POLL_S):
            pass
        return self.answer

    def calling(self, method, params=None, timeout=None, on_message=None):
        """:meth:`call` as a generator, for hosts with an event loop: the result is then in ``answer``.

        ``on_message`` is given the request's notifications. A generator that is closed early cancels its request.
        """
        return self._calling(method, params, timeout, on_message, POLL_S if self.waits else 0.0)

    def _calling(self, method, params, timeout, on_message, poll_s):
        request = self.request(method, params)
        deadline = None if timeout is None else time.time() + timeout
        others, answer = [], None
        try:
            while answer is None:
                for message in self.poll(poll_s):
                    if message.get("id") == request:
                        answer = message
                    elif id_of(message) != request:
                        others.append(message)
                    elif on_message:
                        on_message(message)
                if answer is None:
                    if deadline is not None and time.time() > deadline:
                        raise errors.BridgeError(
                            errors.WORKER_BUSY, u"The background process did not answer in time.",
                            u"Wait until it has finished, or run: cutaway worker stop")
                    yield
        finally:
            self._kept += others
            if answer is None and self.connected:
                self._let_go(request)
        self.answer = answer_of(answer)

    def saying_key(self):
        """Generator: hands the worker this program's own API key and service address, for this connection only."""
        said = starter.of_the_service(os.environ)
        if said:
            for _ in self.calling("key.use", said, HELLO_S):
                yield

    def cancel(self, request):
        """Asks the worker to stop the request. Nothing more is heard of it."""
        self._dropped.add(request)
        self.tell("cancel", {"id": request})

    def tell(self, method, params):
        """Sends a request whose answer nobody waits for."""
        self._dropped.add(self.request(method, params))

    def _let_go(self, request):
        try:
            self.cancel(request)
        except errors.BridgeError:
            pass  # it is lost, and nothing has to be cancelled any more

    def close(self):
        """Ends the connection; the worker then cancels what this client has left and deletes its jobs."""
        if self._link is not None:
            self._link.close()
            self._link = None
        self._kept = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def _check_record(self):
        if self.installation.protocol != protocol.PROTOCOL:
            raise errors.BridgeError(
                errors.VERSION_MISMATCH, u"This plug-in and Cutaway's environment are of different versions.",
                u"Run the installer again: it brings both to the same version.")

    def _hello(self, token):
        hello = {"protocol": protocol.PROTOCOL, "version": self.installation.version, "client": self.name}
        if token is not None:
            hello["token"] = token
        return hello

    def _starting(self, deadline):
        """Generator: returns once a worker listens, whoever started it."""
        address.private_folder(self.installation.run)
        lock = starter.Lock(os.path.join(self.installation.run, "start.lock"))
        while not lock.take():
            yield
            self._wait(deadline, u"Another program is starting the background process and does not get ready.")
            if _listening(self.installation.run):
                return
        process, again = None, 0.0
        try:
            while not _listening(self.installation.run):
                if process is None:
                    process = starter.start(self.installation) if time.time() >= again else None
                elif process.poll() == starter.ALREADY_RUNNING:
                    # The one before is on its way out and keeps its lock until it has gone.
                    process, again = None, time.time() + AGAIN_S
                elif process.poll() is not None:
                    raise self._told(errors.BridgeError(
                        errors.WORKER_LOST, u"The background process ended right after its start.",
                        u"The reason is in %s. Running the installer again repairs a damaged environment."
                        % text(self.installation.log)))
                yield
                self._wait(deadline, u"The background process did not get ready in time.")
        finally:
            lock.free()
            if process is not None and process.poll() is None:
                starter.reap(process)

    def _greeting(self, found, deadline):
        """Generator: says hello; a worker of another version is asked to leave."""
        link = wire.Connection(found[0])
        try:
            self._link = link
            try:
                for _ in self.calling("hello", self._hello(found[1]), HELLO_S):
                    yield
                self.worker = self.answer
                fits = self.worker.get("version") == self.installation.version
            except errors.BridgeError as error:
                if error.code == errors.WORKER_LOST:
                    return  # it ended itself in this very moment
                if error.code != errors.VERSION_MISMATCH:
                    raise
                fits = False
            if fits:
                link = None
                return
            for _ in self._leaving("idle", deadline):
                yield
        finally:
            if link is not None:
                self.close()

    def _leaving(self, when, deadline):
        """Generator: asks the worker to stop and returns when it has gone."""
        self.request("stop", {"when": when})
        while not _ended(self._link):
            yield
            self._wait(deadline, u"The background process is still at work.")

    def _wait(self, deadline, message):
        if self.waits:
            time.sleep(POLL_S)
        if time.time() > deadline:
            raise self._told(errors.BridgeError(
                errors.WORKER_BUSY, message, u"Wait a little, or run: cutaway worker stop"))

    def _guarded(self, name, *arguments):
        if self._link is None:
            raise self._told(wire.lost())
        try:
            return getattr(self._link, name)(*arguments)
        except errors.BridgeError as error:
            self.close()
            raise self._told(error)

    def _told(self, error):
        error.log = starter.log_tail(self.installation)
        return error

    def _is_dropped(self, message):
        request = id_of(message)
        dropped = request in self._dropped
        if "id" in message:
            self._dropped.discard(request)  # nothing comes after the answer
        return dropped


def _listening(run):
    found = address.connect(run, HELLO_S)
    if found is None:
        return False
    found[0].close()
    return True


def _ended(link):
    try:
        link.receive(0.0)
    except errors.BridgeError:
        return True
    return False
