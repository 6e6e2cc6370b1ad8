"""The ledger, right through complete, fail and cancel."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.caller import picture
from tests.emulator.jobs import Job, Plan, Source, ledger, price
from tests.emulator.upload import inspect

# Megapixels -> credits, as Topaz's page has them.
TABLE = {1: 1, 4: 1, 8: 1, 16: 1, 24: 1, 32: 2, 40: 2, 50: 3, 64: 3, 100: 5}


def test_the_ten_prices():
    assert {mega: price(mega * 1000, 1000) for mega in TABLE} == TABLE


def test_one_pixel_more_is_one_credit_more():
    assert [price(24_000_000 * n + more, 1) for n in (1, 2) for more in (0, 1)] == [1, 2, 2, 3]


def test_complete(call, clock):
    job = call.job()
    assert call.balance() == (99, 1, 100)
    clock.advance(7.9)
    assert call.balance() == (99, 1, 100)
    clock.advance(0.1)
    assert call.balance() == (99, 0, 99) and call.state(job) == "Completed"


def test_fail_gives_back(call, e, clock):
    e.control.fault("fails")
    call.job()
    assert call.balance() == (99, 1, 100)
    clock.advance(8)
    assert call.balance() == (100, 0, 100)


def test_cancel_gives_back_and_stays_so(call, clock):
    job = call.job()
    call.http.delete(f"/cancel/{job}")
    assert call.balance() == (100, 0, 100)
    clock.advance(100)
    assert call.balance() == (100, 0, 100)


def test_a_deleted_record_and_an_old_job_are_paid_all_the_same(call, e, clock):
    call.http.delete(f"/status/{call.job()}")
    assert call.balance() == (99, 1, 100)
    clock.advance(8 * 86400)
    assert call.balance() == (99, 0, 99) and e.ledger.charged == 1


def test_reserved_credits_cannot_be_spent_again(call, e, clock):
    e.control.account.credits = 1
    call.job()
    assert call.submit(picture(seed=1)).status_code == 402
    e.control.account.credits += 1
    assert call.submit(picture(seed=1)).status_code == 200


def test_a_picture_paid_twice_is_told(call, e, clock):
    call.job()
    assert e.paid_twice() == []
    call.job(mode="segmentation")
    call.job(model="RemoveBG")
    assert e.paid_twice() == []
    again = call.job()
    assert [(model, mode) for _, model, mode in e.paid_twice()] == [("Object", "alpha")]
    call.http.delete(f"/cancel/{again}")
    assert e.paid_twice() == []


PICTURE = picture()
FACTS = inspect(PICTURE)
PLANS = st.tuples(st.floats(0, 20), st.floats(0, 20), st.sampled_from(["Completed", "Failed", "Cancelled"]),
                  st.floats(0, 60), st.none() | st.floats(0, 60))


@settings(deadline=None)
@given(st.lists(PLANS, max_size=12), st.floats(0, 120))
def test_nothing_is_lost_or_made(plans, now):
    jobs, completed, running = [], 0, 0
    for pending, processing, end, created, cancelled in plans:
        made = Job("p", Source("s", "a", PICTURE, FACTS, 0.0), "Object", "alpha", created,
                   Plan(pending, processing, end), cancelled=cancelled)
        jobs.append(made)
        if cancelled is None:
            over = now - created >= pending and now - created >= pending + processing
            running += not over
            completed += over and end == "Completed"
    held = ledger(50, jobs, now)
    assert (held.charged, held.reserved) == (completed, running)
    assert held.available + held.reserved + held.charged == 50 and held.total == 50 - completed
