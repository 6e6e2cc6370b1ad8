"""The three profiles, and that a seed says everything."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.emulator import Emulator, FakeClock
from tests.emulator.caller import Caller, picture
from tests.emulator.faults import API, KINDS, STORAGE
from tests.emulator.profiles import Chance, hostile


def test_documented_completes_everything_and_spoils_nothing():
    with Emulator("documented", clock=FakeClock()) as e, Caller(e) as call:
        for model in ("RemoveBG", "Object"):
            for mode in ("alpha", "segmentation"):
                call.result(model=model, mode=mode)
        assert not any(received.fault for received in e.requests) and call.balance() == (96, 0, 96)


def test_live_fails_remove_bg_after_200_and_completes_object():
    with Emulator("live", clock=FakeClock()) as e, Caller(e) as call:
        jobs = {model: call.job(model=model) for model in ("RemoveBG", "Object")}
        assert call.balance() == (98, 2, 100)
        e.clock.advance(60)
        assert {model: call.state(job) for model, job in jobs.items()} == {"RemoveBG": "Failed", "Object": "Completed"}
        assert call.balance() == (99, 0, 99)


def journey(e: Emulator, number: int) -> list[object]:
    """What one picture meets: every answer's status, or the error's class, in order."""
    seen: list[object] = []
    with Caller(e) as call:
        for step in ("submit", *["status"] * 12, "download", "download", "storage", "storage"):
            mine = [job for job in e.jobs if job.source.file_name == f"{number}.png"]
            if not mine and step != "submit":
                break
            try:
                if step == "submit":
                    answer = call.submit(picture(20, 10, seed=number), name=f"{number}.png")
                elif step == "storage":
                    answer = call.bare.get(e._world.link(mine[0], "GET")) if mine[0].state(9e9) == "Completed" else None
                else:
                    answer = call.http.get(f"/{step}/{mine[0].process_id}")
                seen.append((step, answer.status_code if answer else None))
            except httpx.TransportError as error:
                seen.append((step, type(error).__name__))
    return seen


def journeys(seed: int, threads: int) -> list[list[object]]:
    with Emulator("hostile", seed=seed, clock=FakeClock()) as e, ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda number: journey(e, number), range(6)))


def test_a_seed_says_everything_whatever_the_order_of_threads():
    one = journeys(7, threads=1)
    assert one == journeys(7, threads=4) and one != journeys(8, threads=1)
    assert sum(isinstance(result, str) or result not in (200, 409, None) for way in one for _, result in way) > 5


def test_a_script_comes_before_chance():
    with Emulator("hostile", seed=1, clock=FakeClock()) as e, Caller(e) as call:
        e.control.fault("http_error", "balance", times=40, status=418)
        assert {call.http.get(f"{e.account_url}/credits/balance").status_code for _ in range(40)} == {418}


def test_chance_draws_every_fault_of_its_tables_and_only_possible_ones():
    chance, seen = Chance(3), Counter()
    for operation in (*API, *STORAGE, "job"):
        for _ in range(1500):
            fault = hostile(operation, chance.draw(operation, "x"))
            if fault:
                assert fault.on == operation and fault.on in KINDS[fault.name].on
                seen[operation, fault.name] += 1
    for operation in (*API, "storage", "job"):
        assert 350 <= sum(count for (on, _), count in seen.items() if on == operation) <= 550
    assert not [name for on, name in seen if on == "head"]
    slow = {"stall", "stall_after", "trickle", "huge", "gzip_bomb"}
    assert {name for _, name in seen} == set(KINDS) - slow - {"odd_link"}


def test_an_unknown_profile_or_layout_is_refused():
    with pytest.raises(ValueError, match="no profile"):
        Emulator("friendly")
    with pytest.raises(ValueError, match="no layout"):
        Emulator(layout="CMYK")
