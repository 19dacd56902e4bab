"""The ID token of a login (OpenID Connect Core section 3.1.3.7): who logged in, for this client alone. Must not be used as an
access token.
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from ..errors import IssuerMismatchError, Refused, UnavailableError
from ..tokens import Tokens
from . import claims as reading
from . import jws
from .effects import Flow
from .keys import KeySource
from .strict import Malformed

_LEEWAY = 30


def verified(
    tokens: Tokens, keys: KeySource, issuer: str, client_id: str, nonce: str | None, now: float
) -> Flow[Tokens]:
    """The tokens with the ID token's claims. Raises IssuerMismatchError if it is not for this login."""
    wrong = IssuerMismatchError("the ID token is not for this login")
    try:
        parsed = jws.parse(tokens.id_token or "")
        key = yield from keys.find(parsed.header.get("kid", ""))
        # An access token is signed by the same keys, and is no statement about a login.
        if parsed.typ_is("at+jwt") or parsed.alg != key.alg or not parsed.is_signed_by(key):
            raise wrong
        members = parsed.claims()
        audience, expires_at = reading.audience(members), reading.date(members, "exp")
        sent = reading.text(members, "nonce")
        if reading.required_text(members, "iss") != issuer or client_id not in audience:
            raise wrong
        if len(audience) > 1 and reading.text(members, "azp") != client_id:
            raise wrong
        if expires_at is None or now >= expires_at + _LEEWAY or not reading.required_text(members, "sub"):
            raise wrong
    except Refused as refused:
        if refused.reason == "unavailable":
            raise UnavailableError("the ID token cannot be checked now") from refused
        raise wrong from refused
    except (Malformed, jws.ForbiddenHeader) as error:
        raise wrong from error
    if nonce is not None and not hmac.compare_digest((sent or "").encode(), nonce.encode()):
        raise wrong
    return replace(tokens, claims=members)
