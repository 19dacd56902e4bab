"""A running `grantd dev` over example realms, and what its ready line says. Knows nothing of the product's code."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import HTTP

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

    def manage(self, method, path, body=None):
        """What the admin API answers to the operators' own program."""
        api = self.issuer + "/api/v1"
        ops = self.named("ops")
        form = {"grant_type": "client_credentials", "resource": api, "scope": "grantd:*"}
        token = HTTP.post(self.token, data=form, auth=(ops["client_id"], ops["client_secret"])).json()["access_token"]
        return HTTP.request(method, api + path, json=body, headers={"authorization": f"Bearer {token}"})

    def gate(self, method, url, headers=(), needs=None):
        """What a proxy in front of the API is told: of the realm's routes, or of a call that needs these permissions."""
        asked = {"x-original-method": method, "x-original-url": url} | dict(headers)
        return HTTP.get(self.issuer + "/gate/nginx", headers=asked, params=needs)


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
