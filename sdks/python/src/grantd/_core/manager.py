"""The token manager: hands out an access token that is good, and has it renewed in time, once. Must not know threads, event
loops, or how a token is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import GrantdError, LoginRequiredError, StoreError
from ..store import TokenStore
from ..tokens import Tokens
from .effects import Background, Blocking, Flow, Shared, Sleep
from .schedule import LIFETIME_WHEN_UNKNOWN_MS, Freshness, freshness

_LOCK_POLL, _LOCK_TRIES = 0.02, 1500


@dataclass(frozen=True)
class HeldTokens:
    """Tokens with what decides when they are renewed."""

    tokens: Tokens
    jitter: float = field(repr=False)

    def freshness(self, now: float, failed_at: float | None) -> Freshness:
        """What to do with them at this instant."""
        failed_ago = None if failed_at is None else _ms(now - failed_at)
        return freshness(self.lifetime, self.jitter, _ms(now - self.tokens.obtained_at), failed_ago)

    @property
    def lifetime(self) -> int:
        """In ms."""
        seconds = self.tokens.expires_in
        return LIFETIME_WHEN_UNKNOWN_MS if seconds is None else seconds * 1000

    def has_ended(self, now: float) -> bool:
        """Whether the access token is dead by the clock."""
        return _ms(now - self.tokens.obtained_at) >= self.lifetime


class Obtained(NamedTuple):
    """Tokens, and whether they were there before they were asked for."""

    tokens: Tokens
    is_cached: bool


class ManagerCore:
    """One token, for one purpose, of one client."""

    def __init__(
        self,
        name: str,
        fetch: Callable[[Tokens | None], Flow[Tokens]],
        *,
        store: TokenStore,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self.name = name
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._random = random
        self._held: HeldTokens | None = None
        self._failed_at: float | None = None
        self._refused: str | None = None

    def at_once(self) -> Tokens | None:
        """The tokens, where nothing is to be done about them: most calls by far, which a flow would make slower."""
        held = self._held
        return held.tokens if held is not None and self._state(held) is Freshness.FRESH else None

    def get(self) -> Flow[Obtained]:
        """Tokens whose access token is good now."""
        held = self._held
        state = self._state(held)
        if held is not None and state is Freshness.FRESH:
            return Obtained(held.tokens, is_cached=True)
        if held is not None and state is Freshness.BACKGROUND:
            yield Background(self.name, self._renew_early)
            return Obtained(held.tokens, is_cached=True)
        try:
            renewed: Tokens = yield Shared(self.name, self._renew)
        except LoginRequiredError:
            raise
        except GrantdError:
            # The last seconds of a token are better than none.
            if held is None or self._is_refused(held) or held.has_ended(self._clock()):
                raise
            return Obtained(held.tokens, is_cached=True)
        return Obtained(renewed, is_cached=False)

    def refuse(self, access_token: str) -> None:
        """Somebody refused this access token: it is not handed out again. Another one is not affected."""
        if self._held is not None and self._held.tokens.access_token == access_token:
            self._refused = access_token

    def begin(self, tokens: Tokens) -> Flow[None]:
        """Takes the tokens of a login that just happened."""
        yield Blocking(lambda: self._store.save(self.name, tokens.to_text()))
        self._hold(tokens)

    def end(self) -> Flow[Tokens | None]:
        """Forgets everything; hands over what was stored last, for revocation."""
        text = yield Blocking(lambda: self._store.load(self.name))
        yield Blocking(lambda: self._store.delete(self.name))
        self._held = None
        return None if text is None else Tokens.from_text(text)

    def _state(self, held: HeldTokens | None) -> Freshness:
        if held is None or self._is_refused(held):
            return Freshness.BLOCK
        return held.freshness(self._clock(), self._failed_at)

    def _is_refused(self, held: HeldTokens) -> bool:
        return held.tokens.access_token == self._refused

    def _hold(self, tokens: Tokens) -> None:
        self._held = HeldTokens(tokens, self._random())
        self._failed_at = None

    def _renew_early(self) -> Flow[None]:
        if self._state(self._held) is Freshness.FRESH:
            return
        try:
            yield from self._renew_locked()
        except GrantdError:
            # Nobody waits: the token that is still good goes on, and whoever needs the next one is told.
            self._failed_at = self._clock()

    def _renew(self) -> Flow[Tokens]:
        held = self._held
        if held is not None and self._state(held) is Freshness.FRESH:
            # Somebody was faster between our look and our turn.
            return held.tokens
        return (yield from self._renew_locked())

    def _renew_locked(self) -> Flow[Tokens]:
        lock = None
        for _ in range(_LOCK_TRIES):
            lock = yield Blocking(lambda: self._store.try_lock(self.name))
            if lock is not None:
                break
            yield Sleep(_LOCK_POLL)
        if lock is None:
            raise StoreError("the lock of the tokens is held by somebody else for too long")
        try:
            return (yield from self._renew_alone())
        finally:
            lock.release()

    def _renew_alone(self) -> Flow[Tokens]:
        stored = yield from self._load()
        if stored is not None and self._is_news(stored):
            self._hold(stored)
            return stored
        try:
            tokens = yield from self._fetch(stored or (self._held.tokens if self._held else None))
        except LoginRequiredError:
            yield Blocking(lambda: self._store.delete(self.name))
            self._held = None
            raise
        except GrantdError:
            left = HeldTokens(stored, 0.0) if stored is not None and self._held is None else None
            if left is None or self._is_refused(left) or left.has_ended(self._clock()):
                raise
            # What another process left is used up to its end, as our own would be.
            self._hold(left.tokens)
            self._failed_at = self._clock()
            return left.tokens
        # The old refresh token is spent now: the new one is in the store before anybody has its access token, and in memory
        # even if the store fails.
        try:
            yield Blocking(lambda: self._store.save(self.name, tokens.to_text()))
        finally:
            self._hold(tokens)
        return tokens

    def _load(self) -> Flow[Tokens | None]:
        text = yield Blocking(lambda: self._store.load(self.name))
        if text is None:
            return None
        tokens = Tokens.from_text(text)
        if tokens is None:
            # Losing a refresh token in silence would end the login.
            raise StoreError("what the store has under this name are no tokens")
        return tokens

    def _is_news(self, stored: Tokens) -> bool:
        """Whether another process renewed them meanwhile."""
        if stored.access_token == self._refused:
            return False
        if self._held is not None and stored.access_token == self._held.tokens.access_token:
            return False
        return HeldTokens(stored, 0.0).freshness(self._clock(), None) is Freshness.FRESH


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
