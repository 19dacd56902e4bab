"""Reading bytes from outside without mercy: base64url and JSON in exactly one form. Must not know what is in them."""

from __future__ import annotations

import binascii
import json
from math import isinf
from typing import Any

Json = dict[str, Any]
_TO_URL = bytes.maketrans(b"+/", b"-_")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_OTHER = b"!"
_TABLE = dict(zip(_ALPHABET + b"-_.", _ALPHABET + b"+/.", strict=True))
_STANDARD = bytes(_TABLE.get(byte, _OTHER[0]) for byte in range(256))
"""From the alphabet of URLs to base64's own; dots stay, and whatever else there is (`+`, `/` and `=` too) becomes `_OTHER`."""
_LAST = (_ALPHABET + b"+/", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The last characters that leave no bits over, by the length modulo 4; none for one that no bytes have."""
_PADDING = (b"", b"", b"==", b"=")
_SPACE = " \t\n\r"
_MOST_DEPTH = 32
"""How deep objects and lists may be within each other; the outermost is one."""


class Malformed(ValueError):
    """The text is not what it should be. Carries none of it."""


def b64encode(data: bytes) -> str:
    """base64url without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


def b64decode(text: str) -> bytes:
    """base64url without padding, other characters, or bits left over in the last character."""
    try:
        standard = text.encode("ascii").translate(_STANDARD)
    except UnicodeEncodeError as error:
        raise Malformed("not base64url") from error
    if _OTHER in standard or b"." in standard:
        raise Malformed("not base64url")
    return _decoded(standard)


def compact(text: str) -> tuple[str, bytes, bytes, bytes]:
    """A compact JWS of three parts: its header as it came, its payload, what is signed, and the signature."""
    try:
        raw = text.encode("ascii")
        standard = raw.translate(_STANDARD)
        head, payload, signature = standard.split(b".")
    except ValueError as error:
        raise Malformed("not a compact JWS") from error
    if _OTHER in standard:
        raise Malformed("not a compact JWS")
    return text[: len(head)], _decoded(payload), raw[: -1 - len(signature)], _decoded(signature)


def _decoded(standard: bytes) -> bytes:
    """The bytes of base64 with the alphabet's own characters alone: the decoder is lax, and skips what it does not know."""
    rest = len(standard) % 4
    if not rest:
        return binascii.a2b_base64(standard)
    if standard[-1] not in _LAST[rest]:
        raise Malformed("not base64url")
    return binascii.a2b_base64(standard + _PADDING[rest])


def json_object(data: bytes) -> Json:
    """A JSON object without duplicate members, at any level, and without numbers that are too large to be one."""
    try:
        text = data.decode().strip(_SPACE)
        value, end = _raw_decode(text)
        if "\\u" in text:
            # Half of a surrogate pair is no character, and cannot be written.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if end != len(text) or not isinstance(value, dict):
        raise Malformed("not a JSON object")
    # What has fewer brackets is not that deep, and nothing else has to be gone through.
    if text.count("[") + text.count("{") > _MOST_DEPTH and _is_too_deep(value):
        raise Malformed("JSON that is too deep")
    return value


def _is_too_deep(value: Json) -> bool:
    level: list[Any] = [value]
    for _ in range(_MOST_DEPTH):
        within = (inner for one in level for inner in (one.values() if isinstance(one, dict) else one))
        level = [inner for inner in within if isinstance(inner, (dict, list))]
        if not level:
            return False
    return True


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a member is there twice")
    return members


def _refuse(_: str) -> None:
    raise Malformed("not a number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise Malformed("a number that is too large")
    return value


_raw_decode = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=_finite, parse_constant=_refuse
).raw_decode
