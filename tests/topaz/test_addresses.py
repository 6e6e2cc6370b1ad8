"""https only, http on this computer; the account's address beside the API's."""

import pytest

from cutaway.errors import CloudAnswerBad, SettingsInvalid
from cutaway.topaz.addresses import BASE, account_address, base_address, check_link, is_loopback


def test_the_default_is_topaz():
    assert base_address(None) == BASE == "https://api.topazlabs.com/image/v1"
    assert account_address(None, BASE) == "https://api.topazlabs.com/account/v1"


def test_the_environment_names_another(monkeypatch):
    monkeypatch.setenv("CUTAWAY_TOPAZ_URL", "http://127.0.0.1:8123/image/v1/")
    assert base_address(None) == "http://127.0.0.1:8123/image/v1"
    assert base_address("https://other.test/image/v1") == "https://other.test/image/v1"


@pytest.mark.parametrize(("said", "base", "account"), [
    ("http://127.0.0.1:8123", "http://127.0.0.1:8123/image/v1", "http://127.0.0.1:8123/account/v1"),
    ("http://[::1]:8/", "http://[::1]:8/image/v1", "http://[::1]:8/account/v1"),
    ("http://localhost/image/v1", "http://localhost/image/v1", "http://localhost/account/v1"),
    ("https://gate.test/topaz/image/v1", "https://gate.test/topaz/image/v1", "https://gate.test/topaz/account/v1"),
])
def test_the_account_is_on_the_same_server(said, base, account):
    assert base_address(said) == base
    assert account_address(None, base) == account


def test_an_account_address_of_its_own():
    assert account_address("https://account.test/v1/", BASE) == "https://account.test/v1"
    with pytest.raises(SettingsInvalid):
        account_address("http://account.test/v1", BASE)


@pytest.mark.parametrize("said", [
    "http://api.topazlabs.com/image/v1", "ftp://127.0.0.1/", "https://", "https://user:pass@host.test/", "nonsense",
    "https://host.test:99999/", "https://host.test/?a=b", "https://host.test/#a", "https://ho st.test/",
    "https://host.test/\nX: y", "http://127.0.0.1.example.org/", "http://localhost.example.org/", "file:///etc/passwd",
    "https://[::1/", "//host.test/image/v1"])
def test_not_a_place_for_the_key(said):
    with pytest.raises(SettingsInvalid) as refused:
        base_address(said)
    assert "pass" not in str(refused.value)


def test_loopback():
    assert [is_loopback(name) for name in ("localhost", "127.0.0.1", "127.9.9.9", "::1")] == [True] * 4
    assert [is_loopback(name) for name in ("example.org", "10.0.0.1", "", "0.0.0.0", "::")] == [False] * 5


@pytest.mark.parametrize("link", [
    "https://bucket.s3.test/a/b.png?X-Amz-Signature=1%2F2&x=y", "https://storage.test:8443/x"])
def test_links_that_are_followed(link):
    check_link(link, BASE)


def test_http_on_this_computer_only_where_the_service_is_there_too():
    check_link("http://127.0.0.1:9/x?s=1", "http://127.0.0.1:8/image/v1")
    with pytest.raises(CloudAnswerBad):
        check_link("http://127.0.0.1:9/x?s=1", BASE)
    with pytest.raises(CloudAnswerBad):
        check_link("https://localhost:9/x?s=1", BASE)


@pytest.mark.parametrize("link", [
    "http://storage.test/x?sig=5igned", "ftp://storage.test/5igned", "file:///5igned", "/5igned", "5igned",
    "https://u:5igned@storage.test/x", "https://storage.test/" + "5igned" * 9999, "https://storage.test/5igned\n"])
def test_links_that_are_not_and_are_not_told(link):
    with pytest.raises(CloudAnswerBad) as refused:
        check_link(link, BASE)
    assert "5igned" not in str(refused.value)
