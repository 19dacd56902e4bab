"""The status lists that an API looks tokens up in: fetched now and then, from the issuer alone. Must not know what a token
says besides its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

from ..errors import GrantdError, Refused, UnavailableError
from ..http import HttpRequest
from . import jws, status_list
from .effects import Background, Flow, Send, Shared, StillRunningError
from .keys import Discovery, KeySource, is_over
from .status_list import StatusList

_MAX_LISTS = 100
T = TypeVar("T")


class Lists:
    """The lists of one issuer."""

    def __init__(self, discovery: Discovery, keys: KeySource, clock: Callable[[], float], timeout: float) -> None:
        self._discovery = discovery
        self._keys = keys
        self._clock = clock
        self._timeout = timeout
        self._lists: dict[str, StatusList] = {}
        self._failures: dict[str, tuple[float, Exception]] = {}
        """Of lists that were never there: since when they are not asked for again, and why."""
        self._kept_waiting: dict[str, float] = {}
        """When a list that is good still took longer than anybody waits for it."""

    def fresh(self, uri: str, now: float) -> StatusList | None:
        """The list, where nothing is to be fetched."""
        listed = self._lists.get(uri)
        return None if listed is None or listed.is_due(now) else listed

    def get(self, uri: str) -> Flow[StatusList]:
        """The list, or the last one that has not ended, if the next does not come at once. Raises Refused."""
        now, listed = self._clock(), self._lists.get(uri)
        if listed is None or not now < listed.ends:
            fetched: StatusList = yield Shared(("status", uri), lambda: self._fetch(uri))
            return fetched
        if not listed.is_due(now):
            return listed
        if not is_over(self._kept_waiting.get(uri, float("-inf")), now, status_list.PAUSE):
            yield Background(("status", uri), lambda: self._fetch(uri))
            return listed
        try:
            newer: StatusList = yield Shared(("status", uri), lambda: self._fetch(uri), patience=status_list.PATIENCE)
        except StillRunningError:
            now = self._clock()
            if now < listed.ends:
                _put(self._kept_waiting, uri, now)
                return listed
            # It ended meanwhile, and is waited for like any that has.
            newer = yield Shared(("status", uri), lambda: self._fetch(uri))
        return newer

    def _fetch(self, uri: str) -> Flow[StatusList]:
        old, now = self._lists.get(uri), self._clock()
        if old is not None and not old.is_due(now):
            return old
        failed_at, failure = self._failures.get(uri, (float("-inf"), None))
        if not is_over(failed_at, now, status_list.PAUSE):
            raise Refused("unavailable") from failure
        yield from self._check_origin(uri)
        try:
            accept = {"Accept": "application/statuslist+jwt"}
            reply = yield Send(HttpRequest("GET", uri, accept, timeout=self._timeout))
            if reply.status != 200:
                raise UnavailableError("no status list")
            parsed = jws.parse(reply.body.decode("ascii", "replace").strip(), max_bytes=2 * status_list.MAX_LIST)
            key = yield from self._keys.find(parsed.header.get("kid", ""))
            listed = status_list.read(parsed, uri, self._discovery.issuer, key, self._clock())
        except (GrantdError, ValueError) as error:
            now = self._clock()
            if old is not None and now < old.ends:
                listed = replace(old, fetched_at=now, fetch_after=min(now + status_list.PAUSE, old.ends))
            else:
                _put(self._failures, uri, (now, error.with_traceback(None)))
                raise Refused("unavailable") from error
        _put(self._lists, uri, listed)
        self._failures.pop(uri, None)
        return listed

    def _check_origin(self, uri: str) -> Flow[None]:
        wanted = _origin(uri)
        if wanted is None:
            raise Refused("claim")
        if wanted == _origin(self._discovery.issuer):
            return
        try:
            metadata = yield from self._discovery.get()
        except GrantdError as error:
            raise Refused("unavailable") from error
        if wanted != _origin(str(metadata.members.get("jwks_uri"))):
            raise Refused("claim")


def look_up(listed: StatusList, index: int) -> None:
    """Raises Refused."""
    revoked = listed.is_revoked(index)
    if revoked is None:
        raise Refused("unavailable")
    if revoked:
        raise Refused("revoked")


def _put(known: dict[str, T], name: str, value: T) -> None:
    known.pop(name, None)
    if len(known) >= _MAX_LISTS:
        known.pop(next(iter(known)), None)
    known[name] = value


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()
