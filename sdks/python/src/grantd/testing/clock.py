"""A clock that moves when the test says so."""

from __future__ import annotations


class FakeClock:
    """Callable like `time.time`; `sleep` and `asleep` move it instead of waiting."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        """For `sleep=` of a client."""
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        """For `sleep=` of an asynchronous client."""
        self.now += seconds
