"""Every row of the contract's table of requests."""

import math
import uuid

import pytest

from tests.emulator.caller import opened, picture
from tests.emulator.results import luminance

FIELDS = {
    "process_id", "source_id", "filename", "input_format", "input_height", "input_width", "output_format",
    "output_height", "output_width", "category", "model_type", "model", "crop_to_fill", "status", "progress", "eta",
    "creation_time", "modification_time", "credits",
}


def test_submit_answers_ids_and_repeats_them_in_headers(call, clock):
    answer = call.submit()
    body = answer.json()
    assert answer.status_code == 200 and set(body) == {"process_id", "source_id", "eta"}
    assert uuid.UUID(body["process_id"]) != uuid.UUID(body["source_id"])
    assert body["eta"] == clock.now() + 8
    assert answer.headers["X-Process-ID"] == body["process_id"]
    assert answer.headers["X-Source-ID"] == body["source_id"]
    assert answer.headers["X-ETA"] == str(body["eta"])


@pytest.mark.parametrize("model", ["RemoveBG", "Object"])
def test_both_models_complete_as_documented(call, model):
    assert call.state(call.done(model=model)) == "Completed"


def test_the_mode_is_segmentation_where_none_is_said(call, e):
    answer = call.http.post("/matting/async", data={"model": "Object"}, files={"image": ("a.png", picture())})
    assert answer.status_code == 200 and e.jobs[0].mode == "segmentation"


def test_unknown_fields_are_ignored_but_written_down(call, e):
    assert call.submit(feather="3", crop="yes").status_code == 200
    assert e.requests[-1].field("feather") == "3"


def test_png_is_an_output_format_for_object_and_a_webhook_is_taken(call):
    assert call.submit(output_format="png", webhook_url="http://127.0.0.1:9/hook").status_code == 200


def test_a_picture_that_was_sent_can_be_used_again_by_its_id(call, e):
    first = call.submit().json()
    form = {"model": (None, "Object"), "source_id": (None, first["source_id"])}
    again = call.http.post("/matting/async", files=form).json()
    assert again["source_id"] == first["source_id"] and again["process_id"] != first["process_id"]
    assert e.jobs[0].source.sha256 == e.jobs[1].source.sha256


def test_a_source_url_must_be_known_to_the_test(call, e):
    form = {"model": (None, "Object"), "source_url": (None, "http://pictures.invalid/cat.png")}
    assert call.http.post("/matting/async", files=form).status_code == 400
    e.control.source("http://pictures.invalid/cat.png", picture())
    assert call.http.post("/matting/async", files=form).status_code == 200
    assert e.jobs[0].source.file_name == "cat.png"


def test_status_has_every_field_of_the_contract(call, clock):
    job = call.job(picture(60, 40))
    row = call.status(job).json()
    assert set(row) == FIELDS
    assert (row["process_id"], row["filename"], row["category"], row["model"]) == (job, "a.png", "Matting", "Object")
    assert (row["input_width"], row["input_height"], row["input_format"]) == (60, 40, "png")
    assert (row["output_width"], row["output_height"], row["output_format"]) == (60, 40, "png")
    assert (row["creation_time"], row["credits"]) == (clock.now(), 1)


def test_a_job_goes_through_its_states_with_the_clock(call, clock):
    job, seen = call.job(), []
    for _ in range(10):
        row = call.status(job).json()
        seen.append((row["status"], row["progress"], row["modification_time"] - row["creation_time"]))
        clock.advance(1)
    assert [state for state, _, _ in seen] == ["Pending"] * 2 + ["Processing"] * 6 + ["Completed"] * 2
    progress = [value for _, value, _ in seen]
    assert progress == sorted(progress) and progress[0] == 0 and progress[-1] == 100
    assert [since for _, _, since in seen] == [0, 0] + [2] * 6 + [8] * 2


def test_there_is_no_error_field_on_failed(call, e, clock):
    e.control.fault("fails")
    job = call.done()
    row = call.status(job).json()
    assert row["status"] == "Failed" and set(row) == FIELDS


def test_the_list_has_the_jobs_of_seven_days_newest_first(call, clock):
    old = call.job()
    clock.advance(6 * 86400)
    new = call.job()
    assert [row["process_id"] for row in call.http.get("/status").json()] == [new, old]
    clock.advance(86400)
    assert [row["process_id"] for row in call.http.get("/status").json()] == [new]
    assert call.status(old).status_code == 404 and call.http.get(f"/download/{old}").status_code == 404


