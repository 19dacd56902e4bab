"""refresh.json, cache-keys.json and retries.json: what a client's token manager decides. The rules are written down here
once, as plain functions. Must not know how a manager waits, locks or sends."""

from __future__ import annotations

import hashlib
from typing import Any

from .jose import Json, b64

BLOCKS_MS = 5_000
AHEAD_MS = 60_000
FAILED_WAIT_MS = 5_000


def windows(lifetime: int, jitter: float) -> tuple[int, int]:
    """How long before its end a token is refreshed in the background, and from when on callers wait."""
    window = min(AHEAD_MS, lifetime // 5)
    return window + int(window * jitter / 5), min(BLOCKS_MS, lifetime // 20)


def schedule(lifetime: int, jitter: float, age: int, failed_ago: int | None) -> str:
    ahead, blocks = windows(lifetime, jitter)
    left = lifetime - age
    if left <= blocks:
        return "block"
    if left <= ahead and (failed_ago is None or failed_ago >= FAILED_WAIT_MS):
        return "background"
    return "fresh"


def refresh() -> Json:
    cases: list[Json] = []
    for lifetime in (3_600_000, 300_000, 100_000, 60_000, 10_000, 1_000, 0, 2_591_999_000):
        for jitter in (0.0, 0.5, 0.75):
            ahead, blocks = windows(lifetime, jitter)
            ages = {0, lifetime - ahead - 1, lifetime - ahead, lifetime - blocks - 1, lifetime - blocks, lifetime,
                    lifetime + 60_000}
            cases += [_refresh(lifetime, jitter, age) for age in sorted(ages) if age >= 0]
    cases += [_refresh(3_600_000, 0.0, 3_550_000, failed_ago) for failed_ago in (0, 4_999, 5_000, 20_000)]
    cases += [_refresh(3_600_000, 0.0, 3_598_000, 0), _refresh(3_600_000, 0.0, -120_000)]
    return {
        "about": "When a token is refreshed. Times in ms; age is now - obtained_at, obtained_at the instant before the "
                 "request was sent, failed_ago the time since an early refresh failed. See README.md for the rule.",
        "lifetime_when_unknown_ms": 300_000,
        "cases": cases,
    }


def _refresh(lifetime: int, jitter: float, age: int, failed_ago: int | None = None) -> Json:
    ahead, blocks = windows(lifetime, jitter)
    return {"lifetime": lifetime, "jitter": jitter, "age": age, "failed_ago": failed_ago, "ahead": ahead,
            "blocks": blocks, "expect": schedule(lifetime, jitter, age, failed_ago)}


def cache_key(parts: Json) -> tuple[str, str]:
    scopes = " ".join(sorted(set(parts["scopes"]), key=str.encode))
    texts = [parts["issuer"], parts["client_id"], parts["subject"] or "", parts["resource"] or "", scopes]
    written = "".join(f"{len(text.encode())}:{text}," for text in texts)
    return written, b64(hashlib.sha256(written.encode()).digest())


def cache_keys() -> Json:
    base: Json = {"issuer": "https://id.example.test", "client_id": "nightly-export", "subject": None,
                  "resource": "https://api.example.test/v1", "scopes": ["invoices:read", "customers:read"]}
    variants: list[tuple[str, Json]] = [
        ("the first", {}),
        ("scopes in another order are the same", {"scopes": ["customers:read", "invoices:read"]}),
        ("a scope twice is the same", {"scopes": ["customers:read", "invoices:read", "customers:read"]}),
        ("fewer scopes", {"scopes": ["invoices:read"]}),
        ("no scopes", {"scopes": []}),
        ("another client", {"client_id": "other"}),
        ("another issuer", {"issuer": "https://id.example.test/mcp"}),
        ("a user", {"subject": "user-1"}),
        ("an empty subject is none", {"subject": ""}),
        ("no resource", {"resource": None}),
        ("another resource", {"resource": "https://api.example.test/"}),
        ("texts cannot flow into one another", {"client_id": "a", "subject": "b7:c"}),
        ("texts cannot flow into one another, again", {"client_id": "a1:b", "subject": "c"}),
        ("lengths are bytes", {"subject": "J\u00fcrgen \u6771"}),
        ("scopes sort by bytes", {"scopes": ["b", "B", "a:*", "a", "*"]}),
    ]
    cases = []
    for name, changes in variants:
        parts = {**base, **changes}
        written, key = cache_key(parts)
        cases.append({"name": name, **parts, "written": written, "key": key})
    return {"about": "Under which key a token is kept: SHA-256 of the five texts as netstrings, base64url.", "cases": cases}


def retries() -> Json:
    def case(name: str, challenges: list[str], expect: str, parsed: list[Json], **other: Any) -> Json:
        request = {"status": 401, "cached": True, "replayable": True, "attempt": 1, **other}
        return {"name": name, **request, "www_authenticate": challenges, "parsed": parsed, "expect": expect}

    def challenge(scheme: str, **parameters: str) -> Json:
        return {"scheme": scheme, "parameters": parameters}

    invalid = 'Bearer error="invalid_token"'
    as_parsed = [challenge("bearer", error="invalid_token")]
    lacking = 'Bearer error="insufficient_scope", scope="a b"'
    nonce = 'DPoP error="use_dpop_nonce", algs="ES256"'
    return {
        "about": "What a client does after a reply: new_token (drop the cached one, get another, send again), nonce (send "
                 "again with the reply's DPoP-Nonce), or none. parsed has names in lower case.",
        "cases": [
            case("invalid_token", [invalid], "new_token", as_parsed),
            case("no error", ["Bearer"], "new_token", [challenge("bearer")]),
            case("no challenge at all", [], "new_token", []),
            case("a realm and no error", ['Bearer realm="a"'], "new_token", [challenge("bearer", realm="a")]),
            case("another error", ['Bearer error="invalid_request"'], "none", [challenge("bearer", error="invalid_request")]),
            case("insufficient_scope", [lacking], "none", [challenge("bearer", error="insufficient_scope", scope="a b")],
                 status=403),
            case("insufficient_scope as a 401", [lacking], "none",
                 [challenge("bearer", error="insufficient_scope", scope="a b")]),
            case("403 without a challenge", [], "none", [], status=403),
            case("a token that was just obtained", [invalid], "none", as_parsed, cached=False),
            case("a body that cannot be sent again", [invalid], "none", as_parsed, replayable=False),
            case("the second attempt", [invalid], "none", as_parsed, attempt=2),
            case("200", [invalid], "none", as_parsed, status=200),
            case("503", [], "none", [], status=503),
            case("two schemes in one header",
                 ['Bearer realm="a, b", error="invalid_token", DPoP algs="ES256 RS256"'], "new_token",
                 [challenge("bearer", realm="a, b", error="invalid_token"), challenge("dpop", algs="ES256 RS256")]),
            case("two headers", ['Basic realm="x"', invalid], "new_token",
                 [challenge("basic", realm="x"), *as_parsed]),
            case("another scheme with base64 in it", ["Negotiate YWJj==, " + invalid], "new_token",
                 [challenge("negotiate"), *as_parsed]),
            case("names and schemes in other cases", ['BEARER Error=invalid_token'], "new_token", as_parsed),
            case("an escaped quote", ['Bearer realm="a\\"b\\\\", error="invalid_token"'], "new_token",
                 [challenge("bearer", realm='a"b\\', error="invalid_token")]),
            case("spaces around the equals sign", ['Bearer error = "invalid_token"'], "new_token", as_parsed),
            case("an error in the description only", ['Bearer error_description="error=invalid_token"'], "new_token",
                 [challenge("bearer", error_description="error=invalid_token")]),
            case("a quote that never ends", ['Bearer error="invalid_tok'], "none", [challenge("bearer", error="invalid_tok")]),
            case("a nonce is asked for", [nonce], "nonce", [challenge("dpop", error="use_dpop_nonce", algs="ES256")],
                 dpop_nonce="n-1"),
            case("a nonce is asked for, of a new token", [nonce], "nonce",
                 [challenge("dpop", error="use_dpop_nonce", algs="ES256")], dpop_nonce="n-1", cached=False),
            case("a nonce is asked for and not given", [nonce], "none",
                 [challenge("dpop", error="use_dpop_nonce", algs="ES256")]),
            case("resource metadata", ['Bearer resource_metadata="https://api.example.test/m", scope="a:read"'],
                 "new_token",
                 [challenge("bearer", resource_metadata="https://api.example.test/m", scope="a:read")]),
        ],
    }
