"""The client side: `OAuthClient` asks the issuer, `TokenManager` keeps what it got good. Each there for threads and, with
`Async` in front, for event loops; the rules are the same code.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypedDict

from ._core.client import ClientCore
from ._core.client_auth import ClientAuth
from ._core.effects import Flow
from ._core.manager import ManagerCore, Obtained
from ._core.runtime import AsyncRuntime, SyncRuntime
from ._core.schedule import cache_key
from .errors import LoginRequiredError
from .http import AsyncTransport, StandardTransport, ThreadTransport, Transport
from .keys import SigningKey
from .store import MemoryStore, TokenStore
from .tokens import AuthorizationRequest, DeviceAuthorization, Tokens

if TYPE_CHECKING:
    from typing_extensions import Unpack

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
    auth = ClientAuth.of(client_id, client_secret, private_key, auth_method)
    return ClientCore(issuer, auth, clock=clock, timeout=timeout, dpop_key=dpop_key)


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
        self._runtime = SyncRuntime(transport or StandardTransport(), sleep)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.issuer!r}, {self._core.auth.client_id!r})"

    def client_credentials(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """A token for the client itself. A `TokenManager` keeps one good."""
        return self._runtime.run(self._core.client_credentials(scopes, resource))

    def authorization_request(
        self, redirect_uri: str, scopes: Sequence[str] = (), *, resource: str | None = None, **extra: str
    ) -> AuthorizationRequest:
        """Begins a login: keep the value in the user's session, send the browser to its `url`."""
        return self._runtime.run(self._core.authorization_request(redirect_uri, scopes, resource, extra))

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
        transport = transport or ThreadTransport()
        self._runtime = AsyncRuntime(transport, sleep) if sleep else AsyncRuntime(transport)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.issuer!r}, {self._core.auth.client_id!r})"

    async def client_credentials(self, scopes: Sequence[str] = (), *, resource: str | None = None) -> Tokens:
        """A token for the client itself."""
        return await self._runtime.run(self._core.client_credentials(scopes, resource))

    async def authorization_request(
        self, redirect_uri: str, scopes: Sequence[str] = (), *, resource: str | None = None, **extra: str
    ) -> AuthorizationRequest:
        """Begins a login."""
        return await self._runtime.run(self._core.authorization_request(redirect_uri, scopes, resource, extra))

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


def _machine(client: ClientCore, scopes: Sequence[str], resource: str | None, store: TokenStore | None) -> ManagerCore:
    def fetch(_: Tokens | None) -> Flow[Tokens]:
        return client.client_credentials(scopes, resource)

    name = cache_key(client.issuer, client.auth.client_id, None, resource, scopes)
    return ManagerCore(name, fetch, store=store or MemoryStore(), clock=client.clock, random=random.random)


def _login(client: ClientCore, subject: str, resource: str | None, store: TokenStore | None) -> ManagerCore:
    def fetch(last: Tokens | None) -> Flow[Tokens]:
        if last is None or last.refresh_token is None:
            raise LoginRequiredError("invalid_grant", "there is no refresh token")
        renewed = yield from client.refresh(last.refresh_token, resource=resource)
        return renewed.keeping(last.refresh_token)

    name = cache_key(client.issuer, client.auth.client_id, subject, resource, ())
    return ManagerCore(name, fetch, store=store or MemoryStore(), clock=client.clock, random=random.random)


