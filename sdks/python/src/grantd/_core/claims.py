"""Claims by name and type: absent is one thing, of the wrong type another, and that refuses the token. Must not know keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import scopes
from ..errors import Refused
from .strict import Json, b64encode

LAST_DATE = 253_402_300_799
# Stands for a text that is not there, and is compared as an object: no text of a token is this one.
_ABSENT = str(object())


@dataclass(frozen=True)
class Principal:
    """Who calls, for whom, and what they may do: what a verified token or API key says."""

    issuer: str
    subject: str
    client_id: str | None
    """The application; none for an API key."""
    audience: tuple[str, ...]
    scopes: tuple[str, ...]
    issued_at: int | None = None
    """Seconds since 1970, as `expires_at`."""
    expires_at: int | None = None
    token_id: str | None = None
    tenant: str | None = None
    confirmation: Mapping[str, str] | None = field(default=None, hash=False)
    """What the token is bound to (RFC 7800): `jkt` or `x5t#S256`."""
    token_type: str = "Bearer"
    """`Bearer`, `DPoP` or `api_key`."""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Everything the token or the introspection reply says."""

    def has(self, *wanted: str) -> bool:
        """Whether all of these permissions are held, patterns counted."""
        return not self.missing(wanted)

    def missing(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Which of these permissions are not held."""
        return scopes.missing(self.scopes, wanted)


@dataclass(frozen=True)
class Policy:
    """What a verifier insists on."""

    issuer: str
    audience: tuple[str, ...]
    leeway: int = 30
    types: tuple[str, ...] = ("at+jwt",)
    tenant_claim: str = "tenant"
    media_types: frozenset[str] = field(init=False)
    """`types`, case aside."""
    resources: frozenset[str] = field(init=False)
    """`audience`, as written and as compared."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "media_types", frozenset(typ.lower() for typ in self.types))
        object.__setattr__(self, "resources", frozenset((*self.audience, *map(_bare, self.audience))))

    def is_ours(self, audiences: Sequence[str]) -> bool:
        """Whether one of them is this API."""
        ours = self.resources
        return not ours.isdisjoint(audiences) or not ours.isdisjoint(map(_bare, audiences))


def text(claims: Json, name: str) -> str | None:
    """A string, or nothing where the claim is absent."""
    value = claims.get(name)
    if isinstance(value, str) or (value is None and name not in claims):
        return value
    raise Refused("claim")


def required_text(claims: Json, name: str) -> str:
    """A string with something in it."""
    value = claims.get(name)
    if isinstance(value, str) and value:
        return value
    raise Refused("claim")


def date(claims: Json, name: str) -> int | None:
    """Whole seconds from 1970 to 9999 (RFC 7519 section 2)."""
    value = claims.get(name)
    # A boolean is an integer in Python, and none here.
    if type(value) is int and 0 <= value <= LAST_DATE:
        return value
    if value is None and name not in claims:
        return None
    if type(value) is float and 0 <= value <= LAST_DATE and value == value // 1:
        return int(value)
    raise Refused("claim")


def audience(claims: Json) -> tuple[str, ...]:
    """One string or an array of them (RFC 7519 section 4.1.3)."""
    value = claims.get("aud")
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise Refused("claim")


def is_same_resource(one: str, other: str) -> bool:
    """The same text, where `https://h` and `https://h/` are one (RFC 3986 section 6.2.3)."""
    return _bare(one) == _bare(other)


def _bare(uri: str) -> str:
    scheme, separator, rest = uri.partition("://")
    if separator and rest.endswith("/") and rest.count("/") == 1 and "?" not in rest and len(rest) > 1:
        return f"{scheme}://{rest[:-1]}"
    return uri


def principal(claims: Json, policy: Policy, now: float, token_type: str = "Bearer") -> Principal:
    """Checks the claims of an access token (RFC 9068 section 4) and hands over what they say. Raises Refused.

    An API key has no audience and no client, and need not end.
    """
    is_key = token_type == "api_key"
    # In one go: a call for each of them takes longer than all that is done here.
    get = claims.get
    issuer, subject, client_id = get("iss"), get("sub"), get("client_id", _ABSENT)
    scope, token_id, tenant = get("scope", _ABSENT), get("jti", _ABSENT), get(policy.tenant_claim, _ABSENT)
    are_texts = type(issuer) is type(subject) is type(client_id) is type(scope) is type(token_id) is type(tenant) is str
    if not are_texts or not issuer or not subject or (not is_key and (client_id is _ABSENT or not client_id)):
        raise Refused("claim")
    addressed = get("aud", () if is_key else None)
    audiences = (addressed,) if type(addressed) is str else audience(claims) if addressed != () else ()
    issued_at, expires_at = date(claims, "iat"), date(claims, "exp")
    not_before = date(claims, "nbf") if "nbf" in claims else None
    if not is_key and (issued_at is None or expires_at is None):
        raise Refused("claim")
    try:
        held = scopes.parse(scope) if scope is not _ABSENT else ()
    except ValueError:
        raise Refused("claim") from None
    bound_to = confirmation(claims) if "cnf" in claims else None
    if "status" in claims:
        status_reference(claims)
    if issuer != policy.issuer:
        raise Refused("issuer")
    if policy.resources.isdisjoint(audiences) and not policy.is_ours(audiences) and (audiences or not is_key):
        raise Refused("audience")
    # Put so that a clock that gives no number refuses.
    if expires_at is not None and not now < expires_at + policy.leeway:
        raise Refused("expired")
    latest = now + policy.leeway
    if (issued_at is not None and issued_at > latest) or (not_before is not None and not_before > latest):
        raise Refused("not_yet_valid")
    made = object.__new__(Principal)
    members = {
        "issuer": issuer,
        "subject": subject,
        "client_id": None if client_id is _ABSENT else client_id,
        "audience": audiences,
        "scopes": held,
        "issued_at": issued_at,
        "expires_at": expires_at,
        "token_id": None if token_id is _ABSENT else token_id,
        "tenant": None if tenant is _ABSENT else tenant,
        "confirmation": bound_to,
        "token_type": token_type,
        "claims": claims,
    }
    # What a frozen dataclass is made by sets each member with a call of its own, and takes longer than all these checks.
    object.__setattr__(made, "__dict__", members)
    return made


def confirmation(claims: Json) -> Mapping[str, str] | None:
    """What the token is bound to; a way that is not known refuses it."""
    if "cnf" not in claims:
        return None
    value = claims["cnf"]
    if not isinstance(value, dict):
        raise Refused("claim")
    known = {name: text(value, name) for name in ("jkt", "x5t#S256") if name in value}
    if not known:
        raise Refused("confirmation")
    return {name: one or "" for name, one in known.items()}


def status_reference(claims: Mapping[str, Any]) -> tuple[str, int] | None:
    """The list and the place in it that say whether the token was revoked; the address is checked by whoever fetches it."""
    if "status" not in claims:
        return None
    status = claims["status"]
    if not isinstance(status, dict):
        raise Refused("claim")
    if "status_list" not in status:
        return None
    entry = status["status_list"]
    if not isinstance(entry, dict):
        raise Refused("claim")
    index, uri = entry.get("idx"), entry.get("uri")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0 or not isinstance(uri, str):
        raise Refused("claim")
    return uri, index


def certificate_fits(bound_to: str, certificate: bytes | None) -> bool:
    """Whether this is the certificate, as DER (RFC 8705 section 3)."""
    if certificate is None:
        return False
    return hmac.compare_digest(bound_to.encode(), b64encode(hashlib.sha256(certificate).digest()).encode())


def certificate_of_pem(pem: str) -> bytes:
    """The DER of a certificate as proxies hand it on, PEM or its base64 alone. Raises ValueError."""
    lines = [line.strip() for line in pem.strip().splitlines() if not line.startswith("-----")]
    return base64.b64decode("".join(lines), validate=True)
