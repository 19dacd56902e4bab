"""Which permissions are used by whom, added up at an API and reported now and then: that is what least privilege is proposed
from. Must not know how a report is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from .claims import Principal
from .effects import Background, Flow

Samples = Sequence[tuple[str, Sequence[str]]]
Counts = Mapping[tuple[str, str], int]
Report = Callable[[Counts, Samples], Flow[None]]
_MAX_SAMPLE = 8 * 1024


class Usage:
    """Counts by (permission, client), bounded; what is too much is not counted.

    A server that takes no reports learns of a use by introspection with a `scope`, which needs a living token of the
    client: one is remembered for each client until the next report, in memory alone.
    """

    def __init__(self, clock: Callable[[], float], every: float = 30.0, limit: int = 1000) -> None:
        self._clock = clock
        self._every = every
        self._limit = limit
        self._due = clock() + every
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], int] = {}
        self._tokens: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Usage({len(self._counts)} counted)"

    def counts(self) -> dict[tuple[str, str], int]:
        """What waits to be reported, by (permission, client)."""
        with self._lock:
            return dict(self._counts)

    def count(self, principal: Principal, token: str, used: Sequence[str], report: Report) -> Flow[None]:
        """Counts one call, and starts a report where one is due."""
        holder = principal.client_id or principal.subject
        with self._lock:
            for permission in used:
                name = (permission, holder)
                if name in self._counts or len(self._counts) < self._limit:
                    self._counts[name] = self._counts.get(name, 0) + 1
                    if len(token) <= _MAX_SAMPLE:
                        self._tokens[holder] = token
            due = bool(self._counts) and self._clock() >= self._due
        if due:
            yield Background("usage", lambda: self.flush(report))

    def flush(self, report: Report) -> Flow[None]:
        """Reports what was counted, and forgets it."""
        with self._lock:
            counts, tokens = self._counts, self._tokens
            self._counts, self._tokens = {}, {}
            self._due = self._clock() + self._every
        used: dict[str, list[str]] = {}
        for permission, holder in counts:
            used.setdefault(holder, []).append(permission)
        samples = [(tokens[holder], permissions) for holder, permissions in used.items() if holder in tokens]
        if samples:
            yield from report(counts, samples)
