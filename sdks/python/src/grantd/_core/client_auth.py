"""How a client proves itself at the issuer (RFC 6749 section 2.3, RFC 7523). Must not know what it asks for."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from ..errors import ConfigurationError
from ..keys import SigningKey

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60


def basic(client_id: str, client_secret: str) -> str:
    """`Authorization` for client_secret_basic: both form-encoded before base64 (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True)
class ClientAuth:
    """A client's identity and how it is proved."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    key: SigningKey | None = field(default=None, repr=False)
    method: str = "client_secret_basic"

    @classmethod
    def of(cls, client_id: str, secret: str | None, key: SigningKey | None, method: str | None) -> ClientAuth:
        """Chooses the method where none is named. Raises ConfigurationError."""
        if not client_id or (secret is not None and key is not None):
            raise ConfigurationError("a client has an id, and a secret or a key, not both")
        default = "private_key_jwt" if key else "client_secret_basic" if secret else "none"
        method = method or default
        has_secret = bool(secret)
        fits = {"client_secret_basic": has_secret, "client_secret_post": has_secret, "private_key_jwt": key is not None}
        if not fits.get(method, method == "none"):
            raise ConfigurationError(f"the client cannot authenticate by {method} with what it was given")
        return cls(client_id, secret, key, method)

    def apply(self, issuer: str, now: float, headers: dict[str, str], body: dict[str, str]) -> None:
        """Adds what the method needs."""
        if self.method == "client_secret_basic":
            headers["Authorization"] = basic(self.client_id, self.secret or "")
            return
        body["client_id"] = self.client_id
        if self.method == "client_secret_post":
            body["client_secret"] = self.secret or ""
        elif self.key is not None and self.method == "private_key_jwt":
            body["client_assertion_type"] = _ASSERTION
            body["client_assertion"] = self.key.sign(
                {"typ": "JWT"},
                {
                    "iss": self.client_id,
                    "sub": self.client_id,
                    "aud": issuer,
                    "iat": int(now),
                    "exp": int(now) + _ASSERTION_SECONDS,
                    "jti": secrets.token_urlsafe(16),
                },
            )
