"""grantd and RabbitMQ with the files of the example, at free ports and in a directory of their own. Knows nothing of the
product's code."""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

GRANTD = os.environ["GRANTD"]
# Where RabbitMQ and Erlang lie: "/" where they are installed.
ROOT = pathlib.Path(os.environ["BROKER_ROOT"])
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "rabbitmq"
# How long a broker may take to start, and a token to end.
PATIENCE = 90


def free_port():
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition):
    """Waits for something to become true, and says whether it did."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.05)
    return True


class Stage:
    """Both, until `stop`."""

    def __init__(self, lifetime):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.issuer_port, self.amqp, self.mqtt = free_port(), free_port(), free_port()
        for file in EXAMPLE.iterdir():
            text = file.read_text()
            for ours, free in (("8400", self.issuer_port), ("5672", self.amqp), ("1883", self.mqtt)):
                text = text.replace(f":{ours}", f":{free}")
            (self.directory / file.name).write_text(text.replace('lifetime = "5m"', f'lifetime = "{lifetime}"'))
        self.processes = []
        try:
            self.start_grantd()
            self.start_rabbitmq()
        except BaseException:
            self.stop()
            raise

    def start_grantd(self):
        command = [GRANTD, "dev", "--data", ":memory:", "-o", "json", "--listen", f"127.0.0.1:{self.issuer_port}"]
        log = open(self.directory / "grantd.log", "w")
        server = subprocess.Popen(
            command + ["--realm", self.directory / "realm.toml"], stdout=subprocess.PIPE, stderr=log, text=True
        )
        log.close()
        self.processes.append(server)
        self.ready = json.loads(server.stdout.readline())["realms"][0]

    def start_rabbitmq(self):
        erlang = ROOT / "usr/lib/erlang"
        (home,) = (ROOT / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*")
        programs = self.directory / "programs"
        programs.mkdir()
        # The script knows only the place where it would be installed.
        erl = (erlang / "bin/erl").read_text().replace("ROOTDIR=/usr/lib/erlang", f"ROOTDIR={erlang}")
        (programs / "erl").write_text(erl)
        (programs / "erl").chmod(0o700)
        own = {
            "PATH": f"{programs}:{erlang}/bin:{os.environ['PATH']}",
            "HOME": str(self.directory),
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_BASE": str(self.directory),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.directory / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.directory / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "enabled_plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self.directory / "feature_flags"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.directory / "generated"),
            "RABBITMQ_PLUGINS_DIR": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.directory / "none"),
            "RABBITMQ_PID_FILE": str(self.directory / "pid"),
            "RABBITMQ_NODENAME": "grantd@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
        }
        environment = dict(os.environ, **own)
        names = subprocess.Popen([erlang / "bin/epmd", "-address", "127.0.0.1"], env=environment)
        self.processes.append(names)
        self.log = self.directory / "rabbitmq.log"
        with open(self.log, "w") as log:
            broker = subprocess.Popen([home / "sbin/rabbitmq-server"], stdout=log, stderr=log, env=environment)
        self.processes.append(broker)
        begun = lambda: "Server startup complete" in self.log.read_text(errors="replace")
        until(lambda: begun() or broker.poll() is not None)
        if not begun():
            raise RuntimeError(self.log.read_text(errors="replace")[-2000:])

    def token(self, scope="telemetry:read telemetry:write", **more):
        client = next(client for client in self.ready["clients"] if client["client_id"] == "sensor-7")
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope} | more).encode()
        who = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
        request = urllib.request.Request(f"{self.ready['issuer']}/token", form, {"Authorization": f"Basic {who}"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["access_token"]

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)
            if process.stdout:
                process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
