"""Microsoft's SignalR client through the gate, over WebSocket and server-sent events, at a small server that checks nothing."""

import os
import pathlib
import subprocess
import unittest

import stage

NODE = pathlib.Path(os.environ["GATE_NODE"])

REALM = stage.realm("chat.toml")


class SignalR:
    """The same for each proxy."""

    name = None

    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen(["node", NODE / "server.mjs"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop_server)
        cls.stage = stage.Stage(REALM, cls.name, api=f"127.0.0.1:{int(cls.server.stdout.readline())}")
        cls.addClassCleanup(cls.stage.stop)

    @classmethod
    def stop_server(cls):
        cls.server.kill()
        cls.server.wait(timeout=60)
        cls.server.stdout.close()

    def ask(self, transport, token):
        address = f"http://127.0.0.1:{self.stage.port}/chat"
        done = subprocess.run(
            ["node", NODE / "client.mjs", address, transport, token], capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout.strip()

    def test_a_hub_knows_who_calls_over_each_transport(self):
        token = self.stage.token("chat:join")
        for transport in ("WebSockets", "ServerSentEvents"):
            self.assertEqual(self.ask(transport, token), "nightly", transport)
        self.assertNotIn(token, self.stage.logs())

    def test_who_may_not_is_refused_over_each_transport(self):
        for transport in ("WebSockets", "ServerSentEvents"):
            for token in ("wrong", self.stage.token("chat:rule")):
                self.assertIn("refused", self.ask(transport, token), (transport, token[:5]))

    def test_a_browsers_handshake_brings_its_token_in_the_address(self):
        token = self.stage.token("chat:join")
        upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        upgrade += [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
        host = f"127.0.0.1:{self.stage.port}"
        reply = self.stage.open(f"/chat?id=c1&access_token={token}", upgrade, host=host)
        self.assertEqual(reply, 101)
        for target in ("/chat?id=c1&access_token=wrong", "/chat?id=c1", f"/chat/negotiate?access_token={token}"):
            self.assertEqual(self.stage.open(target, upgrade, host=host), 401, target[:20])
        self.assertNotIn(token, self.stage.logs())


class Nginx(SignalR, unittest.TestCase):
    name = "nginx"


class Caddy(SignalR, unittest.TestCase):
    name = "caddy"


class Envoy(SignalR, unittest.TestCase):
    name = "envoy"


class Haproxy(SignalR, unittest.TestCase):
    name = "haproxy"


if __name__ == "__main__":
    unittest.main()
