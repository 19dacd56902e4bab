"""Elliptic curve keys as JSON Web Keys (RFC 7518, section 6.2)."""

import base64


def jwk(key):
    """The JWK of a P-256 key; with its private part if it has one."""
    private = getattr(key, "private_numbers", None)
    numbers = private().public_numbers if private else key.public_numbers()
    members = {"kty": "EC", "crv": "P-256", "x": _text(numbers.x), "y": _text(numbers.y)}
    return members | ({"d": _text(private().private_value)} if private else {})


def _text(number):
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
