"""Where an issuer's endpoints are (RFC 8414): found by its name alone, believed only if the document names the same issuer."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import ConfigurationError, IssuerMismatchError, UnavailableError
from ..http import HttpRequest, HttpResponse
from .effects import Flow, Send
from .strict import Json, Malformed, json_object

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Metadata:
    """The document of an issuer."""

    issuer: str
    members: Json

    def endpoint(self, name: str) -> str:
        """An endpoint's address; UnavailableError if this server has none."""
        url = self.members.get(name)
        if not isinstance(url, str) or not is_safe(url, self.issuer):
            raise UnavailableError(f"the server has no usable {name}")
        return url


def is_safe(url: str, issuer: str | None = None) -> bool:
    """https, or plain http on this computer where the issuer is plain http itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and host in _LOOPBACK and (issuer is None or issuer.startswith("http://"))


def checked_issuer(issuer: str) -> str:
    """An issuer as it was configured. Raises ConfigurationError."""
    if (
        not isinstance(issuer, str)
        or not is_safe(issuer)
        or not {"?", "#", "@"}.isdisjoint(issuer)
        or issuer.endswith("/")
    ):
        raise ConfigurationError(
            "the issuer must be an https address without query, fragment, user or slash at the end (http on localhost alone)"
        )
    return issuer


def addresses(issuer: str) -> tuple[str, ...]:
    """Where the document can be: RFC 8414 first, then OpenID Connect Discovery."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path
    return (
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{issuer}/.well-known/openid-configuration",
    )


def discover(issuer: str, timeout: float) -> Flow[Metadata]:
    """Fetches the document."""
    reply = HttpResponse(404)
    for url in addresses(issuer):
        reply = yield Send(HttpRequest("GET", url, {"Accept": "application/json"}, timeout=timeout))
        if reply.status != 404:
            break
    members = json_reply(reply, "metadata")
    if members.get("issuer") != issuer:
        raise IssuerMismatchError("the metadata names another issuer than the one that was asked")
    return Metadata(issuer, members)


def json_reply(reply: HttpResponse, what: str) -> Json:
    """The object in a reply of 200. Raises UnavailableError."""
    if reply.status != 200:
        raise UnavailableError(f"the server answered {reply.status} to a request for its {what}")
    try:
        return json_object(reply.body)
    except Malformed as error:
        raise UnavailableError(f"the server's {what} cannot be read") from error
