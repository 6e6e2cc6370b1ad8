"""One run in a fake editor against a worker that follows a script."""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway_bridge import flow
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_bridge.host import Result, Source, rows_at_once
from cutaway_bridge.installation import Installation
from tests.bridge.fake_host import FakeHost
from tests.bridge.fake_server import FakeServer, Reply, error, hang_up, nothing, result, several


def queued(*places: int) -> Reply:
    def reply(server: FakeServer, request: dict[str, Any]) -> None:
        for place in places:
            server.say(method="queued", params={"id": request["id"], "place": place})

    return reply


def then(*replies: Reply) -> Reply:
    def reply(server: FakeServer, request: dict[str, Any]) -> None:
        for each in replies:
            each(server, request)

    return reply


def stage(fraction: float, text: str) -> Reply:
    return lambda server, request: server.say(
        method="progress", params={"id": request["id"], "stage": "x", "fraction": fraction, "text": text})


def mask_only(server: FakeServer, request: dict[str, Any]) -> None:
    """Answers with the picture's first channel as the mask."""
    folder = server.home / "run" / "jobs" / "j1"
    pixels = np.load(folder / "picture.npy")
    np.save(folder / "out-mask.npy", np.ascontiguousarray(pixels[..., 0]))
    server.say(id=request["id"], result={
        "mask": "out-mask.npy", "foreground": None, "matte": None, "provenance": {"engine": "fake"}, "notes": []})


def run(client: Client, host: FakeHost, **settings: Any) -> None:
    flow.drive(flow.run(host, settings, client))


def test_pixels_selection_mask_and_profile_are_handed_over(installed: Installation, client: Client) -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    host = FakeHost(
        pixels, selection=np.full((5, 4), 255, np.uint8), mask=np.full((5, 4), 9, np.uint8), profile=b"icc")
    handed: dict[str, Any] = {}

    def look(server: FakeServer, request: dict[str, Any]) -> None:
        folder = server.home / "run" / "jobs" / "j1"
        handed.update(params=request["params"], icc=(folder / "profile.icc").read_bytes())
        for name in ("picture", "selection", "mask"):
            handed[name] = np.load(folder / f"{name}.npy")
        mask_only(server, request)

    with FakeServer(Path(installed.home), {"job.run": look}) as server:
        run(client, host, shift=-2)
        assert server.methods() == ["hello", "job.open", "job.run", "job.close"]
    params = handed["params"]
    assert params["picture"] == {"file": "picture.npy", "transfer": "nonlinear", "icc": "profile.icc"}
    assert (params["selection"], params["mask"], params["job"]) == ("selection.npy", "mask.npy", "j1")
    assert params["settings"]["shift"] == -2 and params["results"] == ["mask", "foreground", "matte"]
    np.testing.assert_array_equal(handed["picture"], pixels)
    assert (handed["selection"] == 255).all() and (handed["mask"] == 9).all() and handed["icc"] == b"icc"
    assert host.put is not None
    np.testing.assert_array_equal(host.put["mask"], pixels[..., 0])
    assert (host.put["name"], host.put["output"]) == ("Cat (cutout)", "layer")


def test_the_files_are_closed_when_it_is_over(installed: Installation, client: Client) -> None:
    host = FakeHost()
    with FakeServer(Path(installed.home), {"job.run": mask_only}):
        run(client, host)
    assert host.result is not None
    with pytest.raises(ValueError, match="closed"):
        host.result.mask.read_rows(0, 1)


def test_progress_never_falls_and_tells_the_place_in_the_queue(installed: Installation, client: Client) -> None:
    host = FakeHost()
    replies = then(queued(2, 1, 0), stage(0.9, "Fast"), stage(0.1, "Slow"), mask_only)
    with FakeServer(Path(installed.home), {"job.run": replies}):
        run(client, host)
    fractions = [fraction for fraction, _ in host.shown]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and fractions[-1] == 1.0
    texts = [text for _, text in host.shown]
    assert "Waiting: 2 before this one" in texts and "Waiting: 1 before this one" in texts
    assert not [text for text in texts if text.startswith("Waiting: 0")]


def test_wrong_settings_ask_nobody(installed: Installation, client: Client) -> None:
    host = FakeHost()
    with FakeServer(Path(installed.home), {}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, host, feather=1000)
        assert caught.value.code == "settings_invalid"
        assert server.heard == [] and host.sources == 0


