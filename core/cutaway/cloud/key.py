"""Where the API key is kept: the system's keyring, else a file that only the user can read, else the environment."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cutaway.cloud.files import write_private
from cutaway.errors import CloudError, CloudKeyMissing, CloudKeyRefused
from cutaway.home import Home
from cutaway.topaz.secret import Secret, fault

SERVICE: Final = "cutaway"
ACCOUNT: Final = "topaz"
VARIABLE: Final = "CUTAWAY_TOPAZ_API_KEY"
FILE: Final = "topaz.key"

KEYRING: Final = "keyring"
IN_FILE: Final = "file"
ENVIRONMENT: Final = "environment"

SET_IT: Final = "Set it with  cutaway key set"


@dataclass(frozen=True)
class Found:
    """``where``: KEYRING, IN_FILE or ENVIRONMENT."""

    key: Secret
    where: str


class KeyStore:
    """``keyring``: the module ``keyring`` or what stands for it; by default the real one."""

    def __init__(self, home: Home, keyring: Any = None) -> None:
        self._home = home
        self._given = keyring

    @property
    def path(self) -> Path:
        return self._home.path / FILE

    def find(self, session: Secret | None = None) -> Found | None:
        """The key, or None. ``session``: the one in the environment of the program that asks, where it has one."""
        kept = self._from_keyring()
        if kept:
            return Found(Secret(kept), KEYRING)
        kept = self._from_file()
        if kept:
            return Found(Secret(kept), IN_FILE)
        if session is not None:
            return Found(session, ENVIRONMENT)
        said = os.environ.get(VARIABLE, "").strip()
        return Found(Secret(said), ENVIRONMENT) if said else None

    def get(self, session: Secret | None = None) -> Secret:
        """The key. Raises CloudKeyMissing."""
        found = self.find(session)
        if found is None:
            raise CloudKeyMissing("No Topaz API key is set.", SET_IT)
        return found.key

    def set(self, key: Secret) -> str:
        """Keeps the key and returns where: KEYRING, or IN_FILE where this system has no keyring that works.

        Raises CloudKeyRefused for what cannot be a key, CloudError where neither place can be written.
        """
        wrong = fault(key)
        if wrong:
            raise CloudKeyRefused(f"That is not an API key: {wrong}", "Copy it from Topaz's page once more.")
        try:
            keyring = self._keyring()
            keyring.set_password(SERVICE, ACCOUNT, key.reveal())
            kept = keyring.get_password(SERVICE, ACCOUNT) == key.reveal()
        except Exception:  # noqa: BLE001  every backend has its own errors, and the file stands in for all
            kept = False
        if kept:
            self.path.unlink(missing_ok=True)  # an older key there must not come back once this one is forgotten
            return KEYRING
        self._to_file(key)
        self._make_room(key)
        return IN_FILE

    def _make_room(self, key: Secret) -> None:
        """An older key in a keyring that takes no new one would be found before the file. Raises CloudError."""
        old = self._from_keyring()
        if not old or Secret(old) == key:
            return
        try:
            self._forgotten_by_keyring()
        except CloudError:
            self.path.unlink(missing_ok=True)  # two keys, of which the older is used, would be worse than one
            raise

    def forget(self) -> bool:
        """Removes the key from keyring and file; whether one was there. The environment's stays.

        Raises CloudError where one of the two keeps it.
        """
        found = self._from_keyring() != ""
        try:
            if self.path.exists():
                self.path.unlink()
                found = True
        except OSError as error:
            raise CloudError(
                f"The file with the key cannot be removed: {error.strerror}.",
                f"Remove {FILE} in Cutaway's folder yourself.") from error
        if self._from_keyring():
            self._forgotten_by_keyring()
        return found

    def _forgotten_by_keyring(self) -> None:
        try:
            self._keyring().delete_password(SERVICE, ACCOUNT)
        except Exception:  # noqa: BLE001  every backend has its own errors
            kept = True
        else:
            kept = self._from_keyring() != ""
        if kept:
            raise CloudError(
                "The system's keyring does not let go of the key.",
                f"Remove the entry {SERVICE!r} with your system's password program.")

    def _from_keyring(self) -> str:
        try:
            return self._keyring().get_password(SERVICE, ACCOUNT) or ""
        except Exception:  # noqa: BLE001  no keyring, a locked one, a broken one: all mean that it has no key for us
            return ""

    def _keyring(self) -> Any:
        return self._given if self._given is not None else importlib.import_module("keyring")

    def _from_file(self) -> str:
        try:
            return self.path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _to_file(self, key: Secret) -> None:
        try:
            write_private(self.path, (key.reveal() + "\n").encode("ascii"))
        except OSError as error:
            raise CloudError(
                f"The key cannot be kept: {error.strerror}.", f"Set the variable {VARIABLE} instead.") from error
