"""What a client asks the issuer for: each grant as a flow. Must not know who keeps the tokens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import (
    AccessDeniedError,
    ConfigurationError,
    DeviceCodeExpiredError,
    IssuerMismatchError,
    LoginRequiredError,
    OAuthError,
    UnavailableError,
)
from ..http import HttpRequest, HttpResponse
from ..keys import SigningKey
from ..scopes import several
from ..tokens import AuthorizationRequest, DeviceAuthorization, Tokens
from . import id_token, token_reply
from .client_auth import ClientAuth
from .effects import Flow, Send, Sleep
from .keys import Discovery, KeySource
from .strict import b64encode

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_MAX_INTERVAL = 60.0
_MOST_REQUESTS = 4
"""That one grant takes: the two addresses of the metadata, and two to an endpoint, where the first lacks a nonce."""


class ClientCore:
    """One client at one issuer."""

    def __init__(
        self, issuer: str, auth: ClientAuth, *, clock: Callable[[], float], timeout: float, dpop_key: SigningKey | None
    ) -> None:
        self.discovery = Discovery(issuer, clock, timeout)
        self.auth = auth
        self.dpop_key = dpop_key
        self.clock = clock
        self._timeout = timeout
        self._keys = KeySource(self.discovery, clock, timeout)
        self._nonce: str | None = None

    @property
    def issuer(self) -> str:
        """As it was configured."""
        return self.discovery.issuer

    @property
    def longest(self) -> float:
        """Seconds that one grant takes at most."""
        return _MOST_REQUESTS * self._timeout

    def client_credentials(self, scopes: Sequence[str], resource: str | None) -> Flow[Tokens]:
        """A token for the client itself (RFC 6749 section 4.4)."""
        return self._tokens(Form(grant_type="client_credentials", **_asked(scopes, resource)))

    def refresh(self, refresh_token: str, scopes: Sequence[str] = (), resource: str | None = None) -> Flow[Tokens]:
        """New tokens of a login. Raises LoginRequiredError when it is over."""
        body = Form(grant_type="refresh_token", refresh_token=refresh_token, **_asked(scopes, resource))
        # Not in the frames of errors.
        del refresh_token
        try:
            return (yield from self._tokens(body))
        except OAuthError as error:
            if error.code == "invalid_grant":
                raise LoginRequiredError(error.code, error.description, error.status) from None
            raise

    def authorization_request(
        self,
        redirect_uri: str,
        scopes: Sequence[str],
        resource: str | None,
        extra: Mapping[str, str],
        *,
        push: bool = False,
    ) -> Flow[AuthorizationRequest]:
        """Where to send the browser, with PKCE S256, `state`, and a `nonce` where an ID token is asked for. Where the server
        insists, or with `push`, it is told first, and the browser carries a reference alone (RFC 9126).
        """
        asked_for = _asked(scopes, resource)
        metadata = yield from self.discovery.get()
        endpoint = metadata.endpoint("authorization_endpoint")
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        nonce = secrets.token_urlsafe(24) if "openid" in scopes else None
        parameters = {
            "response_type": "code",
            "client_id": self.auth.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": b64encode(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **({"nonce": nonce} if nonce else {}),
            **asked_for,
        }
        if not parameters.keys().isdisjoint(extra):
            raise ConfigurationError("a parameter of the authorization request was given that is made here")
        if self.dpop_key is not None:
            parameters["dpop_jkt"] = self.dpop_key.thumbprint
        asked = Form(**parameters, **extra)
        if push or metadata.members.get("require_pushed_authorization_requests") is True:
            reply = yield from self._post("pushed_authorization_request_endpoint", asked)
            asked = Form(client_id=self.auth.client_id, request_uri=token_reply.request_uri(reply))
        separator = "&" if urlsplit(endpoint).query else "?"
        url = f"{endpoint}{separator}{urlencode(asked)}"
        return AuthorizationRequest(url, state, verifier, redirect_uri, nonce)

    def exchange(self, request: AuthorizationRequest, callback_url: str) -> Flow[Tokens]:
        """Makes tokens of the address at which the browser came back. A wrong `state` or `iss` is refused before any
        request (RFC 6749 section 10.12, RFC 9207).
        """
        pairs = parse_qsl(urlsplit(callback_url).query, keep_blank_values=True)
        answer = dict(pairs)
        if len(answer) != len(pairs):
            raise IssuerMismatchError("the authorization response has a parameter twice")
        if not hmac.compare_digest(answer.get("state", "").encode(), request.state.encode()):
            raise IssuerMismatchError("the authorization response is not that of this login: its state differs")
        metadata = yield from self.discovery.get()
        announced = metadata.members.get("authorization_response_iss_parameter_supported") is True
        if answer.get("iss", None if announced else self.issuer) != self.issuer:
            raise IssuerMismatchError("the authorization response is from another issuer")
        if "error" in answer:
            kind = AccessDeniedError if answer["error"] == "access_denied" else OAuthError
            raise kind(token_reply.printable(answer["error"]), token_reply.printable(answer.get("error_description")))
        if not answer.get("code"):
            raise OAuthError("invalid_request", "the authorization response has no code")
        body = Form(
            grant_type="authorization_code",
            code=answer["code"],
            redirect_uri=request.redirect_uri,
            code_verifier=request.code_verifier,
        )
        # Not in the frames of errors.
        del pairs, answer, callback_url
        tokens = yield from self._tokens(body)
        if tokens.id_token is None:
            return tokens
        return (
            yield from id_token.verified(
                tokens, self._keys, self.issuer, self.auth.client_id, request.nonce, self.clock()
            )
        )

    def device(self, scopes: Sequence[str], resource: str | None) -> Flow[DeviceAuthorization]:
        """Begins a login on another device (RFC 8628)."""
        asked_at = self.clock()
        reply = yield from self._post("device_authorization_endpoint", Form(**_asked(scopes, resource)))
        return token_reply.device(reply, asked_at)

    def poll(self, device: DeviceAuthorization) -> Flow[Tokens]:
        """Waits for the user; slower when told so."""
        interval = device.interval
        while self.clock() < device.expires_at:
            yield Sleep(interval)
            try:
                return (yield from self._tokens(Form(grant_type=_DEVICE, device_code=device.device_code)))
            except UnavailableError:
                # RFC 8628 section 3.5: no answer is a reason to go slower, not to give up.
                interval = min(interval * 2, _MAX_INTERVAL)
            except OAuthError as error:
                if error.code == "slow_down":
                    interval = min(interval + 5, _MAX_INTERVAL)
                elif error.code == "access_denied":
                    raise AccessDeniedError(error.code, error.description, error.status) from None
                elif error.code == "expired_token":
                    raise DeviceCodeExpiredError(error.code, error.description, error.status) from None
                elif error.code != "authorization_pending":
                    raise
        raise DeviceCodeExpiredError("expired_token", "nobody entered the code in time")

    def revoke(self, token: str) -> Flow[None]:
        """Ends a token and what hangs off it (RFC 7009). Raises UnavailableError if that is not certain."""
        body = Form(token=token)
        # Not in the frames of errors.
        del token
        reply = yield from self._post("revocation_endpoint", body)
        if reply.status != 200:
            raise token_reply.error_of(reply)

    def _tokens(self, body: Form) -> Flow[Tokens]:
        asked_at = self.clock()
        reply = yield from self._post("token_endpoint", body)
        tokens = token_reply.tokens(reply, asked_at)
        if self.dpop_key is not None and tokens.token_type.lower() != "dpop":
            raise UnavailableError("the server did not bind the token to the key")
        return tokens if self.dpop_key is None else replace(tokens, jkt=self.dpop_key.thumbprint)

    def _post(self, endpoint: str, parameters: Form) -> Flow[HttpResponse]:
        metadata = yield from self.discovery.get()
        url = metadata.endpoint(endpoint)
        reply = yield from self._authenticated_post(url, parameters)
        nonce = reply.header("dpop-nonce")
        asks_for_nonce = nonce is not None and reply.status in (400, 401) and b"use_dpop_nonce" in reply.body
        self._nonce = nonce or self._nonce
        if self.dpop_key is not None and asks_for_nonce:
            reply = yield from self._authenticated_post(url, parameters)
            self._nonce = reply.header("dpop-nonce") or self._nonce
        return reply

    def _authenticated_post(self, url: str, parameters: Form) -> Flow[HttpResponse]:
        reply: HttpResponse = yield Send(self._request(url, parameters))
        return reply

    def _request(self, url: str, parameters: Form) -> HttpRequest:
        # Apart from where it is sent: what is named here is in no frame of an error.
        now = self.clock()
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        body = dict(parameters)
        self.auth.apply(self.issuer, now, headers, body)
        if self.dpop_key is not None:
            headers["DPoP"] = self.dpop_key.proof("POST", url, now, nonce=self._nonce)
        return HttpRequest("POST", url, headers, urlencode(body).encode(), self._timeout)


class Form(dict[str, str]):
    """Parameters of a request, which may be secrets and are not shown."""

    def __repr__(self) -> str:
        return f"Form({', '.join(self)})"


def _asked(scopes: Sequence[str], resource: str | None) -> dict[str, str]:
    wanted = several(scopes, "scopes")
    asked = {"scope": " ".join(wanted)} if wanted else {}
    return {**asked, "resource": resource} if resource else asked
