"""The issuer's metadata and keys, kept for a while: 10 minutes fresh, older only while they cannot be had, for a day at most,
and no stranger decides how often they are fetched. Must not know what is verified with them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import GrantdError, Refused, UnavailableError
from ..http import HttpRequest
from .effects import Background, Flow, Send, Shared
from .jwk import Key, keys_of
from .landed import Landed
from .metadata import Metadata, checked_issuer, discover, json_reply
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


METADATA_FRESH = 600
"""Seconds for which nobody looks for newer metadata."""
METADATA_FIRST_EVERY = 1
"""Seconds between attempts while there is no metadata at all: a crowd makes one request in each."""


def is_over(since: float, now: float, seconds: float) -> bool:
    """Whether so many seconds have passed. What is from the future is over too: the clock went back since then."""
    return not 0 <= now - since < seconds


class Discovery:
    """The metadata of one issuer: a good document goes on for a day while no other can be had, and nobody waits for another."""

    def __init__(self, issuer: str, clock: Callable[[], float], timeout: float) -> None:
        self.issuer = checked_issuer(issuer)
        self._clock = clock
        self._timeout = timeout
        self._found: Metadata | None = None
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")
        self._failure: tuple[float, Landed] | None = None

    def get(self) -> Flow[Metadata]:
        """From memory, or fetched once for all who wait."""
        found = self._usable()
        if found is None:
            fetched: Metadata = yield Shared(("metadata", self.issuer), self._fetch)
            return fetched
        if self._is_due():
            yield Background(("metadata", self.issuer), self._fetch)
        return found

    def _usable(self) -> Metadata | None:
        age = self._clock() - self._fetched_at
        if age < 0:
            # The clock went back. From here on its day begins again, and the next fetch is due.
            self._fetched_at = self._clock() - METADATA_FRESH
        return self._found if age < STALE else None

    def _is_due(self) -> bool:
        now = self._clock()
        return is_over(self._fetched_at, now, METADATA_FRESH) and is_over(self._attempted_at, now, EVERY)

    def _fetch(self) -> Flow[Metadata]:
        found = self._usable()
        if found is not None and not self._is_due():
            # Somebody was faster between our look and our turn.
            return found
        if found is None and self._failure is not None:
            failed_at, failure = self._failure
            if not is_over(failed_at, self._clock(), METADATA_FIRST_EVERY):
                failure.get()
        began = self._clock()
        try:
            fetched = yield from discover(self.issuer, self._timeout)
        except GrantdError as error:
            self._attempted_at = began
            self._failure = self._clock(), Landed.remembered(error)
            if found is None:
                raise
            return found
        self._found, self._failure = fetched, None
        self._fetched_at = self._attempted_at = self._clock()
        return fetched


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
        return self._keys.get(kid) if 0 <= now - self._fetched_at < AHEAD else None

    def find(self, kid: str) -> Flow[Key]:
        """The key of this name. Raises Refused: `unknown_key`, or `unavailable` where there are none at all."""
        age = self._clock() - self._fetched_at
        if age < 0:
            # The clock went back. From here on their day begins again, and the next fetch is due.
            age = FRESH
            self._fetched_at = self._clock() - age
        if age >= FRESH:
            yield Shared("keys", self._fetch_if_due)
        elif age >= AHEAD and self._is_due():
            yield Background("keys", self._fetch_if_due)
        if not self._keys or self._clock() - self._fetched_at >= STALE:
            raise Refused("unavailable") from self._last_error
        if kid not in self._keys and self._may_ask():
            yield Shared("keys again", self._fetch_for_unknown)
        key = self._keys.get(kid)
        if key is None:
            raise Refused("unknown_key")
        return key

    def _is_due(self) -> bool:
        return is_over(self._attempted_at, self._clock(), EVERY if self._keys else FIRST_EVERY)

    def _may_ask(self) -> bool:
        return is_over(self._asked_at, self._clock(), EVERY)

    def _fetch_if_due(self) -> Flow[None]:
        if self._is_due():
            yield from self._fetch()

    def _fetch_for_unknown(self) -> Flow[None]:
        if self._may_ask():
            began = self._clock()
            yield from self._fetch()
            # Not before: whoever was interrupted has not asked.
            self._asked_at = began

    def _fetch(self) -> Flow[None]:
        """Takes the new set if it has usable keys. What goes wrong leaves the old one."""
        began = self._clock()
        error: GrantdError | None
        try:
            metadata = yield from self._discovery.get()
        except GrantdError as failed:
            error = failed
            if not self._keys:
                # While there is neither metadata nor a key, the metadata's own pace counts.
                began = self._attempted_at
        else:
            error = yield from self._fetch_from(metadata)
        self._attempted_at = began
        # Without the frames that it came through: it may be kept for long.
        self._last_error = error.with_traceback(None) if error is not None else None

    def _fetch_from(self, metadata: Metadata) -> Flow[GrantdError | None]:
        try:
            url = metadata.endpoint("jwks_uri")
            reply = yield Send(HttpRequest("GET", url, {"Accept": "application/json"}, timeout=self._timeout))
            keys = keys_of(json_reply(reply, "key set"))
            if not keys:
                raise Malformed("no usable key")
        except Malformed as error:
            return UnavailableError(f"the server's key set cannot be used: {error}")
        except GrantdError as error:
            return error
        self._keys, self._fetched_at = keys, self._clock()
        return None
