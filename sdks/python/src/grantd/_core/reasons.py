"""The closed list of reasons for which a verifier refuses, with what the client is told. The same in every SDK
(`spec/vectors/challenges.json`).
"""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """What a refusal says to the outside."""

    status: int
    error: str | None
    description: str


def _token(description: str) -> Reason:
    return Reason(401, "invalid_token", f"the access token {description}")


def _proof(description: str) -> Reason:
    return Reason(401, "invalid_dpop_proof", description)


REASONS: dict[str, Reason] = {
    "malformed": _token("is malformed"),
    "header": Reason(401, "invalid_token", "the access token's header has a member that is not allowed"),
    "type": _token("has the wrong type"),
    "algorithm": Reason(401, "invalid_token", "the access token's algorithm is not allowed"),
    "unknown_key": Reason(401, "invalid_token", "the access token's key is unknown"),
    "signature": Reason(401, "invalid_token", "the access token's signature does not verify"),
    "claim": Reason(401, "invalid_token", "a claim of the access token is missing or malformed"),
    "issuer": _token("is from another issuer"),
    "audience": _token("is for another resource"),
    "expired": _token("has expired"),
    "not_yet_valid": _token("is not valid yet"),
    "revoked": _token("has been revoked"),
    "inactive": _token("is expired, revoked or unknown"),
    "scheme": _token("was sent under the wrong scheme"),
    "key": _token("is bound to another key"),
    "certificate": _token("is bound to another certificate"),
    "confirmation": _token("is bound in an unknown way"),
    "proof_missing": _proof("the DPoP proof is missing"),
    "proof_malformed": _proof("the DPoP proof is malformed"),
    "proof_key": _proof("the key of the DPoP proof is not allowed"),
    "proof_algorithm": _proof("the DPoP proof's algorithm is not allowed"),
    "proof_type": _proof("the DPoP proof has the wrong type"),
    "proof_signature": _proof("the DPoP proof's signature does not verify"),
    "proof_method": _proof("the DPoP proof is for another method"),
    "proof_url": _proof("the DPoP proof is for another address"),
    "proof_time": _proof("the DPoP proof is too old or from the future"),
    "proof_token_hash": _proof("the DPoP proof is for another access token"),
    "proof_replayed": _proof("the DPoP proof was used before"),
    "missing": Reason(401, None, "an access token is needed"),
    "twice": Reason(400, "invalid_request", "the access token was sent more than once"),
    "proof_nonce": Reason(401, "use_dpop_nonce", "the DPoP proof must carry the nonce of the DPoP-Nonce header"),
    "scope": Reason(403, "insufficient_scope", "the access token lacks a permission"),
    "unavailable": Reason(503, None, "the access token cannot be checked now"),
}
