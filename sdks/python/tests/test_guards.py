"""Guards of each framework around one request: whose address it is, how often it is verified, and who is told."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Annotated, Any

import django
import httpx
import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.views import View
from fastapi import APIRouter, FastAPI, Request, Security
from flask import Flask, g
from flask import request as flask_request

from grantd import (
    AsyncVerifier,
    ConfigurationError,
    Facts,
    Introspection,
    Principal,
    Refused,
    SigningKey,
    Verifier,
    asgi,
)
from grantd import django as grantd_django
from grantd import fastapi as grantd_fastapi
from grantd import flask as grantd_flask
from grantd.testing import FakeIssuer

from .asking import reason, verifier

API = "https://api.example.test"
Reply = tuple[int, str]
"""The status, and who challenged, or which view was reached."""
Call = Callable[[str, dict[str, str]], Reply]


def asynchronous(issuer: FakeIssuer, **settings: Any) -> AsyncVerifier:
    return AsyncVerifier(
        issuer.issuer, issuer.audience, transport=issuer.async_transport, clock=issuer.clock, **settings
    )


def over_asgi(app: Any, raw_path: bool = True) -> Call:
    def call(target: str, headers: dict[str, str]) -> Reply:
        given = {"host": "api.example.test", **{name.lower(): value for name, value in headers.items()}}
        path = target.split("?", maxsplit=1)[0]
        scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "https", "path": path, "root_path": "",
            "query_string": b"", "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        if raw_path:
            scope["raw_path"] = path.encode()
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        asyncio.run(app(scope, receive, send))
        return sent[0]["status"], sent[1]["body"].decode()

    return call


def with_fastapi(issuer: FakeIssuer, **settings: Any) -> Call:
    app, subject = FastAPI(), asynchronous(issuer, **settings)
    grantd_fastapi.protect(app, subject)
    router = APIRouter(dependencies=[Security(grantd_fastapi.require("a:read"))])

    @router.get("/b")
    async def b(_: Annotated[Principal, Security(grantd_fastapi.require("b:read"))]) -> str:
        return "b"

    @router.get("/c")
    async def c(_: Annotated[Principal, Security(grantd_fastapi.require("c:read"))]) -> str:
        return "c"

    app.include_router(router)
    return over_asgi(app)


def with_asgi(issuer: FakeIssuer, **settings: Any) -> Call:
    subject = asynchronous(issuer, **settings)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'"%s"' % scope["path"][1:].encode()})

    inner = {path: asgi.GrantdMiddleware(app, subject, scopes=[f"{path[1:]}:read"]) for path in ("/b", "/c")}

    async def router(scope: Any, receive: Any, send: Any) -> None:
        await inner[scope["path"]](scope, receive, send)

    return over_asgi(asgi.GrantdMiddleware(router, subject, scopes=["a:read"]), raw_path=False)


def with_flask(issuer: FakeIssuer, **settings: Any) -> Call:
    app = Flask("shop")
    grantd_flask.protect(app, verifier(issuer, **settings))

    @app.get("/b")
    @grantd_flask.require("a:read")
    @grantd_flask.require("b:read")
    def b() -> str:
        assert g.principal.subject == "user-1"
        return '"b"'

    @app.get("/c")
    @grantd_flask.require("a:read")
    @grantd_flask.require("c:read")
    def c() -> str:
        return '"c"'

    def call(target: str, headers: dict[str, str]) -> Reply:
        reply = app.test_client().get(target, base_url=API, headers=headers)
        return reply.status_code, reply.get_data(as_text=True)

    return call


def with_django(issuer: FakeIssuer, **settings: Any) -> Call:
    if not django_settings.configured:
        django_settings.configure(ALLOWED_HOSTS=["*"], DEFAULT_CHARSET="utf-8")
        django.setup()
    subject = verifier(issuer, **settings)

    def view(request: Any) -> HttpResponse:
        assert request.principal.subject == "user-1"
        return HttpResponse(f'"{request.path[1:]}"')

    def call(target: str, headers: dict[str, str]) -> Reply:
        django_settings.GRANTD_VERIFIER = subject
        guarded = grantd_django.require("a:read")(grantd_django.require(f"{target[1]}:read")(view))
        # As servers hand it on: Django itself checks a host only where somebody asks for it.
        given = {"host": "api.example.test", **{name.lower(): value for name, value in headers.items()}}
        reply = guarded(RequestFactory().get(target, secure=True, headers=given))
        return reply.status_code, reply.content.decode()

    return call


def with_django_async(issuer: FakeIssuer, **settings: Any) -> Call:
    with_django(issuer)
    subject = asynchronous(issuer, **settings)

    async def view(request: Any) -> HttpResponse:
        assert request.principal.subject == "user-1"
        return HttpResponse(f'"{request.path[1:]}"')

    def call(target: str, headers: dict[str, str]) -> Reply:
        django_settings.GRANTD_VERIFIER = subject
        guarded = grantd_django.require("a:read")(grantd_django.require(f"{target[1]}:read")(view))
        given = {"HOST": "api.example.test", **{name.upper(): value for name, value in headers.items()}}
        request = AsyncRequestFactory().get(target, secure=True)
        request.META.update({f"HTTP_{name}": value for name, value in given.items()})
        request.scope["raw_path"] = target.split("?", maxsplit=1)[0].encode()
        reply = asyncio.run(guarded(request))
        return reply.status_code, reply.content.decode()

    return call


FRAMEWORKS = pytest.mark.parametrize("framework", [with_fastapi, with_asgi, with_flask, with_django, with_django_async])


class Caller:
    """Somebody with a bound token."""

    def __init__(self, issuer: FakeIssuer) -> None:
        self.issuer, self.key = issuer, SigningKey.generate()
        self.token = issuer.mint({"scope": "a:read b:read", "cnf": {"jkt": self.key.thumbprint}})

    def proved(self, path: str) -> dict[str, str]:
        proof = self.key.proof("GET", API + path, self.issuer.clock(), access_token=self.token)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}


NO_HOSTS = ["api.example.test/b?", "api.example.test/b#", "api.example.test/b\\", "u@api.example.test", " ", "",
    "api.example.test\\b", "api.example.test?", "api.example.test#", "api.example.test:x", "[::1"]  # fmt: skip


@FRAMEWORKS
@pytest.mark.parametrize("has_origin", [True, False])
def test_host_is_no_path(grantd_issuer: FakeIssuer, framework: Any, has_origin: bool) -> None:
    call = framework(grantd_issuer, **({"base_url": API} if has_origin else {}))
    caller = Caller(grantd_issuer)
    assert call("/b?page=2", caller.proved("/b"))[0] == 200
    for host in ("api.example.test/a?", "api.example.test/a#", "api.example.test/a\\", "x/a?"):
        status, said = call("/b", {**caller.proved("/a"), "Host": host})
        assert status == 401 and "another address" in said, host
    bearer = {"Authorization": f"Bearer {grantd_issuer.mint({'scope': 'a:read b:read'})}"}
    for host in NO_HOSTS:
        assert call("/b", {**caller.proved("/b"), "Host": host})[0] == (200 if has_origin else 401), host
        assert call("/b", {**bearer, "Host": host}) == (200, '"b"'), host


def test_a_path_is_the_requests_own() -> None:
    for target, path in (
        ("/a/b?x=/c", "/a/b"),
        ("//x/a", "//x/a"),
        ("/a#/../b", "/a%23/../b"),
        ("/a@b:80", "/a@b:80"),
        ("http://x/a?/b", "/a"),
        ("https://x:1", "/"),
        ("https://x?/a", "/"),
        ("/http://x/a", "/http://x/a"),
    ):
        assert Facts.address("https", "h:444", target) == f"https://h:444{path}", target
        assert Facts.address("https", "h/c?", target) == path
    for target in ("*", "", "a", "x/a", "http:/a", "@h/a", ":80/a", ".evil/a"):
        assert Facts.address("https", "h", target) == "", target


@FRAMEWORKS
def test_several_guards(grantd_issuer: FakeIssuer, framework: Any) -> None:
    call, caller = framework(grantd_issuer, base_url=API), Caller(grantd_issuer)
    proved = caller.proved("/b")
    assert call("/b", proved) == (200, '"b"')
    assert call("/b", proved)[0] == 401, "what was kept is of no use to another request"
    assert call("/c", caller.proved("/c"))[0] == 403, "each guard looks at its own permission"


def test_several_guards_count_their_own_use(grantd_issuer: FakeIssuer) -> None:
    app = Flask("shop")
    asks = {"introspection": Introspection("acme-api", "s"), "usage_reports": True, "base_url": API}
    subject = verifier(grantd_issuer, **asks)
    grantd_flask.protect(app, subject)

    @app.get("/b")
    @grantd_flask.require("a:read")
    @grantd_flask.require("b:read")
    def b() -> str:
        return "b"

    assert app.test_client().get("/b", headers=Caller(grantd_issuer).proved("/b")).status_code == 200
    assert subject._core.usage is not None
    assert subject._core.usage.counts() == {("a:read", "client-1"): 1, ("b:read", "client-1"): 1}


def test_several_guards_of_several_verifiers_verify_each(grantd_issuer: FakeIssuer) -> None:
    strict = asynchronous(grantd_issuer, base_url="https://other.example.test")

    async def app(*_: Any) -> None:
        raise AssertionError("nobody reaches it")

    outer = asgi.GrantdMiddleware(asgi.GrantdMiddleware(app, strict), asynchronous(grantd_issuer, base_url=API))
    assert over_asgi(outer)("/b", Caller(grantd_issuer).proved("/b"))[0] == 401


def test_several_guards_are_told_of_other_credentials(grantd_issuer: FakeIssuer) -> None:
    """Where something between two guards changes the headers, the inner one looks at what it is given."""
    app = Flask("shop")
    grantd_flask.protect(app, verifier(grantd_issuer, base_url=API))

    def exchanged(view: Any) -> Any:
        @functools.wraps(view)
        def inner() -> Any:
            flask_request.environ["HTTP_AUTHORIZATION"] = "Bearer " + grantd_issuer.mint({"exp": 1})
            return view()

        return inner

    @app.get("/b")
    @grantd_flask.require("a:read")
    @exchanged
    @grantd_flask.require("b:read")
    def b() -> str:
        return "b"

    token = grantd_issuer.mint({"scope": "a:read b:read"})
    assert app.test_client().get("/b", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_several_guards_of_a_middleware_and_a_framework(grantd_issuer: FakeIssuer) -> None:
    app, subject = FastAPI(), asynchronous(grantd_issuer, base_url=API)
    grantd_fastapi.protect(app, subject)
    app.add_middleware(asgi.GrantdMiddleware, verifier=subject)  # type: ignore[arg-type]

    @app.get("/b")
    async def b(_: Annotated[Principal, Security(grantd_fastapi.require("b:read"))], request: Request) -> str:
        return "b"

    assert over_asgi(app)("/b", Caller(grantd_issuer).proved("/b")) == (200, '"b"')


def test_basic_beside_a_key(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=Introspection("acme-api", "secret"), api_keys=True)
    key = grantd_issuer.mint_opaque({"client_id": None, "aud": None, "sub": "api_key:1"}, token_type="api_key")
    token = grantd_issuer.mint()

    def said(authorization: list[str], keys: list[str]) -> str:
        try:
            return subject.verify_request(Facts("GET", API, authorization, keys)).subject
        except Refused as refused:
            return refused.reason

    assert said(["Basic eA=="], [key]) == "api_key:1"
    assert said(["Basic eA==", "Negotiate x"], [key]) == "api_key:1"
    assert said(["Basic eA==", f"Bearer {token}"], []) == "user-1"
    assert said(["Basic eA=="], []) == "missing"
    for also in (f"Bearer {token}", "bearer", f"DPoP {token}"):
        assert said([also], [key]) == "twice" and said([also, also], []) == "twice"


def test_an_async_view_of_a_class_is_one(grantd_issuer: FakeIssuer) -> None:
    with_django(grantd_issuer)
    django_settings.GRANTD_VERIFIER = asynchronous(grantd_issuer)

    class Invoices(View):
        async def get(self, request: Any) -> HttpResponse:
            return HttpResponse(request.principal.subject)

    guarded = grantd_django.require("a:read")(Invoices.as_view())
    token = grantd_issuer.mint({"scope": "a:read"})
    request = AsyncRequestFactory().get("/b", headers={"Authorization": f"Bearer {token}"})
    assert asyncio.run(guarded(request)).content == b"user-1"


def test_an_async_on_refusal_is_run(grantd_issuer: FakeIssuer) -> None:
    told: list[str] = []

    async def on_refusal(refused: Refused, request: Any) -> None:
        await asyncio.sleep(0)
        told.append(refused.reason)
        raise RuntimeError("whoever writes it down fails")

    def handed_on(refused: Refused, request: Any) -> Any:
        return on_refusal(refused, request)

    async def run() -> None:
        for one in (on_refusal, functools.partial(on_refusal), handed_on):
            subject = asynchronous(grantd_issuer, on_refusal=one)
            app = asgi.GrantdMiddleware(subject, subject)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=API) as client:  # type: ignore[arg-type]
                assert (await client.get("/b")).status_code == 401
            await subject.close()
        assert not subject._runtime._beside

    asyncio.run(run())
    assert told == ["missing"] * 3
    for one in (on_refusal, functools.partial(on_refusal)):
        with pytest.raises(ConfigurationError):
            Verifier(grantd_issuer.issuer, grantd_issuer.audience, on_refusal=one)
    subject = verifier(grantd_issuer, on_refusal=handed_on)
    subject.tell(Refused("missing"))
    asynchronous(grantd_issuer, on_refusal=on_refusal).tell(Refused("missing"))
    assert reason(subject, "x") == "malformed" and len(told) == 3, "where no loop runs, it cannot"
