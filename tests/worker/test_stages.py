"""Progress: one fraction, which never falls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.worker.protocol import HEAVY
from cutaway.worker.stages import EVERY_S, SHARES, TEXTS, Meter

STAGES = st.sampled_from([*TEXTS, "unheard of"])


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(method=st.sampled_from(HEAVY), said=st.lists(st.tuples(STAGES, st.floats(0, 1), st.floats(0, 1))))
def test_it_stays_in_range_and_never_falls(method: str, said: list[tuple[str, float, float]]) -> None:
    told: list[float] = []
    clock = FakeClock()
    meter = Meter(method, lambda stage, fraction, text: told.append(fraction), clock)
    for stage, fraction, seconds in said:
        clock.now += seconds
        meter(stage, fraction)
    assert told == sorted(told)
    assert all(0.0 <= fraction <= 1.0 for fraction in told)


@pytest.mark.parametrize("method", HEAVY)
def test_the_shares_make_a_whole_and_every_stage_has_a_text(method: str) -> None:
    assert sum(share for _, share in SHARES[method]) == pytest.approx(1.0) or not SHARES[method]
    assert all(stage in TEXTS for stage, _ in SHARES[method])


def test_a_stage_is_told_at_once_and_its_progress_now_and_then() -> None:
    told: list[tuple[str, float, str]] = []
    clock = FakeClock()
    meter = Meter("job.run", lambda *said: told.append(said), clock)
    meter("model", 0.0)
    meter("model", 0.5)
    clock.now += 2 * EVERY_S
    meter("model", 1.0)
    meter("edges", 0.0)
    assert told == [
        ("model", 0.02, "Finding the subject"), ("model", 0.32, "Finding the subject"),
        ("edges", 0.32, "Following the edges")]


def test_an_unknown_stage_keeps_the_place() -> None:
    told: list[tuple[str, float, str]] = []
    meter = Meter("job.run", lambda *said: told.append(said), FakeClock())
    meter("edges", 1.0)
    meter("dreaming", 0.9)
    assert told[-1] == ("dreaming", told[0][1], "Working")
