"""Permissions (scopes) and patterns: `invoices:*` is everything below `invoices:`, `*` everything of the platform's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .errors import ConfigurationError

MAX_SCOPE = 256
"""The longest single scope, in characters."""
MAX_TEXT = 16 * 1024
"""The longest scope parameter that is read, in characters."""
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")


def parse(text: str) -> tuple[str, ...]:
    """Reads a `scope` parameter (RFC 6749 section 3.3): each scope once, in order. Raises ValueError."""
    if len(text) > MAX_TEXT:
        raise ValueError("the scope parameter is too long")
    return _known(text) if len(text) <= _MAX_KNOWN else _parse(text)


def _parse(text: str) -> tuple[str, ...]:
    tokens = [token for token in text.split(" ") if token]
    if not all(_TOKEN.fullmatch(token) for token in tokens):
        raise ValueError("a scope has characters that RFC 6749 does not allow, or is too long")
    return tuple(dict.fromkeys(tokens))


_MAX_KNOWN = 512
# All tokens of a client have the same permissions.
_known = lru_cache(maxsize=256)(_parse)


def covers(held: str, wanted: str) -> bool:
    """Whether holding `held` means holding `wanted`. `*` never covers openid, offline_access or grantd's own, and what is not
    one scope is covered by nothing.
    """
    if not is_one(wanted):
        return False
    if held == wanted:
        return True
    if held == "*":
        return wanted not in ("openid", "offline_access") and not wanted.startswith("grantd:")
    if not held.endswith(":*") or len(held) < 3:
        return False
    prefix = held[:-1]
    return wanted.startswith(prefix) and len(wanted) > len(prefix)


def is_one(text: object) -> bool:
    """Whether this is a single scope (RFC 6749 section 3.3)."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def several(scopes: Iterable[str], what: str) -> tuple[str, ...]:
    """Scopes as they were given in a list. Raises ConfigurationError for one text, and for what is not one scope each."""
    given = (scopes,) if isinstance(scopes, str) else tuple(scopes)
    if isinstance(scopes, str) or not all(is_one(one) for one in given):
        raise ConfigurationError(f"{what} are a list, each one scope: ['invoices:read', 'customers:read']")
    return given


def missing(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """What of `wanted` is not covered, in its order."""
    held = tuple(held)
    return tuple([one for one in wanted if one not in held and not _is_covered(held, one)])


def _is_covered(held: tuple[str, ...], wanted: str) -> bool:
    return any(covers(one, wanted) for one in held)
