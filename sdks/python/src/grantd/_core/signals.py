"""Whether an exception is a signal handler's, which is raised in whatever runs at that moment. Must not know what that is."""

from __future__ import annotations

import signal


def is_of_a_handler(error: BaseException) -> bool:
    """Whether it came through a handler that is installed."""
    codes = {_code(signal.getsignal(one)) for one in signal.valid_signals()} - {None}
    frames = error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_code in codes:
            return True
        frames = frames.tb_next
    return False


def _code(handler: object) -> object:
    """What a function, a method, or an object that can be called runs."""
    return getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
