"""The client side, request by request: `OAuthClient` asks the issuer. There for threads and, with `Async` in front, for event
loops; the rules are the same code. Must not know who keeps the tokens.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypedDict

from ._core import options
from ._core.async_runtime import AsyncRuntime
from ._core.client import ClientCore
from ._core.client_auth import ClientAuth
from ._core.runtime import SyncRuntime
from .errors import ConfigurationError
from .http import AsyncTransport, StandardTransport, ThreadTransport, Transport
from .keys import SigningKey
from .tokens import AuthorizationRequest, DeviceAuthorization, Tokens

Clock = Callable[[], float]


class _Common(TypedDict, total=False):
    """What `OAuthClient` and `AsyncOAuthClient` have in common, for the managers that make one."""

    private_key: SigningKey | None
    auth_method: str | None
    dpop_key: SigningKey | None
    timeout: float
    clock: Clock


class ClientSettings(_Common, total=False):
    """Settings of `OAuthClient`."""

    transport: Transport | None
    sleep: Callable[[float], None]


class AsyncClientSettings(_Common, total=False):
    """Settings of `AsyncOAuthClient`."""

    transport: AsyncTransport | None
    sleep: Callable[[float], Awaitable[None]] | None


def _core(
    issuer: str,
    client_id: str,
    client_secret: str | None,
    private_key: SigningKey | None,
    auth_method: str | None,
    dpop_key: SigningKey | None,
    timeout: float,
    clock: Clock,
) -> ClientCore:
    if any(key is not None and not isinstance(key, SigningKey) for key in (private_key, dpop_key)):
        raise ConfigurationError("private_key and dpop_key are SigningKeys")
    auth = ClientAuth.of(options.text("client_id", client_id), client_secret, private_key, auth_method)
    limit = options.seconds("timeout", timeout)
    return ClientCore(issuer, auth, clock=options.call("clock", clock), timeout=limit, dpop_key=dpop_key)


class OAuthClient:
    """One client (application) at one issuer.

    Without `client_secret` and `private_key` it is a public client. With `dpop_key` every token is bound to that key
    (RFC 9449). `timeout` bounds each request as a whole, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        private_key: SigningKey | None = None,
        auth_method: str | None = None,
        dpop_key: SigningKey | None = None,
        timeout: float = 10.0,
        transport: Transport | None = None,
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._core = _core(issuer, client_id, client_secret, private_key, auth_method, dpop_key, timeout, clock)
        self._runtime = SyncRuntime(options.transport(transport or StandardTransport(), is_async=False), sleep)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.issuer!r}, {self._core.auth.client_id!r})"

    def client_credentials(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """A token for the client itself. A `TokenManager` keeps one good."""
        return self._runtime.run(self._core.client_credentials(scopes, resource))

    def authorization_request(
        self,
        redirect_uri: str,
        scopes: Sequence[str] = (),
        *,
        resource: str | None = None,
        push: bool = False,
        **extra: str,
    ) -> AuthorizationRequest:
        """Begins a login: keep the value in the user's session, send the browser to its `url`.

        With `push`, and wherever the server insists, the parameters go to the server first and the browser carries a
        reference to them alone (RFC 9126).
        """
        flow = self._core.authorization_request(redirect_uri, scopes, resource, extra, push=push)
        return self._runtime.run(flow)

    def exchange(self, request: AuthorizationRequest, callback_url: str) -> Tokens:
        """Ends a login: `callback_url` is the whole address at which the browser came back."""
        return self._runtime.run(self._core.exchange(request, callback_url))

    def refresh(self, refresh_token: str, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """New tokens of a login; the refresh token in them replaces the old one. `TokenManager.for_login` does it in time."""
        return self._runtime.run(self._core.refresh(refresh_token, scopes, resource))

    def device(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> DeviceAuthorization:
        """Begins a login on another device: show the code and the address."""
        return self._runtime.run(self._core.device(scopes, resource))

    def poll(self, device: DeviceAuthorization) -> Tokens:
        """Waits until the user has decided."""
        return self._runtime.run(self._core.poll(device))

    def revoke(self, token: str) -> None:
        """Ends a refresh or access token."""
        self._runtime.run(self._core.revoke(token))


class AsyncOAuthClient:
    """`OAuthClient` for event loops. Without a `transport` requests are sent from threads."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        private_key: SigningKey | None = None,
        auth_method: str | None = None,
        dpop_key: SigningKey | None = None,
        timeout: float = 10.0,
        transport: AsyncTransport | None = None,
        clock: Clock = time.time,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._core = _core(issuer, client_id, client_secret, private_key, auth_method, dpop_key, timeout, clock)
        over = options.transport(transport or ThreadTransport(), is_async=True)
        self._runtime = AsyncRuntime(over, sleep) if sleep else AsyncRuntime(over)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.issuer!r}, {self._core.auth.client_id!r})"

    async def client_credentials(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """A token for the client itself."""
        return await self._runtime.run(self._core.client_credentials(scopes, resource))

    async def authorization_request(
        self,
        redirect_uri: str,
        scopes: Sequence[str] = (),
        *,
        resource: str | None = None,
        push: bool = False,
        **extra: str,
    ) -> AuthorizationRequest:
        """Begins a login."""
        flow = self._core.authorization_request(redirect_uri, scopes, resource, extra, push=push)
        return await self._runtime.run(flow)

    async def exchange(self, request: AuthorizationRequest, callback_url: str) -> Tokens:
        """Ends a login."""
        return await self._runtime.run(self._core.exchange(request, callback_url))

    async def refresh(self, refresh_token: str, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """New tokens of a login."""
        return await self._runtime.run(self._core.refresh(refresh_token, scopes, resource))

    async def device(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> DeviceAuthorization:
        """Begins a login on another device."""
        return await self._runtime.run(self._core.device(scopes, resource))

    async def poll(self, device: DeviceAuthorization) -> Tokens:
        """Waits until the user has decided."""
        return await self._runtime.run(self._core.poll(device))

    async def revoke(self, token: str) -> None:
        """Ends a refresh or access token."""
        await self._runtime.run(self._core.revoke(token))
