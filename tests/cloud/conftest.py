from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.cloud.ask import Cloud
from cutaway.cloud.key import KeyStore
from cutaway.home import Home
from cutaway.topaz import Secret
from tests.cloud.fakes import FakeClock, FakeKeyring, FakeService
from tests.cloud.pictures import left_half


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("CUTAWAY_TOPAZ_API_KEY", raising=False)
    return Home(tmp_path / "home")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service() -> FakeService:
    return FakeService(left_half)


@pytest.fixture
def cloud(home: Home, service: FakeService, clock: FakeClock) -> Cloud:
    """With a key and with consent."""
    keys = KeyStore(home, FakeKeyring())
    keys.set(Secret("a-key-of-the-tests"))
    made = Cloud(home, keys=keys, clock=clock, connect=service.connect)  # type: ignore[arg-type]
    made.consent.remember(True)
    return made
