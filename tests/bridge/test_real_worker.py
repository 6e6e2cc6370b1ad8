"""The bridge and the worker's own process, with a fake core in it: crashes, kills, versions, starts, idle times."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import flow, installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from tests.bridge.fake_host import FakeHost
from tests.worker.fake_process import ROOT, install

IDLE = '{"worker": {"unload_after_s": %s, "exit_after_s": %s}}'


class Installed:
    """A home with clients on it; whatever runs at the end of the test is stopped."""

    def __init__(self, home: Path, **more: Any) -> None:
        self.home = install(home, **more)
        self.run = home / "run"
        self.clients: list[Client] = []

    def client(self, connect: bool = True) -> Client:
        client = Client(installation.read(str(self.home)), "test")
        self.clients.append(client)
        if connect:
            client.connect()
        return client

    def log(self) -> str:
        return (self.run / "worker.log").read_text()

    def end(self) -> None:
        for client in self.clients:
            client.close()
        wait_until(self._is_empty)

    def _is_empty(self) -> bool:
        """Stops what answers. A process that a client gave up waiting for may still be on its way up."""
        if not processes_of(self.home):
            return True
        try:
            Client(installation.read(str(self.home)), "end").stop()
        except BridgeError as error:
            assert error.code == "worker_lost", error
        return False


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Callable[..., Installed]]:
    made: list[Installed] = []

    def make(**more: Any) -> Installed:
        made.append(Installed(tmp_path / f"home{len(made)}", **more))
        return made[-1]

    yield make
    for one in made:
        one.end()


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def processes_of(home: Path) -> list[int]:
    """Pids of the workers of ``home``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if said[-3:-1] == [b"--home", bytes(home)]:
            found.append(int(folder.name))
    return found


