"""The client and the emulator, each written from the contract alone, meet: every row, every fault."""

from __future__ import annotations

import cv2
import httpx
import numpy as np
import pytest

from cutaway import errors
from cutaway.errors import CloudError
from cutaway.job import Job
from cutaway.topaz import Client, Clock, JobStatus, Limits
from tests.emulator import Emulator
from tests.emulator import FakeClock as Time
from tests.emulator.faults import API, KINDS, STORAGE
from tests.emulator.results import LAYOUTS
from tests.topaz.fakes import png

WIDTH, HEIGHT = 48, 36
PICTURE = png(np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
LIMITS = Limits(result_bytes=1 << 20)
IMPATIENT = Limits(read_s=1.5, result_bytes=1 << 20)
NAME = "7f3a.png"


class FakeClock(Clock):
    """The emulator's time: waiting makes it pass."""

    def __init__(self, time: Time) -> None:
        self.time = time

    def now(self) -> float:
        return self.time.now()

    def monotonic(self) -> float:
        return self.time.now()

    def wait(self, seconds: float, job: Job) -> None:
        job.check()
        self.time.advance(seconds)


@pytest.fixture
def emulator():
    with Emulator(clock=Time(), credits=10) as running:
        yield running


def connect(emulator: Emulator, **more) -> Client:
    more.setdefault("limits", LIMITS)
    return Client(more.pop("key", emulator.key), base_url=emulator.base_url, clock=FakeClock(emulator.clock),
                  chance=lambda: 0.5, **more)


def flow(topaz: Client, deadline_s: float = 5400.0, **more) -> np.ndarray:
    """What an engine does: submit, or find what a lost answer left behind; wait; fetch."""
    try:
        process_id = topaz.submit(PICTURE, filename=NAME, **more).process_id
    except errors.CloudOutcomeUnknown as unknown:
        found = topaz.find(unknown.filename)
        if found is None:
            raise
        process_id = found.process_id
    topaz.wait(process_id, deadline_s=deadline_s)
    return topaz.result(process_id, WIDTH, HEIGHT, mode=more.get("mode", "alpha"))


def wanted(emulator: Emulator) -> np.ndarray:
    return emulator.mask(emulator.jobs[0])


# Rows.

@pytest.mark.parametrize("model", ["RemoveBG", "Object"])
@pytest.mark.parametrize("mode", ["alpha", "segmentation"])
def test_a_picture(emulator, model, mode):
    told: list[JobStatus] = []
    with connect(emulator) as topaz:
        assert topaz.balance().available == 10
        assert topaz.estimate(WIDTH, HEIGHT, model).credits == 1
        sent = topaz.submit(PICTURE, filename=NAME, model=model, mode=mode)
        assert (topaz.balance().available, topaz.balance().reserved, topaz.balance().total) == (9, 1, 10)
        done = topaz.wait(sent.process_id, on_status=told.append)
        mask = topaz.result(sent.process_id, WIDTH, HEIGHT, mode=mode)
        assert (topaz.balance().available, topaz.balance().total) == (9, 9)
    np.testing.assert_array_equal(mask, wanted(emulator))
    assert (done.filename, done.model, done.credits, done.progress) == (NAME, model, 1, 100.0)
    assert done.created == pytest.approx(1_800_000_000.0, abs=1) and sent.eta > done.created and sent.source_id
    assert [told[0].status, told[-1].status] == ["Pending", "Completed"]
    submit = emulator.of("submit")[0]
    more = {"output_format": ["png"]} if model == "Object" else {}
    assert submit.fields == {"model": [model], "mode": [mode], **more}
    assert submit.file_name == NAME and not emulator.paid_twice()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(emulator, layout):
    emulator.control.layout(layout)
    mask = flow(connect(emulator))
    right = wanted(emulator)
    if layout == "hard":
        right = np.where(right >= 128, 255, 0)
    assert mask.dtype == (np.uint16 if layout.endswith("16") else np.uint8)
    np.testing.assert_array_equal(mask, right.astype(int) * (257 if layout.endswith("16") else 1))


def test_lists_pages_and_finds(emulator):
    emulator.control.account.credits = 150
    topaz = connect(emulator)
    names = [f"{n}.png" for n in range(120)]
    for name in names:
        topaz.submit(PICTURE, filename=name)
    assert sorted(job.filename for job in topaz.jobs()) == sorted(names)
    assert [row.status for row in emulator.of("list")] == [200, 200]
    assert topaz.find("0.png").process_id == emulator.jobs[0].process_id
    assert topaz.find("no.png") is None


def test_cancel_and_delete(emulator):
    topaz = connect(emulator)
    sent = topaz.submit(PICTURE, filename=NAME)
    assert topaz.cancel(sent.process_id) is True
    assert topaz.cancel(sent.process_id) is False
    assert topaz.balance().available == 10
    with pytest.raises(errors.CloudJobFailed):
        topaz.wait(sent.process_id)
    assert topaz.delete(sent.process_id) is True
    assert topaz.delete(sent.process_id) is False
    assert topaz.cancel(sent.process_id) is False
    for call in (topaz.status, topaz.download, topaz.wait):
        with pytest.raises(errors.CloudJobUnknown):
            call(sent.process_id)


def test_not_ready(emulator):
    topaz = connect(emulator)
    sent = topaz.submit(PICTURE, filename=NAME)
    with pytest.raises(errors.CloudNotReady):
        topaz.download(sent.process_id)
    assert topaz.fetch(sent.process_id)  # goes on asking until it is there
    assert topaz.cancel(sent.process_id) is False  # too late


def test_results_are_kept_for_7_days_and_links_for_an_hour(emulator):
    topaz = connect(emulator)
    sent = topaz.submit(PICTURE, filename=NAME)
    topaz.wait(sent.process_id)
    link = topaz.download(sent.process_id).download_url
    emulator.clock.advance(3601)
    assert httpx.get(link, trust_env=False).status_code in (403, 410)
    assert topaz.result(sent.process_id, WIDTH, HEIGHT).shape == (HEIGHT, WIDTH)
    emulator.clock.advance(7 * 86400)
    with pytest.raises(errors.CloudJobUnknown):
        topaz.fetch(sent.process_id)


@pytest.mark.parametrize(("account", "kind"), [
    ({"subscription": False}, errors.CloudNoSubscription), ({"credits": 0}, errors.CloudNoCredits),
    ({"top_up": True}, errors.CloudBusy), ({"forbidden": {"submit"}}, errors.CloudForbidden)])
def test_accounts(emulator, account, kind):
    for name, value in account.items():
        setattr(emulator.control.account, name, value)
    with pytest.raises(kind) as refused:
        connect(emulator).submit(PICTURE, filename=NAME)
    assert refused.value.hint and emulator.jobs == []


def test_a_wrong_key(emulator):
    topaz = connect(emulator, key="another-key-1234")
    for call in (topaz.balance, lambda: topaz.submit(PICTURE, filename=NAME), lambda: topaz.status("p")):
        with pytest.raises(errors.CloudKeyRefused) as refused:
            call()
        assert "another-key" not in str(refused.value)


def test_a_picture_that_is_not_taken(emulator):
    with pytest.raises(errors.CloudRefused) as refused:
        connect(emulator).submit(PICTURE[:80], filename=NAME)
    assert "Topaz says" in refused.value.message
    assert emulator.jobs == [] and [row.status for row in emulator.of("submit")] == [415]


@pytest.mark.parametrize("field", [{"model": "Nobody"}, {"mode": "nothing"}])
def test_parameters_that_are_not_taken(emulator, field):
    with pytest.raises(errors.CloudRefused) as refused:
        connect(emulator).submit(PICTURE, filename=NAME, **field)
    assert "Topaz says" in refused.value.message and emulator.jobs == []


def test_no_network(emulator):
    with emulator.offline(), pytest.raises(errors.CloudUnreachable):
        connect(emulator).submit(PICTURE, filename=NAME)
    assert flow(connect(emulator)).shape == (HEIGHT, WIDTH)
    assert len(emulator.jobs) == 1


def test_the_live_profile():
    with Emulator("live", clock=Time()) as emulator:
        with pytest.raises(errors.CloudJobFailed) as failed:
            flow(connect(emulator))
        assert failed.value.process_id == emulator.jobs[0].process_id and emulator.ledger.available == 100
        assert flow(connect(emulator), model="Object").shape == (HEIGHT, WIDTH)


# Faults. What comes of the flow of one picture: None for its mask, else the error's class.

UNKNOWN, BAD, FAR = errors.CloudOutcomeUnknown, errors.CloudAnswerBad, errors.CloudUnreachable
READ = ("status", "download", "storage")
PASSING = {  # a fault that happens twice is borne
    (name, on): None for on in READ
    for name in ("http_error", "rate_limit", "error_after", "html", "drop", "drop_after", "stall", "stall_after",
                 "trickle")
}
NOTHING_MADE = dict.fromkeys(
    [("http_error", "submit"), ("html", "submit"), ("drop", "submit"), ("redirect", "submit"), ("stall", "submit")],
    UNKNOWN)
MADE = dict.fromkeys(
    [(name, "submit") for name in ("error_after", "html_ok", "not_json", "json_array", "no_process_id", "empty",
                                   "drop_after", "stall_after", "trickle", "rate_limit")])
RESULTS = {
    **PASSING, **NOTHING_MADE, **MADE,
    **{(name, "status"): None for name in (
        "html_ok", "not_json", "json_array", "empty", "redirect", "unknown_status", "progress_missing",
        "progress_falling", "progress_odd", "fields_missing")},
    **{(name, "download"): BAD for name in ("html_ok", "not_json", "json_array", "empty", "redirect", "no_link",
                                            "odd_link")},
    ("url_only", "download"): None, ("both_links", "download"): None,
    **{(name, "storage"): BAD for name in ("html_ok", "empty", "redirect", "truncated", "garbage", "huge", "bomb")},
    ("link_expired", "storage"): errors.CloudJobUnknown, ("gzip_bomb", "storage"): None,
    ("slow", "job"): None, ("pending_then_failed", "job"): errors.CloudJobFailed,
    ("fails", "job"): errors.CloudJobFailed,
    ("ends_cancelled", "job"): errors.CloudJobFailed, ("pending_forever", "job"): errors.CloudDeadline,
    ("processing_forever", "job"): errors.CloudDeadline, ("mask_size", "job"): None, ("mask_fill", "job"): None,
    ("mask_layout", "job"): None,
}
UNUSED = ("list", "delete", "cancel", "estimate", "balance", "head")
"""The flow of one picture does not come by here; the last tests do."""
SLOW = {"stall": {"seconds": 60.0}, "stall_after": {"seconds": 60.0}, "trickle": {"size": 64, "seconds": 0.001}}
CASES = [(name, on) for name, kind in KINDS.items() for on in kind.on if on not in UNUSED]


def test_every_fault_has_its_expectation():
    assert set(CASES) == set(RESULTS)


@pytest.mark.parametrize(("name", "on"), CASES)
def test_a_fault(emulator, name, on):
    """It happens twice in a row, then no more; whatever came of it, the job is resumed and nothing is paid twice."""
    topaz = connect(emulator, limits=IMPATIENT if name.startswith("stall") else LIMITS)
    emulator.control.fault(name, on, times=1 if on in ("submit", "job") else 2, **SLOW.get(name, {}))
    expected = RESULTS[name, on]
    try:
        mask = flow(topaz)
    except CloudError as error:
        assert expected is not None, f"{type(error).__name__}: {error}"
        assert type(error) is expected
        assert error.hint and emulator.storage_url not in str(error)
        assert error.process_id or isinstance(error, errors.CloudOutcomeUnknown)
    else:
        assert expected is None
        check(mask, emulator, name)
    emulator.control.clear()
    assert len(emulator.of("submit")) == (2 if (name, on) == ("rate_limit", "submit") else 1)
    if emulator.jobs and not issubclass(expected or CloudError, errors.CloudJobFailed | errors.CloudDeadline):
        check(topaz.result(topaz.wait(topaz.find(NAME).process_id).process_id, WIDTH, HEIGHT), emulator, name)
    assert len(emulator.jobs) == (0 if (name, on) in NOTHING_MADE else 1)
    assert not emulator.strays and not emulator.paid_twice() and not emulator.leaks


def check(mask: np.ndarray, emulator: Emulator, fault: str) -> None:
    right = wanted(emulator)
    if right.shape != mask.shape:
        assert fault == "mask_size"
        right = cv2.resize(right, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(mask, right)


@pytest.mark.parametrize("on", [on for on in API if on in UNUSED])
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if "balance" in kind.on])
def test_a_fault_elsewhere(emulator, name, on):
    """Passing trouble is borne, twice in a row where it is no cancel; what cannot be read is an error of the tree."""
    topaz = connect(emulator, limits=IMPATIENT if name.startswith("stall") else LIMITS)
    job = topaz.submit(PICTURE, filename=NAME).process_id
    call = {"list": lambda: list(topaz.jobs()), "delete": lambda: topaz.delete(job), "balance": topaz.balance,
            "cancel": lambda: topaz.cancel(job), "estimate": lambda: topaz.estimate(WIDTH, HEIGHT)}[on]
    emulator.control.fault(name, on, times=1 if on in ("delete", "cancel") else 2, **SLOW.get(name, {}))
    passing = name in {fault for fault, _ in PASSING}
    plain = on == "list" and name == "json_array"
    try:
        call()
        assert passing or plain
    except CloudError as error:
        assert not passing, f"{type(error).__name__}: {error}"
        assert isinstance(error, errors.CloudAnswerBad) and error.hint
    assert not emulator.strays and not emulator.leaks


