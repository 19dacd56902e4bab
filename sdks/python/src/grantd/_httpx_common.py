"""What httpx and httpx2 have in common: the authentication flow and how requests to the issuer are sent. Their interfaces are
the same. Must not import either.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

from ._core.attempts import Attempts, Base, Nonces, origin
from .client import ApiKey, AsyncTokenManager, TokenManager
from .errors import ConfigurationError, GrantdError, RequestTimeoutError, UnavailableError
from .http import MAX_REPLY, HttpRequest, HttpResponse


class ManagedAuth:
    """Sends a token manager's tokens, or an API key. A `TokenManager` is for `Client`, an `AsyncTokenManager` for
    `AsyncClient`.
    """

    requires_request_body = False
    requires_response_body = False
    _byte_stream: type

    def __init__(self, credentials: TokenManager | AsyncTokenManager | ApiKey, *, base_url: str | None = None) -> None:
        self._credentials = credentials
        self._base = Base(base_url)
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
            request = request if action == "none" or not response.history else response.request
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
            request = request if action == "none" or not response.history else response.request
            if action == "new_token":
                manager.refuse(obtained.tokens.access_token)
                obtained = await manager.obtain()

    def _with_key(self, request: Any, key: ApiKey) -> Any:
        self._base.check(str(request.url))
        request.headers[key.header] = key.reveal()
        return request

    def _attempts(self, request: Any, manager: TokenManager | AsyncTokenManager) -> Attempts:
        # A body from bytes or a form is there again; one from a generator or a file is consumed.
        is_there = isinstance(request.stream, self._byte_stream)
        return Attempts(manager.clock, manager.dpop_key, self._nonces, self._base, replayable=is_there)

    def _after(self, attempts: Attempts, response: Any) -> str:
        if origin(str(response.url)) != attempts.origin:
            # A redirect led to somebody else, who has no say about our token.
            return "none"
        challenges = response.headers.get_list("www-authenticate")
        return attempts.after(response.status_code, challenges, response.headers.get("dpop-nonce"), str(response.url))


class IssuerTransport:
    """Sends requests to the issuer with a `Client`, whose connections live on. Follows no redirects."""

    _library: Any

    def __init__(self, client: Any) -> None:
        if not isinstance(client, self._library.Client):
            raise ConfigurationError("a Transport is over a Client, an AsyncTransport over an AsyncClient")
        self._client = client

    def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        # The library's limits are for each read: a server that sends a byte now and then would never end.
        exchange = _Exchange(self._client, request)
        worker = threading.Thread(target=exchange.run, daemon=True)
        worker.start()
        if not exchange.ended.wait(request.timeout):
            exchange.end()
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s")
        error = exchange.error
        if error is None:
            return exchange.replies.pop()
        if isinstance(error, GrantdError):
            raise error
        # Without their frames, which hold headers and body.
        error.with_traceback(None)
        if isinstance(error, (TimeoutError, self._library.TimeoutException)):
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error
        raise UnavailableError("the server cannot be reached") from error


class _Exchange:
    """A request on its way in a thread of its own, which nobody waits for beyond its time."""

    def __init__(self, client: Any, request: HttpRequest) -> None:
        self._client = client
        self._request = request
        self._stream: Any = None
        self.ended = threading.Event()
        self.replies: list[HttpResponse] = []
        self.error: Exception | None = None

    def run(self) -> None:
        """In the thread."""
        collected, until = _Collected(), time.monotonic() + self._request.timeout
        try:
            arguments = _arguments(self._request)
            with self._client.stream(**arguments, extensions={"trace": self._traced}) as reply:
                for chunk in reply.iter_bytes():
                    collected.add(chunk)
                    if time.monotonic() > until:
                        raise TimeoutError
                self.replies.append(collected.reply(reply))
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()

    def end(self) -> None:
        """Ends a connection that was opened for this. One that was there before is left to its own limits."""
        sock = self._stream.get_extra_info("socket") if self._stream is not None else None
        if sock is not None:
            try:
                sock.shutdown(2)
            except OSError:
                pass

    def _traced(self, name: str, info: dict[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info.get("return_value")


class AsyncIssuerTransport:
    """The same with an `AsyncClient`."""

    _library: Any

    def __init__(self, client: Any) -> None:
        if not isinstance(client, self._library.AsyncClient):
            raise ConfigurationError("an AsyncTransport is over an AsyncClient, a Transport over a Client")
        self._client = client

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        try:
            return await asyncio.wait_for(self._sent(request), request.timeout)
        except (TimeoutError, asyncio.TimeoutError, self._library.TimeoutException) as error:
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error.with_traceback(None)
        except self._library.HTTPError as error:
            raise UnavailableError("the server cannot be reached") from error.with_traceback(None)

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
