"""Texts from the server are data."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.topaz.said import LONGEST, clean, message, read_json, scrub
from cutaway.topaz.secret import Secret
from tests.topaz.fakes import KEY

SECRET = Secret(KEY)


@given(st.text(max_size=400), st.integers(0, 400))
def test_clean_is_short_printable_and_without_the_key(text, at):
    shown = clean(text[:at] + KEY + text[at:], SECRET)
    assert KEY not in shown
    assert len(shown) <= LONGEST
    assert all(not unicodedata.category(sign).startswith("C") for sign in shown)


def test_a_key_hidden_by_signs_that_are_not_printed_is_found():
    assert clean(f"{KEY[:4]}\x00\u200b\u202e{KEY[4:]}", SECRET) == "***"


def test_the_key_at_the_cut_is_not_left_half():
    shown = clean("x" * (LONGEST - 10) + KEY, SECRET)
    assert KEY[:4] not in shown


def test_long_texts_end_with_dots():
    shown = clean("a" * 1000, SECRET)
    assert len(shown) == LONGEST and shown.endswith("…")


@pytest.mark.parametrize("link", ["https://s.test/a?sig=1", "HTTP://s.test", "s3://bucket/key"])
def test_links_are_not_told(link):
    assert clean(f"see {link} now", SECRET) == "see (link) now"


def test_scrub_reaches_everywhere():
    value = {KEY: [KEY, {"a": f"x{KEY}"}], "n": 1, "z": None}
    assert scrub(value, SECRET) == {"***": ["***", {"a": "x***"}], "n": 1, "z": None}


def test_an_escaped_key_is_found_in_json():
    escaped = '"' + "".join(f"\\u{ord(sign):04x}" for sign in KEY) + '"'
    assert read_json(escaped.encode(), SECRET) == "***"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"{", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json(body):
    with pytest.raises(ValueError):
        read_json(body, SECRET)


@pytest.mark.parametrize(("body", "told"), [
    ({"code": 7, "message": "No credits left"}, "No credits left"), ({"message": f"bad key {KEY}"}, "bad key ***"),
    ({"message": 5}, ""), ({}, ""), ([], ""), ({"message": ""}, "")])
def test_message(body, told):
    assert message(json.dumps(body).encode(), SECRET) == told


def test_html_is_not_quoted():
    assert message(b"<html>Bad gateway</html>", SECRET) == ""
