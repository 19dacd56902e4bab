"""What httpx and httpx2 have in common: the authentication flow and how requests to the issuer are sent. Their interfaces are
the same. Must not import either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

from ._core.attempts import Attempts, Nonces, check_way, origin
from .client import ApiKey, AsyncTokenManager, TokenManager
from .errors import ConfigurationError, RequestTimeoutError, UnavailableError
from .http import MAX_REPLY, HttpRequest, HttpResponse


class ManagedAuth:
    """Sends a token manager's tokens, or an API key. A `TokenManager` is for `Client`, an `AsyncTokenManager` for
    `AsyncClient`.
    """

    requires_request_body = False
    requires_response_body = False
    _byte_stream: type

    def __init__(self, credentials: TokenManager | AsyncTokenManager | ApiKey) -> None:
        self._credentials = credentials
        self._nonces = Nonces()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._credentials!r})"

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """For `Client`."""
        manager = self._credentials
        if isinstance(manager, ApiKey):
            yield self._with_key(request, manager)
            return
        if not isinstance(manager, TokenManager):
            raise ConfigurationError("a Client needs a TokenManager, an AsyncClient an AsyncTokenManager")
        attempts, obtained, action = self._attempts(request, manager), manager.obtain(), "first"
        while action != "none":
            request.headers.update(attempts.headers(obtained, request.method, str(request.url)))
            response = yield request
            action = self._after(attempts, response)
            if action == "new_token":
                manager.refuse(obtained.tokens.access_token)
                obtained = manager.obtain()

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """For `AsyncClient`."""
        manager = self._credentials
        if isinstance(manager, ApiKey):
            yield self._with_key(request, manager)
            return
        if not isinstance(manager, AsyncTokenManager):
            raise ConfigurationError("an AsyncClient needs an AsyncTokenManager, a Client a TokenManager")
        attempts, obtained, action = self._attempts(request, manager), await manager.obtain(), "first"
        while action != "none":
            request.headers.update(attempts.headers(obtained, request.method, str(request.url)))
            response = yield request
            action = self._after(attempts, response)
            if action == "new_token":
                manager.refuse(obtained.tokens.access_token)
                obtained = await manager.obtain()

    def _with_key(self, request: Any, key: ApiKey) -> Any:
        check_way(str(request.url))
        request.headers[key.header] = key.reveal()
        return request

    def _attempts(self, request: Any, manager: TokenManager | AsyncTokenManager) -> Attempts:
        # A body from bytes or a form is there again; one from a generator or a file is consumed.
        is_there = isinstance(request.stream, self._byte_stream)
        return Attempts(manager.clock, manager.dpop_key, self._nonces, replayable=is_there)

    def _after(self, attempts: Attempts, response: Any) -> str:
        if origin(str(response.url)) != attempts.origin:
            # A redirect led to somebody else, who has no say about our token.
            return "none"
        challenges = response.headers.get_list("www-authenticate")
        return attempts.after(response.status_code, challenges, response.headers.get("dpop-nonce"))


class IssuerTransport:
    """Sends requests to the issuer with a `Client`, whose connections live on. Follows no redirects."""

    _library: Any

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        collected, until = _Collected(), time.monotonic() + request.timeout
        try:
            with self._client.stream(**_arguments(request)) as reply:
                for chunk in reply.iter_bytes():
                    collected.add(chunk)
                    if time.monotonic() > until:
                        raise TimeoutError
                return collected.reply(reply)
        except (TimeoutError, self._library.TimeoutException) as error:
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error
        except self._library.HTTPError as error:
            raise UnavailableError("the server cannot be reached") from error


class AsyncIssuerTransport:
    """The same with an `AsyncClient`."""

    _library: Any

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        try:
            return await asyncio.wait_for(self._sent(request), request.timeout)
        except (TimeoutError, asyncio.TimeoutError, self._library.TimeoutException) as error:
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error
        except self._library.HTTPError as error:
            raise UnavailableError("the server cannot be reached") from error

    async def _sent(self, request: HttpRequest) -> HttpResponse:
        collected = _Collected()
        async with self._client.stream(**_arguments(request)) as reply:
            async for chunk in reply.aiter_bytes():
                collected.add(chunk)
            return collected.reply(reply)


def _arguments(request: HttpRequest) -> dict[str, Any]:
    """A request to the issuer, for `stream`. It follows no redirects and carries nobody else's credentials."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "content": request.body,
        "timeout": request.timeout,
        "follow_redirects": False,
        "auth": None,
    }


class _Collected:
    """A reply on its way in, up to a limit."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Raises UnavailableError for a reply that is too long."""
        self._size += len(chunk)
        if self._size > MAX_REPLY:
            raise UnavailableError("the reply is too long")
        self._chunks.append(chunk)

    def reply(self, reply: Any) -> HttpResponse:
        """All of it."""
        return HttpResponse(reply.status_code, tuple(reply.headers.multi_items()), b"".join(self._chunks))
