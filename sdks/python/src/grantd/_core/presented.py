"""Which credential a request carries: exactly one, in one place (RFC 6750 section 2). Must not know any web framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import Refused
from . import address
from .verifier import Credential


@dataclass(frozen=True)
class Facts:
    """A request to the API, as far as a credential can depend on it. Lists have every value of a header."""

    method: str
    url: str
    """As the client sees it. From a `Host` header it is made by `Facts.address`, and never by putting texts together."""
    authorization: Sequence[str] = field(default=(), repr=False)
    api_key: Sequence[str] = field(default=(), repr=False)
    dpop: Sequence[str] = field(default=(), repr=False)
    certificate: bytes | None = field(default=None, repr=False)

    @staticmethod
    def address(scheme: str, host: str, target: str) -> str:
        """The `url` of a request, from its `Host` and its target, the path as it was sent. Of a `Host` that is not one host
        and a port it is the path alone, by which no proof passes unless `base_url` says the host.
        """
        return address.of_request(scheme, host, target)

    def is_same_request(self, other: Facts) -> bool:
        """Whether the same was presented for the same address. Not every guard looks for a certificate."""
        return self == replace(other, certificate=self.certificate)


def credential_of(facts: Facts, needed: Sequence[str], *, takes_keys: bool, base_url: str | None) -> Credential:
    """Raises Refused: `missing`, `twice`, `malformed`, or `proof_malformed` for several proofs."""
    keys = facts.api_key if takes_keys else ()
    # Another scheme, Basic say, is nothing of ours.
    ours = [one for one in (_parts(value) for value in facts.authorization) if one[0].lower() in ("bearer", "dpop")]
    if len(ours) + len(keys) > 1:
        raise Refused("twice", scopes=needed)
    if keys:
        return Credential(keys[0], "api_key", facts.method, facts.url)
    if not ours:
        raise Refused("missing", scopes=needed)
    scheme, token = ours[0]
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
    url = facts.url if base_url is None else _at(base_url, facts.url)
    proof = facts.dpop[0] if facts.dpop else None
    return Credential(token, "DPoP", facts.method, url, proof, facts.certificate)


def _parts(authorization: str) -> tuple[str, str]:
    scheme, _, token = authorization.strip().partition(" ")
    return scheme, token.strip()


def _at(origin: str, url: str) -> str:
    """The same path there, whatever host the request named."""
    path = address.path_of(url)
    return "" if path is None else origin + path
