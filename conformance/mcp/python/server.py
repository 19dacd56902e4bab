"""A small protected MCP server, made with the MCP SDK for Python 2.x: two tools, one of which needs more than the other.
Serves clients of both generations. What it needs is in the environment; it says `ready` once it listens.

The guard in front of the SDK's server is our own: the SDK's names no scopes in its challenge, asks the same of every tool,
and does not know DPoP."""

import base64
import hashlib
import json
import os
import ssl
import time

import httpx2
import jwt
import uvicorn
from mcp.server.mcpserver import MCPServer

RESOURCE = os.environ["MCP_RESOURCE"]
PORT = int(os.environ["MCP_PORT"])
ISSUER = os.environ["MCP_ISSUER"]
INTROSPECTION = os.environ["MCP_INTROSPECTION"]
CREDENTIALS = (os.environ["MCP_CLIENT_ID"], os.environ["MCP_CLIENT_SECRET"])
TLS = os.environ["STAGE_TLS"]

#: What the call of a tool needs beyond what any request needs.
NEEDS = {"append": "notes:read notes:write"}
EVERYBODY_NEEDS = "notes:read"

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
    """Lets requests through whose token introspection knows, for this server and for what they want to do."""

    def __init__(self, app):
        self.app = app
        self.http = None
        self.proofs = set()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == METADATA_PATH:
            return await answer(send, 200, METADATA)
        body = await whole_body(receive)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        kind, _, token = headers.get("authorization", "").partition(" ")
        told = await self.introspect(token) if token else {"active": False}
        if not told["active"] or RESOURCE not in audiences(told) or not self.is_sender(kind, token, told, headers, scope):
            return await challenge(send, 401, EVERYBODY_NEEDS, None)
        needed = needs_of(body)
        if not set(needed.split()) <= set(told["scope"].split()):
            return await challenge(send, 403, needed, "insufficient_scope")
        await self.app(scope, replayed(body, receive), send)

    async def introspect(self, token):
        self.http = self.http or httpx2.AsyncClient(verify=tls_context())
        reply = await self.http.post(INTROSPECTION, data={"token": token}, auth=CREDENTIALS)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def is_sender(self, kind, token, told, headers, scope):
        """Whoever sends a bound token has its key (RFC 9449, section 7.1); a plain one comes as Bearer."""
        thumbprint = told.get("cnf", {}).get("jkt")
        if thumbprint is None:
            return kind.lower() == "bearer"
        proof = headers.get("dpop", "")
        key = jwt.PyJWK(jwt.get_unverified_header(proof)["jwk"])
        claims = jwt.decode(proof, key, algorithms=["ES256"])
        digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        is_new = claims["jti"] not in self.proofs
        self.proofs.add(claims["jti"])
        return (
            kind.lower() == "dpop"
            and is_new
            and (claims["htm"], claims["htu"], claims["ath"]) == (scope["method"], RESOURCE, digest)
            and abs(claims["iat"] - time.time()) < 60
            and jwk_thumbprint(jwt.get_unverified_header(proof)["jwk"]) == thumbprint
        )


def audiences(told):
    audience = told.get("aud", [])
    return [audience] if isinstance(audience, str) else audience


def needs_of(body):
    try:
        message = json.loads(body)
    except ValueError:
        return EVERYBODY_NEEDS
    called = message.get("method") == "tools/call" and message["params"]["name"]
    return NEEDS.get(called, EVERYBODY_NEEDS)


def jwk_thumbprint(jwk):
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


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


async def challenge(send, status, scope, error):
    parts = [f'resource_metadata="{RESOURCE.removesuffix("/mcp")}{METADATA_PATH}"', f'scope="{scope}"']
    if error:
        parts.insert(0, f'error="{error}"')
    await answer(send, status, {"error": error or "unauthorized"}, ("www-authenticate", f"Bearer {', '.join(parts)}"))


async def answer(send, status, body, *headers):
    headers = [("content-type", "application/json"), *headers]
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


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