def test_a_lost_job_is_found_by_its_file_name(call, e):
    e.control.fault("drop_after", "submit")
    with pytest.raises(Exception, match="disconnected"):
        call.submit(name="unique-4711.png")
    rows = call.http.get("/status").json()
    assert [row["filename"] for row in rows] == ["unique-4711.png"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_pages_together_are_the_list(call, limit):
    jobs = [call.job(picture(seed=n)) for n in range(7)]
    seen, cursor, pages = [], "", 0
    while True:
        params = {"paginated": "true", "limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = call.http.get("/status", params=params).json()
        pages += 1
        assert len(answer["data"]) <= limit
        seen += [row["process_id"] for row in answer["data"]]
        assert answer["pagination"]["has_next_page"] == ("next_cursor" in answer["pagination"])
        cursor = answer["pagination"].get("next_cursor", "")
        if not cursor:
            break
    assert seen == jobs[::-1] and pages == math.ceil(7 / limit)


def test_a_deleted_record_is_gone_but_the_job_is_not(call, e):
    job, other = call.job(), call.job(picture(seed=1))
    answer = call.http.delete(f"/status/{job}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert call.status(job).status_code == 404 and call.http.delete(f"/status/{job}").status_code == 404
    assert [row["process_id"] for row in call.http.get("/status").json()] == [other]
    assert len(e.jobs) == 2 and e.ledger.reserved == 2


def test_all_records_are_deleted_at_once(call):
    for n in range(3):
        call.job(picture(seed=n))
    answer = call.http.delete("/status")
    assert (answer.status_code, answer.json()) == (200, {"deleted_count": 3})
    assert call.http.get("/status").json() == [] and call.http.delete("/status").json() == {"deleted_count": 0}


def test_download_gives_links_on_the_other_port_for_an_hour(call, e, clock):
    data = picture()
    job = call.done(data)
    body = call.http.get(f"/download/{job}").json()
    assert set(body) == {"download_url", "head_url", "expiry"} and body["expiry"] == clock.now() + 3600
    assert body["download_url"].startswith(e.storage_url) and not e.storage_url.startswith(e.root_url)
    answer, head = call.bare.get(body["download_url"]), call.bare.head(body["head_url"])
    assert answer.headers["Content-Type"] == "image/png"
    assert (opened(answer.content) == luminance(opened(data))).all()
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(answer.content)
    assert head.content == b""


def test_a_link_is_good_for_its_hour_and_its_method_only(call, clock):
    job = call.done()
    body = call.http.get(f"/download/{job}").json()
    clock.advance(3599)
    assert call.bare.get(body["download_url"]).status_code == 200
    assert call.bare.head(body["download_url"]).status_code == 403
    assert call.bare.get(body["head_url"]).status_code == 403
    assert call.bare.get(body["download_url"].replace("Signature=", "Signature=0")).status_code == 403
    clock.advance(1)
    assert call.bare.get(body["download_url"]).status_code == 403
    assert call.bare.get(call.link(job)).status_code == 200
    clock.advance(7 * 86400 - 3700)
    late = call.link(job)
    clock.advance(120)
    assert call.bare.get(late).status_code == 404


def test_cancel_frees_the_job_until_it_is_too_late(call, clock):
    pending, processing, completed = (call.job(picture(seed=n)) for n in range(3))
    assert call.http.delete(f"/cancel/{pending}").status_code == 204
    clock.advance(3)
    answer = call.http.delete(f"/cancel/{processing}")
    assert (answer.status_code, answer.content) == (204, b"")
    clock.advance(60)
    assert [call.state(job) for job in (pending, processing, completed)] == ["Cancelled", "Cancelled", "Completed"]
    for job in (pending, completed):
        assert call.http.delete(f"/cancel/{job}").status_code == 409
        assert call.http.get(f"/download/{job}").status_code == (409 if job == pending else 200)


def test_cancel_can_be_made_too_late_earlier(call, e, clock):
    e.control.limits.cancellable = ("Pending",)
    job = call.job()
    clock.advance(3)
    assert call.http.delete(f"/cancel/{job}").status_code == 409
    assert call.http.delete(f"/cancel/{call.job(picture(seed=1))}").status_code == 204


@pytest.mark.parametrize("how", ["data", "json"])
@pytest.mark.parametrize(("width", "height", "credits"), [
    (1000, 1000, 1), (2000, 2000, 1), (4000, 2000, 1), (4000, 4000, 1), (6000, 4000, 1), (8000, 4000, 2),
    (8000, 5000, 2), (10000, 5000, 3), (8000, 8000, 3), (10000, 10000, 5), (1, 1, 1), (32000, 32000, 43)])
def test_the_estimate_has_every_price_of_the_table_and_is_free(call, e, how, width, height, credits):
    form = {"category": "Matting", "model": "RemoveBG", "input_width": width, "input_height": height}
    answer = call.http.post("/estimate", **{how: form})
    assert answer.json() == {"duration": 8, "credits": credits}
    assert e.ledger.total == 100 and not e.jobs


def test_the_estimate_as_multipart(call):
    form = {"category": "Matting", "model": "Object", "input_width": "6001", "input_height": "4000"}
    answer = call.http.post("/estimate", files={name: (None, value) for name, value in form.items()})
    assert answer.json()["credits"] == 2


def test_the_balance_tests_a_key(call, e):
    answer = call.http.get(f"{e.account_url}/credits/balance")
    assert answer.json() == {"available_credits": 100, "reserved_credits": 0, "total_credits": 100}
