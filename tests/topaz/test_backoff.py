"""Waits: Retry-After in both forms, doubling with chance, and the polls' steps."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.topaz.backoff import Backoff, Polls, retry_after
from cutaway.topaz.limits import Limits

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize(("said", "seconds"), [
    ("0", 0.0), ("3", 3.0), (" 7 ", 7.0), ("2.5", 2.5), ("119", 119.0), ("3600", 120.0), ("9" * 60, 120.0),
    ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0), ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
    ("Fri, 15 Jan 2027 09:00:00 GMT", 120.0), ("Friday, 15-Jan-27 08:00:10 GMT", 10.0),
])
def test_retry_after(said, seconds):
    assert retry_after(said, NOW, 120.0) == seconds


@pytest.mark.parametrize("said", [None, "", "soon", "-5", "nan", "inf", "1e9", "٣", "Fri, 99 Jan 2027", "9" * 500])
def test_retry_after_that_says_nothing(said):
    found = retry_after(said, NOW, 120.0)
    assert found is None or found == 3.0  # Arabic digits are digits


@given(st.text(max_size=80))
def test_retry_after_takes_any_text(text):
    found = retry_after(text, NOW, 120.0)
    assert found is None or 0.0 <= found <= 120.0


def test_doubling_with_half_by_chance():
    high = Backoff(Limits(), lambda: 1.0)
    assert [high.next(None) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    low = Backoff(Limits(), lambda: 0.0)
    assert [low.next(None) for _ in range(3)] == [0.5, 1.0, 2.0]


def test_slowly_starts_longer():
    slow = Backoff(Limits(), lambda: 1.0)
    assert [slow.next(None, slowly=True) for _ in range(4)] == [5, 10, 20, 30]


def test_what_the_server_says_counts_but_not_to_the_millisecond():
    waits = [Backoff(Limits(), random.Random(seed).random).next(7.0) for seed in range(20)]
    assert all(7.0 < wait <= 8.1 for wait in waits)
    assert len(set(waits)) == 20


def test_polls():
    polls = Polls(Limits())
    assert [polls.next(None) for _ in range(8)] == [2.0, 3.0, 4.5, 6.75, 10.125, 15.0, 15.0, 15.0]


def test_polls_wait_at_least_what_is_asked():
    polls = Polls(Limits())
    assert [polls.next(60.0), polls.next(1.0), polls.next(None)] == [60.0, 3.0, 4.5]
