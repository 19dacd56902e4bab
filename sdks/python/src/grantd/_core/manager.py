"""The token manager: hands out an access token that is good, and has it renewed in time, once. Must not know threads, event
loops, or how a token is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from math import ceil
from typing import Any, NamedTuple

from ..errors import ConfigurationError, GrantdError, LoginRequiredError, OAuthError, StoreError, UnavailableError
from ..store import Held, TokenStore
from ..tokens import Tokens
from . import signals
from .effects import Background, Blocking, Flow, Shared, Sleep
from .held import HeldTokens, UnsavedTokens, mark
from .keys import is_over
from .landed import Landed
from .schedule import Freshness

_LOCK_POLL = 0.02
_LOCK_MARGIN = 5.0
"""Seconds for which a lock is waited for beyond the longest renewal, for the store's own work."""


class Whose(Enum):
    """To whose key tokens are bound."""

    OURS = "the manager's, or none where it has none"
    NOBODYS = "none, where the manager has one"
    ANOTHERS = "another one"


class Pause:
    """A failure that is handed out again, without a request, to whoever asks soon after it."""

    def __init__(self, error: GrantdError, now: float) -> None:
        seconds = 1.0
        if isinstance(error, OAuthError) and error.code in ("invalid_client", "unauthorized_client"):
            seconds = 5.0
        elif isinstance(error, UnavailableError) and error.retry_after is not None:
            seconds = min(max(1.0, error.retry_after), 60.0)
        self._since, self._seconds = now, seconds
        self._failure = Landed.remembered(error)

    def lasts(self, now: float) -> bool:
        """Whether the failure is handed out now."""
        return not is_over(self._since, now, self._seconds)

    def fail(self) -> None:
        """Raises a copy of it."""
        self._failure.get()


class Obtained(NamedTuple):
    """Tokens, and whether they were there before they were asked for."""

    tokens: Tokens
    is_cached: bool


