"""Signing for the vectors, so that the same input gives the same bytes on every machine: ES256 with RFC 6979, PS256 with
a fixed salt. Must not be used for anything else: it takes no care of its keys."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Json = dict[str, Any]
KEYS: Json = json.loads((Path(__file__).parent.parent / "keys.json").read_text())
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def public(jwk: Json) -> Json:
    return {name: value for name, value in jwk.items() if name not in PRIVATE}


def thumbprint(jwk: Json) -> str:
    """RFC 7638, of the members that its type requires."""
    required = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}[jwk["kty"]]
    canonical = json.dumps({name: jwk[name] for name in sorted(required)}, separators=(",", ":"))
    return b64(hashlib.sha256(canonical.encode()).digest())


def certificate_thumbprint(name: str) -> str:
    """RFC 8705 section 3.1: of the certificate as DER."""
    return b64(hashlib.sha256(base64.b64decode(KEYS["certificates"][name])).digest())


def token(header: Json, claims: Any, key: Json, alg: str | None = None) -> str:
    """A compact JWS; `alg` is how it is really signed where that is not what the header says."""
    signing_input = f"{b64(compact_json(header))}.{b64(compact_json(claims))}"
    return f"{signing_input}.{b64(sign(signing_input.encode(), key, alg or header['alg']))}"


SHORT_SALT = "PS256 with a short salt"
"""What RFC 7518 section 3.5 does not allow: the salt is as long as the hash."""


def sign(data: bytes, key: Json, alg: str) -> bytes:
    number = {name: int.from_bytes(unb64(text), "big") for name, text in key.items() if name in PRIVATE | set("nexy")}
    if alg == "RS256":
        public_numbers = rsa.RSAPublicNumbers(number["e"], number["n"])
        private = rsa.RSAPrivateNumbers(
            number["p"], number["q"], number["d"], number["dp"], number["dq"], number["qi"], public_numbers
        )
        return private.private_key().sign(data, padding.PKCS1v15(), hashes.SHA256())
    if alg == "PS256":
        return _pss(data, number["n"], number["d"])
    if alg == SHORT_SALT:
        return _pss(data, number["n"], number["d"], salt_length=20)
    if alg == "ES256":
        curve = ec.derive_private_key(number["d"], ec.SECP256R1())
        r, s = decode_dss_signature(curve.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.from_private_bytes(unb64(key["d"])).sign(data)
    raise ValueError(alg)


def es256_as_der(data: bytes, key: Json) -> bytes:
    """The form of X.509, which is not that of JWS."""
    private = ec.derive_private_key(int.from_bytes(unb64(key["d"]), "big"), ec.SECP256R1())
    return private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def _pss(data: bytes, modulus: int, exponent: int, salt_length: int = 32) -> bytes:
    """RSASSA-PSS (RFC 8017 section 8.1.1) with SHA-256 and a salt made from the data."""
    digest = hashlib.sha256(data).digest()
    salt = hashlib.sha256(b"salt of the vectors" + digest).digest()[:salt_length]
    length = (modulus.bit_length() + 6) // 8
    hashed = hashlib.sha256(bytes(8) + digest + salt).digest()
    block = bytes(length - len(salt) - len(hashed) - 2) + b"\x01" + salt
    mask = b"".join(hashlib.sha256(hashed + count.to_bytes(4, "big")).digest() for count in range(len(block) // 32 + 1))
    masked = bytearray(one ^ other for one, other in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * length - (modulus.bit_length() - 1))
    encoded = int.from_bytes(bytes(masked) + hashed + b"\xbc", "big")
    return pow(encoded, exponent, modulus).to_bytes((modulus.bit_length() + 7) // 8, "big")
