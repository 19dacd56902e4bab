"""Logins and their stores: whose tokens they are, which are newer, what is damaged, and that an end is one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from grantd import (
    ConfigurationError,
    FileStore,
    LoginRequiredError,
    MemoryStore,
    OAuthClient,
    OAuthError,
    SigningKey,
    StoreError,
    TokenManager,
    Tokens,
    UnavailableError,
)
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .support import SECRET, login_that_was_not_kept, manager


def client(issuer: FakeIssuer, transport: Any = None, **settings: Any) -> OAuthClient:
    sleep = issuer.clock.sleep  # type: ignore[attr-defined]
    over = transport or issuer
    return OAuthClient(issuer.issuer, "web", SECRET, transport=over, clock=issuer.clock, sleep=sleep, **settings)


def logged_in(issuer: FakeIssuer, store: Any, key: SigningKey | None = None) -> TokenManager:
    web = client(issuer, dpop_key=key)
    request = web.authorization_request("https://app.example.test/cb", ["invoices:read"])
    kept = TokenManager.for_login(web, "user-1", store=store)
    kept.begin(web.exchange(request, issuer.login(request.url)))
    return kept


def with_key(issuer: FakeIssuer, store: Any, key: SigningKey | None) -> TokenManager:
    return TokenManager.for_login(client(issuer, dpop_key=key), "user-1", store=store)


def test_logout_during_a_refresh(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    refreshing, may_end, ending = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        def send(self, request: HttpRequest) -> HttpResponse:
            if b"refresh_token" in (request.body or b"") and request.url.endswith("/token"):
                refreshing.set()
                assert may_end.wait(30)
            return grantd_issuer.send(request)

    class Watched(MemoryStore):
        def try_lock(self, name: str) -> Any:
            lock = super().try_lock(name)
            if lock is None:
                # Whoever ends the login found the lock taken.
                ending.set()
            return lock

    store = Watched()
    logged_in(grantd_issuer, store)
    grantd_clock.advance(3600)
    tokens = TokenManager.for_login(
        OAuthClient(grantd_issuer.issuer, "web", SECRET, transport=Slow(), clock=grantd_clock), "user-1", store=store
    )
    got: list[str] = []
    refresh = threading.Thread(target=lambda: got.append(tokens.get_access_token()))
    refresh.start()
    assert refreshing.wait(30)
    end = threading.Thread(target=tokens.end)
    end.start()
    assert ending.wait(30)
    may_end.set()
    refresh.join(30)
    end.join(30)
    assert len(got) == 1 and not store._texts, "nothing of the login is left"
    assert all(value.is_ended for value in grantd_issuer._given.refresh.values()), (
        "what came of the refresh is ended too"
    )
    with pytest.raises(LoginRequiredError):
        tokens.get_access_token()


def test_a_login_belongs_to_its_key(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store, own, other = MemoryStore(), SigningKey.generate(), SigningKey.generate()
    first = logged_in(grantd_issuer, store, own).get_access_token()
    name = with_key(grantd_issuer, store, own)._manager.name
    kept = store.load(name) or ""
    assert own.thumbprint in kept
    asked = grantd_issuer.count("token")
    for seconds in (0, 3600):
        grantd_clock.advance(seconds)
        for key in (other, None):
            wrong = with_key(grantd_issuer, store, key)
            for call in (wrong.get_access_token, wrong.end):
                with pytest.raises(ConfigurationError):
                    call()
    assert store.load(name) == kept and grantd_issuer.count("token") == asked, "neither used nor deleted"
    with pytest.raises(ConfigurationError):
        with_key(grantd_issuer, MemoryStore(), other).begin(Tokens.from_text(kept))  # type: ignore[arg-type]
    assert with_key(grantd_issuer, store, own).get_access_token() != first

    # Of an older version, which did not say whose they are.
    unknown = (store.load(name) or "").replace(f', "jkt": "{own.thumbprint}"', "")
    assert "jkt" not in unknown
    store.save(name, unknown)
    assert with_key(grantd_issuer, store, own).get_access_token() in unknown
    with pytest.raises(ConfigurationError):
        with_key(grantd_issuer, store, None).get_access_token()


def test_who_has_a_key_uses_no_token_that_is_bound_to_none(grantd_issuer: FakeIssuer) -> None:
    store = MemoryStore()
    unbound = logged_in(grantd_issuer, store).get_access_token()
    bound = with_key(grantd_issuer, store, SigningKey.generate()).get_tokens()
    assert bound.access_token != unbound and bound.token_type == "DPoP", (
        "its refresh token is bound to none, and goes on"
    )


def test_a_clients_own_tokens_are_fetched_anew_for_another_key(grantd_issuer: FakeIssuer) -> None:
    store, one, two = MemoryStore(), SigningKey.generate(), SigningKey.generate()
    got = [manager(grantd_issuer, store=store, dpop_key=key).get_access_token() for key in (None, one, two, two, None)]
    assert len(set(got)) == 4 and got[2] == got[3] and grantd_issuer.count("token") == 4


def test_an_end_that_may_mean_another_key_deletes_nothing(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store, key = MemoryStore(), SigningKey.generate()
    logged_in(grantd_issuer, store, key).get_access_token()
    name = with_key(grantd_issuer, store, key)._manager.name
    unknown = (store.load(name) or "").replace(f', "jkt": "{key.thumbprint}"', "")
    store.save(name, unknown)
    for value in grantd_issuer._given.refresh.values():
        value.is_ended = True
    grantd_clock.advance(3600)
    with pytest.raises(LoginRequiredError):
        with_key(grantd_issuer, store, SigningKey.generate()).get_access_token()
    assert store.load(name) == unknown


def test_the_end_of_a_login_with_its_own_key_is_one(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store, key = MemoryStore(), SigningKey.generate()
    tokens = logged_in(grantd_issuer, store, key)
    for value in grantd_issuer._given.refresh.values():
        value.is_ended = True
    grantd_clock.advance(3600)
    with pytest.raises(LoginRequiredError):
        tokens.get_access_token()
    assert not store._texts


def test_the_store_knows_better(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    web, store = client(grantd_issuer), MemoryStore()
    request = web.authorization_request("https://app.example.test/cb", ["invoices:read"])
    given = web.exchange(request, grantd_issuer.login(request.url)).refresh_token or ""

    def imported() -> TokenManager:
        return TokenManager.for_login(web, "user-1", store=store, refresh_token=given)

    first = imported().get_access_token()
    assert imported().get_access_token() == first
    grantd_clock.advance(3600)
    tokens = imported()
    assert tokens.get_access_token() != first, "by the refresh token of the store: the given one is spent"
    tokens.end()
    with pytest.raises(LoginRequiredError):
        tokens.get_access_token()
    assert grantd_issuer.count("token") == 3, "and nobody comes back to it"


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff\xfe", b"[1]", b'{"access_token":"x', b"[" * 100_000])
def test_damaged_store(grantd_issuer: FakeIssuer, tmp_path: Path, damaged: bytes) -> None:
    store = FileStore(tmp_path)
    name = logged_in(grantd_issuer, store)._manager.name
    file = Path(store.place(name))
    assert file.exists()
    file.write_bytes(damaged)
    tokens = with_key(grantd_issuer, store, None)
    with pytest.raises(StoreError, match=file.name):
        tokens.get_access_token()
    assert file.read_bytes() == damaged
    tokens.end()
    assert not file.exists()
    machine = manager(grantd_issuer, store=store)
    first = machine.get_access_token()
    own = Path(store.place(machine._manager.name))
    own.write_bytes(damaged)
    assert manager(grantd_issuer, store=store).get_access_token() != first
    assert Tokens.from_text(own.read_text()) is not None, "what is the client's own is fetched anew"


@pytest.mark.parametrize(
    ("member", "wrong"),
    [("obtained_at", "NaN"), ("obtained_at", "Infinity"), ("obtained_at", "true"), ("expires_in", "1e400"),
     ("expires_in", "1.5"), ("scopes", '"a:b"'), ("scopes", "[1]"), ("refresh_token", "7"), ("jkt", "7")],
)  # fmt: skip
def test_what_is_no_tokens_is_not_read_as_tokens(member: str, wrong: str) -> None:
    import json

    text = Tokens("a", "Bearer", ("a:b",), 1.0, 60, "r", jkt="k").to_text()
    assert Tokens.from_text(text) is not None
    now = json.dumps(json.loads(text)[member])
    assert f'"{member}": {now}' in text
    assert Tokens.from_text(text.replace(f'"{member}": {now}', f'"{member}": {wrong}')) is None


def test_what_a_store_could_not_keep_is_newer_than_what_it_has(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    _, tokens = login_that_was_not_kept(grantd_issuer, grantd_clock)
    grantd_clock.advance(3600)
    assert tokens.get_access_token(), "by the refresh token in memory: that of the store is spent"


def test_a_failure_is_handed_out_again_for_a_while(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    late: Any = {"Retry-After": "7"}
    for fault, seconds in (
        (unreachable(), 1),
        (hangs(), 1),
        (replies(500), 1),
        (replies(400, {"error": "invalid_scope"}), 1),
        (replies(401, {"error": "invalid_client"}), 5),
        (replies(400, {"error": "unauthorized_client"}), 5),
        (replies(503, None, late), 7),
        (replies(429, None, late), 7),
        (replies(500, None, late), 1),
        (replies(503, None, {"Retry-After": "99999"}), 60),
        (replies(503, None, {"Retry-After": "soon"}), 1),
    ):
        tokens, before = manager(grantd_issuer), grantd_issuer.count("token")
        grantd_issuer.faults("token", fault)
        raised = set()
        for advance in (0, seconds / 2, seconds / 2 - 0.01):
            grantd_clock.advance(advance)
            with pytest.raises((UnavailableError, OAuthError)) as error:
                tokens.get_access_token()
            raised.add((type(error.value), str(error.value)))
        assert len(raised) == 1 and grantd_issuer.count("token") == before + 1, seconds
        grantd_clock.advance(0.02)
        assert tokens.get_access_token()


def test_a_pause_from_before_the_clock_went_back_is_over(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    grantd_issuer.faults("token", replies(503, None, {"Retry-After": "60"}))
    with pytest.raises(UnavailableError):
        tokens.get_access_token()
    grantd_clock.advance(-30 * 86400)
    assert tokens.get_access_token()
