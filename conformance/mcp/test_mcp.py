"""MCP clients of both generations in both languages against a protected MCP server whose authorization server is the
built binary; and the protocol's own conformance suite for authorization servers."""

import json
import os
import pathlib
import subprocess
import unittest

import keys
from browser import Browser
from conversation import ProgramTest
from serving import Serving, free_port

HERE = pathlib.Path(__file__).resolve().parent
SDK = HERE.parents[1] / "sdks/python/src"
NODE_PROGRAMS = os.environ["MCP_NODE"]
NODE = os.environ["STAGE_NODE"]
PYTHONS = {1: os.environ["MCP_PYTHON_1"], 2: os.environ["MCP_PYTHON_2"]}


class Mcp(ProgramTest):
    MODULES = HERE / "python"

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.resource = f"https://localhost:{cls.port}/mcp"
        cls.grantd = Serving(HERE / "realm.toml", [("https://localhost:8444/mcp", cls.resource)])
        cls.addClassCleanup(cls.grantd.stop)
        cls.user = cls.grantd.user("ada", "correct-horse-ada", "berlin", "owner", name="Ada", email="ada@example.com")
        cls.key = keys.new()
        machine = {"grant_types": ["client_credentials"], "scopes": ["notes:*"]}
        jwks = {"keys": [keys.jwk(cls.key.public_key())]}
        cls.clients = cls.grantd.clients(
            [
                machine | {"name": "machine", "token_endpoint_auth_method": "client_secret_basic"},
                machine | {"name": "signer", "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks},
            ]
        )
        native = ("--kind", "native", "--redirect-uri", "http://127.0.0.1/callback", "--scope", "notes:read")
        cls.suite = cls.grantd.client("suite", *native)
        cls.guard = cls.grantd.client("notes", "--kind", "resource-server", "--resource", cls.resource)
        cls.grantd.start()
        cls.issuer = f"{cls.grantd.origin}/login"
        cls.serve_mcp()

    @classmethod
    def serve_mcp(cls):
        """The protected server, as a process of its own."""
        environment = os.environ | {
            "MCP_RESOURCE": cls.resource,
            "MCP_PORT": str(cls.port),
            "MCP_ISSUER": cls.issuer,
            "MCP_CLIENT_ID": cls.guard["client_id"],
            "MCP_CLIENT_SECRET": cls.guard["client_secret"],
            "PYTHONPATH": str(SDK),
        }
        command = [PYTHONS[2], "-B", str(HERE / "python/server.py")]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(server.stdout.close)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        if server.stdout.readline() != "ready\n":
            raise RuntimeError("the MCP server does not listen")

    def drive(self, command):
        self.converse(
            command,
            issuer=self.issuer,
            resource=self.resource,
            revocation=f"{self.issuer}/revoke",
            clients=self.clients,
        )

    def test_typescript_first_generation(self):
        self.drive([NODE, f"{NODE_PROGRAMS}/sdk1.mjs"])

    def test_typescript_second_generation(self):
        self.drive([NODE, f"{NODE_PROGRAMS}/sdk2.mjs"])

    def test_python_first_generation(self):
        self.drive([PYTHONS[1], "-B", str(HERE / "python/sdk1.py")])

    def test_python_second_generation(self):
        self.drive([PYTHONS[2], "-B", str(HERE / "python/sdk2.py")])

    def test_conformance_suite_for_authorization_servers(self):
        """Both of its scenarios in one run: the second needs what the first found."""
        port = free_port()
        suite = subprocess.Popen(
            [
                NODE,
                f"{NODE_PROGRAMS}/node_modules/@modelcontextprotocol/conformance/dist/index.js",
                "authorization",
                *("--url", self.issuer),
                *("--client-id", self.suite["client_id"]),
                *("--resource", self.resource),
                *("--port", str(port)),
                *("--output-dir", str(self.grantd.directory / "suite")),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(suite.kill)
        said = []
        with suite.stdout:
            for line in suite.stdout:
                said.append(line)
                if line.startswith(f"{self.issuer}/authorize?"):
                    browser = Browser()
                    browser.send("GET", browser.walk(line.strip(), self.user, f"http://127.0.0.1:{port}/callback?"))
        self.assertEqual(suite.wait(), 0, "".join(said))
        checks = [
            (check["id"], check["status"])
            for file in sorted((self.grantd.directory / "suite").rglob("checks.json"))
            for check in json.loads(file.read_text())
        ]
        self.assertEqual(
            sorted(checks),
            [
                ("authorization-code-grant", "SUCCESS"),
                ("authorization-server-metadata", "SUCCESS"),
                ("authorization-server-metadata-cimd", "SUCCESS"),
            ],
            "".join(said),
        )


if __name__ == "__main__":
    unittest.main()
