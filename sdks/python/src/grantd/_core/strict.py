"""Reading bytes from outside without mercy: base64url and JSON in exactly one form. Must not know what is in them."""

from __future__ import annotations

import binascii
import json
from typing import Any

Json = dict[str, Any]
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


class Malformed(ValueError):
    """The text is not what it should be. Carries none of it."""


def b64encode(data: bytes) -> str:
    """base64url without padding."""
    return _encoded(data).decode("ascii")


def b64decode(text: str) -> bytes:
    """base64url without padding, other characters, or bits left over in the last character."""
    try:
        raw = text.encode("ascii")
        data = binascii.a2b_base64(raw.translate(_FROM_URL) + b"=" * (-len(raw) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Malformed("not base64url") from error
    # The decoder is lax; only one text stands for these bytes.
    if _encoded(data) != raw:
        raise Malformed("not base64url")
    return data


def _encoded(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def json_object(data: bytes) -> Json:
    """A JSON object without duplicate members, at any level."""
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(value, dict):
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
