"""Carries out what flows ask for with threads. Must not know what flows are about."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from inspect import isawaitable, iscoroutine
from typing import Any, TypeVar

from ..errors import ConfigurationError, GrantdError, UnavailableError
from ..http import HttpRequest, HttpResponse, Transport
from . import forks, signals
from .effects import Background, Blocking, Effect, Flow, Send, Shared, Sleep, StillRunningError
from .landed import Landed

T = TypeVar("T")


class _Flight:
    """A flow on its way. Without an outcome once it has ended, its leader left, and somebody else leads."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.outcome: Landed | None = None


class SyncRuntime:
    """For callers on threads. `wait` waits for an event for so many seconds; without end for none."""

    def __init__(
        self,
        transport: Transport,
        sleep: Callable[[float], None] = time.sleep,
        wait: Callable[[threading.Event, float | None], object] = threading.Event.wait,
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._wait = wait
        self.begin_anew()
        forks.watch(self)

    def begin_anew(self) -> None:
        """In a child process: the flights of its parent end there."""
        self._lock = threading.Lock()
        self._flights: dict[Hashable, _Flight] = {}
        self._threads: set[threading.Thread] = set()

    def run(self, flow: Flow[T]) -> T:
        """Runs a flow to its end."""
        # In a list, from which it is taken: an outcome may be a secret, and a name for it would be in the frames of errors.
        outcomes: list[Any] = [None]
        error: Exception | None = None
        try:
            while True:
                effect = flow.throw(error) if error is not None else flow.send(outcomes.pop())
                error = None
                try:
                    outcomes.append(self._carry_out(effect))
                except Exception as raised:
                    error = raised
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            flow.close()
            # The error has this frame in its traceback.
            error = None

    def _carry_out(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._send(effect.request)
        if isinstance(effect, Shared):
            if effect.patience is not None:
                return self._with_patience(effect, effect.patience)
            return self._shared(effect.key, effect.flow)
        if isinstance(effect, Sleep):
            return self._sleep(effect.seconds)
        if isinstance(effect, Blocking):
            return effect.call()
        try:
            self._launch(effect)
        except RuntimeError:
            # No thread can be begun, at the end of the program say: whoever needs the outcome fetches it himself.
            pass
        return None

    def _send(self, request: HttpRequest) -> HttpResponse:
        # What else it raises goes through as it is: a signal's handler may have, to end this call (SoftTimeLimitExceeded).
        try:
            reply = self._transport.send(request)
        except GrantdError:
            raise
        except (OSError, RuntimeError) as error:
            # A transport of somebody else's, whose own errors nobody here expects.
            if signals.is_of_a_handler(error):
                raise
            raise UnavailableError("the transport failed") from error
        if isawaitable(reply):
            if iscoroutine(reply):
                reply.close()
            raise ConfigurationError("this transport is for event loops; what is not `Async` needs one for threads")
        return reply

    def settle(self) -> None:
        """Waits for what runs beside its callers."""
        while True:
            with self._lock:
                threads = list(self._threads)
            if not threads:
                return
            # One of them may start another.
            for thread in threads:
                thread.join()

    def _shared(self, key: Hashable, flow: Callable[[], Flow[Any]]) -> Any:
        while True:
            own = _Flight()
            try:
                with self._lock:
                    flight = self._flights.setdefault(key, own)
                if flight is own:
                    return self._lead(own, flow)
            finally:
                # However this thread left: an exception of its own, a signal's say, is nobody else's.
                self._land(key, own)
            self._wait(flight.ended, None)
            if flight.outcome is not None:
                return flight.outcome.get()

    def _with_patience(self, effect: Shared, seconds: float) -> Any:
        try:
            flight = self._launch(effect)
        except RuntimeError:
            # No thread can be begun, at the end of the program say.
            raise StillRunningError from None
        self._wait(flight.ended, seconds)
        if flight.outcome is None:
            raise StillRunningError
        return flight.outcome.get()

    def _launch(self, effect: Background | Shared) -> _Flight:
        """The flight of this key, begun in a thread of its own unless it is on its way."""
        own = _Flight()
        try:
            with self._lock:
                flight = self._flights.setdefault(effect.key, own)
            if flight is own:
                # Not a daemon: a program that ends waits for a renewal on its way, whose refresh token would else be lost.
                thread = threading.Thread(target=self._beside, args=(effect, own))
                with self._lock:
                    thread.start()
                    self._threads.add(thread)
            return flight
        except BaseException:
            self._land(effect.key, own)
            raise

    def _beside(self, effect: Background | Shared, flight: _Flight) -> None:
        try:
            self._lead(flight, effect.flow)
        except Exception:
            pass
        finally:
            self._land(effect.key, flight)
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _lead(self, flight: _Flight, flow: Callable[[], Flow[Any]]) -> Any:
        try:
            result = self.run(flow())
        except GrantdError as error:
            flight.outcome = Landed(error=error)
            raise
        flight.outcome = Landed(result)
        return result

    def _land(self, key: Hashable, flight: _Flight) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.ended.set()
