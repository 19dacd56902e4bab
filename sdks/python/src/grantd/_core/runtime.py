"""Carries out what flows ask for: once with threads, once on an event loop. Must not know what flows are about."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from ..http import AsyncTransport, Transport
from .effects import Background, Blocking, Effect, Flow, Send, Shared, Sleep

T = TypeVar("T")


class SyncRuntime:
    """For callers on threads."""

    def __init__(self, transport: Transport, sleep: Callable[[float], None] = time.sleep) -> None:
        self._transport = transport
        self._sleep = sleep
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[Any]] = {}
        self._threads: set[threading.Thread] = set()

    def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        outcome: Any = None
        error: Exception | None = None
        try:
            while True:
                effect = flow.throw(error) if error is not None else flow.send(outcome)
                outcome, error = None, None
                try:
                    outcome = self._carry_out(effect)
                except Exception as raised:
                    error = raised
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._transport.send(effect.request)
        if isinstance(effect, Shared):
            return self._shared(effect.key, effect.flow)
        if isinstance(effect, Sleep):
            return self._sleep(effect.seconds)
        if isinstance(effect, Blocking):
            return effect.call()
        # Not a daemon: a program that ends waits for a renewal on its way, whose refresh token would else be lost.
        thread = threading.Thread(target=self._beside, args=(effect,))
        self._threads.add(thread)
        thread.start()
        return None

    def settle(self) -> None:
        """Waits for what runs beside its callers."""
        for thread in list(self._threads):
            thread.join()

    def _beside(self, effect: Background) -> None:
        try:
            self._shared(effect.key, effect.flow, joins=False)
        except Exception:
            pass
        finally:
            self._threads.discard(threading.current_thread())

    def _shared(self, key: Hashable, flow: Callable[[], Flow[Any]], *, joins: bool = True) -> Any:
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if not leads:
            return flight.result() if joins else None
        try:
            outcome = self.run(flow())
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
            raise
        self._land(key)
        flight.set_result(outcome)
        return outcome

    def _land(self, key: Hashable) -> None:
        with self._lock:
            self._flights.pop(key, None)


class AsyncRuntime:
    """For callers on an event loop. A caller that is cancelled cancels nobody else's flight."""

    def __init__(self, transport: AsyncTransport, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._transport = transport
        self._sleep = sleep
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        outcome: Any = None
        error: Exception | None = None
        try:
            while True:
                effect = flow.throw(error) if error is not None else flow.send(outcome)
                outcome, error = None, None
                try:
                    outcome = await self._carry_out(effect)
                except Exception as raised:
                    error = raised
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()

    async def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return await self._transport.send(effect.request)
        if isinstance(effect, Shared):
            return await asyncio.shield(self._flight(effect.key, effect.flow))
        if isinstance(effect, Sleep):
            return await self._sleep(effect.seconds)
        if isinstance(effect, Blocking):
            return await asyncio.to_thread(effect.call)
        self._flight(effect.key, effect.flow)
        return None

    async def settle(self) -> None:
        """Waits for what runs beside its callers. A loop that ends cancels it."""
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    def _flight(self, key: Hashable, flow: Callable[[], Flow[Any]]) -> asyncio.Task[Any]:
        task = self._flights.get(key)
        # A flight belongs to the loop it began on; another loop has its own.
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = self._flights[key] = asyncio.ensure_future(self.run(flow()))
            task.add_done_callback(lambda done: self._land(key, done))
        return task

    def _land(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        if self._flights.get(key) is done:
            del self._flights[key]
        if not done.cancelled():
            # Looked at, so that the loop does not complain of a failure that no caller waited for.
            done.exception()
