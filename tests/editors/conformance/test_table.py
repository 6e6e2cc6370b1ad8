"""The table itself: nothing in it is empty, unknown or silently left out."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from ..sandbox import CHECKOUT
from .cases import BY_ID, CASES, STAGES
from .conftest import HOSTS
from .defects import DEFECTS

# How many cases each host cannot have. Who adds one says so here, and why in the host's EXCLUDED.
EXCLUDED = {"gimp3": 2, "gimp2": 5, "krita": 11, "files": 41}


def test_ids_are_unique() -> None:
    assert [name for name, count in Counter(case.id for case in CASES).items() if count > 1] == []


def test_what_a_host_cannot_have_is_named_with_the_reason_and_counted() -> None:
    assert {name: len(host.EXCLUDED) for name, host in HOSTS.items()} == EXCLUDED
    for name, host in HOSTS.items():
        assert set(host.EXCLUDED) <= set(BY_ID), name
        assert all(len(reason) > 15 for reason in host.EXCLUDED.values()), name


def test_every_case_is_had_by_some_host_and_most_by_all_editors() -> None:
    for case in CASES:
        assert any(case.id not in host.EXCLUDED for host in HOSTS.values()), case.id
    editors = [host for name, host in HOSTS.items() if name != "files"]
    everywhere = [case for case in CASES if all(case.id not in host.EXCLUDED for host in editors)]
    assert len(everywhere) > 0.8 * len(CASES)


def test_every_stage_is_met_by_a_cancel_and_by_the_workers_death() -> None:
    for act in ("cancel", "worker dies"):
        assert {case.stage for case in CASES if case.act == act} == set(STAGES)


def test_where_gimps_undo_is_tried_instead() -> None:
    for name in ("gimp2", "gimp3"):
        for reason in HOSTS[name].EXCLUDED.values():
            for word in reason.split():
                assert "/" not in word or (CHECKOUT / word).is_file(), reason


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_has_what_would_find_it(defect: str) -> None:
    named = DEFECTS[defect]
    assert named
    for each in named:
        if "::" not in each:
            assert each in BY_ID, each
            continue
        path, _, function = each.partition("::")
        tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, each
