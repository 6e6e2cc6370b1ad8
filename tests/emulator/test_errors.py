"""Every row of the contract's table of errors, by the state of the account or of the job."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.emulator.caller import Caller, picture, pixels
from tests.emulator.png import SIGNATURE, chunk, encode, header

ENDPOINTS = [
    ("submit", "POST", "/matting/async"), ("list", "GET", "/status"), ("status", "GET", "/status/x"),
    ("delete", "DELETE", "/status/x"), ("delete", "DELETE", "/status"), ("download", "GET", "/download/x"),
    ("cancel", "DELETE", "/cancel/x"), ("estimate", "POST", "/estimate"),
    ("balance", "GET", "/../../account/v1/credits/balance"),
]


def refused(answer: httpx.Response, status: int) -> str:
    """The message, where the answer is an error of the contract."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) <= {"code", "message"} and isinstance(body["message"], str)
    assert isinstance(body.get("code", 0), int)
    return body["message"]


@pytest.mark.parametrize(("operation", "method", "path"), ENDPOINTS)
@pytest.mark.parametrize("key", ["", "not-the-right-key"])
def test_401_without_the_right_key_everywhere(e, operation, method, path, key):
    with Caller(e, key) as call:
        url = e.root_url + "/image/v1" + path if ".." not in path else f"{e.account_url}/credits/balance"
        refused(call.http.request(method, url), 401)
    assert e.of(operation)[0].status == 401 and not e.jobs


def test_401_once_the_key_is_taken_back(call, e):
    e.control.keys.clear()
    refused(call.submit(), 401)


@pytest.mark.parametrize(("operation", "method", "path"), ENDPOINTS)
def test_403_for_what_the_key_may_not_do(call, e, operation, method, path):
    e.control.account.forbidden.add(operation)
    url = e.base_url + path if ".." not in path else f"{e.account_url}/credits/balance"
    refused(call.http.request(method, url), 403)


def test_404_for_unknown_jobs_and_paths(call, e):
    for method, path in [("GET", "/status/nobody"), ("DELETE", "/status/nobody"), ("GET", "/download/nobody"),
                         ("DELETE", "/cancel/nobody"), ("GET", "/matting"), ("POST", "/status")]:
        refused(call.http.request(method, path), 404)
    assert call.bare.get(f"{e.storage_url}/results/nobody.png").status_code == 403
    assert call.bare.get(f"{e.storage_url}/").status_code == 404


@pytest.mark.parametrize("ending", ["Pending", "Processing", "Failed", "Cancelled"])
def test_409_where_there_is_no_result(call, e, clock, ending):
    if ending == "Failed":
        e.control.fault("fails")
    job = call.job()
    clock.advance({"Pending": 0, "Processing": 3}.get(ending, 60 if ending == "Failed" else 0))
    if ending == "Cancelled":
        call.http.delete(f"/cancel/{job}")
    assert call.state(job) == ending
    refused(call.http.get(f"/download/{job}"), 409)


def test_402_as_soon_as_the_next_picture_costs_too_much(call, e):
    e.control.account.credits = 2
    assert call.submit(picture(seed=1)).status_code == 200
    assert call.submit(picture(seed=2)).status_code == 200
    assert "1 needed, 0 available" in refused(call.submit(picture(seed=3)), 402)
    assert len(e.jobs) == 2


def test_402_counts_what_a_large_picture_costs(call, e):
    e.control.account.credits = 1
    refused(call.submit(encode(np.zeros((4001, 6000), np.uint8))), 402)
    assert call.submit().status_code == 200


def test_412_without_a_subscription(call, e):
    e.control.account.subscription = False
    refused(call.submit(), 412)


def test_425_during_a_top_up(call, e):
    e.control.account.top_up = True
    refused(call.submit(), 425)
    e.control.account.top_up = False
    assert call.submit().status_code == 200


