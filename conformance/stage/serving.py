"""The built binary as `grantd serve` runs it for production: a configuration file, a realm file, TLS, and users and
clients that its own commands made. Knows nothing of the product's code."""

import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time

import httpx

GRANTD = os.environ["GRANTD"]
TLS = pathlib.Path(os.environ["STAGE_TLS"])

#: The address that committed realm files are written for; the port of a run takes its place.
WRITTEN_ORIGIN = "https://localhost:8443"

CONFIGURATION = """
listen = ["127.0.0.1:{port}"]
internal_listen = "off"
realms = ["realm.toml"]
data_dir = "data"
master_key_file = "master.key"

[tls]
cert_file = "{tls}/cert.pem"
key_file = "{tls}/key.pem"

[log]
level = "info"

# All clients come from one address here, in a hurry.
[rate_limits.authorize]
per_address = "off"
[rate_limits.login]
per_user = "off"
per_address = "off"
[rate_limits.register]
per_address = "off"
"""


def free_port():
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Serving:
    """One realm, set up and served until `stop`. `replace` takes the place of texts in the realm's file."""

    def __init__(self, realm_file, replace=()):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        port = free_port()
        self.origin = f"https://localhost:{port}"
        realm = pathlib.Path(realm_file).read_text().replace(WRITTEN_ORIGIN, self.origin)
        for old, new in replace:
            realm = realm.replace(old, new)
        self._write("realm.toml", realm)
        self._write("grantd.toml", CONFIGURATION.format(port=port, tls=TLS))
        self._write("master.key", secrets.token_hex(32))
        self.process = None

    def user(self, username, password, tenant, role, **claims):
        """Makes a user with a place in a tenant, which is made too."""
        options = [part for name, value in claims.items() for part in (f"--{name}", value)]
        self._command("user", "create", username, "--password-stdin", *options, stdin=password)
        self._command("tenant", "create", "--id", tenant, "--name", tenant.title())
        self._command("tenant", "add-member", tenant, username, "--role", role)
        return {"username": username, "password": password}

    def clients(self, lines):
        """Makes clients of what `grantd client create --from-jsonl` takes; what it said about each, by name."""
        file = self._write("clients.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        made = self._command("client", "create", "--from-jsonl", str(file))
        return {client["name"]: client for client in map(json.loads, made.splitlines())}

    def client(self, name, *options):
        """Makes a client of command line options."""
        return json.loads(self._command("client", "create", "--name", name, *options))

    def start(self):
        """Serves, and returns when it answers."""
        # A file and not a pipe: nobody reads while a test runs, and a full pipe would stop the server.
        log = (self.directory / "log").open("wb")
        self.process = subprocess.Popen([GRANTD, "serve", "--config", str(self._config())], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                httpx.get(self.origin)
                return self
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"not serving: {self.log()}")

    def log(self):
        return (self.directory / "log").read_text()

    def stop(self):
        if self.process:
            # What is kept goes away with the directory; how a server ends in good order is tested elsewhere.
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory)

    def _config(self):
        return self.directory / "grantd.toml"

    def _write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def _command(self, *arguments, stdin=None):
        command = [GRANTD, *arguments, "--config", str(self._config())]
        if arguments[0] != "tenant":
            command += ["-o", "json"]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done.stdout
