"""Every row and every fault of the contract through the engine: what the user hears, and what is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway import errors
from cutaway.engines.auto import tried
from cutaway.errors import CloudError
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from tests.cloud.against import Desk
from tests.cloud.pictures import picture
from tests.emulator import Emulator
from tests.emulator import FakeClock as Time
from tests.emulator.faults import API, KINDS
from tests.emulator.results import LAYOUTS


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(clock=Time(), credits=10) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, emulator: Emulator) -> Desk:
    return Desk(tmp_path / "home", emulator)


def is_well_said(error: CloudError) -> bool:
    """A sentence, and what to do."""
    return (error.message[0].isupper() and error.message[-1] in '."' and "\n" not in str(error)
            and len(error.message) < 300 and bool(error.hint) and error.code != "cloud")


# Rows.

@pytest.mark.parametrize("cloud", ["RemoveBG", "Object"])
@pytest.mark.parametrize("mode", ["alpha", "segmentation"])
def test_a_picture(desk: Desk, cloud: str, mode: str) -> None:
    matte = desk.matte(cloud=cloud, mode=mode)
    np.testing.assert_array_equal(matte.values, desk.wanted())
    assert (matte.engine, matte.model, matte.credits, matte.notes) == ("topaz", cloud, 1, ())
    (submit,) = desk.emulator.of("submit")
    more = {"output_format": ["png"]} if cloud == "Object" else {}
    assert submit.fields == {"model": [cloud], "mode": [mode], **more}
    assert (desk.emulator.ledger.available, desk.emulator.ledger.charged) == (9, 1) and desk.states == ["fetched"]
    desk.check()


def test_nothing_but_the_pixels_is_sent(desk: Desk) -> None:
    desk.matte()
    (submit,) = desk.emulator.of("submit")
    assert submit.upload is not None and submit.upload.wrongs == [] and submit.file_type == "image/png"
    assert submit.file_name.startswith("cutaway-") and "home" not in submit.file_name
    said = " ".join(f"{name}: {value}" for request in desk.emulator.requests for name, value in request.headers.items())
    assert "cutaway/" in said and str(Path.home().name or "root") not in said


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_mask(desk: Desk, layout: str) -> None:
    desk.emulator.control.layout(layout)
    right = desk.matte().values, desk.wanted()
    wide = 257 if layout.endswith("16") else 1
    wanted = np.where(right[1] >= 128, 255, 0) if layout == "hard" else right[1].astype(int) * wide
    np.testing.assert_array_equal(right[0], wanted)


@pytest.mark.parametrize(("account", "kind", "word"), [
    ({"subscription": False}, errors.CloudNoSubscription, "subscription"),
    ({"credits": 0}, errors.CloudNoCredits, "credit"), ({"top_up": True}, errors.CloudBusy, "topping up"),
    ({"forbidden": {"submit"}}, errors.CloudForbidden, "may not"),
    ({"forbidden": {"balance"}}, errors.CloudForbidden, "may not")])
def test_an_account_that_does_not_take_it(
    desk: Desk, account: dict[str, Any], kind: type[CloudError], word: str
) -> None:
    for name, value in account.items():
        setattr(desk.emulator.control.account, name, value)
    with pytest.raises(kind, match=word) as refused:
        desk.matte()
    assert is_well_said(refused.value) and desk.emulator.jobs == [] and desk.open == []
    desk.emulator.control.account.credits, desk.emulator.control.account.subscription = 10, True
    desk.emulator.control.account.top_up, desk.emulator.control.account.forbidden = False, set()
    assert desk.matte().credits == 1
    desk.check()


def test_a_key_that_was_taken_back_in_between(desk: Desk) -> None:
    desk.emulator.control.fault("slow", pending=60.0, processing=10.0)
    desk.clock.steps = lambda: desk.emulator.control.keys.clear()
    with pytest.raises(errors.CloudKeyRefused, match="cutaway jobs resume") as refused:
        desk.matte()
    assert refused.value.process_id and desk.open == ["submitted"]
    desk.clock.steps = lambda: None
    desk.emulator.control.keys.add(desk.emulator.key)
    assert desk.matte().credits == 0 and len(desk.emulator.jobs) == 1
    desk.check()


def test_no_network(desk: Desk) -> None:
    with desk.emulator.offline():
        with pytest.raises(errors.CloudUnreachable) as lost:
            desk.matte()
        assert is_well_said(lost.value) and desk.states == []
        found, notes = tried(desk.cloud(), picture(48, 36), RemoveSettings(engine="auto"), Job())
    assert found is None and "cannot be reached" in notes[0].message and "paid" not in notes[0].message
    assert desk.matte().credits == 1
    desk.check()


def test_the_live_profile_fails_and_object_does_not(tmp_path: Path) -> None:
    with Emulator("live", clock=Time()) as emulator:
        desk = Desk(tmp_path / "home", emulator)
        with pytest.raises(errors.CloudJobFailed, match="costs nothing") as failed:
            desk.matte()
        assert is_well_said(failed.value) and emulator.ledger.available == 100 and desk.states == ["failed"]
        assert len(emulator.jobs) == 1, "a second job is never started silently"
        found, notes = tried(desk.cloud(), picture(48, 36), RemoveSettings(engine="auto"), Job())
        assert found is None and "could not process it" in notes[0].message and "may still" not in notes[0].message
        assert desk.matte(cloud="Object").credits == 1
        desk.check()


def test_what_was_never_fetched_is_gone_after_7_days_and_said_so(desk: Desk) -> None:
    desk.emulator.control.fault("http_error", "download", times=None, status=503)
    with pytest.raises(errors.CloudUnreachable, match="cutaway jobs resume"):
        desk.matte()
    assert desk.states == ["completed"]
    desk.emulator.control.clear()
    desk.emulator.clock.advance(8 * 86400)
    (gone,) = desk.resume()
    assert isinstance(gone, errors.CloudJobUnknown) and desk.states == ["expired"]


@pytest.mark.parametrize("fill", [0, 255])
def test_an_empty_and_a_full_mask_are_kept_and_said(desk: Desk, fill: int) -> None:
    desk.emulator.control.fault("mask_fill", value=fill)
    matte = desk.matte()
    assert [note.code for note in matte.notes] == ["no_clear_subject"] and (matte.values == fill).all()


def test_a_cancel_while_it_waits_gives_the_credits_back(desk: Desk) -> None:
    job = Job()
    desk.emulator.control.fault("slow", pending=60.0, processing=10.0)
    desk.clock.steps = job.cancel
    with pytest.raises(errors.Cancelled):
        desk.matte(job=job)
    assert desk.emulator.ledger.available == 10 and desk.states == ["cancelled"]
    assert [request.status for request in desk.emulator.of("cancel")] == [204]


def test_a_cancel_that_comes_too_late_keeps_what_is_paid(desk: Desk) -> None:
    job = Job()
    desk.emulator.control.limits.cancellable = ()
    desk.clock.steps = job.cancel
    with pytest.raises(errors.Cancelled):
        desk.matte(job=job)
    assert [request.status for request in desk.emulator.of("cancel")] == [409] and desk.open == ["submitted"]
    desk.clock.steps = lambda: None
    desk.emulator.clock.advance(60)
    assert desk.matte().credits == 0 and len(desk.emulator.jobs) == 1
    desk.check()


# Faults: what comes of one picture. None: its mask.

UNKNOWN, BAD, FAILED, LATE = (
    errors.CloudOutcomeUnknown, errors.CloudAnswerBad, errors.CloudJobFailed, errors.CloudDeadline)
EXPECTED: dict[tuple[str, str], type[CloudError] | None] = {
    **{(name, "submit"): UNKNOWN for name in ("http_error", "html", "drop", "redirect", "stall")},
    **{(name, "download"): BAD for name in (
        "html_ok", "not_json", "json_array", "empty", "redirect", "no_link", "odd_link")},
    **{(name, "storage"): BAD for name in ("html_ok", "empty", "redirect", "truncated", "garbage", "huge", "bomb")},
    ("link_expired", "storage"): errors.CloudJobUnknown,
    ("fails", "job"): FAILED, ("pending_then_failed", "job"): LATE, ("ends_cancelled", "job"): FAILED,
    ("pending_forever", "job"): LATE, ("processing_forever", "job"): LATE, ("slow", "job"): LATE,
}
SLOW = {"stall": {"seconds": 60.0}, "stall_after": {"seconds": 60.0}, "trickle": {"size": 64, "seconds": 0.001}}
CASES = [(name, on) for name, kind in KINDS.items() for on in kind.on if on not in ("delete", "cancel", "head", "list")]


@pytest.mark.parametrize(("name", "on"), CASES)
def test_a_fault(desk: Desk, name: str, on: str) -> None:
    """It happens twice in a row; then the service is well, and what was paid is fetched without paying again."""
    emulator = desk.emulator
    emulator.control.fault(name, on, times=1 if on in ("submit", "job") else 2, **SLOW.get(name, {}))
    expected = EXPECTED.get((name, on))
    try:
        matte = desk.matte()
    except CloudError as error:
        assert type(error) is expected and is_well_said(error), f"{type(error).__name__}: {error}"
        assert "cutaway jobs resume" in error.hint or expected is FAILED
        assert len(desk.open) == (0 if expected is FAILED else 1)
    else:
        assert expected is None and desk.states == ["fetched"]
        assert matte.values.shape == (36, 48)
    desk.check()
    emulator.control.clear()
    emulator.clock.advance(7200)
    errors_left = desk.resume()
    never = name.endswith("_forever")
    assert bool(errors_left) == (never or name == "pending_then_failed") or expected is UNKNOWN
    desk.check()
    if never:
        with pytest.raises(LATE):
            desk.matte()
    else:
        emulator.clock.advance(600)
        desk.matte()
        assert "fetched" in desk.states and desk.open == []
    made = 2 if name in ("fails", "pending_then_failed", "ends_cancelled") else 1
    assert len(emulator.jobs) == made, "one job, and a new one only after one that cost nothing"
    desk.check()


STATUSES = (400, 401, 402, 403, 404, 409, 412, 413, 415, 422, 425, 429, 500, 502, 503, 504)


@pytest.mark.parametrize("on", [*(on for on in API if on not in ("delete", "cancel", "list")), "storage"])
def test_a_status_that_stays(desk: Desk, on: str) -> None:
    """Every documented status at one place for good, a picture each; then the service is well again."""
    desk.emulator.control.account.credits = 100
    for status in STATUSES:
        desk.emulator.control.fault("http_error", on, times=None, status=status, message="No\nway: https://x/?sig=1")
        try:
            desk.matte(seed=status)
        except CloudError as error:
            assert is_well_said(error) and "sig=1" not in str(error)
        else:
            assert on in ("estimate", "balance")
        desk.check()
        desk.emulator.control.clear()
    for _ in range(2):
        desk.emulator.clock.advance(600)
        desk.resume()
    for status in STATUSES:
        desk.matte(seed=status)
    assert desk.open == [] and len(desk.emulator.jobs) == len(STATUSES)
    desk.check()


@pytest.mark.parametrize("status", [404, 500])
def test_a_lost_answer_while_the_list_cannot_be_read_either(desk: Desk, status: int) -> None:
    desk.emulator.control.fault("drop_after", "submit")
    desk.emulator.control.fault("http_error", "list", times=None, status=status)
    with pytest.raises(errors.CloudOutcomeUnknown, match="cutaway jobs resume") as lost:
        desk.matte()
    assert is_well_said(lost.value) and desk.open == ["unknown"]
    desk.emulator.clock.advance(600)
    with pytest.raises(errors.CloudOutcomeUnknown):
        desk.matte()
    desk.emulator.control.clear()
    assert desk.matte().credits == 0 and len(desk.emulator.jobs) == 1
    desk.check()


@pytest.mark.parametrize("retry", [{"retry_after": 7}, {"retry_date": 7}, {"retry_after": "soon"}, {}])
@pytest.mark.parametrize("on", ["submit", "status", "download", "storage"])
def test_bursts_of_too_many_requests(desk: Desk, retry: dict[str, Any], on: str) -> None:
    desk.emulator.control.fault("rate_limit", on, times=4, **retry)
    desk.matte()
    assert desk.states == ["fetched"] and len(desk.emulator.jobs) == 1
    desk.check()
