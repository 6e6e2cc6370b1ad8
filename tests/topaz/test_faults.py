"""Whatever network and service do, in whatever order: nothing is paid twice, nothing is lost, no key is told."""

import logging
import random
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cutaway import errors
from cutaway.topaz import JobStatus, Limits
from tests.topaz.fakes import KEY, LINK, FakeClock, FakeTopaz, client, png, reply

SIGNATURE = LINK.split("=")[1]
ECHO = {"message": f"{KEY} {LINK} \x1b[31m", KEY: KEY, "status": f"odd {KEY}", "filename": KEY, "process_id": KEY}

STEPS = {
    **{f"status {status}": (lambda s: lambda _: reply(ECHO, s))(status)
       for status in (302, 400, 401, 402, 403, 404, 408, 409, 410, 412, 413, 415, 422, 425, 429, 500, 502, 503, 504)},
    "html": lambda _: httpx.Response(200, content=b"<html>" + KEY.encode()),
    "nothing": lambda _: httpx.Response(200, content=b""),
    "array": lambda _: reply([ECHO]),
    "echo": lambda _: reply(ECHO),
    "wait a little": lambda _: reply(ECHO, 429, {"Retry-After": "1"}),
    "redirect": lambda _: httpx.Response(307, headers={"Location": f"https://evil.test/{KEY}"}),
    "no connection": lambda request: _raise(httpx.ConnectError(f"{request.headers} {LINK}", request=request)),
    "call not answered": lambda request: _raise(httpx.ConnectTimeout(f"{request.headers}", request=request)),
    "silence": lambda request: _raise(httpx.ReadTimeout(f"{request.headers} {LINK}", request=request)),
    "broken": lambda request: _raise(httpx.RemoteProtocolError(f"{request.headers} {LINK}", request=request)),
    "broken upload": lambda request: _raise(httpx.WriteError(f"{request.headers}", request=request)),
}
NOT_SENT = ("no connection", "call not answered")
SURELY_NO_JOB = ("status 425", "status 429", "wait a little", *NOT_SENT)
PLACES = ("submit", "status", "download", "storage", "list")

SCRIPTS = st.fixed_dictionaries({
    place: st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.booleans()), max_size=4) for place in PLACES})


def _raise(error: BaseException) -> httpx.Response:
    raise error


class FakeFlaky(FakeTopaz):
    """Each step of a script comes before or after the request has taken effect; what is not sent has none."""

    def __init__(self, scripts: dict[str, list[tuple[str, bool]]]) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        for place, steps in scripts.items():
            self.scripts[place] = [self._step(place, *step) for step in steps]

    def _step(self, place: str, name: str, takes_effect: bool):
        def step(request: httpx.Request) -> httpx.Response:
            self.told.append((place, name))
            # A service that refuses has made no job: its effect can only come with an answer that leaves that open.
            open_end = (name not in SURELY_NO_JOB and not name.startswith("status 4")) or name == "status 408"
            if place == "submit" and takes_effect and open_end:
                self._submit(request)
            answer = STEPS[name](request)
            if place == "storage" and answer.is_success:  # it has never seen the key, so it cannot tell it
                return httpx.Response(200, content=b"<html>")
            return answer
        return step


@contextmanager
def logged() -> Iterator[list[str]]:
    """Every record of every logger, formatted."""
    lines: list[str] = []

    class FakeHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.getMessage()} {record.__dict__}")

    root, handler = logging.getLogger(), FakeHandler()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def words(error: errors.CutawayError) -> str:
    """All that an error and its causes say."""
    return "".join(f"{link} {link!r} {link.args!r} {vars(link)!r}" for link in chain(error))


def variables(error: errors.CutawayError) -> str:
    """What a traceback with local variables shows of the client's frames."""
    parts = []
    for link in chain(error):
        frames = traceback.StackSummary.extract(
            ((frame, line) for frame, line in traceback.walk_tb(link.__traceback__)
             if "cutaway/topaz" in frame.f_code.co_filename), capture_locals=True)
        parts += frames.format()
    return "".join(parts)


def attempt(call, told: list[str], seen: list[str]):
    try:
        value = call()
    except errors.CutawayError as error:
        told.append(words(error))
        seen.append(variables(error))
        assert isinstance(error, errors.CloudError)
        assert error.message and error.hint
        return error
    told.append(repr(value))
    return value


@settings(deadline=None, max_examples=250)
@given(SCRIPTS, st.integers(0, 2**16))
@example({"submit": [("silence", True)], "status": [("status 500", True)], "download": [], "storage": [], "list": []},
         1)
@example({"submit": [("html", True)], "status": [], "download": [("status 409", False)],
          "storage": [("status 403", False), ("status 410", False)], "list": [("array", False)]}, 2)
def test_any_sequence_of_faults(scripts, seed):
    service, clock = FakeFlaky(scripts), FakeClock()
    told: list[str] = []
    seen: list[str] = []
    with logged() as lines, client(service, clock, chance=random.Random(seed).random, limits=Limits()) as topaz:
        sent = attempt(lambda: topaz.submit(png(), filename="7f3a.png"), told, seen)
        if isinstance(sent, errors.CloudOutcomeUnknown):
            assert sent.filename == "7f3a.png"
            found = attempt(lambda: topaz.find("7f3a.png"), told, seen)
        process_id = getattr(sent, "process_id", "") or "".join(service.jobs[-1:])
        if process_id:
            attempt(lambda: topaz.wait(process_id), told, seen)
            attempt(lambda: topaz.result(process_id, 40, 30), told, seen)
        told += [repr(topaz), repr(vars(topaz)), *lines]

    steps = [name for place, name in service.told if place == "submit"]
    assert len(service.jobs) <= 1  # nothing is paid twice
    assert all(name in SURELY_NO_JOB for name in steps[:-1])  # sent again only where no job can be
    lied = ("list", "array") in service.told  # a list that leaves a job out reads like a true one
    if service.jobs and isinstance(sent, errors.CloudOutcomeUnknown) and not lied:
        assert isinstance(found, errors.CloudError | JobStatus)  # nothing is lost
    if service.jobs:
        assert not isinstance(sent, errors.CloudError) or isinstance(sent, errors.CloudOutcomeUnknown)
    assert KEY not in "".join(told) and SIGNATURE not in "".join(told)
    assert KEY not in "".join(seen)
    assert not [r for place, r in service.seen if place == "storage" and KEY in repr(r.headers.raw) + str(r.url)]
    assert {r.url.host for _, r in service.seen} <= {"api.topaz.test", "storage.test"}


def test_the_search_finds_a_key_that_is_told():
    """So that the test above can fail."""
    class FakeError(errors.CloudError):
        pass

    told: list[str] = []
    seen: list[str] = []
    attempt(lambda: _raise(FakeError(f"bad {KEY}", "x")), told, seen)
    attempt(lambda: client(FakeTopaz()).status(f"{KEY}/"), [], seen)
    assert KEY in told[0] and KEY in seen[1]
    with logged() as lines:
        logging.getLogger("anything").debug("x %s", KEY)
    assert KEY in lines[0]
