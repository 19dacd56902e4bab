"""Client libraries against the built binary, each through all that it knows. What a library refuses is a failure: they
check the server's answers more strictly than most applications would."""

import os
import pathlib
import sys
import unittest

import keys
from conversation import ProgramTest
from serving import Serving

HERE = pathlib.Path(__file__).resolve().parent
NODE = os.environ["STAGE_NODE"]
NODE_PROGRAMS = os.environ["CLIENTS_NODE"]
GO_PROGRAM = os.environ["CLIENTS_GO"]
CALLBACK = "https://app.example/callback"


class Clients(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.grantd = Serving(HERE / "realm.toml")
        cls.addClassCleanup(cls.grantd.stop)
        cls.user = cls.grantd.user("ada", "correct-horse-ada", "berlin", "owner", name="Ada", email="ada@example.com")
        cls.key = keys.new()
        cls.clients = cls.make_clients(cls.grantd.origin + "/api")
        cls.grantd.start()

    @classmethod
    def make_clients(cls, resource):
        """A client for each way of authentication, one for each thing that it may ask for, and the API."""
        everything = {
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scopes": ["openid", "profile", "email", "offline_access", "orders:*"],
        }
        people = everything | {"grant_types": ["authorization_code", "refresh_token"]}
        jwks = {"keys": [keys.jwk(cls.key.public_key())]}
        exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
        made = cls.grantd.clients(
            [
                people
                | {
                    "name": "app",
                    "token_endpoint_auth_method": "none",
                    "grant_types": [*people["grant_types"], "urn:ietf:params:oauth:grant-type:device_code"],
                },
                everything
                | {
                    "name": "service",
                    "client_id": "orders-api",
                    "token_endpoint_auth_method": "client_secret_basic",
                    "grant_types": [exchange, "client_credentials"],
                },
                everything | {"name": "web", "token_endpoint_auth_method": "client_secret_basic"},
                everything | {"name": "post", "token_endpoint_auth_method": "client_secret_post"},
                everything | {"name": "signer", "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks},
            ]
        )
        for name, uri in (("api", resource), ("billing", f"{cls.grantd.origin}/billing")):
            made[name] = cls.grantd.client(name, "--kind", "resource-server", "--resource", uri)
        return made

    def drive(self, command):
        origin = self.grantd.origin
        self.converse(command, issuer=origin, resource=origin + "/api", callback=CALLBACK, clients=self.clients)

    def test_oauth4webapi(self):
        self.drive([NODE, f"{NODE_PROGRAMS}/oauth4webapi.mjs"])

    def test_openid_client(self):
        self.drive([NODE, f"{NODE_PROGRAMS}/openid-client.mjs"])

    def test_authlib(self):
        self.drive([sys.executable, "-B", str(HERE / "python/authlib_app.py")])

    def test_go(self):
        self.drive([GO_PROGRAM])


if __name__ == "__main__":
    unittest.main()
