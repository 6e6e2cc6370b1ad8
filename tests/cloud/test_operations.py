"""The worker's requests about key, prices and paid jobs."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from cutaway.cloud.ask import Cloud
from cutaway.cloud.key import KeyStore
from cutaway.errors import CloudDeadline, CloudError, CloudUnreachable, ProtocolError, TargetExists
from cutaway.home import Home
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from cutaway.topaz import Secret
from cutaway.worker import cloud_operations
from cutaway.worker.core import RealCore
from cutaway.worker.own import Own
from cutaway.worker.params import checked
from cutaway.worker.protocol import MAX_LINE
from tests.cloud.fakes import FakeKeyring, FakeService
from tests.cloud.pictures import picture

TOPAZ = RemoveSettings(engine="topaz")


class FakeAsker:
    """One connection: asks as session.py does."""

    def __init__(self, cloud: Cloud) -> None:
        self.own = Own()
        core = SimpleNamespace(cloud=lambda key: cloud)
        self.context: Any = SimpleNamespace(core=core, own=self.own)

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        return cloud_operations.TABLE[method](self.context, checked(method, params), Job())


@pytest.fixture
def ask(cloud: Cloud) -> FakeAsker:
    return FakeAsker(cloud)


def test_the_key_is_told_of_and_never_told(ask: FakeAsker) -> None:
    assert ask("key.status") == {"where": "keyring", "consent": True}
    assert ask("key.set", key="another-key") == {"where": "keyring"}
    assert ask("key.use", key="for-this-one") == {} and ask.own.key == Secret("for-this-one")
    assert ask("key.forget") == {"found": True}
    assert ask("key.status") == {"where": "environment", "consent": False}, "the consent goes with the key"
    ask.own.key = None
    assert ask("key.status")["where"] is None


def test_a_connection_has_the_key_and_the_address_that_it_has_said_itself(
    ask: FakeAsker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUTAWAY_TOPAZ_URL", "http://127.0.0.1:1")
    core = RealCore(Home(tmp_path))
    ask("key.use", key="mine", url="http://127.0.0.1:2")
    mine, other = core.cloud(ask.own), core.cloud(Own(Secret("another")))
    mine.keys = other.keys = KeyStore(Home(tmp_path), FakeKeyring(works=False))
    with mine.client() as here, other.client() as there:
        assert here._base == "http://127.0.0.1:2/image/v1" and there._base == "http://127.0.0.1:1/image/v1"
    ask("key.use", url="http://127.0.0.1:3")
    assert ask.own == Own(None, "http://127.0.0.1:3")
    ask("key.use", key="mine")
    assert ask.own == Own(Secret("mine"), "")


def test_an_address_that_is_not_allowed_leaves_the_price_known(ask: FakeAsker, tmp_path: Path) -> None:
    ask.context.core.cloud = RealCore(Home(tmp_path)).cloud
    ask("key.use", key="mine", url="http://example.org")
    said = ask("cloud.price", pictures=[{"width": 10, "height": 10}])
    assert (said["credits"], said["available"]) == (1, None)


def test_the_consent_goes_also_where_the_key_does_not(
    ask: FakeAsker, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> bool:
        raise CloudError("The system's keyring does not let go of the key.", "Remove it.")

    monkeypatch.setattr(cloud.keys, "forget", kept)
    with pytest.raises(CloudError, match="let go"):
        ask("key.forget")
    assert not cloud.consent.given


def test_a_list_that_is_too_long_for_a_message_tells_the_newest_and_what_is_open(
    ask: FakeAsker, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        entry = cloud.journal.begin(f"{number}" * 64, "RemoveBG", "alpha", 40, 30, 1)
        cloud.clock.wait(1.0, Job())
        if number:
            cloud.journal.note(entry, "fetched")
    rows = ask("cloud.jobs")["jobs"]
    monkeypatch.setattr(cloud_operations, "ROOM", 3 * (len(json.dumps(rows[1])) + 2) + 10)
    said = ask("cloud.jobs")
    assert said == {"jobs": [rows[0], rows[3], rows[4]], "left_out": 2}
    assert len(rows) == 5 and cloud_operations.MAX_LINE - 4096 < MAX_LINE


def test_the_check_for_one_credit(ask: FakeAsker, service: FakeService) -> None:
    assert ask("key.test") == {"available": 100, "reserved": 0, "total": 100, "check": None} and not service.submits
    checked_ = ask("key.test", with_one_credit=True)["check"]
    assert checked_["credits"] == 1 and checked_["kept"] == 0.5
    ask("key.test", with_one_credit=True)
    assert len(service.submits) == 2, "no two checks are of the same picture"


def test_prices(ask: FakeAsker, service: FakeService, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    said = ask("cloud.price", pictures=[
        {"path": str(tmp_path / "a.png")}, {"width": 6000, "height": 5000}, {"path": str(tmp_path / "gone.png")}])
    assert said["pictures"][:2] == [
        {"width": 30, "height": 20, "credits": 1}, {"width": 6000, "height": 5000, "credits": 2}]
    assert "gone.png" in said["pictures"][2]["error"] and str(tmp_path) not in said["pictures"][2]["error"]
    assert (said["credits"], said["available"]) == (3, 100)
    service.raises["balance"] = [CloudUnreachable("No network.")]
    assert ask("cloud.price", pictures=[])["available"] is None


@pytest.mark.parametrize("said", [{"path": "a.png"}, {"width": 0, "height": 5}, {"width": -3, "height": 5}, {}])
def test_what_cannot_be_priced(ask: FakeAsker, said: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        ask("cloud.price", pictures=[said])


def test_a_picture_is_never_decoded_for_its_price(
    ask: FakeAsker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "a.jpg", "a.tif", "a.webp"):
        Image.new("RGB", (300, 200)).save(tmp_path / name)

    def decoded(*_: Any) -> None:
        raise AssertionError("decoded")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    monkeypatch.setattr("cutaway.picture.read.read", decoded)
    rows = ask("cloud.price", pictures=[{"path": str(path)} for path in sorted(tmp_path.glob("a.*"))])["pictures"]
    assert rows == [{"width": 300, "height": 200, "credits": 1}] * 4


def unfinished(cloud: Cloud, service: FakeService, seed: int = 0) -> str:
    """A job that is at the service; its id."""
    service.raises["wait"] = [CloudDeadline("Not done yet.")]
    with pytest.raises(CloudDeadline):
        cloud.matte(picture(seed=seed), TOPAZ, Job())
    return next(entry.id for entry in cloud.journal.open() if entry.process_id == f"p{len(service.submits)}")


def test_jobs_are_listed_resumed_and_forgotten(
    ask: FakeAsker, cloud: Cloud, service: FakeService, tmp_path: Path
) -> None:
    id = unfinished(cloud, service)
    (row,) = ask("cloud.jobs")["jobs"]
    assert set(row) == {"id", "state", "ended", "process_id", "width", "height", "model", "mode", "credits", "created",
                        "updated", "error"}
    assert (row["id"], row["state"], row["ended"]) == (id, "submitted", False)
    (row,) = ask("cloud.resume", id=id[:6], path=str(tmp_path / "mask.png"))["jobs"]
    assert (row["state"], row["ended"]) == ("fetched", True)
    with Image.open(tmp_path / "mask.png") as shown:
        assert (shown.mode, shown.size) == ("L", (40, 30))
    with pytest.raises(TargetExists):
        ask("cloud.resume", id=id, path=str(tmp_path / "mask.png"))
    assert ask("cloud.resume", id=id, path=str(tmp_path / "mask.png"), overwrite=True)["jobs"] == [row]
    assert ask("cloud.forget", id=id[:6]) == {"id": id} and ask("cloud.jobs") == {"jobs": [], "left_out": 0}


def test_of_all_one_that_fails_does_not_stop_the_others(ask: FakeAsker, cloud: Cloud, service: FakeService) -> None:
    ids = [unfinished(cloud, service, seed) for seed in range(2)]
    service.raises["status"] = [CloudUnreachable("No network just now.")]
    rows = {row["id"]: row for row in ask("cloud.resume")["jobs"]}
    assert sorted(row["state"] for row in rows.values()) == ["fetched", "submitted"] and set(rows) == set(ids)
    assert [row["error"] for row in rows.values() if not row["ended"]] == ["No network just now."]
    assert [row["error"] for row in rows.values() if row["ended"]] == [""]


def test_one_that_fails_is_an_error(ask: FakeAsker, cloud: Cloud, service: FakeService, tmp_path: Path) -> None:
    id = unfinished(cloud, service)
    service.raises["status"] = [CloudUnreachable("No network just now.")]
    with pytest.raises(CloudUnreachable):
        ask("cloud.resume", id=id)
    for params in ({"id": "zz"}, {"id": None, "path": "/x"}, {"id": id, "path": "mask.png"}):
        with pytest.raises((CloudError, ProtocolError)):
            ask("cloud.resume", **params)
    service.jobs.clear()
    with pytest.raises(CloudError):
        ask("cloud.resume", id=id, path=str(tmp_path / "mask.png"))
    assert not (tmp_path / "mask.png").exists()
