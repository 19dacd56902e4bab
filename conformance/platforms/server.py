"""A running `grantd dev` over example realms, and what its ready line says. Knows nothing of the product's code."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "platforms"
GRANTD = os.environ["GRANTD"]


class Server:
    """The built binary, serving realms until `stop`."""

    def __init__(self, *realms, listen="127.0.0.1:0"):
        command = [GRANTD, "dev", "--data", ":memory:", "-o", "json", "--listen", listen]
        for realm in realms:
            command += ["--realm", str(EXAMPLES / f"{realm}.toml")]
        # A file and not a pipe: nobody reads while a test runs, and a full pipe would stop the server.
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            raise RuntimeError(f"no ready line: {self.log.read().decode()}")
        self.ready = json.loads(line)

    def realm(self, name):
        return Realm(next(realm for realm in self.ready["realms"] if realm["name"] == name))

    def stop(self):
        # It keeps nothing, so nothing is lost; how a server ends in good order is tested elsewhere.
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


class Realm:
    """A realm as the ready line describes it."""

    def __init__(self, ready):
        self.ready = ready
        self.issuer = ready["issuer"]
        self.metadata = ready["metadata"]
        self.authorize = self.metadata["authorization_endpoint"]
        self.token = self.metadata["token_endpoint"]
        self.introspect = self.metadata["introspection_endpoint"]
        self.revoke = self.metadata["revocation_endpoint"]
        self.userinfo = self.metadata.get("userinfo_endpoint")

    def client(self, kind):
        return next(client for client in self.ready["clients"] if client["kind"] == kind)

    def named(self, client_id):
        everyone = self.ready["clients"] + self.ready["service_accounts"]
        return next(client for client in everyone if client["client_id"] == client_id)

    def basic(self, kind):
        client = self.client(kind)
        return client["client_id"], client["client_secret"]

    def user(self, index=0):
        return self.ready["users"][index]


class PlatformTest(unittest.TestCase):
    """Tests against one server with the realms that `REALMS` names."""

    REALMS = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.REALMS)
        cls.addClassCleanup(cls.server.stop)
        cls.realm = cls.server.realm(cls.server.ready["realms"][0]["name"])

    def assert_members(self, body, **types):
        """The reply has exactly these members, each of its type; a bool is no number."""
        self.assertEqual({name: type(value) for name, value in body.items()}, types)

    def assert_error(self, reply, error, status=400):
        self.assertEqual((reply.status_code, reply.json().get("error")), (status, error), reply.text)
        self.assertEqual(reply.headers["cache-control"], "no-store")
        for issued in ("access_token", "accessToken", "refresh_token", "refreshToken"):
            self.assertNotIn(issued, reply.json())
