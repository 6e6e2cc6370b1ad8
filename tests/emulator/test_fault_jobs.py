"""Every fault that befalls a job."""

import pytest

from tests.emulator.caller import opened, picture


def test_a_long_pending_then_failed(call, e, clock):
    e.control.fault("pending_then_failed", pending=5400)
    job = call.job()
    clock.advance(5399)
    assert call.state(job) == "Pending" and call.balance() == (99, 1, 100)
    clock.advance(1)
    assert call.state(job) == "Failed" and call.balance() == (100, 0, 100)


def test_ninety_minutes_pass_at_once(call, e, clock):
    e.control.fault("slow", pending=3600, processing=1800)
    job, seen = call.job(), []
    for _ in range(10):
        row = call.status(job).json()
        seen.append((row["status"], row["progress"]))
        clock.advance(600)
    assert seen == [("Pending", 0)] * 6 + [("Processing", 0), ("Processing", 33), ("Processing", 66)] + [
        ("Completed", 100)]


@pytest.mark.parametrize(("name", "state"), [("pending_forever", "Pending"), ("processing_forever", "Processing")])
def test_for_ever(call, e, clock, name, state):
    e.control.fault(name)
    job = call.job()
    clock.advance(6 * 86400)
    row = call.status(job).json()
    assert (row["status"], row["progress"]) == (state, 0) and row["eta"] == row["creation_time"] + 5400
    assert call.balance() == (99, 1, 100)
    assert call.http.delete(f"/cancel/{job}").status_code == 204
    assert call.balance() == (100, 0, 100)


@pytest.mark.parametrize(("name", "state"), [("fails", "Failed"), ("ends_cancelled", "Cancelled")])
def test_a_bad_end(call, e, name, state):
    e.control.fault(name)
    job, good = call.job(), call.job(picture(seed=1))
    e.clock.advance(60)
    assert (call.state(job), call.state(good)) == (state, "Completed") and call.balance() == (99, 0, 99)


@pytest.mark.parametrize("mode", ["alpha", "segmentation"])
@pytest.mark.parametrize(("choice", "shape"), [
    ({"size": (7, 5)}, (5, 7)), ({"size": [90, 80]}, (80, 90)), ({"scale": 0.5}, (20, 30)), ({"scale": 2}, (80, 120)),
    ({"size": (1, 1)}, (1, 1)), ({}, (20, 30))])
def test_a_mask_of_another_size(call, e, mode, choice, shape):
    e.control.fault("mask_size", **choice)
    job = call.done(mode=mode)
    row = call.status(job).json()
    assert (row["output_height"], row["output_width"]) == shape
    assert (row["input_height"], row["input_width"]) == (40, 60)
    array = opened(call.bare.get(call.link(job)).content)
    assert array.shape == (shape if mode == "alpha" else (*shape, 4))
    mask = array if mode == "alpha" else array[..., 3]
    assert (mask == e.mask(e.jobs[0])).all()


@pytest.mark.parametrize("mode", ["alpha", "segmentation"])
@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_and_a_full_mask(call, e, mode, value):
    e.control.fault("mask_fill", value=value)
    array = opened(call.result(mode=mode))
    assert set((array if mode == "alpha" else array[..., 3]).ravel()) == {value}


def test_a_layout_for_one_job(call, e):
    e.control.fault("mask_layout", layout="LA")
    assert opened(call.result()).shape == (40, 60, 2) and opened(call.result()).shape == (40, 60)


def test_a_fault_of_a_job_and_one_of_its_answer(call, e):
    e.control.fault("fails")
    e.control.fault("error_after", "submit")
    assert call.submit().status_code == 500
    e.clock.advance(60)
    assert e.state(e.jobs[0].process_id) == "Failed"


def test_a_refused_submit_uses_up_no_fault_of_a_job(call, e):
    e.control.fault("fails")
    assert call.submit(b"no picture").status_code == 415
    assert call.state(call.done()) == "Failed"
