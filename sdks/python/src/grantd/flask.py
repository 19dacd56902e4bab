"""Flask: `protect(app, verifier)` once, then `@require("invoices:read")` at each view; the principal is `g.principal`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Request, Response, current_app, g, request

from ._core.passes import Passes
from ._core.presented import Facts
from ._wsgi import path_of
from .errors import Refused
from .scopes import several
from .verifier import Verifier

P = ParamSpec("P")
R = TypeVar("R")


def protect(app: Flask, verifier: Verifier, *, certificate: Callable[[Request], bytes | None] | None = None) -> None:
    """Makes `require` work in this application. `certificate` finds the client's TLS certificate, as DER."""
    app.extensions["grantd"] = (verifier, certificate)

    def refuse(refused: Refused) -> Response:
        reply = verifier.reply_to(refused)
        response = Response(reply.body, reply.status)
        for name, value in reply.headers:
            if name == "WWW-Authenticate":
                response.headers.add(name, value)
            else:
                response.headers[name] = value
        return response

    app.register_error_handler(Refused, refuse)


def require(*scopes: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that only those reach who hold every one of these permissions. Raises ConfigurationError for what is not one."""
    wanted = several(scopes, "permissions")

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if "grantd" not in current_app.extensions:
                raise RuntimeError("grantd.flask.protect(app, verifier) was not called for this application")
            verifier, find = current_app.extensions["grantd"]
            facts = Facts(
                request.method,
                Facts.address(request.scheme, request.host, path_of(request.environ)),
                request.headers.getlist("Authorization"),
                request.headers.getlist("X-Api-Key"),
                request.headers.getlist("DPoP"),
                find(request) if find else None,
            )
            try:
                g.principal = verifier._let_pass(Passes.of(request.environ), facts, wanted)
            except Refused as refused:
                # The request itself: what this name stands for is another one in the next.
                verifier.tell(refused, request._get_current_object())  # type: ignore[attr-defined]
                raise
            answer: R = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        return guarded

    return decorate
