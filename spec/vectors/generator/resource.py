"""challenges.json, introspection.json and status-list.json: what else an API answers and asks. Must not know how a
verifier is built."""

from __future__ import annotations

import zlib
from typing import Any

from .jose import KEYS, Json, b64, certificate_thumbprint, thumbprint, token
from .tokens import ABSENT, AUDIENCE, ISSUER, KEY, NOW, signed, without_absent

INVALID_TOKEN = [
    ("malformed", "the access token is malformed"),
    ("header", "the access token's header has a member that is not allowed"),
    ("type", "the access token has the wrong type"),
    ("algorithm", "the access token's algorithm is not allowed"),
    ("unknown_key", "the access token's key is unknown"),
    ("signature", "the access token's signature does not verify"),
    ("claim", "a claim of the access token is missing or malformed"),
    ("issuer", "the access token is from another issuer"),
    ("audience", "the access token is for another resource"),
    ("expired", "the access token has expired"),
    ("not_yet_valid", "the access token is not valid yet"),
    ("revoked", "the access token has been revoked"),
    ("inactive", "the access token is expired, revoked or unknown"),
    ("scheme", "the access token was sent under the wrong scheme"),
    ("key", "the access token is bound to another key"),
    ("certificate", "the access token is bound to another certificate"),
    ("confirmation", "the access token is bound in an unknown way"),
]
INVALID_PROOF = [
    ("proof_missing", "the DPoP proof is missing"),
    ("proof_malformed", "the DPoP proof is malformed"),
    ("proof_key", "the key of the DPoP proof is not allowed"),
    ("proof_algorithm", "the DPoP proof's algorithm is not allowed"),
    ("proof_type", "the DPoP proof has the wrong type"),
    ("proof_signature", "the DPoP proof's signature does not verify"),
    ("proof_method", "the DPoP proof is for another method"),
    ("proof_url", "the DPoP proof is for another address"),
    ("proof_time", "the DPoP proof is too old or from the future"),
    ("proof_token_hash", "the DPoP proof is for another access token"),
    ("proof_replayed", "the DPoP proof was used before"),
]
OTHERS = [
    ("missing", 401, None, "an access token is needed"),
    ("twice", 400, "invalid_request", "the access token was sent more than once"),
    ("proof_nonce", 401, "use_dpop_nonce", "the DPoP proof must carry the nonce of the DPoP-Nonce header"),
    ("scope", 403, "insufficient_scope", "the access token lacks a permission"),
    ("unavailable", 503, None, "the access token cannot be checked now"),
]


def reasons() -> list[Json]:
    rows = [(reason, 401, "invalid_token", text) for reason, text in INVALID_TOKEN]
    rows += [(reason, 401, "invalid_dpop_proof", text) for reason, text in INVALID_PROOF]
    return [{"reason": reason, "status": status, "error": error, "description": text}
            for reason, status, error, text in rows + OTHERS]


def challenges() -> Json:
    table = {row["reason"]: row for row in reasons()}
    metadata = "https://api.example.test/.well-known/oauth-protected-resource/v1"
    configurations: list[tuple[str, Json]] = [
        ("plain", {}),
        ("with everything", {"realm": "acme", "resource_metadata": metadata}),
        ("a realm to be escaped", {"realm": 'a "b" \\c'}),
        ("with DPoP", {"realm": "acme", "resource_metadata": metadata, "schemes": ["Bearer", "DPoP"]}),
        ("DPoP only", {"resource_metadata": metadata, "schemes": ["DPoP"]}),
    ]
    asked: list[tuple[str, Json]] = [
        ("missing", {"scopes": []}), ("missing", {"scopes": ["invoices:read", "customers:read"]}),
        ("expired", {"scopes": ["invoices:read"]}), ("twice", {"scopes": []}),
        ("scope", {"scopes": ["invoices:read", "invoices:write"]}),
        ("proof_time", {"scopes": [], "tried": "DPoP"}), ("proof_nonce", {"scopes": [], "tried": "DPoP", "nonce": "n-1"}),
        ("key", {"scopes": ["invoices:read"], "tried": "DPoP"}), ("unavailable", {"scopes": ["invoices:read"]}),
    ]
    cases = []
    for name, configuration in configurations:
        for reason, request in asked:
            cases.append(_challenge(f"{name}: {reason}", configuration, table[reason], request))
    return {
        "about": "Replies of an API that refuses. A header that can be there twice is a list; body is JSON.",
        "dpop_algs": "ES256 RS256 PS256 EdDSA",
        "reasons": reasons(),
        "cases": cases,
    }


