"""An access token at an API: from the text to a principal, in two steps, since between them a key may have to be fetched.
Must not know where keys come from.
"""

from __future__ import annotations

from ..errors import Refused
from . import jws
from .claims import Policy, Principal, principal
from .jwk import ALGORITHMS, Key
from .strict import Malformed, json_object


def parse(text: str, policy: Policy) -> jws.Jws:
    """Everything that can be said before the key is known. Raises Refused."""
    try:
        parsed = jws.parse(text)
    except jws.ForbiddenHeader:
        raise Refused("header") from None
    except Malformed:
        raise Refused("malformed") from None
    if parsed.media_type not in policy.media_types:
        raise Refused("type")
    if parsed.header["alg"] not in ALGORITHMS:
        raise Refused("algorithm")
    if not parsed.header.get("kid"):
        raise Refused("unknown_key")
    return parsed


def verify(parsed: jws.Jws, key: Key, policy: Policy, now: float) -> Principal:
    """Signature first, then claims. Raises Refused."""
    if parsed.header["alg"] != key.alg:
        raise Refused("algorithm")
    if not key.verifies(parsed.signing_input, parsed.signature):
        raise Refused("signature")
    try:
        claims = json_object(parsed.payload)
    except Malformed:
        raise Refused("malformed") from None
    is_bound_to_key = "cnf" in claims and isinstance(claims["cnf"], dict) and "jkt" in claims["cnf"]
    return principal(claims, policy, now, "DPoP" if is_bound_to_key else "Bearer")


def looks_like_jwt(text: str) -> bool:
    """Whether a token is to be read as a JWT; opaque tokens have no dots."""
    return text.count(".") == 2 and text.startswith("eyJ")
