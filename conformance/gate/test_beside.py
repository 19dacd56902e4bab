"""What comes through a proxy beside the call that was judged: upgrades, headers under other names, addresses, a gate that is
silent. The API takes every upgrade and remembers what it was sent."""

import socket
import subprocess
import threading
import unittest

import stage
import tunnel

REALM = stage.realm("shop.toml")

SETTINGS = ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")
H2C = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), SETTINGS]
# Each tries to open something else than a WebSocket.
UPGRADES = [
    H2C,
    [("Connection", "Upgrade"), ("Upgrade", "h2c")],
    [("Connection", "upgrade"), ("Connection", "HTTP2-Settings"), ("Upgrade", "H2C"), SETTINGS],
    [("Connection", "keep-alive, UPGRADE"), ("uPGRADE", "h2C"), SETTINGS],
    [("Connection", "Upgrade"), ("Upgrade", "h2c, websocket")],
    [("Connection", "Upgrade"), ("Upgrade", "websocket, h2c")],
    [("Connection", "Upgrade"), ("Upgrade", "websocket,h2c"), SETTINGS],
    [("Connection", "Upgrade"), ("Upgrade", "h2c"), ("Upgrade", "websocket")],
    [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "websocket"), ("Upgrade", "h2c"), SETTINGS],
    [("Connection", "Upgrade"), ("Upgrade", "websocket/13")],
    [("Connection", "Upgrade"), ("Upgrade", "TLS/1.0")],
    [("Connection", "Upgrade"), ("Upgrade", "")],
    [("Upgrade", "h2c")],
    [("Connection", "xupgradex"), ("Upgrade", "h2c")],
]
WEBSOCKET = [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]

# To a server of applications that follows RFC 3875 each is the same as another name, or more than a header.
UNDERSCORES = ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER", "REQUEST_URI", "Transfer_Encoding", "Content_Length", "HTTP_HOST"]
UNDERSCORES += ["X_Grantd_Subject", "X-Grantd_Admin", "X_Forwarded_Prefix", "X_Real_IP", "a_b", "Some-Thing_", "_x"]
# PHP makes an underscore of a dot, and some servers' CGI of everything that is neither letter nor digit.
MARKS = [f"X{mark}Grantd{mark}Subject" for mark in "!#$%&'*+.^`|~"]
MARKS += ["X.HTTP.Method.Override", "X~Api~Key", "X.Real.IP", "X.Forwarded-Prefix", "Mcp.Name", "SCRIPT.NAME", "HTTP+HOST"]
# What only a proxy could know.
KNOWN_BY_PROXIES = ["X-Forwarded-Prefix", "X-Forwarded-Port", "X-Forwarded-Ssl", "X-Forwarded-User", "X-Forwarded-Client-Cert"]
KNOWN_BY_PROXIES += ["X-Real-IP", "X-Forwarded-For"]


