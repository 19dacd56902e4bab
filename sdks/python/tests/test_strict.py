"""Texts from outside have one form: the quick readers say what thorough ones say."""

from __future__ import annotations

import base64
import json
import random
import re

import pytest

from grantd._core.strict import Malformed, b64decode, compact, json_object

LETTERS = "AQgwEIMUYcz059-_abcd"


def thorough(text: str) -> bytes | None:
    """base64url by the standard library, and back: what does not come back as it was has another form."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None


def test_base64_has_one_form() -> None:
    drawn = random.Random(7)
    for round_ in range(5000):
        letters = LETTERS + "+/=. \n~é" if round_ % 3 == 0 else LETTERS
        head, payload, signature = ("".join(drawn.choices(letters, k=drawn.randrange(20))) for _ in range(3))
        try:
            assert b64decode(payload) == thorough(payload)
        except Malformed:
            assert thorough(payload) is None, payload
        text = f"{head}.{payload}.{signature}"
        wanted = (thorough(payload), thorough(signature))
        try:
            assert compact(text) == (head, wanted[0], f"{head}.{payload}".encode(), wanted[1])
        except Malformed:
            # What is in the header is read, and refused, by whoever does not know it yet.
            assert None in wanted or re.search(r"[^A-Za-z0-9_-]", head), text


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}x", '{"a":1,"a":1}', '{"a":[{"b":1,"b":2}]}', '{"a":1,"\\u0061":2}', '{"a":NaN}', '{"a":Infinity}',
     '{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":"\\udc00\\ud800"}', '{"a":1e999}', '{"a":[{"b":-1e400}]}', "\ufeff{}",
     '{"a":' * 3000 + "1" + "}" * 3000, '{"a":' + "[" * 9000 + "]" * 9000 + "}", '{"a":' + "[" * 32 + "]" * 32 + "}",
     '{"a":' * 33 + "1" + "}" * 33, '{"a":' * 32 + "[]" + "}" * 32],
)  # fmt: skip
def test_json_has_one_form(text: str) -> None:
    with pytest.raises(Malformed):
        json_object(text.encode())


def test_json_that_has_it_is_read() -> None:
    deepest: list[object] = []
    for _ in range(30):
        deepest = [deepest]
    wide: list[object] = [1e308, -1e308, {}]
    values: list[dict[str, object]] = [{}, {"a": deepest}, {"a": wide * 200}, {"": {"": 0}}]
    for value in (*values, {"a": "\U0001f600\\ud800", "b": [{"a": ":"}, {"a": "}"}]}):
        assert json_object(json.dumps(value).encode()) == value
        assert json_object(f" {json.dumps(value, indent=1)}\n".encode()) == value
