"""What an issuer gives a client, as values. They do not print what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

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

    def keeping(self, refresh_token: str) -> Tokens:
        """With this refresh token where the reply had none: then the old one goes on (RFC 6749 section 6)."""
        return self if self.refresh_token else replace(self, refresh_token=refresh_token)

    def to_text(self) -> str:
        """For a store; secret."""
        return json.dumps({name: getattr(self, name) for name in _KEPT})

    @classmethod
    def from_text(cls, text: str) -> Tokens | None:
        """What `to_text` wrote; nothing for anything else."""
        try:
            stored = json.loads(text)
            kept = {name: stored[name] for name in _KEPT}
            kept["scopes"] = None if kept["scopes"] is None else tuple(kept["scopes"])
        except (ValueError, TypeError, KeyError):
            return None
        are_texts = isinstance(kept["access_token"], str) and isinstance(kept["token_type"], str)
        are_numbers = isinstance(kept["obtained_at"], (int, float)) and isinstance(
            kept["expires_in"], (int, type(None))
        )
        is_whole = are_texts and are_numbers and isinstance(kept["refresh_token"], (str, type(None)))
        return cls(**kept) if is_whole else None


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
