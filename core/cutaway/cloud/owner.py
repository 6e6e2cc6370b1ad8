"""Whose a job is: a short mark of the API key and the service's address, from which neither can be had back."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from cutaway.cloud.files import make_folder, write_private
from cutaway.errors import CloudError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.lock import held
from cutaway.topaz.secret import Secret

FILE: Final = "owner.salt"
SALT_BYTES: Final = 32
SIGNS: Final = 16


class Owners:
    """The marks of one installation: the salt (0600) lies beside the journal and is in no entry of it."""

    def __init__(self, home: Home) -> None:
        self._folder = home.journal

    def mark(self, key: Secret, address: str) -> str:
        """SIGNS hexadecimal signs. Raises CloudError where the salt cannot be read or made."""
        try:
            salt = self._read() or self._made()
        except OSError as error:
            raise CloudError(
                f"The journal of paid jobs cannot be used: {error.strerror}.",
                "Check the disk and the rights of Cutaway's folder.") from error
        return hmac.new(salt, f"{address}\n{key.reveal()}".encode(), "sha256").hexdigest()[:SIGNS]

    def _read(self) -> bytes:
        try:
            salt = (self._folder / FILE).read_bytes()
        except FileNotFoundError:
            return b""
        return salt if len(salt) == SALT_BYTES else b""

    def _made(self) -> bytes:
        make_folder(self._folder)
        with held(self._folder / "owner.lock", Job()):
            salt = self._read()  # another process was faster
            if not salt:
                salt = secrets.token_bytes(SALT_BYTES)
                write_private(self._folder / FILE, salt)
        return salt
