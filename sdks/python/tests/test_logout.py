"""The end of a login: revoked at the issuer first, then forgotten, so that an end which fails can be tried again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from grantd import AsyncOAuthClient, AsyncTokenManager, MemoryStore, TokenManager, UnavailableError
from grantd.testing import FakeClock, FakeIssuer, replies, unreachable

from .support import SECRET, login


def has_ended(issuer: FakeIssuer) -> bool:
    return all(value.is_ended for value in issuer._given.refresh.values())


def test_a_refresh_token_that_was_given_is_revoked_too(grantd_issuer: FakeIssuer) -> None:
    client, first = login(grantd_issuer)
    given = first.get_tokens().refresh_token
    assert not has_ended(grantd_issuer)
    TokenManager.for_login(client, "user-2", refresh_token=given).end()
    assert has_ended(grantd_issuer)


@pytest.mark.parametrize("given", [None, ""])
def test_where_there_is_nothing_to_end_nothing_is_sent(grantd_issuer: FakeIssuer, given: str | None) -> None:
    client, _ = login(grantd_issuer)
    TokenManager.for_login(client, "user-2", refresh_token=given).end()
    assert grantd_issuer.count("revoke") == 0


@pytest.mark.parametrize("fault", [unreachable(), replies(503), replies(401, {"error": "invalid_client"})])
def test_a_logout_that_fails_can_be_repeated(grantd_issuer: FakeIssuer, grantd_clock: FakeClock, fault: Any) -> None:
    store = MemoryStore()
    _, tokens = login(grantd_issuer, store)
    kept = dict(store._texts)
    grantd_issuer.faults("revoke", fault)
    with pytest.raises(Exception) as error:
        tokens.end()
    assert type(error.value).__module__ == "grantd.errors"
    assert store._texts == kept and not has_ended(grantd_issuer)
    assert tokens.get_access_token(), "and the lock was given back"
    tokens.end()
    assert not store._texts and has_ended(grantd_issuer)
    tokens.end()
    assert grantd_issuer.count("revoke") == 2


def test_the_lock_is_held_while_tokens_are_revoked(grantd_issuer: FakeIssuer) -> None:
    store = MemoryStore()
    _, tokens = login(grantd_issuer, store)
    locked: list[bool] = []

    def watched(_: Any) -> Any:
        locked.append(store.try_lock(tokens._manager.name) is None and bool(store._texts))
        return replies(200)(_)

    grantd_issuer.faults("revoke", watched)
    tokens.end()
    assert locked == [True] and not store._texts


def test_a_logout_that_fails_can_be_repeated_on_a_loop(grantd_issuer: FakeIssuer) -> None:
    store = MemoryStore()
    _, first = login(grantd_issuer, store)
    web = AsyncOAuthClient(
        grantd_issuer.issuer, "web", SECRET, transport=grantd_issuer.async_transport, clock=grantd_issuer.clock
    )

    async def run() -> None:
        tokens = AsyncTokenManager.for_login(web, "user-1", store=store)
        grantd_issuer.faults("revoke", unreachable())
        with pytest.raises(UnavailableError):
            await tokens.end()
        assert store.load(first._manager.name) and not has_ended(grantd_issuer)
        await tokens.end()

    asyncio.run(run())
    assert not store._texts and has_ended(grantd_issuer)
