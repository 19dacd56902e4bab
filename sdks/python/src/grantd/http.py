"""Requests and replies as values, and the transport that is used where none is given: the standard library's, with a limit
on everything. Must not know OAuth.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from .errors import RequestTimeoutError, UnavailableError

MAX_REPLY = 1024 * 1024
"""The longest reply that is read, in bytes."""


@dataclass(frozen=True)
class HttpRequest:
    """A request to the issuer. Headers and body hold secrets and are not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = 10.0
    """Seconds for all of it, from the connection to the last byte."""


@dataclass(frozen=True)
class HttpResponse:
    """A reply. The body holds tokens and is not shown."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of this name, case aside."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Transport(Protocol):
    """Sends requests. Follows no redirect, and raises UnavailableError when there is no reply; an OSError or RuntimeError
    counts as one.
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        ...


class AsyncTransport(Protocol):
    """The same for asynchronous callers."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        ...


class StandardTransport:
    """`http.client` with a deadline for the whole exchange, verified TLS, and no redirects."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context

    def send(self, request: HttpRequest) -> HttpResponse:
        """One request on a connection of its own."""
        connection, target = self._connection(request)
        # The socket's own limit is for each read: a server that sends a byte now and then would never end.
        too_late = threading.Event()
        watch = threading.Timer(request.timeout, _end, (connection, too_late))
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            if too_late.is_set():
                # The watch found no socket to end while the name was looked up.
                raise TimeoutError
            connection.request(request.method, target, body=request.body, headers=dict(request.headers))
            reply = connection.getresponse()
            body = reply.read(MAX_REPLY + 1)
            headers = tuple(reply.getheaders())
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            # Without their frames, which hold headers and body.
            error.with_traceback(None)
            if too_late.is_set() or isinstance(error, TimeoutError):
                raise RequestTimeoutError(f"no answer within {request.timeout:g} s") from error
            raise UnavailableError("the server cannot be reached") from error
        finally:
            watch.cancel()
            connection.close()
        if too_late.is_set():
            raise RequestTimeoutError(f"no answer within {request.timeout:g} s")
        if len(body) > MAX_REPLY:
            raise UnavailableError("the reply is too long")
        return HttpResponse(reply.status, headers, body)

    def _connection(self, request: HttpRequest) -> tuple[http.client.HTTPConnection, str]:
        """Not opened yet, and what to ask for there."""
        try:
            parts = urlsplit(request.url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise UnavailableError("the server's address is malformed") from error
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        if parts.scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=request.timeout), target
        self._context = self._context or ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=request.timeout, context=self._context), target


def _end(connection: http.client.HTTPConnection, too_late: threading.Event) -> None:
    too_late.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(2)
        except OSError:
            pass


class ThreadTransport:
    """A synchronous transport for asynchronous callers: each request in a thread of asyncio's pool."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or StandardTransport()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One request, one reply."""
        return await asyncio.to_thread(self._transport.send, request)
