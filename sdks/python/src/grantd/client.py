"""The client side, kept good: `TokenManager` has a token whenever one is needed. There for threads and, with `Async` in front,
for event loops; the rules are the same code.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ._core import options
from ._core.client import ClientCore
from ._core.effects import Flow
from ._core.manager import ManagerCore, Obtained
from ._core.schedule import cache_key
from .errors import LoginRequiredError
from .keys import SigningKey
from .oauth import AsyncClientSettings, AsyncOAuthClient, ClientSettings, Clock, OAuthClient
from .scopes import several
from .store import MemoryStore, TokenStore
from .tokens import Tokens

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack


def _machine(client: ClientCore, scopes: Sequence[str], resource: str | None, store: TokenStore | None) -> ManagerCore:
    wanted = several(scopes, "scopes")

    def fetch(_: Tokens | None) -> Flow[Tokens]:
        return client.client_credentials(wanted, resource)

    return _manager(client, None, resource, wanted, store, fetch, None)


def _login(
    client: ClientCore, subject: str, resource: str | None, store: TokenStore | None, refresh_token: str | None
) -> ManagerCore:
    def fetch(last: Tokens | None) -> Flow[Tokens]:
        if last is None or last.refresh_token is None:
            raise LoginRequiredError("invalid_grant", "there is no refresh token")
        renewed = yield from client.refresh(last.refresh_token, resource=resource)
        return renewed.keeping(last.refresh_token)

    return _manager(client, options.text("subject", subject), resource, (), store, fetch, refresh_token)


def _manager(
    client: ClientCore,
    subject: str | None,
    resource: str | None,
    scopes: Sequence[str],
    store: TokenStore | None,
    fetch: Callable[[Tokens | None], Flow[Tokens]],
    refresh_token: str | None,
) -> ManagerCore:
    name = cache_key(client.issuer, client.auth.client_id, subject, resource, scopes)
    return ManagerCore(
        name,
        fetch,
        client.revoke,
        longest=client.longest,
        store=MemoryStore() if store is None else store,
        clock=client.clock,
        random=random.random,
        is_login=subject is not None,
        key=client.dpop_key.thumbprint if client.dpop_key is not None else None,
        refresh_token=refresh_token,
    )


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
        cls,
        client: OAuthClient,
        subject: str,
        *,
        resource: str | None = None,
        store: TokenStore | None = None,
        refresh_token: str | None = None,
    ) -> TokenManager:
        """For the user `subject` (your name for the login). Tokens are those in the store, or come by `begin`.

        `resource` is the one that the login asked for, if it did. With `refresh_token` a login is taken over that began
        elsewhere: it is used where the store has nothing for this login, since what is there is newer.
        """
        manager = cls.__new__(cls)
        manager._client = client
        manager._manager = _login(client._core, subject, resource, store, refresh_token)
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
        """Waits for a renewal that is on its way. `with TokenManager(..) as tokens:` does it at the end."""
        self._client._runtime.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def end(self) -> None:
        """Logs out at the issuer and here: once nobody renews the tokens any more, the newest are revoked, then deleted. Raises
        what `OAuthClient.revoke` does; nothing is deleted then, and it can be tried again.
        """
        self._client._runtime.run(self._manager.end())

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
        cls,
        client: AsyncOAuthClient,
        subject: str,
        *,
        resource: str | None = None,
        store: TokenStore | None = None,
        refresh_token: str | None = None,
    ) -> AsyncTokenManager:
        """For the user `subject` (your name for the login)."""
        manager = cls.__new__(cls)
        manager._client = client
        manager._manager = _login(client._core, subject, resource, store, refresh_token)
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def end(self) -> None:
        """Logs out at the issuer and here. Where that fails nothing is deleted, and it can be tried again."""
        await self._client._runtime.run(self._manager.end())

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
