"""What an API asks of its authorization server and tells it, each request with the API's own secret: introspection, and
reports of use. Must not know what an answer decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ..errors import ConfigurationError, UnavailableError
from ..http import HttpRequest, HttpResponse
from . import client_auth, options, token_reply
from .effects import Flow, Send
from .keys import Discovery

_USAGE = "grantd_usage_endpoint"


@dataclass(frozen=True)
class Introspection:
    """How an API asks about opaque tokens and API keys, and with `always` about every token."""

    client_id: str
    client_secret: str = field(repr=False)
    seconds: float = 10.0
    """How long an answer is believed; 30 at most."""
    always: bool = False

    def __post_init__(self) -> None:
        options.text("client_id", self.client_id)
        if not isinstance(self.client_secret, str) or not self.client_secret:
            raise ConfigurationError("client_secret is a text")
        options.seconds("seconds", self.seconds, least=0)
        options.switch("always", self.always)


class Asking:
    """The way to one authorization server, for one API. What cannot be had raises UnavailableError."""

    def __init__(self, discovery: Discovery, as_whom: Introspection | None, timeout: float) -> None:
        self._discovery = discovery
        self._as_whom = as_whom
        self._timeout = timeout

    def introspect(self, token: str) -> Flow[HttpResponse]:
        """Asks about a token; whatever the answer is."""
        return (yield from self._post("introspection_endpoint", {"token": token}))

    def takes_reports(self) -> Flow[bool]:
        """Whether this server takes reports of use."""
        metadata = yield from self._discovery.get()
        return _USAGE in metadata.members

    def report(self, name: str, uses: str) -> Flow[None]:
        """Sends a report. Raises OAuthError for one that the server finds wrong."""
        reply = yield from self._post(_USAGE, {"report_id": name, "uses": uses})
        if reply.status != 200:
            raise token_reply.error_of(reply)

    def tell(self, token: str, used: Sequence[str]) -> Flow[None]:
        """Asks about a token so that the server counts these permissions as used by it."""
        reply = yield from self._post("introspection_endpoint", {"token": token, "scope": " ".join(used)})
        if reply.status != 200:
            raise token_reply.error_of(reply)

    def _post(self, endpoint: str, body: Mapping[str, str]) -> Flow[HttpResponse]:
        if self._as_whom is None:
            raise UnavailableError("introspection is not configured")
        metadata = yield from self._discovery.get()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": client_auth.basic(self._as_whom.client_id, self._as_whom.client_secret),
        }
        url = metadata.endpoint(endpoint)
        reply: HttpResponse = yield Send(HttpRequest("POST", url, headers, urlencode(body).encode(), self._timeout))
        return reply
