"""Elliptic curve keys, and how they are written: as JSON Web Keys (RFC 7518, section 6.2) and as PEM."""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def new():
    """A private key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key):
    """The JWK of a P-256 key; with its private part if it has one."""
    private = getattr(key, "private_numbers", None)
    numbers = private().public_numbers if private else key.public_numbers()
    members = {"kty": "EC", "crv": "P-256", "x": _text(numbers.x), "y": _text(numbers.y)}
    return members | ({"d": _text(private().private_value)} if private else {})


def pem(key):
    """A private key as PKCS #8."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def _text(number):
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
