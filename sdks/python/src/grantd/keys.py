"""Private keys of a client: for assertions (RFC 7523) and for proofs of possession (RFC 9449)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ._core.address import target_uri
from ._core.dpop import token_hash
from ._core.jwk import thumbprint
from ._core.strict import b64decode, b64encode
from .errors import ConfigurationError

_Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class SigningKey:
    """A private key that signs with ES256, RS256, PS256 or EdDSA. It does not print itself."""

    def __init__(self, private: _Private, *, kid: str | None = None, alg: str | None = None) -> None:
        if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
            algs: tuple[str, ...] = ("ES256",)
        elif isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
            algs = ("RS256", "PS256")
        elif isinstance(private, ed25519.Ed25519PrivateKey):
            algs = ("EdDSA",)
        else:
            raise ConfigurationError("a key is on P-256, Ed25519, or RSA of at least 2048 bits")
        if alg is not None and alg not in algs:
            raise ConfigurationError("the key does not fit the algorithm")
        self._private = private
        self.alg = alg or algs[0]
        self.public_jwk = _public_jwk(private)
        self.thumbprint = thumbprint(self.public_jwk)
        self.kid = kid

    def __repr__(self) -> str:
        return f"SigningKey({self.alg}, kid={self.kid!r})"

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key on P-256."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, *, password: bytes | None = None, kid: str | None = None) -> SigningKey:
        """PKCS#8 and the older forms."""
        try:
            private = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError) as error:
            raise ConfigurationError("the private key cannot be read") from error
        return cls(private, kid=kid)  # type: ignore[arg-type]

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> SigningKey:
        """A private JWK; its `kid` and `alg` are kept."""
        try:
            number = {name: int.from_bytes(b64decode(jwk[name]), "big") for name in jwk if name in _NUMBERS}
            private: _Private
            if jwk["kty"] == "EC":
                private = ec.derive_private_key(number["d"], ec.SECP256R1())
            elif jwk["kty"] == "OKP":
                private = ed25519.Ed25519PrivateKey.from_private_bytes(b64decode(jwk["d"]))
            else:
                public = rsa.RSAPublicNumbers(number["e"], number["n"])
                p, q, d, dp, dq, qi = (number[name] for name in ("p", "q", "d", "dp", "dq", "qi"))
                private = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
        except (KeyError, ValueError, TypeError, AttributeError):
            # Not chained: the cause could quote the key.
            raise ConfigurationError("the private key cannot be read") from None
        return cls(private, kid=jwk.get("kid"), alg=jwk.get("alg"))

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A compact JWS of these claims; `alg` and `kid` are added."""
        whole = {**header, "alg": self.alg, **({"kid": self.kid} if self.kid and "jwk" not in header else {})}
        signing_input = f"{_part(whole)}.{_part(claims)}"
        return f"{signing_input}.{b64encode(self._signature(signing_input.encode()))}"

    def proof(
        self, method: str, url: str, now: float, *, access_token: str | None = None, nonce: str | None = None
    ) -> str:
        """A proof for one request (RFC 9449 section 4.2). Raises ConfigurationError for what is no http address."""
        target = target_uri(url)
        if target is None:
            raise ConfigurationError("a proof is for an absolute http or https address, of 2,048 bytes at most")
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": target,
            "iat": int(now),
        }
        if access_token is not None:
            claims["ath"] = token_hash(access_token)
        if nonce is not None:
            claims["nonce"] = nonce
        return self.sign({"typ": "dpop+jwt", "jwk": self.public_jwk}, claims)

    def _signature(self, data: bytes) -> bytes:
        private = self._private
        if isinstance(private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if isinstance(private, rsa.RSAPrivateKey):
            if self.alg == "PS256":
                return private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return private.sign(data)


_NUMBERS = frozenset(("n", "e", "d", "p", "q", "dp", "dq", "qi"))


def _part(value: Mapping[str, Any]) -> str:
    return b64encode(json.dumps(value, separators=(",", ":")).encode())


def _public_jwk(private: _Private) -> dict[str, str]:
    def number(value: int, size: int | None = None) -> str:
        return b64encode(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))

    if isinstance(private, ec.EllipticCurvePrivateKey):
        point = private.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)}
    if isinstance(private, rsa.RSAPrivateKey):
        numbers = private.public_key().public_numbers()
        return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64encode(raw)}
