"""Whether a token may be used on the way it came: bound ones with a proof of their key or their certificate, others as bearer
tokens alone (RFC 9449 section 7, RFC 8705 section 3).
"""

from __future__ import annotations

import hmac

from ..errors import Refused
from .claims import Principal, certificate_fits


def scheme(principal: Principal, sent_as: str) -> None:
    """Before a proof is looked at: is it the token's scheme at all. Raises Refused."""
    is_bound = "jkt" in (principal.confirmation or {})
    if is_bound != (sent_as.lower() == "dpop"):
        raise Refused("scheme")


def check(principal: Principal, *, scheme: str, certificate: bytes | None, proof_key: str | None) -> None:
    """`proof_key` is the thumbprint of a proof that holds; `certificate` the client's, as DER. Raises Refused."""
    bound_to = principal.confirmation or {}
    is_dpop = scheme.lower() == "dpop"
    if ("jkt" in bound_to) != is_dpop:
        raise Refused("scheme")
    if is_dpop and not hmac.compare_digest(bound_to["jkt"].encode(), (proof_key or "").encode()):
        raise Refused("key")
    if "x5t#S256" in bound_to and not certificate_fits(bound_to["x5t#S256"], certificate):
        raise Refused("certificate")