class ManagerCore:
    """One token, for one purpose, of one client: a user's login, or the client's own."""

    def __init__(
        self,
        name: str,
        fetch: Callable[[Tokens | None], Flow[Tokens]],
        revoke: Callable[[str], Flow[None]],
        *,
        longest: float,
        store: TokenStore,
        clock: Callable[[], float],
        random: Callable[[], float],
        is_login: bool,
        key: str | None = None,
        refresh_token: str | None = None,
    ) -> None:
        """`fetch` is given the tokens before, where there are some; it and `revoke` take `longest` seconds at most. `key` is
        the thumbprint of the key that tokens are bound to; `refresh_token` one to begin with.
        """
        self.name = name
        self._fetch = fetch
        self._revoke = revoke
        self._lock_tries = ceil((longest + _LOCK_MARGIN) / _LOCK_POLL)
        self._store = store
        self._clock = clock
        self._random = random
        self._is_login = is_login
        self._key = key
        self._given = None if refresh_token is None else Tokens("", "", None, 0.0, 0, refresh_token)
        self._held: HeldTokens | None = None
        self._failed_at: float | None = None
        self._refused: str | None = None
        self._pause: Pause | None = None

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
        if held is not None and state is Freshness.UNSAVED:
            yield Background(self.name, self._save_again)
            return Obtained(held.tokens, is_cached=True)
        if held is not None and state is Freshness.BACKGROUND:
            yield Background(self.name, self._renew_early)
            return Obtained(held.tokens, is_cached=True)
        try:
            renewed: Tokens | None = yield Shared(self.name, self._renew)
            while renewed is None:
                # What ran was for nobody, a renewal ahead of time say, which may have failed.
                renewed = yield Shared(self.name, self._renew)
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
        if self._whose(tokens) is not Whose.OURS:
            raise ConfigurationError("the tokens are not bound to the key of this manager")
        lock = yield from self._lock()
        try:
            yield from self._keep(tokens, mark((yield from self._ask(lambda: self._store.load(self.name)))))
        finally:
            lock.release()

    def end(self) -> Flow[None]:
        """Revokes what is newest, once nobody renews it any more, and forgets everything. In this order, and under one lock:
        where it fails everything is there, to be ended again.
        """
        lock = yield from self._lock()
        try:
            text = yield from self._ask(lambda: self._store.load(self.name))
            stored, marked = _parsed(text), mark(text)
            # Not in the frames of errors.
            del text
            if stored is not None and self._is_login and self._whose(stored) is Whose.ANOTHERS:
                raise self._wrong_key()
            held = self._held.tokens if self._held is not None else None
            newest = self._newest(stored, marked) or held or self._given
            if newest is not None and (newest.refresh_token or newest.access_token):
                yield from self._revoke(newest.refresh_token or newest.access_token)
            yield from self._ask(lambda: self._store.delete(self.name))
            self._held, self._given, self._pause = None, None, None
        finally:
            lock.release()

    def _state(self, held: HeldTokens | None) -> Freshness:
        if held is None or self._is_refused(held):
            return Freshness.BLOCK
        return held.freshness(self._clock(), self._failed_at)

    def _is_refused(self, held: HeldTokens) -> bool:
        return held.tokens.access_token == self._refused

    def _hold(self, tokens: Tokens) -> None:
        self._held = HeldTokens(tokens, self._random())
        self._failed_at, self._pause, self._given = None, None, None

    def _renew_early(self) -> Flow[None]:
        if self._is_good(self._held):
            return
        try:
            yield from self._renew_locked()
        except GrantdError:
            # Nobody waits: the token that is still good goes on, and whoever needs the next one is told.
            self._failed_at = self._clock()

    def _renew(self) -> Flow[Tokens]:
        held = self._held
        if held is not None and self._is_good(held):
            # Somebody was faster between our look and our turn.
            return held.tokens
        pause = self._pause
        if pause is not None and pause.lasts(self._clock()):
            # It is the server that is left alone: another process may have tokens from it since.
            taken = self._taken(*(yield from self._load()))
            if taken is not None:
                return taken
            pause.fail()
        return (yield from self._renew_locked())

    def _lock(self) -> Flow[Held]:
        for _ in range(self._lock_tries):
            lock: Held | None = yield from self._ask(lambda: self._store.try_lock(self.name), _give_back)
            if lock is not None:
                return lock
            yield Sleep(_LOCK_POLL)
        raise StoreError("the lock of the tokens is held by somebody else for too long")

    def _renew_locked(self) -> Flow[Tokens]:
        lock = yield from self._lock()
        try:
            return (yield from self._renew_alone())
        finally:
            lock.release()

    def _renew_alone(self) -> Flow[Tokens]:
        held = self._held
        if held is not None and self._is_good(held):
            # Another event loop renewed it while this one waited for the lock.
            return held.tokens
        stored, marked = yield from self._load()
        taken = self._taken(stored, marked)
        if taken is not None:
            return taken
        newest = self._newest(stored, marked)
        try:
            tokens = yield from self._fetch(newest or self._given)
        except LoginRequiredError:
            # Where an entry does not say to which key it is bound, this may mean that it is another one.
            self._held, self._given = None, None
            if not (newest is stored and _is_of_unknown_key(stored)):
                yield from self._ask(lambda: self._store.delete(self.name))
            raise
        except GrantdError as error:
            left = HeldTokens(stored, 0.0) if stored is not None and self._held is None else None
            if (
                left is None
                or self._whose(left.tokens) is not Whose.OURS
                or self._is_refused(left)
                or left.has_ended(self._clock())
            ):
                self._pause = Pause(error, self._clock())
                raise
            # What another process left is used up to its end, as our own would be.
            self._hold(left.tokens)
            self._failed_at = self._clock()
            return left.tokens
        # The old refresh token is spent now: the new one is in the store before anybody has its access token, and in memory
        # even if the store fails.
        yield from self._keep(tokens, marked)
        return tokens

    def _keep(self, tokens: Tokens, before: str | None) -> Flow[None]:
        """Saves new tokens, and holds them whatever becomes of that. `before` is the mark of what the store has now."""
        try:
            yield from self._ask(lambda: self._store.save(self.name, tokens.to_text()))
        except BaseException:
            self._hold(tokens)
            self._held = UnsavedTokens(tokens, self._random(), before, self._clock())
            raise
        self._hold(tokens)

    def _save_again(self) -> Flow[None]:
        """What the store could not keep, unless it has something else by now: a new login, or none any more."""
        try:
            lock = yield from self._lock()
            try:
                held = self._held
                if not isinstance(held, UnsavedTokens):
                    return
                stored, marked = yield from self._load()
                if marked == held.outdated:
                    unsaved = held.tokens
                    yield from self._ask(lambda: self._store.save(self.name, unsaved.to_text()))
                    self._held = HeldTokens(unsaved, held.jitter)
                elif self._taken(stored, marked) is None:
                    self._held = None
            finally:
                lock.release()
        except GrantdError:
            held = self._held
            if isinstance(held, UnsavedTokens):
                self._held = replace(held, tried_at=self._clock())

    def _ask(self, call: Callable[[], Any], undo: Callable[[Any], None] | None = None) -> Flow[Any]:
        """Calls the store. Whatever it raises is a store that failed."""
        try:
            return (yield Blocking(call, undo))
        except GrantdError:
            raise
        except Exception as error:
            if signals.is_of_a_handler(error):
                raise
            # Without its frames, which hold what was to be kept.
            failure = error.with_traceback(None)
        raise StoreError("the store failed") from failure

    def _load(self) -> Flow[tuple[Tokens | None, str | None]]:
        """What is stored and may be used for more, and the mark of whatever is. What is the client's own and may not is as good
        as none.
        """
        text_or_none = yield from self._ask(lambda: self._store.load(self.name))
        is_there, stored, marked = text_or_none is not None, _parsed(text_or_none), mark(text_or_none)
        # Not in the frames of errors.
        del text_or_none
        if not is_there:
            return None, marked
        if stored is None:
            if not self._is_login:
                return None, marked
            # Losing a refresh token in silence would end the login.
            raise StoreError(f"what is stored in {self._place()} are no tokens")
        if self._whose(stored) is Whose.ANOTHERS:
            if not self._is_login:
                return None, marked
            raise self._wrong_key()
        return stored, marked

    def _newest(self, stored: Tokens | None, marked: str | None) -> Tokens | None:
        """What is stored, but for what a store could not keep. No clock says which: it may have gone back in between."""
        held = self._held
        if isinstance(held, UnsavedTokens):
            return held.tokens if held.outdated == marked else stored
        return held.tokens if stored is None and held is not None else stored

    def _is_good(self, held: HeldTokens | None) -> bool:
        return self._state(held) in (Freshness.FRESH, Freshness.UNSAVED)

    def _taken(self, stored: Tokens | None, marked: str | None) -> Tokens | None:
        """What is stored, held from now on, where it is ours, fresh, and another process's."""
        if stored is None or self._whose(stored) is not Whose.OURS or not self._is_news(stored, marked):
            return None
        self._hold(stored)
        return stored

    def _whose(self, tokens: Tokens) -> Whose:
        """Whether they are bound to our key. Those of an older version do not say to which."""
        is_bound = tokens.jkt is not None or tokens.token_type.lower() == "dpop"
        if not is_bound:
            return Whose.OURS if self._key is None else Whose.NOBODYS
        return Whose.OURS if self._key is not None and tokens.jkt in (None, self._key) else Whose.ANOTHERS

    def _wrong_key(self) -> ConfigurationError:
        return ConfigurationError(
            f"the tokens in {self._place()} are bound to another key (DPoP) than this manager has: nothing was changed"
        )

    def _place(self) -> str:
        place = getattr(self._store, "place", None)
        return str(place(self.name)) if callable(place) else f"{self._store!r} under {self.name}"

    def _is_news(self, stored: Tokens, marked: str | None) -> bool:
        """Whether another process renewed them meanwhile."""
        is_outdated = isinstance(self._held, UnsavedTokens) and self._held.outdated == marked
        if stored.access_token == self._refused or is_outdated:
            return False
        if self._held is not None and stored.access_token == self._held.tokens.access_token:
            return False
        return HeldTokens(stored, 0.0).freshness(self._clock(), None) is Freshness.FRESH


def _is_of_unknown_key(tokens: Tokens | None) -> bool:
    """Whether an older version stored them, which did not say to which key they are bound."""
    return tokens is not None and tokens.jkt is None and tokens.token_type.lower() == "dpop"


def _parsed(text: str | None) -> Tokens | None:
    return None if text is None else Tokens.from_text(text)


def _give_back(lock: Held | None) -> None:
    if lock is not None:
        lock.release()
