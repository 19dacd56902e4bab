"""Carries out what flows ask for on event loops: one, or several after each other or at once. Must not know what flows are
about.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable
from inspect import isawaitable
from typing import Any, TypeVar

from ..errors import ConfigurationError, GrantdError, UnavailableError
from ..http import AsyncTransport, HttpRequest, HttpResponse
from . import forks
from .effects import Blocking, Effect, Flow, Send, Shared, Sleep, StillRunningError
from .landed import Landed

T = TypeVar("T")
_Task = asyncio.Task[Landed]


class AsyncRuntime:
    """For callers on an event loop. A caller that is cancelled cancels nobody else's flight. `wait` waits for a flight, for
    so many seconds.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wait: Callable[[_Task, float], Awaitable[object]] | None = None,
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._wait = wait or _wait
        self.begin_anew()
        forks.watch(self)

    def begin_anew(self) -> None:
        """In a child process: the flights of its parent end there."""
        # By loop: a flight belongs to the one that it began on, and another loop has its own.
        self._flights: dict[tuple[int, Hashable], _Task] = {}
        self._beside: set[asyncio.Task[None]] = set()

    async def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        # In a list, from which it is taken: an outcome may be a secret, and a name for it would be in the frames of errors.
        outcomes: list[Any] = [None]
        error: Exception | None = None
        try:
            while True:
                effect = flow.throw(error) if error is not None else flow.send(outcomes.pop())
                error = None
                try:
                    outcomes.append(await self._carry_out(effect))
                except Exception as raised:
                    error = raised
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()
            # The error has this frame in its traceback.
            error = None

    async def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return await self._send(effect.request)
        if isinstance(effect, Shared):
            task = self._flight(effect.key, effect.flow)
            if effect.patience is not None:
                await self._wait(task, effect.patience)
                if not task.done():
                    raise StillRunningError
            return (await asyncio.shield(task)).get()
        if isinstance(effect, Sleep):
            return await self._sleep(effect.seconds)
        if isinstance(effect, Blocking):
            return await _call(effect)
        self._flight(effect.key, effect.flow)
        return None

    async def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            sent = self._transport.send(request)
            if isawaitable(sent):
                return await sent
        except GrantdError:
            raise
        except Exception as error:
            # A transport of somebody else's, whose own errors nobody here expects.
            raise UnavailableError("the transport failed") from error
        raise ConfigurationError("this transport is for threads; what is `Async` needs one for event loops")

    async def settle(self) -> None:
        """Waits for what runs beside its callers. A loop that ends cancels it."""
        loop = asyncio.get_running_loop()
        running: list[asyncio.Task[Any]] = [*self._flights.values(), *self._beside]
        ours = [task for task in running if task.get_loop() is loop]
        await asyncio.gather(*ours, return_exceptions=True)

    def let_run(self, told: Awaitable[object]) -> bool:
        """Runs something of its caller's beside everything, and swallows what it raises. Says no where no loop runs."""
        try:
            task = asyncio.get_running_loop().create_task(_swallowing(told))
        except RuntimeError:
            return False
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return True

    def _flight(self, key: Hashable, flow: Callable[[], Flow[Any]]) -> _Task:
        loop = asyncio.get_running_loop()
        name = (id(loop), key)
        task = self._flights.get(name)
        # A loop that is gone may have had the address of this one.
        if task is None or task.done() or task.get_loop() is not loop:
            for other, left in list(self._flights.items()):
                if left.get_loop().is_closed():
                    self._flights.pop(other, None)
            task = self._flights[name] = loop.create_task(self._landed(flow))
            task.add_done_callback(lambda done: self._land(name, done))
        return task

    async def _landed(self, flow: Callable[[], Flow[Any]]) -> Landed:
        try:
            return Landed(await self.run(flow()))
        except GrantdError as error:
            return Landed(error=error)

    def _land(self, name: tuple[int, Hashable], done: _Task) -> None:
        if self._flights.get(name) is done:
            del self._flights[name]
        if not done.cancelled():
            # Looked at, so that the loop does not complain of a failure that no caller waited for.
            done.exception()


async def _swallowing(told: Awaitable[object]) -> None:
    try:
        await told
    except Exception:
        pass


async def _wait(task: _Task, seconds: float) -> None:
    await asyncio.wait([task], timeout=seconds)


async def _call(effect: Blocking) -> Any:
    """Calls it in a thread. Whoever is cancelled meanwhile leaves once the call is through: a lock that is given back must
    not be given back while a file that it guards is being written.
    """
    handed = _Handed(effect)
    # A future and no task: a loop that ends cancels its tasks, and this goes on.
    running = asyncio.get_running_loop().run_in_executor(None, handed.call)
    try:
        outcome = await asyncio.shield(running)
    except asyncio.CancelledError:
        if not running.cancelled():
            await asyncio.wait([running])
            # Looked at, so that the loop does not complain.
            running.exception()
        raise
    else:
        handed.is_taken = True
        return outcome
    finally:
        handed.leave()


class _Handed:
    """An outcome on its way from a thread to a caller, who may be gone when it comes."""

    def __init__(self, effect: Blocking) -> None:
        self._effect = effect
        self._lock = threading.Lock()
        self._left = False
        self._outcomes: list[Any] = []
        self.is_taken = False

    def call(self) -> Any:
        """In the thread."""
        outcome = self._effect.call()
        with self._lock:
            if not self._left:
                self._outcomes.append(outcome)
                return outcome
        self._undo(outcome)
        return None

    def leave(self) -> None:
        """The caller goes, with the outcome or without."""
        with self._lock:
            self._left = True
            outcomes = [] if self.is_taken else self._outcomes
        for outcome in outcomes:
            self._undo(outcome)

    def _undo(self, outcome: Any) -> None:
        if self._effect.undo is not None:
            self._effect.undo(outcome)
