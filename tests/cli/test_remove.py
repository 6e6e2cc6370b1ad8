"""``cutaway remove`` against a worker that does what each test tells it to."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.fake_worker import PNG, FakeDeath, FakeFailure
from tests.cli.installed import VERSION


@pytest.fixture(autouse=True)
def _pictures(here: Path) -> None:
    for name in ("cat", "dog", "emu"):
        (here / f"{name}.jpg").write_bytes(name.encode())


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"cat.jpg", "dog.jpg", "emu.jpg"}


def only_for(name, script, usual):
    """A script for the picture ``name`` alone; the others get what is usual."""
    def choose(request):
        return (script if Path(request.params["path"]).stem.startswith(name) else usual)(request)
    return choose


def raising(fault):
    def script(request):
        raise fault
    return script


def test_one_picture(cutaway, worker, here):
    outcome = cutaway("remove", "cat.jpg")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("cat.jpg -> cat_cutout.png  (u2netp, CPU, ") and outcome.out.endswith(" s)\n")
    assert (here / "cat_cutout.png").read_bytes() == PNG
    assert (here / "cat.jpg").read_bytes() == b"cat"


def test_what_the_worker_is_asked(cutaway, worker, here):
    cutaway("remove", "cat.jpg", "--overwrite")
    assert worker.methods() == [
        "hello", "job.open", "picture.read", "job.run", "picture.write", "job.close"]
    assert worker.params("hello")[0]["client"] == "cli"
    assert worker.params("picture.read")[0]["path"] == str(here / "cat.jpg")
    ran = worker.params("job.run")[0]
    assert ran["picture"] == {"file": "@read", "transfer": "nonlinear", "icc": None}
    assert (ran["selection"], ran["mask"], ran["results"]) == (None, None, [])
    wrote = worker.params("picture.write")[0]
    assert (wrote["path"], wrote["form"], wrote["overwrite"]) == (str(here / "cat_cutout.png"), "cutout", True)


def test_the_mask_alone(cutaway, worker, here):
    assert cutaway("remove", "cat.jpg", "--mask-only").code == 0
    assert files(here) == {"cat_mask.png"}
    assert worker.params("picture.write")[0]["form"] == "mask"


def test_several_pictures_share_one_connection(cutaway, worker, here):
    outcome = cutaway("remove", "cat.jpg", "dog.jpg", "-o", "new/deep/")
    assert outcome.code == 0
    assert [line.split("  ")[0] for line in outcome.out.splitlines()] == [
        "cat.jpg -> new/deep/cat_cutout.png", "dog.jpg -> new/deep/dog_cutout.png"]
    assert outcome.err == "2 of 2 done.\n"
    assert files(here / "new" / "deep") == {"cat_cutout.png", "dog_cutout.png"}
    assert worker.methods().count("hello") == 1


def test_a_failure_does_not_stop_the_others(cutaway, worker, here):
    (here / "dog_cutout.png").write_bytes(b"old")
    fault = FakeFailure("picture_unreadable", "This is not a picture.", "Open it in an editor.")
    worker.scripts["picture.read"] = only_for("cat", raising(fault), worker.usual_picture_read)
    outcome = cutaway("remove", "cat.jpg", "gone.jpg", "dog.jpg", "emu.jpg")
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "error: cat.jpg: This is not a picture. Open it in an editor.",
        "error: gone.jpg: There is no such file. Check the name and the folder.",
        f"error: dog.jpg: {here / 'dog_cutout.png'} exists already. Add --overwrite to replace it, or give another -o.",
        "1 of 4 done, 3 failed."]
    assert files(here) == {"dog_cutout.png", "emu_cutout.png"}
    assert (here / "dog_cutout.png").read_bytes() == b"old"
    assert worker.methods().count("picture.read") == 2, "what is hopeless is not tried"


def test_nothing_is_started_for_pictures_that_cannot_be_run(cutaway, home, here):
    (home / "installed.json").write_text(json.dumps({"python": "/bin/false", "version": VERSION, "protocol": 1}))
    outcome = cutaway("remove", "gone.jpg")
    assert (outcome.code, outcome.err.count("error:")) == (1, 1)
    assert not (home / "run" / "worker.log").exists()


@pytest.mark.parametrize("arguments", [
    ("cat.jpg", "dog.jpg", "-o", "x.png"), ("cat.jpg", "cat.jpg"), ("cat.jpg", "-o", "cat.jpg", "--overwrite"),
    ("cat.jpg", "-o", "")])
def test_a_call_that_makes_no_sense_runs_nothing(cutaway, worker, here, arguments):
    outcome = cutaway("remove", *arguments)
    assert outcome.code == 2 and outcome.err.startswith("error: ") and outcome.err.count("\n") == 1
    assert worker.requests == [] and files(here) == set()


def test_no_input(cutaway, worker):
    assert cutaway("remove", "--quiet").code == 2


@pytest.mark.parametrize("code", ["model_missing", "model_unknown", "model_damaged", "settings_invalid"])
def test_what_every_picture_would_fail_with_is_said_once(cutaway, worker, here, code):
    worker.scripts["job.run"] = raising(FakeFailure(code, "The model is not here.", "Run: cutaway models get it"))
    outcome = cutaway("remove", "cat.jpg", "dog.jpg", "emu.jpg")
    assert outcome.code == 1
    assert outcome.err.splitlines() == [
        "error: cat.jpg: The model is not here. Run: cutaway models get it", "0 of 3 done, 1 failed, 2 not tried."]
    assert files(here) == set()


def test_a_write_that_fails_leaves_no_new_folder(cutaway, worker, here):
    worker.scripts["picture.write"] = raising(FakeFailure("disk_full", "The disk is full.", "Make room."))
    outcome = cutaway("remove", "cat.jpg", "-o", "new/deep/")
    assert (outcome.code, outcome.err) == (1, "error: cat.jpg: The disk is full. Make room.\n")
    assert files(here) == set()


def test_notes_of_reading_running_and_writing(cutaway, worker, here):
    def noted(usual, message):
        return lambda request: {**usual(request), "notes": [{"code": "n", "message": message}]}
    worker.scripts["picture.read"] = noted(worker.usual_picture_read, "CMYK became RGB.")
    worker.scripts["job.run"] = noted(worker.usual_job_run, "There may be no subject.")
    worker.scripts["picture.write"] = noted(worker.usual_picture_write, "The profile was dropped.")
    outcome = cutaway("remove", "cat.jpg")
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        "note: cat.jpg: CMYK became RGB.", "note: cat.jpg: There may be no subject.",
        "note: cat.jpg: The profile was dropped."]
    assert cutaway("remove", "cat.jpg", "--overwrite", "--quiet").err == ""


def test_quiet_says_errors_only(cutaway, worker, here):
    outcome = cutaway("remove", "cat.jpg", "gone.jpg", "-q")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "error: gone.jpg: There is no such file. Check the name and the folder.\n"


def test_json_is_one_object_a_picture(cutaway, worker, here):
    outcome = cutaway("remove", "cat.jpg", "gone.jpg", "--json")
    good, bad = (json.loads(line) for line in outcome.out.splitlines())
    assert outcome.code == 1
    assert (good["input"], good["output"], good["ok"], good["bytes"]) == ("cat.jpg", "cat_cutout.png", True, len(PNG))
    assert good["provenance"]["model"] == "u2netp" and good["notes"] == [] and good["seconds"] >= 0
    assert (bad["input"], bad["ok"], bad["error"]["code"]) == ("gone.jpg", False, "picture_unreadable")
    assert bad["error"]["message"] and bad["error"]["hint"]


def test_the_place_in_the_queue_is_said(cutaway, worker, here):
    def waiting(request):
        for place in (2, 2, 1, 0):
            request.queued(place)
        return worker.usual_picture_read(request)
    worker.scripts["picture.read"] = waiting
    outcome = cutaway("remove", "cat.jpg")
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        "cat.jpg: Waiting: 2 before this one", "cat.jpg: Waiting: 1 before this one"]


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("stage", ["picture.read", "job.run"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_and_keeps_what_is_finished(cutaway, worker, here, stage, number):
    usual = getattr(worker, "usual_" + stage.replace(".", "_"))

    def stopped(request):
        if worker.methods().count(stage) < 2:
            return usual(request)
        os.kill(os.getpid(), number)
        return request.wait_for_cancel()

    before = signal.getsignal(number)
    worker.scripts[stage] = stopped
    outcome = cutaway("remove", "cat.jpg", "dog.jpg", "emu.jpg", "-o", "new/")
    assert outcome.code == 130
    assert outcome.err == "1 of 3 done, 2 cancelled.\n"
    assert files(here / "new") == {"cat_cutout.png"}
    assert worker.methods().count("cancel") == 1 and worker.methods().count(stage) == 2
    assert worker.methods()[-1] == "job.close"
    assert signal.getsignal(number) is before


def test_a_result_being_written_is_finished(cutaway, worker, here):
    def written(request):
        press_ctrl_c()
        return worker.usual_picture_write(request)
    worker.scripts["picture.write"] = written
    outcome = cutaway("remove", "cat.jpg", "dog.jpg")
    assert (outcome.code, outcome.err) == (130, "1 of 2 done, 1 cancelled.\n")
    assert files(here) == {"cat_cutout.png"} and "cancel" not in worker.methods()


def test_ctrl_c_after_the_last_result_is_no_cancel(cutaway, worker, here):
    def written(request):
        press_ctrl_c()
        return worker.usual_picture_write(request)
    worker.scripts["picture.write"] = written
    outcome = cutaway("remove", "cat.jpg")
    assert (outcome.code, outcome.err) == (0, "1 of 1 done.\n")


def test_a_second_ctrl_c_leaves_at_once(cutaway, worker, here):
    def stuck(request):
        press_ctrl_c()
        while not signal.getsignal(signal.SIGINT).__self__.asked:  # two signals at one moment count as one
            time.sleep(0.001)
        press_ctrl_c()
        request.cancelled.wait(10)
        return {}
    worker.scripts["picture.write"] = stuck
    outcome = cutaway("remove", "cat.jpg", "-o", "new/")
    assert (outcome.code, outcome.err) == (130, "Cancelled.\n")
    assert files(here) == set()


def test_a_cancel_by_somebody_else_is_a_failure(cutaway, worker, here):
    worker.scripts["job.run"] = raising(FakeFailure("cancelled", "Cancelled."))
    outcome = cutaway("remove", "cat.jpg")
    assert (outcome.code, outcome.err) == (1, "error: cat.jpg: Cancelled.\n")


def test_a_worker_that_dies_leaves_the_tail_of_its_log(cutaway, worker, home, here):
    (home / "run" / "worker.log").write_text("loading\nout of memory\n", encoding="utf-8")

    def dies(request):
        request.progress("model", 0.3, "Finding the subject")
        raise FakeDeath
    worker.scripts["job.run"] = dies
    outcome = cutaway("remove", "cat.jpg")
    assert outcome.code == 1
    first, *rest = outcome.err.splitlines()
    assert first.startswith("error: cat.jpg: The background process ended unexpectedly.")
    assert rest == ["The end of the worker's log:", "    loading", "    out of memory"]
    assert files(here) == set()


def test_the_next_picture_gets_a_new_connection(cutaway, worker, here):
    def dies_once(request):
        if worker.methods().count("job.run") == 1:
            request.progress("model", 0.3, "Finding the subject")
            raise FakeDeath
        return worker.usual_job_run(request)
    worker.scripts["job.run"] = dies_once
    outcome = cutaway("remove", "cat.jpg", "dog.jpg")
    assert outcome.code == 1 and outcome.err.splitlines()[-1] == "1 of 2 done, 1 failed."
    assert files(here) == {"dog_cutout.png"} and worker.methods().count("hello") == 2


def test_not_installed(cutaway, monkeypatch, tmp_path):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "nowhere"))
    outcome = cutaway("remove", "cat.jpg", "dog.jpg")
    assert outcome.code == 1
    assert outcome.err.startswith("error: Cutaway's environment is not installed in ")
    assert "python3 -m installers" in outcome.err and outcome.err.count("\n") == 1
    assert not (tmp_path / "nowhere").exists()


def test_a_worker_that_cannot_start_is_said_once(cutaway, home, here):
    (home / "installed.json").write_text(json.dumps({"python": "/bin/false", "version": VERSION, "protocol": 1}))
    outcome = cutaway("remove", "cat.jpg", "dog.jpg")
    assert outcome.code == 1
    assert outcome.err.startswith("error: cat.jpg: The background process ended")
    assert outcome.err.splitlines()[-1] == "0 of 2 done, 1 failed, 1 not tried."


def test_a_worker_of_another_protocol(cutaway, worker, home, here):
    (home / "installed.json").write_text(
        json.dumps({"python": sys.executable, "version": VERSION, "protocol": 99}))
    outcome = cutaway("remove", "cat.jpg", "dog.jpg")
    assert outcome.code == 1 and "version" in outcome.err and outcome.err.count("error:") == 1


def test_names_that_no_terminal_should_see_raw(cutaway, worker, here):
    odd = "a\x1b[31m\n[bold].jpg"
    broken = os.fsdecode(b"b\xff.jpg")
    for name in (odd, broken):
        (here / name).touch()
    outcome = cutaway("remove", odd, broken)
    assert outcome.code == 0, outcome.err
    assert "\x1b" not in outcome.out and len(outcome.out.splitlines()) == 2
    assert "a?[31m?[bold].jpg" in outcome.out and "b\ufffd.jpg" in outcome.out
    assert {os.fsencode(path) for path in here.glob("*_cutout.png")} == {
        os.fsencode(here) + b"/a\x1b[31m\n[bold]_cutout.png", os.fsencode(here) + b"/b\xff_cutout.png"}


def test_a_name_that_begins_with_a_dash(cutaway, worker, here):
    (here / "-x.jpg").touch()
    assert cutaway("remove", "--", "-x.jpg").code == 0
    assert files(here) == {"-x.jpg", "-x_cutout.png"}


def test_a_defect_is_a_sentence_and_a_file(cutaway, worker, home, here):
    worker.scripts["picture.read"] = lambda request: {"unexpected": True}
    outcome = cutaway("remove", "cat.jpg")
    written = home / "run" / "command-line-failure.txt"
    assert outcome.code == 70
    assert outcome.err.startswith("error: ") and str(written) in outcome.err and "Traceback" not in outcome.err
    text = written.read_text(encoding="utf-8")
    assert "Traceback" in text and "'remove', 'cat.jpg'" in text
    assert written.stat().st_mode & 0o077 == 0