@pytest.mark.parametrize("at", ["Starting", "Reading the layer"])
def test_a_cancel_before_the_run(installed: Installation, client: Client, at: str) -> None:
    host = FakeHost()
    host.cancel_at = at
    with FakeServer(Path(installed.home), {}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, host)
        assert caught.value.code == "cancelled" and host.put is None
        assert "job.run" not in server.methods()
        assert server.methods()[-1] in ("hello", "job.close")
        assert not (server.home / "run" / "jobs" / "j1" / "picture.npy").exists() or at != "Reading the layer"


def test_a_cancel_in_mid_run_asks_the_worker_and_closes_the_job(installed: Installation, client: Client) -> None:
    host = FakeHost()
    host.cancel_at = "At it"
    with FakeServer(Path(installed.home), {"job.run": stage(0.5, "At it"), "cancel": nothing}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, host)
        assert caught.value.code == "cancelled" and host.put is None
        assert server.methods()[-3:] == ["job.run", "cancel", "job.close"]
        assert client.connected, "a cancel does not cost the connection"


def test_a_flow_that_is_left_closes_its_job(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": nothing, "cancel": nothing}) as server:
        running = flow.run(FakeHost(), {}, client)
        while "job.run" not in server.methods():
            next(running)
        running.close()
        assert server.methods()[-2:] == ["cancel", "job.close"]


def test_an_error_of_the_worker_is_raised_and_the_job_closed(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": error("model_missing", "No model.", "Get it.")}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, FakeHost())
        assert (caught.value.code, caught.value.hint) == ("model_missing", "Get it.")
        assert server.methods()[-1] == "job.close"


def test_an_error_of_the_host_is_raised_and_the_job_closed(installed: Installation, client: Client) -> None:
    host = FakeHost()
    host.refuses = True
    with FakeServer(Path(installed.home), {"job.run": mask_only}) as server:
        with pytest.raises(BridgeError, match="locked"):
            run(client, host)
        assert server.methods()[-1] == "job.close"


def test_a_worker_lost_in_mid_job_is_told_and_not_tried_again(installed: Installation, client: Client) -> None:
    host = FakeHost()
    with FakeServer(Path(installed.home), {"job.run": then(queued(0), hang_up)}) as server:
        Path(installed.log).write_text("out of memory\n")
        with pytest.raises(BridgeError) as caught:
            run(client, host)
        assert server.methods().count("job.run") == 1
    assert caught.value.code == "worker_lost" and "ended unexpectedly" in caught.value.message
    assert installed.log in caught.value.hint and caught.value.log == "out of memory\n"
    assert host.put is None


@pytest.mark.parametrize("method", ["job.open", "job.run"])
def test_a_worker_lost_before_it_began_is_replaced_once(
    installed: Installation, client: Client, method: str
) -> None:
    host = FakeHost()
    good = {"job.open": FakeServer.open_job, "job.run": mask_only}
    lost = hang_up if method == "job.open" else then(queued(1), hang_up)
    with FakeServer(Path(installed.home), {**good, method: several(lost, good[method])}) as server:
        run(client, host)
        assert server.methods().count("hello") == 2
    assert host.put is not None and host.sources == 1


def test_but_only_once(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": hang_up}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, FakeHost())
        assert caught.value.code == "worker_lost" and server.methods().count("job.run") == 2


def test_a_stopping_worker_is_left_for_the_next(installed: Installation, client: Client) -> None:
    replies = {"job.open": several(error("worker_busy"), FakeServer.open_job), "job.run": mask_only}
    host = FakeHost()
    with FakeServer(Path(installed.home), replies) as server:
        run(client, host)
        assert server.methods().count("hello") == 2 and host.put is not None


@pytest.mark.parametrize("answer", [
    {"mask": "../../secret.npy"}, {"mask": "missing.npy"}, {"mask": "/etc/passwd"}, {"mask": "out.npy"}])
def test_a_worker_that_names_strange_files_is_not_believed(
    installed: Installation, client: Client, answer: dict[str, Any]
) -> None:
    host = FakeHost()
    said = {"foreground": None, "matte": None, "provenance": {}, "notes": [], **answer}

    def reply(server: FakeServer, request: dict[str, Any]) -> None:
        (server.home / "run" / "jobs" / "j1" / "out.npy").write_bytes(b"not an array")
        np.save(server.home / "run" / "secret.npy", np.zeros((1, 1), np.uint8))
        server.say(id=request["id"], result=said)

    with FakeServer(Path(installed.home), {"job.run": reply}), pytest.raises(BridgeError) as caught:
        run(client, host)
    assert caught.value.code == "protocol" and host.put is None


def test_a_folder_that_is_not_the_workers_is_not_written_to(
    installed: Installation, client: Client, tmp_path: Path
) -> None:
    replies = {"job.open": result({"job": "j1", "folder": str(tmp_path)})}
    with FakeServer(Path(installed.home), replies), pytest.raises(BridgeError) as caught:
        run(client, FakeHost())
    assert caught.value.code == "protocol" and not (tmp_path / "picture.npy").exists()


def test_a_folder_that_has_gone_is_a_lost_worker(installed: Installation, client: Client) -> None:
    def gone(server: FakeServer, request: dict[str, Any]) -> None:
        folder = server.home / "run" / "jobs" / "j1"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder)
        server.say(id=request["id"], result={"job": "j1", "folder": str(folder)})

    with FakeServer(Path(installed.home), {"job.open": gone}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, FakeHost())
        assert caught.value.code == "worker_lost"
        assert server.methods() == ["hello", "job.open", "job.close", "job.open", "job.close"]


@pytest.mark.parametrize("answer", [{"mask": "out-mask.npy"}, {"matte": "out-matte.bin"}, {
    "foreground": {"pixels": "out-foreground.npy", "origins": [], "tile": 128}}])
def test_a_result_that_has_gone_with_its_folder_is_a_lost_worker(
    installed: Installation, client: Client, answer: dict[str, Any]
) -> None:
    """As where the worker that died has a successor, which clears what was left."""
    host = FakeHost()

    def cleared(server: FakeServer, request: dict[str, Any]) -> None:
        server.say(method="queued", params={"id": request["id"], "place": 0})
        shutil.rmtree(server.home / "run" / "jobs" / "j1")
        server.say(id=request["id"], result={
            "mask": None, "foreground": None, "matte": None, "provenance": {}, "notes": [], **answer})

    with FakeServer(Path(installed.home), {"job.run": cleared}), pytest.raises(BridgeError) as caught:
        run(client, host)
    assert caught.value.code == "worker_lost" and installed.log in caught.value.hint and host.put is None


def test_a_file_of_the_hosts_own_that_is_missing_is_not_the_workers(installed: Installation, client: Client) -> None:
    class FakeForgetful(FakeHost):
        def put_result(self, source: Source, result: Result) -> None:
            raise FileNotFoundError("its own")

    with FakeServer(Path(installed.home), {"job.run": mask_only}), pytest.raises(FileNotFoundError, match="its own"):
        run(client, FakeForgetful())


class FakeFullHost(FakeHost):
    def hand_over(self, job: Any, source: Source) -> Iterator[None]:
        yield
        raise OSError(errno.ENOSPC, "No space left on device")


class FakePlainHost(FakeHost):
    """Its hand_over is no generator."""

    def hand_over(self, job: Any, source: Source) -> None:  # type: ignore[override]
        np.save(job.file("picture.npy"), self.pixels)
        job.picture = {"file": "picture.npy"}


def test_a_disk_that_is_full_while_handing_over(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {}) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, FakeFullHost())
        assert caught.value.code == "disk_full" and server.methods()[-1] == "job.close"


def test_handing_over_need_not_be_a_generator(installed: Installation, client: Client) -> None:
    host = FakePlainHost()
    with FakeServer(Path(installed.home), {"job.run": mask_only}):
        run(client, host)
    assert host.put is not None


def test_a_worker_that_does_not_take_the_close_is_left(
    installed: Installation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "CLOSE_S", 0.05)
    host = FakeHost()
    with FakeServer(Path(installed.home), {"job.run": mask_only, "job.close": nothing, "cancel": nothing}):
        run(client, host)
        assert host.put is not None and not client.connected


def test_a_host_that_may_not_wait_does_not_wait_for_the_close(installed: Installation) -> None:
    host = FakeHost()
    with FakeServer(Path(installed.home), {"job.run": mask_only, "job.close": nothing}) as server:
        with Client(installed, "test", waits=False) as client:
            flow.drive(flow.run(host, {}, client))
            assert host.put is not None and client.connected
            deadline = time.monotonic() + 10
            while server.methods()[-1] != "job.close" and time.monotonic() < deadline:
                time.sleep(0.01)
        assert server.methods() == ["hello", "job.open", "job.run", "job.close"]


class FakeFileHost(FakeHost):
    """Its pixels stay with the worker, and both its ends are generators that ask the worker."""

    def hand_over(self, job: Any, source: Source) -> Iterator[None]:
        job.results = ()
        yield from job.call("picture.read", {"path": "/cat.png"})
        job.notes.append(("read", "Read."))
        job.picture = job.answer["picture"]
        self.job = job

    def put_result(self, source: Source, result: Result) -> Iterator[None]:  # type: ignore[override]
        yield from self.job.call("picture.write", {"path": "/out.png"})
        super().put_result(source, result)


def read_by_worker(answers: Reply) -> dict[str, Reply]:
    return {
        "picture.read": then(queued(0), stage(0.5, "Half read"), result({"picture": {"file": "@read"}})),
        "job.run": result({"mask": None, "foreground": None, "matte": None, "provenance": {}, "notes": [
            {"code": "n", "message": "m"}]}),
        "picture.write": answers}


def test_a_host_may_ask_the_worker_by_itself(installed: Installation, client: Client) -> None:
    host = FakeFileHost()
    with FakeServer(Path(installed.home), read_by_worker(then(stage(0.5, "Half"), result({"bytes": 1})))) as server:
        run(client, host)
        assert server.methods() == [
            "hello", "job.open", "picture.read", "job.run", "picture.write", "job.close"]
        assert server.heard[3]["params"]["picture"] == {"file": "@read"}
        assert server.heard[3]["params"]["results"] == [] and server.heard[2]["params"]["job"] == "j1"
    assert host.put is not None and host.put["notes"] == [("read", "Read."), ("n", "m")]
    shares = {text: fraction for fraction, text in host.shown}
    assert flow.HAND_OVER[0] < shares["Half read"] < flow.HAND_OVER[1] and shares["Half"] == pytest.approx(0.95)


def test_a_cancel_while_the_worker_writes_for_the_host(installed: Installation, client: Client) -> None:
    host = FakeFileHost()
    host.cancel_at = "Half"
    replies = {**read_by_worker(stage(0.5, "Half")), "cancel": nothing}
    with FakeServer(Path(installed.home), replies) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, host)
        assert caught.value.code == "cancelled" and server.methods()[-2:] == ["cancel", "job.close"]


