"""Token status lists (IETF OAuth draft): one bit or a few for each token, good or revoked. Must not know how a list is
fetched.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from . import jws
from .claims import date
from .jwk import Key
from .strict import Malformed, b64decode

MAX_LIST = 4 * 1024 * 1024
"""The longest list, inflated, in bytes."""
MAX_TTL = 300
"""How long a list is used without asking again, in seconds, at most."""
PAUSE = 5
"""Seconds after a fetch that failed in which there is no other, and after one that kept a caller waiting in which nobody
waits.
"""
PATIENCE = 1.0
"""Seconds for which a caller waits for a newer list while the one that is there is good."""


@dataclass(frozen=True)
class StatusList:
    """A list that was verified."""

    bits: int
    values: bytes = field(repr=False)
    fetched_at: float
    fetch_after: float
    """Seconds since 1970, `ends` at the latest; used until `ends` if there is no newer one by then."""
    ends: float

    def is_due(self, now: float) -> bool:
        """Whether a newer one is wanted; from the future it is due too, since the clock went back since then."""
        return not self.fetched_at <= now < self.fetch_after

    def is_revoked(self, index: int) -> bool | None:
        """Nothing where the list has no such place. Suspended is revoked too."""
        position = index * self.bits
        if position // 8 >= len(self.values):
            return None
        return (self.values[position // 8] >> (position % 8)) & ((1 << self.bits) - 1) != 0


def read(parsed: jws.Jws, uri: str, issuer: str, key: Key, now: float) -> StatusList:
    """A list from its JWT, which is `key`'s. Raises ValueError for whatever is wrong with it."""
    if not parsed.typ_is("statuslist+jwt") or key.alg != parsed.alg or not parsed.is_signed_by(key):
        raise ValueError("not a status list of this issuer")
    claims = parsed.claims()
    if claims.get("iss", issuer) != issuer or claims.get("sub") != uri:
        raise ValueError("another list")
    expires, issued = date(claims, "exp"), date(claims, "iat")
    if issued is None or (expires is not None and not now < expires):
        raise ValueError("an old list")
    listed = claims.get("status_list")
    if not isinstance(listed, dict) or isinstance(listed.get("bits"), bool) or listed.get("bits") not in (1, 2, 4, 8):
        raise ValueError("bits")
    ttl = claims.get("ttl")
    ttl = ttl if isinstance(ttl, (int, float)) and not isinstance(ttl, bool) and ttl > 0 else MAX_TTL
    period = now + min(max(1, ttl), MAX_TTL)
    # Without an end of its own a list is used for one period and no longer.
    ends = expires if expires is not None else period
    return StatusList(int(listed["bits"]), _inflate(listed.get("lst")), now, min(period, ends), ends)


def _inflate(text: object) -> bytes:
    if not isinstance(text, str):
        raise Malformed("lst")
    inflater = zlib.decompressobj()
    try:
        values = inflater.decompress(b64decode(text), MAX_LIST)
    except zlib.error as error:
        raise Malformed("lst") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise Malformed("the list is too long or incomplete")
    return values
