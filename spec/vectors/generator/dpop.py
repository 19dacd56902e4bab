"""dpop.json: proofs of possession (RFC 9449) as an API gets them beside a token, and what goes into one. Must not know how
a verifier is built."""

from __future__ import annotations

import hashlib
from typing import Any

from .jose import KEYS, Json, b64, public, thumbprint, token
from .tokens import ABSENT, AUDIENCE, ISSUER, NOW, signed, without_absent

CLIENT = KEYS["client"]
METHOD, URL = "POST", "https://api.example.test/v1/invoices"
BOUND = {name: signed(cnf={"jkt": thumbprint(CLIENT[name])}) for name in ("one", "two", "rs", "ed")}


def ath(access_token: str) -> str:
    return b64(hashlib.sha256(access_token.encode()).digest())


def proof(key: str = "one", of_header: Json | None = None, signed_by: Json | None = None, alg: str = "ES256",
          access_token: str | None = None, **other: Any) -> str:
    header = without_absent({"alg": alg, "typ": "dpop+jwt", "jwk": public(CLIENT[key]), **(of_header or {})})
    claims = without_absent({"jti": "proof-1", "htm": METHOD, "htu": URL, "iat": NOW,
                             "ath": ath(access_token or BOUND[key]), **other})
    return token(header, claims, signed_by or CLIENT[key], alg)


def case(name: str, text: str, reason: str | None = None, error: str = "invalid_dpop_proof", **request: Any) -> Json:
    asked: Json = {"token": BOUND["one"], "scheme": "DPoP", "method": METHOD, "url": URL, "proof": text, **request}
    expect: Json = {"ok": True} if reason is None else {"ok": False, "error": error, "reason": reason}
    return {"name": name, "request": without_absent(asked), "expect": expect}


def document() -> Json:
    return {
        "about": "Requests with a proof of possession. Keys, issuer and audience are those of tokens.json.",
        "now": NOW,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "iat_behind": 60,
        "iat_ahead": 10,
        "max_proof_bytes": 4096,
        "thumbprints": [{"jwk": public(CLIENT[name]), "thumbprint": thumbprint(CLIENT[name])} for name in CLIENT],
        "access_token_hashes": [{"token": "gd_at_example", "ath": ath("gd_at_example")}],
        "cases": [*good(), *of_the_key(), *of_the_request(), *of_the_token()],
        "sequences": sequences(),
    }


def good() -> list[Json]:
    return [
        case("a good proof", proof()),
        case("an RSA key", proof("rs", alg="RS256"), token=BOUND["rs"]),
        case("an RSA key with PS256", proof("rs", alg="PS256"), token=BOUND["rs"]),
        case("an Ed25519 key", proof("ed", alg="EdDSA"), token=BOUND["ed"]),
        case("the scheme in another case", proof(), scheme="dpop"),
        case("the address with a query", proof(), url=URL + "?page=2"),
        case("the proof with a query", proof(htu=URL + "?page=2#top")),
        case("a query of 3,000 characters", proof(), url=URL + "?page=" + "x" * 2994),
        case("a proof with a long query", proof(htu=URL + "?page=" + "x" * 2042)),
        case("a query with what belongs in none", proof(), url=URL + "?name=Zoë <z>"),
        case("host in another case, default port", proof(htu="HTTPS://API.example.test:443/v1/invoices")),
        case("an encoding in lower case", proof(htu=URL + "%2fa"), url=URL + "%2Fa"),
        case("an encoding of what needs none", proof(htu=URL + "/a~b"), url=URL + "/%61%7Eb"),
        case("59 s old", proof(iat=NOW - 59)),
        case("10 s ahead", proof(iat=NOW + 10)),
        case("the nonce that is asked for", proof(nonce="nonce-1"), nonce="nonce-1"),
        case("a nonce that nobody asked for", proof(nonce="nonce-1")),
        case("a claim that nobody knows", proof(other=[1])),
    ]


