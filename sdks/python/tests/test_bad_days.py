"""An issuer's bad days: metadata that turns bad, lists that hang, a clock that steps back."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from grantd import AsyncVerifier, Introspection, Refused, RequestTimeoutError, UnavailableError, Verifier
from grantd._core import keys, status_list
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .asking import cause, reason, verifier
from .support import manager

BAD = [
    replies(404),
    replies(200, b"<html>"),
    replies(200, {"issuer": "https://evil.example.test", "jwks_uri": "https://evil.example.test/jwks.json"}),
    unreachable(),
    hangs(),
]
MONTH = 30 * 86400


@pytest.mark.parametrize("fault", BAD)
def test_metadata_turning_bad(grantd_issuer: FakeIssuer, grantd_clock: FakeClock, fault: Any) -> None:
    subject = verifier(grantd_issuer, introspection=Introspection("acme-api", "s", seconds=0, always=True))

    def says() -> str:
        said = reason(subject, grantd_issuer.mint())
        subject._runtime.settle()
        return said

    def tries() -> int:
        # A 404 has the other address asked too.
        return sum(1 for name, one in grantd_issuer.requests if name == "metadata" and "openid" not in one.url)

    assert says() == "ok" and tries() == 1
    grantd_clock.advance(599)
    assert says() == "ok" and tries() == 1
    grantd_issuer.faults("metadata", *[fault] * 10_000)
    grantd_clock.advance(1)
    for number in (2, 3, 4):
        assert [says() for _ in range(3)] == ["ok"] * 3 and tries() == number
        grantd_clock.advance(29)
        assert says() == "ok" and tries() == number
        grantd_clock.advance(1)
    grantd_clock.advance(86400 - 600 - 91)
    assert says() == "ok"
    grantd_clock.advance(1)
    assert says() == "unavailable", "a day after it was fetched"
    tried = tries()
    assert [says() for _ in range(20)] == ["unavailable"] * 20 and tries() == tried
    grantd_issuer._faults["metadata"].clear()
    grantd_clock.advance(1)
    assert says() == "ok"


@pytest.mark.parametrize("fault", BAD)
def test_without_any_metadata_there_is_one_try_a_second(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, fault: Any
) -> None:
    grantd_issuer.faults("metadata", *[fault] * (2 if fault is BAD[0] else 1))
    subject, token = verifier(grantd_issuer), grantd_issuer.mint()
    assert [reason(subject, token) for _ in range(20)] == ["unavailable"] * 20
    grantd_clock.advance(0.9)
    assert reason(subject, token) == "unavailable" and grantd_issuer.count("metadata") <= 2
    grantd_clock.advance(0.1)
    assert reason(subject, token) == "ok"


def test_nobody_waits_for_newer_metadata(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    class Slow:
        is_slow = False

        def send(self, request: HttpRequest) -> HttpResponse:
            if self.is_slow and "/.well-known/" in request.url:
                asked.set()
                assert may_answer.wait(30)
            return grantd_issuer.send(request)

    over, by = Slow(), Introspection("acme-api", "s", seconds=0, always=True)
    subject = Verifier(
        grantd_issuer.issuer, grantd_issuer.audience, transport=over, clock=grantd_clock, introspection=by
    )
    assert reason(subject, grantd_issuer.mint()) == "ok"
    over.is_slow = True
    grantd_clock.advance(600)
    assert reason(subject, grantd_issuer.mint()) == "ok"
    assert asked.wait(30)
    assert reason(subject, grantd_issuer.mint()) == "ok"
    may_answer.set()
    subject.close()
    assert grantd_issuer.count("metadata") == 2


class HangingList:
    """The list hangs when told to, until it may answer."""

    def __init__(self, issuer: FakeIssuer) -> None:
        self.issuer = issuer
        self.hangs = False
        self.may_answer = threading.Event()

    def send(self, request: HttpRequest) -> HttpResponse:
        if self.hangs and "/status/" in request.url:
            assert self.may_answer.wait(30)
        return self.issuer.send(request)


def test_hanging_status_list(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    over, grantd_issuer.status_list = HangingList(grantd_issuer), True
    grantd_issuer.lifetime = 99_999
    subject = Verifier(grantd_issuer.issuer, grantd_issuer.audience, transport=over, clock=grantd_clock)
    token, other = grantd_issuer.mint(), grantd_issuer.mint()
    assert reason(subject, token) == "ok"
    grantd_issuer.revoke(token)
    grantd_clock.advance(status_list.MAX_TTL)
    over.hangs = True
    waited: list[float | None] = []
    waits = threading.Event.wait

    def wait(event: threading.Event, seconds: float | None) -> bool:
        waited.append(seconds)
        # The time that a caller has is over at once.
        return waits(event, seconds) if seconds is None else False

    subject._runtime._wait = wait
    assert [reason(subject, one) for one in (token, other, token)] == ["ok"] * 3, "by the list that is good still"
    assert waited == [status_list.PATIENCE], "one caller, for a second; then nobody for 5 s"
    grantd_clock.advance(status_list.PAUSE)
    assert reason(subject, token) == "ok" and waited == [status_list.PATIENCE] * 2
    assert grantd_issuer.count("status") == 1, "the request that is on its way goes on"
    over.may_answer.set()
    subject._runtime.settle()
    assert [reason(subject, one) for one in (token, other)] == ["revoked", "ok"], "what it brought is taken"
    assert grantd_issuer.count("status") == 2 and len(waited) == 2


def test_a_list_that_has_ended_is_waited_for(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    grantd_issuer.status_list = True
    grantd_issuer.lifetime = 99_999
    subject, token = verifier(grantd_issuer), grantd_issuer.mint()
    assert reason(subject, token) == "ok"
    grantd_clock.advance(3600)
    grantd_issuer.faults("status", hangs())
    assert cause(subject, token) is RequestTimeoutError
    grantd_clock.advance(status_list.PAUSE)
    assert reason(subject, token) == "ok"


def test_a_list_that_ends_while_somebody_waits_is_waited_for(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    over, grantd_issuer.status_list = HangingList(grantd_issuer), True
    grantd_issuer.lifetime = 99_999
    subject = Verifier(grantd_issuer.issuer, grantd_issuer.audience, transport=over, clock=grantd_clock)
    token = grantd_issuer.mint()
    assert reason(subject, token) == "ok"
    grantd_issuer.revoke(token)
    grantd_clock.advance(3599)
    over.hangs = True
    waits = threading.Event.wait

    def wait(event: threading.Event, seconds: float | None) -> bool:
        if seconds is not None:
            grantd_clock.advance(seconds)
            return False
        over.may_answer.set()
        return waits(event, None)

    subject._runtime._wait = wait
    said = reason(subject, token)
    over.may_answer.set()
    subject._runtime.settle()
    assert said == "revoked", "by the list that came, since the one that was there has ended"


def test_hanging_status_list_async(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    async def run() -> None:
        may_answer, waited = asyncio.Event(), []
        grantd_issuer.status_list, grantd_issuer.lifetime = True, 99_999

        class Slow:
            hangs = False

            async def send(self, request: HttpRequest) -> HttpResponse:
                if self.hangs and "/status/" in request.url:
                    await may_answer.wait()
                return grantd_issuer.send(request)

        async def wait(_: Any, seconds: float) -> None:
            waited.append(seconds)

        over = Slow()
        subject = AsyncVerifier(grantd_issuer.issuer, grantd_issuer.audience, transport=over, clock=grantd_clock)
        subject._runtime._wait = wait
        token = grantd_issuer.mint()
        await subject.verify(token)
        grantd_issuer.revoke(token)
        grantd_clock.advance(status_list.MAX_TTL)
        over.hangs = True
        for _ in range(3):
            await subject.verify(token)
        assert waited == [status_list.PATIENCE]
        may_answer.set()
        await subject._runtime.settle()
        with pytest.raises(Refused) as refused:
            await subject.verify(token)
        assert refused.value.reason == "revoked"

    asyncio.run(run())


def test_clock_steps_back(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    grantd_issuer.status_list = True
    grantd_clock.advance(MONTH)
    subject = verifier(grantd_issuer)
    asking = verifier(grantd_issuer, introspection=Introspection("acme-api", "s", always=True))
    assert reason(subject, grantd_issuer.mint()) == "ok"
    old = grantd_issuer.mint({"iat": int(grantd_clock()) - MONTH, "exp": int(grantd_clock()) + MONTH})
    assert [reason(one, old) for one in (subject, asking)] == ["ok", "ok"]
    before = {name: grantd_issuer.count(name) for name in ("metadata", "jwks", "status", "introspect")}
    grantd_clock.advance(-MONTH)

    def more(name: str) -> int:
        subject._runtime.settle()
        asking._runtime.settle()
        return grantd_issuer.count(name) - before[name]

    assert [reason(one, old) for one in (subject, asking)] == ["ok", "ok"]
    assert [more(name) for name in ("jwks", "status", "introspect")] == [1, 1, 1]
    assert more("metadata") == 2, "each of the two fetches it beside its calls"
    assert [reason(one, old) for one in (subject, asking)] == ["ok", "ok"]
    assert [more(name) for name in ("jwks", "status", "introspect", "metadata")] == [1, 1, 1, 2]
    # From there on as ever: what cannot be fetched ends after a day, and not after a month and a day.
    grantd_issuer.faults("jwks", *[unreachable()] * 10_000)
    grantd_clock.advance(keys.STALE)
    assert cause(subject, old) is UnavailableError


def test_keys_from_the_future_that_cannot_be_fetched_again_end_too(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    grantd_clock.advance(MONTH)
    subject = verifier(grantd_issuer)
    old = grantd_issuer.mint({"iat": int(grantd_clock()) - MONTH, "exp": int(grantd_clock()) + MONTH})
    assert reason(subject, old) == "ok"
    grantd_clock.advance(-MONTH)
    grantd_issuer.faults("jwks", *[unreachable()] * 10_000)
    assert reason(subject, old) == "ok"
    grantd_clock.advance(keys.STALE)
    assert cause(subject, old) is UnavailableError


def test_an_early_refresh_that_failed_in_the_future_is_forgotten(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    tokens = manager(grantd_issuer)
    tokens.get_access_token()
    grantd_clock.advance(3600 - 20)
    grantd_issuer.faults("token", unreachable())
    tokens.get_access_token()
    tokens.close()
    grantd_clock.advance(-10)
    tokens.get_access_token()
    tokens.close()
    assert grantd_issuer.count("token") == 3
