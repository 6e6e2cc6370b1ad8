"""Starting: a clean environment, one at a time, and nothing left in the editor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cutaway_bridge import starter
from cutaway_bridge.installation import Installation


def test_the_editors_variables_stay_behind() -> None:
    unwanted = {
        "PYTHONPATH": "/gimp/python", "PYTHONHOME": "/gimp", "LD_LIBRARY_PATH": "/gimp/lib", "LD_PRELOAD": "x.so",
        "GI_TYPELIB_PATH": "/gimp", "GIMP2_DIRECTORY": "/gimp", "GIMP3_DATADIR": "/gimp", "GEGL_PATH": "/gimp",
        "BABL_PATH": "/gimp", "QT_PLUGIN_PATH": "/krita", "DYLD_LIBRARY_PATH": "/krita", "__PYVENV_LAUNCHER__": "p",
        "CUTAWAY_TOPAZ_API_KEY": "of another program", "CUTAWAY_TOPAZ_URL": "http://127.0.0.1:1"}
    wanted = {
        "HOME": "/home/ann", "PATH": "/bin", "LANG": "de_DE.UTF-8", "HTTPS_PROXY": "p", "CUTAWAY_TRANSPORT": "tcp",
        "XDG_DATA_HOME": "/d", "LC_ALL": "C", "QT_SCALE_FACTOR": "2"}
    assert starter.clean_environment({**unwanted, **wanted}) == wanted


def test_what_the_environment_says_of_the_service_is_said_for_a_connection() -> None:
    assert starter.of_the_service({"HOME": "/h", "CUTAWAY_TOPAZ_URL": " "}) == {}
    said = starter.of_the_service({"CUTAWAY_TOPAZ_API_KEY": " abc\n", "CUTAWAY_TOPAZ_URL": "http://127.0.0.1:1"})
    assert said == {"key": "abc", "url": "http://127.0.0.1:1"}


def test_the_command_is_the_records_interpreter_isolated() -> None:
    said = starter.command(Installation("/h", "/h/env/bin/python", "1", 1))
    assert said == ["/h/env/bin/python", "-I", "-m", "cutaway.worker", "--home", "/h"]


def test_a_started_process_has_a_session_of_its_own_and_writes_to_the_log(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho out; echo err >&2; cat; ps -o sid= -p $$; echo $PYTHONPATH; pwd\n")
    python.chmod(0o755)
    installation = Installation(str(tmp_path), str(python), "1", 1)
    (tmp_path / "run").mkdir()
    process = starter.start(installation)
    assert process.wait(10) == 0
    said = Path(installation.log).read_text().split()
    assert said == ["out", "err", str(process.pid), str(tmp_path)]
    assert os.getsid(0) != process.pid
    assert Path(installation.log).stat().st_mode & 0o777 == 0o600


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    one, other = (starter.Lock(str(tmp_path / "lock")) for _ in range(2))
    assert one.take() and not other.take()
    one.free()
    one.free()
    assert other.take()
    other.free()


def test_the_tail_of_the_log(tmp_path: Path) -> None:
    installation = Installation(str(tmp_path), "", "1", 1)
    assert starter.log_tail(installation) == ""
    (tmp_path / "run").mkdir()
    log = Path(installation.log)
    log.write_bytes(b"short \xff\n")
    assert starter.log_tail(installation) == "short \ufffd\n"
    log.write_text("".join(f"line {n}\n" for n in range(1000)))
    tail = starter.log_tail(installation)
    assert tail.startswith("line ") and tail.endswith("line 999\n") and len(tail) <= 2000


@pytest.mark.parametrize("status", [0, 7])
def test_an_ended_worker_does_not_stay_a_zombie(tmp_path: Path, status: int) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nread x < {tmp_path}/pipe\nexit {status}\n")
    python.chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "run").mkdir()
    process = starter.start(Installation(str(tmp_path), str(python), "1", 1))
    starter.reap(process)
    assert process.returncode is None
    (tmp_path / "pipe").write_text("go\n")
    assert process.wait(10) == status
