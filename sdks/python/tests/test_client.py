"""The scenarios of the client side that need no server: `spec/vectors/scenarios.md`, by the names there."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from grantd import (
    ApiKey,
    AsyncTokenManager,
    ConfigurationError,
    DeviceCodeExpiredError,
    InsufficientScopeError,
    IssuerMismatchError,
    LoginRequiredError,
    MemoryStore,
    OAuthClient,
    RequestTimeoutError,
    SigningKey,
    StandardTransport,
    StoreError,
    TokenManager,
    UnavailableError,
)
from grantd.errors import AccessDeniedError
from grantd.http import HttpRequest
from grantd.httpx import Auth
from grantd.requests import Auth as RequestsAuth
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

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


def settle() -> None:
    """Waits for what runs beside the test."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon and "_beside" in thread.name:
            thread.join(10)


def test_refresh_ahead(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_clock.advance(3600 - 73)
    assert tokens.get_access_token() == first and grantd_issuer.count("token") == 1
    grantd_clock.advance(20)
    assert tokens.get_access_token() == first
    settle()
    assert grantd_issuer.count("token") == 2
    assert tokens.get_access_token() != first and grantd_issuer.count("token") == 2


def test_refresh_ahead_async(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    async def run() -> None:
        tokens = async_manager(grantd_issuer)
        first = await tokens.get_access_token()
        grantd_clock.advance(3600 - 53)
        assert await tokens.get_access_token() == first
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)
        assert await tokens.get_access_token() != first and grantd_issuer.count("token") == 2

    asyncio.run(run())


def test_refresh_blocks_at_the_end(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_clock.advance(3600 - 5)
    assert tokens.get_access_token() != first


def test_failed_early_refresh_keeps_the_token(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_issuer.faults("token", replies(503), hangs(), unreachable(), replies(500), unreachable())
    grantd_clock.advance(3600 - 50)
    for seconds, attempts in ((0, 2), (4, 2), (1, 3)):
        grantd_clock.advance(seconds)
        assert tokens.get_access_token() == first
        settle()
        assert grantd_issuer.count("token") == attempts
    grantd_clock.advance(42)
    assert tokens.get_access_token() == first, "the last seconds of a token are better than none"
    grantd_clock.advance(10)
    with pytest.raises(UnavailableError):
        tokens.get_access_token()


def test_single_flight_failure(grantd_issuer: FakeIssuer) -> None:
    all_wait = threading.Barrier(100)
    asked = threading.Event()

    def slow(request: HttpRequest) -> Any:
        asked.wait(10)
        return unreachable()(request)

    grantd_issuer.faults("token", slow)
    tokens, outcomes = manager(grantd_issuer), []

    def call() -> None:
        all_wait.wait()
        try:
            outcomes.append(tokens.get_access_token())
        except UnavailableError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=call) for _ in range(100)]
    for thread in threads:
        thread.start()
    while sum(1 for thread in threads if thread.is_alive()) < 100:
        pass
    asked.set()
    for thread in threads:
        thread.join()
    failures = [one for one in outcomes if isinstance(one, UnavailableError)]
    # Whoever came after the failure was through asked again and got a token: never two requests at once.
    assert failures and grantd_issuer.count("token") <= 2
    assert tokens.get_access_token()


class Api:
    """An API inside the test: which tokens it refuses, and what it saw."""

    def __init__(self, **answers: str) -> None:
        self.refused: set[str] = set()
        self.seen: list[str] = []
        self.scope_needed = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.seen.append(token)
        if self.scope_needed:
            return httpx.Response(
                403, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="a:b c:d"'}
            )
        if token in self.refused or "*" in self.refused:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return httpx.Response(200, json=[])


URL = "https://api.example.test/invoices"


def test_retry_once_on_401(grantd_issuer: FakeIssuer) -> None:
    tokens, api = manager(grantd_issuer), Api()
    with httpx.Client(transport=httpx.MockTransport(api), auth=Auth(tokens)) as client:
        assert client.get(URL).status_code == 200
        api.refused.add(api.seen[-1])
        assert client.post(URL, json={"a": 1}).status_code == 200
        assert len(api.seen) == 3 and api.seen[2] != api.seen[1]
        api.refused.add("*")
        assert client.get(URL).status_code == 401
        assert len(api.seen) == 5, "refused again: the 401 goes to the caller"
    assert grantd_issuer.count("token") == 3


def test_retry_once_on_401_async(grantd_issuer: FakeIssuer) -> None:
    async def run() -> None:
        tokens, api = async_manager(grantd_issuer), Api()
        async with httpx.AsyncClient(transport=httpx.MockTransport(api), auth=Auth(tokens)) as client:
            assert (await client.get(URL)).status_code == 200
            api.refused.add(api.seen[-1])
            assert (await client.get(URL)).status_code == 200
            assert len(api.seen) == 3 and grantd_issuer.count("token") == 2

    asyncio.run(run())


def test_no_retry_on_insufficient_scope(grantd_issuer: FakeIssuer) -> None:
    api = Api()
    api.scope_needed = True
    with httpx.Client(transport=httpx.MockTransport(api), auth=Auth(manager(grantd_issuer))) as client:
        with pytest.raises(InsufficientScopeError) as error:
            client.get(URL)
    assert error.value.scopes == ("a:b", "c:d") and len(api.seen) == 1


def test_no_retry_of_a_stream(grantd_issuer: FakeIssuer) -> None:
    tokens, api = manager(grantd_issuer), Api()
    api.refused.add(tokens.get_access_token())

    def body() -> Iterator[bytes]:
        yield b"once"

    with httpx.Client(transport=httpx.MockTransport(api), auth=Auth(tokens)) as client:
        assert client.post(URL, content=body()).status_code == 401
    assert len(api.seen) == 1


def test_a_retry_drops_only_the_refused_token(grantd_issuer: FakeIssuer) -> None:
    tokens = manager(grantd_issuer)
    old = tokens.get_access_token()
    for _ in range(10):
        tokens.refuse(old)
        new = tokens.get_access_token()
    assert new != old and grantd_issuer.count("token") == 2


def test_a_manager_and_its_client_are_of_one_kind(grantd_issuer: FakeIssuer) -> None:
    with httpx.Client(auth=Auth(async_manager(grantd_issuer))) as client, pytest.raises(ConfigurationError):
        client.get(URL)


def login(issuer: FakeIssuer, store: Any = None) -> tuple[OAuthClient, TokenManager]:
    client = OAuthClient(issuer.issuer, "web", SECRET, transport=issuer, clock=issuer.clock, sleep=issuer.clock.sleep)  # type: ignore[attr-defined]
    request = client.authorization_request("https://app.example.test/cb", ["openid", "invoices:read"])
    tokens = client.exchange(request, issuer.login(request.url))
    assert tokens.claims is not None and tokens.claims["sub"] == "user-1"
    kept = TokenManager.for_login(client, "user-1", store=store)
    kept.begin(tokens)
    return client, kept


def test_code_with_pkce_refuses_answers_of_others(grantd_issuer: FakeIssuer) -> None:
    client = OAuthClient(grantd_issuer.issuer, "web", SECRET, transport=grantd_issuer, clock=grantd_issuer.clock)
    request = client.authorization_request("https://app.example.test/cb", ["openid"])
    answer = grantd_issuer.login(request.url)
    for wrong in (
        answer.replace(request.state, "another"),
        answer.replace(f"iss={grantd_issuer.issuer}", "iss=https://evil.example.test"),
        answer.partition("&iss=")[0],
        answer + f"&state={request.state}",
    ):
        with pytest.raises(IssuerMismatchError):
            client.exchange(request, wrong)
    with pytest.raises(AccessDeniedError):
        client.exchange(request, answer.replace("code=", "error=access_denied&code="))
    assert grantd_issuer.count("token") == 0, "refused before any request"
    other = client.authorization_request("https://app.example.test/cb", ["openid"])
    nonce_of_another = type(request)(
        request.url, request.state, request.code_verifier, request.redirect_uri, other.nonce
    )
    with pytest.raises(IssuerMismatchError):
        client.exchange(nonce_of_another, answer)


def test_rotation_stores_first(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    class Watched(MemoryStore):
        fails = False

        def save(self, name: str, text: str) -> None:
            if self.fails:
                raise StoreError("the disk is full")
            super().save(name, text)

    store = Watched()
    _, tokens = login(grantd_issuer, store)
    grantd_clock.advance(3600)
    token = tokens.get_access_token()
    assert any(token in text for text in store._texts.values())
    grantd_clock.advance(3600)
    store.fails = True
    with pytest.raises(StoreError):
        tokens.get_access_token()
    store.fails = False
    assert tokens.get_access_token(), "the new refresh token survived in memory"


def test_invalid_grant_ends_the_login(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store = MemoryStore()
    _, tokens = login(grantd_issuer, store)
    for value in grantd_issuer._given.refresh.values():
        value.is_ended = True
    grantd_clock.advance(3600)
    for _ in range(2):
        with pytest.raises(LoginRequiredError):
            tokens.get_access_token()
    assert not store._texts and grantd_issuer.count("token") == 2


def test_device(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    client = OAuthClient(
        grantd_issuer.issuer, "tv", transport=grantd_issuer, clock=grantd_clock, sleep=grantd_clock.sleep
    )
    grantd_issuer.device_script = ["authorization_pending", "slow_down", "authorization_pending"]
    device, began = client.device(["invoices:read"]), grantd_clock.now
    assert client.poll(device).refresh_token
    assert grantd_clock.now - began == 5 + 5 + 10 + 10
    for code, kind in (("expired_token", DeviceCodeExpiredError), ("access_denied", AccessDeniedError)):
        grantd_issuer.device_script = [code]
        with pytest.raises(kind):
            client.poll(client.device())
    grantd_issuer.device_script = ["authorization_pending"] * 1000
    with pytest.raises(DeviceCodeExpiredError):
        client.poll(client.device())


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
    assert [authorization[:5] for authorization, _ in seen] == ["DPoP ", "DPoP "]
    assert seen[0][1] != seen[1][1] and grantd_issuer.count("token") == 2


def test_hanging_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(RequestTimeoutError):
            TokenManager(url, "nightly", SECRET, timeout=0.2).get_access_token()


def test_a_server_that_drips_ends_in_a_time_out_too() -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    while not ended.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(RequestTimeoutError):
                StandardTransport().send(
                    HttpRequest("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.4)
                )
        finally:
            ended.set()
            thread.join()


def test_a_redirect_of_the_token_endpoint_is_not_followed(grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.faults("token", replies(307, None, {"Location": "https://evil.example.test/token"}))
    with pytest.raises(UnavailableError):
        manager(grantd_issuer).get_access_token()


def test_plain_http_is_for_this_computer() -> None:
    for issuer in (
        "http://id.example.test",
        "https://id.example.test/",
        "https://id.example.test?x",
        "ftp://localhost",
    ):
        with pytest.raises(ConfigurationError):
            OAuthClient(issuer, "web")


def test_endpoints_of_an_https_issuer_are_https(grantd_issuer: FakeIssuer) -> None:
    members = {"issuer": grantd_issuer.issuer, "token_endpoint": "http://localhost/token"}
    grantd_issuer.faults("metadata", replies(200, members))
    with pytest.raises(UnavailableError):
        manager(grantd_issuer).get_access_token()


def test_secrets_do_not_print(grantd_issuer: FakeIssuer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = SigningKey.from_jwk({**_private_jwk(), "kid": "k"})
    client, tokens = login(grantd_issuer)
    value = tokens.get_tokens()
    with_key = OAuthClient(grantd_issuer.issuer, "web", private_key=key, transport=grantd_issuer)
    secrets = [
        SECRET,
        value.access_token,
        value.refresh_token or "-",
        value.id_token or "--",
        _private_jwk()["d"],
        "k3y-secret",
    ]
    shown = [repr(one) for one in (client, tokens, value, with_key, key, ApiKey("k3y-secret"), Auth(tokens))]
    shown += [repr(one) for _, one in grantd_issuer.requests]
    grantd_issuer.faults("token", replies(400, {"error": "invalid_client"}), replies(200, b"<html>"), unreachable())
    for _ in range(3):
        try:
            client.refresh(value.refresh_token or "")
        except Exception as error:
            shown += [str(error), repr(error), repr(error.args), "".join(traceback.format_exception(error))]
    shown.append(caplog.text)
    for text in shown:
        assert not any(secret in text for secret in secrets), text


def _private_jwk() -> dict[str, str]:
    import json
    from pathlib import Path

    keys = json.loads((Path(__file__).parents[3] / "spec/vectors/keys.json").read_text())
    one: dict[str, str] = keys["client"]["one"]
    return one


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
