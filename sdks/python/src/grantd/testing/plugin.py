"""The pytest plugin: loaded by itself where the package is installed."""

from __future__ import annotations

import pytest

from .clock import FakeClock
from .issuer import FakeIssuer


@pytest.fixture
def grantd_clock() -> FakeClock:
    """A clock that moves when the test says so."""
    return FakeClock()


@pytest.fixture
def grantd_issuer(grantd_clock: FakeClock) -> FakeIssuer:
    """An issuer inside the test, at the time of `grantd_clock`."""
    return FakeIssuer(clock=grantd_clock)
