"""Client libraries against the built binary, each through all that it knows. What a library refuses is a failure: they
check the server's answers more strictly than most applications would."""

import os
import pathlib
import sys
import unittest

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conversation import Conversation
from keys import jwk
from serving import Serving

HERE = pathlib.Path(__file__).resolve().parent
STAGE = HERE.parent / "stage"
NODE_PROGRAMS = os.environ["CLIENTS_NODE"]
GO_PROGRAM = os.environ["CLIENTS_GO"]
ENVIRONMENT = os.environ | {"STAGE": str(STAGE), "PYTHONPATH": str(STAGE)}
CALLBACK = "https://app.example/callback"


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grantd = Serving(HERE / "realm.toml")
        cls.addClassCleanup(cls.grantd.stop)
        cls.user = cls.grantd.user("ada", "correct-horse-ada", "berlin", "owner", name="Ada", email="ada@example.com")
        cls.key = ec.generate_private_key(ec.SECP256R1())
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
        keys = {"keys": [jwk(cls.key.public_key())]}
        made = cls.grantd.clients(
            [
                people | {"name": "app", "token_endpoint_auth_method": "none"},
                everything | {"name": "web", "token_endpoint_auth_method": "client_secret_basic"},
                everything | {"name": "post", "token_endpoint_auth_method": "client_secret_post"},
                everything | {"name": "signer", "token_endpoint_auth_method": "private_key_jwt", "jwks": keys},
            ]
        )
        return made | {"api": cls.grantd.client("api", "--kind", "resource-server", "--resource", resource)}

    def converse(self, command):
        """Runs a program; each scenario that failed is a failure of its own."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        scene = {
            "issuer": self.grantd.origin,
            "resource": self.grantd.origin + "/api",
            "callback": CALLBACK,
            "clients": self.clients,
            "keys": {"signer": jwk(self.key), "signer_pem": pem.decode()},
        }
        for name, why in Conversation(self.user).run(command, scene, ENVIRONMENT).items():
            with self.subTest(name):
                if why:
                    self.fail(why)

    def test_oauth4webapi(self):
        self.converse(["node", f"{NODE_PROGRAMS}/oauth4webapi.mjs"])

    def test_openid_client(self):
        self.converse(["node", f"{NODE_PROGRAMS}/openid-client.mjs"])

    def test_authlib(self):
        self.converse([sys.executable, "-B", str(HERE / "python/authlib_app.py")])

    def test_go(self):
        self.converse([GO_PROGRAM])


if __name__ == "__main__":
    unittest.main()
