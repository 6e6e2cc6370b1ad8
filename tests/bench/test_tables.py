"""The benchmark's tables and its report, worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutaway.home import Home
from tests.bench.__main__ import Report, contests
from tests.bench.tables import Scored, against, markdown, note, summary


def scored() -> Scored:
    table: Scored = {}
    for name, bare, ours, peer in (("a", 4.0, 2.0, 2.0), ("b", 1.0, 2.0, 8.0), ("c", 10.0, 5.0, 6.0)):
        note(table, "bare model", name, {"SAD": bare, "IoU": bare / 10})
        note(table, "ours", name, {"SAD": ours, "IoU": ours / 10})
        if name != "b":
            note(table, "rembg a", name, {"SAD": peer})
    return table


def test_means_and_medians() -> None:
    rows = {row["way"]: row for row in summary(scored())}
    assert rows["bare model"]["SAD"] == [5.0, 4.0] and rows["bare model"]["n"] == 3
    assert rows["ours"] == {"way": "ours", "n": 3, "SAD": [3.0, 2.0], "IoU": [pytest.approx(0.3), 0.2]}
    assert rows["rembg a"] == {"way": "rembg a", "n": 2, "SAD": [4.0, 4.0]}


def test_pictures_are_won_and_lost_and_equal_ones_are_neither() -> None:
    rows = {row["against"]: row for row in against(scored())}
    assert rows["bare model"]["SAD"] == {"won": 2, "lost": 1, "ratio": 0.5}
    assert rows["bare model"]["IoU"] == {"won": 1, "lost": 2, "ratio": 0.5}, "more is better"
    assert rows["rembg a"]["SAD"] == {"won": 1, "lost": 0, "ratio": pytest.approx(11 / 12)}
    assert "IoU" not in rows["rembg a"]


def test_markdown_has_every_column_and_leaves_gaps() -> None:
    lines = markdown([{"way": "one", "SAD": [3.0, 2.0]}, {"way": "two", "n": {"won": 1, "lost": 2, "ratio": 0.5}}])
    assert lines.splitlines() == [
        "| way | SAD | n |", "|---|---|---|", "| one | 3 / 2 |  |", "| two |  | 1 : 2 (0.50) |"]


def test_the_report_is_written_after_each_part(tmp_path: Path) -> None:
    report = Report(tmp_path / "out", {"cores": 2})
    report.quality("made", "u2netp", scored(), ["rembg dc: no answer"], [tmp_path / "out" / "sheets" / "one.png"])
    first = (tmp_path / "out" / "bench.md").read_text()
    assert "### made, u2netp" in first and "- rembg dc: no answer" in first and "(sheets/one.png)" in first
    assert "## Speed" not in first
    report.cost([{"size": "1 MP", "way": "ours", "whole s": 0.5}])
    assert "| 1 MP | ours | 0.5 |" in (tmp_path / "out" / "bench.md").read_text()
    told = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert told["quality"][0]["pictures"]["ours"]["SAD"] == {"a": 2.0, "b": 2.0, "c": 5.0}


def test_a_network_that_is_not_installed_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contests(Home(tmp_path), ["u2netp", "isnet"], None, 1.2) == []
    assert "isnet is not in" in capsys.readouterr().err
