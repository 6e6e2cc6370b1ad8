"""The journal: on the disk before the next step, readable after a crash at any byte."""

from __future__ import annotations

import errno
import os
import stat
import threading

import numpy as np
import pytest

from cutaway.cloud import files, results
from cutaway.cloud import journal as states
from cutaway.cloud.consent import Consent
from cutaway.cloud.journal import KEPT_S, TIDY_S, Entry, Journal
from cutaway.cloud.results import Results, digest
from cutaway.cloud.upload import ArrayRows, SentRows
from cutaway.errors import Cancelled, CloudBusy, CloudError, CloudNotAllowed
from cutaway.home import Home
from cutaway.job import Job
from tests.cloud.pictures import picture


def begun(journal: Journal, name: str = "d1") -> Entry:
    return journal.begin(name, "RemoveBG", "alpha", 40, 30, 1)


def test_an_intent_is_there_for_another_process(home: Home) -> None:
    entry = begun(Journal(home))
    assert Journal(home).entries() == [entry] == Journal(home).open("d1")
    assert entry.state == states.INTENT and not entry.ended
    (path,) = home.journal.glob("*.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(home.journal.stat().st_mode) == 0o700


def test_file_names_are_made_up_and_never_the_same(home: Home) -> None:
    journal = Journal(home)
    assert len({begun(journal).filename for _ in range(50)}) == 50


def test_the_last_state_counts_and_ended_ones_are_not_open(home: Home) -> None:
    journal = Journal(home)
    entry = journal.note(begun(journal), states.SUBMITTED, process_id="p1")
    assert Journal(home).find(entry.id).process_id == "p1"
    journal.note(entry, states.FETCHED)
    assert Journal(home).open() == [] and Journal(home).entries()[0].state == states.FETCHED


def test_a_crash_at_any_byte_of_a_line_leaves_the_line_before(home: Home) -> None:
    journal = Journal(home)
    first = begun(journal)
    (path,) = home.journal.glob("*.jsonl")
    whole = path.read_bytes()
    second = journal.note(first, states.SUBMITTED, process_id="p1")
    both = path.read_bytes()
    for cut in range(len(whole), len(both)):
        path.write_bytes(both[:cut])
        found = Journal(home).entries()[0]
        assert found == (second if cut >= len(both) - 1 else first)
        again = Journal(home).note(found, states.UNKNOWN)
        assert Journal(home).entries() == [again], "what is written after a cut line is not lost with it"


def test_a_file_that_is_no_entry_does_no_harm(home: Home) -> None:
    entry = begun(Journal(home))
    (whole,) = home.journal.glob("*.jsonl")
    (home.journal / "rubbish.jsonl").write_bytes(b"\xff\x00 nonsense\n[1, 2]\n")
    (home.journal / "empty.jsonl").touch()
    (home.journal / "other.jsonl").write_text(whole.read_text())
    assert Journal(home).entries() == [entry]


def test_old_ended_ones_go_and_open_ones_never(home: Home) -> None:
    now = [1_000_000.0]
    journal = Journal(home, lambda: now[0])
    journal.note(begun(journal), states.FETCHED)
    kept = begun(journal)
    now[0] += KEPT_S + 1
    new = begun(journal)
    assert [entry.id for entry in journal.entries()] == [kept.id, new.id]


def test_finding_by_the_beginning_of_an_id(home: Home) -> None:
    journal = Journal(home)
    entry = journal.note(begun(journal), states.SUBMITTED, process_id="p-77")
    assert journal.find(entry.id[:6]) == entry == journal.find("p-77")
    for wrong in ("", "zzz"):
        with pytest.raises(CloudError, match="cutaway jobs"):
            journal.find(wrong)


def test_a_disk_that_takes_nothing_is_said_before_anything_is_sent(home: Home) -> None:
    home.path.mkdir()
    home.journal.write_text("in the way")
    with pytest.raises(CloudError, match="journal"):
        begun(Journal(home))


def test_consent(home: Home) -> None:
    consent = Consent(home)
    assert isinstance(consent.refusal("remembered"), CloudNotAllowed)
    assert consent.refusal("once") is None
    assert not consent.given, "once is not remembered"
    assert consent.refusal("always") is None and Consent(home).refusal("remembered") is None
    assert isinstance(consent.refusal("never"), CloudNotAllowed)
    assert not Consent(home).given
    (home.path / "consent.json").write_text("[]")
    assert not Consent(home).given


def test_a_consent_that_cannot_be_kept_is_said(home: Home) -> None:
    home.path.write_text("in the way")
    with pytest.raises(CloudError, match="decision"):
        Consent(home).refusal("always")


def test_the_digest_tells_services_pictures_models_and_modes_apart() -> None:
    def named(values: np.ndarray, model: str = "RemoveBG", mode: str = "alpha", service: str = "s") -> str:
        return digest(ArrayRows(values), service, model, mode, Job())

    one, other = picture(seed=1).pixels, picture(seed=2).pixels
    turned = one.reshape(one.shape[1], one.shape[0], 3)
    names = {named(one), named(other), named(one, "Object"), named(one, mode="segmentation"), named(turned),
             named(one, service="t")}
    assert len(names) == 6 and named(one.copy()) in names


def test_the_digest_is_that_of_the_whole_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = SentRows(picture())
    whole = digest(rows, "s", "RemoveBG", "alpha", Job())
    monkeypatch.setattr(results, "STRIP_BYTES", 500)
    assert digest(rows, "s", "RemoveBG", "alpha", Job()) == whole
    stopped = Job()
    stopped.cancel()
    with pytest.raises(Cancelled):
        digest(rows, "s", "RemoveBG", "alpha", stopped)


def test_the_jobs_of_a_picture_are_found_without_reading_the_others(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, read = Journal(home), states._read
    wanted = [begun(journal, "a" * 64), begun(journal, "a" * 64)]
    for _ in range(20):
        begun(journal, "b" * 64)
    seen = []
    monkeypatch.setattr(states, "_read", lambda path: seen.append(path) or read(path))
    assert sorted(entry.id for entry in Journal(home).of("a" * 64)) == sorted(entry.id for entry in wanted)
    assert journal.fresh(wanted[0]) == wanted[0] and begun(journal, "a" * 64) and len(seen) == 3


def test_a_file_that_is_named_by_its_id_alone_is_read_and_goes_on(home: Home) -> None:
    journal = Journal(home)
    entry = begun(journal)
    (path,) = home.journal.glob("*.jsonl")
    path.rename(home.journal / f"{entry.id}.jsonl")
    assert journal.of("d1") == [entry]
    changed = journal.note(entry, states.SUBMITTED, process_id="p1")
    assert journal.entries() == [changed] == journal.of("d1") and len(list(home.journal.glob("*.jsonl"))) == 1
    journal.forget(changed)
    assert journal.entries() == []
    with pytest.raises(CloudError, match="any more"):
        journal.fresh(changed)


def test_locks_of_other_pictures_go_and_the_one_that_is_held_stays(home: Home) -> None:
    now = [1_000_000.0]
    journal = Journal(home, lambda: now[0])
    for name in ("a" * 64, "a" * 15 + "b" * 49):
        with journal.turn(name, Job()):
            begun(journal, name)
    assert len(list(home.journal.glob("*.lock"))) == 2, "pictures do not wait for each other"
    now[0] += TIDY_S + 1
    with journal.turn("c" * 64, Job()):
        begun(journal, "c" * 64)
        assert [path.name for path in home.journal.glob("*.lock")] == [f"{'c' * 16}.lock"]


def test_what_cannot_be_tidied_keeps_no_picture_from_being_sent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(states, "write_private", broken)
    journal = Journal(home)
    assert begun(journal).state == states.INTENT
    entry = begun(journal)
    monkeypatch.setattr(type(home.path), "unlink", broken)
    with pytest.raises(CloudError, match="Permission denied"):
        journal.forget(entry)


def test_a_new_folder_is_on_the_disk_with_all_it_lies_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    begun(Journal(home))
    assert synced[:3] == [home.path.parent, home.path, home.journal]


def test_what_is_used_stays_in_the_cache(home: Home) -> None:
    kept = Results(home, most_bytes=250)
    for number, name in enumerate("ab"):
        kept.put(name, name.encode() * 100)
        os.utime(kept.path(name), (1000.0 + number, 1000.0 + number))
    assert kept.get("a") == b"a" * 100
    kept.put("c", b"c" * 100)
    assert kept.get("b") is None and kept.get("a") == b"a" * 100


def test_results_keep_and_prune_the_oldest(home: Home) -> None:
    results = Results(home, most_bytes=250)
    assert results.get("a") is None
    for name in "abc":
        results.put(name, name.encode() * 100)
    assert results.get("a") is None and results.get("b") == b"b" * 100 and results.get("c") == b"c" * 100
    results.put("big", b"x" * 1000)
    assert results.get("big") == b"x" * 1000 and results.get("c") is None
    results.drop("big")
    assert results.get("big") is None


def test_a_disk_that_takes_half_a_line_is_full(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(home)
    entry = begun(journal)
    write = files.os.write
    monkeypatch.setattr(files.os, "write", lambda descriptor, data: write(descriptor, data[: len(data) // 2]))
    with pytest.raises(CloudError, match=files.os.strerror(errno.ENOSPC)) as caught:
        journal.note(entry, states.SUBMITTED, process_id="p1")
    assert caught.value.process_id == "p1"
    monkeypatch.undo()
    assert Journal(home).entries() == [entry]


def test_one_at_a_time_for_each_picture(home: Home) -> None:
    journal, inside, out = Journal(home), threading.Event(), threading.Event()

    def first() -> None:
        with journal.turn("abc1", Job()):
            inside.set()
            assert out.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(10)
        with Journal(home).turn("def2", Job()):
            pass
        with pytest.raises(CloudBusy), Journal(home).turn("abc1", Job(), wait=False):
            pass
        waiting = Job()
        threading.Timer(0.1, waiting.cancel).start()
        with pytest.raises(Cancelled), Journal(home).turn("abc1", waiting):
            pass
    finally:
        out.set()
        thread.join()
    with Journal(home).turn("abc1", Job(), wait=False):
        assert len(list(home.journal.glob("*.lock"))) == 2


def test_results_that_another_process_prunes_meanwhile(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Results(home, most_bytes=10)
    kept.put("a", b"x" * 100)
    gone = kept.path("gone")
    monkeypatch.setattr(type(home.path), "glob", lambda folder, pattern: iter([gone, kept.path("a")]))
    kept.put("a", b"y" * 100)
    assert kept.get("a") == b"y" * 100
