"""The conversation with one client, as protocol.py says it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cutaway.errors import Cancelled, CutawayError, ProtocolError, VersionMismatch, WorkerLost
from cutaway.job import Job
from cutaway.worker import memory, operations, protocol
from cutaway.worker.connection import Connection
from cutaway.worker.executor import Task
from cutaway.worker.log import said_by, without_folders
from cutaway.worker.own import Own
from cutaway.worker.params import checked
from cutaway.worker.stages import Meter

if TYPE_CHECKING:
    from cutaway.worker.server import Server

HELLO_S: Final = 10.0

Message = dict[str, Any]
Id = int | str | None


class _Refused(Exception):
    """A message that gets an error of JSON-RPC's own; ``last``: and ends the connection."""

    def __init__(self, id: Id, code: int, error: CutawayError, last: bool = False) -> None:
        super().__init__(error.message)
        self.id = id
        self.code = code
        self.error = error
        self.last = last


class Session:
    """``number`` is the connection's own. :meth:`run` is its thread."""

    def __init__(self, number: int, connection: Connection, server: Server) -> None:
        self.number = number
        self.client = ""
        self._connection = connection
        self._server = server
        self._context = operations.Context(number, server.core, server.jobs, server, Own())
        self._allowed: tuple[str, ...] = ("hello",)
        self._lock = threading.Lock()
        self._tasks: dict[Id, tuple[Task, Message]] = {}

    def run(self) -> None:
        """Reads and answers until the client has gone, then cancels what it has left."""
        try:
            for line in self._connection.lines(HELLO_S):
                if not self._take(line):
                    break
        except ProtocolError as error:
            self._fail(None, error, protocol.INVALID_REQUEST)
        finally:
            with self._lock:
                tasks = [task for task, _ in self._tasks.values()]
            for task in tasks:
                self._stop(task)
            self._server.jobs.close_all(self.number)
            self._connection.close()
            self._server.left(self)

    def hang_up(self) -> None:
        self._connection.hang_up()

    def _take(self, line: bytes) -> bool:
        """Answers one line. False where the connection is to end."""
        try:
            id, method, given = _parsed(line)
            self._check_turn(id, method)
            try:
                params = checked(method, given)
            except ProtocolError as error:
                raise _Refused(id, protocol.INVALID_PARAMS, error, last=method == "hello") from error
        except _Refused as refused:
            self._fail(refused.id, refused.error, refused.code)
            return not refused.last and self._allowed != ("hello",)
        if method == "hello":
            return self._hello(id, params)
        if method == "cancel":
            self._answer(id, {"found": self._cancel(params["id"])})
        elif method in protocol.HEAVY or method in protocol.LANE:
            self._queue(id, method, params)
        else:
            self._at_once(id, method, params)
        return True

    def _check_turn(self, id: Id, method: str) -> None:
        if method not in protocol.METHODS:
            error = ProtocolError(f"There is no request {method[:40]!r}.", "See the list of requests.")
            raise _Refused(id, protocol.METHOD_NOT_FOUND, error)
        if method not in self._allowed:
            error = ProtocolError(f"{method} cannot be asked now.", "The first request is hello, once.")
            raise _Refused(id, protocol.INVALID_REQUEST, error, last=self._allowed == ("hello",))
        with self._lock:
            if id in self._tasks:
                error = ProtocolError("A request with this id is under way.", "Use each id once.")
                raise _Refused(None, protocol.INVALID_REQUEST, error)

    def _hello(self, id: Id, params: Message) -> bool:
        if not self._server.listener.knows(params["token"]):
            self._fail(id, ProtocolError("The token is wrong.", "Read it from the file worker.tcp."))
            return False
        self.client = without_folders(params["client"])[:40]
        self._server.log.write(f"{self.number}: {self.client!r} of version {params['version'][:20]!r} connected.")
        if params["protocol"] != protocol.PROTOCOL:
            self._allowed = ("stop",)
            self._fail(id, VersionMismatch(
                "The background process is of another version.", "Stop it: cutaway worker stop"))
            return True
        self._allowed = tuple(method for method in protocol.METHODS if method != "hello")
        self._answer(id, self._server.greeting())
        return True

    def _at_once(self, id: Id, method: str, params: Message) -> None:
        try:
            result = operations.TABLE[method](self._context, params, Job())
        except Exception as error:  # noqa: BLE001  the edge: every failure is an answer
            self._fail(id, error)
            return
        if method == "job.close":
            self._abandon(params["job"])
        self._answer(id, result)
        if method == "stop":
            self._server.stop(params["when"])
        elif method == "job.close":
            self._server.executor.aside(memory.free)
            self._server.worked()

    def _queue(self, id: Id, method: str, params: Message) -> None:
        elsewhere = operations.goes_elsewhere(method, params)
        job = Job(Meter("job.run elsewhere" if elsewhere else method, lambda stage, fraction, text: self._notify(
            "progress", {"id": id, "stage": stage, "fraction": fraction, "text": text})))
        task = Task(
            method, job,
            run=lambda: operations.TABLE[method](self._context, params, job),
            placed=lambda place: self._notify("queued", {"id": id, "place": place}),
            ended=lambda result, error: self._ended(id, result, error),
            ahead=(lambda: operations.job_ahead(self._context, params, job)) if elsewhere else None)
        with self._lock:
            self._tasks[id] = (task, params)
        self._server.worked()
        if elsewhere or method in protocol.LANE:
            self._server.lane.add(task)
        else:
            self._server.executor.add(task)

    def _ended(self, id: Id, result: Any, error: BaseException | None) -> None:
        with self._lock:
            task, _ = self._tasks.pop(id)
        if isinstance(error, Cancelled) and self._server.ending:
            error = WorkerLost("The background process was stopped.", "Try again: the next one takes over.")
        # A request that was cancelled answers so, however its work ended: the client has let go of it.
        elif task.job.cancelled:
            error = Cancelled()
        if error is None:
            self._answer(id, result)
        else:
            self._fail(id, error)
        self._server.worked()

    def _cancel(self, id: Id) -> bool:
        with self._lock:
            found = self._tasks.get(id)
        if found is not None:
            self._stop(found[0])
        return found is not None

    def _stop(self, task: Task) -> None:
        """In this order: a task goes from the lane to the executor, and is in one of them at any time."""
        self._server.lane.cancel(task)
        self._server.executor.cancel(task)

    def _abandon(self, name: str) -> None:
        """Cancels what is under way for a job that was closed."""
        with self._lock:
            tasks = [task for task, params in self._tasks.values() if params.get("job") == name]
        for task in tasks:
            self._stop(task)

    def _answer(self, id: Id, result: Message) -> None:
        message = {"jsonrpc": "2.0", "id": id, "result": result}
        if len(json.dumps(message)) >= protocol.MAX_LINE:
            self._fail(id, ProtocolError("The answer is too long for a message.", "Use a smaller picture."))
            return
        self._connection.send(message)

    def _fail(self, id: Id, error: BaseException, code: int = protocol.APPLICATION_ERROR) -> None:
        told = operations.as_told(error)
        if told is None:
            self._server.log.failure(f"{self.number}: a request failed", error)
            code = protocol.INTERNAL_ERROR
            told = CutawayError(
                "Something went wrong in the background process.", f"The log says more: {self._server.log.path}")
        elif not isinstance(told, Cancelled):
            self._server.log.write(f"{self.number}: {told.code}: {without_folders(said_by(told))}")
        self._connection.send({"jsonrpc": "2.0", "id": id, "error": {
            "code": code, "message": told.message, "data": {"code": told.code, "hint": told.hint}}})

    def _notify(self, method: str, params: Message) -> None:
        self._connection.notify({"jsonrpc": "2.0", "method": method, "params": params})


def _parsed(line: bytes) -> tuple[Id, str, Any]:
    """(id, method, params) of a request. Raises _Refused."""
    try:
        message = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        told = ProtocolError("A line is not a JSON message.", "Send one JSON object a line, in UTF-8.")
        raise _Refused(None, protocol.PARSE_ERROR, told) from error
    id = message.get("id") if isinstance(message, dict) else None
    if isinstance(id, bool) or not isinstance(id, int | str) or len(str(id)) > 40:
        told = ProtocolError("A request has no usable id.", "An id is a whole number or a short text.")
        raise _Refused(None, protocol.INVALID_REQUEST, told)
    method = message.get("method")
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
        told = ProtocolError("A message is not a request of JSON-RPC 2.0.", 'It has "jsonrpc": "2.0" and a method.')
        raise _Refused(id, protocol.INVALID_REQUEST, told)
    return id, method, message.get("params", {})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
