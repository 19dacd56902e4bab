"""What managers in several processes have from each other by their store: which tokens are newest, and who waits for whom."""

from __future__ import annotations

from typing import Any

import pytest

from grantd import MemoryStore, SigningKey, StoreError, TokenManager, UnavailableError
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, replies, unreachable

from .support import SECRET, login, login_that_was_not_kept, manager


def test_what_another_stored_is_newer_whatever_the_clock_says(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    store = MemoryStore()
    client, first = login(grantd_issuer, store)
    grantd_clock.advance(-7200)
    other = TokenManager.for_login(client, "user-1", store=store)
    other.refuse(other.get_access_token())
    renewed = other.get_access_token()
    grantd_clock.advance(3 * 7200)
    assert first.get_access_token() != renewed, "by the refresh token of the store: our own was spent"


def test_what_a_store_could_not_keep_goes_on_until_it_does(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    _, tokens = login_that_was_not_kept(grantd_issuer, grantd_clock)
    # The clock went back, and the next attempt fails too.
    grantd_clock.advance(-7200)
    tokens.refuse(tokens.get_access_token())
    grantd_issuer.faults("token", unreachable())
    with pytest.raises(UnavailableError):
        tokens.get_access_token()
    grantd_clock.advance(1)
    assert tokens.get_access_token(), "by the refresh token in memory: that of the store is spent"


def test_a_login_anew_is_newer_than_what_a_store_could_not_keep(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    store, tokens = login_that_was_not_kept(grantd_issuer, grantd_clock)
    for value in grantd_issuer._given.refresh.values():
        value.is_ended = True
    grantd_clock.advance(-3600)
    _, again = login(grantd_issuer, store)
    grantd_clock.advance(3 * 3600)
    assert tokens.get_access_token() == again.get_access_token(), (
        "of the new login, in whichever order the clock puts them"
    )


@pytest.mark.parametrize("is_login", [True, False])
def test_a_pause_hides_nothing_that_another_stored(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, is_login: bool
) -> None:
    store = MemoryStore()
    if is_login:
        client, first = login(grantd_issuer, store)
        other = TokenManager.for_login(client, "user-1", store=store)
    else:
        first, other = manager(grantd_issuer, store=store), manager(grantd_issuer, store=store)
        first.get_access_token()
    grantd_clock.advance(3600)
    grantd_issuer.faults("token", replies(503, None, {"Retry-After": "60"}))
    for _ in range(2):
        with pytest.raises(UnavailableError):
            first.get_access_token()
    renewed, asked = other.get_access_token(), grantd_issuer.count("token")
    assert first.get_access_token() == renewed and grantd_issuer.count("token") == asked


@pytest.mark.parametrize("timeout", [10, 30])
def test_who_waits_for_a_renewal_waits_longer_than_one_takes(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, timeout: int
) -> None:
    class InTheLastMoment:
        def send(self, request: HttpRequest) -> HttpResponse:
            grantd_clock.advance(request.timeout)
            return grantd_issuer.send(request)

    slow: dict[str, Any] = {"transport": InTheLastMoment(), "dpop_key": SigningKey.generate()}
    grantd_issuer.faults("metadata", replies(404))
    grantd_issuer.faults("token", replies(400, {"error": "use_dpop_nonce"}, {"DPoP-Nonce": "n"}))
    began = grantd_clock()
    TokenManager(grantd_issuer.issuer, "nightly", SECRET, timeout=timeout, clock=grantd_clock, **slow).get_tokens()
    longest = grantd_clock() - began
    assert longest == 4 * timeout and [name for name, _ in grantd_issuer.requests] == ["metadata"] * 2 + ["token"] * 2

    store, slept = MemoryStore(), [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds
        if slept[0] > longest and lock is not None:
            lock.release()

    over: dict[str, Any] = {"store": store, "clock": grantd_clock, "transport": grantd_issuer, "sleep": sleep}
    waits = TokenManager(grantd_issuer.issuer, "nightly", SECRET, timeout=timeout, **over)
    lock = store.try_lock(waits._manager.name)
    assert waits.get_access_token() and slept[0] > longest
    held, lock = store.try_lock(waits._manager.name), None
    slept[0] = 0.0
    waits.refuse(waits.get_access_token())
    with pytest.raises(StoreError):
        waits.get_access_token()
    assert held is not None and longest < slept[0] < longest + timeout
