"""What came of a flow that several waited for, as each of them gets it. Must not know threads or event loops."""

from __future__ import annotations

from copy import copy
from typing import Any

from ..errors import GrantdError


class Landed:
    """A result, or an error that is everybody's. Whatever else was raised is its caller's alone and is not one of these."""

    def __init__(self, result: Any = None, error: GrantdError | None = None) -> None:
        self._result = result
        self._error = error

    @classmethod
    def remembered(cls, error: GrantdError) -> Landed:
        """Of an error that is kept: without the frames that it came through, which may be many and hold anything."""
        kept = copy(error)
        kept.__cause__ = error.__cause__.with_traceback(None) if error.__cause__ is not None else None
        return cls(error=kept)

    def get(self) -> Any:
        """The result, or a copy of the error: one object raised by all would collect the frames of them all."""
        if self._error is not None:
            raise copy(self._error) from self._error
        return self._result
