"""The engine Topaz cloud stopped in the middle of it, by the user or by force, and with many pictures at once."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.shop import Shop, pictures, topaz, wait_until

pytestmark = pytest.mark.model


@pytest.mark.parametrize("phase", ["submit", "status", "storage"])
def test_ctrl_c(shop: Shop, cat: Path, phase: str) -> None:
    if phase == "status":
        shop.service.control.fault("processing_forever")
    else:
        shop.service.control.fault("stall", phase, seconds=30.0)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of(phase), 60)
    process.send_signal(signal.SIGINT)
    stopped = shop.ended(process)
    assert (stopped.code, stopped.err.splitlines()[-1]) == (130, "0 of 1 done, 1 cancelled.")
    assert ("1 picture may still be at Topaz, and be paid for." in stopped.err) == (phase != "status")
    shop.service.control.clear()
    if phase == "status":
        assert shop.service.wait(lambda: shop.service.of("cancel"), 20)
    shop.wait_for_rest()
    if phase != "submit":  # there the job may be made once the stalled request is read on
        wait_until(lambda: shop.service.ledger.reserved == 0)
        assert shop.service.ledger.charged == (1 if phase == "storage" else 0)
    states = shop.states()
    assert states == {"submit": ["unknown"], "status": ["cancelled"], "storage": ["completed"]}[phase]
    if phase == "storage":
        assert shop("jobs", "resume").code == 0 and shop("remove", cat, *topaz()).code == 0
        assert len(shop.service.jobs) == 1


# Kills. The emulator holds the answer at the step; then the worker is gone without a word.

STEPS = [("stall_after", "submit", "unknown"), ("stall", "status", "submitted"), ("stall", "download", "completed"),
         ("stall", "storage", "completed")]


@pytest.mark.parametrize(("fault", "on", "state"), STEPS)
def test_killed_and_resumed(shop: Shop, cat: Path, fault: str, on: str, state: str) -> None:
    shop.service.control.fault(fault, on, seconds=30.0)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of(on) and shop.service.jobs, 60)
    shop.kill()
    died = shop.ended(process)
    assert died.code == 1 and "The background process ended unexpectedly." in died.err
    shop.service.control.clear()
    (job,) = shop.jobs()
    assert job.state == ("intent" if on == "submit" else state) and not job.ended
    wait_until(lambda: shop.service.ledger.reserved == 0)
    mask = cat.with_name("mask.png")
    resumed = shop("jobs", "resume", job.id[:6], "-o", mask)
    assert resumed.code == 0, resumed.err
    with Image.open(mask) as shown:
        assert (shown.mode, shown.size) == ("L", (160, 120))
        assert (np.asarray(shown) == shop.service.mask(shop.service.jobs[0])).all()
    assert shop("jobs", "resume").out == "There is nothing to fetch.\n"
    done = shop("remove", cat, "--engine", "topaz", "--overwrite")
    assert done.code == 0 and "paid for before" in done.err, "not even consent is needed for what was paid for"
    assert len(shop.service.of("submit")) == 1 and shop.service.ledger.charged == 1


def test_killed_before_anything_arrived(shop: Shop, cat: Path) -> None:
    shop.service.control.fault("rate_limit", "submit", times=None, retry_after=60)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of("submit"), 60)
    assert list((shop.home / "journal" / "sending").glob("*.png"))
    shop.kill()
    shop.ended(process)
    shop.service.control.clear()
    again = shop("remove", cat, *topaz())
    assert again.code == 1 and "whether it has taken the picture is not known yet" in again.err
    assert "It is not sent again meanwhile." in again.err and len(shop.service.of("submit")) == 1
    assert shop.states() == ["unknown"] and shop("jobs", "resume").code == 1
    assert not list((shop.home / "journal" / "sending").glob("*.png")), "what a killed process has left is removed"


# Many.

@pytest.mark.parametrize(("at_once", "count"), [(3, 50), (8, 16)])
def test_many_pictures_under_bursts_of_too_many_requests(
    shop: Shop, tmp_path: Path, cat: Path, at_once: int, count: int
) -> None:
    for on, after in (("submit", 4), ("submit", 12), ("status", 10), ("download", 6), ("storage", 9)):
        shop.service.control.fault("rate_limit", on, times=4, after=after)
    assert shop("remove", cat).code == 0  # loads the model, and all that a run needs
    before = float(str(shop.status()["memory_mb"]))
    shop.hold()
    sources = pictures(tmp_path / "in", count)
    process = shop.started("remove", *sources, "-o", f"{tmp_path}/out/", "--at-once", str(at_once), *topaz())
    assert shop.service.wait(lambda: len(shop.service.jobs) == at_once, 60)
    shop.let_go()
    done = shop.ended(process)
    assert done.code == 0 and done.err.splitlines()[-1] == f"{count} of {count} done.", done.err
    assert len(list((tmp_path / "out").glob("*_cutout.png"))) == count
    assert (len(shop.service.jobs), shop.service.ledger.charged) == (count, count)
    assert shop.service.most["jobs"] == at_once and shop.service.most["submit"] <= at_once
    assert shop.service.control.left() == [] and shop.states() == ["fetched"] * count
    assert float(str(shop.status()["memory_mb"])) < before + 300


def test_work_on_this_computer_goes_on_while_three_hang_at_topaz(shop: Shop, tmp_path: Path, cat: Path) -> None:
    shop.service.control.fault("pending_forever", times=3)
    hanging = shop.started("remove", *pictures(tmp_path / "in", 3), "-o", f"{tmp_path}/out/", *topaz())
    try:
        assert shop.service.wait(lambda: len(shop.service.jobs) == 3, 60)
        done = shop("remove", cat)
        assert done.code == 0 and cat.with_name("cat_cutout.png").exists()
        assert hanging.poll() is None and shop.service.ledger.reserved == 3
    finally:
        hanging.send_signal(signal.SIGINT)
    assert shop.ended(hanging).code == 130
    wait_until(lambda: shop.service.ledger.reserved == 0)
    wait_until(lambda: set(shop.states()) == {"cancelled"})
