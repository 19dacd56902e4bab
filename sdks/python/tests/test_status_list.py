"""Status lists at an API: fetched now and then, from the issuer alone, and good until their end."""

from __future__ import annotations

import zlib

import pytest

from grantd import RequestTimeoutError
from grantd._core import status_list
from grantd._core.strict import b64encode
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .asking import cause, reason, verifier


def test_revocation_by_status_list(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, uri = verifier(grantd_issuer), f"{grantd_issuer.issuer}/status/1"
    token = grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}, "exp": int(grantd_clock()) + 99_999})
    assert [reason(subject, token) for _ in range(3)] == ["ok"] * 3 and grantd_issuer.count("status") == 1
    grantd_issuer.status = {7: 1}
    grantd_clock.advance(status_list.MAX_TTL)
    assert reason(subject, token) == "revoked"
    grantd_issuer.faults("status", *[unreachable()] * 100)
    grantd_clock.advance(status_list.MAX_TTL)
    assert reason(subject, token) == "revoked", "an old list goes on while it has not ended"
    grantd_clock.advance(4000)
    assert reason(subject, token) == "unavailable"


def test_a_status_list_that_cannot_be_had_is_not_asked_for_with_each_call(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    uri = f"{grantd_issuer.issuer}/status/1"
    token = grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}})
    grantd_issuer.faults("status", hangs(), hangs())
    subject = verifier(grantd_issuer)
    assert [cause(subject, token) for _ in range(3)] == [RequestTimeoutError] * 3 and grantd_issuer.count("status") == 1
    grantd_clock.advance(status_list.PAUSE)
    assert cause(subject, token) is RequestTimeoutError and grantd_issuer.count("status") == 2
    grantd_clock.advance(status_list.PAUSE)
    assert [reason(subject, token) for _ in range(3)] == ["ok"] * 3 and grantd_issuer.count("status") == 3
    grantd_clock.advance(status_list.MAX_TTL)
    grantd_issuer.faults("status", hangs(), hangs())
    for attempts in (4, 5):
        assert [reason(subject, token) for _ in range(3)] == ["ok"] * 3 and grantd_issuer.count("status") == attempts
        grantd_clock.advance(status_list.PAUSE)


@pytest.mark.parametrize(("life", "ttl", "good", "over"), [(2, 300, 1, 1), (62, 60, 61, 1)])
def test_no_status_list_serves_beyond_its_end(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, life: int, ttl: int, good: int, over: int
) -> None:
    """However long its period, or the pause after a fetch that failed."""
    uri, now = f"{grantd_issuer.issuer}/status/1", int(grantd_clock())
    claims = {"sub": uri, "iat": now, "exp": now + life, "ttl": ttl}
    listed = {"bits": 1, "lst": b64encode(zlib.compress(bytes(8)))}
    text = grantd_issuer.keys[-1].sign({"typ": "statuslist+jwt"}, claims | {"status_list": listed})
    grantd_issuer.faults("status", replies(200, text.encode()), *[unreachable()] * 9)
    subject, token = verifier(grantd_issuer), grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}})
    assert reason(subject, token) == "ok"
    grantd_clock.advance(good)
    assert reason(subject, token) == "ok"
    grantd_clock.advance(over)
    assert reason(subject, token) == "unavailable"


def test_a_status_list_without_an_end_serves_for_one_period(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    uri, now = f"{grantd_issuer.issuer}/status/1", int(grantd_clock())
    listed = {"bits": 1, "lst": b64encode(zlib.compress(bytes(8)))}
    text = grantd_issuer.keys[-1].sign(
        {"typ": "statuslist+jwt"}, {"sub": uri, "iat": now, "ttl": 60, "status_list": listed}
    )
    grantd_issuer.faults("status", replies(200, text.encode()), *[unreachable()] * 9)
    subject, token = verifier(grantd_issuer), grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}})
    assert reason(subject, token) == "ok"
    grantd_clock.advance(59)
    assert reason(subject, token) == "ok"
    grantd_clock.advance(1)
    assert reason(subject, token) == "unavailable"


@pytest.mark.parametrize("uri", ["", "list", "//id.example.test/status/1", "https://[id", "https://id.example.test:x/"])
def test_a_status_list_is_nowhere_but_at_the_issuer(grantd_issuer: FakeIssuer, uri: str) -> None:
    token = grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}})
    assert reason(verifier(grantd_issuer), token) == "claim" and grantd_issuer.count("status") == 0


def test_a_status_list_that_inflates_without_end_is_refused(grantd_issuer: FakeIssuer) -> None:
    uri, now = f"{grantd_issuer.issuer}/status/1", int(grantd_issuer.clock())
    bomb = b64encode(zlib.compress(bytes(status_list.MAX_LIST + 1)))
    claims = {"sub": uri, "iat": now, "exp": now + 60, "status_list": {"bits": 1, "lst": bomb}}
    listed = grantd_issuer.keys[-1].sign({"typ": "statuslist+jwt"}, claims)
    grantd_issuer.faults("status", replies(200, listed.encode()))
    token = grantd_issuer.mint({"status": {"status_list": {"idx": 7, "uri": uri}}})
    assert reason(verifier(grantd_issuer), token) == "unavailable"
