"""The scenarios of the resource-server side that need no server: `spec/vectors/scenarios.md`, by the names there."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from typing import Any

import pytest

from grantd import (
    AsyncVerifier,
    ConfigurationError,
    Credential,
    Facts,
    Introspection,
    IssuerMismatchError,
    Refused,
    RequestTimeoutError,
    SigningKey,
    UnavailableError,
    Verifier,
)
from grantd._core import introspection, keys
from grantd._core.replays import Replays
from grantd._core.strict import b64encode
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .asking import cause, reason, verifier

API = "https://api.example.test"


def test_verify(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer)
    principal = subject.verify(grantd_issuer.mint({"scope": "invoices:* customers:read"}), "invoices:read")
    assert principal.subject == "user-1" and principal.has("invoices:void") and not principal.has("customers:write")
    with pytest.raises(Refused) as refused:
        subject.verify(grantd_issuer.mint({"scope": "invoices:read"}), "invoices:read", "invoices:write")
    assert refused.value.status == 403 and refused.value.scopes == ("invoices:read", "invoices:write")
    assert grantd_issuer.count("jwks") == 1


def test_key_rotation_while_verifying(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject = verifier(grantd_issuer)
    old = grantd_issuer.mint()
    assert reason(subject, old) == "ok"
    grantd_issuer.rotate_keys()
    assert reason(subject, grantd_issuer.mint()) == "ok" and grantd_issuer.count("jwks") == 2
    assert [reason(subject, one) for one in (old, grantd_issuer.mint())] == ["ok", "ok"]
    assert grantd_issuer.count("jwks") == 2
    # However lately the set was fetched for another reason: only what is fetched for an unknown name has a pace of its own.
    grantd_clock.advance(keys.FRESH)
    assert reason(subject, old) == "ok" and grantd_issuer.count("jwks") == 3
    grantd_clock.advance(1)
    grantd_issuer.rotate_keys()
    assert reason(subject, grantd_issuer.mint()) == "ok" and grantd_issuer.count("jwks") == 4
    grantd_clock.advance(29)
    grantd_issuer.rotate_keys()
    assert reason(subject, grantd_issuer.mint()) == "unknown_key" and grantd_issuer.count("jwks") == 4
    grantd_clock.advance(1)
    assert reason(subject, grantd_issuer.mint()) == "ok" and grantd_issuer.count("jwks") == 5


def test_unknown_kid_flood(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, good = verifier(grantd_issuer), grantd_issuer.mint()
    assert reason(subject, good) == "ok"
    stranger, flood = SigningKey.generate(), []
    for number in range(1000):
        stranger.kid = f"nowhere-{number}"
        flood.append(stranger.sign({"typ": "at+jwt"}, {"sub": "x"}))
    for token in flood:
        assert reason(subject, token) == "unknown_key"
        grantd_clock.advance(0.02)
    assert reason(subject, good) == "ok"
    assert grantd_issuer.count("jwks") == 2, "the first set, and one more within 30 s"
    grantd_clock.advance(30)
    assert reason(subject, flood[-1]) == "unknown_key" and grantd_issuer.count("jwks") == 3


@pytest.mark.parametrize("empty", [{"keys": []}, {"keys": [{"kty": "oct", "kid": "a", "k": "AA"}]}, {}, {"keys": 1}])
def test_jwks_turning_empty(grantd_issuer: FakeIssuer, grantd_clock: FakeClock, empty: Any) -> None:
    subject = verifier(grantd_issuer)
    assert reason(subject, grantd_issuer.mint()) == "ok"
    grantd_issuer.faults("jwks", replies(200, empty))
    grantd_clock.advance(keys.FRESH)
    assert reason(subject, grantd_issuer.mint()) == "ok" and grantd_issuer.count("jwks") == 2


def test_stale_on_error(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject = verifier(grantd_issuer)
    assert reason(subject, grantd_issuer.mint()) == "ok"
    grantd_issuer.faults("jwks", *[unreachable()] * 10_000)
    grantd_clock.advance(keys.FRESH)
    for attempts in (2, 3, 4):
        assert [reason(subject, grantd_issuer.mint()) for _ in range(5)] == ["ok"] * 5
        assert grantd_issuer.count("jwks") == attempts
        grantd_clock.advance(keys.EVERY)
    grantd_clock.advance(keys.STALE)
    assert reason(subject, grantd_issuer.mint()) == "unavailable", "a key that was taken out does not live for ever"


def test_no_keys_at_all(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject = verifier(grantd_issuer)
    grantd_issuer.faults("jwks", replies(500))
    assert [cause(subject, grantd_issuer.mint()) for _ in range(3)] == [UnavailableError] * 3
    assert grantd_issuer.count("jwks") == 1
    grantd_clock.advance(keys.FIRST_EVERY)
    assert reason(subject, grantd_issuer.mint()) == "ok"


@pytest.mark.parametrize(
    "fault",
    [
        replies(200, {"issuer": "https://evil.example.test", "jwks_uri": "https://id.example.test/jwks.json"}),
        replies(302, None, {"Location": "https://evil.example.test/"}),
        replies(200, {"issuer": "https://id.example.test", "jwks_uri": "http://localhost/jwks.json"}),
        replies(200, b'{"issuer":"https://evil.example.test","issuer":"https://id.example.test"}'),
    ],
)
def test_lying_issuer(grantd_issuer: FakeIssuer, fault: Any) -> None:
    grantd_issuer.faults("metadata", fault)
    assert cause(verifier(grantd_issuer), grantd_issuer.mint()) in (IssuerMismatchError, UnavailableError)
    assert grantd_issuer.count("jwks") == 0


def test_what_is_unavailable_says_why(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    token = grantd_issuer.mint()
    evil = {"issuer": "https://evil.example.test", "jwks_uri": "https://id.example.test/jwks.json"}
    for endpoint, fault, why in (
        ("metadata", replies(200, evil), IssuerMismatchError),
        ("metadata", hangs(), RequestTimeoutError),
        ("jwks", hangs(), RequestTimeoutError),
        ("jwks", replies(200, b"<html>"), UnavailableError),
        ("jwks", replies(200, {"keys": []}), UnavailableError),
    ):
        grantd_issuer.faults(endpoint, fault)
        assert cause(verifier(grantd_issuer), token) is why
    subject = verifier(grantd_issuer)
    assert reason(subject, token) == "ok"
    grantd_issuer.faults("jwks", *[hangs()] * 10)
    grantd_clock.advance(keys.STALE + keys.FRESH)
    assert cause(subject, token) is RequestTimeoutError


def test_hanging_issuer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        subject, outcomes = Verifier(url, API, timeout=0.3), []
        token = FakeIssuer(url).mint()
        threads = [threading.Thread(target=lambda: outcomes.append(reason(subject, token))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == ["unavailable"] * 20
        listener.settimeout(0)
        listener.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_hanging_issuer_async(grantd_issuer: FakeIssuer) -> None:
    async def run() -> None:
        grantd_issuer.faults("jwks", hangs())
        subject = AsyncVerifier(
            grantd_issuer.issuer, API, transport=grantd_issuer.async_transport, clock=grantd_issuer.clock
        )
        outcomes = await asyncio.gather(
            *(subject.verify(grantd_issuer.mint()) for _ in range(20)), return_exceptions=True
        )
        assert [getattr(one, "reason", "ok") for one in outcomes] == ["unavailable"] * 20
        assert grantd_issuer.count("jwks") == 1

    asyncio.run(run())


def test_who_asks_each_time_is_not_told_what_was_so_before(grantd_issuer: FakeIssuer) -> None:
    """A token that ended while somebody else's question was on its way is refused to whoever asks afterwards."""

    async def run() -> None:
        each_time = Introspection("acme-api", "secret", seconds=0, always=True)
        transport, clock = grantd_issuer.async_transport, grantd_issuer.clock
        subject = AsyncVerifier(grantd_issuer.issuer, API, introspection=each_time, transport=transport, clock=clock)
        token = grantd_issuer.mint_opaque()
        await asyncio.gather(*(subject.verify(token) for _ in range(3)))
        assert grantd_issuer.count("introspect") == 3

    asyncio.run(run())