def _challenge(name: str, configuration: Json, row: Json, request: Json) -> Json:
    headers: Json = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    if row["status"] == 503:
        headers["Retry-After"] = "5"
    else:
        schemes = list(configuration.get("schemes", ["Bearer"]))
        tried = request.get("tried") or schemes[0]
        # Whoever came with a proof looks for what is wrong with it under its scheme (RFC 9449 section 7.1).
        if tried == "DPoP" and tried not in schemes:
            schemes.append(tried)
        headers["WWW-Authenticate"] = [_of_scheme(scheme, scheme == (tried if tried in schemes else schemes[0]),
                                                  configuration, row, request) for scheme in schemes]
    if "nonce" in request:
        headers["DPoP-Nonce"] = request["nonce"]
    error = row["error"] or {401: "missing_token", 503: "temporarily_unavailable"}[row["status"]]
    body: Json = {"error": error, "error_description": row["description"]}
    if row["reason"] == "scope":
        body["scope"] = " ".join(request["scopes"])
    return {"name": name, "configuration": configuration, "reason": row["reason"], **request,
            "expect": {"status": row["status"], "headers": headers, "body": body}}


def _of_scheme(scheme: str, is_tried: bool, configuration: Json, row: Json, request: Json) -> str:
    parameters: list[tuple[str, str]] = []
    if "realm" in configuration:
        parameters.append(("realm", configuration["realm"]))
    if scheme == "DPoP":
        parameters.append(("algs", "ES256 RS256 PS256 EdDSA"))
    if row["error"] and is_tried:
        parameters += [("error", row["error"]), ("error_description", row["description"])]
    if request["scopes"] and row["reason"] in ("missing", "scope"):
        parameters.append(("scope", " ".join(request["scopes"])))
    if "resource_metadata" in configuration:
        parameters.append(("resource_metadata", configuration["resource_metadata"]))

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return " ".join([scheme, ", ".join(f"{name}={quoted(text)}" for name, text in parameters)]).rstrip()


def introspection() -> Json:
    jkt = thumbprint(KEYS["client"]["one"])
    active: Json = {"active": True, "token_type": "Bearer", "iss": ISSUER, "sub": "user-1", "aud": AUDIENCE,
                    "client_id": "ledger-web", "scope": "invoices:read customers:*", "iat": NOW - 60, "exp": NOW + 3540,
                    "jti": "token-1"}
    key = without_absent({**active, "token_type": "api_key", "sub": "api_key:k1", "aud": ABSENT, "client_id": ABSENT,
                          "exp": ABSENT, "jti": "k1", "tenant": "acme-berlin"})
    token_principal: Json = {"issuer": ISSUER, "subject": "user-1", "client_id": "ledger-web", "audience": [AUDIENCE],
                             "scopes": ["invoices:read", "customers:*"], "issued_at": NOW - 60,
                             "expires_at": NOW + 3540, "token_id": "token-1"}
    key_principal: Json = {"issuer": ISSUER, "subject": "api_key:k1", "audience": [],
                           "scopes": ["invoices:read", "customers:*"], "issued_at": NOW - 60, "token_id": "k1",
                           "tenant": "acme-berlin"}

    def case(name: str, reply: Any, expect: Json | str, status: int = 200, **request: Any) -> Json:
        if isinstance(expect, str):
            error = None if expect == "unavailable" else "invalid_token"
            expect = {"ok": False, "error": error, "reason": expect}
        else:
            expect = {"ok": True, "principal": expect}
        return {"name": name, "status": status, "reply": reply, **request, "expect": expect}

    def changed(**other: Any) -> Json:
        return without_absent({**active, **other})

    certificate = KEYS["certificates"]["one"]
    return {
        "about": "Replies of the introspection endpoint (RFC 7662) and what an API makes of them. The tenant's claim is "
                 "`tenant`; reply is JSON, or a text that is none.",
        "now": NOW, "issuer": ISSUER, "audience": AUDIENCE,
        "cases": [
            case("an active token", active, token_principal),
            case("an API key, which has neither audience nor client", key, key_principal),
            case("an API key with an end", {**key, "exp": NOW + 5}, {**key_principal, "expires_at": NOW + 5}),
            case("an API key that has ended", {**key, "exp": NOW - 30}, "expired"),
            case("an API key without dates", without_absent({**key, "iat": ABSENT}),
                 without_absent({**key_principal, "issued_at": ABSENT})),
            case("an API key from the future", {**key, "iat": NOW + 31}, "not_yet_valid"),
            case("an API key for this API", {**key, "aud": [AUDIENCE]}, {**key_principal, "audience": [AUDIENCE]}),
            case("an API key for another API", {**key, "aud": "https://other.example.test"}, "audience"),
            case("not active", {"active": False}, "inactive"),
            case("not active, with claims all the same", changed(active=False), "inactive"),
            case("active is a text", changed(active="true"), "unavailable"),
            case("active is 1", changed(active=1), "unavailable"),
            case("no active", changed(active=ABSENT), "unavailable"),
            case("a list", [active], "unavailable"),
            case("not JSON", "<html>", "unavailable"),
            case("500", {"error": "server_error"}, "unavailable", 500),
            case("401 for the API itself", {"error": "invalid_client"}, "unavailable", 401),
            case("429", {}, "unavailable", 429),
            case("a redirect", {}, "unavailable", 302),
            case("another issuer", changed(iss="https://evil.example.test"), "issuer"),
            case("another audience", changed(aud="https://other.example.test"), "audience"),
            case("no audience, and not an API key", changed(aud=ABSENT), "claim"),
            case("expired", changed(exp=NOW - 30), "expired"),
            case("exp is a text", changed(exp=str(NOW + 60)), "claim"),
            case("scope is a list", changed(scope=["invoices:read"]), "claim"),
            case("no subject", changed(sub=ABSENT), "claim"),
            case("a refresh token, which has no type", changed(token_type=ABSENT), "type"),
            case("another type", changed(token_type="refresh_token"), "type"),
            case("bound to a certificate", changed(cnf={"x5t#S256": certificate_thumbprint("one")}),
                 {**token_principal, "confirmation": {"x5t#S256": certificate_thumbprint("one")}},
                 certificate=certificate),
            case("bound to another certificate", changed(cnf={"x5t#S256": certificate_thumbprint("two")}),
                 "certificate", certificate=certificate),
            case("bound to a key, sent as a bearer token", changed(token_type="DPoP", cnf={"jkt": jkt}), "scheme"),
        ],
    }


