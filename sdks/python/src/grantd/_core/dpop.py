"""Proofs of possession (RFC 9449), as an API checks them. Whoever made one holds the private key. Must not know the token's
other claims.
"""

from __future__ import annotations

import hashlib
import hmac

from ..errors import Refused
from . import jws
from .address import target_uri
from .jwk import ALGORITHMS, UnusableKey, key_of, thumbprint
from .replays import Replays
from .strict import Json, Malformed, b64encode

BEHIND, AHEAD = 60, 10
MAX_PROOF, MAX_JTI = 4096, 256
_KEPT = BEHIND + AHEAD + 1
"""Seconds from `iat` for which a proof is remembered: longer than it is good, since whoever looked at the clock while it was
may come to the memory when it is not.
"""


def check(
    proof: str | None,
    *,
    method: str,
    url: str,
    access_token: str,
    now: float,
    replays: Replays,
    bound_to: str,
    client: str | None = None,
    nonce: str | None = None,
) -> str:
    """Checks a proof and hands over its key's thumbprint. `bound_to` is the thumbprint that the
    token names, `nonce` the one that the proof must carry, `client` whose
    share of the memory it takes. Raises Refused.
    """
    if not proof:
        raise Refused("proof_missing")
    try:
        parsed = jws.parse(proof, max_bytes=MAX_PROOF, takes_jwk=True)
        claims = parsed.claims()
    except (Malformed, jws.ForbiddenHeader):
        raise Refused("proof_malformed") from None
    if not parsed.typ_is("dpop+jwt"):
        raise Refused("proof_type")
    if parsed.alg not in ALGORITHMS:
        raise Refused("proof_algorithm")
    jwk = parsed.header.get("jwk")
    try:
        if not isinstance(jwk, dict):
            raise UnusableKey("jwk")
        key, owner = key_of(jwk, parsed.alg), thumbprint(jwk)
    except UnusableKey:
        raise Refused("proof_key") from None
    issued_at = _is_for(claims, method, url, access_token, now, nonce)
    if not parsed.is_signed_by(key):
        raise Refused("proof_signature")
    if not hmac.compare_digest(bound_to.encode(), owner.encode()):
        # Before it is remembered: nobody fills the share of a client whose key he has not.
        raise Refused("key")
    replays.spend(owner, _text(claims, "jti"), client or owner, issued_at + _KEPT, now)
    return owner


def _is_for(claims: Json, method: str, url: str, access_token: str, now: float, nonce: str | None) -> float:
    jti, issued_at = _text(claims, "jti"), claims.get("iat")
    if not jti or len(jti) > MAX_JTI:
        raise Refused("proof_malformed")
    if isinstance(issued_at, bool) or not isinstance(issued_at, (int, float)):
        raise Refused("proof_malformed")
    if _text(claims, "htm") != method:
        raise Refused("proof_method")
    target = target_uri(_text(claims, "htu"))
    if target is None or target != target_uri(url):
        raise Refused("proof_url")
    if not (now < issued_at + BEHIND and issued_at <= now + AHEAD):
        raise Refused("proof_time")
    if "ath" not in claims:
        raise Refused("proof_token_hash")
    if not hmac.compare_digest(_text(claims, "ath").encode(), token_hash(access_token).encode()):
        raise Refused("proof_token_hash")
    if nonce is not None and not ("nonce" in claims and hmac.compare_digest(_text(claims, "nonce"), nonce)):
        raise Refused("proof_nonce", nonce=nonce)
    return float(issued_at)


def _text(claims: Json, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise Refused("proof_malformed")
    return value


def token_hash(access_token: str) -> str:
    """`ath` (RFC 9449 section 4.2)."""
    return b64encode(hashlib.sha256(access_token.encode()).digest())
