"""Tokens for httpx2: `Auth` for its clients, and its clients as transports to the issuer."""

from __future__ import annotations

import httpx2

from ._httpx_common import AsyncIssuerTransport, IssuerTransport, ManagedAuth


class Auth(ManagedAuth, httpx2.Auth):
    """`httpx2.Client(auth=Auth(TokenManager(..)))`, `httpx2.AsyncClient(auth=Auth(AsyncTokenManager(..)))`, or an
    `ApiKey` with either.

    With `base_url` a call to an address that is not below it is a ConfigurationError, before anything is sent. An API's
    `insufficient_scope` is raised as InsufficientScopeError, which names the permissions.
    """

    _byte_stream = httpx2.ByteStream


class Transport(IssuerTransport):
    """`TokenManager(.., transport=Transport(httpx2.Client()))`: connections to the issuer live on."""

    _library = httpx2

    def __init__(self, client: httpx2.Client) -> None:
        super().__init__(client)


class AsyncTransport(AsyncIssuerTransport):
    """The same for an `AsyncClient`, with `AsyncTokenManager` and `AsyncVerifier`."""

    _library = httpx2

    def __init__(self, client: httpx2.AsyncClient) -> None:
        super().__init__(client)
