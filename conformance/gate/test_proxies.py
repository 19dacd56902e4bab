"""What an attacker asks of an API behind the gate, through each proxy that is there."""

import unittest

import stage

REALM = stage.realm("shop.toml")

NAMES = ["X-Grantd-Subject", "X-Grantd-Client", "X-Grantd-Tenant", "X-Grantd-Scopes", "X-Grantd-Grant", "X-Grantd-Token-Id"]
# What proxies tell each other, and clients have no business to send.
TOLD = ["X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Original-Host", "X-Rewrite-URL", "X-Envoy-Original-Path"]
TOLD += ["X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Host", "Forwarded"]


class Proxy:
    """The same for each proxy."""

    name = None

    @classmethod
    def setUpClass(cls):
        cls.stage = stage.Stage(REALM, cls.name)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def call(self, path, headers=(), status=200, **more):
        reply = self.stage.call(path, headers, **more)
        self.assertEqual(reply.status, status, (path, headers, reply.body))
        return reply

    def bearer(self, scope="orders:read"):
        return [("Authorization", f"Bearer {self.stage.token(scope)}")]

    def test_a_call_without_a_token_is_told_what_it_needs(self):
        challenge = self.call("/v1/orders/7", status=401).headers["WWW-Authenticate"]
        self.assertIn('scope="orders:read"', challenge)
        document = 'resource_metadata="https://api.shop.example/.well-known/oauth-protected-resource"'
        self.assertIn(document, challenge)
        for bad in ("Bearer x", "Bearer", "Basic eDp5"):
            self.call("/v1/orders/7", [("Authorization", bad)], status=401)

    def test_spoofed_identities_die(self):
        spoofed = [(name, "admin") for name in NAMES]
        told = self.call("/v1/orders/7", spoofed + self.bearer())
        values = [told.told(name) for name in NAMES]
        self.assertEqual(values[:5], [["nightly"], ["nightly"], ["-"], ["orders:read"], ["-"]])
        self.assertEqual(len(values[5]), 1)
        self.assertNotEqual(values[5], ["admin"])
        told = self.call("/open/x", spoofed)
        self.assertEqual([told.told(name) for name in NAMES], [["-"]] * 6)
        self.call("/v1/orders/7", spoofed, status=401)

    def test_identities_with_underscores_die(self):
        reply = self.stage.call("/v1/orders/7", [("X_Grantd_Subject", "admin")] + self.bearer())
        self.assertTrue(reply.status == 403 or not reply.told("X_Grantd_Subject"), reply.body)

    def test_a_header_that_is_named_in_connection_is_told_all_the_same(self):
        key = self.stage.ready["api_keys"][0]["key"]
        for named in ("close, X-Grantd-Tenant", "x-grantd-tenant"):
            headers = [("Connection", named), ("X-Grantd-Tenant", "tokyo"), ("X-Api-Key", key)]
            told = self.call("/v1/orders/7", headers)
            self.assertEqual(told.told("X-Grantd-Tenant"), ["berlin"])

    def test_the_wrong_permission_is_403_and_names_the_right_ones(self):
        reply = self.call("/v1/orders/7", self.bearer(), status=403, method="POST")
        self.assertIn('scope="orders:read orders:write"', reply.headers["WWW-Authenticate"])
        # Of several challenges the first is that of the scheme that was tried, and alone says what is wrong.
        self.assertRegex(reply.headers["WWW-Authenticate"], '^Bearer .*error="insufficient_scope"')
        self.call("/v1/orders/7", self.bearer("orders:read orders:write"), method="POST")
        self.call("/admin/x", self.bearer(), status=403)
        self.call("/elsewhere", self.bearer("orders:read"), status=403)

    def test_who_proves_a_key_is_told_the_nonce(self):
        proving = [("Authorization", "DPoP x"), ("DPoP", "x")]
        reply = self.call("/v1/orders/7", proving, status=401)
        self.assertTrue(reply.headers["WWW-Authenticate"].startswith("DPoP "), reply.headers["WWW-Authenticate"])
        self.assertEqual(len(reply.headers.get_all("DPoP-Nonce")), 1)
        self.assertEqual(self.call("/v1/orders/7", self.bearer()).headers.get_all("DPoP-Nonce", []), [])

    def test_keys(self):
        key = self.stage.ready["api_keys"][0]["key"]
        told = self.call("/v1/orders/7", [("X-Api-Key", key)])
        self.assertEqual(told.told("X-Grantd-Tenant"), ["berlin"])
        self.assertTrue(told.told("X-Grantd-Subject")[0].startswith("api_key:"))
        self.call("/v1/orders/7", [("Authorization", f"Bearer {key}")])
        self.call("/v1/orders/7", [("X-Api-Key", key)] + self.bearer(), status=401)
        self.call(f"/stream?access_token={key}", status=401)
        self.assertNotIn(key, self.stage.logs())

    def test_a_revoked_jwt_is_refused_at_once(self):
        token = self.stage.token("orders:read")
        headers = [("Authorization", f"Bearer {token}")]
        self.call("/v1/orders/7", headers)
        self.stage.revoke(token)
        self.call("/v1/orders/7", headers, status=401)

    def test_paths_that_can_be_read_in_two_ways_reach_nothing(self):
        headers = self.bearer("orders:*")
        for path in (
            "/open/../admin/x", "/open/%2e%2e/admin/x", "/open/..%2fadmin/x", "//admin/x", "/open//x", "/open/;x",
            "/%61dmin/x", "/ADMIN/x", "/open/%252e%252e/admin/x", "/open/..;/admin/x", "/open/%5c..%5cadmin",
        ):
            reply = self.stage.call(path, headers)
            self.assertIn(reply.status, (400, 403, 404), path)
        self.call("/admin/x", headers)

    def test_what_the_caller_forwards_is_not_believed(self):
        for headers in (
            [("X-Original-URL", "http://api.shop.example/open/x"), ("X-Original-Method", "GET")],
            [("X-Forwarded-Uri", "/open/x"), ("X-Forwarded-Method", "GET"), ("X-Forwarded-Host", "open.example")],
            [("X-Rewrite-URL", "/open/x"), ("X-Original-URI", "/open/x"), ("X-Envoy-Original-Path", "/open/x")],
            [("X-Original-Host", "open.example")],
            [("Forwarded", "for=127.0.0.1;host=open.example;proto=https")],
            [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "https")],
        ):
            self.call("/v1/orders/7", headers, status=401)
            told = self.stage.call("/v1/orders/7", headers + self.bearer())
            self.assertEqual(told.status, 200, headers)
            for name, value in headers:
                if name in TOLD:
                    self.assertNotIn(value, told.told(name), name)
        for query in ("?scope=", "?scope=orders:read", "?resource=x"):
            self.call(f"/admin/x{query}", self.bearer(), status=403)
        self.call("/v1/orders/7", [("X-HTTP-Method-Override", "DELETE")] + self.bearer(), status=403)

    def test_another_host_is_never_judged_by_weaker_routes(self):
        reply = self.stage.call("/v1/orders/7", host="other.example")
        self.assertNotEqual((reply.status, reply.body[:1]), (200, "{"))

    def test_tokens_in_addresses_count_where_they_may_and_reach_no_log(self):
        token = self.stage.token("orders:read")
        told = self.call(f"/stream?x=1&access_token={token}")
        self.assertEqual(told.told("X-Grantd-Client"), ["nightly"])
        self.call(f"/v1/orders/7?access_token={token}", status=401)
        self.call(f"/hub?access_token={token}", status=401)
        self.call(f"/stream?access_token={token}", [("Authorization", f"Bearer {token}")], status=401)
        self.assertNotIn(token, self.stage.logs())

    def test_a_ticket_opens_one_connection(self):
        made = self.stage.post("/gate/ticket", headers=self.bearer())
        address = f"/hub?access_token={made['ticket']}"
        self.call(address)
        self.call(address, status=401)
        self.assertNotIn(made["ticket"], self.stage.logs())