def status_list() -> Json:
    uri = f"{ISSUER}/status/1"
    bits = bytes([0b10111001, 0b10100011])
    two_bits = bytes([0b11001001, 0b01000100, 0b11111001])

    def listed(lst: bytes = bits, size: Any = 1, of_header: Json | None = None, key: Json | None = None, raw: Any = None,
               **other: Any) -> str:
        status = {"bits": size, "lst": raw if raw is not None else b64(zlib.compress(lst, 0))}
        claims = without_absent({"iss": ISSUER, "sub": uri, "iat": NOW - 60, "exp": NOW + 3600, "ttl": 300,
                                 "status_list": status, **other})
        return token({"alg": "ES256", "typ": "statuslist+jwt", "kid": "es", **(of_header or {})}, claims,
                     key or KEY["es"])

    def case(name: str, text: str, index: Any, expect: str, **reference: Any) -> Json:
        of_token = signed(status={"status_list": {"idx": index, "uri": uri, **reference}})
        return {"name": name, "token": of_token, "list": text, "expect": expect}

    good = listed()
    compressed = "eNrbuRgAAhcBXQ"
    return {
        "about": "Access tokens that name a place in a status list, and the list that its uri answers with. expect: ok, or "
                 "the reason. lst in all but one is zlib's stored form, so that it is the same bytes everywhere.",
        "now": NOW, "issuer": ISSUER, "audience": AUDIENCE, "uri": uri,
        "cases": [
            *(case(f"one bit, place {index}", good, index, expect) for index, expect in enumerate(
                ["revoked", "ok", "ok", "revoked", "revoked", "revoked", "ok", "revoked", "revoked", "revoked"])),
            case("the list of the draft's example, compressed", listed(raw=compressed), 0, "revoked"),
            case("the list of the draft's example, compressed, a good one", listed(raw=compressed), 1, "ok"),
            *(case(f"two bits, place {index}", listed(two_bits, 2), index, expect) for index, expect in enumerate(
                ["revoked", "revoked", "ok", "revoked", "ok", "revoked"])),
            case("the last place", good, 15, "revoked"),
            case("a place after the last", good, 16, "unavailable"),
            case("a place before the first", good, -1, "claim"),
            case("the place is a text", good, "1", "claim"),
            case("the place is true", good, True, "claim"),
            case("no place", good, None, "claim"),
            case("the address is a number", good, 1, "claim", uri=5),
            case("a list on another origin is not fetched", good, 1, "claim", uri="https://evil.example.test/status/1"),
            case("three bits", listed(size=3), 1, "unavailable"),
            case("bits is a text", listed(size="1"), 1, "unavailable"),
            case("not compressed", listed(raw=b64(bits)), 1, "unavailable"),
            case("not base64url", listed(raw="!!!"), 1, "unavailable"),
            case("another type", listed(of_header={"typ": "at+jwt"}), 1, "unavailable"),
            case("signed by somebody else", listed(key=KEYS["outsider"]["es"]), 1, "unavailable"),
            case("another list under this address", listed(sub=f"{ISSUER}/status/2"), 1, "unavailable"),
            case("another issuer", listed(iss="https://evil.example.test"), 1, "unavailable"),
            case("an old list", listed(exp=NOW - 30), 1, "unavailable"),
            case("a list at its end, for which there is no leeway", listed(exp=NOW), 1, "unavailable"),
            case("a list in its last second", listed(exp=NOW + 1), 1, "ok"),
            case("a list without an end", listed(exp=ABSENT), 1, "ok"),
            case("a list that was cut off", listed(raw=b64(zlib.compress(bits, 0)[:-4])), 1, "unavailable"),
            case("not a JWT", "{}", 1, "unavailable"),
        ],
    }
