"""The MCP SDK for Python, second generation."""

import contextlib

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult

from scenarios import SCENE, play
from story import Story


@contextlib.asynccontextmanager
async def connect(provider):
    async with (
        create_mcp_http_client(auth=provider) as http,
        Client(streamable_http_client(SCENE["resource"], http_client=http)) as client,
    ):

        async def call(tool, arguments):
            result = await client.call_tool(tool, arguments)
            return result.content[0].text

        yield call


play(
    *Story(
        connect,
        lambda arrived: AuthorizationCodeResult(code=arrived["code"], state=arrived["state"], iss=arrived["iss"]),
        "scope",
        ["client_secret_basic", "client_secret_post"],
    ).scenarios()
)
