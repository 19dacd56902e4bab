"""FastAPI: `protect(app, verifier)` once, then `Security(require("invoices:read"))` at each route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocketException
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from ._core.claims import Principal
from ._core.passes import Passes
from .asgi import facts_of
from .errors import Refused
from .scopes import several
from .verifier import AsyncVerifier


def protect(
    app: FastAPI, verifier: AsyncVerifier, *, certificate: Callable[[HTTPConnection], bytes | None] | None = None
) -> None:
    """Makes `require` work in this application; one that is mounted in it needs a `protect` of its own. `certificate` finds
    the client's TLS certificate, as DER.
    """
    app.state.grantd = verifier
    app.state.grantd_certificate = certificate

    async def refuse(_: Request, refused: Exception) -> Response:
        reply = verifier.reply_to(refused) if isinstance(refused, Refused) else None
        if reply is None:
            raise refused
        response = Response(reply.body, reply.status)
        for name, value in reply.headers:
            if name == "WWW-Authenticate":
                response.headers.append(name, value)
            else:
                response.headers[name] = value
        return response

    app.add_exception_handler(Refused, refuse)


class require(SecurityBase):  # noqa: N801 - it is used like a function
    """A dependency that gives the principal, if it holds every one of these permissions: of a route, or of a web socket, which
    is refused before it opens. Raises ConfigurationError for what is not one permission.
    """

    def __init__(self, *scopes: str) -> None:
        self.scopes = several(scopes, "permissions")
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token of the authorization server")
        self.scheme_name = "OAuth"

    async def __call__(self, connection: HTTPConnection, security_scopes: SecurityScopes) -> Principal:
        """Raises Refused, which `protect` answers."""
        verifier: Any = getattr(connection.app.state, "grantd", None)
        if verifier is None:
            raise RuntimeError("grantd.fastapi.protect(app, verifier) was not called for this application")
        find = connection.app.state.grantd_certificate
        needed = tuple(dict.fromkeys((*self.scopes, *security_scopes.scopes)))
        facts = facts_of(connection.scope, find(connection) if find else None)
        try:
            principal: Principal = await verifier._let_pass(Passes.of(connection.scope), facts, needed)
        except Refused as refused:
            verifier.tell(refused, connection)
            if connection.scope["type"] == "websocket":
                raise WebSocketException(code=1008) from refused
            raise
        return principal
