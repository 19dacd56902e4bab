"""What is wrong with an option or a permission is said when something is made, and not at the first call."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

import grantd.httpx
from grantd import (
    AsyncTokenManager,
    AsyncVerifier,
    ConfigurationError,
    Credential,
    Introspection,
    OAuthClient,
    Refused,
    TokenManager,
    UnavailableError,
    Verifier,
    asgi,
    scopes,
)
from grantd import django as grantd_django
from grantd import fastapi as grantd_fastapi
from grantd import flask as grantd_flask
from grantd.mcp import TokenVerifier
from grantd.requests import Auth as RequestsAuth
from grantd.testing import FakeIssuer

from .asking import reason, verifier
from .support import manager

NOT_SINGLE = ["a:read b:read", "", " ", "a:read ", 'a:"', "a\n", "ä:read", "x" * 257, None, 7]


@pytest.mark.parametrize("wrong", NOT_SINGLE)
def test_needed_permissions_are_single(grantd_issuer: FakeIssuer, wrong: Any) -> None:
    subject = AsyncVerifier(grantd_issuer.issuer, "https://api.example.test")
    guards: list[Callable[..., Any]] = [
        grantd_fastapi.require,
        grantd_flask.require,
        grantd_django.require,
        lambda *them: asgi.GrantdMiddleware(subject, subject, scopes=them),  # type: ignore[arg-type]
        lambda *them: TokenVerifier(subject, scopes=them),
    ]
    for guard in guards:
        with pytest.raises(ConfigurationError):
            guard("a:read", wrong)
    for held in ("*", "a:*", str(wrong)):
        assert not scopes.covers(held, wrong)
    if isinstance(wrong, str):
        assert reason(verifier(grantd_issuer), grantd_issuer.mint({"scope": "* a:* b:*"}), wrong) == "scope"


def test_a_list_of_permissions_is_no_text(grantd_issuer: FakeIssuer) -> None:
    subject = AsyncVerifier(grantd_issuer.issuer, "https://api.example.test")
    text: Any = "invoices:read"
    for make in (
        lambda: TokenManager(grantd_issuer.issuer, "nightly", "s", scopes=text),
        lambda: AsyncTokenManager(grantd_issuer.issuer, "nightly", "s", scopes=text),
        lambda: asgi.GrantdMiddleware(subject, subject, scopes=text),  # type: ignore[arg-type]
        lambda: asgi.GrantdMiddleware(subject, subject, public="/docs"),  # type: ignore[arg-type]
        lambda: TokenVerifier(subject, scopes=text),
        lambda: OAuthClient(grantd_issuer.issuer, "web", transport=grantd_issuer).client_credentials(text),
        # Without its parentheses a guard would be given the view.
        lambda: grantd_flask.require(lambda: "open"),  # type: ignore[arg-type,return-value]
    ):
        with pytest.raises(ConfigurationError):
            make()
    with pytest.raises(TypeError, match="each permission"):
        verifier(grantd_issuer).verify(grantd_issuer.mint(), ["invoices:read"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        *({"leeway": one} for one in (-1, 301, 1.5, "30", True, None, float("nan"))),
        *({"timeout": one} for one in (0, -1, float("nan"), float("inf"), "5", True, None)),
        *({"types": one} for one in ((), "at+jwt", [""], None, [7])),
        *(
            {"base_url": one}
            for one in ("api.example.test", "ftp://h", "https://u@h", "https://h/v1", "/", "", "https://")
        ),
        *({"resource_metadata": one} for one in ("x", "https://", "https://h/a b")),
        *({"dpop": one} for one in ("no", 1, None)),
        *({name: "yes"} for name in ("api_keys", "usage_reports", "check_status")),
        *({name: "x"} for name in ("dpop_nonce", "clock", "on_refusal", "introspection", "transport")),
        *({"proof_memory": one} for one in (0, -1, 1.5, True)),
        {"realm": "a\r\nb"},
        {"tenant_claim": ""},
        {"api_keys": True},
    ],
)
def test_options_are_checked(grantd_issuer: FakeIssuer, settings: Any) -> None:
    for kind in (Verifier, AsyncVerifier):
        with pytest.raises(ConfigurationError):
            kind(grantd_issuer.issuer, "https://api.example.test", **settings)


def test_options_of_every_kind_are_checked(grantd_issuer: FakeIssuer) -> None:
    wrong: Any
    for wrong in (None, "", [], [""], 7, b"x", [None]):
        with pytest.raises(ConfigurationError):
            Verifier(grantd_issuer.issuer, wrong)
    for wrong in (None, 7, ""):
        with pytest.raises(ConfigurationError):
            Verifier(wrong, "https://api.example.test")
        with pytest.raises(ConfigurationError):
            OAuthClient(grantd_issuer.issuer, wrong)
    for settings in ({"leewy": 3}, {"timout": 1}):
        for kind in (Verifier, AsyncVerifier):
            with pytest.raises(TypeError, match=next(iter(settings))):
                kind(grantd_issuer.issuer, "https://api.example.test", **settings)  # type: ignore[arg-type]
    for settings in ({"timeout": 0}, {"timeout": float("nan")}, {"dpop_key": "x"}, {"clock": 7}):  # type: ignore[assignment]
        with pytest.raises(ConfigurationError):
            TokenManager(grantd_issuer.issuer, "nightly", "s", **settings)  # type: ignore[arg-type]
    for given in (("", "s"), ("a", ""), ("a", None), ("a", "s", -1), ("a", "s", float("nan")), ("a", "s", 1, "yes")):
        with pytest.raises(ConfigurationError):
            Introspection(*given)  # type: ignore[arg-type]


def test_lists_that_are_given_are_copied(grantd_issuer: FakeIssuer) -> None:
    audience, types = [grantd_issuer.audience], ["at+jwt"]
    subject = Verifier(grantd_issuer.issuer, audience, types=types, transport=grantd_issuer, clock=grantd_issuer.clock)
    audience.clear()
    types.clear()
    assert reason(subject, grantd_issuer.mint()) == "ok"


@pytest.mark.parametrize("is_credential", [False, True])
@pytest.mark.parametrize(
    ("token", "said"), [(None, "missing"), (b"token", "malformed"), (7, "malformed"), ([], "malformed")]
)
def test_what_is_no_token_at_all_is_refused(
    grantd_issuer: FakeIssuer, token: Any, said: str, is_credential: bool
) -> None:
    presented = Credential(token) if is_credential else token
    assert reason(verifier(grantd_issuer), presented, "a:read") == said
    subject = AsyncVerifier(grantd_issuer.issuer, grantd_issuer.audience, transport=grantd_issuer.async_transport)
    with pytest.raises(Refused) as refused:
        asyncio.run(subject.verify(presented, "a:read"))
    assert refused.value.reason == said and refused.value.status == 401 and refused.value.scopes == ("a:read",)
    assert reason(verifier(grantd_issuer), Credential(token, "DPoP")) == said
    assert not grantd_issuer.requests


def test_a_transport_and_its_user_are_of_one_kind(grantd_issuer: FakeIssuer) -> None:
    for_loops: Any = grantd_issuer.async_transport
    for_threads: Any = grantd_issuer
    for make in (
        lambda: TokenManager(grantd_issuer.issuer, "nightly", "s", transport=for_loops),
        lambda: Verifier(grantd_issuer.issuer, "https://api.example.test", transport=for_loops),
        lambda: grantd.httpx.Transport(httpx.AsyncClient()),  # type: ignore[arg-type]
        lambda: grantd.httpx.AsyncTransport(httpx.Client()),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigurationError):
            make()
    tokens = AsyncTokenManager(grantd_issuer.issuer, "nightly", "s", transport=for_threads)
    with pytest.raises(ConfigurationError):
        asyncio.run(tokens.get_access_token())
    subject = AsyncVerifier(grantd_issuer.issuer, grantd_issuer.audience, transport=for_threads)
    with pytest.raises(Refused) as refused:
        asyncio.run(subject.verify(grantd_issuer.mint()))
    assert isinstance(refused.value.__cause__, ConfigurationError)


@pytest.mark.parametrize("error", [RuntimeError("closed"), OSError("gone"), TimeoutError("late")])
def test_the_error_of_somebody_elses_transport_is_an_issuer_that_cannot_be_reached(
    grantd_issuer: FakeIssuer, error: Exception
) -> None:
    class ForThreads:
        def send(self, request: Any) -> Any:
            raise error

    class ForLoops:
        async def send(self, request: Any) -> Any:
            raise error

    for kind, over in ((Verifier, ForThreads()), (AsyncVerifier, ForLoops())):
        subject: Any = kind(grantd_issuer.issuer, "https://api.example.test", transport=over)
        with pytest.raises(Refused) as refused:
            asyncio.run(subject.verify(grantd_issuer.mint()))
        assert refused.value.reason == "unavailable" and isinstance(refused.value.__cause__, UnavailableError)
    with pytest.raises(UnavailableError):
        TokenManager(grantd_issuer.issuer, "nightly", "s", transport=ForThreads()).get_access_token()


@pytest.mark.parametrize("is_object", [True, False])
@pytest.mark.parametrize("kind", [TimeoutError, RuntimeError, ValueError, KeyboardInterrupt])
def test_what_a_signals_handler_raises_within_a_transport_stays_what_it_is(
    grantd_issuer: FakeIssuer, kind: type[BaseException], is_object: bool
) -> None:
    class Interrupted:
        def send(self, request: Any) -> Any:
            signal.raise_signal(signal.SIGTERM)

    class Ends:
        def __call__(self, *_: Any) -> None:
            raise kind("time is up")

        def at_once(self, *_: Any) -> None:
            raise kind("time is up")

    before = signal.signal(signal.SIGTERM, Ends() if is_object else Ends().at_once)
    try:
        with pytest.raises(kind, match="time is up"):
            Verifier(grantd_issuer.issuer, "https://api.example.test", transport=Interrupted()).verify(
                grantd_issuer.mint()
            )
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_client_that_was_closed_is_an_issuer_that_cannot_be_reached(grantd_issuer: FakeIssuer) -> None:
    client = httpx.Client()
    client.close()
    over = grantd.httpx.Transport(client)
    assert reason(Verifier(grantd_issuer.issuer, "https://api.example.test", transport=over), grantd_issuer.mint()) == (
        "unavailable"
    )


@pytest.mark.parametrize("base", ["https://api.example.test/v1", "https://api.example.test/v1/"])
def test_below_the_base(grantd_issuer: FakeIssuer, base: str) -> None:
    seen: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    auth = grantd.httpx.Auth(manager(grantd_issuer), base_url=base)
    with httpx.Client(base_url=base, transport=httpx.MockTransport(api), auth=auth) as client:
        for path in ("customers", "/customers", "https://api.example.test:443/v1/customers"):
            client.get(path)
        assert {str(one.url).replace(":443", "") for one in seen} == {"https://api.example.test/v1/customers"}
        assert all("authorization" in one.headers for one in seen)
        for away in (
            "https://evil.example.test/v1/customers",
            "https://api.example.test/v2",
            "https://api.example.test/v10",
            "https://api.example.test:8443/v1/x",
            "https://u@api.example.test/v1/x",
            "../admin",
            "%2e%2e/admin",
            "a/..%2f../admin",
        ):
            with pytest.raises(ConfigurationError):
                client.get(away)
    assert len(seen) == 3, "before anything is sent"
    session = requests.Session()
    session.auth = RequestsAuth(manager(grantd_issuer), base_url=base)
    for away in ("https://evil.example.test/v1/x", "https://api.example.test/v1/%2e%2e/admin"):
        with pytest.raises(ConfigurationError):
            session.get(away, timeout=10)
    session.close()
