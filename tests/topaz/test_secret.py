"""The key's wrapper shows nothing, and a key of a wrong form is refused before anything is sent."""

import copy
import pickle
import traceback

import pytest

from cutaway.errors import CloudKeyMissing, CloudKeyRefused, SettingsInvalid
from cutaway.topaz import Client, Secret
from cutaway.topaz.secret import LONGEST, fault
from tests.topaz.fakes import KEY, FakeTopaz, client


@pytest.mark.parametrize("shown", [
    repr, str, format, "{:>40}".format, "{!r}".format, lambda s: f"{s}", lambda s: repr([s]),
    lambda s: repr({"key": s}), lambda s: str(vars(type(s)))])
def test_nothing_shows_it(shown):
    assert KEY not in shown(Secret(KEY))


def test_it_is_not_copied_out():
    secret = Secret(KEY)
    with pytest.raises(TypeError) as refused:
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        hash(secret)
    assert KEY not in str(refused.value)
    assert secret.reveal() == KEY


def test_equality_and_truth():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert Secret("a") and not Secret("")


def test_hide():
    assert Secret("abc").hide("x abc y abc") == "x *** y ***"
    assert Secret("").hide("x") == "x"


@pytest.mark.parametrize("key", [
    f"{KEY}\n", f" {KEY}", f"{KEY[:5]} {KEY[5:]}", f"{KEY}\r\nX-Evil: 1", f"{KEY}é", f"{KEY}\x00", f"{KEY}\u200b",
    f"{KEY}\x7f", KEY * 30])
def test_a_key_that_cannot_be_one(key):
    service = FakeTopaz()
    with pytest.raises(CloudKeyRefused) as refused:
        client(service, key=key)
    assert refused.value.hint
    assert service.seen == []
    assert KEY[:5] not in str(refused.value)


@pytest.mark.parametrize("key", ["", Secret("")])
def test_no_key(key):
    with pytest.raises(CloudKeyMissing):
        Client(key)


@pytest.mark.parametrize("key", [" ", "\n\t"])
def test_a_blank_key(key):
    with pytest.raises(CloudKeyRefused):
        Client(key)


def test_what_is_no_text():
    assert fault(None) == "It is not a text."
    assert fault("x" * LONGEST) == ""


@pytest.mark.parametrize("build", [
    lambda: Client(f"{KEY}\n"), lambda: Client(KEY, base_url="http://example.org"),
])
def test_a_traceback_with_local_variables_shows_no_key(build):
    with pytest.raises((CloudKeyRefused, SettingsInvalid)) as refused:
        build()
    told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    text = "".join(told.format())
    assert "self" in text  # the local variables are there
    assert KEY not in text
