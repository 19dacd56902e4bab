"""What a flow can ask for. A flow is a generator: it yields an effect and is sent its outcome, so that the same rules serve
threads and event loops. Must not know how an effect is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, Union

from ..http import HttpRequest

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """Send a request; the outcome is the reply, or UnavailableError is raised."""

    request: HttpRequest


@dataclass(frozen=True)
class Sleep:
    """Wait for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Shared:
    """Run a flow once for everybody who asks under this key meanwhile; all get its outcome.

    With `patience`, in seconds, whoever waited for so long gets StillRunningError, and the flow goes on.
    """

    key: Hashable
    flow: Callable[[], Flow[Any]]
    patience: float | None = None


class StillRunningError(Exception):
    """The outcome is not there yet. Never leaves this package."""


@dataclass(frozen=True)
class Background:
    """Run a flow beside the caller, unless one of this key runs already. It must not raise."""

    key: Hashable
    flow: Callable[[], Flow[Any]]


@dataclass(frozen=True)
class Blocking:
    """Call something that may wait for a file. `undo` gives back an outcome that nobody is there to take any more."""

    call: Callable[[], Any]
    undo: Callable[[Any], None] | None = None


Effect = Union[Send, Sleep, Shared, Background, Blocking]
Flow = Generator[Effect, Any, T]
