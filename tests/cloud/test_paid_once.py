"""Other keys, full disks, slow looks: what may be paid is neither sent again nor thrown away."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from cutaway.cloud import files
from cutaway.cloud import journal as states
from cutaway.cloud.ask import Cloud
from cutaway.cloud.errand import SETTLED_S
from cutaway.cloud.owner import FILE, Owners
from cutaway.cloud.resume import resume
from cutaway.engines.auto import tried
from cutaway.errors import CloudDeadline, CloudError, CloudJobUnknown, CloudOutcomeUnknown, CloudUnreachable
from cutaway.home import Home
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from cutaway.topaz import Secret
from tests.cloud.fakes import FakeClock, FakeService
from tests.cloud.pictures import picture
from tests.cloud.seen import TOPAZ, fetched, state_of

AUTO = RemoveSettings(engine="auto")


def left_open(cloud: Cloud, service: FakeService, how: str) -> None:
    kind = CloudDeadline if how == "submitted" else CloudOutcomeUnknown
    service.raises["wait" if how == "submitted" else "submit"] = [kind("Not yet.")]
    with pytest.raises(kind):
        cloud.matte(picture(), TOPAZ, Job())


@pytest.mark.parametrize("how", ["submitted", "unknown"])
def test_another_accounts_key_ends_no_job_and_sends_nothing_again(
    cloud: Cloud, service: FakeService, clock: FakeClock, how: str
) -> None:
    left_open(cloud, service, how)
    theirs, service.jobs = service.jobs, {}
    cloud.keys.set(Secret("the-key-of-another-account"))
    sent = len(service.submits)
    for days in (0, 1, 8):
        clock.at += days * 86400
        with pytest.raises(CloudOutcomeUnknown, match="another API key"):
            cloud.matte(picture(), TOPAZ, Job())
        with pytest.raises(CloudOutcomeUnknown, match="jobs forget"):
            fetched(cloud)
        found, (note,) = tried(cloud, picture(), AUTO, Job())
        assert found is None and "may still finish" in note.message
    assert state_of(cloud) == [how] and len(service.submits) == sent
    cloud.keys.set(Secret("a-key-of-the-tests"))
    service.jobs = theirs
    if how == "submitted":
        assert cloud.matte(picture(), TOPAZ, Job()).credits == 0 and len(service.submits) == sent


def test_another_key_of_the_same_account_takes_the_job_over(cloud: Cloud, service: FakeService) -> None:
    left_open(cloud, service, "submitted")
    cloud.keys.set(Secret("a-newer-key"))
    before = cloud.journal.entries()[0].owner
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0 and len(service.submits) == 1
    assert cloud.journal.entries()[0].owner not in ("", before)


def test_a_job_of_another_service_is_another_owners(home: Home) -> None:
    owners, key = Owners(home), Secret("abc-123-def")
    mark = owners.mark(key, "https://a.example")
    assert mark == Owners(home).mark(key, "https://a.example") and len(mark) == 16
    assert len({mark, owners.mark(key, "https://b.example"), owners.mark(Secret("other"), "https://a.example")}) == 3
    assert stat.S_IMODE((home.journal / FILE).stat().st_mode) == 0o600
    (home.journal / FILE).unlink()
    assert Owners(home).mark(key, "https://a.example") != mark, "the mark is nothing without the salt"


def test_neither_key_nor_salt_is_in_the_journal(cloud: Cloud, home: Home) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    salt = (home.journal / FILE).read_bytes()
    for path in home.journal.glob("*.jsonl"):
        assert b"a-key-of-the-tests" not in path.read_bytes() and salt.hex().encode() not in path.read_bytes()


def test_a_salt_that_cannot_be_read_sends_nothing(cloud: Cloud, service: FakeService, home: Home) -> None:
    (home.journal / FILE).mkdir(parents=True)
    with pytest.raises(CloudError, match="journal"):
        cloud.matte(picture(), TOPAZ, Job())
    assert service.submits == []


def test_the_time_that_a_look_takes_proves_nothing(cloud: Cloud, service: FakeService, clock: FakeClock) -> None:
    def slowly() -> None:
        clock.at += SETTLED_S

    service.raises["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    service.raises["find"] = [None, None, slowly]  # type: ignore[list-item]
    with pytest.raises(CloudOutcomeUnknown):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.UNKNOWN]


def test_a_job_that_turns_out_never_made_is_not_waited_for(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    def slowly() -> None:
        clock.at += SETTLED_S

    service.raises["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    service.raises["find"] = [slowly]  # type: ignore[list-item]
    with pytest.raises(CloudUnreachable, match="nothing is paid"):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.ABSENT] and not {"wait", "status"} & set(service.calls)
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 1 and len(service.submits) == 1


def full_for(states_: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    append = files.append_private

    def full(path: Path, data: bytes) -> None:
        if any(f'"state": "{state}"'.encode() in data for state in states_):
            raise OSError(28, "No space left on device")
        append(path, data)

    monkeypatch.setattr("cutaway.cloud.journal.append_private", full)


@pytest.mark.parametrize("made", [True, False])
def test_a_lost_answer_that_cannot_be_written_down_is_still_one(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    full_for((states.UNKNOWN,), monkeypatch)
    (service.after if made else service.raises)["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    found, (note,) = tried(cloud, picture(), AUTO, Job())
    assert found is None and "No space left" in note.message and "may still finish" in note.message
    with pytest.raises(CloudOutcomeUnknown) if not made else monkeypatch.context():
        cloud.matte(picture(), TOPAZ, Job())
    assert len(service.submits) == (1 if made else 0)


def no_room(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def test_a_paid_mask_is_given_though_the_disk_is_full(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(cloud.results, "put", no_room)
        matte = cloud.matte(picture(), TOPAZ, Job())
        assert matte.values[:, :20].min() == 255 and [note.code for note in matte.notes] == ["cloud_not_kept"]
        assert "jobs resume" in matte.notes[0].message and state_of(cloud) == [states.COMPLETED]
        ((entry, error),) = resume(cloud, cloud.journal.open(), Job())
        assert entry.state == states.COMPLETED and error is not None and "No space left" in error.message
    assert fetched(cloud) == states.FETCHED and len(service.submits) == 1


@pytest.mark.parametrize("ends", [(states.COMPLETED, states.FETCHED), (states.FETCHED,)])
def test_a_journal_that_cannot_be_written_keeps_no_paid_mask_back(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch, ends: tuple[str, ...]
) -> None:
    full_for(ends, monkeypatch)
    matte = cloud.matte(picture(), TOPAZ, Job())
    assert (matte.credits, [note.code for note in matte.notes]) == (1, ["cloud_not_kept"])
    monkeypatch.undo()
    assert fetched(cloud) == states.FETCHED and len(service.submits) == 1


def test_a_clock_that_is_set_does_not_move_a_deadline(cloud: Cloud, service: FakeService, clock: FakeClock) -> None:
    left_open(cloud, service, "submitted")
    service.slow = {"p1"}
    began, elapsed = clock.at, [0.0]
    clock.monotonic = lambda: elapsed[0]  # type: ignore[method-assign]

    def wait(seconds: float, job: Job) -> None:
        elapsed[0] += seconds
        clock.at -= 3600.0

    clock.wait = wait  # type: ignore[method-assign]
    ((_, error),) = resume(cloud, cloud.journal.open(), Job(), deadline_s=60.0)
    assert isinstance(error, CloudDeadline) and elapsed[0] == pytest.approx(60.0) and clock.at < began


def test_a_bad_address_and_a_folder_that_is_in_the_way_are_no_end_for_auto(
    home: Home, cloud: Cloud, service: FakeService
) -> None:
    wrong = Cloud(home, url="http://example.org", keys=cloud.keys)
    found, (note,) = tried(wrong, picture(), AUTO, Job())
    assert found is None and "not a plain https address" in note.message
    with pytest.raises(CloudError, match="not a plain https"):
        wrong.balance(Job())
    cloud.matte(picture(), TOPAZ, Job())
    (entry,) = cloud.journal.entries()
    cloud.results.drop(entry.digest)
    cloud.results.path(entry.digest).mkdir()
    found, notes = tried(cloud, picture(), AUTO, Job())
    assert found is not None and "cloud_not_kept" in [note.code for note in notes + found.notes]


def test_an_upload_that_cannot_be_read_any_more_is_the_clouds_matter(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cutaway.errors import PictureUnreadable

    service.raises["submit"] = [PictureUnreadable("x.png cannot be read: gone.", "Check the name and the disk.")]
    found, (note,) = tried(cloud, picture(), AUTO, Job())
    assert found is None and "cannot be read" in note.message and state_of(cloud) == [states.REFUSED]


def test_a_404_that_does_not_last_costs_nothing(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [CloudJobUnknown("Topaz does not know this job.")]
    listed = service.jobs
    with pytest.raises(CloudJobUnknown, match="jobs resume"):
        service.after["submit"] = [lambda: setattr(service, "jobs", {})]  # type: ignore[list-item]
        cloud.matte(picture(), TOPAZ, Job())
    service.jobs = listed
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0 and len(service.submits) == 1
