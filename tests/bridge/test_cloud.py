"""What the dialogs ask and say about the cloud, against a worker that follows a script."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import client as clients
from cutaway_bridge import cloud, flow, settings_spec
from cutaway_bridge.installation import Installation

from .fake_host import FakeHost
from .fake_server import FakeServer, Reply, error, nothing, result, several

STATUS = {"where": "keyring", "consent": False}
PRICE = {"pictures": [{"width": 60, "height": 40, "credits": 1}], "credits": 1, "available": 40}
BALANCE = {"available": 40, "reserved": 0, "total": 40, "check": None}


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (clients.KEY_VARIABLE, clients.URL_VARIABLE):
        monkeypatch.delenv(name, raising=False)


class Open:
    """An open dialog: its timer is ``tick``."""

    def __init__(self, installed: Installation, size: Any = (60, 40), sizes: Any = (), **replies: Reply) -> None:
        said = {"key.status": result(STATUS), "cloud.price": result(PRICE), "key.test": result(BALANCE)}
        said.update({name.replace("_", "."): reply for name, reply in replies.items()})
        self.server = FakeServer(Path(installed.home), said)
        self.worker = clients.Client(installed, "test")
        self.cloud = cloud.Cloud(self.worker, size, sizes)
        self.steps = self.cloud.steps()
        self.settings: dict[str, Any] = settings_spec.defaults()

    def tick(self) -> cloud.View:
        next(self.steps)
        return self.cloud.look(self.settings)

    def until(self, *texts: str) -> cloud.View:
        """The view once it says all of ``texts``."""
        deadline = time.monotonic() + 10
        while True:
            view = self.tick()
            if all(any(text in said for said in view.texts) for text in texts):
                return view
            assert time.monotonic() < deadline, (view, self.server.methods(), self.worker.connected)

    def close(self) -> None:
        self.steps.close()
        self.worker.close()
        self.server.__exit__()


@pytest.fixture
def opened(installed: Installation) -> Iterator[Any]:
    made: list[Open] = []

    def make(**more: Any) -> Open:
        made.append(Open(installed, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_the_default_asks_nothing(opened: Any) -> None:
    desk = opened()
    for engine in ("local", "mask"):
        desk.settings["engine"] = engine
        assert [desk.tick() for _ in range(20)] == [cloud.HIDDEN] * 20
    assert not desk.server.heard and not desk.worker.connected


def test_what_is_said_of_key_and_price(opened: Any) -> None:
    desk = opened()
    desk.settings["engine"] = "topaz"
    first = desk.tick()
    assert first.shown and not first.refusal and first.texts == ("", "", "API key: looking ...")
    view = desk.until("system keyring", "1 credit")
    assert view.texts[1:] == ("This layer costs 1 credit, 5 at most; 40 left.", "API key: set (system keyring).")
    asked = [request for request in desk.server.heard if request["method"] == "cloud.price"]
    assert [request["params"] for request in asked] == [{"pictures": [{"width": 60, "height": 40}]}]
    desk.settings["credits"] = 1
    assert desk.tick().texts[1] == "This layer costs 1 credit at most; 40 left."
    desk.settings["credits"] = 0
    assert desk.tick().texts[1] == "This layer costs 1 credit, more than you allow: it is not sent."
    assert desk.server.methods().count("key.status") == 1, "asked once, not at every tick"


@pytest.mark.parametrize(("where", "said"), [
    ("file", "API key: set (file in Cutaway's folder)."), ("environment", "API key: set (environment variable)."),
    (None, "API key: not set. In a terminal: cutaway key set")])
def test_where_the_key_is(opened: Any, where: str | None, said: str) -> None:
    desk = opened(key_status=result({"where": where, "consent": False}))
    desk.settings["engine"] = "auto"
    assert desk.until(said).texts[2] == said


def test_many_pictures_have_no_single_price(opened: Any) -> None:
    desk = opened(size=None)
    desk.settings["engine"] = "topaz"
    assert desk.until("keyring").texts[1] == (
        "A picture costs 1 credit or more, by its size. One that costs more than 5 credits is not sent.")
    assert "cloud.price" not in desk.server.methods()


def test_without_a_balance_the_price_stands(opened: Any) -> None:
    desk = opened(cloud_price=result(dict(PRICE, credits=2, available=None)))
    desk.settings["engine"] = "topaz"
    assert desk.until("credits").texts[1] == "This layer costs 2 credits, 5 at most."


@pytest.mark.parametrize(("engine", "upload", "consent", "begins", "refused"), [
    ("topaz", "remembered", False, "You have not allowed it: first choose", True),
    ("topaz", "remembered", True, "You have allowed it", False),
    ("topaz", "once", False, "Topaz gets this layer, this time only. Topaz keeps", False),
    ("topaz", "always", False, "Topaz gets this layer, and later ones", False),
    ("topaz", "never", True, "Nothing is sent from now on.", False),
    ("auto", "remembered", False, "You have not allowed it: this computer", False),
    ("auto", "remembered", True, "You have allowed it", False),
    ("auto", "never", True, "Nothing is sent from now on: this computer", False),
])
def test_consent(opened: Any, engine: str, upload: str, consent: bool, begins: str, refused: bool) -> None:
    desk = opened(key_status=result({"where": "keyring", "consent": consent}))
    desk.settings.update(engine=engine, upload=upload)
    view = desk.until("API key: set")
    assert view.texts[0].startswith(begins)
    sends = "Topaz gets" in view.texts[0]
    assert sends is view.texts[0].endswith("Topaz keeps what it is sent for 7 days.")
    assert sends is ("Topaz gets" in begins or begins == "You have allowed it")
    assert bool(view.refusal) is refused and view.refusal in ("", view.texts[0])


@pytest.mark.parametrize(("engine", "upload", "said"), [
    ("topaz", "once", "Without an API key nothing is sent."), ("topaz", "remembered", "Without an API key nothing"),
    ("auto", "always", "Without an API key nothing is sent: this computer does it."), ("auto", "never", "Nothing is")])
def test_without_a_key(opened: Any, engine: str, upload: str, said: str) -> None:
    desk = opened(key_status=result({"where": None, "consent": True}))
    desk.settings.update(engine=engine, upload=upload)
    view = desk.until("not set")
    assert view.texts[0].startswith(said) and not view.refusal


def prices(*credits: int, left: int | None = 40) -> Reply:
    return result({"pictures": [{"credits": each} for each in credits], "credits": sum(credits), "available": left})


@pytest.mark.parametrize(("reply", "below"), [
    (prices(1, 2, 1), ["That costs 4 credits; 40 left."]), (prices(1, 0, 0, left=None), ["That costs 1 credit."]),
    (prices(1, 6, 5), ["That costs 6 credits; 40 left."]), (error("worker_busy", "Later."), [])])
def test_the_question_before_many_are_sent(opened: Any, reply: Reply, below: list[str]) -> None:
    desk = opened(size=None, sizes=[(60, 40), (7, 8), (9, 9)], cloud_price=reply)
    desk.settings["engine"] = "topaz"
    below = [*below, "One that costs more than 5 credits is not sent."]
    said = desk.cloud.question(desk.settings, "3 layers")
    kept = "Topaz keeps what it is sent for 7 days."
    assert said == ("Send 3 layers to Topaz's cloud?", f"One that costs more than 5 credits is not sent.\n{kept}")
    desk.until("keyring")
    deadline = time.monotonic() + 10
    # Where the price is refused the lines stay as they were: that it was asked for is waited for, too.
    while ("cloud.price" not in desk.server.methods()
           or desk.cloud.question(desk.settings, "3 layers")[1].split("\n") != [*below, kept]):
        desk.tick()
        assert time.monotonic() < deadline, desk.cloud.question(desk.settings, "3 layers")
    (asked,) = (request["params"] for request in desk.server.heard if request["method"] == "cloud.price")
    assert asked == {"pictures": [
        {"width": 60, "height": 40}, {"width": 7, "height": 8}, {"width": 9, "height": 9}]}


@pytest.mark.parametrize(("engine", "below"), [
    ("topaz", "Without an API key nothing is sent."),
    ("auto", "Without an API key nothing is sent: this computer does it.")])
def test_the_question_without_a_key(opened: Any, engine: str, below: str) -> None:
    desk = opened(size=None, sizes=[(60, 40)], key_status=result({"where": None, "consent": False}))
    desk.settings["engine"] = engine
    desk.until("not set")
    assert desk.cloud.question(desk.settings, "1 layer") == ("Send 1 layer to Topaz's cloud?", below)


def test_many_pictures_are_called_so(opened: Any) -> None:
    desk = opened(size=None)
    desk.settings.update(engine="topaz", upload="once")
    assert desk.until("keyring").texts[0].startswith("Topaz gets every picture, this time only.")


def test_a_refusal_stays_while_the_key_is_tested(opened: Any) -> None:
    desk = opened(key_status=several(result(STATUS), nothing), key_test=nothing)
    desk.settings["engine"] = "topaz"
    refusal = desk.until("not allowed").refusal
    desk.cloud.test()
    assert refusal and desk.until("Asking Topaz").refusal == refusal


def test_a_refusal_names_the_choices_as_the_dialog_does(opened: Any) -> None:
    desk = opened()
    desk.settings["engine"] = "topaz"
    options = next(dict(row["options"]) for row in settings_spec.load() if row["name"] == "upload")
    refusal = desk.until("not allowed").refusal
    assert f'"{options["once"]}"' in refusal and f'"{options["always"]}"' in refusal


def test_the_key_is_tested_on_a_click(opened: Any) -> None:
    desk = opened(key_test=several(result(dict(BALANCE, available=1)), error("cloud_key_refused", "The key is wrong.")))
    desk.settings["engine"] = "topaz"
    desk.until("keyring")
    assert "key.test" not in desk.server.methods(), "nobody has clicked"
    desk.cloud.test()
    desk.cloud.test()  # impatiently
    assert desk.until("The key works: 1 credit left.").texts[2].startswith("API key: set (system keyring)")
    assert desk.server.methods().count("key.test") == 1
    desk.cloud.test()
    assert "The key works" not in desk.tick().texts[2]
    assert desk.until("The key is wrong. Try again.")


def test_while_topaz_is_asked_the_dialog_goes_on(opened: Any) -> None:
    desk = opened(key_test=nothing, cloud_price=nothing)
    desk.settings["engine"] = "topaz"
    desk.until("keyring")
    desk.cloud.test()
    view = desk.until("Asking Topaz ...")
    assert view.texts[1] == "" and "not allowed" in view.texts[0]


def test_the_key_of_the_editors_environment_is_said_first(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clients.KEY_VARIABLE, "a-key")
    desk = opened(key_use=result({}))
    desk.settings["engine"] = "auto"
    desk.until("keyring")
    assert desk.server.methods()[:3] == ["hello", "key.use", "key.status"]


def test_the_address_in_the_editors_environment_is_said_first(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker, which others share, has been started without it."""
    monkeypatch.setenv(clients.URL_VARIABLE, " http://127.0.0.1:9/image/v1\n")
    desk = opened(key_use=result({}))
    desk.settings["engine"] = "auto"
    desk.until("keyring")
    assert desk.server.methods()[:3] == ["hello", "key.use", "key.status"]
    assert desk.server.heard[1]["params"] == {"url": "http://127.0.0.1:9/image/v1"}