def of_the_key() -> list[Json]:
    private = CLIENT["one"]
    return [
        case("no proof", ABSENT, "proof_missing"),
        case("not a JWT", "abc", "proof_malformed"),
        case("longer than 4 KiB", proof(other="x" * 4096), "proof_malformed"),
        case("no jwk", proof(of_header={"jwk": ABSENT}), "proof_key"),
        case("jwk is a text", proof(of_header={"jwk": "key"}), "proof_key"),
        case("a private key", proof(of_header={"jwk": private}), "proof_key"),
        case("a shared secret", proof(of_header={"jwk": {"kty": "oct", "k": b64(b"secret")}}), "proof_key"),
        case("a key that does not fit alg", proof(of_header={"jwk": public(CLIENT["rs"])}), "proof_key"),
        case("alg none", proof(of_header={"alg": "none"}), "proof_algorithm"),
        case("HMAC", proof(of_header={"alg": "HS256"}), "proof_algorithm"),
        case("crit", proof(of_header={"crit": ["jti"]}), "proof_malformed"),
        case("typ JWT", proof(of_header={"typ": "JWT"}), "proof_type"),
        case("no typ", proof(of_header={"typ": ABSENT}), "proof_type"),
        case("signed by another key", proof(signed_by=CLIENT["two"]), "proof_signature"),
    ]


def of_the_request() -> list[Json]:
    return [
        case("another method", proof(htm="GET"), "proof_method"),
        case("the method in another case", proof(htm="post"), "proof_method"),
        case("another path", proof(htu=URL + "/1"), "proof_url"),
        case("a slash more", proof(htu=URL + "/"), "proof_url"),
        case("a slash that is encoded", proof(htu=URL + "/a"), "proof_url", url=URL + "%2Fa"),
        case("another host", proof(htu="https://evil.example.test/v1/invoices"), "proof_url"),
        case("another scheme", proof(htu="http://api.example.test/v1/invoices"), "proof_url"),
        case("another port", proof(htu="https://api.example.test:8443/v1/invoices"), "proof_url"),
        case("a percent sign that begins no encoding", proof(htu=URL + "/%zz"), "proof_url", url=URL + "/%zz"),
        case("an address of more than 2,048 bytes", proof(htu=URL + "/" + "x" * 2048), "proof_url", url=URL + "/" + "x" * 2048),
        case("a path only", proof(htu="/v1/invoices"), "proof_url"),
        case("user information", proof(htu="https://u@api.example.test/v1/invoices"), "proof_url"),
        case("60 s old", proof(iat=NOW - 60), "proof_time"),
        case("11 s ahead", proof(iat=NOW + 11), "proof_time"),
        case("iat is a text", proof(iat=str(NOW)), "proof_malformed"),
        case("no iat", proof(iat=ABSENT), "proof_malformed"),
        case("no jti", proof(jti=ABSENT), "proof_malformed"),
        case("jti is empty", proof(jti=""), "proof_malformed"),
        case("jti is a number", proof(jti=1), "proof_malformed"),
        case("jti of 257 bytes", proof(jti="j" * 257), "proof_malformed"),
        case("no htm", proof(htm=ABSENT), "proof_malformed"),
        case("htu is a list", proof(htu=[URL]), "proof_malformed"),
        case("no nonce where one is asked for", proof(), "proof_nonce", "use_dpop_nonce", nonce="nonce-1"),
        case("another nonce", proof(nonce="nonce-0"), "proof_nonce", "use_dpop_nonce", nonce="nonce-1"),
    ]


def of_the_token() -> list[Json]:
    unbound = signed()
    return [
        case("no ath", proof(ath=ABSENT), "proof_token_hash"),
        case("ath of another token", proof(access_token=BOUND["two"]), "proof_token_hash"),
        case("ath is a number", proof(ath=1), "proof_malformed"),
        case("a proof of another key", proof("two", access_token=BOUND["one"]), "key", "invalid_token"),
        case("a token that is not bound", proof(access_token=unbound), "scheme", "invalid_token", token=unbound),
        case("a bound token as a bearer token, with its proof", proof(), "scheme", "invalid_token", scheme="Bearer"),
    ]


def sequences() -> list[Json]:
    """Requests one after the other to one verifier."""
    first, other_key = proof(), proof("two")
    again = case("the same proof again", first, "proof_replayed")
    return [
        {"name": "a proof works once", "steps": [case("first", first), again]},
        {"name": "the same jti in another proof of the same key",
         "steps": [case("first", first), case("second", proof(iat=NOW - 1), "proof_replayed")]},
        {"name": "the same jti under another key is another proof",
         "steps": [case("first", first), case("second", other_key, token=BOUND["two"])]},
        {"name": "another jti", "steps": [case("first", first), case("second", proof(jti="proof-2"))]},
        {"name": "a refused proof is not used up",
         "steps": [case("to another address", first, "proof_url", url=URL + "/1"), case("to its own", first)]},
    ]