def test_a_cancelled_caller_cancels_nobody_else(grantd_issuer: FakeIssuer) -> None:
    async def run() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        class Slow:
            async def send(self, request: Any) -> Any:
                begun.set()
                await may_end.wait()
                return grantd_issuer.send(request)

        subject = AsyncVerifier(grantd_issuer.issuer, API, transport=Slow(), clock=grantd_issuer.clock)
        first, second = (asyncio.create_task(subject.verify(grantd_issuer.mint())) for _ in range(2))
        await begun.wait()
        first.cancel()
        may_end.set()
        assert (await second).subject == "user-1" and grantd_issuer.count("jwks") == 1

    asyncio.run(run())


def test_clock_skew(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, now = verifier(grantd_issuer), int(grantd_clock())
    edges = {"exp": (now - 29, now - 30), "nbf": (now + 30, now + 31), "iat": (now + 30, now + 31)}
    for claim, (good, bad) in edges.items():
        assert reason(subject, grantd_issuer.mint({claim: good})) == "ok"
        assert reason(subject, grantd_issuer.mint({claim: bad})) in ("expired", "not_yet_valid")


ASKS = Introspection("acme-api", "secret")


def test_introspection_cache_bounds(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS)
    cache = subject._core._cache
    token = grantd_issuer.mint_opaque()
    assert [reason(subject, token) for _ in range(5)] == ["ok"] * 5 and grantd_issuer.count("introspect") == 1
    assert token not in repr(cache._entries)
    grantd_clock.advance(10)
    assert reason(subject, token) == "ok" and grantd_issuer.count("introspect") == 2
    assert [reason(subject, "unknown") for _ in range(3)] == ["inactive"] * 3 and grantd_issuer.count("introspect") == 3
    dying = grantd_issuer.mint_opaque({"exp": int(grantd_clock()) + 3})
    assert reason(subject, dying) == "ok"
    grantd_clock.advance(3)
    assert reason(subject, dying) == "inactive", "an answer is not believed past the token's end"
    cache.limit = 3
    for number in range(10):
        reason(subject, f"unknown-{number}")
    assert len(cache) == 3
    assert introspection.Cache(600).seconds == introspection.MAX_SECONDS and introspection.MAX_ENTRIES == 10_000


def test_revocation_by_introspection(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, token = verifier(grantd_issuer, introspection=ASKS), grantd_issuer.mint_opaque()
    assert reason(subject, token) == "ok"
    grantd_issuer.revoke(token)
    grantd_clock.advance(10)
    assert reason(subject, token) == "inactive"


@pytest.mark.parametrize("fault", [unreachable(), hangs(), replies(500), replies(401), replies(200, b"[]")])
def test_introspection_unavailable(grantd_issuer: FakeIssuer, fault: Any) -> None:
    subject, token = verifier(grantd_issuer, introspection=ASKS), grantd_issuer.mint_opaque()
    grantd_issuer.faults("introspect", fault)
    assert reason(subject, token) == "unavailable"
    assert reason(subject, token) == "ok", "what is no answer is not remembered"


def test_a_token_that_is_no_text_for_a_form_is_not_asked_about(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS)
    for token in ("a b", "a&b=c", "\u00e9", "\ud800", "x" * 4097, "a\nb"):
        assert reason(subject, token) == "malformed"
    assert grantd_issuer.count("introspect") == 0


def test_an_api_key_comes_in_its_own_header_and_a_token_does_not(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, api_keys=True)
    key = grantd_issuer.mint_opaque(
        {"client_id": None, "aud": None, "exp": None, "sub": "api_key:1"}, token_type="api_key"
    )
    assert reason(subject, Credential(key, "api_key")) == "ok"
    assert reason(subject, Credential(grantd_issuer.mint_opaque(), "api_key")) == "scheme"
    assert reason(subject, Credential(grantd_issuer.mint(), "api_key")) == "scheme"
    with pytest.raises(ConfigurationError):
        verifier(grantd_issuer, api_keys=True)


def test_proof_memory_bounds(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, key, url = verifier(grantd_issuer, proof_memory=6), SigningKey.generate(), f"{API}/invoices"

    def call(client: str, seconds: int = 0) -> str:
        token = grantd_issuer.mint({"cnf": {"jkt": key.thumbprint}, "client_id": client})
        proof = key.proof("GET", url, grantd_clock() + seconds, access_token=token)
        return reason(subject, Credential(token, "DPoP", "GET", url, proof))

    assert [call("greedy") for _ in range(4)] == ["ok", "ok", "ok", "unavailable"], "half of it and no more"
    assert [call("modest"), call("modest", 9), call("other"), call("third")] == ["ok", "ok", "ok", "unavailable"]
    grantd_clock.advance(71)
    assert [call("greedy"), call("third"), call("greedy")] == ["ok"] * 3
    assert len(subject._core._replays) == 4, "of those from before only the one whose end is later is there"
    stolen = grantd_issuer.mint({"cnf": {"jkt": key.thumbprint}, "client_id": "modest"})
    thief = SigningKey.generate()
    for _ in range(9):
        proof = thief.proof("GET", url, grantd_clock(), access_token=stolen)
        assert reason(subject, Credential(stolen, "DPoP", "GET", url, proof)) == "key"
    assert call("modest") == "ok", "who has not the key fills nobody's share"
    grantd_clock.advance(-30 * 86400)
    assert call("greedy") == "ok", "what was remembered before the clock went back is in nobody's way"


@pytest.mark.parametrize("step", [0, -2, -30, -75, -3600])
def test_a_proof_that_was_used_is_used_whatever_the_clock_does(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, step: int
) -> None:
    subject, key, url = verifier(grantd_issuer), SigningKey.generate(), f"{API}/invoices"
    token = grantd_issuer.mint({"cnf": {"jkt": key.thumbprint}, "iat": 1, "exp": int(grantd_clock()) + 99_999})

    def used(proof: str) -> str:
        return reason(subject, Credential(token, "DPoP", "GET", url, proof))

    def another() -> str:
        return used(key.proof("GET", url, grantd_clock(), access_token=token))

    proof = key.proof("GET", url, grantd_clock(), access_token=token)
    assert [used(proof), another()] == ["ok", "ok"]
    grantd_clock.advance(step)
    for back in (0, 1, -step - 2, 1, 8, 50):
        grantd_clock.advance(back)
        assert used(proof) in ("proof_replayed", "proof_time")
        assert another() == "ok"
        assert used(proof) in ("proof_replayed", "proof_time")


def test_proofs_of_a_clock_that_was_wrong_by_a_month_are_in_nobodys_way(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    memory = Replays(4)
    now = grantd_clock()
    for number in range(2):
        memory.spend("key", f"a{number}", "client", now + 60, now)
    with pytest.raises(Refused) as refused:
        memory.spend("key", "b", "client", now - 3540, now - 3600)
    assert refused.value.reason == "unavailable", "an hour ahead they are kept"
    for number in range(2):
        memory.spend("key", f"c{number}", "client", now - 30 * 86400 + 60, now - 30 * 86400)
    assert len(memory) == 2, "a month ahead they are not"
    with pytest.raises(Refused):
        memory.spend("key", "c1", "client", now - 30 * 86400 + 60, now - 30 * 86400 - 75)


def test_a_verifier_prints_no_secret(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=Introspection("acme-api", "s3cret"))
    token = grantd_issuer.mint()
    shown = [repr(subject), repr(ASKS), repr(Credential(token)), repr(subject.verify(token)), repr(grantd_issuer)]
    assert not any("s3cret" in text or token in text for text in shown)


def test_a_verifier_needs_an_audience(grantd_issuer: FakeIssuer) -> None:
    for audience in ("", [], [""]):
        with pytest.raises(ConfigurationError):
            Verifier(grantd_issuer.issuer, audience)


def test_garbage(grantd_issuer: FakeIssuer) -> None:
    subject, drawn = verifier(grantd_issuer), random.Random(7)
    good, bound = grantd_issuer.mint(), grantd_issuer.mint({"cnf": {"jkt": "A" * 43}})
    deep = b64encode(b'{"alg":"ES256","typ":"at+jwt","kid":"key-1","x":' + b"[" * 5000 + b"]" * 5000 + b"}")
    big = b64encode(json.dumps({"alg": "ES256", "x": 1}).replace("1}", "9" * 5000 + "}").encode())
    texts = ["", f"{deep}.e30.AA", f"{big}.e30.AA", "..", ". .", "\x00.\x00.\x00", "\ud800.a.b"]
    for _ in range(500):
        letters = list(good)
        for _ in range(drawn.randint(1, 4)):
            letters[drawn.randrange(len(letters))] = chr(drawn.randint(0, 255))
        texts += ["".join(letters), "".join(chr(drawn.randint(0, 255)) for _ in range(50))]
    for text in texts:
        for sent in (text, Credential(bound, "DPoP", "GET", API, text)):
            if sent == good:
                continue
            with pytest.raises(Refused) as refused:
                subject.verify(sent)
            assert refused.value.status == 401, text
    assert reason(subject, good) == "ok" and grantd_issuer.count("jwks") <= 2


def test_giant_headers(grantd_issuer: FakeIssuer) -> None:
    subject = verifier(grantd_issuer, introspection=ASKS, api_keys=True)
    giant, bound = "A" * 2**20, grantd_issuer.mint({"cnf": {"jkt": "A" * 43}})
    sent: list[tuple[str, dict[str, Any]]] = [
        ("malformed", {"authorization": [f"Bearer {giant}"]}),
        ("malformed", {"authorization": [f"Bearer {giant}.{giant}.{giant}"]}),
        ("malformed", {"authorization": [f"DPoP {giant}"], "dpop": [giant]}),
        ("malformed", {"api_key": [giant]}),
        ("missing", {"authorization": [f"{giant} x"]}),
        ("proof_malformed", {"authorization": [f"DPoP {bound}"], "dpop": [giant]}),
    ]
    for expected, headers in sent:
        with pytest.raises(Refused) as refused:
            subject.verify_request(Facts("GET", API, **headers))
        assert refused.value.reason == expected
    assert grantd_issuer.count("introspect") == 0 and len(subject._core._cache) == 0


def test_a_clock_that_gives_no_number_refuses(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    subject, token = verifier(grantd_issuer), grantd_issuer.mint({"exp": int(grantd_clock()) + 1})
    assert reason(subject, token) == "ok"
    grantd_clock.now = float("nan")
    assert reason(subject, token) != "ok"
    with pytest.raises(Refused):
        subject.verify(Credential(token, "DPoP", "GET", API, "x"))
