"""Prices, limits and consent before anything is sent."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
from pathlib import Path

import pytest

from cutaway_cli import spending
from cutaway_cli.outputs import Piece
from tests.cli.fake_worker import FakeFailure


class FakeScreen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _pictures(here: Path, monkeypatch) -> None:
    monkeypatch.delenv("CUTAWAY_TOPAZ_API_KEY", raising=False)
    monkeypatch.setenv("TERM", "dumb")
    for name in ("cat", "dog", "emu"):
        (here / f"{name}.jpg").write_bytes(name.encode())


@pytest.fixture
def typing(cutaway, monkeypatch):
    """Runs the command for somebody who sits there and types."""
    def run(text, *words):
        screen = FakeScreen()
        monkeypatch.setattr("sys.stdin", FakeScreen(text))
        monkeypatch.setattr("sys.stderr", screen)
        outcome = cutaway("remove", *words)
        return outcome.code, outcome.out, screen.getvalue()
    return run


def ran_with(worker, name):
    return [params["settings"][name] for params in worker.params("job.run")]


def test_the_local_engine_asks_nothing(cutaway, worker):
    assert cutaway("remove", "cat.jpg", "--engine", "local").code == 0
    assert not {"key.status", "cloud.price", "key.use"} & set(worker.methods())


TOLD = "picture will be sent to Topaz for 2 credits at most. Topaz keeps them for 7 days."


@pytest.mark.parametrize("words", [(), ("--upload", "once"), ("--upload", "always")])
def test_with_consent_nothing_is_asked_but_the_price_is_said_before_anything_is_sent(cutaway, worker, words):
    said = cutaway("remove", "cat.jpg", "--engine", "topaz", *words)
    assert said.code == 0 and said.err == f"1 {TOLD}\n"
    assert worker.methods().index("cloud.price") < worker.methods().index("job.run")
    assert ran_with(worker, "upload") == [words[-1] if words else "remembered"]


@pytest.mark.parametrize("words", [("--quiet",), ("--json",)])
def test_who_wants_silence_has_it(cutaway, worker, words):
    assert cutaway("remove", "cat.jpg", "--engine", "topaz", *words).err == ""
    assert ran_with(worker, "credits") == [2]


@pytest.mark.parametrize(("where", "consent", "words"), [
    (None, True, ()), ("file", False, ()), ("file", True, ("--upload", "never"))])
def test_what_will_not_be_sent_has_no_price(cutaway, worker, where, consent, words):
    worker.scripts["key.status"] = lambda request: {"where": where, "consent": consent}
    assert cutaway("remove", "cat.jpg", "--engine", "auto", *words).err == ""
    assert "cloud.price" not in worker.methods() and ran_with(worker, "credits") == [5]


def test_pictures_that_cannot_be_run_have_no_price(cutaway, worker, here):
    (here / "dog_cutout.png").touch()
    said = cutaway("remove", "cat.jpg", "dog.jpg", "gone.jpg", "--engine", "topaz")
    assert said.err.startswith(f"1 {TOLD}\n")
    assert [params["pictures"] for params in worker.params("cloud.price")] == [[{"path": str(here / "cat.jpg")}]]


@pytest.mark.parametrize(("text", "upload"), [("y\n", "once"), ("a\n", "always"), ("Yes\n", "once"),
                                              ("n\n", "remembered"), ("\n", "remembered"), ("", "remembered"),
                                              ("what?\n", "remembered")])
@pytest.mark.parametrize("engine", ["topaz", "auto"])
def test_consent_is_asked_at_a_terminal(typing, worker, text, upload, engine):
    worker.consent = False
    code, out, err = typing(text, "cat.jpg", "dog.jpg", "--engine", engine)
    assert "2 pictures will be sent to Topaz for 4 credits at most. Topaz keeps them for 7 days." in err
    assert "Send?" in err and "Send?" not in out, "the question is no result"
    assert code == 0 and ran_with(worker, "upload") == [upload] * 2


@pytest.mark.parametrize("words", [("--quiet",), ("--json",)])
def test_nobody_is_asked_by_a_script(typing, worker, words):
    worker.consent = False
    _, _, err = typing("y\n", "cat.jpg", "--engine", "topaz", *words)
    assert "Send?" not in err and ran_with(worker, "upload") == ["remembered"], "the worker then refuses it"


@pytest.mark.parametrize("upload", ["once", "always", "never"])
def test_a_decision_on_the_command_line_is_not_asked_for(typing, worker, upload):
    worker.consent = False
    _, _, err = typing("y\n", "cat.jpg", "--engine", "topaz", "--upload", upload)
    assert "Send?" not in err and ran_with(worker, "upload") == [upload]


def test_without_a_key_nobody_is_asked(typing, worker):
    worker.scripts["key.status"] = lambda request: {"where": None, "consent": False}
    _, _, err = typing("y\n", "cat.jpg", "--engine", "auto")
    assert "Send?" not in err and "cloud.price" not in worker.methods()


@pytest.mark.parametrize("code", ["cloud_not_allowed", "cloud_key_missing"])
def test_a_refusal_is_said_once_and_what_was_paid_for_is_fetched(cutaway, worker, code):
    """Only the worker knows which pictures need neither key nor consent."""
    ran = []

    def refuse_but_the_second(request):
        ran.append(request)
        if len(ran) == 2:
            return worker.usual_job_run(request)
        raise FakeFailure(code, "Nothing was sent to Topaz.", "Allow it.")
    worker.scripts["job.run"] = refuse_but_the_second
    names = ["cat.jpg", "dog.jpg", "emu.jpg"]
    said = cutaway("remove", *names, "--engine", "topaz", "--at-once", "1")
    assert said.code == 1 and said.err.count("error:") == said.err.count("Nothing was sent") == 1
    assert said.out.startswith("dog.jpg -> ") and said.err.splitlines()[-1] == "1 of 3 done, 2 failed."
    said = cutaway("remove", *names, "--engine", "topaz", "--at-once", "1", "--overwrite", "--json")
    assert [json.loads(line)["error"]["code"] for line in said.out.splitlines()] == [code] * 3


def test_over_the_limit_nothing_is_sent(cutaway, worker):
    said = cutaway("remove", "cat.jpg", "dog.jpg", "--engine", "topaz", "--max-credits", "3")
    assert said.code == 1 and not {"job.open", "job.run"} & set(worker.methods())
    assert said.err.startswith("error: These 2 pictures would cost 4 credits, and your limit is 3. Nothing was sent.")


PRICES = {"cat.jpg": 2, "dog.jpg": 4, "emu.jpg": 9}


def priced(request):
    rows = [{"width": 1, "height": 1, "credits": PRICES[Path(row["path"]).name]} for row in request.params["pictures"]]
    return {"pictures": rows, "credits": sum(row["credits"] for row in rows), "available": 40}


@pytest.mark.parametrize(("words", "told", "each"), [
    ((), "2 pictures will be sent to Topaz for 6 credits at most.", [2, 4, 5]),
    (("--max-credits", "6"), "2 pictures will be sent to Topaz for 6 credits at most.", [2, 4, 5]),
    (("--max-credits", "50"), "2 pictures will be sent to Topaz for 6 credits at most.", [2, 4, 5]),
    (("--credits", "9"), "3 pictures will be sent to Topaz for 15 credits, 27 at most.", [9, 9, 9]),
    (("--credits", "9", "--max-credits", "18"), "3 pictures will be sent to Topaz for 15 credits, 17 at most.",
     [3, 5, 9]),
    (("--credits", "3"), "1 picture will be sent to Topaz for 2 credits, 3 at most.", [3, 3, 3])])
def test_what_each_may_cost_is_what_was_said(cutaway, worker, words, told, each):
    """The price, however large the limit for all; more only up to a limit that the user has given for one."""
    worker.scripts["cloud.price"] = priced
    said = cutaway("remove", *PRICES, "--engine", "topaz", "--at-once", "1", *words)
    assert said.code == 0 and said.err.splitlines()[0] == f"{told} Topaz keeps them for 7 days."
    assert ran_with(worker, "credits") == each


def test_a_picture_over_its_own_limit_is_not_counted_and_is_refused(typing, worker):
    worker.scripts["cloud.price"] = priced
    worker.consent = False
    _, _, err = typing("y\n", "emu.jpg", "--engine", "topaz", "--max-credits", "50")
    assert "Send?" not in err and ran_with(worker, "credits") == [5] and ran_with(worker, "upload") == ["remembered"]


def test_the_limit_means_nothing_here(cutaway, worker):
    assert cutaway("remove", "cat.jpg", "--engine", "local", "--max-credits", "0").code == 0


def test_a_dry_run(cutaway, worker, here):
    said = cutaway("remove", "cat.jpg", "dog.jpg", "--engine", "topaz", "--dry-run")
    assert said.code == 0 and set(worker.methods()) == {"hello", "cloud.price"}
    assert [line.split() for line in said.out.splitlines()[:2]] == [
        ["CREDITS", "SIZE", "PICTURE"], ["2", "6000x5000", "cat.jpg"]]
    assert said.out.splitlines()[-1] == "4 credits at most for 2 pictures. Nothing was sent. The account has 40."
    assert {path.name for path in here.iterdir()} == {"cat.jpg", "dog.jpg", "emu.jpg"}


def test_a_dry_run_in_json(cutaway, worker):
    said = json.loads(cutaway("remove", "cat.jpg", "dog.jpg", "--engine", "topaz", "--dry-run", "--json").out)
    assert said == {"credits": 4, "available": 40, "pictures": [
        {"input": name, "width": 6000, "height": 5000, "credits": 2, "over": False} for name in ("cat.jpg", "dog.jpg")]}


def test_a_dry_run_does_not_count_what_would_not_be_sent(cutaway, worker):
    worker.scripts["cloud.price"] = lambda request: {"pictures": [
        {"width": 100, "height": 100, "credits": 1}, {"width": 9000, "height": 9000, "credits": 3}],
        "credits": 4, "available": 40}
    words = ("remove", "cat.jpg", "dog.jpg", "--engine", "topaz", "--credits", "2", "--dry-run")
    lines = cutaway(*words).out.splitlines()
    assert lines[2].split()[:3] == ["3", "9000x9000", "dog.jpg:"] and "over the limit of 2 for one picture" in lines[2]
    assert lines[-1] == "1 credit at most for 1 picture. Nothing was sent. The account has 40."
    said = json.loads(cutaway(*words, "--json").out)
    assert said["credits"] == 1 and [row["over"] for row in said["pictures"]] == [False, True]


def test_a_dry_run_with_one_that_cannot_be_read_and_no_network(cutaway, worker):
    worker.scripts["cloud.price"] = lambda request: {
        "pictures": [{"error": "cat.jpg is damaged."}, {"width": 10, "height": 10, "credits": 1}], "credits": 1,
        "available": None}
    said = cutaway("remove", "cat.jpg", "dog.jpg", "--engine", "topaz", "--dry-run")
    assert said.code == 1 and "cat.jpg: cat.jpg is damaged." in said.out
    assert said.out.splitlines()[-1] == "1 credit at most for 1 picture. Nothing was sent."


def test_ctrl_c_while_the_prices_are_looked_up(cutaway, worker):
    def waits(request):
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        request.wait_for_cancel()
    worker.scripts["cloud.price"] = waits
    said = cutaway("remove", "cat.jpg", "--engine", "topaz", "--max-credits", "9")
    assert said.code == 130 and "job.open" not in worker.methods()


@pytest.mark.parametrize("name", ["a" * 200, "ü" * 200])
def test_thousands_of_pictures_are_asked_about_in_messages_that_fit(name):
    paths = [f"/{name}/{name}/{number}.jpg" for number in range(4000)]
    chunks = list(spending._chunks(paths))
    assert [path for chunk in chunks for path in chunk] == paths
    for chunk in chunks:
        assert len(json.dumps({"pictures": [{"path": path} for path in chunk]})) < 1 << 19 and len(chunk) <= 1000


def test_prices_of_all_chunks_are_added(worker, monkeypatch):
    monkeypatch.setattr(spending, "CHUNK", 3)
    pieces = [Piece(f"{n}.jpg", "", Path(f"/x/{n}.jpg"), Path("/y")) for n in range(7)]
    shown = []

    class FakeBar:
        def show(self, fraction, text):
            shown.append(fraction)

    from cutaway_bridge import installation
    from cutaway_bridge.client import Client
    with Client(installation.find(), "cli") as client:
        said = spending.price(client, pieces, FakeBar())
    assert (said["credits"], len(said["pictures"]), said["available"]) == (14, 7, 40)
    assert [len(params["pictures"]) for params in worker.params("cloud.price")] == [3, 3, 1] and shown[-1] == 1.0
