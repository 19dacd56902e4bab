"""`replies`: a protected route of each framework answers 200, 401 and 403 with the headers of `challenges.json`, takes proofs,
and says 503 when it cannot know."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

import django
import httpx
import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import JsonResponse
from django.test import AsyncRequestFactory, RequestFactory
from fastapi import FastAPI, Security, WebSocket
from flask import Flask, g
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from werkzeug.test import EnvironBuilder, run_wsgi_app

from grantd import AsyncVerifier, Introspection, OAuthError, Principal, Refused, SigningKey, Verifier, asgi
from grantd import django as grantd_django
from grantd import fastapi as grantd_fastapi
from grantd import flask as grantd_flask
from grantd._core.address import target_uri
from grantd.mcp import TokenVerifier
from grantd.testing import FakeClock, FakeIssuer, replies, unreachable

METADATA = "https://api.example.test/.well-known/oauth-protected-resource"
SETTINGS: Any = {"realm": "acme", "resource_metadata": METADATA, "dpop": True, "base_url": "https://api.example.test"}
PATH = "/invoices"


def sync_verifier(issuer: FakeIssuer) -> Verifier:
    return Verifier(issuer.issuer, issuer.audience, transport=issuer, clock=issuer.clock, **SETTINGS)


def async_verifier(issuer: FakeIssuer) -> AsyncVerifier:
    transport = issuer.async_transport
    return AsyncVerifier(issuer.issuer, issuer.audience, transport=transport, clock=issuer.clock, **SETTINGS)


@dataclass
class Answer:
    status: int
    challenges: list[str]
    headers: Any
    body: Any


Call = Callable[[dict[str, str]], Answer]


def with_httpx(app: Any) -> Call:
    async def send(headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://internal:8000") as client:
            return await client.get(PATH, headers=headers)

    def call(headers: dict[str, str]) -> Answer:
        reply = asyncio.run(send(headers))
        return Answer(reply.status_code, reply.headers.get_list("www-authenticate"), reply.headers, reply.json())

    return call


def fastapi_app(issuer: FakeIssuer) -> Call:
    app = FastAPI()
    grantd_fastapi.protect(app, async_verifier(issuer))

    @app.get(PATH)
    async def invoices(
        principal: Annotated[Principal, Security(grantd_fastapi.require("invoices:read"), scopes=["invoices:list"])],
    ) -> dict[str, str]:
        return {"subject": principal.subject}

    assert "securitySchemes" in app.openapi()["components"]
    return with_httpx(app)


def asgi_app(issuer: FakeIssuer) -> Call:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b'{"subject":"%s"}' % scope["grantd"].subject.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return with_httpx(asgi.GrantdMiddleware(app, async_verifier(issuer), scopes=["invoices:read", "invoices:list"]))


def flask_app(issuer: FakeIssuer) -> Call:
    app = Flask("shop")
    grantd_flask.protect(app, sync_verifier(issuer))

    @app.get(PATH)
    @grantd_flask.require("invoices:read", "invoices:list")
    def invoices() -> dict[str, str]:
        return {"subject": g.principal.subject}

    def call(headers: dict[str, str]) -> Answer:
        reply = app.test_client().get(PATH, headers=headers)
        return Answer(reply.status_code, reply.headers.getlist("WWW-Authenticate"), reply.headers, reply.get_json())

    return call


def of_django(reply: Any) -> Answer:
    challenges = reply.headers.get("WWW-Authenticate", "")
    apart = [one if one.startswith("Bearer") else f"DPoP {one}" for one in challenges.split(", DPoP ") if one]
    return Answer(reply.status_code, apart, reply.headers, json.loads(reply.content))


def django_view(issuer: FakeIssuer) -> Call:
    if not django_settings.configured:
        django_settings.configure(ALLOWED_HOSTS=["*"], DEFAULT_CHARSET="utf-8")
        django.setup()
    django_settings.GRANTD_VERIFIER = sync_verifier(issuer)

    @grantd_django.require("invoices:read", "invoices:list")
    def invoices(request: Any) -> JsonResponse:
        return JsonResponse({"subject": request.principal.subject})

    def call(headers: dict[str, str]) -> Answer:
        return of_django(invoices(RequestFactory().get(PATH, headers=headers)))

    return call


def django_async_view(issuer: FakeIssuer) -> Call:
    django_view(issuer)
    django_settings.GRANTD_VERIFIER = async_verifier(issuer)

    @grantd_django.require("invoices:read", "invoices:list")
    async def invoices(request: Any) -> JsonResponse:
        return JsonResponse({"subject": request.principal.subject})

    def call(headers: dict[str, str]) -> Answer:
        return of_django(asyncio.run(invoices(AsyncRequestFactory().get(PATH, headers=headers))))

    return call


FRAMEWORKS = [fastapi_app, asgi_app, flask_app, django_view, django_async_view]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_replies(framework: Callable[[FakeIssuer], Call], grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    call = framework(grantd_issuer)
    scope, tail = 'scope="invoices:read invoices:list"', f'resource_metadata="{METADATA}"'
    dpop = 'DPoP realm="acme", algs="ES256 RS256 PS256 EdDSA"'

    none = call({})
    assert none.status == 401 and none.body["error"] == "missing_token"
    assert none.challenges == [f'Bearer realm="acme", {scope}, {tail}', f"{dpop}, {scope}, {tail}"]
    assert none.headers["Cache-Control"] == "no-store"

    bad = call({"Authorization": f"Bearer {grantd_issuer.mint({'exp': 1})}"})
    told = 'error="invalid_token", error_description="the access token has expired"'
    assert (bad.status, bad.challenges[0]) == (401, f'Bearer realm="acme", {told}, {tail}')

    lacking = call({"Authorization": f"Bearer {grantd_issuer.mint({'scope': 'invoices:read'})}"})
    told = 'error="insufficient_scope", error_description="the access token lacks a permission"'
    assert (lacking.status, lacking.challenges[0]) == (403, f'Bearer realm="acme", {told}, {scope}, {tail}')
    assert lacking.body["scope"] == "invoices:read invoices:list"

    good = call({"Authorization": f"bearer {grantd_issuer.mint({'scope': 'invoices:*'})}"})
    assert (good.status, good.body) == (200, {"subject": "user-1"})

    key = SigningKey.generate()
    token = grantd_issuer.mint({"scope": "invoices:*", "cnf": {"jkt": key.thumbprint}})
    proof = key.proof("GET", f"https://api.example.test{PATH}", grantd_clock(), access_token=token)
    proved = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert [call(proved).status, call(proved).status] == [200, 401]
    assert call({"Authorization": f"Bearer {token}"}).status == 401


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_issuer_that_is_down_is_a_503(framework: Callable[[FakeIssuer], Call], grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.faults("metadata", unreachable())
    answer = framework(grantd_issuer)({"Authorization": f"Bearer {grantd_issuer.mint()}"})
    assert (answer.status, answer.challenges, answer.headers["Retry-After"]) == (503, [], "5")


def test_a_web_socket_is_refused_before_it_opens(grantd_issuer: FakeIssuer) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def connect(headers: list[tuple[bytes, bytes]], path: str = "/live") -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": path, "scheme": "wss", "headers": headers}
        guarded = asgi.GrantdMiddleware(app, async_verifier(grantd_issuer), public=["/open"])
        await guarded(scope, lambda: None, send)  # type: ignore[arg-type,return-value]
        return sent

    assert asyncio.run(connect([])) == [{"type": "websocket.close", "code": 1008}]
    token = grantd_issuer.mint()
    assert asyncio.run(connect([(b"authorization", b"Bearer " + token.encode())])) == [{"type": "websocket.accept"}]
    assert asyncio.run(connect([], "/open")) == [{"type": "websocket.accept"}]
    assert asyncio.run(connect([], "/open/../live")) == [{"type": "websocket.close", "code": 1008}]


def test_an_mcp_server_learns_what_a_pattern_covers(grantd_issuer: FakeIssuer) -> None:
    subject = TokenVerifier(async_verifier(grantd_issuer), scopes=["invoices:read", "payments:read"])
    token = grantd_issuer.mint({"scope": "invoices:*"})
    access = asyncio.run(subject.verify_token(token))
    assert access is not None and access.scopes == ["invoices:*", "invoices:read"]
    assert (access.client_id, access.resource, access.subject) == ("client-1", grantd_issuer.audience, "user-1")
    assert asyncio.run(subject.verify_token(grantd_issuer.mint({"exp": 1}))) is None
    bound = grantd_issuer.mint({"cnf": {"jkt": "x"}})
    assert asyncio.run(subject.verify_token(bound)) is None


def test_an_mcp_server_over_http() -> None:
    # The MCP SDK looks at the real clock too.
    issuer = FakeIssuer(clock=time.time)
    verifier = AsyncVerifier(issuer.issuer, issuer.audience, transport=issuer.async_transport)
    asked = {
        "issuer_url": issuer.issuer,
        "resource_server_url": issuer.audience,
        "required_scopes": ["mcp:use"],
        "validate_token_resource": True,
    }
    auth = AuthSettings.model_validate(asked)
    server = MCPServer("shop", token_verifier=TokenVerifier(verifier, scopes=["mcp:use"]), auth=auth)
    app = server.streamable_http_app()

    async def statuses(*tokens: str | None) -> list[int]:
        found = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            async with server.session_manager.run():
                for token in tokens:
                    headers = {"Authorization": f"Bearer {token}"} if token else {}
                    found.append((await client.post("/mcp", json={}, headers=headers)).status_code)
        return found

    elsewhere = issuer.mint({"scope": "mcp:*", "aud": "https://other.example.test"})
    refused, other, lacking, passed = asyncio.run(
        statuses(None, elsewhere, issuer.mint(), issuer.mint({"scope": "mcp:*"}))
    )
    assert (refused, other, lacking) == (401, 401, 403) and passed not in (401, 403, 500)


def settings_of(told: list[Any]) -> Any:
    def on_refusal(refused: Refused, request: Any) -> None:
        told.append((refused, request))
        raise RuntimeError("whoever writes it down fails")

    return {"introspection": Introspection("acme-api", "s3cret"), "on_refusal": on_refusal}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_refusals_are_told(
    framework: Callable[[FakeIssuer], Call], grantd_issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setitem(globals(), "SETTINGS", {**SETTINGS, **settings_of(told)})
    call = framework(grantd_issuer)
    grantd_issuer.faults("introspect", replies(401, {"error": "invalid_client"}))
    assert call({"Authorization": "Bearer opaque"}).status == 503
    assert call({}).status == 401
    assert call({"Authorization": f"Bearer {grantd_issuer.mint()}"}).status == 403
    assert call({"Authorization": f"Bearer {grantd_issuer.mint({'scope': 'invoices:*'})}"}).status == 200
    assert [refused.reason for refused, _ in told] == ["unavailable", "missing", "scope"]
    error = told[0][0].__cause__
    assert isinstance(error, OAuthError) and error.code == "invalid_client"
    assert all(request is not None for _, request in told)
    assert "s3cret" not in "".join(traceback.format_exception(told[0][0]))


def test_refusals_are_told_by_guards_alone(grantd_issuer: FakeIssuer) -> None:
    told: list[Any] = []
    subject = Verifier(
        grantd_issuer.issuer,
        grantd_issuer.audience,
        transport=grantd_issuer,
        clock=grantd_issuer.clock,
        **settings_of(told),
    )
    with pytest.raises(Refused):
        subject.verify("x.y.z")
    assert not told
    transport, clock = grantd_issuer.async_transport, grantd_issuer.clock
    asynchronous = AsyncVerifier(
        grantd_issuer.issuer, grantd_issuer.audience, transport=transport, clock=clock, **settings_of(told)
    )
    assert asyncio.run(TokenVerifier(asynchronous).verify_token("x.y.z")) is None
    assert [(refused.reason, request) for refused, request in told] == [("inactive", None)]


def live_app(issuer: FakeIssuer) -> FastAPI:
    app = FastAPI()
    grantd_fastapi.protect(app, async_verifier(issuer))

    @app.websocket("/live")
    async def live(
        socket: WebSocket, caller: Annotated[Principal, Security(grantd_fastapi.require("invoices:read"))]
    ) -> None:
        await socket.accept()
        await socket.send_text(caller.subject)

    return app


def test_a_web_socket_of_fastapi_is_guarded_too(grantd_issuer: FakeIssuer) -> None:
    async def connect(headers: list[tuple[bytes, bytes]]) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        scope = {"type": "websocket", "path": "/live", "raw_path": b"/live", "scheme": "wss", "headers": headers}
        await live_app(grantd_issuer)(
            {**scope, "query_string": b"", "root_path": "", "subprotocols": []}, receive, send
        )
        return sent

    refused = asyncio.run(connect([]))
    assert [(one["type"], one.get("code")) for one in refused] == [("websocket.close", 1008)]
    token = grantd_issuer.mint({"scope": "invoices:*"})
    passed = asyncio.run(connect([(b"authorization", b"Bearer " + token.encode())]))
    assert [one["type"] for one in passed][:2] == ["websocket.accept", "websocket.send"]


PATHS = ["/inv/a", "/inv/%C3%A9", "/inv/a%20b", "/inv/a%2Fb", "/inv/a%7Eb", "/inv/%3Bx", "/inv/x//y", "/inv/a'(b)!"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("keeps", ["RAW_URI", "REQUEST_URI", "neither"])
def test_a_proof_names_the_path_as_it_was_sent(grantd_issuer: FakeIssuer, path: str, keeps: str) -> None:
    key, api = SigningKey.generate(), "https://api.example.test"
    token = grantd_issuer.mint({"scope": "invoices:*", "cnf": {"jkt": key.thumbprint}})

    def proved() -> dict[str, str]:
        proof = key.proof("GET", api + path, grantd_issuer.clock(), access_token=token)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    if keeps == "neither" and path in ("/inv/a%2Fb", "/inv/%3Bx"):
        pytest.skip("a server that keeps no raw address leaves nobody who could tell these apart")
    shop = Flask("shop")
    grantd_flask.protect(shop, sync_verifier(grantd_issuer))

    @shop.get("/inv/<path:name>", merge_slashes=False)
    @grantd_flask.require("invoices:read")
    def invoice(name: str) -> str:
        return name

    environ = EnvironBuilder(base_url=api, headers=proved()).get_environ()
    environ.pop("REQUEST_URI")
    environ.pop("RAW_URI", None)
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    if keeps != "neither":
        environ[keeps] = path + "?page=2"
    assert run_wsgi_app(shop, environ)[1] == "200 OK"

    django_view(grantd_issuer)

    @grantd_django.require("invoices:read")
    def view(request: Any) -> JsonResponse:
        return JsonResponse({})

    once_more = {f"HTTP_{name.upper()}": value for name, value in proved().items()}
    assert view(WSGIRequest({**environ, **once_more})).status_code == 200

    django_settings.GRANTD_VERIFIER = async_verifier(grantd_issuer)

    @grantd_django.require("invoices:read")
    async def asynchronous(request: Any) -> JsonResponse:
        return JsonResponse({})

    asgi_request = AsyncRequestFactory().get("/", headers=proved())
    if keeps == "neither":
        asgi_request.scope.pop("raw_path", None)
        asgi_request.path = environ["PATH_INFO"].encode("latin-1").decode()
    else:
        asgi_request.scope["raw_path"] = path.encode()
    assert asyncio.run(asynchronous(asgi_request)).status_code == 200
    facts = asgi.facts_of({"type": "http", "scheme": "https", "path": asgi_request.path, "headers": [(b"host", b"h")]})
    if keeps == "neither":
        assert target_uri(facts.url) == target_uri(f"https://h{path}")
