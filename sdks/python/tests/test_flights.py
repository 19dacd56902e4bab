"""What several share while it is on its way: threads, event loops that end, and child processes that have none of it."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grantd import (
    AsyncTokenManager,
    FileStore,
    GrantdError,
    MemoryStore,
    OAuthError,
    Refused,
    StoreError,
    TokenStore,
    UnavailableError,
    Verifier,
)
from grantd._core.effects import Blocking, Flow, Shared
from grantd._core.landed import Landed
from grantd._core.runtime import SyncRuntime
from grantd.http import HttpRequest, HttpResponse
from grantd.testing import FakeClock, FakeIssuer, unreachable

from .support import async_manager, manager


class Gate:
    """A transport that stops at one endpoint until it is let through; what the first call there meets can be said."""

    def __init__(self, issuer: FakeIssuer, endpoint: str = "/token") -> None:
        self.issuer, self.endpoint = issuer, endpoint
        self.reached, self.opened = threading.Event(), threading.Event()
        self.first: Callable[[], None] | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.url.endswith(self.endpoint):
            self.reached.set()
            assert self.opened.wait(30)
            first, self.first = self.first, None
            if first is not None:
                first()
        return self.issuer.send(request)


def run_all(calls: list[Callable[[], Any]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_what_interrupts_one_caller_is_nobody_elses(grantd_issuer: FakeIssuer, kind: type[BaseException]) -> None:
    runtime, begun, may_end = SyncRuntime(grantd_issuer), threading.Event(), threading.Event()
    leads: list[int] = []

    def flow() -> Flow[str]:
        leads.append(1)
        if len(leads) == 1:
            begun.set()
            yield Blocking(lambda: may_end.wait(30))
            raise kind
        return "led by another"

    def call() -> Flow[str]:
        return (yield Shared("key", flow))

    outcomes: list[Any] = []

    def caller() -> None:
        try:
            outcomes.append(runtime.run(call()))
        except BaseException as error:
            outcomes.append(type(error))

    first = run_all([caller])
    assert begun.wait(30)
    flight = runtime._flights["key"]
    waits, waiting = threading.Event.wait, threading.Semaphore(0)

    def wait(event: threading.Event, seconds: float | None) -> bool:
        waiting.release()
        return waits(event, seconds)

    runtime._wait = wait
    others = run_all([caller] * 5)
    for _ in others:
        assert waiting.acquire(timeout=30)
    assert not flight.ended.is_set()
    may_end.set()
    for thread in first + others:
        thread.join(30)
    assert sorted(map(str, outcomes)) == sorted([str(kind), *["led by another"] * 5])
    assert 2 <= len(leads) <= 6 and not runtime._flights


def test_each_caller_has_an_error_of_its_own() -> None:
    made: list[GrantdError] = [
        OAuthError("invalid_scope", "no", 400),
        Refused("scope", scopes=["a:b"], nonce="n"),
        UnavailableError("gone"),
    ]
    for error in made:
        landed, got = Landed(error=error), []
        for _ in range(3):
            with pytest.raises(type(error)) as raised:
                landed.get()
            got.append(raised.value)
        assert len({id(one) for one in (error, *got)}) == 4
        for one in got:
            assert str(one) == str(error) and vars(one) == vars(error) and one.__cause__ is error


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_loop_that_ends_within_a_renewal_leaves_no_lock(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, tmp_path: Path, kind: str
) -> None:
    kept: TokenStore = MemoryStore() if kind == "memory" else FileStore(tmp_path)
    locking, may_lock = threading.Event(), threading.Event()

    class Slow:
        """Takes its lock only when whoever asked for it is gone."""

        is_slow = False
        load, save, delete = kept.load, kept.save, kept.delete

        def try_lock(self, name: str) -> Any:
            if self.is_slow:
                self.is_slow = False
                locking.set()
                assert may_lock.wait(30)
            return kept.try_lock(name)

    store = Slow()
    tokens = async_manager(grantd_issuer, store=store)
    first = asyncio.run(tokens.get_access_token())
    grantd_clock.advance(3600 - 40)
    store.is_slow = True

    async def one_call() -> str:
        token = await tokens.get_access_token()
        await asyncio.to_thread(locking.wait, 30)
        asyncio.get_running_loop().call_soon(may_lock.set)
        return token

    assert asyncio.run(one_call()) == first
    lock = kept.try_lock(tokens._manager.name)
    assert lock is not None, "it was given back"
    lock.release()
    assert asyncio.run(tokens.get_access_token()) == first, "and what was begun there is begun anew"


def test_a_lock_that_nobody_has_any_more_is_free(tmp_path: Path) -> None:
    for store in (MemoryStore(), FileStore(tmp_path)):
        lock = store.try_lock("a")
        assert lock is not None and store.try_lock("a") is None
        del lock
        gc.collect()
        again = store.try_lock("a")
        assert again is not None
        again.release()
        again.release()


def test_two_loops_at_once_ask_once_each_at_most(grantd_issuer: FakeIssuer) -> None:
    both = threading.Barrier(2)

    class Together:
        async def send(self, request: HttpRequest) -> HttpResponse:
            await asyncio.sleep(0)
            return grantd_issuer.send(request)

    tokens = AsyncTokenManager(
        grantd_issuer.issuer,
        "nightly",
        "s",
        transport=Together(),
        clock=grantd_issuer.clock,
        sleep=lambda _: asyncio.sleep(0),
    )
    got: list[str] = []

    async def many() -> None:
        both.wait(30)
        for _ in range(20):
            got.extend(await asyncio.gather(*(tokens.get_access_token() for _ in range(5))))

    for thread in run_all([lambda: asyncio.run(many())] * 2):
        thread.join(60)
    assert len(got) == 200 and len(set(got)) == 1 and grantd_issuer.count("token") == 1


def child_of(program: str, *arguments: str) -> str:
    """Runs a program that forks, apart from the test's own threads."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FORKS = """