def runs(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def run(client: Client, model: str = "auto", host: FakeHost | None = None) -> FakeHost:
    host = host or FakeHost(np.full((3, 4, 3), 50, np.uint8))
    flow.drive(flow.run(host, {"model": model}, client))
    return host


def in_mid_job(client: Client, model: str) -> tuple[Any, FakeHost]:
    """A flow whose job the worker has begun. It must be kept: a flow that is let go of closes its job."""
    host = FakeHost()
    running = flow.run(host, {"model": model}, client)
    while "Finding the subject" not in [text for _, text in host.shown]:
        next(running)
    return running, host


def test_a_whole_run(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    host = run(client)
    assert host.put is not None and host.put["mask"].tolist() == [[50] * 4] * 3
    assert list((here.run / "jobs").iterdir()) == []
    again = here.client()
    assert again.worker["pid"] == client.worker["pid"], "one warm process for every client"
    assert os.getsid(client.worker["pid"]) != os.getsid(0)


def test_a_crash_in_mid_job_is_told_and_the_next_run_works(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    pid = client.worker["pid"]
    with pytest.raises(BridgeError) as caught:
        run(client, "crash:9")
    assert caught.value.code == "worker_lost" and "'test' of version" in caught.value.log
    assert len(list((here.run / "jobs").iterdir())) == 1
    assert run(client).put is not None
    assert client.worker["pid"] != pid
    assert list((here.run / "jobs").iterdir()) == [], "the folder that the dead worker left is gone"


def test_a_client_that_never_waits_starts_a_worker_and_leaves_nothing(installed: Callable[..., Installed]) -> None:
    """As an editor's timer drives it; it hangs up as soon as it has told that the job is closed."""
    here = installed()
    client = here.client(connect=False)
    client.waits = False
    host = FakeHost()
    running = flow.run(host, {}, client)
    end = time.monotonic() + 20
    while host.put is None or client.connected:
        assert time.monotonic() < end
        time.sleep(0.005)
        if next(running, "over") == "over":
            client.close()
    wait_until(lambda: not list((here.run / "jobs").iterdir()))
    assert "Traceback" not in here.log()


def test_kill_9_in_mid_job(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    running, host = in_mid_job(client, "slow")
    os.kill(client.worker["pid"], signal.SIGKILL)
    with pytest.raises(BridgeError) as caught:
        flow.drive(running)
    assert caught.value.code == "worker_lost" and host.put is None
    wait_until(lambda: not runs(client.worker["pid"]))
    assert run(client).put is not None


def test_kill_9_while_another_waits_starts_a_new_worker_for_it(installed: Callable[..., Installed]) -> None:
    here = installed()
    client, other = here.client(), here.client()
    running, _ = in_mid_job(client, "slow")
    waiting_host = FakeHost()
    waiting = flow.run(waiting_host, {}, other)
    while "Waiting: 1 before this one" not in [text for _, text in waiting_host.shown]:
        next(waiting)
    pid = client.worker["pid"]
    os.kill(pid, signal.SIGKILL)
    flow.drive(waiting)
    assert waiting_host.put is not None and other.worker["pid"] != pid
    with pytest.raises(BridgeError):
        flow.drive(running)


def test_a_stuck_job_is_killed_after_the_grace_time(installed: Callable[..., Installed]) -> None:
    here = installed(grace_s=0.2)
    client = here.client()
    running, host = in_mid_job(client, "hang")
    host.cancel_at = "Finding the subject"
    with pytest.raises(BridgeError) as caught:
        flow.drive(running)
    assert caught.value.code == "cancelled", "the user does not wait for the grace time"
    wait_until(lambda: not runs(client.worker["pid"]))
    assert "did not stop within 0.2 s" in here.log()
    assert run(client).put is not None


def test_a_stuck_job_of_a_lost_client_is_killed_as_well(installed: Callable[..., Installed]) -> None:
    here = installed(grace_s=0.2)
    client = here.client()
    kept = in_mid_job(client, "hang")
    client.close()
    wait_until(lambda: not runs(client.worker["pid"]))
    assert "did not stop" in here.log() and kept[1].put is None


HOLD = """import ctypes, time, tests.worker.fake_core as f
def hold(job, argument):
    while not job.cancelled:
        time.sleep(0.005)
    ctypes.PyDLL(None).sleep(60)
f.BEHAVIOURS['hold'] = hold"""


def test_a_job_that_keeps_the_interpreters_lock_is_killed_too(installed: Callable[..., Installed]) -> None:
    """Native code that never lets go of it: no thread of Python's could end the process."""
    here = installed(grace_s=0.2, before=HOLD)
    client = here.client()
    kept = in_mid_job(client, "hold")
    client.close()
    wait_until(lambda: not runs(client.worker["pid"]))
    assert "Timeout" in here.log() and "hold" in here.log() and kept[1].put is None


def test_cancel_early_late_and_after_the_end(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    early = FakeHost()
    early.cancel_at = "Starting"
    with pytest.raises(BridgeError):
        run(client, host=early)
    late = FakeHost()
    late.cancel_at = "Putting the result in"
    run(client, host=late)
    assert late.put is not None, "what is there already is put in"
    client.cancel(client.request("job.open"))
    client.cancel(12345)
    assert client.call("status")["running"] is None
    assert client.poll(0.05) == []
    assert client.connected


def test_chatter_on_descriptor_1_goes_to_the_log(installed: Callable[..., Installed]) -> None:
    here = installed()
    assert run(here.client(), "chatter").put is not None
    assert "native chatter" in here.log() and "native complaint" in here.log()


def test_a_worker_of_another_version_is_replaced(installed: Callable[..., Installed]) -> None:
    here = installed(before="import cutaway.worker.server as s; s.__version__ = '0.0.9'", version="0.0.9")
    old = here.client()
    assert old.worker["version"] == "0.0.9"
    install(here.home)
    new = here.client()
    assert new.worker["version"] == "0.1.0" and new.worker["pid"] != old.worker["pid"]
    wait_until(lambda: not runs(old.worker["pid"]))


def test_a_worker_of_another_version_finishes_its_job_first(installed: Callable[..., Installed]) -> None:
    here = installed(before="import cutaway.worker.server as s; s.__version__ = '0.0.9'", version="0.0.9")
    running, host = in_mid_job(here.client(), "slow:0.3")
    install(here.home)
    connecting = here.client(connect=False)
    waiting = connecting.connecting()
    next(waiting)
    flow.drive(running)
    for _ in waiting:
        pass
    assert host.put is not None and connecting.worker["version"] == "0.1.0"


def test_a_worker_of_another_protocol_is_replaced(installed: Callable[..., Installed]) -> None:
    change = "import cutaway.worker.protocol as p; p.PROTOCOL = 7"
    here = installed(before=change)
    with pytest.raises(BridgeError) as caught:
        here.client(connect=False).connect(timeout=2)  # every start is of that protocol
    assert caught.value.code == "worker_busy"
    install(here.home)
    assert here.client().worker["protocol"] == 1


START = """
import sys
from cutaway_bridge import installation
from cutaway_bridge.client import Client
with Client(installation.read(sys.argv[1]), "start") as client:
    sys.stdin.readline()
    client.connect()
    print(client.worker["pid"])
"""


def test_starts_at_the_same_moment_make_one_worker(installed: Callable[..., Installed]) -> None:
    here = installed()
    starting = [
        subprocess.Popen([sys.executable, "-c", START, str(here.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write(b"now\n")
        process.stdin.flush()
    pids = {process.communicate(timeout=30)[0] for process in starting}
    assert len(pids) == 1 and int(pids.pop()) > 0
    assert here.log().count("listens") == 1


def test_a_second_worker_ends_at_once(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    record = json.loads((here.home / "installed.json").read_text())
    second = subprocess.run(
        [record["python"], "-I", "-m", "cutaway.worker", "--home", str(here.home)], capture_output=True, timeout=30)
    assert second.returncode == 3
    assert client.call("status")["pid"] == client.worker["pid"]


def test_a_folder_open_to_others_keeps_the_worker_from_starting(installed: Callable[..., Installed]) -> None:
    here = installed()
    here.run.mkdir()
    here.run.chmod(0o755)
    record = json.loads((here.home / "installed.json").read_text())
    done = subprocess.run(
        [record["python"], "-I", "-m", "cutaway.worker", "--home", str(here.home)], capture_output=True, text=True,
        timeout=30)
    assert done.returncode == 1 and "open to other users" in done.stderr
    with pytest.raises(BridgeError, match="open to other users"):
        here.client()
    here.run.chmod(0o700)


def test_over_tcp(installed: Callable[..., Installed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_TRANSPORT", "tcp")
    here = installed()
    client = here.client()
    assert not (here.run / "worker.sock").exists()
    assert run(client).put is not None
    monkeypatch.delenv("CUTAWAY_TRANSPORT")
    assert here.client().worker["pid"] == client.worker["pid"], "found by its file, whatever the client's environment"
    said = json.loads((here.run / "worker.tcp").read_text())
    assert said["token"] not in here.log()
    (here.run / "worker.tcp").write_text(json.dumps({**said, "token": "0" * 64}))
    with pytest.raises(BridgeError, match="The token is wrong"):
        here.client()
    (here.run / "worker.tcp").write_text(json.dumps(said))


def test_over_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    here = Installed(tmp_path / ("x" * 110))
    try:
        assert run(here.client()).put is not None
    finally:
        here.end()


def test_idle_times_from_the_users_settings(installed: Callable[..., Installed]) -> None:
    here = installed()
    (here.home / "settings.json").write_text(IDLE % (0.2, 0.5))
    client = here.client()
    pid = client.worker["pid"]
    wait_until(lambda: not runs(pid))
    assert "models are unloaded" in here.log() and "Nothing to do for long" in here.log()
    assert not (here.run / "worker.sock").exists()
    assert run(client).put is not None, "a client whose worker has gone home gets another"


def test_sigterm_is_a_stop(installed: Callable[..., Installed]) -> None:
    here = installed()
    client = here.client()
    running, host = in_mid_job(client, "slow")
    os.kill(client.worker["pid"], signal.SIGTERM)
    with pytest.raises(BridgeError) as caught:
        flow.drive(running)
    assert caught.value.code == "worker_lost" and host.put is None
    wait_until(lambda: not runs(client.worker["pid"]))
    assert here.log().rstrip().endswith("Ended.")
    assert not (here.run / "worker.sock").exists() and list((here.run / "jobs").iterdir()) == []


def test_a_lost_connection_deletes_the_jobs_folder(installed: Callable[..., Installed]) -> None:
    here = installed()
    client, other = here.client(), here.client()
    kept = in_mid_job(client, "slow")
    assert len(list((here.run / "jobs").iterdir())) == 1
    client.close()
    wait_until(lambda: list((here.run / "jobs").iterdir()) == [])
    assert run(other).put is not None
    assert kept[1].put is None


def test_an_editor_that_is_killed_is_a_lost_connection(installed: Callable[..., Installed]) -> None:
    here = installed()
    other = here.client()
    program = "import sys; sys.path[:0] = [sys.argv[2]]\n" \
        "from tests.bridge.test_real_worker import *\n" \
        "client = Client(installation.read(sys.argv[1]), 'editor'); client.connect()\n" \
        "kept = in_mid_job(client, 'slow'); print('now', flush=True); time.sleep(60)"
    with subprocess.Popen(
            [sys.executable, "-c", program, str(here.home), str(ROOT)], stdout=subprocess.PIPE) as editor:
        assert editor.stdout is not None and editor.stdout.readline() == b"now\n"
        editor.kill()
    wait_until(lambda: list((here.run / "jobs").iterdir()) == [])
    wait_until(lambda: other.call("status")["running"] is None)


def test_a_disk_that_is_full(installed: Callable[..., Installed]) -> None:
    """The worker may not write files over 4000 bytes, as on a disk that gets full in mid-write."""
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " \
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))"
    here = installed(before=limit)
    client = here.client()
    with pytest.raises(BridgeError) as caught:
        run(client, host=FakeHost(np.zeros((100, 100, 3), np.uint8)))
    assert caught.value.code == "disk_full" and caught.value.hint
    assert run(client).put is not None, "the worker lives on"


def test_no_editors_variable_reaches_the_worker(
    installed: Callable[..., Installed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/gimp/python")
    monkeypatch.setenv("GIMP2_DIRECTORY", "/gimp")
    pid = installed().client().worker["pid"]
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"PYTHONPATH" not in environment and b"GIMP" not in environment and b"PATH=" in environment
    descriptors = {os.readlink(f"/proc/{pid}/fd/{n}") for n in (0, 1, 2)}
    assert len(descriptors) == 2 and "/dev/null" in descriptors


def test_clients_at_the_same_time_all_get_theirs(installed: Callable[..., Installed]) -> None:
    here = installed()
    here.client()
    hosts = [FakeHost(np.full((2, 2, 3), n, np.uint8)) for n in range(6)]
    clients = [here.client(connect=False) for _ in hosts]
    threads = [
        threading.Thread(target=run, args=(client, "slow:0.01" if n % 2 else "auto", host))
        for n, (client, host) in enumerate(zip(clients, hosts, strict=True))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({client.worker["pid"] for client in clients}) == 1


def test_the_socket_alone_lets_nobody_in_without_hello(installed: Callable[..., Installed]) -> None:
    here = installed()
    here.client()
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(here.run / "worker.sock"))
        link.sendall(b'{"jsonrpc": "2.0", "id": 1, "method": "stop", "params": {}}\n')
        assert b"The first request is hello" in link.recv(65536)
        assert link.recv(100) == b""
