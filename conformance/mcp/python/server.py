"""A small protected MCP server, made with the MCP SDK for Python 2.x: two tools, one of which needs more than the other.
Serves clients of both generations. What it needs is in the environment; it says `ready` once it listens.

Who comes in is decided by the verifier of `sdks/python`, and not by the SDK's own guard: that one names no scopes in its
challenge, asks the same of every tool, and does not know DPoP."""

import json
import os
import ssl

import httpx2
import uvicorn
from mcp.server.mcpserver import MCPServer

from grantd import AsyncVerifier, Introspection, Refused
from grantd.asgi import facts_of
from grantd.httpx2 import AsyncTransport

RESOURCE = os.environ["MCP_RESOURCE"]
PORT = int(os.environ["MCP_PORT"])
ISSUER = os.environ["MCP_ISSUER"]
CREDENTIALS = (os.environ["MCP_CLIENT_ID"], os.environ["MCP_CLIENT_SECRET"])
TLS = os.environ["STAGE_TLS"]

#: What the call of a tool needs beyond what any request needs.
NEEDS = {"append": ("notes:read", "notes:write")}
EVERYBODY_NEEDS = ("notes:read",)

METADATA_PATH = "/.well-known/oauth-protected-resource/mcp"
METADATA = {
    "resource": RESOURCE,
    "authorization_servers": [ISSUER],
    "scopes_supported": ["notes:read"],
    "bearer_methods_supported": ["header"],
    "dpop_signing_alg_values_supported": ["ES256"],
}

mcp = MCPServer("notes", log_level="WARNING")


@mcp.tool()
def read() -> str:
    """Reads the notes."""
    return "milk, eggs"


@mcp.tool()
def append(note: str) -> str:
    """Writes a note."""
    return f"milk, eggs, {note}"


class Guard:
    """Lets requests through whose token is for this server and for what they want to do."""

    def __init__(self, app):
        self.app = app
        self.verifier = None

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == METADATA_PATH:
            return await answer(send, 200, [("content-type", "application/json")], json.dumps(METADATA).encode())
        # Made here, and not before: its connections belong to the loop that serves.
        self.verifier = self.verifier or verifier()
        body = await whole_body(receive)
        try:
            await self.verifier.verify_request(facts_of(scope), *needs_of(body))
        except Refused as refused:
            reply = self.verifier.reply_to(refused)
            return await answer(send, reply.status, reply.headers, reply.body)
        await self.app(scope, replayed(body, receive), send)


def verifier():
    """Asks about every token each time, so that one that was ended is refused at once."""
    return AsyncVerifier(
        ISSUER,
        RESOURCE,
        introspection=Introspection(*CREDENTIALS, seconds=0, always=True),
        resource_metadata=RESOURCE.removesuffix("/mcp") + METADATA_PATH,
        transport=AsyncTransport(httpx2.AsyncClient(verify=tls_context())),
    )


def needs_of(body):
    try:
        message = json.loads(body)
    except ValueError:
        return EVERYBODY_NEEDS
    called = message.get("method") == "tools/call" and message["params"]["name"]
    return NEEDS.get(called, EVERYBODY_NEEDS)


async def whole_body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def replayed(body, receive):
    """Hands the body that was read out again, and then whatever comes."""
    rest = [{"type": "http.request", "body": body, "more_body": False}]

    async def again():
        return rest.pop() if rest else await receive()

    return again


async def answer(send, status, headers, body):
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def tls_context():
    return ssl.create_default_context(cafile=f"{TLS}/ca.pem")


class Ready(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("ready", flush=True)


if __name__ == "__main__":
    app = Guard(mcp.streamable_http_app(host="localhost"))
    Ready(
        uvicorn.Config(
            app, host="127.0.0.1", port=PORT, ssl_certfile=f"{TLS}/cert.pem", ssl_keyfile=f"{TLS}/key.pem", log_level="warning"
        )
    ).run()