def test_400_for_a_body_that_is_no_form(call):
    refused(call.http.post("/matting/async", json={"model": "Object"}), 400)
    refused(call.http.post("/matting/async", data={"model": "Object", "source_id": "x"}), 400)
    refused(call.http.post("/matting/async", content=picture(), headers={"Content-Type": "image/png"}), 400)
    for kind, content in [("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"what is this")]:
        refused(call.http.post("/matting/async", content=content, headers={"Content-Type": kind}), 400)


@pytest.mark.parametrize(("form", "word"), [
    ({"model": "Object"}, "not 0"), ({"model": "Object", "image": "a field, not a file"}, "not 0"),
    ({"mode": "alpha"}, "model must"), ({"model": "Matte"}, "model must"), ({"model": ""}, "model must"),
    ({"model": "Object", "mode": "trimap"}, "mode must"),
    ({"model": "Object", "source_id": "a", "source_url": "b"}, "not 2"),
    ({"model": "RemoveBG", "output_format": "png"}, "must be one of: 'rgba'/'alpha'"),
    ({"model": "RemoveBG", "output_format": "rgba"}, "must be one of: 'rgba'/'alpha'"),
    ({"model": "Object", "output_format": "gif"}, "output_format must"),
])
def test_400_for_a_wrong_parameter(call, e, form, word):
    answer = call.http.post("/matting/async", files={name: (None, value) for name, value in form.items()})
    assert word in refused(answer, 400)
    assert not e.jobs and e.ledger.reserved == 0


def test_400_for_two_sources(call):
    refused(call.submit(source_id="x"), 400)
    two = [("image", ("a.png", picture())), ("image", ("b.png", picture()))]
    refused(call.http.post("/matting/async", data={"model": "Object"}, files=two), 400)


def as_file(kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels()).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_the_three_kinds_are_known_by_content_and_not_by_name(call, e, kind):
    assert call.submit(as_file(kind), name="holiday.txt").status_code == 200
    assert e.jobs[0].source.facts.kind == kind.lower()


@pytest.mark.parametrize("data", [
    b"hello", as_file("BMP"), as_file("GIF"), as_file("WEBP"), as_file("JPEG")[:300], as_file("TIFF")[:300],
    picture()[:-40], picture()[:40], SIGNATURE, SIGNATURE + b"x" * 99,
    SIGNATURE + header(8, 8, 8, 3) + chunk(b"IDAT", b"no deflate stream") + chunk(b"IEND", b"")],
    ids=["text", "bmp", "gif", "webp", "half jpeg", "half tiff", "half png", "png header", "signature", "noise",
         "bad idat"])
def test_415_for_what_cannot_be_decoded(call, e, data):
    refused(call.submit(data, name="cat.png"), 415)
    assert not e.jobs and e.ledger.reserved == 0


def test_422_for_pictures_without_pixels_or_with_too_long_sides(call, e):
    nothing = {"image": ("a.png", b"", "image/png")}
    refused(call.http.post("/matting/async", data={"model": "Object"}, files=nothing), 422)
    for width, height in [(0, 5), (5, 0), (32_001, 1), (1, 40_000)]:
        refused(call.submit(SIGNATURE + header(width, height, 8, 3) + chunk(b"IEND", b"")), 422)
    assert call.submit(encode(np.zeros((1, 32_000), np.uint8))).status_code == 200


def test_413_for_too_many_bytes_or_pixels(call, e):
    e.control.limits.max_bytes = 50_000
    refused(call.submit(picture() + b"\x00" * 60_000), 413)
    assert e.requests[-1].body_size == 0
    assert call.submit().status_code == 200
    refused(call.submit(SIGNATURE + header(10_001, 10_000, 8, 3) + chunk(b"IEND", b"")), 413)


@pytest.mark.parametrize("wrong", [
    {"category": "Enhance"}, {"category": None}, {"model": "X"}, {"input_width": 0}, {"input_width": 32_001},
    {"input_height": -1}, {"input_height": "tall"}, {"input_height": None}])
def test_400_for_a_wrong_estimate(call, wrong):
    form = {"category": "Matting", "model": "Object", "input_width": 10, "input_height": 10, **wrong}
    form = {name: value for name, value in form.items() if value is not None}
    refused(call.http.post("/estimate", json=form), 400)
    refused(call.http.post("/estimate", data=form), 400)


def test_400_for_an_estimate_that_is_no_object(call):
    for content in (b"{", b"[1]"):
        refused(call.http.post("/estimate", content=content, headers={"Content-Type": "application/json"}), 400)
    refused(call.http.post("/estimate"), 400)


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "101"}, {"limit": "many"}, {"cursor": "nobody"}])
def test_400_for_a_wrong_page(call, params):
    refused(call.http.get("/status", params={"paginated": "true", **params}), 400)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 412, 413, 415, 422, 425, 429, 500, 502, 503, 504])
def test_every_status_can_be_called_up(call, e, status):
    e.control.fault("http_error", "submit", status=status, message="so it is", code=status * 10)
    answer = call.submit()
    assert refused(answer, status) == "so it is" and answer.json()["code"] == status * 10
    assert not e.jobs
    assert call.submit().status_code == 200
