"""The built server for the tests that need it: `GRANTD_BIN` says where its binary is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn


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


@contextmanager
def started(*options: str) -> Iterator[Server]:
    """A server of its own with these options; what needs it is skipped where there is no binary."""
    binary = os.environ.get("GRANTD_BIN")
    if not binary:
        pytest.skip("GRANTD_BIN does not name the server's binary")
    command = [binary, "dev", "--listen", f"127.0.0.1:{free_port()}", "--data", ":memory:", "-o", "json", *options]
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


@contextmanager
def listening(app: Any, port: int = 0) -> Iterator[int]:
    """Serves an ASGI application, and hands over the port."""
    config = uvicorn.Config(app, port=port, log_level="critical", lifespan="auto")
    api = uvicorn.Server(config)
    bound = config.bind_socket()
    thread = threading.Thread(target=api.run, args=([bound],))
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        api.should_exit = True
        thread.join()
        bound.close()


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with started() as one:
        yield one
