"""Other programs: their ends, their output, their time."""

import os
import sys

from installers.run import TAIL_LINES, clean, run

BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT")}


def python(code, **options):
    return run([sys.executable, "-I", "-c", code], environ=BARE, **{"timeout": 30.0, **options})


def test_output_of_both_kinds_and_the_exit_code():
    ended = python("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)")
    assert (ended.code, ended.tail) == (3, "out\nerr")


def test_lines_are_heard_as_they_come_and_only_the_last_are_kept():
    heard = []
    ended = python(f"for n in range({TAIL_LINES + 5}): print(n)", on_line=heard.append)
    assert heard == [str(n) for n in range(TAIL_LINES + 5)]
    assert ended.tail.splitlines() == heard[5:]


def test_no_standard_input():
    assert python("import sys; print(repr(sys.stdin.read()))").tail == "''"


def test_bytes_that_are_no_text():
    assert python("import sys; sys.stdout.buffer.write(b'\\xff\\n')").tail == "\ufffd"


def test_a_program_that_does_not_end():
    ended = python("import time; print('begun', flush=True); time.sleep(60)", timeout=1.0)
    assert ended.code == 124
    assert ended.tail.splitlines() == ["begun", "(stopped after 1 s)"]


def test_a_program_that_is_not_there():
    ended = run(["/no/such/program"], environ={}, timeout=5.0)
    assert ended.code == 127
    assert "/no/such/program" in ended.tail


def test_variables_of_another_python_do_not_reach_it():
    environ = {"PYTHONPATH": "/x", "PYTHONHOME": "/y", "VIRTUAL_ENV": "/z", "PIP_INDEX_URL": "kept", "PATH": "kept"}
    assert clean(environ) == {"PIP_INDEX_URL": "kept", "PATH": "kept"}
