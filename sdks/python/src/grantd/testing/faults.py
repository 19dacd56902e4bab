"""What goes wrong at an endpoint of the fake issuer, once for each entry of a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import RequestTimeoutError, UnavailableError
from ..http import HttpRequest, HttpResponse

Fault = Callable[[HttpRequest], HttpResponse]
"""Answers in place of the endpoint, or raises what a transport raises."""


def replies(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Fault:
    """A reply; a body that is not bytes becomes JSON."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return lambda _: HttpResponse(status, tuple((headers or {}).items()), data)


def unreachable() -> Fault:
    """No connection."""

    def fault(_: HttpRequest) -> HttpResponse:
        raise UnavailableError("the server cannot be reached")

    return fault


def hangs() -> Fault:
    """No answer, until the caller's patience ends; nobody really waits."""

    def fault(request: HttpRequest) -> HttpResponse:
        raise RequestTimeoutError(f"no answer within {request.timeout:g} s")

    return fault
