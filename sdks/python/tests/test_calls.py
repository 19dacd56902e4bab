"""Calls to an API with httpx, httpx2 and requests: when there is another, and what it carries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from grantd import (
    ApiKey,
    ConfigurationError,
    InsufficientScopeError,
    SigningKey,
    TokenManager,
)
from grantd.httpx import Auth
from grantd.requests import Auth as RequestsAuth
from grantd.testing import FakeIssuer, replies

from .support import LIBRARIES, SECRET, URL, Api, async_manager, manager


@LIBRARIES
def test_retry_once_on_401(grantd_issuer: FakeIssuer, library: Any, adapter: Any) -> None:
    tokens, api = manager(grantd_issuer), Api(library)
    with library.Client(transport=api.transport, auth=adapter.Auth(tokens)) as client:
        assert client.get(URL).status_code == 200
        api.refused.add(api.seen[-1])
        assert client.post(URL, json={"a": 1}).status_code == 200
        assert len(api.seen) == 3 and api.seen[2] != api.seen[1]
        api.refused.add("*")
        assert client.get(URL).status_code == 401
        assert len(api.seen) == 5, "refused again: the 401 goes to the caller"
    assert grantd_issuer.count("token") == 3


@LIBRARIES
def test_retry_once_on_401_async(grantd_issuer: FakeIssuer, library: Any, adapter: Any) -> None:
    async def run() -> None:
        tokens, api = async_manager(grantd_issuer), Api(library)
        async with library.AsyncClient(transport=api.transport, auth=adapter.Auth(tokens)) as client:
            assert (await client.get(URL)).status_code == 200
            api.refused.add(api.seen[-1])
            assert (await client.get(URL)).status_code == 200
            assert len(api.seen) == 3 and grantd_issuer.count("token") == 2

    asyncio.run(run())


def test_no_retry_on_insufficient_scope(grantd_issuer: FakeIssuer) -> None:
    api = Api()
    api.scope_needed = True
    with httpx.Client(transport=api.transport, auth=Auth(manager(grantd_issuer))) as client:
        with pytest.raises(InsufficientScopeError) as error:
            client.get(URL)
    assert error.value.scopes == ("a:b", "c:d") and len(api.seen) == 1


def test_no_retry_of_a_stream(grantd_issuer: FakeIssuer) -> None:
    tokens, api = manager(grantd_issuer), Api()
    api.refused.add(tokens.get_access_token())

    def body() -> Iterator[bytes]:
        yield b"once"

    with httpx.Client(transport=api.transport, auth=Auth(tokens)) as client:
        assert client.post(URL, content=body()).status_code == 401
    assert len(api.seen) == 1


@LIBRARIES
def test_no_credential_goes_over_plain_http(grantd_issuer: FakeIssuer, library: Any, adapter: Any) -> None:
    seen: list[str] = []

    def api(request: Any) -> Any:
        seen.append(str(request.url))
        return library.Response(200)

    here, away = "http://localhost:8000/", "http://api.example.test/"
    for credentials in (manager(grantd_issuer), ApiKey("k3y")):
        with library.Client(transport=library.MockTransport(api), auth=adapter.Auth(credentials)) as client:
            assert client.get(here).status_code == 200
            with pytest.raises(ConfigurationError):
                client.get(away)
        with pytest.raises(ConfigurationError):
            requests.get(away, auth=RequestsAuth(credentials), timeout=10)

    async def run() -> None:
        for credentials in (async_manager(grantd_issuer), ApiKey("k3y")):
            transport = library.MockTransport(api)
            async with library.AsyncClient(transport=transport, auth=adapter.Auth(credentials)) as client:
                with pytest.raises(ConfigurationError):
                    await client.get(away)

    asyncio.run(run())
    assert seen == [here, here]


def test_a_manager_and_its_client_are_of_one_kind(grantd_issuer: FakeIssuer) -> None:
    with httpx.Client(auth=Auth(async_manager(grantd_issuer))) as client, pytest.raises(ConfigurationError):
        client.get(URL)


def test_dpop_binds_tokens_and_requests(grantd_issuer: FakeIssuer) -> None:
    key = SigningKey.generate()
    tokens = manager(grantd_issuer, dpop_key=key)
    grantd_issuer.faults("token", replies(400, {"error": "use_dpop_nonce"}, {"DPoP-Nonce": "n-1"}))
    seen: list[tuple[str, str]] = []

    def api(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["authorization"], request.headers["dpop"]))
        if len(seen) == 1:
            challenge = {"WWW-Authenticate": 'DPoP error="use_dpop_nonce"', "DPoP-Nonce": "n-2"}
            return httpx.Response(401, headers=challenge)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(api), auth=Auth(tokens)) as client:
        assert client.get(URL).status_code == 200
        assert client.get(URL).status_code == 200
    assert [authorization[:5] for authorization, _ in seen] == ["DPoP "] * 3, "the nonce is known the second time"
    assert len({proof for _, proof in seen}) == 3 and grantd_issuer.count("token") == 2


def test_an_api_key_does_not_follow_a_redirect_elsewhere(grantd_issuer: FakeIssuer) -> None:
    with grantd_issuer.over_http() as there, FakeIssuer().over_http() as here_url:
        del here_url
        grantd_issuer.faults(
            "away", replies(302, None, {"Location": f"{there}/home".replace("127.0.0.1", "localhost")})
        )
        requests.get(f"{there}/away", auth=RequestsAuth(ApiKey("k3y")), timeout=10)
        sent = {name: {key.lower() for key in one.headers} for name, one in grantd_issuer.requests}
    assert "x-api-key" in sent["away"] and "x-api-key" not in sent["home"]


def test_requests_retries_once_too(grantd_issuer: FakeIssuer) -> None:
    with grantd_issuer.over_http() as url:
        tokens = TokenManager(url, "nightly", SECRET)
        session = requests.Session()
        session.auth = RequestsAuth(tokens)
        grantd_issuer.faults(
            "status", replies(200), replies(401, None, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        )
        assert session.get(f"{url}/status/1", timeout=10).status_code == 200
        assert session.get(f"{url}/status/1", timeout=10).status_code == 200
        session.close()
    assert grantd_issuer.count("status") == 3 and grantd_issuer.count("token") == 2


def test_whoever_a_redirect_leads_to_gets_no_token(grantd_issuer: FakeIssuer) -> None:
    other = FakeIssuer()
    with grantd_issuer.over_http() as here, other.over_http() as there:
        elsewhere = there.replace("127.0.0.1", "localhost") + "/status/1"
        grantd_issuer.faults("away", replies(302, None, {"Location": elsewhere}))
        other.faults("status", *[replies(401, None, {"WWW-Authenticate": 'Bearer error="invalid_token"'})] * 3)
        tokens = TokenManager(here, "nightly", SECRET)
        tokens.get_access_token()
        reply = requests.get(f"{here}/away", auth=RequestsAuth(tokens), timeout=10)
    assert reply.status_code == 401
    assert [name for name, _ in other.requests] == ["status"]
    assert not any(name.lower() == "authorization" for _, one in other.requests for name in one.headers)


@LIBRARIES
def test_whoever_a_redirect_leads_to_has_no_say(grantd_issuer: FakeIssuer, library: Any, adapter: Any) -> None:
    hosts: list[tuple[str, bool]] = []

    def api(request: Any) -> Any:
        hosts.append((request.url.host, "authorization" in request.headers))
        if request.url.host == "api.example.test":
            return library.Response(302, headers={"Location": "https://evil.example.test/"})
        return library.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    tokens = manager(grantd_issuer)
    tokens.get_access_token()
    transport = library.MockTransport(api)
    with library.Client(transport=transport, auth=adapter.Auth(tokens), follow_redirects=True) as client:
        assert client.get(URL).status_code == 401
    assert hosts == [("api.example.test", True), ("evil.example.test", False)]
    assert grantd_issuer.count("token") == 1
