"""A protected MCP server with the official SDK: its tools are behind grantd's tokens, and clients find the authorization
server by themselves (RFC 9728). The realm beside it lets them register:

grantd dev --realm sdks/python/examples/agents.toml
python -m examples.mcp_server
"""

from __future__ import annotations

import os

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

from grantd import AsyncVerifier
from grantd.mcp import TokenVerifier

SCOPES = ["invoices:read"]


def make_server(issuer: str, resource: str) -> MCPServer:
    """The server of one issuer; `resource` is where it is, and what tokens for it name as `aud`."""
    verifier = TokenVerifier(AsyncVerifier(issuer, resource), scopes=SCOPES)
    auth = AuthSettings.model_validate(
        {
            "issuer_url": issuer,
            "resource_server_url": resource,
            "required_scopes": SCOPES,
            "validate_token_resource": True,
        }
    )
    server = MCPServer("acme-billing", token_verifier=verifier, auth=auth, log_level="WARNING")

    @server.tool()
    def count_invoices() -> str:
        """How many invoices there are."""
        caller = get_access_token()
        return f"3 invoices, as {caller.subject if caller else 'nobody'} sees them"

    return server


if __name__ == "__main__":
    issuer = os.environ.get("ISSUER", "http://localhost:8400")
    make_server(issuer, "http://localhost:8000/mcp").run("streamable-http", host="localhost", port=8000)
