"""Reading bytes from outside without mercy: base64url and JSON in exactly one form. Must not know what is in them."""

from __future__ import annotations

import binascii
import json
from binascii import a2b_base64
from collections.abc import Callable
from math import isinf
from typing import Any

Json = dict[str, Any]
_TO_URL = bytes.maketrans(b"+/", b"-_")
_LAST = ("", "", "AQgw", "AEIMQUYcgkosw048")
"""The last characters that leave no bits over, by the length modulo 4; none for one that no bytes have."""
_PADDING = ("", "", "==", "=")
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
    rest = len(text) & 3
    if (rest and text[-1] not in _LAST[rest]) or "+" in text or "/" in text:
        raise Malformed("not base64url")
    try:
        data = a2b_base64(text.replace("-", "+").replace("_", "/") + _PADDING[rest])
    except ValueError as error:
        raise Malformed("not base64url") from error
    # The decoder is lax: it skips what it does not know, and ends where padding does. Each such character is missing then.
    if len(data) != len(text) * 3 >> 2:
        raise Malformed("not base64url")
    return data


def compact(text: str) -> tuple[str, bytes, bytes, bytes]:
    """A compact JWS of three parts: its header as it came, its payload, what is signed, and the signature."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise Malformed("not a compact JWS")
    head, payload, signature = parts
    return head, b64decode(payload), text[: -1 - len(signature)].encode("ascii"), b64decode(signature)


def json_object(data: bytes) -> Json:
    """A JSON object without duplicate members, at any level, and without numbers that are too large to be one."""
    try:
        text = data.decode()
        value, end = _read(text, 0)
    except (ValueError, RecursionError, StopIteration):
        # Not read again in here: an error that follows would have this one in its chain, which holds the whole text.
        text, value, end = "", None, -1
    # One comma for each member but the first: with as many members as that, none was written over by another.
    commas = text.count(",")
    if (
        end == len(text)
        and type(value) is dict
        and "\\" not in text
        and (commas == len(value) - 1 or commas == _commas(value))
        and text.count("[") + text.count("{") <= _MOST_DEPTH
    ):
        return value
    return _read_again(data)


def _commas(value: Json) -> int:
    """How many there are between the members and items of what was read."""
    count, waiting = 0, [value]
    while waiting:
        one: Any = waiting.pop()
        count += len(one) - 1 if one else 0
        waiting += [inner for inner in (one.values() if type(one) is dict else one) if type(inner) in (dict, list)]
    return count


def _read_again(data: bytes) -> Json:
    """The same, read thoroughly: what the quick reader is not certain of, or does not take."""
    is_json = True
    try:
        text = data.decode().strip(_SPACE)
        value, end = _read_thoroughly(text)
        if "\\u" in text:
            # Half of a surrogate pair is no character, and cannot be written.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        is_json = False
    if not is_json:
        # Here, where nothing is being handled: that error holds the whole text, which may be a reply with tokens.
        raise Malformed("not JSON")
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


# What `raw_decode` asks, which takes a call more and has another exception for what is no JSON.
_read: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse).scan_once  # type: ignore[attr-defined]
_read_thoroughly = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=_finite, parse_constant=_refuse
).raw_decode
