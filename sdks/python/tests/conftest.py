"""The built server for the tests that need it: `GRANTD_BIN` says where its binary is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest


class Server:
    """`grantd dev` with the demo realm, as it announced itself."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.realm = said["realms"][0]
        self.issuer: str = self.realm["issuer"]
        self.audience = f"{self.issuer}/api"

    def client(self, client_id: str) -> dict[str, Any]:
        return next(one for one in self.realm["clients"] if one["client_id"] == client_id)

    def secret(self, client_id: str) -> str:
        secret: str = self.client(client_id)["client_secret"]
        return secret


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    binary = os.environ.get("GRANTD_BIN")
    if not binary:
        pytest.skip("GRANTD_BIN does not name the server's binary")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [binary, "dev", "--listen", f"127.0.0.1:{port}", "--data", ":memory:", "-o", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the server did not start"
        yield Server(json.loads(line))
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