class TokenManager:
    """Keeps one access token good: acquired when it is first needed, renewed ahead of its end beside its users, once for
    all threads, and once for all processes that share a `store`.

    Made like this it has a machine's own token (client credentials); `for_login` makes one for a user's login.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        scopes: Sequence[str] = (),
        resource: str | None = None,
        store: TokenStore | None = None,
        **client: Unpack[ClientSettings],
    ) -> None:
        self._client = OAuthClient(issuer, client_id, client_secret, **client)
        self._manager = _machine(self._client._core, scopes, resource, store)

    @classmethod
    def for_login(
        cls, client: OAuthClient, subject: str, *, resource: str | None = None, store: TokenStore | None = None
    ) -> TokenManager:
        """For the user `subject` (your name for the login). Tokens are those in the store, or come by `begin`.

        `resource` is the one that the login asked for, if it did.
        """
        manager = cls.__new__(cls)
        manager._client = client
        manager._manager = _login(client._core, subject, resource, store)
        return manager

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client!r})"

    def begin(self, tokens: Tokens) -> None:
        """Takes the tokens of a login that just happened."""
        self._client._runtime.run(self._manager.begin(tokens))

    def get_access_token(self) -> str:
        """An access token that is good now. Raises LoginRequiredError, OAuthError or UnavailableError."""
        return self.get_tokens().access_token

    def get_tokens(self) -> Tokens:
        """The same with what came along."""
        return self._manager.at_once() or self.obtain().tokens

    def obtain(self) -> Obtained:
        """The same, and whether it was there already."""
        return self._client._runtime.run(self._manager.get())

    def refuse(self, access_token: str) -> None:
        """An API refused this token: the next caller gets another."""
        self._manager.refuse(access_token)

    def close(self) -> None:
        """Waits for a renewal that is on its way."""
        self._client._runtime.settle()

    def end(self) -> None:
        """Logs out here and at the issuer: what was stored is deleted, then revoked."""
        tokens = self._client._runtime.run(self._manager.end())
        if tokens is not None:
            self._client.revoke(tokens.refresh_token or tokens.access_token)

    @property
    def dpop_key(self) -> SigningKey | None:
        """The key that the tokens are bound to."""
        return self._client._core.dpop_key

    @property
    def clock(self) -> Clock:
        """Seconds since 1970."""
        return self._client._core.clock


class AsyncTokenManager:
    """`TokenManager` for event loops."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        scopes: Sequence[str] = (),
        resource: str | None = None,
        store: TokenStore | None = None,
        **client: Unpack[AsyncClientSettings],
    ) -> None:
        self._client = AsyncOAuthClient(issuer, client_id, client_secret, **client)
        self._manager = _machine(self._client._core, scopes, resource, store)

    @classmethod
    def for_login(
        cls, client: AsyncOAuthClient, subject: str, *, resource: str | None = None, store: TokenStore | None = None
    ) -> AsyncTokenManager:
        """For the user `subject` (your name for the login)."""
        manager = cls.__new__(cls)
        manager._client = client
        manager._manager = _login(client._core, subject, resource, store)
        return manager

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client!r})"

    async def begin(self, tokens: Tokens) -> None:
        """Takes the tokens of a login that just happened."""
        await self._client._runtime.run(self._manager.begin(tokens))

    async def get_access_token(self) -> str:
        """An access token that is good now."""
        return (await self.get_tokens()).access_token

    async def get_tokens(self) -> Tokens:
        """The same with what came along."""
        return self._manager.at_once() or (await self.obtain()).tokens

    async def obtain(self) -> Obtained:
        """The same, and whether it was there already."""
        return await self._client._runtime.run(self._manager.get())

    def refuse(self, access_token: str) -> None:
        """An API refused this token: the next caller gets another."""
        self._manager.refuse(access_token)

    async def close(self) -> None:
        """Waits for a renewal that is on its way: before the loop ends, or its refresh token may be lost."""
        await self._client._runtime.settle()

    async def end(self) -> None:
        """Logs out here and at the issuer."""
        tokens = await self._client._runtime.run(self._manager.end())
        if tokens is not None:
            await self._client.revoke(tokens.refresh_token or tokens.access_token)

    @property
    def dpop_key(self) -> SigningKey | None:
        """The key that the tokens are bound to."""
        return self._client._core.dpop_key

    @property
    def clock(self) -> Clock:
        """Seconds since 1970."""
        return self._client._core.clock


class ApiKey:
    """An API key, sent as `x-api-key`: not refreshed, not retried, not printed.

    httpx carries that header along when it follows a redirect to another host, which it does not unless told to.
    """

    def __init__(self, key: str, *, header: str = "x-api-key") -> None:
        self._key = key
        self.header = header

    def __repr__(self) -> str:
        return "ApiKey()"

    def reveal(self) -> str:
        """The key, for the header."""
        return self._key
