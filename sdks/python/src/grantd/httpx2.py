"""Tokens for httpx2: `Auth` for its clients, and its clients as transports to the issuer."""

from __future__ import annotations

import httpx2

from ._httpx_auth import ManagedAuth
from .errors import RequestTimeoutError, UnavailableError
from .http import MAX_REPLY, HttpRequest, HttpResponse


class Auth(ManagedAuth, httpx2.Auth):
    """`httpx2.Client(auth=Auth(TokenManager(..)))`, `httpx2.AsyncClient(auth=Auth(AsyncTokenManager(..)))`, or an
    `ApiKey` with either.

    An API's `insufficient_scope` is raised as InsufficientScopeError, which names the permissions.
    """

    _byte_stream = httpx2.ByteStream


class AsyncTransport:
    """Sends requests to the issuer with an `AsyncClient`, whose connections live on. Follows no redirects."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        try:
            reply = await self._client.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body,
                timeout=request.timeout,
                follow_redirects=False,
                auth=None,
            )
        except httpx2.TimeoutException as error:
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error
        except httpx2.HTTPError as error:
            raise UnavailableError("the server cannot be reached") from error
        if len(reply.content) > MAX_REPLY:
            raise UnavailableError("the reply is too long")
        return HttpResponse(reply.status_code, tuple(reply.headers.multi_items()), reply.content)
