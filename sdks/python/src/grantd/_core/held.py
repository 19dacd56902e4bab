"""Tokens that are in memory, and what is to be done about them. Must not know who asks for them, or where else they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from ..tokens import Tokens
from .keys import is_over
from .schedule import LIFETIME_WHEN_UNKNOWN_MS, Freshness, freshness

_SAVE_EVERY = 5.0
"""Seconds between attempts to save what a store could not keep."""


@dataclass(frozen=True)
class HeldTokens:
    """Tokens with what decides when they are renewed."""

    tokens: Tokens
    jitter: float = field(repr=False)

    def freshness(self, now: float, failed_at: float | None) -> Freshness:
        """What to do with them at this instant."""
        # A failure in the future is from before the clock went back.
        failed_ago = None if failed_at is None or failed_at > now else ms(now - failed_at)
        return freshness(self.lifetime, self.jitter, ms(now - self.tokens.obtained_at), failed_ago)

    @property
    def lifetime(self) -> int:
        """In ms."""
        seconds = self.tokens.expires_in
        return LIFETIME_WHEN_UNKNOWN_MS if seconds is None else seconds * 1000

    def has_ended(self, now: float) -> bool:
        """Whether the access token is dead by the clock."""
        return ms(now - self.tokens.obtained_at) >= self.lifetime


@dataclass(frozen=True)
class UnsavedTokens(HeldTokens):
    """Tokens that the store could not keep. They are newer than what it has as long as that is what it had then."""

    outdated: str | None = field(repr=False)
    """The mark of what the store had."""
    tried_at: float

    def freshness(self, now: float, failed_at: float | None) -> Freshness:
        """The same, but that they are to be saved now and then."""
        usual = super().freshness(now, failed_at)
        is_due = usual is Freshness.FRESH and is_over(self.tried_at, now, _SAVE_EVERY)
        return Freshness.UNSAVED if is_due else usual


def mark(text: str | None) -> str | None:
    """By which what a store has is known again: its hash, and nothing where it has nothing."""
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ms(seconds: float) -> int:
    """In whole milliseconds."""
    return int(seconds * 1000)
