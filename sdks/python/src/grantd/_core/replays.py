"""The proofs of possession that were used, for as long as they could be used again: a bounded memory, of which no client has
more than half. Must not know what is in a proof.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from heapq import heapify, heappop, heappush

from ..errors import Refused
from . import forks

MOST = 100_000
"""How many are remembered, unless somebody says otherwise."""
_FURTHEST = 24 * 3600
"""Seconds ahead of the clock beyond which an end is no end: the clock was wrong then, and no token of that time is good."""
_AT_ONCE = 100
"""How many that have ended make room at a time, so that nobody waits for all of them."""


class Replays:
    """Each process remembers its own."""

    def __init__(self, limit: int = MOST) -> None:
        self._limit = limit
        self._latest = float("-inf")
        """No end is later."""
        self._used: set[bytes] = set()
        self._ends: list[tuple[float, bytes, str]] = []
        """By the time at which they end: what has ended is in front."""
        self._of_client: Counter[str] = Counter()
        self.begin_anew()
        forks.watch(self)

    def begin_anew(self) -> None:
        """In a child process."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._used)

    def spend(self, key: str, jti: str, client: str, until: float, now: float) -> None:
        """Takes a proof for its first use. Raises Refused: `proof_replayed`, and `unavailable` where there is no room, since
        nothing new passes then rather than anything twice.
        """
        name = hashlib.sha256(f"{key} {jti}".encode()).digest()
        with self._lock:
            self._make_room(now)
            if name in self._used:
                raise Refused("proof_replayed")
            if len(self._used) >= self._limit or self._of_client[client] >= max(1, self._limit // 2):
                raise Refused("unavailable")
            self._used.add(name)
            self._of_client[client] += 1
            heappush(self._ends, (until, name, client))
            self._latest = max(self._latest, until)

    def _make_room(self, now: float) -> None:
        if self._latest > now + _FURTHEST:
            self._drop_beyond(now + _FURTHEST)
        for _ in range(_AT_ONCE):
            if not self._ends or self._ends[0][0] > now:
                return
            self._forget(heappop(self._ends))

    def _drop_beyond(self, latest: float) -> None:
        """After a step of the clock back, once. One that is shorter shortens nothing: the clock may come back, and would find
        a proof that was spent good again.
        """
        kept = []
        for one in self._ends:
            if one[0] <= latest:
                kept.append(one)
            else:
                self._forget(one)
        heapify(kept)
        self._ends, self._latest = kept, latest

    def _forget(self, one: tuple[float, bytes, str]) -> None:
        _, name, client = one
        self._used.discard(name)
        self._of_client[client] -= 1
        if not self._of_client[client]:
            del self._of_client[client]
