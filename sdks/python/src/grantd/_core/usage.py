"""Which permissions are used by whom, added up at an API and reported now and then: that is what least privilege is proposed
from. Never in the way of a call: a report that fails goes again the next time, under the same name, so that one whose answer
got lost counts once; for half a day, and is then counted as dropped. Must not know how a report is sent.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from ..errors import GrantdError, OAuthError
from . import forks
from .claims import Principal
from .effects import Background, Flow, Shared

Counts = dict[tuple[str, str], int]
"""How often, by (permission, client)."""
_MAX_SAMPLE = 8 * 1024
_MAX_LINES = 200
"""Lines of one report that the server reads."""
_REPORT_KEPT = 12 * 3600
"""Seconds for which a report goes again. The server remembers its name for a day: one that came later would count twice."""


class UsageServer(Protocol):
    """Whom is told. What is not taken raises a GrantdError."""

    def takes_reports(self) -> Flow[bool]:
        """Whether this server takes reports."""
        ...

    def report(self, name: str, uses: str) -> Flow[None]:
        """Sends a report. The server counts one of each name."""
        ...

    def tell(self, token: str, used: Sequence[str]) -> Flow[None]:
        """Tells a server that takes none with a token that used these permissions."""
        ...


@dataclass(frozen=True)
class _Report:
    """The same lines under the same name until the server has taken them."""

    name: str
    uses: str
    count: int
    """The uses of all lines together."""
    made_at: float


class Usage:
    """Counts by (permission, client), bounded; what is too much is dropped. What is counted while reports have no answer
    waits behind them, so that they do not pile up.

    A server that takes no reports learns of a use by introspection with a `scope`, which needs a living token of the
    client: one is remembered for each client until it was told, in memory alone.
    """

    def __init__(self, clock: Callable[[], float], every: float = 30.0, limit: int = 1000) -> None:
        self._clock = clock
        self._every = every
        self._limit = limit
        self._due = clock() + every
        self.begin_anew()
        forks.watch(self)
        self._counts: Counts = {}
        self._tokens: dict[str, str] = {}
        # Changed by the one flush that runs at a time.
        self._unanswered: deque[_Report] = deque()
        self._dropped = 0

    def begin_anew(self) -> None:
        """In a child process."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Usage({len(self._counts)} counted, {len(self._unanswered)} reports without an answer)"

    def counts(self) -> Counts:
        """What waits to be reported."""
        with self._lock:
            return dict(self._counts)

    @property
    def dropped(self) -> int:
        """How many uses no report will name."""
        return self._dropped

    def count(self, principal: Principal, token: str, used: Sequence[str], server: UsageServer) -> Flow[None]:
        """Counts one call, and starts a report where one is due."""
        holder = principal.client_id or principal.subject
        with self._lock:
            for permission in used:
                if self._add((permission, holder), 1) and len(token) <= _MAX_SAMPLE:
                    self._tokens[holder] = token
            now = self._clock()
            # A report that is further away than one ever is was set before the clock went back.
            due = bool(self._counts) and (now >= self._due or now < self._due - self._every)
        if due:
            yield Background("usage", lambda: self._flush(server))

    def flush(self, server: UsageServer) -> Flow[None]:
        """Reports what was counted. What fails is kept for the next time; nothing is raised."""
        yield Shared("usage", lambda: self._flush(server))

    def _flush(self, server: UsageServer) -> Flow[None]:
        self._due = self._clock() + self._every
        if not self._unanswered and not self.counts():
            return
        oldest = self._clock() - _REPORT_KEPT
        self._drop_while(lambda report: report.made_at <= oldest)
        try:
            if (yield from server.takes_reports()):
                yield from self._answered(server)
                self._unanswered.extend(_reports(self._taken()[0], self._clock()))
                yield from self._answered(server)
            else:
                # It took them once, and never will again.
                self._drop_while(lambda _: True)
                yield from self._told(server)
        except GrantdError:
            return

    def _answered(self, server: UsageServer) -> Flow[None]:
        """Sends what has no answer yet."""
        while self._unanswered:
            report = self._unanswered[0]
            is_refused = False
            try:
                yield from server.report(report.name, report.uses)
            except OAuthError as error:
                # What the server finds wrong it will never take.
                is_refused = error.code == "invalid_request"
                if not is_refused:
                    raise
            # A flush of another event loop may have had the answer first.
            if self._unanswered and self._unanswered[0] is report:
                self._unanswered.popleft()
                if is_refused:
                    self._lose(report.count)

    def _drop_while(self, is_over: Callable[[_Report], bool]) -> None:
        """Gives up the oldest reports."""
        while self._unanswered and is_over(self._unanswered[0]):
            self._lose(self._unanswered.popleft().count)

    def _lose(self, count: int) -> None:
        with self._lock:
            self._dropped += count

    def _told(self, server: UsageServer) -> Flow[None]:
        """Tells of each client once, and puts those back that nobody heard of."""
        counts, tokens = self._taken()
        waiting = deque(_by_client(counts).items())
        try:
            while waiting:
                holder, used = waiting[0]
                if holder in tokens:
                    yield from server.tell(tokens[holder], used)
                else:
                    # Its token was too long to be remembered.
                    self._lose(sum(counts[permission, holder] for permission in used))
                waiting.popleft()
        finally:
            with self._lock:
                for holder, used in waiting:
                    for permission in used:
                        self._add((permission, holder), counts[permission, holder])
                    if holder in tokens:
                        self._tokens.setdefault(holder, tokens[holder])

    def _taken(self) -> tuple[Counts, dict[str, str]]:
        with self._lock:
            taken = self._counts, self._tokens
            self._counts, self._tokens = {}, {}
        return taken

    def _add(self, name: tuple[str, str], count: int) -> bool:
        """Whether it was counted: not beyond the bound."""
        if name not in self._counts and len(self._counts) >= self._limit:
            self._dropped += count
            return False
        self._counts[name] = self._counts.get(name, 0) + count
        return True


def _by_client(counts: Mapping[tuple[str, str], int]) -> dict[str, list[str]]:
    used: dict[str, list[str]] = {}
    for permission, holder in counts:
        used.setdefault(holder, []).append(permission)
    return used


def _reports(counts: Counts, made_at: float) -> list[_Report]:
    """Reports of at most as many lines as the server reads."""
    waiting, reports = iter(counts.items()), []
    while lines := list(islice(waiting, _MAX_LINES)):
        uses = [{"client_id": holder, "permission": used, "count": count} for (used, holder), count in lines]
        total = sum(count for _, count in lines)
        reports.append(_Report(secrets.token_urlsafe(16), json.dumps(uses), total, made_at))
    return reports
