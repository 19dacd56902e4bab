"""What the tests of the client side have in common: managers over the fake issuer, an API that refuses, a login."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

import grantd.httpx
import grantd.httpx2
from grantd import (
    AsyncTokenManager,
    MemoryStore,
    OAuthClient,
    StoreError,
    TokenManager,
)
from grantd.testing import FakeClock, FakeIssuer

SECRET = "a-secret-that-is-nowhere"


def manager(issuer: FakeIssuer, **settings: Any) -> TokenManager:
    return TokenManager(
        issuer.issuer,
        "nightly",
        SECRET,
        scopes=["invoices:read"],
        transport=issuer,
        clock=issuer.clock,
        sleep=issuer.clock.sleep,  # type: ignore[attr-defined]
        **settings,
    )


def async_manager(issuer: FakeIssuer, **settings: Any) -> AsyncTokenManager:
    transport = issuer.async_transport
    return AsyncTokenManager(issuer.issuer, "nightly", SECRET, transport=transport, clock=issuer.clock, **settings)


class Api:
    """An API inside the test: which tokens it refuses, and what it saw."""

    def __init__(self, library: Any = httpx) -> None:
        self.refused: set[str] = set()
        self.seen: list[str] = []
        self.scope_needed = False
        self.transport = library.MockTransport(self)
        self._reply = library.Response

    def __call__(self, request: Any) -> Any:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.seen.append(token)
        if self.scope_needed:
            lacking = 'Bearer error="insufficient_scope", scope="a:b c:d"'
            return self._reply(403, headers={"WWW-Authenticate": lacking})
        if token in self.refused or "*" in self.refused:
            return self._reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return self._reply(200, json=[])


LIBRARIES = pytest.mark.parametrize(("library", "adapter"), [(httpx, grantd.httpx), (httpx2, grantd.httpx2)])
URL = "https://api.example.test/invoices"


def login(issuer: FakeIssuer, store: Any = None) -> tuple[OAuthClient, TokenManager]:
    client = OAuthClient(issuer.issuer, "web", SECRET, transport=issuer, clock=issuer.clock, sleep=issuer.clock.sleep)  # type: ignore[attr-defined]
    request = client.authorization_request("https://app.example.test/cb", ["openid", "invoices:read"])
    tokens = client.exchange(request, issuer.login(request.url))
    assert tokens.claims is not None and tokens.claims["sub"] == "user-1"
    kept = TokenManager.for_login(client, "user-1", store=store)
    kept.begin(tokens)
    return client, kept


class FullStore(MemoryStore):
    """Keeps nothing more while it is told to be full."""

    is_full = False

    def save(self, name: str, text: str) -> None:
        if self.is_full:
            raise StoreError("the disk is full")
        super().save(name, text)


def login_that_was_not_kept(issuer: FakeIssuer, clock: FakeClock) -> tuple[FullStore, TokenManager]:
    """A login whose newest tokens, of a refresh an hour later, are in memory alone: its store was full and has room again."""
    store = FullStore()
    _, tokens = login(issuer, store)
    clock.advance(3600)
    store.is_full = True
    with pytest.raises(StoreError):
        tokens.get_access_token()
    store.is_full = False
    return store, tokens


def private_jwk() -> dict[str, str]:
    keys = json.loads((Path(__file__).parents[3] / "spec/vectors/keys.json").read_text())
    one: dict[str, str] = keys["client"]["one"]
    return one
