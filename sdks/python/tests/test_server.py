"""The scenarios that go to the built server: `spec/vectors/scenarios.md`, by the names there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from grantd import (
    ApiKey,
    AsyncTokenManager,
    AsyncVerifier,
    Credential,
    Facts,
    FileStore,
    HttpRequest,
    HttpResponse,
    Introspection,
    IssuerMismatchError,
    LoginRequiredError,
    OAuthClient,
    OAuthError,
    Refused,
    SigningKey,
    StandardTransport,
    TokenManager,
    Tokens,
    Verifier,
)
from grantd.httpx import AsyncTransport, Auth
from grantd.testing import FakeClock

from .conftest import Server
from .person import answer

REDIRECT = "http://localhost:3000/callback"


class Counting(StandardTransport):
    """Counts what goes to the token endpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.urls.append(request.url)
        return super().send(request)

    @property
    def tokens(self) -> int:
        return sum(url.endswith("/token") for url in self.urls)


def machine(server: Server, **settings: Any) -> TokenManager:
    secret = server.secret("nightly-export")
    return TokenManager(server.issuer, "nightly-export", secret, **{"scopes": ["invoices:read"], **settings})


def asking(server: Server, **settings: Any) -> Verifier:
    by = Introspection("acme-api", server.secret("acme-api"), seconds=0, always=True)
    return Verifier(server.issuer, server.audience, introspection=by, **settings)


def reason(call: Callable[[], Any]) -> str:
    try:
        call()
    except Refused as refused:
        return refused.reason
    return "ok"


def test_acquire(server: Server) -> None:
    principal = Verifier(server.issuer, server.audience).verify(machine(server).get_access_token(), "invoices:read")
    assert (principal.client_id, principal.scopes) == ("nightly-export", ("invoices:read",))
    assert principal.issuer == server.issuer


def test_cache(server: Server) -> None:
    sent = Counting()
    tokens = machine(server, transport=sent)
    assert len({tokens.get_access_token() for _ in range(5)}) == 1 and sent.tokens == 1
    others = machine(server, transport=sent, scopes=["customers:read"])
    assert others.get_access_token() != tokens.get_access_token() and sent.tokens == 2


