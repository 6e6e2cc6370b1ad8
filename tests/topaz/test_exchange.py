"""One request on real sockets: a cancel ends it wherever it is, nothing is left behind, and what was sent is known."""

import contextlib
import socket
import threading
import time

import httpx
import pytest

from cutaway import errors
from cutaway.job import Job
from cutaway.topaz import Client, Limits
from cutaway.topaz.exchange import Ask, Exchange, _is_sending
from cutaway.topaz.lost import Lost
from tests.topaz.fakes import KEY, FakeClock, client, png, reply
from tests.topaz.servers import body, read_head, serving, until_gone

DONE = reply({"process_id": "p", "status": "Completed"}).content


def busy_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "topaz-request"]


def soon(true) -> bool:
    """Whether it becomes true before long; the limit is only for a failing test."""
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    assert soon(lambda: not busy_threads())


@contextlib.contextmanager
def cancelled_when(job: Job, ready: threading.Event):
    """Cancels the job once the server says that it is where the test wants it."""
    thread = threading.Thread(target=lambda: (ready.wait(20), job.cancel()))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def silent_after(reached: threading.Event, read: str, answer: bytes = b""):
    """A server that reads so far ("nothing", "head", "all"), answers so much, and then waits for the client to go."""
    def serve(link: socket.socket) -> None:
        if read != "nothing":
            head = read_head(link)
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                           if line.lower().startswith(b"content-length")), 0)
            while read == "all" and len(head) < length:
                head += link.recv(65536)
        link.sendall(answer)
        reached.set()
        until_gone(link)
    return serve


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"])
@pytest.mark.parametrize("call", ["status", "balance", "jobs", "wait"])
def test_a_cancel_ends_a_read_that_hangs(answer, call):
    job, reached = Job(), threading.Event()
    with serving(silent_after(reached, "head", answer)) as server, cancelled_when(job, reached):
        topaz = Client(KEY, base_url=server.url)
        with pytest.raises(errors.Cancelled) as ended:
            if call in ("status", "wait"):
                getattr(topaz, call)("p", job=job)
            else:
                list(topaz.jobs(job)) if call == "jobs" else topaz.balance(job)
        assert ended.value.__context__ is None
        assert soon(lambda: not server.open)


def test_a_cancel_ends_a_call_that_is_not_answered(monkeypatch):
    """The name look-up and the connection cannot be cut: they are left alone, and send nothing when they come back."""
    job, calling, go_on = Job(), threading.Event(), threading.Event()
    connect = socket.create_connection

    def slow(*args, **more):
        calling.set()
        assert go_on.wait(20)
        return connect(*args, **more)

    heard = []
    with serving(lambda link: heard.append(read_head(link))) as server, cancelled_when(job, calling):
        monkeypatch.setattr(socket, "create_connection", slow)
        with pytest.raises(errors.Cancelled):
            Client(KEY, base_url=server.url).submit(png(), filename="a.png", job=job)
        assert busy_threads()
        go_on.set()
        assert soon(lambda: not busy_threads() and server.taken == 1 and not server.open)
    assert heard == [b""]


@pytest.mark.parametrize("read", ["head", "all"])
def test_a_cancel_in_mid_submit_is_an_unknown_outcome(read):
    job, reached = Job(), threading.Event()
    with serving(silent_after(reached, read)) as server, cancelled_when(job, reached):
        with pytest.raises(errors.CloudOutcomeUnknown) as unknown:
            Client(KEY, base_url=server.url, limits=Limits(grace_s=0.05)).submit(png(), filename="a.png", job=job)
        assert unknown.value.filename == "a.png"
        assert soon(lambda: not server.open)
    assert server.taken == 1


def test_a_cancel_in_mid_upload_stops_the_upload():
    job, reached = Job(), threading.Event()
    large = png() + bytes(64 << 20)  # more than the sockets' buffers take
    got = []

    def serve(link: socket.socket) -> None:
        got.append(len(read_head(link)))
        reached.set()
        assert job_cancelled.wait(20)
        while block := link.recv(1 << 20):
            got.append(len(block))

    job_cancelled = threading.Event()
    with serving(serve) as server, cancelled_when(job, reached):
        with pytest.raises(errors.CloudOutcomeUnknown):
            Client(KEY, base_url=server.url, limits=Limits(grace_s=0.05)).submit(large, filename="a.png", job=job)
        job_cancelled.set()
        assert soon(lambda: not server.open)
    assert sum(got) < len(large)