import os, signal, sys, threading
from grantd import FileStore, MemoryStore, StoreError, TokenManager, Verifier
from grantd.testing import FakeClock, FakeIssuer
issuer = FakeIssuer()
class Gate:
    def __init__(self, endpoint):
        self.endpoint, self.reached, self.opened = endpoint, threading.Event(), threading.Event()
    def send(self, request):
        if request.url.endswith(self.endpoint) and threading.current_thread() is not threading.main_thread():
            self.reached.set()
            self.opened.wait(50)
        return issuer.send(request)
def begun(gate, call):
    thread = threading.Thread(target=call)
    thread.start()
    assert gate.reached.wait(30)
    return thread
def forked(call):
    pid = os.fork()
    if pid == 0:
        # It hangs for good where the child has what only its parent's thread would give back.
        signal.alarm(20)
        good = False
        try:
            good = call()
        finally:
            os._exit(0 if good else 1)
    return pid
def ends_well(pid):
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 0, status
"""


def test_a_child_process_does_not_wait_for_its_parents_renewal() -> None:
    child_of(
        FORKS
        + """
gate = Gate("/token")
tokens = TokenManager(issuer.issuer, "nightly", "s", transport=gate, clock=issuer.clock, sleep=issuer.clock.sleep)
thread = begun(gate, tokens.get_access_token)
ends_well(forked(lambda: bool(tokens.get_access_token())))
gate.opened.set()
thread.join()
"""
    )


def test_a_child_process_does_not_wait_for_its_parents_keys() -> None:
    child_of(
        FORKS
        + """
token = issuer.mint()
gate = Gate("/jwks.json")
verifier = Verifier(issuer.issuer, issuer.audience, transport=gate, clock=issuer.clock)
thread = begun(gate, lambda: verifier.verify(token))
ends_well(forked(lambda: verifier.verify(token).subject == "user-1"))
gate.opened.set()
thread.join()
"""
    )


def test_a_child_process_does_not_keep_its_parents_lock(tmp_path: Path) -> None:
    child_of(
        FORKS
        + """
