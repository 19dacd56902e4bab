"""Every error that this package raises. No message, argument or attribute holds a token, a secret or a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._core.reasons import REASONS


class GrantdError(Exception):
    """Whatever goes wrong in here. What caused it is its `__cause__`."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For copies, and for other processes: without what caused it, as with every exception."""
        return _made, (type(self), self.args), dict(vars(self))


def _made(kind: type[GrantdError], arguments: tuple[Any, ...]) -> GrantdError:
    # Not by its initialiser, which takes other things than it keeps.
    made = kind.__new__(kind, *arguments)
    made.args = arguments
    return made


class ConfigurationError(GrantdError, ValueError):
    """The caller's configuration cannot work; trying again does not help."""


class UnavailableError(GrantdError):
    """The server, or the way to it, does not work now; trying again later may help."""

    retry_after: int | None = None
    """Seconds after which the server says to try again (RFC 9110 section 10.2.3), where it does."""


class RequestTimeoutError(UnavailableError, TimeoutError):
    """There was no complete answer in time."""


class IssuerMismatchError(GrantdError):
    """Something claims to be from the issuer and is not: metadata, or an authorization response (RFC 9207)."""


class OAuthError(GrantdError):
    """The server refused, with an error code of RFC 6749 section 5.2 or of its extensions."""

    def __init__(self, code: str, description: str | None = None, status: int | None = None) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
        self.status = status


class LoginRequiredError(OAuthError):
    """The login is over (`invalid_grant`): the user has to log in again."""


class AccessDeniedError(OAuthError):
    """The user said no."""


class DeviceCodeExpiredError(OAuthError):
    """Nobody entered the user code in time."""


class InsufficientScopeError(GrantdError):
    """An API asks for permissions that the token does not hold."""

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__("the access token lacks a permission" + (f": {' '.join(scopes)}" if scopes else ""))
        self.scopes = tuple(scopes)


class StoreError(GrantdError):
    """A store could not keep or give what it should."""


class Refused(GrantdError):
    """What a verifier says of a request that may not pass.

    `reason` is one of the closed list in `grantd.REASONS`; `error` is the code for the client, absent when no token
    was sent (RFC 6750 section 3.1) or the token cannot be checked now; `scopes` are what the call needs.
    """

    def __init__(self, reason: str, *, scopes: Sequence[str] = (), nonce: str | None = None) -> None:
        row = REASONS[reason]
        super().__init__(row.description)
        self.reason = reason
        self.status = row.status
        self.error = row.error
        self.description = row.description
        self.scopes = tuple(scopes)
        self.nonce = nonce
        self.tried: str | None = None