@pytest.mark.parametrize("on", [*API, *STORAGE[:1]])
def test_a_status_that_stays(emulator, on):
    """Every status at every place for good: an error of the tree in the end, and no second job."""
    topaz = connect(emulator)
    emulator.control.account.credits = 100
    for status in (400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 425, 429, 451, 502, 503, 504, 599):
        made = len(emulator.jobs)
        emulator.control.fault("http_error", on, times=None, status=status)
        try:
            topaz.balance()
            topaz.estimate(WIDTH, HEIGHT)
            list(topaz.jobs())
            flow(topaz, deadline_s=60.0)
            topaz.cancel(emulator.jobs[-1].process_id)
            topaz.delete(emulator.jobs[-1].process_id)
        except CloudError as error:
            assert error.code != "cloud" and error.hint
        else:
            assert on in ("cancel", "delete") and status in (404, 409)
        assert len(emulator.jobs) <= made + 1
        emulator.control.clear()


@pytest.mark.parametrize("retry", [{"retry_after": 7}, {"retry_date": 7}, {"retry_after": "soon"}])
@pytest.mark.parametrize("on", ["submit", "status"])
def test_bursts(emulator, retry, on):
    start = emulator.clock.now()
    emulator.control.fault("rate_limit", on, times=5, **retry)
    np.testing.assert_array_equal(flow(connect(emulator)), wanted(emulator))
    if "soon" not in retry.values():
        assert emulator.clock.now() - start >= 5 * 7


@pytest.mark.parametrize("seed", range(8))
def test_the_hostile_profile(seed):
    with Emulator("hostile", seed=seed, clock=Time(), credits=100) as emulator:
        topaz = connect(emulator)
        for _ in range(6):
            try:
                flow(topaz)
            except CloudError as error:
                assert error.code != "cloud"
        assert len(emulator.jobs) <= 6 and not emulator.strays and not emulator.leaks
