"""What every SDK says to the same input: `spec/vectors`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from grantd import Credential, Facts, Introspection, Principal, Refused, Verifier, scopes
from grantd._core import jwk, schedule
from grantd._core.challenge import Challenges, reply
from grantd._core.dpop import token_hash
from grantd._core.reasons import REASONS
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeIssuer

VECTORS = Path(__file__).parents[3] / "spec" / "vectors"


def vectors(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def cases(name: str, member: str = "cases") -> list[Any]:
    return [pytest.param(case, id=case.get("name", str(number))) for number, case in enumerate(vectors(name)[member])]


TOKENS = vectors("tokens.json")


class Issuer:
    """A transport with the keys of the vectors."""

    def __init__(self, **replies: HttpResponse) -> None:
        self.replies = replies

    def send(self, request: HttpRequest) -> HttpResponse:
        issuer = TOKENS["issuer"]
        members = {"issuer": issuer, "jwks_uri": f"{issuer}/jwks", "introspection_endpoint": f"{issuer}/introspect"}
        path = request.url.removeprefix(issuer).strip("/").split("/")[0]
        known = {".well-known": members, "jwks": TOKENS["jwks"]}
        return self.replies.get(path) or HttpResponse(200, (), json.dumps(known[path]).encode())


def verifier(options: dict[str, Any] | None = None, transport: Any = None, **settings: Any) -> Verifier:
    options = dict(options or {})
    audience = options.pop("audience", TOKENS["audience"])
    return Verifier(
        TOKENS["issuer"], audience, transport=transport or Issuer(), clock=lambda: TOKENS["now"], **options, **settings
    )


def as_vector(principal: Principal) -> dict[str, Any]:
    names = ("issuer", "subject", "client_id", "issued_at", "expires_at", "token_id", "tenant", "confirmation")
    said = {name: getattr(principal, name) for name in names}
    said |= {"audience": list(principal.audience), "scopes": list(principal.scopes)}
    return {name: value for name, value in said.items() if value is not None}


def holds(outcome: Any, expect: dict[str, Any]) -> None:
    if expect["ok"]:
        assert isinstance(outcome, Principal), outcome.reason
        assert "principal" not in expect or as_vector(outcome) == expect["principal"]
    else:
        assert isinstance(outcome, Refused)
        assert (outcome.reason, outcome.error) == (expect["reason"], expect["error"])


def verdict(subject: Verifier, credential: Credential) -> Principal | Refused:
    try:
        return subject.verify(credential)
    except Refused as refused:
        return refused


@pytest.mark.parametrize("case", cases("tokens.json"))
def test_tokens(case: Any) -> None:
    certificate = case.get("request", {}).get("certificate")
    credential = Credential(case["token"], certificate=base64.b64decode(certificate) if certificate else None)
    holds(verdict(verifier(case.get("options")), credential), case["expect"])


def proved(request: dict[str, Any]) -> Credential:
    return Credential(request["token"], request["scheme"], request["method"], request["url"], request.get("proof"))


def dpop_verifier(request: dict[str, Any]) -> Verifier:
    nonce = request.get("nonce")
    return verifier(dpop_nonce=(lambda: nonce) if nonce else None)


@pytest.mark.parametrize("case", cases("dpop.json"))
def test_dpop(case: Any) -> None:
    holds(verdict(dpop_verifier(case["request"]), proved(case["request"])), case["expect"])


@pytest.mark.parametrize("case", cases("dpop.json", "sequences"))
def test_dpop_sequences(case: Any) -> None:
    subject = verifier()
    for step in case["steps"]:
        holds(verdict(subject, proved(step["request"])), step["expect"])


def test_dpop_thumbprints_and_hashes() -> None:
    given = vectors("dpop.json")
    assert [jwk.thumbprint(row["jwk"]) for row in given["thumbprints"]] == [
        row["thumbprint"] for row in given["thumbprints"]
    ]
    assert [token_hash(row["token"]) for row in given["access_token_hashes"]] == [
        row["ath"] for row in given["access_token_hashes"]
    ]


@pytest.mark.parametrize("row", cases("scopes.json", "covers"))
def test_scopes_covers(row: Any) -> None:
    assert scopes.covers(row["held"], row["wanted"]) is row["covered"], row


def test_scopes_missing_and_parse() -> None:
    for row in vectors("scopes.json")["missing"]:
        assert list(scopes.missing(scopes.parse(row["held"]), row["wanted"])) == row["missing"], row
    for row in vectors("scopes.json")["parse"]:
        if row["scopes"] is None:
            with pytest.raises(ValueError):
                scopes.parse(row["text"])
        else:
            assert list(scopes.parse(row["text"])) == row["scopes"]


def test_refresh() -> None:
    given = vectors("refresh.json")
    assert given["lifetime_when_unknown_ms"] == schedule.LIFETIME_WHEN_UNKNOWN_MS
    for row in given["cases"]:
        assert schedule.windows(row["lifetime"], row["jitter"]) == (row["ahead"], row["blocks"]), row
        said = schedule.freshness(row["lifetime"], row["jitter"], row["age"], row["failed_ago"])
        assert said.value == row["expect"], row


def test_cache_keys() -> None:
    for row in vectors("cache-keys.json")["cases"]:
        key = schedule.cache_key(row["issuer"], row["client_id"], row["subject"], row["resource"], row["scopes"])
        assert key == row["key"], row["name"]


@pytest.mark.parametrize("case", cases("retries.json"))
def test_retries(case: Any) -> None:
    parsed = [
        {"scheme": one.scheme, "parameters": one.parameters} for one in schedule.challenges(case["www_authenticate"])
    ]
    assert parsed == case["parsed"]
    said = schedule.retry(
        case["status"],
        case["www_authenticate"],
        cached=case["cached"],
        replayable=case["replayable"],
        attempt=case["attempt"],
        dpop_nonce=case.get("dpop_nonce"),
    )
    assert said == case["expect"]


def test_reasons() -> None:
    rows = {
        row["reason"]: (row["status"], row["error"], row["description"])
        for row in vectors("challenges.json")["reasons"]
    }
    assert {name: tuple(reason) for name, reason in REASONS.items()} == rows


@pytest.mark.parametrize("case", cases("challenges.json"))
def test_challenges(case: Any) -> None:
    refused = Refused(case["reason"], scopes=case["scopes"], nonce=case.get("nonce"))
    refused.tried = case.get("tried")
    configured = {**case["configuration"], "schemes": tuple(case["configuration"].get("schemes", ["Bearer"]))}
    said = reply(refused, Challenges(**configured))
    headers: dict[str, Any] = {}
    for name, value in said.headers:
        if name == "WWW-Authenticate":
            headers.setdefault(name, []).append(value)
        else:
            headers[name] = value
    assert (said.status, headers, json.loads(said.body)) == (
        case["expect"]["status"],
        case["expect"]["headers"],
        case["expect"]["body"],
    )


@pytest.mark.parametrize("case", cases("introspection.json"))
def test_introspection(case: Any) -> None:
    body = case["reply"].encode() if isinstance(case["reply"], str) else json.dumps(case["reply"]).encode()
    asked = verifier(
        transport=Issuer(introspect=HttpResponse(case["status"], (), body)),
        introspection=Introspection("acme-api", "secret"),
    )
    certificate = case.get("certificate")
    credential = Credential("opaque", certificate=base64.b64decode(certificate) if certificate else None)
    holds(verdict(asked, credential), case["expect"])


@pytest.mark.parametrize("case", cases("status-list.json"))
def test_status_list(case: Any) -> None:
    outcome = verdict(
        verifier(transport=Issuer(status=HttpResponse(200, (), case["list"].encode()))), Credential(case["token"])
    )
    assert (outcome.reason if isinstance(outcome, Refused) else "ok") == case["expect"]


def test_facts_of_a_request_hold_exactly_one_token() -> None:
    token = FakeIssuer().mint()
    for authorization in ([f"Bearer {token}", f"Bearer {token}"], [f"Bearer {token}", "DPoP x"]):
        with pytest.raises(Refused) as refused:
            verifier().verify_request(Facts("GET", "https://api.example.test/", authorization))
        assert refused.value.reason == "twice"
    for authorization, reason in (
        ([], "missing"),
        (["Basic eA=="], "missing"),
        (["Bearer"], "malformed"),
        (["DPoP "], "malformed"),
        ([f"Bearer {token} {token}"], "malformed"),
    ):
        with pytest.raises(Refused) as refused:
            verifier().verify_request(Facts("GET", "https://api.example.test/", authorization))
        assert refused.value.reason == reason
    asking = verifier(introspection=Introspection("acme-api", "secret"), api_keys=True)
    for authorization, keys in ((["Bearer"], ["key"]), ([f"Bearer {token}"], ["key"]), ([], ["key", "key"])):
        with pytest.raises(Refused) as refused:
            asking.verify_request(Facts("GET", "https://api.example.test/", authorization, keys))
        assert refused.value.reason == "twice"
