"""What is said, and where: the bar, the table, and text that any terminal can show."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway_bridge.errors import BridgeError
from cutaway_cli.terminal import Terminal, megabytes, shown, table


class FakeScreen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _term(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")


def test_a_bar_on_a_terminal_is_drawn_and_gone():
    out, err = io.StringIO(), FakeScreen()
    terminal = Terminal(out=out, err=err)
    with terminal.bar("[bold]cat.jpg") as bar:
        bar.show(0.5, "Finding the subject")
        bar._drawn.refresh()
    terminal.line("done")
    drawn = err.getvalue()
    assert "[bold]cat.jpg" in drawn and "50%" in drawn and "Finding the subject" in drawn
    assert drawn.endswith("\x1b[2K"), "the last thing is that the bar's line is wiped"
    assert out.getvalue() == "done\n"


@pytest.mark.parametrize("how", ["no terminal", "quiet", "json", "dumb"])
def test_no_bar_where_none_can_be_drawn(monkeypatch, how):
    err = io.StringIO() if how == "no terminal" else FakeScreen()
    if how == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal(quiet=how == "quiet", as_json=how == "json", out=io.StringIO(), err=err)
    with terminal.bar("cat.jpg") as bar:
        bar.show(0.5, "Finding the subject")
    assert err.getvalue() == "" and not terminal.has_bar


def test_the_bar_goes_away_when_the_run_fails():
    err = FakeScreen()
    with pytest.raises(ZeroDivisionError), Terminal(err=err).bar("cat.jpg") as bar:
        bar.show(1 / 0, "")
    assert bar._drawn.finished is False and err.getvalue().endswith("\x1b[2K")
    assert not bar._drawn.live.is_started


def test_an_error_with_a_log():
    err = io.StringIO()
    Terminal(err=err).error(BridgeError("worker_lost", "It ended.", "Try again.", "one\ntwo\n"), "cat.jpg")
    assert err.getvalue() == (
        "error: cat.jpg: It ended. Try again.\nThe end of the worker's log:\n    one\n    two\n")


def test_a_terminal_that_cannot_show_a_letter_gets_another():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Terminal(out=stream).line("caf\u00e9 \u2192")
    assert raw.getvalue() == b"caf? ?\n"


@given(st.text() | st.binary(max_size=8).map(os.fsdecode))
def test_what_is_shown_is_one_printable_line(text):
    said = shown(text)
    assert said.isprintable() and shown(said) == said
    said.encode()
    if text.isprintable():
        assert said == text


def test_a_table_wraps_its_last_column():
    assert table(("A", "B"), [("x", "one two three four five six"), ("yy", "short")], width=24) == [
        "A   B", "x   one two three four", "    five six", "yy  short"]


@given(st.lists(st.tuples(st.text("ab", max_size=5), st.text("cd ", max_size=60)), max_size=4), st.integers(1, 80))
def test_a_table_keeps_every_word_and_its_width(rows, width):
    lines = table(("NAME", "TEXT"), rows, width=width)
    words = [word for row in rows for cell in row for word in cell.split()]
    assert "".join(words).replace(" ", "") == "".join("".join(lines[1:]).split())
    start = max([4, *(len(row[0]) for row in rows)]) + 2
    assert all(len(line) <= max(width, start + 20) for line in lines)


@pytest.mark.parametrize(("count", "words"), [(4_574_861, "4.6 MB"), (178_648_008, "178.6 MB"), (900, "0.9 kB")])
def test_sizes(count, words):
    assert megabytes(count) == words


def test_on_a_real_terminal_the_result_is_not_mixed_with_the_bar(worker, here):
    (here / "cat.jpg").touch()
    screen, end = pty.openpty()
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "cutaway_cli", "remove", "cat.jpg"], stdout=subprocess.PIPE, stderr=end,
            check=False, timeout=60)
        drawn = os.read(screen, 1 << 16).decode()
    finally:
        os.close(end)
        os.close(screen)
    assert ran.returncode == 0
    assert ran.stdout.decode().startswith("cat.jpg -> cat_cutout.png  (u2netp, CPU")
    assert "cat.jpg" in drawn and "%" in drawn and "->" not in drawn


def test_a_reader_that_leaves_early_is_no_defect(worker, here: Path):
    ran = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m cutaway_cli models | true', sys.executable], capture_output=True, timeout=60,
        check=False)
    assert b"Traceback" not in ran.stderr and b"went wrong" not in ran.stderr