def test_a_worker_lost_while_it_read_for_the_host_is_mid_job(installed: Installation, client: Client) -> None:
    replies = {**read_by_worker(nothing), "picture.read": then(queued(0), hang_up)}
    with FakeServer(Path(installed.home), replies) as server:
        with pytest.raises(BridgeError) as caught:
            run(client, FakeFileHost())
        assert caught.value.code == "worker_lost" and server.methods().count("picture.read") == 1


def test_it_yields_while_it_waits(installed: Installation, client: Client) -> None:
    """A host with an event loop gets its turn between the parts of the work."""
    with FakeServer(Path(installed.home), {"job.run": nothing, "cancel": nothing}) as server:
        running = flow.run(FakeHost(), {}, client)
        for _ in range(10):
            next(running)
        assert server.methods()[-1] == "job.run"
        running.close()


@given(row=st.integers(1, 400000), strip=st.integers(1, 1 << 24), tile=st.sampled_from([1, 4, 64, 128]))
def test_strips_are_whole_rows_of_tiles_where_one_fits(row: int, strip: int, tile: int) -> None:
    rows = rows_at_once(row, strip, tile)
    assert rows >= 1 and (rows == 1 or rows * row <= strip)
    assert rows % tile == 0 or rows < tile
    assert rows >= tile or (rows + 1) * row > strip  # no less than the strip holds


def test_a_host_of_tiles_is_read_by_them(installed: Installation, client: Client) -> None:
    asked: list[tuple[int, int]] = []

    class FakeTiled(FakeHost):
        strip_bytes, strip_rows = 7 * 3 * 2, 3

        def read_pixels(self, y: int, rows: int) -> bytes:
            asked.append((y, rows))
            return super().read_pixels(y, rows)

    with FakeServer(Path(installed.home), {"job.run": mask_only}):
        run(client, FakeTiled(np.zeros((8, 2, 3), np.uint8)))
    assert asked == [(0, 6), (6, 2)]