def test_a_submit_that_is_answered_within_the_grace_is_known():
    job, reached = Job(), threading.Event()

    def serve(link: socket.socket) -> None:
        read_head(link)
        reached.set()
        while not job.cancelled:
            time.sleep(0.005)
        link.sendall(body(b'{"process_id": "p-9"}'))
        until_gone(link)

    with serving(serve) as server, cancelled_when(job, reached):
        topaz = Client(KEY, base_url=server.url, limits=Limits(grace_s=20.0))
        assert topaz.submit(png(), filename="a.png", job=job).process_id == "p-9"


def test_a_connection_that_is_dropped_in_mid_submit():
    def serve(link: socket.socket) -> None:
        read_head(link)

    clock = FakeClock()
    with serving(serve) as server:
        with pytest.raises(errors.CloudOutcomeUnknown):
            Client(KEY, base_url=server.url, clock=clock).submit(png(), filename="a.png")
        assert server.taken == 1 and clock.waits == []


def test_a_refused_connection_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    clock = FakeClock()
    with pytest.raises(errors.CloudUnreachable) as refused:
        Client(KEY, base_url=f"http://127.0.0.1:{port}", clock=clock).submit(png(), filename="a.png")
    assert "refused" in str(refused.value)
    assert len(clock.waits) == Limits().submit_tries - 1


@pytest.mark.parametrize("call", ["submit", "status"])
def test_no_request_lasts_for_ever(call):
    """A server that sends a byte now and then keeps every single time-out from ringing."""
    def serve(link: socket.socket) -> None:
        read_head(link)
        for _ in range(2000):
            link.sendall(b"HTTP/1.1 200 OK\r\nA: b"[:1])
            time.sleep(0.01)

    limits = Limits(answer_s=0.3, upload_s=0.3, read_tries=1)
    with serving(serve) as server:
        topaz = Client(KEY, base_url=server.url, limits=limits)
        wanted = errors.CloudOutcomeUnknown if call == "submit" else errors.CloudUnreachable
        with pytest.raises(wanted):
            topaz.submit(png(), filename="a.png") if call == "submit" else topaz.status("p")
        assert soon(lambda: not server.open)


def test_every_request_has_a_connection_of_its_own():
    def serve(link: socket.socket) -> None:
        while read_head(link):
            link.sendall(body(DONE))

    with serving(serve) as server:
        topaz = Client(KEY, base_url=server.url)
        for _ in range(3):
            topaz.status("p")
        assert server.taken == 3
        assert soon(lambda: not server.open)


def test_a_client_is_shared_by_threads():
    def serve(link: socket.socket) -> None:
        read_head(link)
        link.sendall(body(DONE))
        until_gone(link)

    found = []
    with serving(serve) as server:
        topaz = Client(KEY, base_url=server.url)
        threads = [threading.Thread(target=lambda: found.append(topaz.status("p").status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["Completed"] * 8


def test_an_unexpected_end_counts_as_sent(monkeypatch):
    """A defect in a transport must not lead to a second submit."""
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def broken(request: httpx.Request) -> httpx.Response:
        raise LookupError("a defect")

    with pytest.raises(errors.CloudOutcomeUnknown):
        client(broken).submit(png(), filename="a.png")
    assert told[0].exc_type is LookupError


def test_a_job_that_was_cancelled_before_starts_no_thread():
    job = Job()
    job.cancel()
    exchange = Exchange(lambda: pytest.fail("opened"), Ask("GET", "https://x.test"), 1, httpx.Timeout(1))
    with pytest.raises(errors.Cancelled):
        exchange.run(job, 1.0)
    assert not busy_threads()


@pytest.mark.parametrize(("event", "method", "sending"), [
    ("connection.connect_tcp.started", b"", False), ("connection.start_tls.complete", b"", False),
    ("http11.send_request_headers.started", b"CONNECT", False), ("http11.send_request_headers.complete", b"", False),
    ("http11.receive_response_headers.started", b"CONNECT", False), ("proxy.start_tls.started", b"", False),
    ("http11.send_request_headers.started", b"POST", True), ("http2.send_request_body.started", b"POST", True),
    ("http11.send_request_headers.started", None, True), ("http99.beam_request.started", b"POST", True)])
def test_what_counts_as_sent(event, method, sending):
    class FakeRequest:
        pass

    info = {}
    if method:
        info["request"] = FakeRequest()
        info["request"].method = method
    _, step, state = event.split(".")
    assert _is_sending(step, state, info) is sending


def test_no_lost_answer_shows_an_address():
    ask = Ask("GET", "https://s.test/?5igned")
    assert "5igned" not in repr(ask)
    assert "5igned" not in repr(Lost("it was cancelled", True))
