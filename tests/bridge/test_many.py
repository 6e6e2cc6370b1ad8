"""What came of each of many: the report, its file, the summary, the progress over all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import errors, many

SETTINGS = {"model": "auto", "feather": 2.0}


def failing(code: str = "engine", log: str = "") -> Any:
    def work() -> Any:
        raise errors.BridgeError(code, "It failed.", "Try again.", log)
    return work


def skipping() -> Any:
    raise many.Skipped(outputs=["a.xcf"])


def broken() -> Any:
    raise KeyError("defect")


def test_a_failure_does_not_stop_the_others(capsys: Any) -> None:
    report = many.Report(SETTINGS)
    report.attempt("a.png", lambda: (["a.xcf"], [("no_clear_subject", "No clear subject was found.")]))
    report.attempt("b.png", failing(log="the worker's last words"))
    report.attempt("c.png", skipping)
    report.attempt("d.png", broken)
    assert [line["state"] for line in report.lines] == ["done", "failed", "skipped", "failed"]
    assert [report.count(state) for state in (many.DONE, many.SKIPPED, many.FAILED)] == [1, 1, 2]
    done, failed, skipped, defect = report.lines
    assert done["outputs"] == ["a.xcf"] and done["notes"] == [["no_clear_subject", "No clear subject was found."]]
    assert (failed["code"], failed["message"], failed["outputs"]) == ("engine", "It failed. Try again.", [])
    assert skipped["outputs"] == ["a.xcf"] and skipped["message"] == many.ALREADY_DONE
    assert defect["code"] == many.DEFECT and "KeyError" in defect["message"]
    assert all(line["seconds"] >= 0 for line in report.lines)
    said = capsys.readouterr().err
    assert "the worker's last words" in said and "Traceback" in said


def test_a_cancel_is_no_failure_of_one_but_the_end_of_all() -> None:
    report = many.Report(SETTINGS)
    with pytest.raises(errors.BridgeError) as raised:
        report.attempt("a.png", failing(errors.CANCELLED))
    assert raised.value.code == errors.CANCELLED and report.lines[0]["code"] == errors.CANCELLED


def test_the_file_is_whole_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report = many.Report(SETTINGS, str(path), {"ignored": ["notes.txt"]})

    def said() -> Any:
        return json.loads(path.read_text("ascii"))

    assert said()["finished"] is False and said()["pictures"] == [] and said()["settings"] == SETTINGS
    report.attempt("gr\u00fcn.png", lambda: (["gr\u00fcn.xcf"], []))
    assert said()["pictures"][0]["input"] == "gr\u00fcn.png" and not said()["ok"]
    report.finish()
    assert said()["ok"] is True and said()["done"] == 1 and said()["ignored"] == ["notes.txt"]
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_what_fails_afterwards_is_failed(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report = many.Report(SETTINGS, str(path))
    line = report.attempt("layer", lambda: (["layer (cutout)"], []))
    report.failed(line, errors.BridgeError("error", "GIMP could not insert the new layer."))
    report.finish()
    assert report.count(many.FAILED) == 1 and line["outputs"] == [] and not report.ok
    assert json.loads(path.read_text())["failed"] == 1


def test_why_it_did_not_even_begin(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    many.Report(SETTINGS, str(path)).stop(errors.BridgeError("not_installed", "Cutaway is not here.", "Install it."))
    said = json.loads(path.read_text())
    assert (said["ok"], said["code"], said["message"]) == (False, "not_installed", "Cutaway is not here. Install it.")


@pytest.mark.parametrize("early", [True, False])
def test_a_report_is_there_from_the_start(tmp_path: Path, early: bool) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(errors.BridgeError), many.reported({"feather": 1}, str(path), {"made": {}}) as report:
        assert not json.loads(path.read_text())["finished"]
        if not early:
            report.attempt("a", lambda: ([], []))
        raise errors.BridgeError(errors.NOT_INSTALLED, "Not there.", "Install it.")
    said = json.loads(path.read_text())
    assert (said["code"], said["message"]) == (errors.NOT_INSTALLED, "Not there. Install it.")
    assert not said["ok"] and not said["finished"] and said["made"] == {} and said["done"] == (not early)
    with many.reported({}, str(path)):
        pass
    assert json.loads(path.read_text())["ok"]


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(errors.BridgeError) as raised:
        many.Report(SETTINGS, str(tmp_path / "none" / "report.json"))
    assert raised.value.code == "target_not_writable" and raised.value.hint


def test_the_summary_names_what_failed() -> None:
    report = many.Report(SETTINGS)
    report.attempt("a.png", lambda: (["a"], [("n", "No clear subject was found.")]))
    assert report.summary() == "Remove Background: 1 of 1 pictures done.\na.png: No clear subject was found."
    report.attempt("b.png", failing())
    report.attempt("c.png", skipping)
    first, *rest = report.summary("images").split("\n")
    assert first == "Remove Background: 1 of 3 images done, 1 skipped, 1 failed."
    assert rest == ["a.png: No clear subject was found.", "b.png: It failed. Try again."]


def test_a_long_summary_is_cut() -> None:
    report = many.Report(SETTINGS)
    for number in range(20):
        report.attempt(f"{number}.png", failing())
    lines = report.summary().split("\n")
    assert len(lines) == 13 and lines[-1] == "... and 9 more"
    assert lines[11] == "10.png: It failed. Try again."


def test_one_after_the_other_each_with_its_own_share() -> None:
    report, shown = many.Report(SETTINGS), []

    def work(thing: int, share: Any) -> Any:
        share(0.5, "Finding")
        many.must_be_open(thing != 2)
        return [f"layer {thing}"], []

    doing = many.each(report, lambda *said: shown.append(said), [(1, "one"), (2, "two"), (3, "three")], work)
    assert shown == [] and report.lines == [], "a generator"
    assert next(doing) == (1, report.lines[0]) and len(report.lines) == 1
    assert [thing for thing, _ in doing] == [2, 3]
    assert [(line["input"], line["state"], line["outputs"]) for line in report.lines] == [
        ("one", "done", ["layer 1"]), ("two", "failed", []), ("three", "done", ["layer 3"])]
    assert report.lines[1]["code"] == errors.INPUT and "closed or the layer removed" in report.lines[1]["message"]
    assert [text for _, text in shown] == ["1 of 3, one: Finding", "2 of 3, two: Finding", "3 of 3, three: Finding"]


def test_the_progress_over_all_never_falls() -> None:
    shown: list[tuple[float, str]] = []
    for number in range(3):
        share = many.Share(lambda fraction, text: shown.append((fraction, text)), number, 3, f"{number}.png")
        for fraction in (0.0, 0.5, 1.0):
            share(fraction, "Finding the subject")
    fractions = [fraction for fraction, _ in shown]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and fractions[-1] == 1.0
    assert shown[4] == (0.5, "2 of 3, 1.png: Finding the subject")


def test_a_picture_of_layers() -> None:
    inner = many.Report(SETTINGS)
    inner.attempt("one", lambda: ([], [("n", "A note.")]))
    inner.attempt("two", failing())
    notes = many.of_layers(inner)
    assert notes == [(many.LAYER_FAILED, "two: It failed. Try again."), ("n", "one: A note.")]
    outer = many.Report(SETTINGS)
    outer.attempt("a.xcf", lambda: (["a.xcf"], notes))
    outer.finish()
    assert outer.count(many.FAILED) == 0 and not outer.ok  # a layer is missing


def test_a_picture_of_which_no_layer_can_be_done() -> None:
    inner = many.Report(SETTINGS)
    inner.attempt("one", failing("model_missing"))
    inner.attempt("two", skipping)
    with pytest.raises(errors.BridgeError, match=r"No layer could be done\. one: It failed") as raised:
        many.of_layers(inner)
    assert raised.value.code == "model_missing"


def test_a_picture_that_was_done_before() -> None:
    inner = many.Report(SETTINGS)
    inner.attempt("one", skipping)
    with pytest.raises(many.Skipped):
        many.of_layers(inner)


def test_a_file_is_replaced_whole_or_not(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    many.replace(str(path), b"new")
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(many, "move", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(OSError, match="no"):
        many.replace(str(path), b"newer")
    assert path.read_bytes() == b"new"
