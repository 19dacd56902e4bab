"""The token manager: `spec/vectors/scenarios.md`, by the names there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from grantd import (
    MemoryStore,
    StoreError,
    TokenManager,
    Tokens,
    UnavailableError,
)
from grantd.http import HttpRequest
from grantd.testing import FakeClock, FakeIssuer, hangs, replies, unreachable

from .support import async_manager, login, manager


def test_refresh_ahead(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_clock.advance(3600 - 73)
    assert tokens.get_access_token() == first and grantd_issuer.count("token") == 1
    grantd_clock.advance(20)
    assert tokens.get_access_token() == first
    tokens.close()
    assert grantd_issuer.count("token") == 2
    assert tokens.get_access_token() != first and grantd_issuer.count("token") == 2


def test_refresh_ahead_async(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    async def run() -> None:
        tokens = async_manager(grantd_issuer)
        first = await tokens.get_access_token()
        grantd_clock.advance(3600 - 53)
        assert await tokens.get_access_token() == first
        await tokens.close()
        assert await tokens.get_access_token() != first and grantd_issuer.count("token") == 2

    asyncio.run(run())


def test_refresh_blocks_at_the_end(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_clock.advance(3600 - 5)
    assert tokens.get_access_token() != first


def test_failed_early_refresh_keeps_the_token(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_issuer.faults("token", replies(503), hangs(), unreachable(), replies(500), unreachable())
    grantd_clock.advance(3600 - 50)
    for seconds, attempts in ((0, 2), (4, 2), (1, 3)):
        grantd_clock.advance(seconds)
        assert tokens.get_access_token() == first
        tokens.close()
        assert grantd_issuer.count("token") == attempts
    grantd_clock.advance(42)
    assert tokens.get_access_token() == first, "the last seconds of a token are better than none"
    grantd_clock.advance(10)
    with pytest.raises(UnavailableError):
        tokens.get_access_token()


def test_single_flight_failure(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    all_wait = threading.Barrier(100)
    asked = threading.Event()

    def slow(request: HttpRequest) -> Any:
        asked.wait(10)
        return unreachable()(request)

    grantd_issuer.faults("token", slow)
    tokens, outcomes = manager(grantd_issuer), []

    def call() -> None:
        all_wait.wait()
        try:
            outcomes.append(tokens.get_access_token())
        except UnavailableError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=call) for _ in range(100)]
    for thread in threads:
        thread.start()
    while sum(1 for thread in threads if thread.is_alive()) < 100:
        pass
    asked.set()
    for thread in threads:
        thread.join()
    failures = [one for one in outcomes if isinstance(one, UnavailableError)]
    # Whoever came after the failure was through is told of it too, for a second.
    assert len(failures) == 100 and grantd_issuer.count("token") == 1
    assert len(set(map(id, failures))) == 100, "each has an error of its own"
    grantd_clock.advance(1)
    assert tokens.get_access_token()


def test_a_retry_drops_only_the_refused_token(grantd_issuer: FakeIssuer) -> None:
    tokens = manager(grantd_issuer)
    old = tokens.get_access_token()
    for _ in range(10):
        tokens.refuse(old)
        new = tokens.get_access_token()
    assert new != old and grantd_issuer.count("token") == 2


def test_a_cached_token_costs_no_memory_worth_naming(grantd_issuer: FakeIssuer) -> None:
    tokens = manager(grantd_issuer)
    tokens.get_access_token()
    tracemalloc.start()
    try:
        # Once, so that what is made the first time is there.
        tokens.get_access_token()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(100):
            tokens.get_access_token()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A few numbers at once, and nothing that stays. A single object of this package would take more.
    assert most - before < 256 and after - before < 64


def test_a_late_refusal_of_an_old_token_saves_no_newer_one(grantd_issuer: FakeIssuer) -> None:
    tokens = manager(grantd_issuer)
    old = tokens.get_access_token()
    tokens.refuse(old)
    new = tokens.get_access_token()
    tokens.refuse(new)
    tokens.refuse(old)
    assert tokens.get_access_token() not in (old, new)


def test_a_program_that_ends_waits_for_its_renewal(tmp_path: Path) -> None:
    program = f"""
import threading
from grantd import FileStore, TokenManager
from grantd.testing import FakeClock, FakeIssuer
clock = FakeClock()
issuer = FakeIssuer(clock=clock)
class Slow:
    def send(self, request):
        if clock.now > 1_800_000_000 and request.url.endswith("/token"):
            threading.main_thread().join(30)
        return issuer.send(request)
store = FileStore({str(tmp_path)!r})
tokens = TokenManager(issuer.issuer, "nightly", "s", store=store, transport=Slow(), clock=clock)
tokens.get_access_token()
clock.advance(3550)
print(tokens.get_access_token(), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    kept = [Tokens.from_text(path.read_text()) for path in tmp_path.glob("*.json")]
    assert len(kept) == 1 and kept[0] is not None and kept[0].access_token != done.stdout.strip()


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}", '{"access_token":1}', "\x00"])
def test_what_is_damaged_in_a_store_is_an_error_and_not_deleted(grantd_issuer: FakeIssuer, damaged: str) -> None:
    store = MemoryStore()
    _, kept = login(grantd_issuer, store)
    whole = store.load(kept._manager.name) or ""
    late = TokenManager.for_login(kept._client, "user-1", store=store)
    for text in (damaged, whole.replace('"expires_in": 3600', '"expires_in": "x"')):
        store.save(kept._manager.name, text)
        with pytest.raises(StoreError):
            late.get_access_token()
        assert store.load(kept._manager.name) == text
    late.end()
    assert store.load(kept._manager.name) is None


def test_processes_that_share_a_store_share_a_token(grantd_issuer: FakeIssuer, grantd_clock: FakeClock) -> None:
    store = MemoryStore()
    first = manager(grantd_issuer, store=store).get_access_token()
    assert manager(grantd_issuer, store=store).get_access_token() == first and grantd_issuer.count("token") == 1
    grantd_clock.advance(3600 - 30)
    grantd_issuer.faults("token", *[unreachable()] * 3)
    late = manager(grantd_issuer, store=store)
    assert late.get_access_token() == first, "what another left is good to its end"
    grantd_clock.advance(30)
    with pytest.raises(UnavailableError):
        late.get_access_token()
