"""Tokens that a store could not keep, which are newer where no clock says so, and what a store leaves behind."""

from __future__ import annotations

import os
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
    StoreError,
    TokenManager,
    UnavailableError,
)
from grantd._core.schedule import Freshness
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, unreachable

from .support import SECRET, login, manager


class Failing(MemoryStore):
    """Raises what it is given, instead of saving."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.attempts = 0

    def save(self, name: str, text: str) -> None:
        self.attempts += 1
        if self.error is not None:
            raise self.error
        super().save(name, text)


@pytest.mark.parametrize("error", [StoreError("full"), OSError("gone"), RuntimeError("odd"), KeyError("x")])
def test_unsaved_tokens(grantd_issuer: FakeIssuer, grantd_clock: FakeClock, error: Exception) -> None:
    store = Failing()
    _, tokens = login(grantd_issuer, store)
    name, before = tokens._manager.name, dict(store._texts)
    grantd_clock.advance(3600)
    store.error, store.attempts = error, 0
    with pytest.raises(StoreError):
        tokens.get_access_token()
    renewed = tokens.get_access_token()
    for seconds, attempts in ((4, 1), (1, 2), (4, 2), (-3600, 3)):
        grantd_clock.advance(seconds)
        assert tokens.get_access_token() == renewed
        tokens.close()
        assert store.attempts == attempts and store._texts == before, "it fails again, and nobody hears of it"
    store.error = None
    grantd_clock.advance(5)
    assert tokens.get_access_token() == renewed
    tokens.close()
    assert renewed in (store.load(name) or "") and grantd_issuer.count("token") == 2
    assert tokens._manager._state(tokens._manager._held) is Freshness.FRESH

    # Somebody logs in anew before the next attempt.
    grantd_clock.advance(3600 + 3600)
    store.error = error
    with pytest.raises(StoreError):
        tokens.get_access_token()
    store.error = None
    _, again = login(grantd_issuer, store)
    grantd_clock.advance(5)
    tokens.get_access_token()
    tokens.close()
    assert tokens.get_access_token() == again.get_access_token()


def test_a_logout_elsewhere_is_not_undone(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store = Failing()
    client, tokens = login(grantd_issuer, store)
    grantd_clock.advance(3600)
    store.error = StoreError("full")
    with pytest.raises(StoreError):
        tokens.get_access_token()
    store.error = None
    TokenManager.for_login(client, "user-1", store=store).end()
    grantd_clock.advance(5)
    tokens.get_access_token()
    tokens.close()
    assert not store._texts
    with pytest.raises(LoginRequiredError):
        tokens.get_access_token()


def test_a_login_that_was_not_saved_is_there(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store = Failing(OSError("gone"))
    with pytest.raises(StoreError):
        login(grantd_issuer, store)
    client, _ = login(grantd_issuer)
    tokens = TokenManager.for_login(client, "user-1", store=store)
    request = client.authorization_request("https://app.example.test/cb", ["invoices:read"])
    with pytest.raises(StoreError):
        tokens.begin(client.exchange(request, grantd_issuer.login(request.url)))
    store.error = None
    grantd_clock.advance(5)
    assert tokens.get_access_token()
    tokens.close()
    assert store._texts


def test_newest_without_a_clock(grantd_issuer: FakeIssuer) -> None:
    store, clocks = MemoryStore(), [FakeClock(grantd_issuer.clock() + ahead) for ahead in (0, 1800, -1800)]
    login(grantd_issuer, store)

    def process(clock: FakeClock) -> TokenManager:
        web = OAuthClient(grantd_issuer.issuer, "web", SECRET, transport=grantd_issuer, clock=clock, sleep=clock.sleep)
        return TokenManager.for_login(web, "user-1", store=store)

    processes = [process(clock) for clock in clocks]
    for step in (0, 3600, -3600, 7200, 1800, -3600, 9000):
        for clock, one in zip(clocks, processes, strict=True):
            clock.advance(step)
            one.refuse(one.get_access_token())
            assert one.get_access_token()
            one.close()
    sent = [request.body for name, request in grantd_issuer.requests if name == "token"]
    assert len(sent) == len(set(sent)) > 10, "no refresh token is sent twice"


def test_who_waits_for_an_early_renewal_hears_of_its_failure(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    reached, opened, waiting = threading.Event(), threading.Event(), threading.Event()

    class Gate:
        def send(self, request: HttpRequest) -> HttpResponse:
            if request.url.endswith("/token") and threading.current_thread() is not threading.main_thread():
                reached.set()
                assert opened.wait(30)
            return grantd_issuer.send(request)

    tokens = TokenManager(grantd_issuer.issuer, "nightly", "s", transport=Gate(), clock=grantd_clock)
    first = tokens.get_access_token()
    grantd_clock.advance(3550)
    grantd_issuer.faults("token", unreachable())
    assert tokens.get_access_token() == first
    assert reached.wait(30)
    waits = tokens._client._runtime._wait

    def wait(event: threading.Event, seconds: float | None) -> Any:
        waiting.set()
        opened.set()
        return waits(event, seconds)

    tokens._client._runtime._wait = wait
    grantd_clock.advance(60)
    with pytest.raises(UnavailableError):
        tokens.get_access_token()
    assert waiting.is_set(), "and is told of its failure"
    grantd_clock.advance(1)
    assert tokens.get_access_token() != first


@pytest.mark.parametrize("fails", ["fsync", "replace", "fdopen"])
@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_no_drafts_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, error: BaseException) -> None:
    store = FileStore(tmp_path)
    store.save("a", "one")
    store.save("b", "other")
    kept = sorted(os.listdir(tmp_path))

    def broken(*_: Any, **__: Any) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, fails, broken)
        with pytest.raises(StoreError if isinstance(error, OSError) else KeyboardInterrupt):
            store.save("a", "two")
    assert sorted(os.listdir(tmp_path)) == kept and store.load("a") == "one"
    draft, others = Path(store.place("a")).with_suffix(".12.34"), Path(store.place("b")).with_suffix(".12.34")
    no_draft = Path(store.place("a")).with_suffix(".12.34.bak")
    for call in (lambda: store.save("a", "two"), lambda: store.delete("a")):
        for file in (draft, others, no_draft):
            file.write_text("secret")
        call()
        assert not draft.exists() and others.exists() and no_draft.exists()
    assert store.load("b") == "other"


@pytest.mark.parametrize("wrong", ["", None, 7, "a\nb"])
def test_checked_before_it_is_spent(grantd_issuer: FakeIssuer, wrong: Any) -> None:
    client = OAuthClient(grantd_issuer.issuer, "web", SECRET, transport=grantd_issuer, clock=grantd_issuer.clock)
    for call in (
        lambda: client.authorization_request("https://app.example.test/cb", ["a b"]),
        lambda: client.device(["a b"]),
        lambda: TokenManager.for_login(client, wrong),
        lambda: TokenManager.for_login(client, wrong, refresh_token="rt"),
    ):
        with pytest.raises(ConfigurationError):
            call()
    assert not grantd_issuer.requests
    request = client.authorization_request("https://app.example.test/cb", ["invoices:read"])
    back = grantd_issuer.login(request.url)
    with pytest.raises(ConfigurationError):
        TokenManager.for_login(client, wrong)
    tokens = TokenManager.for_login(client, "user-1")
    tokens.begin(client.exchange(request, back))
    assert tokens.get_access_token() and grantd_issuer.count("token") == 1
    assert manager(grantd_issuer).get_access_token()
