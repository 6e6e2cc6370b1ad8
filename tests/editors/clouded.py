"""A home folder whose worker speaks with the emulator of Topaz's service instead of the service."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutaway_bridge import client, errors, installation
from tests.emulator import Emulator


@dataclass
class Clouded:
    """``home``: an installation of the real core. ``emulator``: what its worker takes for Topaz."""

    home: Path
    emulator: Emulator

    def call(self, method: str, **params: object) -> object:
        """One request to the worker."""
        with client.Client(installation.read(str(self.home)), "test") as worker:
            worker.connect()
            return worker.call(method, params)

    def set_key(self) -> None:
        """In a file that nobody else may read."""
        path = self.home / "topaz.key"
        path.touch(mode=0o600)
        path.write_text(self.emulator.key + "\n", encoding="ascii")

    @property
    def allowed(self) -> bool:
        """Whether the user's consent is remembered."""
        return bool(self.call("key.status")["consent"])  # type: ignore[index]

    @property
    def sent(self) -> int:
        """Pictures that have arrived at the service."""
        return len(self.emulator.of("submit"))


@contextmanager
def clouded(home: Path, patch: pytest.MonkeyPatch, **emulated: object) -> Iterator[Clouded]:
    """The worker of ``home`` is started in the block with the emulator's address, and ended with it.

    No key, no decision and no paid result is there before or left behind.
    """
    _stop(home)
    _clear(home)
    settings = {"pending": 0.2, "processing": 0.4, "credits": 40, **emulated}
    with Emulator(**settings) as emulator:  # type: ignore[arg-type]
        for name, value in (
                ("CUTAWAY_TOPAZ_URL", emulator.base_url), ("CUTAWAY_TOPAZ_API_KEY", ""),
                ("DBUS_SESSION_BUS_ADDRESS", "disabled:")):  # no keyring of the one who tests
            patch.setenv(name, value)
        made = Clouded(home, emulator)
        made.set_key()
        try:
            with client.Client(installation.read(str(home)), "test") as worker:
                worker.connect()
            yield made
        finally:
            _stop(home)
            _clear(home)


def _clear(home: Path) -> None:
    for name in ("topaz.key", "consent.json"):
        (home / name).unlink(missing_ok=True)
    shutil.rmtree(home / "journal", ignore_errors=True)


def _stop(home: Path) -> None:
    """Ends the worker of a home; one that is gone already needs no ending."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if not client.Client(installation.read(str(home)), "test").stop():
                return
        except errors.BridgeError as error:
            assert error.code == errors.WORKER_LOST, error
    raise TimeoutError(f"the worker of {home} does not end")
