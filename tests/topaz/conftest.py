from __future__ import annotations

import os

import pytest

from tests.topaz.fakes import FakeClock, FakeTopaz


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor an address of this computer's own decides a test."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "CUTAWAY_TOPAZ_URL"):
            monkeypatch.delenv(name)


@pytest.fixture
def service() -> FakeTopaz:
    return FakeTopaz()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
