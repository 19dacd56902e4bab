"""Tokens for requests: `requests.get(url, auth=Auth(manager))`, or once for a session."""

from __future__ import annotations

from typing import Any

import requests
from requests.auth import AuthBase

from ._core.attempts import Attempts, Base, Nonces, origin
from .client import ApiKey, TokenManager


class Auth(AuthBase):
    """Sends a token manager's tokens, or an API key.

    With `base_url` a call to an address that is not below it is a ConfigurationError, before anything is sent. An API's
    `insufficient_scope` is raised as InsufficientScopeError, which names the permissions.
    """

    def __init__(self, credentials: TokenManager | ApiKey, *, base_url: str | None = None) -> None:
        self._credentials = credentials
        self._base = Base(base_url)
        self._nonces = Nonces()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._credentials!r})"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Signs one request."""
        manager = self._credentials
        if isinstance(manager, ApiKey):
            self._base.check(request.url or "")
            request.headers[manager.header] = manager.reveal()
            request.register_hook("response", _Stays(manager.header))  # type: ignore[no-untyped-call]
            return request
        replayable = request.body is None or isinstance(request.body, (bytes, str))
        attempts = Attempts(manager.clock, manager.dpop_key, self._nonces, self._base, replayable=replayable)
        call = _Call(manager, attempts)
        call.sign(request)
        request.register_hook("response", call.answered)  # type: ignore[no-untyped-call]
        return request


class _Call:
    def __init__(self, manager: TokenManager, attempts: Attempts) -> None:
        self._manager = manager
        self._attempts = attempts
        self._obtained = manager.obtain()

    def sign(self, request: requests.PreparedRequest) -> None:
        headers = self._attempts.headers(self._obtained, request.method or "", request.url or "")
        request.headers.update(headers)

    def answered(self, response: requests.Response, **kwargs: Any) -> requests.Response:
        if origin(response.request.url or "") != self._attempts.origin:
            # A redirect led to somebody else, who gets no token, whatever he answers.
            return response
        nonce = response.headers.get("dpop-nonce")
        # urllib3 keeps headers of the same name apart, requests joins them.
        challenges = response.raw.headers.getlist("www-authenticate")
        action = self._attempts.after(response.status_code, challenges, nonce, response.request.url or "")
        if action == "none":
            return response
        if action == "new_token":
            self._manager.refuse(self._obtained.tokens.access_token)
            self._obtained = self._manager.obtain()
        # The connection can be used again once the reply was read.
        response.content  # noqa: B018
        response.close()
        request = response.request.copy()
        self.sign(request)
        again: requests.Response = response.connection.send(request, **kwargs)
        again.history.append(response)
        again.request = request
        return self.answered(again, **kwargs)


class _Stays:
    """requests takes `Authorization` away when a redirect leads to another host; other headers it would carry along."""

    def __init__(self, header: str) -> None:
        self._header = header

    def __call__(self, response: requests.Response, **_: Any) -> None:
        location = response.headers.get("location")
        here = response.request.url
        if (
            response.is_redirect
            and location
            and here
            and origin(requests.compat.urljoin(here, location)) != origin(here)
        ):
            response.request.headers.pop(self._header, None)