def test_a_worker_that_has_ended_meanwhile_is_replaced(opened: Any) -> None:
    desk = opened()
    desk.settings["engine"] = "topaz"
    desk.until("keyring", "1 credit")
    desk.server.hang_up()
    desk.cloud.test()
    desk.until("The key works")
    assert desk.server.methods().count("hello") == 2


def test_a_worker_that_crashes_is_said(opened: Any) -> None:
    def crash(server: FakeServer, request: dict[str, Any]) -> None:
        server.hang_up()

    desk = opened(key_status=several(crash, result(STATUS)))
    desk.settings["engine"] = "topaz"
    assert "background process" in desk.until("background process").texts[2]
    desk.cloud.test()
    desk.until("The key works")


def test_a_worker_that_cannot_be_started_is_said(installed: Installation) -> None:
    with clients.Client(installed, "test") as worker:
        asked = cloud.Cloud(worker)
        steps = asked.steps()
        settings = dict(settings_spec.defaults(), engine="topaz")
        deadline = time.monotonic() + 10
        while "ended right after its start" not in asked.look(settings).texts[2]:
            next(steps)
            assert time.monotonic() < deadline
        assert not asked.look(settings).refusal


def test_closing_early_leaves_nothing(opened: Any) -> None:
    desk = opened(key_status=nothing, cloud_price=nothing)
    desk.settings["engine"] = "topaz"
    deadline = time.monotonic() + 10
    while len(desk.server.heard) < 3:
        desk.tick()
        assert time.monotonic() < deadline
    desk.steps.close()
    desk.worker.close()
    assert not desk.worker.connected


@pytest.mark.parametrize("upload", ["once", "always", "never", "remembered"])
def test_a_decision_is_for_one_run(upload: str) -> None:
    values = dict(settings_spec.defaults(), engine="topaz", feather=2.0, upload=upload)
    kept = settings_spec.lasting(values)
    assert kept == dict(values, upload="remembered") and values["upload"] == upload


def test_no_picture_carries_a_decision(installed: Installation, client: clients.Client) -> None:
    """What is stored with the layer is for whoever opens the picture; the worker hears the decision."""
    host = FakeHost()
    made = result({"mask": None, "foreground": None, "matte": None, "provenance": {}, "notes": []})
    with FakeServer(Path(installed.home), {"job.run": made}) as server:
        flow.drive(flow.run(host, {"engine": "topaz", "upload": "once"}, client))
    said = next(request["params"]["settings"] for request in server.heard if request["method"] == "job.run")
    assert said["upload"] == "once"
    assert host.result is not None and host.result.settings == dict(said, upload="remembered")
