"""The address of a request as its client wrote it, from a WSGI environment (PEP 3333). Must not know a web framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ._core import address

_PLAIN = "/:@!$&'()*+,;=~"
"""What a path needs no encoding for (RFC 3986 section 3.3)."""


def path_of(environ: Mapping[str, Any], decoded: str | None = None) -> str:
    """The path with its encoding. Servers that keep it do so as `RAW_URI` or `REQUEST_URI`; from others it comes decoded,
    and an encoded slash, say, cannot be told from a slash any more. `decoded` is what a framework made of it, where it
    changed the environment itself.
    """
    for name in ("RAW_URI", "REQUEST_URI"):
        raw = environ.get(name)
        if isinstance(raw, str) and raw.isascii():
            path = address.path_of(raw)
            if path is not None:
                return path
    if decoded is not None:
        return encoded(decoded)
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    return encoded(path.encode("latin-1", "replace")) or "/"


def encoded(path: bytes | str) -> str:
    """A path that comes decoded."""
    return quote(path, safe=_PLAIN)
