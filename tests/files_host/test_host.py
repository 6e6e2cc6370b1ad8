"""The host made of files through the bridge's flow, against a fake worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway_bridge import flow, installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_files.host import FilesHost
from tests.cli.conftest import here, home, worker  # noqa: F401 -- fixtures
from tests.cli.fake_worker import PNG, FakeFailure


@pytest.fixture
def run(worker, here):  # noqa: F811
    (here / "cat.jpg").write_bytes(b"cat")

    def go(host, **settings):
        with Client(installation.find(), "test") as client:
            flow.drive(flow.run(host, settings, client))
        return host
    return go


def test_a_run(run, worker, here):  # noqa: F811
    seen = []
    host = FilesHost(str(here / "cat.jpg"), str(here / "x.png"), on_progress=lambda *said: seen.append(said))
    assert not host.began
    run(host, feather=2.0)
    assert (here / "x.png").read_bytes() == PNG and host.written == len(PNG) and host.began
    assert host.provenance["settings"]["feather"] == 2.0 and host.notes == []
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert any(text == "Finding the subject" for _, text in seen)


def test_it_is_silent_and_never_cancelled_by_itself(run, here):  # noqa: F811
    host = FilesHost(str(here / "cat.jpg"), str(here / "x.png"))
    host.progress(0.5, "half")
    assert not host.cancelled()
    run(host)
    assert host.open_source().name == "cat"


def test_the_source_is_what_the_worker_read(run, worker, here):  # noqa: F811
    kept = []

    class FakeWatcher(FilesHost):
        def put_result(self, source, result):
            kept.append((source, result))
            yield from super().put_result(source, result)

    run(FakeWatcher(str(here / "cat.jpg"), str(here / "x.png")))
    (source, result), = kept
    assert (source.name, source.width, source.height, source.channels, source.dtype) == ("cat", 3, 2, 3, "|u1")
    assert result.layer_name(source) == "cat (cutout)"


@pytest.mark.parametrize("form", ["cutout", "mask"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_form_and_overwrite_are_handed_on(run, worker, here, form, overwrite):  # noqa: F811
    (here / "x.png").write_bytes(b"old")
    host = FilesHost(str(here / "cat.jpg"), str(here / "x.png"), form, overwrite)
    if overwrite:
        run(host)
    else:
        with pytest.raises(BridgeError) as error:
            run(host)
        assert error.value.code == "target_exists"
    assert (here / "x.png").read_bytes() == (PNG if overwrite else b"old")
    assert worker.params("picture.write")[0]["form"] == form


def test_folders_are_made_when_the_result_is_there_and_not_before(run, worker, here):  # noqa: F811
    target = here / "new" / "deep" / "x.png"

    def ran(request):
        assert not target.parent.parent.exists()
        return worker.usual_job_run(request)
    worker.scripts["job.run"] = ran
    run(FilesHost(str(here / "cat.jpg"), str(target)))
    assert target.exists()


def test_folders_that_were_made_go_with_a_failure_but_no_others(run, worker, here):  # noqa: F811
    (here / "old").mkdir()

    def fails(request):
        raise FakeFailure("disk_full", "The disk is full.")
    worker.scripts["picture.write"] = fails
    with pytest.raises(BridgeError):
        run(FilesHost(str(here / "cat.jpg"), str(here / "old" / "new" / "deep" / "x.png")))
    assert list((here / "old").iterdir()) == []


def test_a_folder_that_somebody_else_used_meanwhile_stays(run, worker, here):  # noqa: F811
    def fails(request):
        Path(request.params["path"]).with_name("theirs").touch()
        raise FakeFailure("disk_full", "The disk is full.")
    worker.scripts["picture.write"] = fails
    with pytest.raises(BridgeError):
        run(FilesHost(str(here / "cat.jpg"), str(here / "new" / "x.png")))
    assert (here / "new" / "theirs").exists()


def test_a_folder_that_cannot_be_made(run, worker, here):  # noqa: F811
    (here / "file").touch()
    with pytest.raises(BridgeError) as error:
        run(FilesHost(str(here / "cat.jpg"), str(here / "file" / "new" / "x.png")))
    assert error.value.code == "target_not_writable" and error.value.hint
    assert "picture.write" not in worker.methods()


@pytest.mark.parametrize("stage", ["picture.read", "job.run"])
def test_a_cancel_reaches_the_worker(run, worker, here, stage):  # noqa: F811
    asked = []

    def slow(request):
        asked.append(True)
        return request.wait_for_cancel()
    worker.scripts[stage] = slow
    host = FilesHost(str(here / "cat.jpg"), str(here / "x.png"), is_cancelled=lambda: bool(asked))
    with pytest.raises(BridgeError) as error:
        run(host)
    assert error.value.code == "cancelled"
    worker.wait_for("cancel")  # sent without waiting for its answer
    assert not (here / "x.png").exists()
