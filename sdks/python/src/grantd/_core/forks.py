"""What a child process must not take over from its parent (`os.fork`): locks that nobody there will give back, and waiting for
threads that are not there. Must not know what is made new.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forks(Protocol):
    """Something with such state."""

    def begin_anew(self) -> None:
        """Called in the child, whose only thread is the one that forked."""
        ...


_known: weakref.WeakSet[Forks] = weakref.WeakSet()


def watch(one: Forks) -> None:
    """Has it begin anew in each child, for as long as it lives."""
    _known.add(one)


def _in_child() -> None:
    for one in list(_known):
        one.begin_anew()


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
