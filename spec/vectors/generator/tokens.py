"""tokens.json: access tokens as an API gets them, each with the verdict. Every refused one has exactly one fault, so that
the order of a verifier's checks does not matter. Must not know how a verifier is built."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from .jose import (
    KEYS,
    SHORT_SALT,
    Json,
    b64,
    certificate_thumbprint,
    compact_json,
    es256_as_der,
    public,
    sign,
    thumbprint,
    token,
    unb64,
)

NOW = 1_800_000_000
ISSUER = "https://id.example.test"
AUDIENCE = "https://api.example.test/v1"
LEEWAY = 30
LAST_DATE = 253_402_300_799
KEY = KEYS["issuer"]
ALG = {"rs": "RS256", "ps": "PS256", "es": "ES256", "ed": "EdDSA"}
CLAIMS: Json = {
    "iss": ISSUER,
    "sub": "user-1",
    "aud": AUDIENCE,
    "client_id": "ledger-web",
    "scope": "invoices:read customers:*",
    "iat": NOW - 60,
    "exp": NOW + 3540,
    "jti": "token-1",
}
PRINCIPAL: Json = {
    "issuer": ISSUER,
    "subject": "user-1",
    "client_id": "ledger-web",
    "audience": [AUDIENCE],
    "scopes": ["invoices:read", "customers:*"],
    "issued_at": NOW - 60,
    "expires_at": NOW + 3540,
    "token_id": "token-1",
}
ABSENT = object()


def jwks() -> Json:
    """What the issuer publishes: four keys that sign tokens, and others that a verifier must pass over one by one."""
    keys = [{**public(KEY[kid]), "kid": kid, "alg": alg, "use": "sig"} for kid, alg in ALG.items()]
    # All of one key, so that nothing but what is said of it keeps it from being used.
    es = {**public(KEY["es"]), "alg": "ES256"}
    return {
        "keys": [
            {"kty": "oct", "kid": "oct", "alg": "HS256", "k": b64(b"a secret that is published")},
            {"kty": "AKP", "kid": "new", "alg": "ML-DSA-44", "pub": b64(b"not known yet")},
            {**public(KEY["enc"]), "kid": "enc", "alg": "RS256", "use": "enc"},
            {**public(KEY["small"]), "kid": "small", "alg": "RS256", "use": "sig"},
            {**public(KEY["es"]), "kid": "off-curve", "alg": "ES256", "use": "sig", "y": public(KEY["es"])["x"]},
            {"kty": "RSA", "kid": "broken", "alg": "RS256", "use": "sig", "n": 5, "e": "AQAB"},
            "not a key",
            {**public(KEY["rs"]), "kid": "exponent-1", "alg": "RS256", "use": "sig", "e": b64(b"\x01")},
            {**public(KEY["rs"]), "kid": "exponent-2", "alg": "RS256", "use": "sig", "e": b64(b"\x02")},
            {**public(KEY["rs"]), "kid": "even-exponent", "alg": "RS256", "use": "sig", "e": b64(b"\x01\x00\x02")},
            {**public(KEY["rs"]), "kid": "padded-exponent", "alg": "RS256", "use": "sig", "e": b64(b"\x00\x01\x00\x01") + "=="},
            {**es, "kid": "padded", "x": es["x"] + "="},
            {**es, "kid": "blank", "x": " " + es["x"]},
            {**es, "kid": "long-coordinate", "x": b64(b"\x00" + unb64(es["x"]))},
            {**es, "kid": "signs", "key_ops": ["sign"]},
            {**es, "kid": "does-nothing", "key_ops": []},
            {**es, "kid": "operations-in-a-text", "key_ops": "verify"},
            {**es, "kid": "use-in-a-list", "use": ["sig"]},
            without_absent({**es, "kid": "no-alg", "use": "sig", "alg": ABSENT}),
            {**es, "kid": "another-alg", "use": "sig", "alg": "RS256"},
            {**es, "kid": "private", "use": "sig", "d": KEY["es"]["d"]},
            {**public(KEYS["outsider"]["es"]), "kid": "twice", "alg": "ES256", "use": "sig"},
            {**es, "kid": "twice", "use": "sig"},
            {**es, "kid": "verifies", "key_ops": ["encrypt", "verify"]},
            *keys,
        ]
    }


def header(kid: str = "es", **other: Any) -> Json:
    return without_absent({"alg": ALG.get(kid, "ES256"), "typ": "at+jwt", "kid": kid, **other})


def claims(**other: Any) -> Json:
    return without_absent({**CLAIMS, **other})


def without_absent(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not ABSENT}


def signed(kid: str = "es", of_header: Json | None = None, **other: Any) -> str:
    return token({**header(kid), **(of_header or {})}, claims(**other), KEY[kid])


def good(name: str, text: str, options: Json | None = None, request: Json | None = None, **principal: Any) -> Json:
    case: Json = {"name": name, "token": text}
    if options:
        case["options"] = options
    if request:
        case["request"] = request
    case["expect"] = {"ok": True, "principal": without_absent({**PRINCIPAL, **principal})}
    return case


def bad(name: str, text: str, reason: str, options: Json | None = None, request: Json | None = None) -> Json:
    case: Json = {"name": name, "token": text}
    if options:
        case["options"] = options
    if request:
        case["request"] = request
    case["expect"] = {"ok": False, "error": "invalid_token", "reason": reason}
    return case


def document() -> Json:
    return {
        "about": "Access tokens and what a verifier says of them. See README.md.",
        "now": NOW,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "leeway": LEEWAY,
        "max_token_bytes": 16384,
        "algorithms": list(ALG.values()),
        "jwks": jwks(),
        "cases": [
            *signatures(), *headers(), *texts(), *who_and_for_whom(), *times(), *types_of_claims(), *bound(),
        ],
    }


def signatures() -> list[Json]:
    outsider = KEYS["outsider"]
    of_rs = token(header("rs"), claims(), KEY["rs"])
    signing_input, of_signature = of_rs.rsplit(".", 1)
    cut = b64(unb64(of_signature)[:-1])
    modulus = public(KEY["rs"])["n"]
    with_secret = {**header("rs"), "alg": "HS256"}
    hmac_input = f"{b64(compact_json(with_secret))}.{b64(compact_json(claims()))}"
    by_hmac = f"{hmac_input}.{b64(hmac.digest(modulus.encode(), hmac_input.encode(), hashlib.sha256))}"
    none = {**header("es"), "alg": "none"}
    es_input = signed().rsplit(".", 1)[0]
    other_claims = b64(compact_json(claims(sub="user-2")))
    head, _, signature = signed().split(".")
    zeros = b64(bytes(64))
    return [
        *(good(f"a good {alg} token", signed(kid)) for kid, alg in ALG.items()),
        bad("alg none", token_with(none, ""), "algorithm"),
        bad("alg None, in another case", token_with({**none, "alg": "NoNe"}, ""), "algorithm"),
        bad("alg none with a signature", token_with(none, signature), "algorithm"),
        bad("HMAC with the public key as its secret", by_hmac, "algorithm"),
        bad("HMAC and the kid of a published secret", token_with({**header("oct"), "alg": "HS256"}, zeros), "algorithm"),
        bad("alg in lower case", token({**header(), "alg": "es256"}, claims(), KEY["es"], "ES256"), "algorithm"),
        bad("RS256 with the kid of a PS256 key", token({**header("ps"), "alg": "RS256"}, claims(), KEY["ps"]), "algorithm"),
        bad("PS256 with the kid of an RS256 key", token({**header("rs"), "alg": "PS256"}, claims(), KEY["rs"]), "algorithm"),
        bad("ES256 with the kid of an RSA key", token({**header("rs"), "alg": "ES256"}, claims(), KEY["es"]), "algorithm"),
        bad("an algorithm that nobody knows", token_with({**header(), "alg": "XS256"}, zeros), "algorithm"),
        bad("signed by another RSA key", token(header("rs"), claims(), outsider["rs"]), "signature"),
        bad("signed by another EC key", token(header("es"), claims(), outsider["es"]), "signature"),
        bad("PKCS#1 under the name of PSS", token(header("ps"), claims(), KEY["ps"], "RS256"), "signature"),
        bad("claims changed after signing", f"{head}.{other_claims}.{signature}", "signature"),
        bad("no signature", f"{es_input}.", "signature"),
        bad("a signature of zeros", f"{es_input}.{zeros}", "signature"),
        bad("an ECDSA signature in DER", f"{es_input}.{b64(es256_as_der(es_input.encode(), KEY['es']))}", "signature"),
        bad("an RSA signature cut short", f"{signing_input}.{cut}", "signature"),
        bad("a PSS signature with a short salt", token(header("ps"), claims(), KEY["ps"], SHORT_SALT), "signature"),
    ]


def token_with(of_header: Json, signature: str) -> str:
    return f"{b64(compact_json(of_header))}.{b64(compact_json(claims()))}.{signature}"


def headers() -> list[Json]:
    outsider = KEYS["outsider"]["es"]
    by_outsider = token({**header(), "jwk": public(outsider)}, claims(), outsider)
    dangerous: Json = {
        "jku": "https://evil.example.test/jwks.json",
        "x5u": "https://evil.example.test/chain.pem",
        "x5c": [KEYS["certificates"]["one"]],
        "crit": ["exp"],
        "b64": True,
    }
    unknown = [("nowhere", "unknown kid"), ("ES", "a kid in another case"), ("enc", "the kid of an encryption key"),
               ("small", "the kid of a key that is too short"), ("off-curve", "the kid of a point off the curve"),
               ("broken", "the kid of a malformed key"), ("../es", "a kid that looks like a path"),
               ("exponent-1", "the kid of a key with the exponent 1"), ("exponent-2", "the kid of a key with the exponent 2"),
               ("even-exponent", "the kid of a key with an even exponent"),
               ("padded-exponent", "the kid of a key whose exponent is padded"),
               ("padded", "the kid of a key whose coordinate is padded"), ("blank", "the kid of a key with a blank in it"),
               ("long-coordinate", "the kid of a key with a coordinate that is too long"),
               ("signs", "the kid of a key for other operations"), ("does-nothing", "the kid of a key for no operation"),
               ("operations-in-a-text", "the kid of a key whose operations are no list"),
               ("use-in-a-list", "the kid of a key whose use is a list"), ("no-alg", "the kid of a key without alg"),
               ("another-alg", "the kid of a key with an alg that does not fit"),
               ("private", "the kid of a private key that was published")]

    def is_rsa(kid: str) -> bool:
        return kid in KEY or "exponent" in kid

    return [
        *(bad(f"{name} in the header", signed(of_header={name: value}), "header") for name, value in dangerous.items()),
        bad("crit, empty", signed(of_header={"crit": []}), "header"),
        bad("b64 false", signed(of_header={"b64": False, "crit": ["b64"]}), "header"),
        bad("jwk in the header, which fits the signature", by_outsider, "header"),
        *(bad(name, token({**header("rs" if is_rsa(kid) else "es"), "kid": kid}, claims(), KEY.get(kid, KEY["rs" if is_rsa(kid) else "es"])),
              "unknown_key") for kid, name in unknown),
        good("the kid of a key that says it verifies", signed(of_header={"kid": "verifies"})),
        good("the first of two keys with one kid", token({**header(), "kid": "twice"}, claims(), KEYS["outsider"]["es"])),
        bad("the second of two keys with one kid", signed(of_header={"kid": "twice"}), "signature"),
        bad("no kid", token(header(kid=ABSENT), claims(), KEY["es"], "ES256"), "unknown_key"),
        bad("kid is a number", signed(of_header={"kid": 1}), "malformed"),
        bad("alg is missing", token(header(alg=ABSENT), claims(), KEY["es"], "ES256"), "malformed"),
        bad("alg is a list", token(header(alg=["ES256"]), claims(), KEY["es"], "ES256"), "malformed"),
        good("a header member that nobody knows", signed(of_header={"x-anything": {"a": 1}})),
        good("typ with application/ in front", signed(of_header={"typ": "application/at+jwt"})),
        good("typ in another case", signed(of_header={"typ": "AT+JWT"})),
        bad("typ JWT, as an ID token has", signed(of_header={"typ": "JWT"}), "type"),
        bad("typ of a proof", signed(of_header={"typ": "dpop+jwt"}), "type"),
        bad("no typ", token(header(typ=ABSENT), claims(), KEY["es"]), "type"),
        bad("typ is a number", signed(of_header={"typ": 1}), "malformed"),
        good("typ JWT where that is configured", signed(of_header={"typ": "JWT"}), {"types": ["JWT"]}),
        bad("typ at+jwt where only JWT is configured", signed(), "type", {"types": ["JWT"]}),
    ]


def texts() -> list[Json]:
    whole = signed()
    head, body, signature = whole.split(".")
    padded = signed("rs")
    not_canonical = signature[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[signature[-1]]
    return [
        bad("empty", "", "malformed"),
        bad("one part", "abc", "malformed"),
        bad("two parts", f"{head}.{body}", "malformed"),
        bad("four parts", f"{whole}.{signature}", "malformed"),
        bad("five parts, as an encrypted token has", f"{whole}.{body}.{signature}", "malformed"),
        bad("padding", padded + "==", "malformed"),
        bad("a line break inside", f"{head}.{body[:20]}\n{body[20:]}.{signature}", "malformed"),
        bad("the other alphabet of base64", f"{head}.{body}.{'+/' + signature[2:]}", "malformed"),
        bad("bits left over in the last character", f"{head}.{body}.{not_canonical}", "malformed"),
        bad("a header that is no JSON", f"{b64(b'{')}.{body}.{signature}", "malformed"),
        bad("a header that is a list", f"{b64(b'[]')}.{body}.{signature}", "malformed"),
        bad("claims that are no JSON", _raw_claims(b"{\"iss\":"), "malformed"),
        bad("claims that are a list", token(header(), [claims()], KEY["es"]), "malformed"),
        bad("claims that are no UTF-8", _raw_claims(b'{"iss":"\xff"}'), "malformed"),
        bad("a header member that is there twice", _raw(with_more(header(), b'"typ":"at+jwt"'), compact_json(claims())), "malformed"),
        bad("a claim that is there twice", _raw_claims(with_more(claims(), b'"sub":"user-2"')), "malformed"),
        bad("a claim that is there twice and says the same", _raw_claims(with_more(claims(), b'"sub":"user-1"')), "malformed"),
        bad("a claim that is there twice, once with an escape", _raw_claims(with_more(claims(), b'"s\\u0075b":"user-1"')), "malformed"),
        bad("a member that is there twice within a claim", _raw_claims(with_more(claims(), b'"x":[{"a":1,"a":2}]')), "malformed"),
        bad("half of a surrogate pair", _raw_claims(with_more(claims(jti=ABSENT), b'"jti":"\\ud800"')), "malformed"),
        good("objects and lists as deep within each other as they may be", _raw_claims(_nested(32))),
        bad("a list that is one level too deep", _raw_claims(_nested(33)), "malformed"),
        bad("an empty object that is one level too deep", _raw_claims(_nested(33, b"{}")), "malformed"),
        good("a claim with colons, quotes and brackets in it", signed(x={"a": '":{"a":1,"a":2}', "b": "\\"})),
        good("a claim with a character of two code units", signed(x="\U0001f600")),
        bad("longer than 16 KiB", signed(padding="x" * 16384), "malformed"),
        bad("an opaque token", "gd_at_0000000000000000000000000000000000000000", "malformed"),
    ]


def with_more(members: Json, more: bytes) -> bytes:
    """An object with one more member, which it may have already."""
    return compact_json(members)[:-1] + b"," + more + b"}"


def _nested(levels: int, innermost: bytes = b"[]") -> bytes:
    """Claims with so many objects and lists within each other, themselves counted."""
    inner = innermost
    for level in range(levels - 2):
        inner = b"[" + inner + b"]" if level % 2 else b'{"a":' + inner + b"}"
    return with_more(claims(), b'"x":' + inner)


def _raw_claims(payload: bytes) -> str:
    return _raw(compact_json(header()), payload)


def _raw(of_header: bytes, payload: bytes) -> str:
    signing_input = f"{b64(of_header)}.{b64(payload)}"
    return f"{signing_input}.{b64(sign(signing_input.encode(), KEY['es'], 'ES256'))}"


def who_and_for_whom() -> list[Json]:
    mcp = "https://api.example.test"
    return [
        bad("another issuer", signed(iss="https://evil.example.test"), "issuer"),
        bad("an issuer with a slash more", signed(iss=ISSUER + "/"), "issuer"),
        bad("an issuer in another case", signed(iss="https://ID.example.test"), "issuer"),
        bad("another audience", signed(aud="https://other.example.test"), "audience"),
        bad("an audience that begins the same", signed(aud=AUDIENCE + "/admin"), "audience"),
        bad("a slash after a path is another resource", signed(aud=AUDIENCE + "/"), "audience"),
        bad("no audience in the list", signed(aud=[]), "audience"),
        bad("the client as the audience, as an ID token has", signed(aud="ledger-web"), "audience"),
        good("several audiences", signed(aud=["urn:broker", AUDIENCE]), audience=["urn:broker", AUDIENCE]),
        good("one of several audiences that the API has", signed(aud="urn:broker"),
             {"audience": [AUDIENCE, "urn:broker"]}, audience=["urn:broker"]),
        good("an empty path and a slash are the same resource", signed(aud=mcp + "/"), {"audience": mcp},
             audience=[mcp + "/"]),
        good("a slash and an empty path are the same resource", signed(aud=mcp), {"audience": mcp + "/"},
             audience=[mcp]),
        good("no scope", signed(scope=ABSENT), scopes=[]),
        good("scope is empty", signed(scope=""), scopes=[]),
        good("scopes come once each, in order", signed(scope="b:x a:x  b:x"), scopes=["b:x", "a:x"]),
        good("no jti", signed(jti=ABSENT), token_id=ABSENT),
        good("a tenant", signed(tenant="acme-berlin"), {"tenant_claim": "tenant"}, tenant="acme-berlin"),
        good("claims that nobody knows", signed(**{"https://x.example.test/a": [1, {"b": None}]})),
    ]


def times() -> list[Json]:
    return [
        good("29 s after its end", signed(exp=NOW - 29), expires_at=NOW - 29),
        bad("30 s after its end", signed(exp=NOW - 30), "expired"),
        bad("ended long ago", signed(exp=NOW - 86400), "expired"),
        bad("ended in 1970", signed(exp=0), "expired"),
        good("begins in 30 s", signed(nbf=NOW + 30)),
        bad("begins in 31 s", signed(nbf=NOW + 31), "not_yet_valid"),
        good("issued in 30 s", signed(iat=NOW + 30), issued_at=NOW + 30),
        bad("issued in 31 s", signed(iat=NOW + 31), "not_yet_valid"),
        bad("without leeway: at its end", signed(exp=NOW), "expired", {"leeway": 0}),
        good("without leeway: a second before its end", signed(exp=NOW + 1), {"leeway": 0}, expires_at=NOW + 1),
        bad("without leeway: begins in a second", signed(nbf=NOW + 1), "not_yet_valid", {"leeway": 0}),
        good("a date with a zero fraction", signed(exp=float(NOW + 60)), expires_at=NOW + 60),
        good("the last date", signed(exp=LAST_DATE), expires_at=LAST_DATE),
        bad("a date after the last", signed(exp=LAST_DATE + 1), "claim"),
        bad("a date before 1970", signed(nbf=-1), "claim"),
        bad("a date with a fraction", signed(exp=NOW + 60.5), "claim"),
    ]


def types_of_claims() -> list[Json]:
    wrong: list[tuple[str, Any]] = [
        ("exp", str(NOW + 60)), ("exp", True), ("exp", None), ("exp", [NOW + 60]), ("exp", ABSENT),
        ("iat", str(NOW)), ("iat", False), ("iat", ABSENT), ("nbf", str(NOW)), ("nbf", None), ("nbf", True),
        ("iss", ABSENT), ("iss", [ISSUER]), ("iss", None), ("sub", ABSENT), ("sub", 1), ("sub", ""),
        ("aud", ABSENT), ("aud", 1), ("aud", None), ("aud", [AUDIENCE, 1]), ("aud", {AUDIENCE: True}),
        ("client_id", ABSENT), ("client_id", 1), ("client_id", ""), ("client_id", None),
        ("scope", ["invoices:read"]), ("scope", 1), ("scope", None), ("scope", "a\tb"), ("scope", 'a"b'),
        ("jti", 1), ("jti", None), ("cnf", "x"), ("cnf", None), ("cnf", []), ("status", "revoked"), ("status", None),
    ]  # fmt: skip
    return [
        *(bad(f"{name} {'is missing' if value is ABSENT else 'is ' + _shown(value)}", signed(**{name: value}), "claim")
          for name, value in wrong),
        bad("the tenant is a number", signed(tenant=1), "claim", {"tenant_claim": "tenant"}),
    ]


def _shown(value: Any) -> str:
    return compact_json(value).decode()


def bound() -> list[Json]:
    one, two = certificate_thumbprint("one"), certificate_thumbprint("two")
    certificate = {"certificate": KEYS["certificates"]["one"]}
    by_certificate = {"x5t#S256": one}
    jkt = thumbprint(KEYS["client"]["one"])
    return [
        good("bound to the certificate that is presented", signed(cnf=by_certificate), request=certificate,
             confirmation=by_certificate),
        bad("bound to a certificate, none presented", signed(cnf=by_certificate), "certificate"),
        bad("bound to another certificate", signed(cnf={"x5t#S256": two}), "certificate", request=certificate),
        bad("the certificate's thumbprint is empty", signed(cnf={"x5t#S256": ""}), "certificate", request=certificate),
        bad("the certificate's thumbprint is a number", signed(cnf={"x5t#S256": 1}), "claim", request=certificate),
        bad("bound to a key, sent as a bearer token", signed(cnf={"jkt": jkt}), "scheme"),
        bad("the key's thumbprint is a list", signed(cnf={"jkt": [jkt]}), "claim"),
        bad("bound in a way that nobody knows", signed(cnf={"jwk": public(KEYS["client"]["one"])}), "confirmation"),
        bad("bound, but to nothing", signed(cnf={}), "confirmation"),
        good("not bound, with a certificate", signed(), request=certificate),
    ]
