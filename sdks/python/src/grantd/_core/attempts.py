"""The requests of one call to an API: what each carries, and whether there is another. Must not know an HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import InsufficientScopeError
from ..keys import SigningKey
from ..tokens import Tokens
from .manager import Obtained
from .schedule import needed_scopes, retry


class Attempts:
    """One call. At most one retry with a new token, and one with a nonce."""

    def __init__(self, clock: Callable[[], float], key: SigningKey | None, *, replayable: bool) -> None:
        self._clock = clock
        self._key = key
        self._replayable = replayable
        self._used = {"new_token": 0, "nonce": 0}
        self._obtained: Obtained | None = None
        self._nonce: str | None = None

    def headers(self, obtained: Obtained, method: str, url: str) -> dict[str, str]:
        """What the next request carries."""
        self._obtained = obtained
        token = obtained.tokens.access_token
        if self._key is None:
            return {"Authorization": f"Bearer {token}"}
        proof = self._key.proof(method, url, self._clock(), access_token=token, nonce=self._nonce)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    def after(self, status: int, www_authenticate: Sequence[str], nonce: str | None) -> str:
        """`new_token`, `nonce` or `none`. Raises InsufficientScopeError where the API says so."""
        if status in (401, 403):
            scopes = needed_scopes(www_authenticate)
            if scopes is not None:
                raise InsufficientScopeError(scopes)
        action = retry(
            status,
            www_authenticate,
            cached=self._obtained is not None and self._obtained.is_cached,
            replayable=self._replayable,
            attempt=1,
            dpop_nonce=nonce if self._key is not None else None,
        )
        if action == "none" or self._used[action]:
            return "none"
        self._used[action] += 1
        self._nonce = nonce or self._nonce
        return action

    @property
    def tokens(self) -> Tokens | None:
        """What the last request carried."""
        return self._obtained.tokens if self._obtained else None
