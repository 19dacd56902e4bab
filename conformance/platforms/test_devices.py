"""Devices: JSON bodies, an inferred grant type, and tokens of real users and service accounts in real tenants."""

import unittest

import httpx
import jwt

from browser import HTTP, callback
from clients import fetch, pkce
from server import PlatformTest

REDIRECT = "http://localhost:3000/callback"


class Devices(PlatformTest):
    REALMS = ("devices-tenants",)

    def code(self, client="native", user=0, tenant=None, **more):
        verifier, challenge = pkce()
        asked = {
            "response_type": "code", "client_id": self.realm.client(client)["client_id"], "redirect_uri": REDIRECT,
            "code_challenge": challenge, "code_challenge_method": "S256", "state": "s",
        } | more
        told = callback(self.realm, self.realm.user(user), asked, tenant=tenant)
        self.assertEqual(set(told), {"code", "state", "iss"})
        return told["code"], verifier

    def exchange(self, code, verifier, **more):
        client_id = self.realm.client("native")["client_id"]
        body = {"code": code, "code_verifier": verifier, "client_id": client_id, "redirect_uri": REDIRECT} | more
        return HTTP.post(self.realm.token, json=body)

    def claims(self, token):
        key = jwt.PyJWKClient(self.realm.metadata["jwks_uri"]).get_signing_key_from_jwt(token).key
        return jwt.decode(token, key, ["ES256"], audience=self.realm.issuer + "/v1", issuer=self.realm.issuer)

    def test_a_code_without_a_grant_type_is_a_code(self):
        reply = self.exchange(*self.code(tenant="plant-lyon"))
        self.assertEqual(reply.status_code, 200, reply.text)
        body = reply.json()
        self.assert_members(body, access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str)
        self.assertEqual((body["token_type"], body["expires_in"]), ("Bearer", 3600))
        claims = self.claims(body["access_token"])
        self.assertEqual(claims["tenant"], "plant-lyon")
        self.assertEqual(claims["aud"], [self.realm.issuer + "/v1", "mqtt://localhost:1883"])
        self.assertNotEqual(claims["sub"], claims["client_id"])
        refreshed = HTTP.post(
            self.realm.token, json={"refresh_token": body["refresh_token"], "client_id": claims["client_id"]}
        )
        self.assertEqual(refreshed.status_code, 200, refreshed.text)
        self.assertNotEqual(refreshed.json()["refresh_token"], body["refresh_token"])

    def test_the_tenant_is_the_one_that_was_chosen(self):
        for tenant in self.realm.user()["tenants"]:
            body = self.exchange(*self.code(tenant=tenant)).json()
            self.assertEqual(self.claims(body["access_token"])["tenant"], tenant)
        only = self.exchange(*self.code(user=1)).json()
        self.assertEqual([self.claims(only["access_token"])["tenant"]], self.realm.user(1)["tenants"])

    def test_a_request_can_name_one_of_the_two_resources(self):
        body = self.exchange(*self.code(resource="mqtt://localhost:1883")).json()
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        self.assertEqual(claims["aud"], "mqtt://localhost:1883")

    def test_service_accounts_and_machines_act_in_their_tenant(self):
        accounts = self.realm.ready["service_accounts"]
        machine = self.realm.client("machine") | {"tenant": "plant-hamburg"}
        for account in accounts + [machine]:
            body = {
                "grant_type": "client_credentials", "client_id": account["client_id"],
                "client_secret": account["client_secret"],
            }
            reply = HTTP.post(self.realm.token, json=body)
            self.assert_members(reply.json(), access_token=str, token_type=str, expires_in=int, scope=str)
            claims = self.claims(reply.json()["access_token"])
            self.assertEqual((claims["tenant"], claims["sub"]), (account["tenant"], account["client_id"]))

    def test_the_standard_form_is_beside_it(self):
        code, verifier = self.code("web")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
        reply = HTTP.post(self.realm.token, data=form, auth=self.realm.basic("web"))
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assert_members(reply.json(), access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str)

    def test_nodes_fetch_speaks_it(self):
        code, verifier = self.code()
        client_id = self.realm.client("native")["client_id"]
        replies = fetch([
            {"url": self.realm.token,
             "json": {"code": code, "code_verifier": verifier, "client_id": client_id, "redirect_uri": REDIRECT}},
            {"url": self.realm.token, "json": {"refresh_token": {"from": [0, "refresh_token"]}, "client_id": client_id}},
            {"url": self.realm.token, "json": {"code": code, "refresh_token": "x", "client_id": client_id}},
        ])
        self.assertEqual([reply["status"] for reply in replies], [200, 200, 400])
        self.assertEqual(replies[2]["body"]["error"], "invalid_request")

    def test_the_same_bearer_works_at_userinfo_and_is_known_to_the_api(self):
        body = self.exchange(*self.code(scope="openid devices:read")).json()
        bearer = {"authorization": f"Bearer {body['access_token']}"}
        self.assertEqual(HTTP.get(self.realm.userinfo, headers=bearer).status_code, 200)
        in_json = HTTP.post(self.realm.userinfo, json={"access_token": body["access_token"]})
        self.assertEqual(in_json.status_code, 200, in_json.text)
        asked = HTTP.post(
            self.realm.introspect, json={"token": body["access_token"]}, auth=self.realm.basic("resource_server")
        )
        self.assertEqual((asked.json()["active"], asked.json()["tenant"]), (True, "plant-hamburg"))

    def gate(self, target, method="GET", token=None):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.realm.gate(method, self.realm.issuer + target, headers)

    def test_one_bearer_is_good_for_rest_in_a_header_and_for_hubs_in_the_address(self):
        token = self.exchange(*self.code(scope="devices:read telemetry:read", tenant="plant-lyon")).json()["access_token"]
        in_address = f"access_token={token}"
        for target, method, sent in (
            ("/v1/devices/7", "GET", token), ("/v1/hubs/telemetry/negotiate?negotiateVersion=1", "POST", token),
            ("/v1/hubs/telemetry", "GET", token), (f"/v1/hubs/telemetry?id=c1&{in_address}", "GET", None),
        ):
            told = self.gate(target, method, sent)
            self.assertEqual(told.status_code, 200, target)
            self.assertEqual((told.headers["x-grantd-client"], told.headers["x-grantd-tenant"]), ("technician-app", "plant-lyon"))
        for target in (
            f"/v1/devices/7?{in_address}", f"/v1/hubs/telemetry/negotiate?{in_address}", f"/v1/hubs/telemetry/more?{in_address}",
            "/v1/hubs/telemetry?access_token=wrong", "/v1/hubs/telemetry?access_token=", "/v1/hubs/telemetry",
        ):
            self.assertNotEqual(self.gate(target).status_code, 200, target)
        both = self.gate(f"/v1/hubs/telemetry?{in_address}", token=token)
        self.assertNotEqual(both.status_code, 200, "nobody knows which of the two the hub would believe")

    def test_a_hub_is_closed_to_whom_it_is_not_meant_for(self):
        without = self.exchange(*self.code(scope="devices:read")).json()["access_token"]
        refused = self.gate(f"/v1/hubs/telemetry?access_token={without}")
        self.assertEqual(refused.status_code, 403)
        elsewhere = self.exchange(*self.code(scope="telemetry:read", resource="mqtt://localhost:1883")).json()["access_token"]
        self.assertEqual(self.gate(f"/v1/hubs/telemetry?access_token={elsewhere}").status_code, 401)
        body = self.exchange(*self.code(scope="telemetry:read")).json()
        hub = f"/v1/hubs/telemetry?access_token={body['access_token']}"
        self.assertEqual(self.gate(hub).status_code, 200)
        client_id = self.realm.client("native")["client_id"]
        HTTP.post(self.realm.revoke, data={"token": body["refresh_token"], "client_id": client_id})
        self.assertEqual(self.gate(hub).status_code, 401, "what was revoked opens no connection")

    def test_the_same_token_says_to_the_broker_in_its_own_words_what_it_may_do(self):
        broker = "mqtt://localhost:1883"
        at_broker = lambda scope: [word for word in scope.split() if word.startswith(broker)]
        body = self.exchange(*self.code(scope="devices:read telemetry:read", tenant="plant-lyon")).json()
        self.assertEqual(body["scope"], "devices:read telemetry:read", "the client is told the API's words alone")
        said = self.claims(body["access_token"])["scope"]
        self.assertTrue(said.startswith("devices:read telemetry:read "))
        self.assertIn(f"{broker}.read:%2F/amq.topic/telemetry.*", at_broker(said))
        self.assertNotIn(f"{broker}.write:%2F/amq.topic/telemetry.*", at_broker(said))
        nothing = self.claims(self.exchange(*self.code(scope="alarms:read")).json()["access_token"])["scope"]
        self.assertEqual(nothing, "alarms:read", "what is not a right there is none")
        alone = self.exchange(*self.code(scope="devices:read telemetry:write", resource=broker)).json()["access_token"]
        said = jwt.decode(alone, options={"verify_signature": False})["scope"]
        self.assertEqual(said, f"{broker}.write:%2F/amq.topic/telemetry.*")
        described = HTTP.post(self.realm.introspect, json={"token": alone}, auth=self.realm.basic("resource_server")).json()
        self.assertEqual(described["scope"], "devices:read telemetry:write", "introspection keeps the realm's words")

    def test_everybody_uses_pkce(self):
        for client in ("web", "native"):
            asked = {"response_type": "code", "client_id": self.realm.client(client)["client_id"], "redirect_uri": REDIRECT}
            told = callback(self.realm, self.realm.user(), asked)
            self.assertEqual(told["error"], "invalid_request")
        code, _ = self.code()
        self.assert_error(self.exchange(code, "wrong" * 10), "invalid_grant")
        without = {"code": code, "client_id": self.realm.client("native")["client_id"], "redirect_uri": REDIRECT}
        self.assert_error(HTTP.post(self.realm.token, json=without), "invalid_grant")

    def test_what_wants_what_must_be_certain(self):
        client = {"client_id": self.realm.client("native")["client_id"]}
        for body in (
            {"code": "x", "refresh_token": "y"}, {}, {"code": ""}, {"code": "", "refresh_token": ""},
            {"code": 1}, {"code": None}, {"code": ["x"]}, {"code": {"x": "y"}}, {"grant_type": ["authorization_code"]},
            {"codeVerifier": "x"}, {"grantType": "client_credentials"},
        ):
            self.assert_error(HTTP.post(self.realm.token, json=client | body), "invalid_request")
            if all(isinstance(value, str) for value in body.values()):
                self.assert_error(HTTP.post(self.realm.token, data=client | body), "invalid_request")
        self.assert_error(HTTP.post(self.realm.token, json=client | {"code": "x"}), "invalid_grant")
        self.assert_error(HTTP.post(self.realm.token, json=client | {"grant_type": "password"}), "unsupported_grant_type")

    def test_only_a_token_request_can_leave_its_grant_open(self):
        basic = self.realm.basic("web")
        self.assert_error(HTTP.post(self.realm.revoke, json={"code": "x"}, auth=basic), "invalid_request")

    def test_there_is_no_camel_case_here(self):
        client_id, secret = self.realm.basic("machine")
        body = {"grantType": "client_credentials", "clientId": client_id, "clientSecret": secret}
        self.assert_error(HTTP.post(self.realm.token, json=body), "invalid_request")
        self.assert_error(HTTP.post(self.realm.token, json=body, auth=(client_id, secret)), "invalid_request")

    def test_other_bodies_are_refused(self):
        good = b'{"grant_type":"client_credentials"}'
        for kind, body in (
            ("application/json", b"grant_type=client_credentials"), ("application/x-www-form-urlencoded", good),
            ("application/json; charset=latin1", good), ("text/plain", good), ("application/json", good + b"{}"),
            ("application/json", b'{"grant_type":"client_credentials","grant_type":"client_credentials"}'),
            ("application/json", b'{"grant_type":' + b"[" * 60000),
        ):
            reply = HTTP.post(self.realm.token, content=body, auth=self.realm.basic("machine"), headers={"content-type": kind})
            self.assert_error(reply, "invalid_request")


if __name__ == "__main__":
    unittest.main()
