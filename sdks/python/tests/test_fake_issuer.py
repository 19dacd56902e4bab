"""The issuer that tests of users stand on."""

from __future__ import annotations

from grantd import Credential, Introspection, SigningKey, Verifier
from grantd.testing import FakeClock, FakeIssuer

from .asking import reason, verifier

API = "https://api.example.test"


def test_the_fake_issuer_revokes_tokens_of_every_kind(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    grantd_issuer.status_list = True
    by_list = verifier(grantd_issuer)
    by_asking = verifier(grantd_issuer, introspection=Introspection("acme-api", "s", seconds=0, always=True))
    one, other = grantd_issuer.mint(), grantd_issuer.mint()
    assert [reason(by, one) for by in (by_list, by_asking)] == ["ok", "ok"]
    grantd_issuer.revoke(one)
    assert reason(by_asking, one) == "inactive" and reason(by_asking, other) == "ok"
    grantd_clock.advance(300)
    assert [reason(by_list, token) for token in (one, other)] == ["revoked", "ok"]
    key = SigningKey.generate()
    bound = grantd_issuer.mint({"cnf": {"jkt": key.thumbprint}})
    for by in (by_list, by_asking):
        proof = key.proof("GET", API, grantd_clock(), access_token=bound)
        assert reason(by, Credential(bound, "DPoP", "GET", API, proof)) == "ok"


def test_a_fake_issuer_and_a_verifier_that_were_given_no_clock_fit() -> None:
    issuer = FakeIssuer()
    assert Verifier(issuer.issuer, issuer.audience, transport=issuer).verify(issuer.mint()).subject == "user-1"
