"""grantd, an API that says what it was sent, and a proxy between them, all at free ports in a directory of their own. Knows
nothing of the product's code."""

import http.client
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

GRANTD = os.environ["GRANTD"]
# Not NGINX, which nginx itself takes for a list of sockets.
PROGRAMS = {name: os.environ[f"GATE_{name.upper()}"] for name in ("nginx", "caddy", "haproxy", "envoy")}
GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "guide" / "protect-an-api.md"


def realm(file):
    """A realm's file beside this one."""
    return (pathlib.Path(__file__).resolve().parent / file).read_text()


def free_port():
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    """Returns once somebody listens."""
    for _ in range(3000):
        with socket.socket() as probe:
            probe.settimeout(10)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
            threading.Event().wait(0.01)
    raise RuntimeError(f"nobody listens on {port}")


def blocks(language):
    """The fenced blocks of the guide in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.M | re.S)


class Echo(http.server.BaseHTTPRequestHandler):
    """The API: answers every request with what it was sent."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        headers = [[name, value] for name, value in self.headers.items()]
        body = json.dumps({"path": self.path, "method": self.command, "headers": headers}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        """Nothing."""


class Api(http.server.ThreadingHTTPServer):
    """Its server. Proxies keep connections, and drop them as they like."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Reply:
    """What came back."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode(errors="replace")

    def told(self, name):
        """What the API was told in a header: every value of it."""
        return [value for sent, value in json.loads(self.body)["headers"] if sent.lower() == name.lower()]


class Stage:
    """Everything that runs, until `stop`."""

    def __init__(self, realm, proxy, spoil=lambda script: script, api=None, asked=None, options=()):
        self.proxy = proxy
        self.spoil = spoil
        self.options = list(options)
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.port = free_port()
        self.processes = []
        self.api = Api(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.guarded = api or f"127.0.0.1:{self.api.server_address[1]}"
        self.realm_file = self.directory / "realm.toml"
        listen = free_port()
        # Its issuer moves along with `--listen` and `--grantd`.
        self.realm_file.write_text(realm)
        self.log = open(self.directory / "grantd.log", "w+")
        command = [GRANTD, "dev", "--data", ":memory:", "-o", "json", "--listen", f"127.0.0.1:{listen}"]
        environment = dict(os.environ, GRANTD__LOG__LEVEL="debug")
        server = subprocess.Popen(
            command + ["--realm", self.realm_file], stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment
        )
        self.processes.append(server)
        self.ready = json.loads(server.stdout.readline())["realms"][0]
        self.issuer = self.ready["issuer"]
        try:
            self.start_proxy(asked or f"127.0.0.1:{listen}")
        except Exception:
            self.stop()
            raise

    def start_proxy(self, grantd):
        ask = [GRANTD, "gate", "config", self.proxy, "--realm", self.realm_file, "--port", str(self.port), "--grantd", grantd]
        ask += ["--api", self.guarded, *self.options]
        written = subprocess.run(ask, check=True, capture_output=True, text=True).stdout
        if self.proxy == "nginx":
            command = nginx(self.directory, written)
        elif self.proxy == "haproxy":
            script = subprocess.run(ask + ["--script"], check=True, capture_output=True, text=True).stdout
            command = haproxy(self.directory, written, self.spoil(script))
        elif self.proxy == "envoy":
            (self.directory / "envoy.yaml").write_text(written)
            # Several run on one machine at the same time; memory that they could share has no name.
            command = [PROGRAMS["envoy"], "--use-dynamic-base-id", "--concurrency", "2", "-c", self.directory / "envoy.yaml"]
        else:
            (self.directory / "Caddyfile").write_text(written)
            command = [PROGRAMS["caddy"], "run", "--adapter", "caddyfile", "--config", self.directory / "Caddyfile"]
        log = open(self.directory / "proxy.log", "w")
        environment = dict(os.environ, HOME=str(self.directory), XDG_DATA_HOME=str(self.directory))
        # Where the libraries are of a program that was unpacked and not installed.
        environment["LD_LIBRARY_PATH"] = os.environ.get("GATE_LIBRARIES", "")
        environment["CADDY_ADMIN"] = f"127.0.0.1:{free_port()}"
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
        wait_for(self.port)

    def logs(self):
        """Everything that anybody logged."""
        return "".join(path.read_text(errors="replace") for path in self.directory.rglob("*.log"))

    def call(self, path, headers=(), method="GET", host="api.shop.example", patience=60):
        """Asks through the proxy; nothing is normalised on the way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        reply = Reply(connection.getresponse())
        connection.close()
        return reply

    def open(self, path, headers, host):
        """The status of a request whose reply may never end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", host), *headers]:
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status

    def post(self, path, form=None, headers=()):
        """Asks grantd itself."""
        data = urllib.parse.urlencode(form or {}).encode()
        request = urllib.request.Request(self.issuer + path, data=data, headers=dict(headers))
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or b"{}")

    def token(self, scope):
        client = next(client for client in self.ready["clients"] if client["client_id"] == "nightly")
        form = {"grant_type": "client_credentials", "scope": scope}
        form |= {"client_id": client["client_id"], "client_secret": client["client_secret"]}
        return self.post("/token", form)["access_token"]

    def call_proved(self, path, origin, **more):
        """Asks through the proxy with a token that is bound to a key, and a proof for an address."""
        client = next(client for client in self.ready["clients"] if client["client_id"] == "nightly")
        form = {"grant_type": "client_credentials", "scope": "orders:read"}
        form |= {"client_id": client["client_id"], "client_secret": client["client_secret"]}
        proof = self.proof("POST", f"{self.issuer}/token")
        token = self.post("/token", form, headers=[("DPoP", proof)])["access_token"]
        headers = [("Authorization", f"DPoP {token}"), ("DPoP", self.proof("GET", origin + path, token))]
        return self.call(path, headers, **more)

    def proof(self, *about):
        program = pathlib.Path(__file__).resolve().parent / "node" / "proof.mjs"
        command = ["node", program, self.directory / "proof.pem", *about]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    def revoke(self, token):
        client = next(client for client in self.ready["clients"] if client["client_id"] == "nightly")
        self.post("/revoke", {"token": token, "client_id": "nightly", "client_secret": client["client_secret"]})

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)
        self.api.shutdown()
        self.log.close()


def nginx(directory, written):
    """The command that runs nginx in a directory, with what was written included in its `http` block."""
    (directory / "guarded.conf").write_text(written.replace("/var/log/nginx", str(directory)))
    temporary = " ".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (directory / "nginx.conf").write_text(
        f"daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx-error.log warn;\n"
        f"events {{}}\nhttp {{ {temporary} include {directory}/guarded.conf; }}\n"
    )
    return [PROGRAMS["nginx"], "-p", directory, "-e", directory / "nginx-error.log", "-c", directory / "nginx.conf"]


def haproxy(directory, written, script):
    """The command that runs HAProxy in a directory, with what was written."""
    (directory / "grantd.lua").write_text(script)
    (directory / "haproxy.cfg").write_text(written.replace("/etc/haproxy", str(directory)))
    return [PROGRAMS["haproxy"], "-db", "-f", directory / "haproxy.cfg"]
