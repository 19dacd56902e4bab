"""The CRM: opaque tokens with more permissions than a header holds."""

import json
import unittest

import requests

from browser import callback
from clients import curl, pkce
from server import PlatformTest

REDIRECT = "http://localhost:3000/callback"


class Crm(PlatformTest):
    REALMS = ("crm-permissions",)

    def machine(self, **fields):
        basic = self.realm.basic("machine")
        return requests.post(self.realm.token, data={"grant_type": "client_credentials"} | fields, auth=basic, timeout=20)

    def introspect(self, token):
        api = self.realm.basic("resource_server")
        return requests.post(self.realm.introspect, data={"token": token}, auth=api, timeout=20).json()

    def test_its_addresses(self):
        self.assertEqual(self.realm.authorize, self.realm.issuer + "/oauth/authorize")
        self.assertEqual(self.realm.token, self.realm.issuer + "/oauth/token")

    def test_its_pages_are_where_people_look_for_them(self):
        pages = {
            "/user/oauth-clients": "/console/applications",
            "/user/new-oauth-client": "/console/applications/new",
            "/user/oauth-access-tokens": "/console/tokens",
        }
        for path, page in pages.items():
            reply = requests.get(self.realm.issuer + path, allow_redirects=False, timeout=20)
            self.assertEqual(reply.status_code, 303, path)
            self.assertTrue(reply.headers["location"].endswith(page), reply.headers["location"])
            self.assertIn("login-submit", requests.get(self.realm.issuer + path, timeout=20).text, "nobody is signed in")
            self.assertEqual(requests.post(self.realm.issuer + path, timeout=20).status_code, 405)

    def test_the_catalogue_is_large_and_published(self):
        named = [scope for scope in self.realm.metadata["scopes_supported"] if ":" in scope]
        self.assertGreaterEqual(len(named), 250)

    def test_a_token_with_every_permission_is_still_short(self):
        everything = [scope for scope in self.realm.metadata["scopes_supported"] if ":" in scope]
        body = self.machine(scope=" ".join(everything)).json()
        self.assertEqual(sorted(body["scope"].split()), sorted(everything))
        self.assertTrue(body["access_token"].startswith("crm_at_"))
        self.assertLess(len(body["access_token"]), 100)
        self.assertEqual(sorted(self.introspect(body["access_token"])["scope"].split()), sorted(everything))

    def test_every_token_belongs_to_a_client_and_a_person(self):
        verifier, challenge = pkce()
        client = self.realm.client("web")
        asked = {
            "response_type": "code", "client_id": client["client_id"], "redirect_uri": REDIRECT,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }
        told = callback(self.realm, self.realm.user(), asked, tenant="moonlake")
        form = {"grant_type": "authorization_code", "code": told["code"], "redirect_uri": REDIRECT, "code_verifier": verifier}
        body = requests.post(self.realm.token, data=form, auth=self.realm.basic("web"), timeout=20).json()
        self.assert_members(body, access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str)
        described = self.introspect(body["access_token"])
        self.assertEqual((described["client_id"], described["account"]), (client["client_id"], "moonlake"))
        reply = requests.post(self.realm.revoke, data={"token": body["access_token"]}, auth=self.realm.basic("web"), timeout=20)
        self.assertEqual(reply.status_code, 200)
        self.assertEqual(self.introspect(body["access_token"]), {"active": False}, "ending a token ends it at once")

    def test_a_new_client_of_an_operator_starts_with_every_permission_and_one_that_was_given_some_with_those(self):
        wanted = {"name": "New", "grant_types": ["client_credentials"]}
        everything = self.realm.manage("POST", "/clients", wanted).json()
        self.assertGreaterEqual(len(everything["scopes"]), 250)
        self.assertFalse([scope for scope in everything["scopes"] if scope.startswith("grantd:")])
        some = self.realm.manage("POST", "/clients", wanted | {"scopes": ["contacts:read"]}).json()
        self.assertEqual(some["scopes"], ["contacts:read"])

    def test_a_token_made_by_hand_is_a_bearer_without_any_secret_until_it_is_deleted(self):
        user = self.realm.manage("GET", "/users?username=ines@example.com").json()["items"][0]["id"]
        made = self.realm.manage("POST", "/tokens", {
            "client_id": "deal-desk", "user_id": user, "tenant": "moonlake", "name": "Notebook",
            "scopes": ["contacts:read", "deals:read"], "lifetime": 3600,
        })
        self.assertEqual(made.status_code, 201, made.text)
        token, path = made.json()["access_token"], f"/tokens/{made.json()['id']}"
        described = self.introspect(token)
        self.assertEqual(
            (described["client_id"], described["account"], described["scope"]),
            ("deal-desk", "moonlake", "contacts:read deals:read"),
        )
        self.assertNotIn(token, self.realm.manage("GET", path).text, "a token is shown once")
        self.assertEqual(self.realm.manage("DELETE", path).status_code, 204)
        self.assertEqual(self.introspect(token), {"active": False}, "deleting ends it at once")

    def test_curl_speaks_it(self):
        client_id, secret = self.realm.basic("machine")
        status, body = curl("-u", f"{client_id}:{secret}", "-d", "grant_type=client_credentials", self.realm.token)
        self.assertEqual((status, json.loads(body)["scope"]), (200, "contacts:read companies:read deals:read"))

    def test_errors(self):
        self.assert_error(self.machine(scope="contacts:explode"), "invalid_scope")
        self.assert_error(self.machine(scope="contacts:read,deals:read"), "invalid_scope")
        basic = (self.realm.basic("machine")[0], "wrong")
        reply = requests.post(self.realm.token, data={"grant_type": "client_credentials"}, auth=basic, timeout=20)
        self.assert_error(reply, "invalid_client", 401)


if __name__ == "__main__":
    unittest.main()
