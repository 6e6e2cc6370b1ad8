"""Answers are read tolerantly, and refused where nothing can be made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.errors import CloudAnswerBad
from cutaway.topaz import parse
from cutaway.topaz.answers import Balance, Estimate, Submitted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["status", "process_id", "progress", "eta", "credits", "data", "pagination", "next_cursor",
                         "download_url", "url", "expiry", "duration", "available_credits"]), inner, max_size=5),
    max_leaves=12)


def test_a_job_with_everything():
    said = {"process_id": "p", "status": "Processing", "progress": 40, "eta": 1_800_000_000, "credits": 2,
            "filename": "a.png", "model": "Object", "creation_time": 1_799_999_999, "new": [1]}
    job = parse.job(said)
    assert (job.process_id, job.status, job.progress, job.eta, job.credits) == ("p", "Processing", 40.0, 1.8e9, 2)
    assert (job.filename, job.model, job.created, job.raw) == ("a.png", "Object", 1_799_999_999.0, said)
    assert not job.ended


@pytest.mark.parametrize(("word", "known", "ended"), [
    ("Completed", "Completed", True), ("completed", "Completed", True), (" FAILED ", "Failed", True),
    ("Cancelled", "Cancelled", True), ("Pending", "Pending", False), ("Levitating", "Levitating", False)])
def test_words(word, known, ended):
    job = parse.job({"status": word}, "p")
    assert (job.status, job.ended) == (known, ended)


@pytest.mark.parametrize(("said", "progress"), [
    (None, 0.0), ("55", 55.0), (-3, 0.0), (1000, 100.0), ("x", 0.0), (float("nan"), 0.0), (True, 0.0), ([], 0.0)])
def test_progress(said, progress):
    assert parse.job({"status": "Pending", "progress": said}, "p").progress == progress


@pytest.mark.parametrize(("said", "credits"), [(None, None), (2, 2), (1.5, 2), ("3", 3), (-1, 0), ("x", None)])
def test_credits(said, credits):
    assert parse.job({"status": "Pending", "credits": said}, "p").credits == credits


@pytest.mark.parametrize("said", [None, [], "Completed", {}, {"status": 5}, {"status": None}])
def test_no_job(said):
    with pytest.raises(CloudAnswerBad):
        parse.job(said, "p")


def test_the_job_that_was_asked_for_keeps_its_name():
    assert parse.job({"status": "Pending", "process_id": "other"}, "mine").process_id == "mine"


@pytest.mark.parametrize(("said", "seconds"), [
    (1_800_000_000, 1.8e9), (1_800_000_000_500, 1_800_000_000.5), ("1800000000", 1.8e9), (-5, 0.0), (None, 0.0),
    ("2027-01-15T08:00:00Z", 1.8e9), ("2027-01-15T09:00:00+01:00", 1.8e9), ("tomorrow", 0.0), ({}, 0.0)])
def test_moments(said, seconds):
    assert parse.moment(said) == seconds


def test_pages():
    row = {"process_id": "p", "status": "Failed"}
    page = parse.page({"data": [row, 7, {}, None], "pagination": {"next_cursor": "c", "has_next_page": True}})
    assert [job.process_id for job in page.jobs] == ["p"]
    assert page.next_cursor == "c"
    assert parse.page([row]).next_cursor == ""


@pytest.mark.parametrize("turn", [
    None, {}, [], {"has_next_page": False, "next_cursor": "c"}, {"has_next_page": True},
    {"has_next_page": True, "next_cursor": 5}])
def test_the_last_page(turn):
    assert parse.page({"data": [], "pagination": turn}).next_cursor == ""


@pytest.mark.parametrize("said", [None, "x", {}, {"data": {}}, 5])
def test_no_page(said):
    with pytest.raises(CloudAnswerBad):
        parse.page(said)


@pytest.mark.parametrize(("said", "link"), [
    ({"download_url": "a", "url": "b"}, "a"), ({"url": "b"}, "b"), ({"download_url": "", "url": "b"}, "b"),
    ({"download_url": None, "url": "b"}, "b"), ({"download_url": 5, "url": "b"}, "b")])
def test_links(said, link):
    assert parse.links({**said, "expiry": "2027-01-15T08:00:00Z"}).download_url == link


@pytest.mark.parametrize("said", [None, {}, [], {"head_url": "a"}, {"url": ""}])
def test_no_link(said):
    with pytest.raises(CloudAnswerBad):
        parse.links(said)


def test_a_signed_link_is_not_in_the_repr():
    assert "5igned" not in repr(parse.links({"url": "https://s.test/5igned", "head_url": "https://s.test/5igned"}))


@pytest.mark.parametrize(("said", "headers", "found"), [
    ({"process_id": "p", "source_id": "s", "eta": 5}, {}, Submitted("p", "s", 5.0)),
    (None, {"x-process-id": "h", "x-source-id": "t", "x-eta": "6"}, Submitted("h", "t", 6.0)),
    ([], {"x-process-id": "h"}, Submitted("h")),
    ({"process_id": ""}, {"x-process-id": "h"}, Submitted("h")),
    ({"process_id": "../../x"}, {}, None), ({"process_id": 5}, {}, None), ({}, {}, None),
    ({"process_id": "p" * 200}, {}, None), ({"process_id": "p\n"}, {}, None)])
def test_submitted(said, headers, found):
    assert parse.submitted(said, headers) == found


def test_estimate_and_balance():
    assert parse.estimate({"duration": 3, "credits": 1.2}) == Estimate(3.0, 2)
    assert parse.estimate({"credits": "2"}) == Estimate(0.0, 2)
    assert parse.balance({"available_credits": 9.9, "reserved_credits": 1, "total_credits": 10.9}) == Balance(9, 1, 10)
    assert parse.balance({"available_credits": 5}) == Balance(5, 0, 5)
    for said in (None, [], {}, {"credits": None}, {"available_credits": "many"}):
        with pytest.raises(CloudAnswerBad):
            parse.estimate(said)
        with pytest.raises(CloudAnswerBad):
            parse.balance(said)


@given(JSON)
def test_any_json_is_read_or_refused(said):
    for read in (parse.job, parse.page, parse.links, parse.estimate, parse.balance):
        try:
            read(said)
        except CloudAnswerBad:
            continue
    parse.submitted(said, {})