store = FileStore(sys.argv[1])
gate = Gate("/token")
tokens = TokenManager(issuer.issuer, "nightly", "s", transport=gate, clock=issuer.clock, store=store)
thread = begun(gate, tokens.get_access_token)
reading, writing = os.pipe()
locked = store.try_lock(tokens._manager.name) is None
child = forked(lambda: store.try_lock(tokens._manager.name) is None and os.read(reading, 1) == b"x")
gate.opened.set()
thread.join()
lock = store.try_lock(tokens._manager.name)
os.write(writing, b"x")
ends_well(child)
assert locked and lock is not None
""",
        str(tmp_path),
    )


def test_cancelled_callers_end_nobody_elses_wait(grantd_issuer: FakeIssuer) -> None:
    async def run() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        class Slow:
            async def send(self, request: HttpRequest) -> HttpResponse:
                begun.set()
                await may_end.wait()
                return grantd_issuer.send(request)

        tokens = AsyncTokenManager(grantd_issuer.issuer, "nightly", "s", transport=Slow(), clock=grantd_issuer.clock)
        callers = [asyncio.create_task(tokens.get_access_token()) for _ in range(10)]
        await begun.wait()
        for one in callers[:5]:
            one.cancel()
        await asyncio.wait(callers[:5])
        assert all(one.cancelled() for one in callers[:5]), "at once"
        may_end.set()
        assert len(set(await asyncio.gather(*callers[5:]))) == 1
        await tokens.close()
        assert grantd_issuer.count("token") == 1 and not tokens._client._runtime._flights

    asyncio.run(run())


def test_a_manager_waits_for_its_renewal_where_its_block_ends(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock
) -> None:
    with manager(grantd_issuer) as tokens:
        first = tokens.get_access_token()
        grantd_clock.advance(3600 - 50)
        assert tokens.get_access_token() == first
    assert grantd_issuer.count("token") == 2

    async def run() -> None:
        async with async_manager(grantd_issuer) as tokens:
            await tokens.get_access_token()
            grantd_clock.advance(3600 - 50)
            await tokens.get_access_token()
        assert grantd_issuer.count("token") == 4

    asyncio.run(run())


def test_waiting_verifications_have_errors_of_their_own(grantd_issuer: FakeIssuer) -> None:
    gate = Gate(grantd_issuer, "/jwks.json")
    grantd_issuer.faults("jwks", unreachable())
    subject = Verifier(grantd_issuer.issuer, grantd_issuer.audience, transport=gate, clock=grantd_issuer.clock)
    token, raised = grantd_issuer.mint(), []

    def call() -> None:
        try:
            subject.verify(token)
        except Refused as refused:
            raised.append(refused)

    threads = run_all([call] * 10)
    assert gate.reached.wait(30)
    gate.opened.set()
    for thread in threads:
        thread.join(30)
    assert len({id(one) for one in raised}) == 10 and {type(one.__cause__) for one in raised} == {UnavailableError}


def test_a_store_that_fails_is_told_as_such(grantd_issuer: FakeIssuer) -> None:
    class Broken(MemoryStore):
        def load(self, name: str) -> str | None:
            raise StoreError("the disk is gone")

    store = Broken()
    with pytest.raises(StoreError):
        manager(grantd_issuer, store=store).get_access_token()
    assert store.try_lock(manager(grantd_issuer)._manager.name) is not None


def test_where_no_thread_can_be_begun_a_good_token_is_handed_out(
    grantd_issuer: FakeIssuer, grantd_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = manager(grantd_issuer)
    first = tokens.get_access_token()
    grantd_clock.advance(3600 - 50)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with monkeypatch.context() as none:
        none.setattr(threading.Thread, "start", start)
        assert tokens.get_access_token() == first
    tokens.get_access_token()
    tokens.close()
    assert grantd_issuer.count("token") == 2
