"""Bad input, bad targets, a bad model, a killed worker: one clear sentence with what to do, and nothing half-made."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.installed import VERSION, permissions_bind
from tests.e2e import pictures
from tests.e2e.conftest import Cutaway

pytestmark = pytest.mark.model

needs_permissions = pytest.mark.skipif(not permissions_bind(), reason="this user (root?) may read and write everything")


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    pictures.photograph().save(tmp_path / "in" / "cat.png")
    return tmp_path / "in" / "cat.png"


@contextlib.contextmanager
def unharmed(*folders: Path) -> Iterator[None]:
    """Nothing in the folders may change: no result, no half of one, no lost input."""
    def seen():
        return {path: (path.read_bytes() if path.is_file() else None)
                for folder in folders for path in folder.rglob("*") if os.access(path, os.R_OK)}
    before = seen()
    yield
    assert seen() == before


def check_refusal(outcome, word: str = "", code: int = 1) -> None:
    """One line: a sentence and what to do."""
    lines = [line for line in outcome.err.splitlines() if line]
    assert outcome.code == code, outcome
    assert len(lines) == 1 and lines[0].startswith("error: ") and word in lines[0], outcome.err
    assert lines[0].count(". ") + lines[0].count(": ") >= 2 and "Traceback" not in lines[0]
    assert outcome.out == ""


@pytest.mark.parametrize("kind", list(pictures.BAD))
def test_what_is_not_one_picture(cutaway, tmp_path, kind):
    name, make, word = pictures.BAD[kind]
    make(tmp_path / name)
    with unharmed(tmp_path):
        check_refusal(cutaway("remove", name, folder=tmp_path), word)


@needs_permissions
def test_a_file_that_may_not_be_read(cutaway, cat):
    cat.chmod(0)
    check_refusal(cutaway("remove", cat), "may not read")


def test_a_folder_and_a_missing_file(cutaway, cat):
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat.parent), "folder")
        check_refusal(cutaway("remove", cat.parent / "dog.png"), "no such file")


@needs_permissions
def test_a_target_that_may_not_be_written(cutaway, cat, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with unharmed(tmp_path):
        check_refusal(cutaway("remove", cat, "-o", tmp_path / "closed"), "may not write")


def test_a_target_that_is_a_folder(cutaway, cat):
    (cat.parent / "cat_cutout.png").mkdir()
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat, "--overwrite"), "is a folder")


def test_a_target_that_exists(cutaway, cat):
    (cat.parent / "cat_cutout.png").write_bytes(b"mine")
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat), "--overwrite")
    assert cutaway("remove", cat, "--overwrite").code == 0
    assert (cat.parent / "cat_cutout.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["out.jpg", "out.xyz", "out"])
def test_a_target_that_cannot_hold_a_cutout(cutaway, cat, tmp_path, name):
    with unharmed(tmp_path):
        check_refusal(cutaway("remove", cat, "-o", tmp_path / name))


def test_the_same_output_twice(cutaway, cat, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "cat.png").write_bytes(cat.read_bytes())
    with unharmed(tmp_path):
        outcome = cutaway("remove", cat, tmp_path / "other" / "cat.png", "-o", f"{tmp_path}/out/")
        check_refusal(outcome, str(cat), code=2)
    assert str(tmp_path / "other" / "cat.png") in outcome.err


def test_the_output_is_the_input(cutaway, cat):
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat, "-o", cat, "--overwrite"), "would replace it", code=2)


@pytest.mark.parametrize("new", [True, False])
def test_a_full_disk(cutaway, cat, tmp_path, new):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(small)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        if not new:
            (small / "cat_cutout.png").write_bytes(b"mine")
        with unharmed(small, cat.parent):
            check_refusal(cutaway("remove", cat, "-o", f"{small}/{'new/' if new else ''}", "--overwrite"), "full")
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_model_that_nobody_knows(cutaway, cat):
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat, "--model", "best"), "best")


def test_a_model_that_is_not_installed(cutaway, cat):
    with unharmed(cat.parent):
        check_refusal(cutaway("remove", cat, "--model", "isnet"), "cutaway models get isnet")


@pytest.mark.parametrize("harm", ["one bit", "cut off"])
def test_a_model_damaged_on_the_disk(own_cutaway, cat, model_file, harm):
    (stored,) = (own_cutaway.home / "models").rglob(model_file.name)
    assert own_cutaway("worker", "stop").code == 0
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(data if harm == "one bit" else data[: len(data) // 2])
    with unharmed(cat.parent):
        check_refusal(own_cutaway("remove", cat), "u2netp")
    outcome = own_cutaway("models", "verify")
    assert outcome.code == 1 and "damaged" in outcome.out
    assert own_cutaway("models", "import", model_file).code == 0
    assert own_cutaway("remove", cat).code == 0


def test_no_model_at_all(own_cutaway, cat):
    assert own_cutaway("models", "remove", "u2netp").code == 0
    with unharmed(cat.parent):
        check_refusal(own_cutaway("remove", cat), "cutaway models get")


def large(folder: Path, side: int = 4000) -> Path:
    """A picture that keeps the worker busy for a while."""
    pictures.photograph(side).save(folder / "large.png", compress_level=1)
    return folder / "large.png"


@pytest.mark.parametrize("doing", ["picture.read", "job.run"])
def test_a_worker_killed_in_mid_job(own_cutaway: Cutaway, cat, tmp_path, doing):
    picture = large(cat.parent)
    with unharmed(cat.parent):
        running = own_cutaway.started("remove", picture, "-o", f"{tmp_path}/new/")
        try:
            os.kill(own_cutaway.wait_until([doing])["pid"], signal.SIGKILL)
        finally:
            out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (1, "")
    assert "ended unexpectedly" in err and "Traceback" not in err.splitlines()[0]
    assert not (tmp_path / "new").exists()
    assert own_cutaway("remove", cat).code == 0, "the next one starts a new worker"
    own_cutaway.wait_for_no_jobs()


def test_a_command_killed_in_mid_job(own_cutaway: Cutaway, cat, tmp_path):
    running = own_cutaway.started("remove", large(cat.parent), "-o", f"{tmp_path}/new/")
    try:
        pid = own_cutaway.wait_until(["job.run", "picture.read"])["pid"]
    finally:
        running.kill()
        running.communicate(timeout=60)
    assert not (tmp_path / "new").exists()
    own_cutaway.wait_for_no_jobs()
    assert own_cutaway("remove", cat).code == 0 and own_cutaway.status()["pid"] == pid


def test_ctrl_c_in_mid_job(own_cutaway: Cutaway, cat, tmp_path):
    picture = large(cat.parent)
    running = own_cutaway.started("remove", cat, picture, "-o", f"{tmp_path}/new/")
    try:
        first = running.stdout.readline()
        status = own_cutaway.wait_until(["job.run", "picture.read"])
        running.send_signal(signal.SIGINT)
    finally:
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "1 of 2 done, 1 cancelled.\n")
    assert first.startswith(str(cat)) and [path.name for path in (tmp_path / "new").iterdir()] == ["cat_cutout.png"]
    assert own_cutaway.status()["pid"] == status["pid"], "the worker lives on"
    own_cutaway.wait_for_no_jobs()


def test_two_calls_at_once_wait_for_each_other(cutaway, cat, tmp_path):
    picture = large(tmp_path, 1500)
    running = [cutaway.started("remove", one, "-o", f"{tmp_path}/{number}.png")
               for number, one in enumerate((picture, cat, cat))]
    ends = [one.communicate(timeout=100) for one in running]
    assert [one.returncode for one in running] == [0, 0, 0], ends
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()


def test_no_environment(tmp_path, cat):
    nowhere = Cutaway(tmp_path / "nowhere")
    with unharmed(tmp_path):
        check_refusal(nowhere("remove", cat), "python3 -m installers")
        check_refusal(nowhere("models"), "python3 -m installers")
        check_refusal(nowhere("worker", "status"), "python3 -m installers")


def test_an_environment_whose_python_is_gone_or_broken(tmp_path, cat):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for python, word in ((str(tmp_path / "python"), "python3 -m installers"), ("/bin/false", "worker.log")):
        (home / "installed.json").write_text(json.dumps({"python": python, "version": VERSION, "protocol": 1}))
        outcome = Cutaway(home)("remove", cat)
        check_refusal(outcome, word)
    assert not (cat.parent / "cat_cutout.png").exists()
