"""grantd for Python: the client side, the resource-server side, and what tests need.

`TokenManager` keeps an access token good; `Verifier` checks one; `grantd.testing` has an issuer inside the test. What is for
a framework is in a module of its name: `grantd.httpx`, `grantd.requests`, `grantd.fastapi`, `grantd.flask`, `grantd.django`,
`grantd.asgi`, `grantd.mcp`.
"""

from ._core.asking import Introspection
from ._core.challenge import Reply
from ._core.claims import Principal, certificate_of_pem
from ._core.presented import Facts
from ._core.reasons import REASONS
from ._core.verifier import Credential
from .client import ApiKey, AsyncTokenManager, TokenManager
from .errors import (
    AccessDeniedError,
    ConfigurationError,
    DeviceCodeExpiredError,
    GrantdError,
    InsufficientScopeError,
    IssuerMismatchError,
    LoginRequiredError,
    OAuthError,
    Refused,
    RequestTimeoutError,
    StoreError,
    UnavailableError,
)
from .http import HttpRequest, HttpResponse, StandardTransport
from .keys import SigningKey
from .oauth import AsyncOAuthClient, OAuthClient
from .store import FileStore, MemoryStore, TokenStore
from .tokens import AuthorizationRequest, DeviceAuthorization, Tokens
from .verifier import AsyncVerifier, Verifier

__version__ = "0.1.0"
__all__ = [
    "REASONS",
    "AccessDeniedError",
    "ApiKey",
    "AsyncOAuthClient",
    "AsyncTokenManager",
    "AsyncVerifier",
    "AuthorizationRequest",
    "ConfigurationError",
    "Credential",
    "DeviceAuthorization",
    "DeviceCodeExpiredError",
    "Facts",
    "FileStore",
    "GrantdError",
    "HttpRequest",
    "HttpResponse",
    "InsufficientScopeError",
    "Introspection",
    "IssuerMismatchError",
    "LoginRequiredError",
    "MemoryStore",
    "OAuthClient",
    "OAuthError",
    "Principal",
    "Refused",
    "Reply",
    "RequestTimeoutError",
    "SigningKey",
    "StandardTransport",
    "StoreError",
    "TokenManager",
    "TokenStore",
    "Tokens",
    "UnavailableError",
    "Verifier",
    "certificate_of_pem",
]
