"""One table: every documented status where it can come, and every other by its hundreds."""

import pytest

from cutaway import errors
from cutaway.topaz import statuses
from cutaway.topaz.statuses import PLACES, meaning

READS = [place for place in PLACES if place not in ("submit", "storage")]
CONTRACT = [
    # status, where, class, retry
    *[(400, place, errors.CloudRefused, False) for place in (*READS, "submit")],
    *[(401, place, errors.CloudKeyRefused, False) for place in (*READS, "submit")],
    (402, "submit", errors.CloudNoCredits, False),
    *[(403, place, errors.CloudForbidden, False) for place in (*READS, "submit")],
    *[(404, place, errors.CloudJobUnknown, False) for place in ("status", "download", "cancel", "delete")],
    (409, "download", errors.CloudNotReady, False),
    (409, "cancel", errors.CloudNotReady, False),
    (412, "submit", errors.CloudNoSubscription, False),
    (413, "submit", errors.CloudRefused, False),
    (415, "submit", errors.CloudRefused, False),
    (422, "submit", errors.CloudRefused, False),
    (425, "submit", errors.CloudBusy, True),
    *[(429, place, errors.CloudBusy, True) for place in PLACES],
    *[(status, place, errors.CloudUnreachable, True) for status in (500, 502, 503, 504) for place in READS],
    *[(status, "storage", errors.CloudUnreachable, True) for status in (500, 502, 503, 504)],
    *[(status, "submit", errors.CloudOutcomeUnknown, False) for status in (500, 502, 503, 504)],
]


@pytest.mark.parametrize(("status", "place", "kind", "retry"), CONTRACT)
def test_the_contract(status, place, kind, retry):
    found = meaning(status, place)
    assert found.error is kind
    assert found.retry is retry
    assert status in statuses.DOCUMENTED


def test_every_documented_status_is_in_the_contract_above():
    assert {row[0] for row in CONTRACT} == statuses.DOCUMENTED


@pytest.mark.parametrize(("status", "place", "kind", "retry"), [
    (418, "status", errors.CloudRefused, False), (451, "submit", errors.CloudRefused, False),
    (599, "status", errors.CloudUnreachable, True), (520, "submit", errors.CloudOutcomeUnknown, False),
    (302, "status", errors.CloudAnswerBad, False), (302, "submit", errors.CloudOutcomeUnknown, False),
    (101, "status", errors.CloudAnswerBad, False), (999, "balance", errors.CloudAnswerBad, False),
    (301, "storage", errors.CloudAnswerBad, False), (405, "storage", errors.CloudAnswerBad, False),
    (408, "status", errors.CloudUnreachable, True), (408, "submit", errors.CloudOutcomeUnknown, False),
    (404, "balance", errors.CloudRefused, False), (404, "submit", errors.CloudRefused, False),
    (403, "storage", errors.CloudJobUnknown, False), (410, "storage", errors.CloudJobUnknown, False),
])
def test_nobody_documented_these(status, place, kind, retry):
    found = meaning(status, place)
    assert (found.error, found.retry) == (kind, retry)


@pytest.mark.parametrize("place", PLACES)
def test_every_status_means_something_one_can_read(place):
    for status in [*range(100, 200), *range(300, 1000)]:
        found = meaning(status, place)
        assert issubclass(found.error, errors.CloudError)
        assert found.message.endswith(".") and found.message.count(".") == 1
        assert found.hint


def test_a_submit_that_may_have_made_a_job_is_never_sent_again():
    for status in [*range(100, 200), *range(300, 1000)]:
        if meaning(status, "submit").retry:
            assert status in (425, 429)


def test_the_storage_never_blames_the_key_or_the_credits():
    blaming = (errors.CloudKeyRefused, errors.CloudForbidden, errors.CloudNoCredits, errors.CloudNoSubscription)
    assert not [s for s in range(300, 1000) if issubclass(meaning(s, "storage").error, blaming)]


def test_good():
    assert [status for status in range(100, 600) if statuses.good(status)] == list(range(200, 300))
