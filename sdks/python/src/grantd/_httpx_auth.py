"""The one authentication flow of httpx and of httpx2, whose interfaces are the same. Must not import either."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

from ._core.attempts import Attempts
from .client import ApiKey, AsyncTokenManager, TokenManager
from .errors import ConfigurationError


class ManagedAuth:
    """Sends a token manager's tokens, or an API key. A `TokenManager` is for `Client`, an `AsyncTokenManager` for
    `AsyncClient`.
    """

    requires_request_body = False
    requires_response_body = False
    _byte_stream: type

    def __init__(self, credentials: TokenManager | AsyncTokenManager | ApiKey) -> None:
        self._credentials = credentials

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._credentials!r})"

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """For `Client`."""
        manager = self._credentials
        if isinstance(manager, ApiKey):
            request.headers[manager.header] = manager.reveal()
            yield request
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
            request.headers[manager.header] = manager.reveal()
            yield request
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

    def _attempts(self, request: Any, manager: TokenManager | AsyncTokenManager) -> Attempts:
        # A body from bytes or a form is there again; one from a generator or a file is consumed.
        is_there = isinstance(request.stream, self._byte_stream)
        return Attempts(manager.clock, manager.dpop_key, replayable=is_there)

    def _after(self, attempts: Attempts, response: Any) -> str:
        challenges = response.headers.get_list("www-authenticate")
        return attempts.after(response.status_code, challenges, response.headers.get("dpop-nonce"))
