"""What introspection says of a token, as each request gets it, and what is said where there is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from grantd import Credential, Introspection, OAuthError, Principal, Refused, SigningKey, Verifier
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, hangs, replies

from .asking import reason, verifier

API = "https://api.example.test"
ASKS = Introspection("acme-api", "secret")


def test_claims_are_the_callers_own(grantd_issuer: FakeIssuer) -> None:
    key = SigningKey.generate()
    subject = verifier(grantd_issuer, introspection=ASKS)
    bound = grantd_issuer.mint_opaque(
        {"cnf": {"jkt": key.thumbprint}, "roles": {"admin": ["a"]}, "scope": "a:read"}, token_type="DPoP"
    )

    def call(number: int) -> Principal:
        url = f"{API}/{number}"
        proof = key.proof("GET", url, grantd_issuer.clock(), access_token=bound)
        return subject.verify(Credential(bound, "DPoP", "GET", url, proof), "a:read")

    first = call(1)
    claims: Any = first.claims
    claims["roles"]["admin"].append("me")
    claims["cnf"]["jkt"] = claims["sub"] = "x"
    confirmation: Any = first.confirmation
    confirmation["jkt"] = "x"
    second = call(2)
    assert second.claims["roles"] == {"admin": ["a"]} and second.claims["sub"] == "user-1"
    assert second.confirmation == {"jkt": key.thumbprint} and isinstance(second.scopes, tuple)
    assert grantd_issuer.count("introspect") == 1
    jwt = grantd_issuer.mint({"roles": ["a"]})
    subject.verify(jwt).claims["roles"].append("me")
    assert subject.verify(jwt).claims["roles"] == ["a"]
    assert len({second, call(3), subject.verify(jwt)}) == 2, "a principal can be in a set, whatever it is bound to"


def test_a_wrong_secret_of_the_apis_own_is_said_by_its_name(grantd_issuer: FakeIssuer) -> None:
    grantd_issuer.faults("introspect", replies(401, {"error": "invalid_client", "error_description": "no"}))
    with pytest.raises(Refused) as refused:
        verifier(grantd_issuer, introspection=ASKS).verify("opaque")
    error = refused.value.__cause__
    assert refused.value.status == 503 and isinstance(error, OAuthError) and error.code == "invalid_client"


@pytest.mark.parametrize("endpoint", ["metadata", "introspect"])
def test_whatever_goes_wrong_at_the_issuer_is_a_refusal(grantd_issuer: FakeIssuer, endpoint: str) -> None:
    for fault in (
        replies(200, {"issuer": "https://evil.example.test"}),
        replies(200, b"\xff"),
        replies(302, None, {"Location": "https://evil.example.test"}),
        replies(401, {"error": "x"}),
        hangs(),
    ):
        grantd_issuer.faults(endpoint, fault)
        assert reason(verifier(grantd_issuer, introspection=ASKS), "opaque") == "unavailable"


def test_an_answer_is_as_old_as_its_question(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    class Slow:
        def send(self, request: HttpRequest) -> HttpResponse:
            reply = grantd_issuer.send(request)
            if request.url.endswith("/introspect"):
                grantd_clock.advance(8)
            return reply

    over: Any = {"transport": Slow(), "clock": grantd_clock, "introspection": ASKS}
    subject, token = Verifier(grantd_issuer.issuer, grantd_issuer.audience, **over), grantd_issuer.mint_opaque()
    assert reason(subject, token) == "ok"
    grantd_issuer.revoke(token)
    grantd_clock.advance(1)
    assert reason(subject, token) == "ok"
    grantd_clock.advance(1)
    assert reason(subject, token) == "inactive", "10 s after it was asked about"
