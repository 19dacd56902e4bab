"""Reading bytes from outside without mercy: base64url and JSON in exactly one form. Must not know what is in them."""

from __future__ import annotations

import binascii
import json
from typing import Any

Json = dict[str, Any]
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST = (_ALPHABET, b"", b"AQgw", b"AEIMQUYcgkosw048")
"""The last characters that leave no bits over, by the length modulo 4; none for one that no bytes have."""
_PADDING = (b"", b"", b"==", b"=")
_SPACE = " \t\n\r"


class Malformed(ValueError):
    """The text is not what it should be. Carries none of it."""


def b64encode(data: bytes) -> str:
    """base64url without padding."""
    return _encoded(data).decode("ascii")


def b64decode(text: str) -> bytes:
    """base64url without padding, other characters, or bits left over in the last character."""
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise Malformed("not base64url") from error
    if raw.translate(None, _ALPHABET):
        raise Malformed("not base64url")
    return _decoded(raw.translate(_FROM_URL))


def compact(text: str) -> tuple[bytes, bytes, bytes, bytes]:
    """A compact JWS of three parts: its header as it came, its payload, what is signed, and the signature."""
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise Malformed("not base64url") from error
    # What is left are the two dots.
    if raw.translate(None, _ALPHABET) != b"..":
        raise Malformed("not a compact JWS")
    first, last, standard = raw.index(b"."), raw.rindex(b"."), raw.translate(_FROM_URL)
    return raw[:first], _decoded(standard[first + 1 : last]), raw[:last], _decoded(standard[last + 1 :])


def _decoded(standard: bytes) -> bytes:
    """The bytes of base64 with the alphabet's own characters alone: the decoder is lax, and skips what it does not know."""
    rest = len(standard) % 4
    if rest and standard[-1] not in _LAST[rest]:
        raise Malformed("not base64url")
    return binascii.a2b_base64(standard + _PADDING[rest])


def _encoded(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def json_object(data: bytes) -> Json:
    """A JSON object without duplicate members, at any level."""
    try:
        text = data.decode("utf-8").strip(_SPACE)
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if end != len(text) or not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a member is there twice")
    return members


def _refuse(_: str) -> None:
    raise Malformed("not a number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refuse)
