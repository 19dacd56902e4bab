"""The MCP SDK for Python, first generation."""

import contextlib

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from scenarios import SCENE, play
from story import Story


@contextlib.asynccontextmanager
async def connect(provider):
    async with (
        create_mcp_http_client(auth=provider) as http,
        streamable_http_client(SCENE["resource"], http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()

        async def call(tool, arguments):
            result = await session.call_tool(tool, arguments)
            return result.content[0].text

        yield call


play(
    *Story(
        connect,
        lambda arrived: (arrived["code"], arrived["state"]),
        "scopes",
        # Not client_secret_post: this generation sends the secret in the body without the id that RFC 6749, section 2.3.1
        # puts beside it.
        ["client_secret_basic"],
    ).scenarios()
)
