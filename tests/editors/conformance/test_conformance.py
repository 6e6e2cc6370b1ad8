"""Every case in every host, judged by independent readers; see cases.py for the table and host.py for the port."""

from __future__ import annotations

from typing import Any

import pytest

from .cases import CASES, Case
from .judge import judge, judge_scene


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(host_name: str, case: Case, ran: Any, request: pytest.FixtureRequest) -> None:
    from .conftest import HOSTS

    excluded = HOSTS[host_name].EXCLUDED.get(case.id)
    if excluded:
        pytest.skip(f"{host_name} cannot have {case.id}: {excluded}")
    done = ran(host_name)
    outcome = done.outcomes[case.id]
    if outcome.before is not None and not done.host.FLAT:
        judge_scene(done.scenes[case.id], outcome.before)
    judge(done.host, done.scenes[case.id], outcome)
    if case.big:  # some hundred megabytes
        done.outcomes[case.id] = done.scenes[case.id] = None
