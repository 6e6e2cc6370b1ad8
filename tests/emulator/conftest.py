from collections.abc import Iterator

import pytest

from tests.emulator import Emulator, FakeClock
from tests.emulator.caller import Caller


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def e(clock: FakeClock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def call(e: Emulator) -> Iterator[Caller]:
    with Caller(e) as caller:
        yield caller
