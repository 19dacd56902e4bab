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


_PIECE = re.compile(
    r"\s*,*\s*(?:"
    r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)(?:\"|$)|(?P<plain>[^\s,\"=]+)(?=\s*(?:,|$)))"
    r"|(?P<scheme>[!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s+(?P<token68>[A-Za-z0-9._~+/-]+=+)(?=\s*(?:,|$)))?(?=\s|,|$)"
    r")"
)
_MAX_HEADER = 8192


def challenges(values: Iterable[str]) -> list[Challenge]:
    """Reads the header's values; stops at what it cannot read."""
    found: list[Challenge] = []
    for whole in values:
        value, position = whole[:_MAX_HEADER].strip(), 0
        while position < len(value):
            piece = _PIECE.match(value, position)
            if piece is None or piece.end() == position:
                break
            position = piece.end()
            if piece["scheme"]:
                found.append(Challenge(piece["scheme"].lower()))
            elif found:
                text = piece["plain"] if piece["quoted"] is None else re.sub(r"\\(.)", r"\1", piece["quoted"])
                found[-1].parameters.setdefault(piece["name"].lower(), text)
    return found


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
