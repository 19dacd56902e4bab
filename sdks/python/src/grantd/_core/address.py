"""Addresses of requests: what a proof names, and what an API was asked for. Host and path are never read from one text in
which one could be taken for the other. Must not know what they are compared for.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_END = re.compile(r"[?#]")
_VISIBLE = re.compile(r"[!-~]{1,2048}")
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}")
_NOT_ENCODED = re.compile(r"%(?![0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_TO_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/#]*(?=/|\Z)")


def target_uri(url: str) -> str | None:
    """An address without query and fragment, normalised (RFC 3986 section 6.2.2); nothing for what is no http address."""
    whole = _END.split(url, maxsplit=1)[0]
    if not _VISIBLE.fullmatch(whole) or _NOT_ENCODED.search(whole):
        return None
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname or not _HOST.fullmatch(parts.netloc):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port not in (None, {"http": 80, "https": 443}[scheme]):
        host = f"{host}:{port}"
    path = _ENCODED.sub(_as_it_need_be, parts.path or "/")
    return f"{scheme}://{host}{path}"


def _as_it_need_be(found: re.Match[str]) -> str:
    """Encoded only what needs it, in upper case (RFC 3986 sections 6.2.2.1 and 6.2.2.2)."""
    one = chr(int(found.group()[1:], 16))
    return one if one in _UNRESERVED else found.group().upper()


def path_of(target: str) -> str | None:
    """The path of an address, or of a request target (RFC 9112 section 3.2): everything up to `?`, without the host of one
    that is absolute. Nothing for what has none, `*` say.
    """
    path = target.partition("?")[0]
    if not path.startswith("/"):
        found = _TO_PATH.match(path)
        if found is None:
            return None
        path = path[found.end() :] or "/"
    return path


def of_request(scheme: str, host: str, target: str) -> str:
    """The address that was asked for, from `Host` and the request target. Where `Host` is none it is the path alone, and
    where there is no path it is empty: neither is an address that a proof could name.
    """
    path = path_of(target)
    if path is None:
        return ""
    # A fragment is never sent: whoever sends this character means it as part of the path.
    path = path.replace("#", "%23")
    return f"{scheme}://{host}{path}" if _HOST.fullmatch(host) else path
