"""The key: where it is kept, in which order it is looked for, and that it shows nowhere."""

from __future__ import annotations

import os
import stat

import pytest

from cutaway.cloud.key import ENVIRONMENT, IN_FILE, KEYRING, VARIABLE, KeyStore
from cutaway.errors import CloudError, CloudKeyMissing, CloudKeyRefused
from cutaway.home import Home
from cutaway.topaz import Secret
from tests.cloud.fakes import FakeKeyring

KEY = Secret("abc-123-def")


def test_without_one_the_error_says_what_to_do(home: Home) -> None:
    with pytest.raises(CloudKeyMissing, match="cutaway key set"):
        KeyStore(home, FakeKeyring()).get()
    assert not home.path.exists(), "looking makes nothing"


def test_the_keyring_keeps_it_and_no_file_is_made(home: Home) -> None:
    keys = KeyStore(home, FakeKeyring())
    assert keys.set(KEY) == KEYRING
    found = keys.find()
    assert found is not None and (found.key.reveal(), found.where) == ("abc-123-def", KEYRING)
    assert not keys.path.exists() and "abc-123" not in repr(found)


def test_without_a_keyring_a_file_that_nobody_else_can_read(home: Home) -> None:
    keys = KeyStore(home, FakeKeyring(works=False))
    before = os.umask(0)
    try:
        assert keys.set(KEY) == IN_FILE
    finally:
        os.umask(before)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    found = keys.find()
    assert found is not None and (found.key.reveal(), found.where) == ("abc-123-def", IN_FILE)
    assert list(home.path.iterdir()) == [keys.path]


def test_a_keyring_that_forgets_at_once_is_none(home: Home) -> None:
    class FakeForgetful(FakeKeyring):
        def get_password(self, service: str, account: str) -> None:
            return None

    assert KeyStore(home, FakeForgetful()).set(KEY) == IN_FILE


def test_the_order_keyring_file_program_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " from-environment\n")
    keyring = FakeKeyring(works=False)
    keys = KeyStore(home, keyring)
    assert keys.get().reveal() == "from-environment"
    assert keys.get(Secret("said")).reveal() == "said"
    keys.set(Secret("in-file"))
    assert keys.get(Secret("said")).reveal() == "in-file"
    keyring.works = True
    keyring.kept["cutaway", "topaz"] = "in-keyring"
    assert keys.get(Secret("said")).reveal() == "in-keyring"


def test_where_it_comes_from_is_said(home: Home) -> None:
    found = KeyStore(home, FakeKeyring()).find(Secret("said"))
    assert found is not None and found.where == ENVIRONMENT


def test_a_new_one_in_the_keyring_takes_the_place_of_the_file(home: Home) -> None:
    keyring = FakeKeyring(works=False)
    keys = KeyStore(home, keyring)
    keys.set(Secret("old"))
    keyring.works = True
    keys.set(Secret("new"))
    assert keys.forget() and keys.find() is None


class FakeReadOnly(FakeKeyring):
    """Keeps what it has; ``lets_go`` of it or not."""

    def __init__(self, lets_go: bool) -> None:
        super().__init__()
        self.kept["cutaway", "topaz"] = "the-old-key"
        self._lets_go = lets_go

    def set_password(self, service: str, account: str, text: str) -> None:
        raise RuntimeError("read-only")

    def delete_password(self, service: str, account: str) -> None:
        if not self._lets_go:
            raise RuntimeError("read-only")
        super().delete_password(service, account)


def test_a_keyring_that_takes_no_new_key_does_not_keep_the_old_one_in_use(home: Home) -> None:
    keys = KeyStore(home, FakeReadOnly(lets_go=True))
    assert keys.set(KEY) == IN_FILE
    assert keys.get() == KEY


def test_a_keyring_that_keeps_the_old_key_for_ever_is_said(home: Home) -> None:
    keys = KeyStore(home, FakeReadOnly(lets_go=False))
    with pytest.raises(CloudError, match="keyring does not let go") as caught:
        keys.set(KEY)
    assert keys.get().reveal() == "the-old-key" and not keys.path.exists() and "abc-123" not in str(caught.value)


@pytest.mark.parametrize("works", [True, False])
def test_forgetting(home: Home, works: bool) -> None:
    keys = KeyStore(home, FakeKeyring(works=works))
    assert keys.forget() is False
    keys.set(KEY)
    assert keys.forget() is True
    assert keys.find() is None and keys.forget() is False


@pytest.mark.parametrize("text", ["", "  ", "two words", "line\nbreak", "schlüssel", "x" * 600])
def test_what_cannot_be_a_key_is_not_kept(home: Home, text: str) -> None:
    keyring = FakeKeyring()
    with pytest.raises(CloudKeyRefused) as caught:
        KeyStore(home, keyring).set(Secret(text))
    assert keyring.kept == {} and not home.path.exists()
    assert not text.strip() or text not in str(caught.value)


def test_a_place_that_cannot_be_written_is_said(home: Home) -> None:
    home.path.write_text("a file where the folder should be")
    with pytest.raises(CloudError, match=VARIABLE) as caught:
        KeyStore(home, FakeKeyring(works=False)).set(KEY)
    assert "abc-123" not in str(caught.value)


def test_a_keyring_that_does_not_let_go_is_said_and_the_file_goes_all_the_same(home: Home) -> None:
    class FakeStubborn(FakeKeyring):
        def delete_password(self, service: str, account: str) -> None:
            raise RuntimeError("locked")

    keyring = FakeStubborn()
    keys = KeyStore(home, keyring)
    keys.set(KEY)
    home.path.mkdir(exist_ok=True)
    keys.path.write_text("old-key")
    with pytest.raises(CloudError, match="keyring does not let go") as caught:
        keys.forget()
    assert not keys.path.exists() and "abc-123" not in str(caught.value)


def test_a_file_that_cannot_be_removed_is_said(home: Home) -> None:
    keys = KeyStore(home, FakeKeyring(works=False))
    keys.path.mkdir(parents=True)
    with pytest.raises(CloudError, match="cannot be removed"):
        keys.forget()
