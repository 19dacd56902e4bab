"""Introspection (RFC 7662) at an API: what a reply means, and for how long it is believed. Must not know how it was
fetched.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from ..errors import Refused, UnavailableError
from ..http import HttpResponse
from . import forks, token_reply
from .claims import Policy, Principal, principal
from .metadata import json_reply

MAX_ENTRIES = 10_000
MAX_SECONDS = 30.0


def read(reply: HttpResponse, policy: Policy, now: float) -> Principal:
    """Raises Refused: `unavailable` for whatever is no reply, another reason for a token that is not good."""
    if reply.status != 200:
        # Whoever runs the API reads there that its own secret is wrong.
        raise Refused("unavailable") from token_reply.error_of(reply)
    try:
        claims = json_reply(reply, "introspection")
    except UnavailableError as error:
        raise Refused("unavailable") from error
    active = claims.get("active")
    if not isinstance(active, bool):
        raise Refused("unavailable")
    if not active:
        raise Refused("inactive")
    kinds = {"bearer": "Bearer", "dpop": "DPoP", "api_key": "api_key"}
    kind = claims.get("token_type")
    known = kinds.get(kind.lower()) if isinstance(kind, str) else None
    if known is None:
        # A refresh token is active too, and no access token.
        raise Refused("type")
    return principal(claims, policy, now, known)


class Cache:
    """Outcomes by the hash of their token, good and bad ones alike, each for a few seconds. Bounded."""

    def __init__(self, seconds: float, limit: int = MAX_ENTRIES) -> None:
        self.seconds = min(seconds, MAX_SECONDS)
        self.limit = limit
        self._entries: OrderedDict[bytes, tuple[float, float, Principal | Refused]] = OrderedDict()
        self.begin_anew()
        forks.watch(self)

    def begin_anew(self) -> None:
        """In a child process."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @staticmethod
    def name(token: str) -> bytes:
        """Under which an outcome is kept: the token itself is not."""
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

    def get(self, name: bytes, now: float) -> Principal | Refused | None:
        """An outcome that is still believed."""
        with self._lock:
            since, until, outcome = self._entries.get(name, (0.0, 0.0, None))
            if outcome is None:
                return None
            # An answer from the future is from before the clock went back.
            if not since <= now < until:
                del self._entries[name]
                return None
            self._entries.move_to_end(name)
            return outcome

    def put(self, name: bytes, outcome: Principal | Refused, now: float) -> None:
        """Keeps an outcome, never longer than the token lives."""
        until = now + self.seconds
        if isinstance(outcome, Principal) and outcome.expires_at is not None:
            until = min(until, outcome.expires_at)
        if until <= now:
            return
        with self._lock:
            self._entries[name] = (now, until, outcome)
            self._entries.move_to_end(name)
            while len(self._entries) > self.limit:
                self._entries.popitem(last=False)
