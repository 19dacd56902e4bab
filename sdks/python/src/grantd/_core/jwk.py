"""Public keys of others: JWK to a key that verifies, its thumbprint, and sets of them. Must not know what is signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from .strict import Json, Malformed, b64decode, b64encode

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
"""What is verified. The algorithm is the key's, never the header's; `none` and HMAC have no place here."""
_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_MAX_MEMBER = 1400
_MAX_KEYS = 100
# The standard library makes a hash with less ado than cryptography does.
_HASHED = Prehashed(hashes.SHA256())


class UnusableKey(ValueError):
    """Not a key that this package uses."""


@dataclass(frozen=True)
class Key:
    """A public key with the one algorithm it is for."""

    alg: str
    _check: Callable[[bytes, bytes], None] = field(repr=False, compare=False)

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's."""
        try:
            self._check(data, signature)
        except (InvalidSignature, ValueError):
            return False
        return True


def thumbprint(jwk: Json) -> str:
    """RFC 7638, with SHA-256."""
    names = _REQUIRED.get(_text(jwk, "kty"), ())
    if not names:
        raise UnusableKey("kty")
    canonical = json.dumps({name: _text(jwk, name) for name in names}, separators=(",", ":"), sort_keys=True)
    return b64encode(sha256(canonical.encode()).digest())


def key_of(jwk: Json, alg: str) -> Key:
    """The key for this algorithm. Raises UnusableKey: another type, private, too short, malformed."""
    if not isinstance(alg, str) or _TYPES.get(alg) != jwk.get("kty") or not _PRIVATE.isdisjoint(jwk):
        raise UnusableKey("the key does not fit the algorithm")
    try:
        return Key(alg, {"RSA": _rsa, "EC": _ec, "OKP": _okp}[jwk["kty"]](jwk, alg))
    except (ValueError, TypeError) as error:
        raise UnusableKey("the key is malformed") from error


def keys_of(jwks: Json) -> dict[str, Key]:
    """The usable keys of a set, by `kid`; whatever else is in it is passed over."""
    members = jwks.get("keys")
    if not isinstance(members, list):
        raise Malformed("not a JWK set")
    found: dict[str, Key] = {}
    for jwk in members[:_MAX_KEYS]:
        if not isinstance(jwk, dict) or not _is_for_signatures(jwk):
            continue
        kid = jwk.get("kid")
        if not isinstance(kid, str) or kid in found:
            continue
        try:
            found[kid] = key_of(jwk, jwk.get("alg", ""))
        except UnusableKey:
            continue
    return found


def _is_for_signatures(jwk: Json) -> bool:
    """What a key says of its purpose (RFC 7517 sections 4.2 and 4.3), where it says anything."""
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _rsa(jwk: Json, alg: str) -> Callable[[bytes, bytes], None]:
    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    if not 2048 <= modulus.bit_length() <= 8192 or exponent.bit_length() > 33:
        raise UnusableKey("the key has the wrong size")
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if alg == "PS256":
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    verify = key.verify
    return lambda data, signature: verify(signature, sha256(data).digest(), scheme, _HASHED)


def _ec(jwk: Json, _: str) -> Callable[[bytes, bytes], None]:
    if jwk.get("crv") != "P-256":
        raise UnusableKey("another curve")
    key = ec.EllipticCurvePublicNumbers(_number(jwk, "x", 32), _number(jwk, "y", 32), ec.SECP256R1()).public_key()
    verify, algorithm = key.verify, ec.ECDSA(_HASHED)

    def check(data: bytes, signature: bytes) -> None:
        if len(signature) != 64:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        verify(encode_dss_signature(r, s), sha256(data).digest(), algorithm)

    return check


def _okp(jwk: Json, _: str) -> Callable[[bytes, bytes], None]:
    if jwk.get("crv") != "Ed25519":
        raise UnusableKey("another curve")
    key = ed25519.Ed25519PublicKey.from_public_bytes(b64decode(_text(jwk, "x")))
    verify = key.verify
    return lambda data, signature: verify(signature, data)


def _text(jwk: Json, name: str) -> str:
    value: Any = jwk.get(name)
    if not isinstance(value, str) or len(value) > _MAX_MEMBER:
        raise UnusableKey(name)
    return value


def _number(jwk: Json, name: str, size: int | None = None) -> int:
    data = b64decode(_text(jwk, name))
    if size is not None and len(data) != size:
        raise UnusableKey(name)
    return int.from_bytes(data, "big")
