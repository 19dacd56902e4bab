"""Django: `GRANTD_VERIFIER = "shop.auth.verifier"` in the settings, then `@require("invoices:read")` at each view; the
principal is `request.principal`. For `async` views the setting names an `AsyncVerifier`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from ._core.passes import Passes
from ._core.presented import Facts
from ._wsgi import encoded, path_of
from .errors import ConfigurationError, Refused
from .scopes import several
from .verifier import AsyncVerifier, Verifier

View = Callable[..., Any]


def require(*scopes: str) -> Callable[[View], View]:
    """A view that only those reach who hold every one of these permissions. Raises ConfigurationError for what is not one."""
    wanted = several(scopes, "permissions")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            verifier = _verifier()
            if not isinstance(verifier, Verifier):
                raise ConfigurationError("a view that is not async needs a Verifier")
            try:
                request.principal = verifier._let_pass(_passes(request), _facts(request), wanted)  # type: ignore[attr-defined]
            except Refused as refused:
                return _reply(verifier, refused, request)
            return view(request, *args, **kwargs)

        @wraps(view)
        async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            verifier = _verifier()
            if not isinstance(verifier, AsyncVerifier):
                raise ConfigurationError("an async view needs an AsyncVerifier")
            try:
                principal = await verifier._let_pass(_passes(request), _facts(request), wanted)
            except Refused as refused:
                return _reply(verifier, refused, request)
            request.principal = principal  # type: ignore[attr-defined]
            return await view(request, *args, **kwargs)

        return guarded_async if iscoroutinefunction(view) else guarded

    return decorate


def _verifier() -> Any:
    named = settings.GRANTD_VERIFIER
    return import_string(named) if isinstance(named, str) else named


def _facts(request: HttpRequest) -> Facts:
    def every(name: str) -> list[str]:
        return [request.META[name]] if name in request.META else []

    find = getattr(settings, "GRANTD_CERTIFICATE", None)
    find = import_string(find) if isinstance(find, str) else find
    return Facts(
        request.method or "",
        Facts.address(request.scheme or "", _host(request), _path(request)),
        every("HTTP_AUTHORIZATION"),
        every("HTTP_X_API_KEY"),
        every("HTTP_DPOP"),
        find(request) if find else None,
    )


def _passes(request: HttpRequest) -> Passes:
    # A middleware of `grantd.asgi` around all of Django is a guard too.
    scope = getattr(request, "scope", None)
    return Passes.of(request.__dict__ if scope is None else scope)


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        # No address that a proof could name. Whether anybody else is refused for it is not decided here.
        return ""


def _path(request: HttpRequest) -> str:
    scope = getattr(request, "scope", None)
    if scope is None:
        return path_of(request.META, request.path)
    raw: bytes | None = scope.get("raw_path")
    return encoded(request.path) if raw is None else raw.decode("latin-1")


def _reply(verifier: Verifier | AsyncVerifier, refused: Refused, request: HttpRequest) -> HttpResponse:
    verifier.tell(refused, request)
    reply = verifier.reply_to(refused)
    response = HttpResponse(reply.body, status=reply.status)
    challenges = [value for name, value in reply.headers if name == "WWW-Authenticate"]
    for name, value in reply.headers:
        response[name] = value
    if challenges:
        # Django keeps one header of a name; RFC 9110 lets several challenges share it.
        response["WWW-Authenticate"] = ", ".join(challenges)
    return response
