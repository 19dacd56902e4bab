"""When a token is refreshed, under which name it is kept, and whether a reply is a reason for another. Numbers and texts
only (`spec/vectors/refresh.json`, `cache-keys.json`, `retries.json`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .strict import b64encode

LIFETIME_WHEN_UNKNOWN_MS = 300_000
_AHEAD_MS, _BLOCKS_MS, _FAILED_WAIT_MS = 60_000, 5_000, 5_000


class Freshness(Enum):
    """What to do with a token."""

    FRESH = "fresh"
    BACKGROUND = "background"
    BLOCK = "block"
    UNSAVED = "unsaved"
    """Fresh, and to be saved once more beside its users."""


def windows(lifetime: int, jitter: float) -> tuple[int, int]:
    """How long before its end a token is refreshed in the background, and from when on callers wait. In ms."""
    window = min(_AHEAD_MS, lifetime // 5)
    return window + int(window * jitter / 5), min(_BLOCKS_MS, lifetime // 20)


def freshness(lifetime: int, jitter: float, age: int, failed_ago: int | None) -> Freshness:
    """Of a token that was asked for `age` ms ago; `failed_ago` is when an early refresh last failed."""
    ahead, blocks = windows(lifetime, jitter)
    left = lifetime - age
    if left <= blocks:
        return Freshness.BLOCK
    if left <= ahead and (failed_ago is None or failed_ago >= _FAILED_WAIT_MS):
        return Freshness.BACKGROUND
    return Freshness.FRESH


def cache_key(issuer: str, client_id: str, subject: str | None, resource: str | None, scopes: Iterable[str]) -> str:
    """The name under which a token is kept, the same in every SDK."""
    sorted_scopes = " ".join(sorted(set(scopes), key=str.encode))
    texts = [issuer, client_id, subject or "", resource or "", sorted_scopes]
    written = "".join(f"{len(text.encode())}:{text}," for text in texts)
    return b64encode(hashlib.sha256(written.encode()).digest())


@dataclass(frozen=True)
class Challenge:
    """One challenge of `WWW-Authenticate` (RFC 9110 section 11.6.1); names in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_GAP, _BLANK = re.compile(r"[\s,]*"), re.compile(r"\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\Z)', re.S)
_PLAIN, _TOKEN68 = re.compile(r'[^\s,"=]+'), re.compile(r"[A-Za-z0-9._~+/-]+=+")
_MOST = 8192
"""Characters of all values together that are read."""


def challenges(values: Iterable[str]) -> list[Challenge]:
    """Reads the header's values; stops at what it cannot read."""
    found: list[Challenge] = []
    left = _MOST
    for whole in values:
        value = whole[:left].strip()
        left -= min(left, len(whole))
        _read(value, found)
    return found


def _read(value: str, found: list[Challenge]) -> None:
    """Each step begins where the one before it ended, and nothing is read more than a few times."""
    position = _after(_GAP, value, 0)
    while position < len(value):
        name = _TOKEN.match(value, position)
        if name is None:
            return
        blank = _after(_BLANK, value, name.end())
        if value.startswith("=", blank):
            text, position = _parameter(value, _after(_BLANK, value, blank + 1))
            if text is None:
                return
            if found:
                found[-1].parameters.setdefault(name[0].lower(), text)
        else:
            if blank == name.end() < len(value) and value[blank] != ",":
                return
            found.append(Challenge(name[0].lower()))
            position = blank
            credentials = _TOKEN68.match(value, blank)
            if credentials is not None and _ends(value, credentials.end()):
                position = credentials.end()
        position = _after(_GAP, value, position)


def _parameter(value: str, position: int) -> tuple[str | None, int]:
    """What a parameter says, and where it ends; nothing for what is none."""
    quoted = _QUOTED.match(value, position)
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.S), quoted.end()
    plain = _PLAIN.match(value, position)
    return (plain[0], plain.end()) if plain is not None and _ends(value, plain.end()) else (None, position)


def _ends(value: str, position: int) -> bool:
    end = _after(_BLANK, value, position)
    return end == len(value) or value[end] == ","


def _after(what: re.Pattern[str], value: str, position: int) -> int:
    found = what.match(value, position)
    return position if found is None else found.end()


def _of_tokens(found: Sequence[Challenge], name: str) -> str | None:
    values = (one.parameters.get(name) for one in found if one.scheme in ("bearer", "dpop"))
    return next((value for value in values if value is not None), None)


def needed_scopes(values: Iterable[str]) -> tuple[str, ...] | None:
    """The permissions that an API says are missing, if that is what it says."""
    found = challenges(values)
    if _of_tokens(found, "error") != "insufficient_scope":
        return None
    return tuple((_of_tokens(found, "scope") or "").split())


def retry(
    status: int,
    www_authenticate: Iterable[str],
    *,
    cached: bool,
    replayable: bool,
    attempt: int,
    dpop_nonce: str | None = None,
) -> str:
    """What a client does after a reply: `new_token`, `nonce` or `none`."""
    if status != 401 or not replayable or attempt != 1:
        return "none"
    error = _of_tokens(challenges(www_authenticate), "error")
    if error == "use_dpop_nonce":
        return "nonce" if dpop_nonce else "none"
    return "new_token" if cached and error in (None, "invalid_token") else "none"
