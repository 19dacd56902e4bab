"""The requests of one call to an API: what each carries, and whether there is another. Must not know an HTTP library."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

from ..errors import ConfigurationError, InsufficientScopeError
from ..keys import SigningKey
from . import options
from .address import target_uri
from .manager import Obtained
from .metadata import is_safe
from .schedule import needed_scopes, retry

_MAX_NONCES = 100


class Nonces:
    """The nonce that each API asked for last (RFC 9449 section 9), so that only its first call is sent twice. Bounded."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def get(self, url: str) -> str | None:
        """For a call to this address."""
        return self._known.get(origin(url))

    def put(self, url: str, nonce: str) -> None:
        """From a reply of this address."""
        if len(self._known) >= _MAX_NONCES:
            self._known.clear()
        self._known[origin(url)] = nonce


def origin(url: str) -> tuple[str, str]:
    """Whom an address belongs to."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}.get(scheme, ":"))


def check_way(url: str) -> None:
    """A credential does not travel in clear, but on this computer. Raises ConfigurationError."""
    if not is_safe(url):
        raise ConfigurationError("the request would carry a credential over plain http")


class Base:
    """The address below which an API is, `https://h/v1` or `https://h/v1/`: a credential goes nowhere else."""

    def __init__(self, url: str | None) -> None:
        self._url = None if url is None else options.address("base_url", url)
        parts = urlsplit(self._url or "")
        if "?" in (self._url or ""):
            raise ConfigurationError("base_url has no query")
        self._path = parts.path.rstrip("/")

    def check(self, url: str) -> None:
        """Raises ConfigurationError for a way in clear, and for an address that is not below the base."""
        check_way(url)
        if self._url is None:
            return
        parts = urlsplit(url)
        path = parts.path or "/"
        # Encoded or not, some server on the way may go up by it.
        goes_up = not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(path)))
        is_below = path == self._path or path.startswith(f"{self._path}/")
        if origin(url) != origin(self._url) or "@" in parts.netloc or goes_up or not is_below:
            raise ConfigurationError("the address is not below the API's base_url, and would get its credential")


class Attempts:
    """One call. At most one retry with a new token, one with a nonce, and one with a proof for where a redirect led."""

    def __init__(
        self, clock: Callable[[], float], key: SigningKey | None, nonces: Nonces, base: Base, *, replayable: bool
    ) -> None:
        self._clock = clock
        self._key = key
        self._replayable = replayable
        self._used = {"new_token": 0, "nonce": 0, "moved": 0}
        self._obtained: Obtained | None = None
        self._nonces = nonces
        self._base = base
        self._url = ""

    def headers(self, obtained: Obtained, method: str, url: str) -> dict[str, str]:
        """What the next request carries. Raises ConfigurationError where it must not carry it."""
        self._base.check(url)
        self._obtained, self._url = obtained, url
        token = obtained.tokens.access_token
        if self._key is None:
            return {"Authorization": f"Bearer {token}"}
        proof = self._key.proof(method, url, self._clock(), access_token=token, nonce=self._nonces.get(url))
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    @property
    def origin(self) -> tuple[str, str]:
        """Whom the last request went to."""
        return origin(self._url)

    def after(self, status: int, www_authenticate: Sequence[str], nonce: str | None, url: str) -> str:
        """`new_token`, `nonce`, `moved` or `none`; `url` is whom the reply is from, after redirects. Raises
        InsufficientScopeError where the API says so.
        """
        if nonce is not None and self._key is not None:
            self._nonces.put(self._url, nonce)
        if status in (401, 403):
            scopes = needed_scopes(www_authenticate)
            if scopes is not None:
                raise InsufficientScopeError(scopes)
        if status == 401 and self._key is not None and target_uri(url) != target_uri(self._url):
            # A library that follows a redirect sends the proof along, which is for the address before it.
            return self._once("moved") if self._replayable else "none"
        action = retry(
            status,
            www_authenticate,
            cached=self._obtained is not None and self._obtained.is_cached,
            replayable=self._replayable,
            attempt=1,
            dpop_nonce=nonce if self._key is not None else None,
        )
        return "none" if action == "none" else self._once(action)

    def _once(self, action: str) -> str:
        self._used[action] += 1
        return action if self._used[action] == 1 else "none"
