"""What an issuer gives a client, as values. They do not print what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

_OPTIONAL = "jkt"
_MOST = 10**15
"""Beyond all times, and no infinity."""
_KEPT = ("access_token", "token_type", "scopes", "obtained_at", "expires_in", "refresh_token")


@dataclass(frozen=True)
class Tokens:
    """The reply of the token endpoint (RFC 6749 section 5.1)."""

    access_token: str = field(repr=False)
    token_type: str
    scopes: tuple[str, ...] | None
    """What was permitted, where the reply says so."""
    obtained_at: float
    """Seconds since 1970, from before the request was sent."""
    expires_in: int | None
    """Seconds from then on."""
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    claims: Mapping[str, Any] | None = field(default=None, repr=False)
    """What the ID token says, once it was verified."""
    jkt: str | None = None
    """The thumbprint (RFC 7638) of the key that the access token is bound to; none for one that is bound to no key."""

    def keeping(self, refresh_token: str) -> Tokens:
        """With this refresh token where the reply had none: then the old one goes on (RFC 6749 section 6)."""
        return self if self.refresh_token else replace(self, refresh_token=refresh_token)

    def to_text(self) -> str:
        """For a store; secret."""
        bound_to = {} if self.jkt is None else {_OPTIONAL: self.jkt}
        return json.dumps({name: getattr(self, name) for name in _KEPT} | bound_to)

    @classmethod
    def from_text(cls, text: str) -> Tokens | None:
        """What `to_text` wrote; nothing for anything else."""
        try:
            stored = json.loads(text)
            kept = {name: stored[name] for name in _KEPT}
            bound_to = stored.get(_OPTIONAL)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        scopes, expires_in = kept["scopes"], kept["expires_in"]
        are_texts = all(isinstance(kept[name], str) for name in ("access_token", "token_type"))
        may_be_texts = all(isinstance(one, (str, type(None))) for one in (kept["refresh_token"], bound_to))
        are_scopes = scopes is None or (isinstance(scopes, list) and all(isinstance(one, str) for one in scopes))
        is_time = expires_in is None or (_is_number(expires_in) and isinstance(expires_in, int))
        if not (are_texts and may_be_texts and are_scopes and is_time and _is_number(kept["obtained_at"])):
            return None
        kept["scopes"] = None if scopes is None else tuple(scopes)
        return cls(**kept, jkt=bound_to)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MOST


@dataclass(frozen=True)
class AuthorizationRequest:
    """One login on its way: kept in the user's session until the browser comes back."""

    url: str = field(repr=False)
    """Where to send the browser. It holds the state."""
    state: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str
    nonce: str | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, str | None]:
        """For a session that keeps JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, str | None]) -> AuthorizationRequest:
        """What `to_dict` gave."""
        return cls(**kept)  # type: ignore[arg-type]


@dataclass(frozen=True)
class DeviceAuthorization:
    """A device that waits for its user (RFC 8628 section 3.2)."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    device_code: str = field(repr=False)
    expires_at: float
    interval: float
