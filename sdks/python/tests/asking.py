"""What the tests of the resource-server side have in common: a verifier over the fake issuer, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from grantd import Credential, Refused, Verifier
from grantd.testing import FakeIssuer


def verifier(issuer: FakeIssuer, **settings: Any) -> Verifier:
    return Verifier(issuer.issuer, issuer.audience, transport=issuer, clock=issuer.clock, **settings)


def cause(subject: Verifier, token: str) -> type[BaseException]:
    """What is behind a refusal."""
    with pytest.raises(Refused) as refused:
        subject.verify(token)
    assert refused.value.reason == "unavailable"
    return type(refused.value.__cause__)


def reason(subject: Verifier, token: str | Credential, *needed: str) -> str:
    try:
        subject.verify(token, *needed)
    except Refused as refused:
        return refused.reason
    return "ok"
