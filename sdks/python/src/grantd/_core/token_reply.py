"""Replies of the token, device and revocation endpoints, read strictly. What they quote may be shown; what they hold is not."""

from __future__ import annotations

from typing import overload

from ..errors import GrantdError, OAuthError, UnavailableError
from ..http import HttpResponse
from ..tokens import DeviceAuthorization, Tokens
from .metadata import json_reply
from .strict import Json, Malformed, json_object

_MAX_LIFETIME = 100 * 365 * 86400
_DEFAULT_INTERVAL, _DEFAULT_DEVICE_LIFETIME = 5.0, 600


def tokens(reply: HttpResponse, asked_at: float) -> Tokens:
    """Raises OAuthError for a refusal, UnavailableError for what is no reply."""
    if reply.status != 200:
        raise error_of(reply)
    try:
        return _tokens_in(json_reply(reply, "tokens"), asked_at)
    except UnavailableError as error:
        wrong = str(error)
    # Here, and without that error: its frames have the tokens in their variables, which some tools show.
    raise UnavailableError(wrong)


def _tokens_in(members: Json, asked_at: float) -> Tokens:
    access_token, token_type = _text(members, "access_token"), _text(members, "token_type")
    if (
        not access_token
        or not token_type
        or token_type.lower() not in ("bearer", "dpop")
        or not _is_visible(access_token)
    ):
        raise UnavailableError("the server's token reply cannot be read")
    scope = _text(members, "scope")
    return Tokens(
        access_token=access_token,
        token_type=token_type,
        scopes=None if scope is None else tuple(scope.split()),
        obtained_at=asked_at,
        expires_in=_seconds(members, "expires_in"),
        refresh_token=_text(members, "refresh_token"),
        id_token=_text(members, "id_token"),
    )


def device(reply: HttpResponse, asked_at: float) -> DeviceAuthorization:
    """RFC 8628 section 3.2."""
    if reply.status != 200:
        raise error_of(reply)
    members = json_reply(reply, "device reply")
    code, user_code, uri = (_text(members, name) for name in ("device_code", "user_code", "verification_uri"))
    if not code or not user_code or not uri:
        raise UnavailableError("the server's device reply cannot be read")
    lifetime, interval = _seconds(members, "expires_in"), _seconds(members, "interval")
    return DeviceAuthorization(
        user_code=user_code,
        verification_uri=uri,
        verification_uri_complete=_text(members, "verification_uri_complete"),
        device_code=code,
        expires_at=asked_at + (_DEFAULT_DEVICE_LIFETIME if lifetime is None else lifetime),
        interval=float(interval) if interval else _DEFAULT_INTERVAL,
    )


def error_of(reply: HttpResponse) -> GrantdError:
    """What a reply that is no success means: a refusal only where it says so itself."""
    try:
        members = json_object(reply.body)
    except Malformed:
        members = {}
    code = printable(members.get("error"))
    if 400 <= reply.status < 500 and reply.status != 429 and code:
        return OAuthError(code, printable(members.get("error_description")), reply.status)
    error = UnavailableError(f"the server answered {reply.status}")
    if reply.status in (429, 503):
        error.retry_after = _delay(reply.header("retry-after") or "")
    return error


def _delay(text: str) -> int | None:
    """`Retry-After` in seconds; one that names a date is passed over."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def request_uri(reply: HttpResponse) -> str:
    """Under which an authorization server keeps a pushed request (RFC 9126 section 2.2)."""
    if reply.status not in (200, 201):
        raise error_of(reply)
    try:
        found = json_object(reply.body).get("request_uri")
    except Malformed as error:
        raise UnavailableError("the server's reply to a pushed request cannot be read") from error
    if not isinstance(found, str) or not found:
        raise UnavailableError("the server's reply to a pushed request has no request_uri")
    return found


@overload
def printable(value: str) -> str: ...
@overload
def printable(value: object) -> str | None: ...
def printable(value: object) -> str | None:
    """A text from outside that may be shown in a message: short, and without control characters."""
    if not isinstance(value, str):
        return None
    return "".join(character for character in value[:300] if character.isprintable())


def _text(members: Json, name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise UnavailableError(f"the server's reply has a malformed {name}")
    return value


def _seconds(members: Json, name: str) -> int | None:
    value = members.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_LIFETIME:
        raise UnavailableError(f"the server's reply has a malformed {name}")
    return int(value)


def _is_visible(token: str) -> bool:
    # What goes into a header: no line breaks, no spaces.
    return all("!" <= character <= "~" for character in token)
