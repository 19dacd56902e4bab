"""An ASGI middleware that lets nobody through without a token, for any ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from ._core.passes import Passes
from ._core.presented import Facts
from ._wsgi import encoded
from .errors import ConfigurationError, Refused
from .scopes import several
from .verifier import AsyncVerifier

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class GrantdMiddleware:
    """Puts the principal at `scope["grantd"]`, or answers 401, 403 or 503. Web sockets are refused before they open.

    `scopes` is what every request needs; `public` are paths that need no token, compared as they are: `/docs` is not what is
    below it. Put a middleware for CORS outside of this one, since a preflight carries no token. Raises ConfigurationError for
    a permission that is not one.
    """

    def __init__(
        self,
        app: App,
        verifier: AsyncVerifier,
        *,
        scopes: Iterable[str] = (),
        public: Iterable[str] = (),
        certificate: Callable[[Scope], bytes | None] | None = None,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._scopes = several(scopes, "scopes")
        if isinstance(public, str):
            raise ConfigurationError("public are a list, each one path")
        self._public = frozenset(public)
        self._certificate = certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands the request on."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in self._public:
            await self._app(scope, receive, send)
            return
        facts = facts_of(scope, self._certificate(scope) if self._certificate else None)
        try:
            scope["grantd"] = await self._verifier._let_pass(Passes.of(scope), facts, self._scopes)
        except Refused as refused:
            self._verifier.tell(refused, scope)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            reply = self._verifier.reply_to(refused)
            headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            await send({"type": "http.response.body", "body": reply.body})
            return
        await self._app(scope, receive, send)


def facts_of(scope: Scope, certificate: bytes | None = None) -> Facts:
    """What a credential can depend on, from an ASGI scope."""

    def every(name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]

    host = (every(b"host") or [""])[0]
    raw = scope.get("raw_path") or encoded(scope["path"]).encode()
    said: str = scope["scheme"]
    scheme = {"ws": "http", "wss": "https"}.get(said, said)
    url = Facts.address(scheme, host, raw.decode("latin-1"))
    method = scope.get("method", "GET")
    return Facts(method, url, every(b"authorization"), every(b"x-api-key"), every(b"dpop"), certificate)
