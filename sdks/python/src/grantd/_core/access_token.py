"""An access token at an API: from the text to a principal, in two steps, since between them a key may have to be fetched.
Must not know where keys come from.
"""

from __future__ import annotations

from functools import lru_cache

from ..errors import Refused
from .claims import Policy, Principal, principal
from .jwk import ALGORITHMS, Key
from .jws import MAX_BYTES, ForbiddenHeader, read_header
from .strict import Malformed, compact, json_object

Presented = tuple[str, str, bytes, bytes, bytes]
"""A token that is not verified yet: `kid` and `alg` of its header, its payload, what is signed, and the signature."""


def parse(text: str, policy: Policy) -> Presented:
    """Everything that can be said before the key is known. Raises Refused."""
    if len(text) > MAX_BYTES:
        raise Refused("malformed")
    try:
        head, payload, signed, signature = compact(text)
    except Malformed:
        raise Refused("malformed") from None
    kid, alg = (_known_head if len(head) <= _MAX_KNOWN else _head)(head, policy.media_types)
    return kid, alg, payload, signed, signature


def _head(head: str, media_types: frozenset[str]) -> tuple[str, str]:
    try:
        header, media_type = read_header(head)
    except ForbiddenHeader:
        raise Refused("header") from None
    except Malformed:
        raise Refused("malformed") from None
    if media_type not in media_types:
        raise Refused("type")
    kid, alg = header.get("kid"), header["alg"]
    if alg not in ALGORITHMS:
        raise Refused("algorithm")
    if not kid:
        raise Refused("unknown_key")
    return kid, alg


_MAX_KNOWN = 512
# Tokens of one key have the same header, and reading it costs as much as reading the claims. A refusal is not remembered.
_known_head = lru_cache(maxsize=64)(_head)


def verify(presented: Presented, key: Key, policy: Policy, now: float) -> Principal:
    """Signature first, then claims. Raises Refused."""
    _, alg, payload, signed, signature = presented
    if alg != key.alg:
        raise Refused("algorithm")
    if not key.verifies(signed, signature):
        raise Refused("signature")
    try:
        claims = json_object(payload)
    except Malformed:
        raise Refused("malformed") from None
    is_bound_to_key = "cnf" in claims and isinstance(claims["cnf"], dict) and "jkt" in claims["cnf"]
    return principal(claims, policy, now, "DPoP" if is_bound_to_key else "Bearer")


def looks_like_jwt(text: str) -> bool:
    """Whether a token is to be read as a JWT; opaque tokens have no dots."""
    return text.count(".") == 2 and text.startswith("eyJ")
