"""Texts from outside have one form: the quick readers say what thorough ones say."""

from __future__ import annotations

import base64
import json
import random
import re

import pytest

from grantd import Refused
from grantd._core.access_token import parse
from grantd._core.claims import Policy
from grantd._core.strict import Malformed, _read_again, b64decode, compact, json_object
from grantd.testing import FakeIssuer

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


def written(value: object, drawn: random.Random) -> str:
    """JSON of a value, some of whose objects get a member that they have already, with space where there may be some."""
    space = drawn.choice(["", "", " ", "\n"])
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}{space}:{space}{written(inner, drawn)}" for name, inner in value.items()]
        if members and drawn.random() < 0.03:
            members.insert(drawn.randrange(len(members)), members[-1])
        return "{" + space + f"{space},{space}".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + f",{space}".join(written(inner, drawn) for inner in value) + "]"
    return json.dumps(value)


def a_value(drawn: random.Random, depth: int = 0) -> object:
    kind = drawn.randrange(7 if depth < 4 else 4)
    if kind < 2:
        return drawn.choice(["", "a,b", "x:y", "{,}", '",":', "a\\", "\U0001f600", "https://h/"])
    if kind < 4:
        return drawn.choice([0, -1, 1.5, True, None])
    if kind == 4:
        return [a_value(drawn, depth + 1) for _ in range(drawn.randrange(4))]
    return {drawn.choice("abcdef,:{"): a_value(drawn, depth + 1) for _ in range(drawn.randrange(5))}


def test_the_quick_reader_of_json_says_what_the_thorough_one_says() -> None:
    drawn, outcomes = random.Random(11), {True: 0, False: 0}
    for _ in range(4000):
        data = written({"claims": a_value(drawn), "more": a_value(drawn)}, drawn).encode()
        if drawn.random() < 0.05:
            data = data[: drawn.randrange(len(data))]
        try:
            thorough: object = _read_again(data)
        except Malformed:
            thorough = None
        try:
            assert json_object(data) == thorough, data
        except Malformed:
            assert thorough is None, data
        outcomes[thorough is not None] += 1
    assert min(outcomes.values()) > 200, outcomes


def test_a_header_that_was_refused_is_refused_again_and_for_others_is_judged_anew() -> None:
    issuer = FakeIssuer()
    token = issuer.mint(header={"typ": "JWT"})
    strict = Policy(issuer.issuer, (issuer.audience,))
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            parse(token, strict)
        assert refused.value.reason == "type"
        assert parse(token, Policy(issuer.issuer, (issuer.audience,), types=("JWT",)))[1] == "ES256"


def test_json_that_has_it_is_read() -> None:
    deepest: list[object] = []
    for _ in range(30):
        deepest = [deepest]
    wide: list[object] = [1e308, -1e308, {}]
    values: list[dict[str, object]] = [{}, {"a": deepest}, {"a": wide * 200}, {"": {"": 0}}]
    for value in (*values, {"a": "\U0001f600\\ud800", "b": [{"a": ":"}, {"a": "}"}]}):
        assert json_object(json.dumps(value).encode()) == value
        assert json_object(f" {json.dumps(value, indent=1)}\n".encode()) == value