def test_single_flight(server: Server) -> None:
    sent, all_wait = Counting(), threading.Barrier(100)
    tokens, got = machine(server, transport=sent), []

    def call() -> None:
        all_wait.wait()
        got.append(tokens.get_access_token())

    threads = [threading.Thread(target=call) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 100 and len(set(got)) == 1 and sent.tokens == 1


def test_single_flight_async(server: Server) -> None:
    async def run() -> None:
        count = 0

        async def seen(request: httpx.Request) -> None:
            nonlocal count
            count += request.url.path.endswith("/token")

        async with httpx.AsyncClient(event_hooks={"request": [seen]}) as client:
            secret = server.secret("nightly-export")
            tokens = AsyncTokenManager(server.issuer, "nightly-export", secret, transport=AsyncTransport(client))
            got = await asyncio.gather(*(tokens.get_access_token() for _ in range(100)))
        assert len(set(got)) == 1 and count == 1

    asyncio.run(run())


def test_a_key_instead_of_a_secret(server: Server) -> None:
    key = SigningKey.from_jwk(server.client("nightly-sync")["private_jwk"])
    tokens = TokenManager(server.issuer, "nightly-sync", private_key=key, scopes=["invoices:read"])
    assert Verifier(server.issuer, server.audience).verify(tokens.get_access_token()).client_id == "nightly-sync"


def test_a_refusal_is_an_error_with_its_code(server: Server) -> None:
    with pytest.raises(OAuthError) as error:
        TokenManager(server.issuer, "nightly-export", "wrong").get_access_token()
    assert (error.value.code, error.value.status) == ("invalid_client", 401)
    with pytest.raises(OAuthError) as error:
        machine(server, scopes=["no:such"]).get_access_token()
    assert error.value.code == "invalid_scope"


def logged_in(server: Server, **settings: Any) -> tuple[OAuthClient, Tokens]:
    client = OAuthClient(server.issuer, "ledger-web", server.secret("ledger-web"), **settings)
    request = client.authorization_request(REDIRECT, ["openid", "offline_access", "invoices:read"])
    callback = answer(request.url, "ada@example.com", "correct-horse-ada")
    with pytest.raises(IssuerMismatchError):
        client.exchange(replace(request, state="another"), callback)
    with pytest.raises(IssuerMismatchError):
        client.exchange(request, callback.replace("iss=", "iss=x"))
    return client, client.exchange(request, callback)


def test_code_with_pkce(server: Server) -> None:
    _, tokens = logged_in(server)
    assert tokens.claims is not None and tokens.claims["aud"] in ("ledger-web", ["ledger-web"])
    principal = Verifier(server.issuer, server.audience).verify(tokens.access_token, "invoices:read")
    assert principal.subject == tokens.claims["sub"] and principal.tenant in ("acme-berlin", "acme-tokyo")


RENEWS = """
import sys
from grantd import FileStore, OAuthClient, TokenManager
sys.path.insert(0, sys.argv[5])
from tests.test_server import Counting
issuer, secret, directory, _ = sys.argv[1:5]
sent = Counting()
client = OAuthClient(issuer, "ledger-web", secret, transport=sent)
tokens = TokenManager.for_login(client, "ada", store=FileStore(directory))
sys.stdin.readline()
print(tokens.get_access_token(), sent.tokens, flush=True)
"""


def test_rotation_in_two_processes(server: Server, tmp_path: Path) -> None:
    client, tokens = logged_in(server)
    store = FileStore(tmp_path / "tokens")
    kept = TokenManager.for_login(client, "ada", store=store)
    kept.begin(replace(tokens, obtained_at=tokens.obtained_at - 3600))
    arguments = [
        server.issuer,
        server.secret("ledger-web"),
        str(tmp_path / "tokens"),
        "",
        str(Path(__file__).parents[1]),
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RENEWS, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert said[0][0] == said[1][0] and sorted(one[1] for one in said) == ["0", "1"]
    assert kept.get_access_token() == said[0][0]
    stored = Tokens.from_text(store.load(kept._manager.name) or "")
    assert stored is not None and stored.refresh_token is not None
    assert client.refresh(stored.refresh_token).access_token


def test_invalid_grant_ends_the_login(server: Server, tmp_path: Path) -> None:
    client, tokens = logged_in(server)
    store = FileStore(tmp_path)
    kept = TokenManager.for_login(client, "ada", store=store)
    kept.begin(replace(tokens, obtained_at=tokens.obtained_at - 3600))
    client.revoke(tokens.refresh_token or "")
    with pytest.raises(LoginRequiredError):
        kept.get_access_token()
    assert store.load(kept._manager.name) is None


def test_a_logout_revokes_what_was_stored(server: Server) -> None:
    client, tokens = logged_in(server)
    kept = TokenManager.for_login(client, "ada")
    kept.begin(tokens)
    kept.end()
    assert reason(lambda: asking(server).verify(tokens.access_token)) == "inactive"


def test_revocation_by_introspection(server: Server) -> None:
    client, tokens = logged_in(server)
    subject = asking(server)
    assert subject.verify(tokens.access_token).client_id == "ledger-web"
    client.revoke(tokens.access_token)
    assert reason(lambda: subject.verify(tokens.access_token)) == "inactive"


def protected(subject: Verifier, seen: list[str]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        facts = Facts(
            request.method,
            str(request.url.copy_with(query=None)),
            request.headers.get_list("authorization"),
            request.headers.get_list("x-api-key"),
            request.headers.get_list("dpop"),
        )
        try:
            return httpx.Response(200, json={"subject": subject.verify_request(facts, "invoices:read").subject})
        except Refused as refused:
            reply = subject.reply_to(refused)
            return httpx.Response(reply.status, headers=list(reply.headers), content=reply.body)

    return httpx.MockTransport(handle)


def test_api_key(server: Server) -> None:
    key, seen = server.realm["api_keys"][0]["key"], []
    api = protected(asking(server, api_keys=True), seen)
    with httpx.Client(transport=api, auth=Auth(ApiKey(key))) as client:
        reply = client.get("https://api.example.test/invoices")
        assert reply.status_code == 200 and reply.json()["subject"].startswith("api_key:")
    with httpx.Client(transport=api, auth=Auth(ApiKey(key[:-1] + ("x" if key[-1] != "x" else "y")))) as client:
        assert client.get("https://api.example.test/invoices").status_code == 401
    assert len(seen) == 2


def test_revocation_in_the_servers_list(server: Server) -> None:
    clock, client = (
        FakeClock(time.time()),
        OAuthClient(server.issuer, "nightly-export", server.secret("nightly-export")),
    )
    token = machine(server).get_access_token()
    older = Verifier(server.issuer, server.audience, clock=clock)
    assert "status_list" in older.verify(token).claims["status"]
    client.revoke(token)
    # The server needs a moment; each new verifier fetches the list anew.
    while (outcome := reason(lambda: Verifier(server.issuer, server.audience).verify(token))) == "ok":
        time.sleep(0.05)
    assert outcome == "revoked"
    older.verify(token)
    clock.advance(60)
    assert reason(lambda: older.verify(token)) == "revoked"


def test_introspection_of_an_api_key(server: Server) -> None:
    subject, given = asking(server, api_keys=True), server.realm["api_keys"][0]
    principal = subject.verify(Credential(given["key"], "api_key"), "invoices:void")
    assert principal.client_id is None and principal.tenant == given["tenant"]
    assert reason(lambda: subject.verify(Credential(given["key"], "api_key"), "payments:charge")) == "scope"
    assert reason(lambda: subject.verify(Credential("acme_key_unknown", "api_key"))) == "inactive"


def test_usage_is_reported(server: Server) -> None:
    by = Introspection("acme-api", server.secret("acme-api"))
    subject = Verifier(server.issuer, server.audience, introspection=by, usage_reports=True)
    subject.verify(machine(server).get_access_token(), "invoices:read")
    subject.close()
    operator = TokenManager(
        server.issuer, "ops", server.secret("ops"), scopes=["grantd:*"], resource=f"{server.issuer}/api/v1"
    )
    with httpx.Client(auth=Auth(operator)) as client:
        usage = client.get(f"{server.issuer}/api/v1/clients/nightly-export/usage")
    assert usage.status_code == 200 and "invoices:read" in usage.text


def test_dpop(server: Server) -> None:
    key, seen = SigningKey.generate(), []
    tokens = machine(server, dpop_key=key)
    api = protected(Verifier(server.issuer, server.audience, dpop=True), seen)
    url = "https://api.example.test/invoices"
    with httpx.Client(transport=api, auth=Auth(tokens)) as client:
        assert [client.get(url).status_code for _ in range(2)] == [200, 200]
        used = client.get(url).request.headers
    with httpx.Client(transport=api) as thief:
        replayed = {"Authorization": used["authorization"], "DPoP": used["dpop"]}
        assert thief.get(url, headers=replayed).status_code == 401
        assert thief.get(url, headers={"Authorization": used["authorization"]}).status_code == 401
        bearer = {"Authorization": f"Bearer {tokens.get_access_token()}"}
        refused = thief.get(url, headers=bearer)
    assert refused.status_code == 401 and "DPoP" in refused.headers.get_list("www-authenticate")[1]


def test_verify(server: Server) -> None:
    async def run() -> None:
        async with httpx.AsyncClient() as client:
            subject = AsyncVerifier(server.issuer, server.audience, transport=AsyncTransport(client))
            token = machine(server).get_access_token()
            assert (await subject.verify(token, "invoices:read")).has("invoices:read")
            for other in (token[:-4] + "AAAA", token.replace(".", ".e", 1)):
                with pytest.raises(Refused):
                    await subject.verify(other)
        elsewhere = Verifier(server.issuer, "https://other.example.test")
        assert reason(lambda: elsewhere.verify(token)) == "audience"

    asyncio.run(run())
