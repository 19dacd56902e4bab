"""The example of an MCP server, by what an MCP client of the official SDK knows of it: its address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from examples.mcp_server import make_server
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

from .conftest import Server, free_port, listening, started
from .person import answer

REALM = Path(__file__).parents[1] / "examples" / "agents.toml"
WRITTEN = "http://localhost:8000/mcp"
CALLBACK = "http://127.0.0.1:38765/callback"
USER = "ada@example.com", "correct-horse-ada"


@dataclass
class Place:
    """The example, running, and the server that it trusts."""

    url: str
    server: Server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    port = free_port()
    url = WRITTEN.replace(":8000", f":{port}")
    realm = tmp_path_factory.mktemp("realm") / "agents.toml"
    realm.write_text(REALM.read_text(encoding="utf-8").replace(WRITTEN, url), encoding="utf-8")
    with started("--realm", str(realm)) as server:
        with listening(make_server(server.issuer, url).streamable_http_app(host="localhost"), port):
            yield Place(url, server)


class Keeping:
    """Where a client keeps what it has."""

    tokens: Any = None
    information: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.information

    async def set_client_info(self, client_info: Any) -> None:
        self.information = client_info


@dataclass
class Person:
    """Whom a client sends to log in and to allow."""

    sent: list[dict[str, str]] = field(default_factory=list)
    came_back: str = ""

    async def go(self, url: str) -> None:
        self.sent.append(dict(parse_qsl(urlsplit(url).query)))
        self.came_back = await asyncio.to_thread(answer, url, *USER)

    async def come_back(self) -> AuthorizationCodeResult:
        assert self.came_back.startswith(CALLBACK)
        return AuthorizationCodeResult.model_validate(dict(parse_qsl(urlsplit(self.came_back).query)))


async def count(url: str, provider: Any) -> str:
    """What the tool says to a client with these credentials."""
    async with (
        create_mcp_http_client(auth=provider) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        result: Any = await client.call_tool("count_invoices", {})
        text: str = result.content[0].text
        return text


def test_a_client_that_knows_the_address_alone_registers_logs_in_and_calls_a_tool(place: Place) -> None:
    person, keeping = Person(), Keeping()
    metadata = OAuthClientMetadata.model_validate(
        {
            "client_name": "An agent",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
    )
    provider = OAuthClientProvider(place.url, metadata, keeping, person.go, person.come_back)
    said = asyncio.run(count(place.url, provider))
    assert said.startswith("3 invoices, as ") and "nobody" not in said
    [asked] = person.sent
    assert (asked["resource"], asked["code_challenge_method"]) == (place.url, "S256")
    assert keeping.tokens.scope.split() == ["invoices:read"], "what the tools need, and nothing else"


def test_a_machine_calls_a_tool(place: Place) -> None:
    provider = ClientCredentialsOAuthProvider(
        server_url=place.url,
        storage=Keeping(),
        client_id="nightly-export",
        client_secret=place.server.secret("nightly-export"),
        scope="invoices:*",
        issuer=place.server.issuer,
    )
    assert asyncio.run(count(place.url, provider)) == "3 invoices, as nightly-export sees them"


def test_who_has_no_token_is_told_where_to_get_one_and_who_lacks_a_permission_which(place: Place) -> None:
    refused = httpx.post(place.url, json={})
    assert refused.status_code == 401
    address = refused.headers["www-authenticate"].split('resource_metadata="')[1].split('"')[0]
    told = httpx.get(address).json()
    assert (told["resource"], told["authorization_servers"]) == (place.url, [place.server.issuer])
    assert told["scopes_supported"] == ["invoices:read"]
    form = {"grant_type": "client_credentials", "scope": "invoices:void", "resource": place.url}
    by = ("nightly-export", place.server.secret("nightly-export"))
    token = httpx.post(f"{place.server.issuer}/token", data=form, auth=by).json()["access_token"]
    lacking = httpx.post(place.url, json={}, headers={"Authorization": f"Bearer {token}"})
    assert lacking.status_code == 403 and "insufficient_scope" in lacking.headers["www-authenticate"]
