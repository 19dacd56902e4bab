"""Tokens for httpx: `Auth` for its clients, and its clients as transports to the issuer."""

from __future__ import annotations

import httpx

from ._httpx_common import AsyncIssuerTransport, IssuerTransport, ManagedAuth


class Auth(ManagedAuth, httpx.Auth):
    """`httpx.Client(auth=Auth(TokenManager(..)))`, `httpx.AsyncClient(auth=Auth(AsyncTokenManager(..)))`, or an
    `ApiKey` with either.

    With `base_url` a call to an address that is not below it is a ConfigurationError, before anything is sent. An API's
    `insufficient_scope` is raised as InsufficientScopeError, which names the permissions.
    """

    _byte_stream = httpx.ByteStream


class Transport(IssuerTransport):
    """`TokenManager(.., transport=Transport(httpx.Client()))`: connections to the issuer live on."""

    _library = httpx

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(client)


class AsyncTransport(AsyncIssuerTransport):
    """The same for an `AsyncClient`, with `AsyncTokenManager` and `AsyncVerifier`."""

    _library = httpx

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(client)
