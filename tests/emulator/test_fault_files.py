"""Every fault of the second port, where the results come from."""

import io
import re

import httpx
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from tests.emulator.caller import opened


@pytest.fixture
def link(call):
    return call.link(call.done())


@pytest.mark.parametrize("status", [403, 410])
def test_a_link_that_expires_at_its_first_use_stays_so_and_a_fresh_one_is_good(call, e, status):
    job = call.done()
    e.control.fault("link_expired", status=status)
    old = call.link(job)
    assert [call.bare.get(old).status_code for _ in range(3)] == [status] * 3
    assert call.bare.get(call.link(job)).status_code == 200


def test_a_png_cut_off_whose_header_fits(call, e, link):
    whole = call.bare.get(link).content
    e.control.fault("truncated", part=0.5)
    part = call.bare.get(link).content
    assert part == whole[:len(whole) // 2]
    with pytest.raises(OSError, match="truncated"):
        opened(part)


def test_a_png_cut_off_by_the_connection(call, e, link):
    e.control.fault("truncated", short=True)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        call.bare.get(link)
    assert call.bare.get(link).status_code == 200


@pytest.mark.parametrize("name", ["empty", "html_ok", "garbage"])
def test_200_that_is_no_picture(call, e, link, name):
    e.control.fault(name, "storage")
    answer = call.bare.get(link)
    assert answer.status_code == 200
    assert {"empty": answer.content == b"", "html_ok": answer.text.startswith("<html>"),
            "garbage": len(answer.content) >= 1000 and answer.headers["Content-Type"] == "image/png"}[name]
    with pytest.raises(UnidentifiedImageError):
        opened(answer.content)


def test_a_redirect_to_another_host_works_and_is_noticed(call, e, link):
    e.control.fault("redirect", "storage", times=2)
    answer = call.bare.get(link)
    assert answer.status_code == 302 and httpx.URL(answer.headers["Location"]).host == "localhost"
    assert not e.strays
    assert call.bare.get(link, follow_redirects=True).content == call.bare.get(link).content
    assert len(e.strays) == 1 and not e.leaks


@pytest.mark.parametrize("length", [True, False])
def test_ten_gigabytes_are_sent_but_never_held(call, e, link, length):
    e.control.fault("huge", length=length)
    taken = 0
    with call.bare.stream("GET", link) as answer:
        assert answer.headers.get("Content-Length") == ("10000000000" if length else None)
        for part in answer.iter_bytes():
            if taken == 0:
                assert part.startswith(b"\x89PNG")
            taken += len(part)
            if taken > 5_000_000:
                break
    assert e.wait(lambda: e.most and not e._world.in_flight["storage"])
    assert 5_000_000 <= e.of("storage")[0].sent < 100_000_000


def test_a_huge_answer_has_the_size_that_it_says(call, e, link):
    for size, length in [(3_000_000, True), (65_536 * 2 + 8, False), (5, True)]:
        e.control.fault("huge", size=size, length=length)
        assert len(call.bare.get(link).content) == size


def test_a_small_answer_that_swells(call, e, link):
    e.control.fault("gzip_bomb")
    swollen = 0
    with call.bare.stream("GET", link) as answer:
        for part in answer.iter_bytes():
            swollen += len(part)
            if swollen > 50_000_000:
                break
        assert answer.num_bytes_downloaded < 1_000_000
    assert set(part) == {0}


def test_a_decompression_bomb_is_small_and_sound(call, e, link):
    e.control.fault("bomb", width=30_000, height=30_000)
    data = call.bare.get(link).content
    assert len(data) < 1_500_000
    with pytest.raises(Image.DecompressionBombError, match=re.escape("900000000 pixels")):
        Image.open(io.BytesIO(data))
    e.control.fault("bomb", width=3_001, height=2_003)
    small = opened(call.bare.get(link).content)
    assert small.shape == (2_003, 3_001) and not np.any(small)


def test_a_trickle(call, e, link):
    whole = call.bare.get(link).content
    e.control.fault("trickle", "storage", size=1 + len(whole) // 20, seconds=0.02)
    with call.bare.stream("GET", link) as answer:
        parts = list(answer.iter_raw())
    assert len(parts) > 1 and b"".join(parts) == whole


@pytest.mark.parametrize(("name", "status"), [("http_error", 503), ("rate_limit", 429), ("html", 502)])
def test_errors_of_the_storage(call, e, link, name, status):
    e.control.fault(name, "storage", status=status)
    assert [call.bare.get(link).status_code for _ in range(2)] == [status, 200]


def test_the_storage_hangs_up(call, e, link):
    e.control.fault("drop", "storage")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        call.bare.get(link)


def test_a_head_uses_no_fault_of_a_get(call, e):
    job = call.done()
    body = call.http.get(f"/download/{job}").json()
    e.control.fault("http_error", "storage")
    assert call.bare.head(body["head_url"]).status_code == 200
    assert call.bare.get(body["download_url"]).status_code == 500
    e.control.fault("link_expired", "head")
    assert [call.bare.head(body["head_url"]).status_code for _ in range(2)] == [403, 403]
