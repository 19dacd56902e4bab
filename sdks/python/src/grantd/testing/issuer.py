"""An issuer inside the test: keys, metadata, key set, tokens of every grant, introspection and revocation, without a socket.
Must not be used as a server: it checks what clients get wrong, not what attackers try.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from .._core.strict import b64encode
from ..http import AsyncTransport, HttpRequest, HttpResponse
from ..keys import SigningKey
from .clock import FakeClock
from .faults import Fault

Json = dict[str, Any]
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class _Issued:
    """An opaque value that the issuer gave out."""

    claims: Json
    redirect_uri: str = ""
    challenge: str = ""
    is_ended: bool = False


@dataclass
class _Answers:
    """What the next user does, and what the issuer has given out."""

    codes: dict[str, _Issued] = field(default_factory=dict)
    refresh: dict[str, _Issued] = field(default_factory=dict)
    access: dict[str, _Issued] = field(default_factory=dict)
    devices: dict[str, list[str]] = field(default_factory=dict)


class FakeIssuer:
    """A transport that answers like an issuer: give it as `transport=` to a client or a verifier, or `async_transport` to
    an asynchronous one. Any client id and secret will do.

    Without a `clock` it has a `FakeClock` that stands still at the present time. With `status_list` tokens name a place in
    the issuer's list, in which `revoke` marks them. `requests` has every request as (endpoint, request);
    `faults("token", replies(503), hangs())` lets the next ones fail.
    """

    def __init__(
        self,
        issuer: str = "https://id.example.test",
        audience: str = "https://api.example.test",
        *,
        clock: Callable[[], float] | None = None,
        lifetime: int = 3600,
        status_list: bool = False,
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self.clock = clock or FakeClock(time.time())
        self.lifetime = lifetime
        self.keys = [_new_key("key-1")]
        self.requests: list[tuple[str, HttpRequest]] = []
        self.status_list = status_list
        """Whether tokens name a place in the status list from now on."""
        self.requires_push = False
        """Whether authorization requests must be pushed (RFC 9126)."""
        self.opaque = False
        """Whether access tokens are opaque from now on."""
        self.takes_reports = True
        """Whether it has an endpoint for reports of use."""
        self.uses: Counter[tuple[str, str]] = Counter()
        """What was reported, by (client, permission): each report once, however often it came."""
        self.device_script: list[str] = []
        """Errors that the next device login meets, one for each poll."""
        self.status: dict[int, int] = {}
        """Places in the status list that are not 0."""
        self._faults: dict[str, deque[Fault]] = {}
        self._given = _Answers()
        self._reports: set[str] = set()
        self._pushed: dict[str, Json] = {}
        self._count = itertools.count(1)
        self._places = itertools.count(0)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"FakeIssuer({self.issuer!r})"

    # What a test says.

    def mint(self, claims: Mapping[str, Any] | None = None, *, header: Mapping[str, Any] | None = None) -> str:
        """An access token as a JWT, which introspection knows too. A claim of `None` is left out; one that is bound to a key
        has `{"cnf": {"jkt": key.thumbprint}}`.
        """
        now = int(self.clock())
        base: Json = {
            "iss": self.issuer,
            "sub": "user-1",
            "aud": self.audience,
            "client_id": "client-1",
            "scope": "",
            "iat": now,
            "exp": now + self.lifetime,
            "jti": f"token-{next(self._count)}",
        }
        head = {"typ": "at+jwt", **(header or {})}
        if self.status_list and head["typ"] == "at+jwt":
            base["status"] = {"status_list": {"idx": next(self._places), "uri": f"{self.issuer}/status/1"}}
        whole = {name: value for name, value in {**base, **(claims or {})}.items() if value is not None}
        token = self.keys[-1].sign(head, whole)
        if head["typ"] == "at+jwt":
            is_bound = "jkt" in (whole.get("cnf") or {})
            self._given.access[token] = _Issued({"token_type": "DPoP" if is_bound else "Bearer", **whole})
        return token

    def mint_opaque(self, claims: Mapping[str, Any] | None = None, *, token_type: str = "Bearer") -> str:
        """A token or API key that only introspection knows."""
        now = int(self.clock())
        base: Json = {"sub": "user-1", "aud": self.audience, "client_id": "client-1", "scope": "", "iat": now}
        whole = {**base, "exp": now + self.lifetime, "iss": self.issuer, "token_type": token_type, **(claims or {})}
        value = self._value("at")
        self._given.access[value] = _Issued({name: one for name, one in whole.items() if one is not None})
        return value

    def login(self, authorization_url: str, **claims: Any) -> str:
        """The user logs in and allows everything: the address at which the browser comes back."""
        asked = dict(parse_qsl(urlsplit(authorization_url).query))
        asked = self._pushed.pop(asked["request_uri"]) if "request_uri" in asked else asked
        code = self._value("ac")
        about: Json = {"sub": "user-1", "client_id": asked["client_id"], "scope": asked.get("scope", ""), **claims}
        about["nonce"] = asked.get("nonce")
        self._given.codes[code] = _Issued(about, asked["redirect_uri"], asked["code_challenge"])
        separator = "&" if "?" in asked["redirect_uri"] else "?"
        return f"{asked['redirect_uri']}{separator}code={code}&state={asked['state']}&iss={self.issuer}"

    def revoke(self, token: str) -> None:
        """Ends a token: for introspection at once, and in the status list where it names its place in it."""
        for issued in (self._given.access, self._given.refresh):
            if token in issued:
                issued[token].is_ended = True
                named = (issued[token].claims.get("status") or {}).get("status_list")
                if named:
                    self.status[named["idx"]] = 1

    def rotate_keys(self, *, keeps_old: bool = True) -> None:
        """Signs with a new key from now on."""
        new = _new_key(f"key-{len(self.keys) + 1}")
        self.keys = [*self.keys, new] if keeps_old else [new]

    def faults(self, endpoint: str, *script: Fault) -> None:
        """What the next requests to an endpoint (`metadata`, `jwks`, `token`, `introspect`, `revoke`, `device`,
        `push`, `status`) meet instead.
        """
        self._faults.setdefault(endpoint, deque()).extend(script)

    def count(self, endpoint: str) -> int:
        """How many requests there were."""
        return sum(1 for name, _ in self.requests if name == endpoint)

    # What clients and verifiers see.

    def send(self, request: HttpRequest) -> HttpResponse:
        """The transport."""
        endpoint = self._endpoint(urlsplit(request.url).path)
        with self._lock:
            self.requests.append((endpoint, request))
            script = self._faults.get(endpoint)
            fault = script.popleft() if script else None
        if fault is not None:
            return fault(request)
        answer = getattr(self, f"_{endpoint}", None)
        return _json(404, {"error": "not_found"}) if answer is None else answer(request)

    @property
    def async_transport(self) -> AsyncTransport:
        """The transport for asynchronous clients."""
        return _Async(self)

    @contextmanager
    def over_http(self) -> Iterator[str]:
        """The same on a real socket, for code that has a transport of its own; hands over the issuer, whose address it
        takes.
        """
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = f"{outer.issuer}{self.path}"
                reply = outer.send(HttpRequest(self.command, url, dict(self.headers.items()), body))
                self.send_response(reply.status)
                for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = _any

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        was, self.issuer = self.issuer, f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self.issuer
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            self.issuer = was

    def _endpoint(self, path: str) -> str:
        if path.startswith("/.well-known/"):
            return "metadata"
        name = path.strip("/").split("/")[0]
        return {"jwks.json": "jwks"}.get(name, name)

    def _metadata(self, _: HttpRequest) -> HttpResponse:
        names = {"token": "token", "introspection": "introspect", "revocation": "revoke", "authorization": "authorize"}
        members = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()}
        members["device_authorization_endpoint"] = f"{self.issuer}/device"
        members["pushed_authorization_request_endpoint"] = f"{self.issuer}/push"
        if self.takes_reports:
            members["grantd_usage_endpoint"] = f"{self.issuer}/usage"
        members |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks.json"}
        says = {"authorization_response_iss_parameter_supported": True}
        return _json(200, {**members, **says, "require_pushed_authorization_requests": self.requires_push})

    def _jwks(self, _: HttpRequest) -> HttpResponse:
        keys = [{**key.public_jwk, "kid": key.kid, "alg": key.alg, "use": "sig"} for key in self.keys]
        return _json(200, {"keys": keys})

    def _status(self, request: HttpRequest) -> HttpResponse:
        import zlib

        values = bytearray(max([1024, *(place // 8 + 1 for place in self.status)]))
        for place, value in self.status.items():
            values[place // 8] |= (1 if value else 0) << (place % 8)
        now = int(self.clock())
        listed = {"bits": 1, "lst": b64encode(zlib.compress(bytes(values)))}
        claims = {"sub": request.url, "iat": now, "exp": now + 3600, "ttl": 300, "status_list": listed}
        token = self.keys[-1].sign({"typ": "statuslist+jwt"}, claims)
        return HttpResponse(200, (("Content-Type", "application/statuslist+jwt"),), token.encode())

    def _token(self, request: HttpRequest) -> HttpResponse:
        form = _form(request)
        grant = form.get("grant_type")
        if grant == "client_credentials":
            about: Json = {"sub": _client(request, form), "client_id": _client(request, form)}
            return self._give({**about, "scope": form.get("scope", "")}, form, request)
        if grant == "authorization_code":
            issued = self._given.codes.get(form.get("code", ""))
            challenge = b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            if (
                not issued
                or issued.is_ended
                or (challenge, form.get("redirect_uri"))
                != (
                    issued.challenge,
                    issued.redirect_uri,
                )
            ):
                return _refusal("invalid_grant")
            issued.is_ended = True
            return self._give(issued.claims, form, request, refreshable=True)
        if grant == "refresh_token":
            issued = self._given.refresh.get(form.get("refresh_token", ""))
            if issued is None or issued.is_ended:
                return _refusal("invalid_grant")
            issued.is_ended = True
            return self._give(issued.claims, form, request, refreshable=True)
        if grant == _DEVICE and form.get("device_code") in self._given.devices:
            script = self._given.devices[form["device_code"]]
            if script:
                return _refusal(script.pop(0))
            return self._give({"sub": "user-1", "client_id": _client(request, form)}, form, request, refreshable=True)
        return _refusal("unsupported_grant_type")

    def _give(self, about: Json, form: Json, request: HttpRequest, *, refreshable: bool = False) -> HttpResponse:
        claims = {name: value for name, value in about.items() if name != "nonce"}
        claims["aud"] = form.get("resource", self.audience)
        proof = next((value for name, value in request.headers.items() if name.lower() == "dpop"), None)
        if proof is not None:
            from .._core.jwk import thumbprint

            head = proof.split(".")[0]
            jwk = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["jwk"]
            claims["cnf"] = {"jkt": thumbprint(jwk)}
        kind = "Bearer" if proof is None else "DPoP"
        reply: Json = {
            "access_token": self.mint_opaque(claims, token_type=kind) if self.opaque else self.mint(claims),
            "token_type": kind,
            "expires_in": self.lifetime,
            "scope": claims.get("scope", ""),
        }
        if refreshable:
            reply["refresh_token"] = self._value("rt")
            self._given.refresh[reply["refresh_token"]] = _Issued(about)
        if "openid" in str(about.get("scope")).split():
            about_user = {"aud": about["client_id"], "sub": about["sub"], "nonce": about.get("nonce")}
            reply["id_token"] = self.mint({**about_user, "client_id": None, "scope": None}, header={"typ": "JWT"})
        return _json(200, reply)

    def _device(self, _: HttpRequest) -> HttpResponse:
        code = self._value("dc")
        self._given.devices[code] = list(self.device_script)
        where = {"verification_uri": f"{self.issuer}/link", "user_code": "WDJB-MJHT"}
        return _json(200, {**where, "device_code": code, "expires_in": 600, "interval": 5})

    def _introspect(self, request: HttpRequest) -> HttpResponse:
        issued = self._given.access.get(_form(request).get("token", ""))
        if issued is None or issued.is_ended or issued.claims.get("exp", self.clock() + 1) <= self.clock():
            return _json(200, {"active": False})
        return _json(200, {"active": True, **issued.claims})

    def _push(self, request: HttpRequest) -> HttpResponse:
        uri = f"urn:ietf:params:oauth:request_uri:{self._value('par')}"
        self._pushed[uri] = _form(request)
        return _json(201, {"request_uri": uri, "expires_in": 60})

    def _revoke(self, request: HttpRequest) -> HttpResponse:
        self.revoke(_form(request).get("token", ""))
        return HttpResponse(200)

    def _usage(self, request: HttpRequest) -> HttpResponse:
        form = _form(request)
        uses, name = json.loads(form["uses"]), form.get("report_id", "")
        if name and name in self._reports:
            return _json(200, {"counted": 0, "ignored": 0})
        self._reports.add(name)
        for use in uses:
            self.uses[use["client_id"], use["permission"]] += use["count"]
        return _json(200, {"counted": len(uses), "ignored": 0})

    def _value(self, kind: str) -> str:
        return f"fake_{kind}_{next(self._count):08d}"


class _Async:
    def __init__(self, issuer: FakeIssuer) -> None:
        self._issuer = issuer

    async def send(self, request: HttpRequest) -> HttpResponse:
        return self._issuer.send(request)


def _new_key(kid: str) -> SigningKey:
    key = SigningKey.generate()
    key.kid = kid
    return key


def _json(status: int, value: Json) -> HttpResponse:
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return HttpResponse(status, headers, json.dumps(value).encode())


def _refusal(code: str) -> HttpResponse:
    return _json(400, {"error": code})


def _form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl((request.body or b"").decode()))


def _client(request: HttpRequest, form: Mapping[str, str]) -> str:
    header = next((value for name, value in request.headers.items() if name.lower() == "authorization"), "")
    if header.startswith("Basic "):
        return unquote_plus(base64.b64decode(header[6:]).decode().partition(":")[0])
    return form.get("client_id", "client-1")
