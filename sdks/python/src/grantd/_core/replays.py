"""The proofs of possession that were used, for as long as they could be used again: a bounded memory, of which no client has
more than half. Must not know what is in a proof.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from heapq import heappop, heappush

from ..errors import Refused
from . import forks

MOST = 100_000
"""How many are remembered, unless somebody says otherwise."""
_AT_ONCE = 100
"""How many that have ended make room at a time, so that nobody waits for all of them."""


class Replays:
    """Each process remembers its own."""

    def __init__(self, limit: int = MOST, longest: float = 70.0) -> None:
        self._limit = limit
        self._longest = longest
        self._now = float("-inf")
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

    def _make_room(self, now: float) -> None:
        if now < self._now - self._longest:
            # The clock went back by more than a proof lives: those of then are from the future now, and do not pass.
            self._used.clear()
            self._ends.clear()
            self._of_client.clear()
        self._now = now
        for _ in range(_AT_ONCE):
            if not self._ends or self._ends[0][0] > now:
                return
            _, name, client = heappop(self._ends)
            self._used.discard(name)
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]
