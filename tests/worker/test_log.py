"""The log: what goes in, what stays out, and how large it gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cutaway.worker.log import Log, said_by, without_folders

CLAIM = """
import os, sys
from pathlib import Path
from cutaway.worker.log import Log
log = Log(Path(sys.argv[1]), largest=2000)
log.claim()
os.write(1, b"native chatter\\n")
print("python chatter", flush=True)
os.write(2, b"native complaint\\n")
assert os.read(0, 10) == b""
log.write("a line")
if len(sys.argv) > 2:
    log.write("x" * 3000)
    os.write(1, b"after the turn\\n")
"""


def run_claim(path: Path, *more: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLAIM, str(path), *more], input=b"keys", capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_what_libraries_print_goes_to_the_log(tmp_path: Path) -> None:
    run_claim(tmp_path / "log")
    text = (tmp_path / "log").read_text()
    for said in ("native chatter", "python chatter", "native complaint", "a line"):
        assert said in text


def test_a_large_log_is_put_aside_and_the_descriptors_follow(tmp_path: Path) -> None:
    run_claim(tmp_path / "log", "much")
    assert (tmp_path / "log").read_text() == "after the turn\n"
    assert "xxx" in (tmp_path / "log.1").read_text()


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    Log(tmp_path / "log").close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("text", "cut"), [
    ("cannot open /home/ann/cats/cat.jpg", "cannot open .../cat.jpg"),
    ("'/home/ann/cat.jpg' and \"/tmp/x/y.png\"", "'.../cat.jpg' and \".../y.png\""),
    (r"C:\Users\ann\cat.jpg is damaged", ".../cat.jpg is damaged"),
    ("/home/Ann Smith/my cat.jpg", ".../my cat.jpg"),
    ("3 / 4", "3 / 4"),
    ("nothing here", "nothing here"),
])
def test_paths_are_cut_to_their_last_part(text: str, cut: str) -> None:
    assert without_folders(text) == cut


def test_a_failure_says_where_and_what_without_folders(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    try:
        Path("/home/ann/secret/cat.jpg").read_bytes()
    except OSError as error:
        log.failure("a request failed", error)
    log.close()
    text = (tmp_path / "log").read_text()
    assert "FileNotFoundError" in text and "cat.jpg" in text and "test_log.py" in text
    assert "ann" not in text and "secret" not in text


def test_said_by() -> None:
    assert said_by(FileNotFoundError(2, "No such file", "/home/ann/cat.jpg")) == "No such file (cat.jpg)"
    assert said_by(ValueError("wrong")) == "wrong"
    assert said_by(OSError("plain")) == "plain"