class Beside:
    """The same for each proxy."""

    name = None
    # What a caller is answered with while the gate says nothing, and with more headers than the gate reads.
    unanswered = 503
    too_large = 503
    # How often a gate that says nothing is asked at most: a question may spend a proof or a ticket.
    questions = 1

    @classmethod
    def setUpClass(cls):
        cls.api = tunnel.Tunnel()
        cls.addClassCleanup(cls.api.stop)
        cls.stage = stage.Stage(REALM, cls.name, api=cls.api.place)
        cls.addClassCleanup(cls.stage.stop)

    def bearer(self, scope="orders:read"):
        return [("Authorization", f"Bearer {self.stage.token(scope)}")]

    def reached(self, path, headers):
        """The status, what the API was sent, and what came back through the connection afterwards."""
        before = len(self.api.heads)
        with socket.create_connection(("127.0.0.1", self.stage.port), timeout=60) as connection:
            lines = [f"GET {path} HTTP/1.1", "Host: api.shop.example"]
            lines += [f"{name}: {value}" for name, value in headers]
            connection.sendall("\r\n".join(lines + ["", ""]).encode("latin-1"))
            reply = b""
            while b"\r\n\r\n" not in reply and (more := connection.recv(65536)):
                reply += more
            status, back = int(reply.split(b" ", 2)[1]), b""
            if status == 101:
                connection.sendall(b"DELETE /admin/x")
                back = connection.recv(65536)
        return status, self.api.heads[before:], back

    def test_nothing_but_a_websocket_is_upgraded(self):
        for path, credential in (("/open/x", []), ("/v1/orders/7", self.bearer())):
            for headers in UPGRADES:
                with self.subTest(path=path, headers=headers):
                    asks_for_websocket_too = ("Upgrade", "websocket") in headers
                    status, heads, _ = self.reached(path, headers + credential)
                    self.assertTrue(status != 101 or asks_for_websocket_too, status)
                    for head in heads:
                        self.assertIn(head.told("Upgrade"), ([], ["websocket"]) if asks_for_websocket_too else ([],))
                        self.assertEqual(head.told("HTTP2-Settings"), [])
                        self.assertNotIn("settings", str(head.told("Connection")).lower())

    def test_a_client_that_would_like_http2_is_answered_all_the_same(self):
        status, heads, _ = self.reached("/v1/orders/7", H2C + self.bearer())
        self.assertEqual((status, len(heads)), (200, 1))

    def test_a_websocket_is_upgraded_in_any_case(self):
        for named in ("websocket", "WebSocket"):
            for connection in ("Upgrade", "keep-alive, Upgrade", "upgrade"):
                headers = [("Connection", connection), ("Upgrade", named), *WEBSOCKET]
                status, heads, back = self.reached("/v1/orders/7", headers + self.bearer())
                self.assertEqual((status, back), (101, b"behind: DELETE /admin/x"), headers)
                self.assertEqual([upgrade.lower() for upgrade in heads[0].told("Upgrade")], ["websocket"])

    def test_no_name_with_an_underscore_reaches_the_api(self):
        for name in UNDERSCORES:
            status, heads, _ = self.reached("/open/x", [(name, "1")])
            # Some proxies refuse a request with two lengths outright.
            self.assertIn(status, (200, 400, 403), name)
            for head in heads:
                self.assertEqual([line for line in head.lines if "_" in line[0]], [], name)

    def test_no_look_alike_with_another_mark_reaches_the_api(self):
        for name in MARKS:
            status, heads, _ = self.reached("/open/x", [(name, "DELETE")])
            # Caddy counts some of them as wrong, and says so.
            self.assertIn(status, (200, 400, 403), name)
            for head in heads:
                self.assertEqual(head.told(name), [], name)

    def test_every_name_that_begins_as_an_identity_is_reserved(self):
        for name in ("X-Grantd-Admin", "x-grantd-roles", "X-Grantd-Subject-Id"):
            status, heads, _ = self.reached("/open/x", [(name, "1")])
            self.assertIn(status, (200, 403), name)
            self.assertFalse([head for head in heads if head.told(name)], name)

    def test_what_only_proxies_know_is_not_taken_from_callers(self):
        for name in KNOWN_BY_PROXIES:
            status, heads, _ = self.reached("/open/x", [(name, "6.6.6.6")])
            self.assertEqual(status, 200, name)
            self.assertNotIn("6.6.6.6", str(heads[0].told(name)), name)

    def test_no_refusal_is_kept_by_a_cache_and_each_names_every_way(self):
        for headers, status in (([], 401), (self.bearer("orders:read"), 403)):
            reply = self.stage.call("/admin/x", headers)
            self.assertEqual((reply.status, reply.headers.get_all("Cache-Control")), (status, ["no-store"]))
            challenge = ", ".join(reply.headers.get_all("WWW-Authenticate"))
            self.assertIn("Bearer realm=", challenge)
            self.assertIn("DPoP realm=", challenge)
            self.assertEqual(challenge.count("Bearer realm="), 1)

    def test_an_error_of_the_apis_own_stays_what_it_is(self):
        reply = self.stage.call("/open/fails")
        self.assertEqual((reply.status, reply.body[:1]), (500, "{"))

    def test_more_headers_than_the_gate_reads(self):
        padding = [(f"X-Padding-{number}", "x" * 3000) for number in range(3)]
        status, heads, _ = self.reached("/open/x", padding)
        self.assertEqual((status, len(heads)), (self.too_large, 1 if self.too_large == 200 else 0))

    def doctor(self, *options):
        command = [stage.GRANTD, "doctor", "gate", "http://api.shop.example/v1/orders/7", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout

    def test_the_doctor_finds_nothing_with_a_good_credential_either(self):
        through = f"127.0.0.1:{self.stage.port}"
        code, said = self.doctor("--connect", through, "--credential", self.stage.token("orders:read"))
        self.assertEqual(code, 0, said)
        self.assertIn("an upgrade to HTTP/2, beside a good call", said)
        code, said = self.doctor("--connect", through, "--credential", "wrong")
        self.assertEqual((code, said.count("WRONG")), (1, 1), said)
        code, said = self.doctor("--connect", through, "--api", self.api.place)
        self.assertRegex(said, "WRONG .* the API without its proxy")
        code, said = self.doctor("--connect", through, "--api", "api.invalid:80")
        self.assertEqual((code, said), (2, ""))
        code, said = self.doctor("--connect", through, "--api", f"127.0.0.1:{stage.free_port()}")
        self.assertRegex(said, "ok .* the API without its proxy")

    def test_the_doctor_sees_an_api_that_takes_connections_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            place = f"127.0.0.1:{silent.getsockname()[1]}"
            code, said = self.doctor("--connect", f"127.0.0.1:{self.stage.port}", "--api", place)
        self.assertEqual(code, 1, said)
        self.assertRegex(said, "WRONG .* the API without its proxy")

    def test_the_doctor_sees_a_connection_that_becomes_something_else(self):
        code, said = self.doctor("--connect", self.api.place, "--credential", "any")
        self.assertEqual(code, 1, said)
        for name in ("an upgrade to HTTP/2", "an upgrade to HTTP/2, beside a good call", "two upgrades"):
            self.assertRegex(said, f"WRONG  101  {name}: ")

    def test_a_key_in_a_header_that_nobody_knows_reaches_no_log(self):
        key = self.stage.ready["api_keys"][0]["key"]
        for name in ("X-Api-Kye", "Api-Key", "Authorisation"):
            self.assertEqual(self.stage.call("/v1/orders/7", [(name, key)]).status, 401)
        self.assertNotIn(key, self.stage.logs())

    def test_a_gate_that_never_answers_lets_nothing_through(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            held = []

            def hold():
                # Until the socket is closed.
                try:
                    while True:
                        held.append(silent.accept()[0])
                except OSError:
                    pass

            threading.Thread(target=hold, daemon=True).start()
            place = f"127.0.0.1:{silent.getsockname()[1]}"
            alone = stage.Stage(REALM, self.name, api=self.api.place, asked=place)
            try:
                before = len(self.api.heads)
                headers = [("Authorization", f"Bearer {alone.token('orders:read')}")]
                self.assertEqual(alone.call("/v1/orders/7", headers, patience=15).status, self.unanswered)
                self.assertEqual(len(self.api.heads), before)
                self.assertIn(len(held), range(1, self.questions + 1))
            finally:
                alone.stop()
                silent.shutdown(socket.SHUT_RDWR)
                for connection in held:
                    connection.close()

    def test_a_proof_names_the_port_that_its_caller_knows(self):
        plain = stage.Stage(REALM.replace("nonces = true", "nonces = false"), self.name, api=self.api.place)
        try:
            host = f"api.shop.example:{plain.port}"
            self.assertEqual(plain.call_proved("/v1/orders/7", f"http://{host}", host=host).status, 200)
            other = plain.call_proved("/v1/orders/7", f"http://{host}1", host=host)
            self.assertEqual(other.status, 401)
        finally:
            plain.stop()


class EndsTls:
    """Proxies whose configuration can say what the API's address is to its callers."""

    def test_a_proof_names_the_address_before_which_tls_ends(self):
        plain = REALM.replace("nonces = true", "nonces = false")
        origin = "https://api.shop.example"
        before = stage.Stage(plain, self.name, api=self.api.place, options=["--origin", origin])
        try:
            self.assertEqual(before.call_proved("/v1/orders/7", origin).status, 200)
            self.assertEqual(self.api.heads[-1].told("X-Forwarded-Proto"), ["https"])
            self.assertEqual(before.call_proved("/v1/orders/7", "http://api.shop.example").status, 401)
        finally:
            before.stop()


class Nginx(EndsTls, Beside, unittest.TestCase):
    name = "nginx"


class Caddy(EndsTls, Beside, unittest.TestCase):
    name = "caddy"
    unanswered = 504
    too_large = 431


class Envoy(Beside, unittest.TestCase):
    name = "envoy"
    # It asks with a few headers alone.
    too_large = 200


class Haproxy(EndsTls, Beside, unittest.TestCase):
    name = "haproxy"
    questions = 4


if __name__ == "__main__":
    unittest.main()
