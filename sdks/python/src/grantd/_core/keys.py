"""The issuer's metadata and keys, kept for a while: 10 minutes fresh, older only while they cannot be had, and no stranger
decides how often they are fetched. Must not know what is verified with them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import GrantdError, Refused, UnavailableError
from ..http import HttpRequest
from .effects import Background, Flow, Send, Shared
from .jwk import Key, keys_of
from .metadata import KEPT_SECONDS, Metadata, checked_issuer, discover, json_reply
from .strict import Malformed

FRESH = 600
AHEAD = 480
"""From this age on, in seconds, keys are fetched beside the caller."""
EVERY = 30
"""Seconds between attempts, both for keys that are old and for a `kid` that is unknown."""
FIRST_EVERY = 5
"""Seconds between attempts while there were never any keys."""
STALE = 24 * 3600
"""Seconds after which keys that cannot be fetched again end, so that one taken out does not live for ever."""


class Discovery:
    """The metadata of one issuer."""

    def __init__(self, issuer: str, clock: Callable[[], float], timeout: float) -> None:
        self.issuer = checked_issuer(issuer)
        self._clock = clock
        self._timeout = timeout
        self._found: Metadata | None = None
        self._until = 0.0

    def get(self) -> Flow[Metadata]:
        """From memory, or fetched once for all who wait."""
        if self._found is not None and self._clock() < self._until:
            return self._found
        found: Metadata = yield Shared(("metadata", self.issuer), self._fetch)
        return found

    def _fetch(self) -> Flow[Metadata]:
        if self._found is not None and self._clock() < self._until:
            return self._found
        try:
            self._found = yield from discover(self.issuer, self._timeout)
            self._until = self._clock() + KEPT_SECONDS
        except GrantdError:
            if self._found is None:
                raise
            self._until = self._clock() + EVERY
        return self._found


class KeySource:
    """The keys of one issuer."""

    def __init__(self, discovery: Discovery, clock: Callable[[], float], timeout: float) -> None:
        self._discovery = discovery
        self._clock = clock
        self._timeout = timeout
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")
        self._asked_at = float("-inf")
        self._last_error: GrantdError | None = None

    def kept(self, kid: str, now: float) -> Key | None:
        """The key of this name, where nothing is to be fetched."""
        return self._keys.get(kid) if now - self._fetched_at < AHEAD else None

    def find(self, kid: str) -> Flow[Key]:
        """The key of this name. Raises Refused: `unknown_key`, or `unavailable` where there are none at all."""
        age = self._clock() - self._fetched_at
        if age >= FRESH:
            yield Shared("keys", self._fetch_if_due)
        elif age >= AHEAD and self._is_due():
            yield Background("keys", self._fetch_if_due)
        if not self._keys or self._clock() - self._fetched_at >= STALE:
            raise Refused("unavailable") from self._last_error
        if kid not in self._keys and self._clock() - self._asked_at >= EVERY:
            yield Shared("keys again", self._fetch_for_unknown)
        key = self._keys.get(kid)
        if key is None:
            raise Refused("unknown_key")
        return key

    def _is_due(self) -> bool:
        return self._clock() - self._attempted_at >= (EVERY if self._keys else FIRST_EVERY)

    def _fetch_if_due(self) -> Flow[None]:
        if self._is_due():
            yield from self._fetch()

    def _fetch_for_unknown(self) -> Flow[None]:
        if self._clock() - self._asked_at >= EVERY:
            self._asked_at = self._clock()
            yield from self._fetch()

    def _fetch(self) -> Flow[None]:
        """Takes the new set if it has usable keys. What goes wrong leaves the old one."""
        self._attempted_at = self._clock()
        try:
            metadata = yield from self._discovery.get()
            url = metadata.endpoint("jwks_uri")
            reply = yield Send(HttpRequest("GET", url, {"Accept": "application/json"}, timeout=self._timeout))
            keys = keys_of(json_reply(reply, "key set"))
            if not keys:
                raise Malformed("no usable key")
        except Malformed as error:
            self._last_error = UnavailableError(f"the server's key set cannot be used: {error}")
        except GrantdError as error:
            # Without the frames that it came through: it may be kept for long.
            self._last_error = error.with_traceback(None)
        else:
            self._keys, self._last_error = keys, None
            self._fetched_at = self._clock()
