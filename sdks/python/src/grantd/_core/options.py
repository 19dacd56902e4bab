"""What was given when something was made, looked at there and not at the first call: each function hands over a value or
raises ConfigurationError. Must not know what the values are for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError


def seconds(name: str, value: Any, *, least: float | None = None) -> float:
    """A time limit: finite, and above 0 or, with `least`, from there on."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if not is_number or (value <= 0 if least is None else value < least):
        bound = "above 0" if least is None else f"from {least:g} on"
        raise ConfigurationError(f"{name} is a number of seconds {bound}")
    return float(value)


def whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number within these bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ConfigurationError(f"{name} is a whole number from {least} to {most}")
    return value


def switch(name: str, value: Any) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} is True or False")
    return value


def call(name: str, value: Any) -> Any:
    """Something to be called."""
    if not callable(value):
        raise ConfigurationError(f"{name} is a function")
    return value


def text(name: str, value: Any) -> str:
    """Something to read, in one line."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ConfigurationError(f"{name} is a text of one line")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """A list with at least one text in it; a text alone is none, and its letters are not meant."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ConfigurationError(f"{name} is a list of texts")
    found = tuple(value)
    if not found:
        raise ConfigurationError(f"{name} has nothing in it")
    return tuple(text(name, one) for one in found)


def address(name: str, value: Any) -> str:
    """An absolute address, http or https, without a user in it."""
    given = text(name, value)
    try:
        parts = urlsplit(given)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_one = False
    if not is_one or "@" in parts.netloc or "#" in given or not given.isascii() or " " in given:
        raise ConfigurationError(f"{name} is an absolute http or https address without a user")
    return given


def origin(name: str, value: Any) -> str:
    """Such an address without a path."""
    given = address(name, value)
    parts = urlsplit(given)
    if parts.path not in ("", "/") or "?" in given:
        raise ConfigurationError(f"{name} is an origin: scheme, host and port")
    return f"{parts.scheme}://{parts.netloc}"


def transport(value: Any, *, is_async: bool) -> Any:
    """Something that sends requests, in the way that its user waits for them."""
    send = getattr(value, "send", None)
    if not callable(send):
        raise ConfigurationError("a transport has a method `send`")
    if not is_async and inspect.iscoroutinefunction(send):
        raise ConfigurationError("this transport is for event loops; what is not `Async` needs one for threads")
    return value
