"""Which credential a request carries: exactly one, in one place (RFC 6750 section 2). Must not know any web framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..errors import Refused
from .verifier import Credential


@dataclass(frozen=True)
class Facts:
    """A request to the API, as far as a credential can depend on it. Lists have every value of a header."""

    method: str
    url: str
    authorization: Sequence[str] = field(default=(), repr=False)
    api_key: Sequence[str] = field(default=(), repr=False)
    dpop: Sequence[str] = field(default=(), repr=False)
    certificate: bytes | None = field(default=None, repr=False)


def credential_of(facts: Facts, needed: Sequence[str], *, takes_keys: bool, base_url: str | None) -> Credential:
    """Raises Refused: `missing`, `twice`, `malformed`, or `proof_malformed` for several proofs."""
    keys = facts.api_key if takes_keys else ()
    if len(facts.authorization) + len(keys) > 1:
        raise Refused("twice", scopes=needed)
    if keys:
        return Credential(keys[0], "api_key", facts.method, facts.url)
    scheme, _, token = (facts.authorization[0] if facts.authorization else "").strip().partition(" ")
    token = token.strip()
    # Another scheme, Basic say, is nothing of ours.
    if scheme.lower() not in ("bearer", "dpop"):
        raise Refused("missing", scopes=needed)
    if not token:
        refused = Refused("malformed", scopes=needed)
        refused.tried = "DPoP" if scheme.lower() == "dpop" else "Bearer"
        raise refused
    if scheme.lower() != "dpop":
        return Credential(token, "Bearer", facts.method, facts.url, certificate=facts.certificate)
    if len(facts.dpop) > 1:
        refused = Refused("proof_malformed", scopes=needed)
        refused.tried = "DPoP"
        raise refused
    url = facts.url if base_url is None else base_url + (urlsplit(facts.url).path or "/")
    proof = facts.dpop[0] if facts.dpop else None
    return Credential(token, "DPoP", facts.method, url, proof, facts.certificate)
