"""MCP servers: a `TokenVerifier` for the Python SDK of the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Iterable

from mcp.server.auth.provider import AccessToken

from ._core.claims import is_same_resource
from .errors import Refused
from .scopes import several
from .verifier import AsyncVerifier


class TokenVerifier:
    """Give it to `MCPServer` as `token_verifier`. `scopes` are the permissions that the server asks for by name: the MCP
    SDK knows no patterns, so those that `invoices:*` covers are named for it.
    """

    def __init__(self, verifier: AsyncVerifier, *, scopes: Iterable[str] = ()) -> None:
        self._verifier = verifier
        self._scopes = several(scopes, "scopes")

    async def verify_token(self, token: str) -> AccessToken | None:
        """The token's facts, or nothing for a token that is not good. Raises Refused where that cannot be known now: the
        MCP SDK answers 500 then, and no client throws a good token away.
        """
        try:
            principal = await self._verifier.verify(token)
        except Refused as refused:
            self._verifier.tell(refused)
            if refused.reason == "unavailable":
                raise
            return None
        ours = self._verifier.audience
        resource = next((one for one in principal.audience if any(is_same_resource(one, own) for own in ours)), None)
        named = [scope for scope in self._scopes if principal.has(scope)]
        return AccessToken(
            token=token,
            client_id=principal.client_id or principal.subject,
            scopes=list(dict.fromkeys((*principal.scopes, *named))),
            expires_at=principal.expires_at,
            resource=resource,
            subject=principal.subject,
            claims=dict(principal.claims),
        )
