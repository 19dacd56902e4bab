"""A user's login, from the authorization request to its end, and what is printed of it: nothing."""

from __future__ import annotations

import base64
import logging
import traceback
from urllib.parse import parse_qsl, urlsplit

import pytest

from grantd import (
    ApiKey,
    DeviceCodeExpiredError,
    IssuerMismatchError,
    LoginRequiredError,
    MemoryStore,
    OAuthClient,
    OAuthError,
    SigningKey,
    StoreError,
    TokenManager,
    UnavailableError,
)
from grantd.errors import AccessDeniedError
from grantd.httpx import Auth
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .support import SECRET, FullStore, login, private_jwk


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


def test_an_access_token_is_no_id_token(grantd_issuer: FakeIssuer) -> None:
    client = OAuthClient(grantd_issuer.issuer, "web", SECRET, transport=grantd_issuer, clock=grantd_issuer.clock)
    request = client.authorization_request("https://app.example.test/cb", ["openid"])
    claims = {"aud": "web", "nonce": request.nonce}
    for header, claims_of_it in (({"typ": "at+jwt"}, claims), ({"typ": "JWT"}, {**claims, "aud": "other"})):
        reply = {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": grantd_issuer.mint(claims_of_it, header=header),
        }
        grantd_issuer.faults("token", replies(200, reply))
        with pytest.raises(IssuerMismatchError):
            client.exchange(request, grantd_issuer.login(request.url))


def test_rotation_stores_first(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store = FullStore()
    _, tokens = login(grantd_issuer, store)
    grantd_clock.advance(3600)
    token = tokens.get_access_token()
    assert any(token in text for text in store._texts.values())
    grantd_clock.advance(3600)
    store.is_full = True
    with pytest.raises(StoreError):
        tokens.get_access_token()
    store.is_full = False
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


@pytest.mark.parametrize("insists", [True, False])
def test_required_pushed_request(grantd_issuer: FakeIssuer, insists: bool) -> None:
    grantd_issuer.requires_push = insists
    key = SigningKey.generate()
    client = OAuthClient(
        grantd_issuer.issuer, "web", SECRET, dpop_key=key, transport=grantd_issuer, clock=grantd_issuer.clock
    )
    asked = {"resource": "https://api.example.test", "push": not insists, "prompt": "login"}
    request = client.authorization_request("https://app.example.test/cb", ["openid"], **asked)  # type: ignore[arg-type]
    pushed = next(one for name, one in grantd_issuer.requests if name == "push")
    said = dict(parse_qsl((pushed.body or b"").decode()))
    assert {"authorization", "dpop"} <= {name.lower() for name in pushed.headers}
    assert said["state"] == request.state and said["dpop_jkt"] == key.thumbprint and said["prompt"] == "login"
    assert {"redirect_uri", "scope", "resource", "nonce", "code_challenge", "client_id"} <= said.keys()
    shown = dict(parse_qsl(urlsplit(request.url).query))
    assert shown.keys() == {"client_id", "request_uri"} and shown["client_id"] == "web"
    assert client.exchange(request, grantd_issuer.login(request.url)).id_token
    for fault, kind in (
        (replies(400, {"error": "invalid_request"}), OAuthError),
        (replies(503), UnavailableError),
        (replies(201, {}), UnavailableError),
        (replies(201, b"<html>"), UnavailableError),
    ):
        grantd_issuer.faults("push", fault)
        with pytest.raises(kind):
            client.authorization_request("https://app.example.test/cb", push=True)


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


def test_secrets_do_not_print(grantd_issuer: FakeIssuer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = SigningKey.from_jwk({**private_jwk(), "kid": "k"})
    client, tokens = login(grantd_issuer)
    value = tokens.get_tokens()
    with_key = OAuthClient(grantd_issuer.issuer, "web", private_key=key, transport=grantd_issuer)
    secrets = [
        SECRET,
        value.access_token,
        value.refresh_token or "-",
        value.id_token or "--",
        private_jwk()["d"],
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


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_no_frame_of_an_error_holds_a_secret(grantd_issuer: FakeIssuer, grantd_clock: FakeClock, method: str) -> None:
    """Tools that report errors show the variables of all frames; those of this package have nothing to hide."""
    key = SigningKey.from_jwk({**private_jwk(), "kid": "k"}) if method == "private_key_jwt" else None
    basic = base64.b64encode(f"web:{SECRET}".encode()).decode()
    client = OAuthClient(
        grantd_issuer.issuer,
        "web",
        None if key else SECRET,
        private_key=key,
        auth_method=method,
        transport=grantd_issuer,
        clock=grantd_clock,
    )
    store = MemoryStore()
    request = client.authorization_request("https://app.example.test/cb", ["invoices:read"])
    back = grantd_issuer.login(request.url)
    tokens = TokenManager.for_login(client, "user-1", store=store)
    tokens.begin(client.exchange(request, back))
    first = tokens.get_tokens()
    reply = {"access_token": "s3cret-access", "token_type": "Bearer", "refresh_token": "s3cret-refresh"}
    secrets = [SECRET, basic, "s3cret-access", "s3cret-refresh", first.access_token, first.refresh_token or "-"]
    for fault in (
        hangs(),
        replies(401, {"error": "invalid_client"}),
        replies(200, reply | {"token_type": "mac"}),
        replies(200, reply | {"expires_in": "x"}),
        replies(200, reply | {"access_token": "s3cret-access line\nbreak"}),
        replies(200, b'{"access_token":"s3cret-access","refresh_token":"s3cret-refresh'),
        replies(200, b"{" + b'"access_token":"s3cret-access",' * 2 + b'"a":1}'),
    ):
        grantd_clock.advance(3600)
        grantd_issuer.faults("token", fault)
        with pytest.raises((OAuthError, UnavailableError)) as raised:
            tokens.get_access_token()
        ours = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        shown = "".join(line for line in ours.format() if "test_login.py" not in line)
        for secret in secrets:
            assert secret not in shown, secret