class FailsClosed:
    """What the answer is while nobody can be asked."""

    away = 503

    def test_nothing_passes_while_the_gate_is_away(self):
        alone = stage.Stage(REALM, self.name)
        try:
            headers = [("Authorization", f"Bearer {alone.token('orders:read')}")]
            self.assertEqual(alone.call("/v1/orders/7", headers).status, 200)
            alone.processes[0].kill()
            alone.processes[0].wait(timeout=60)
            self.assertEqual(alone.call("/v1/orders/7", headers).status, self.away)
        finally:
            alone.stop()


class Nginx(FailsClosed, Proxy, unittest.TestCase):
    name = "nginx"


class Caddy(FailsClosed, Proxy, unittest.TestCase):
    name = "caddy"
    away = 502


class Envoy(FailsClosed, Proxy, unittest.TestCase):
    name = "envoy"


class Haproxy(FailsClosed, Proxy, unittest.TestCase):
    name = "haproxy"

    def test_a_script_that_fails_lets_nothing_through(self):
        for broken in ("asking:no_such_method(", "error("):
            spoiled = stage.Stage(REALM, self.name, lambda script: script.replace("asking:get(", broken))
            try:
                headers = [("X-Grantd-Subject", "admin"), ("Authorization", f"Bearer {spoiled.token('orders:read')}")]
                self.assertEqual(spoiled.call("/v1/orders/7", headers).status, 503)
            finally:
                spoiled.stop()


if __name__ == "__main__":
    unittest.main()
