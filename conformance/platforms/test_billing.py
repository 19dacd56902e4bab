"""Billing: two origins, opaque tokens with a prefix of their own, scope patterns, and an issuer for the MCP server."""

import json
import sys
import unittest
from urllib.parse import urlsplit

import httpx

from browser import HTTP, callback
from clients import curl, pkce
from server import ROOT, PlatformTest, Realm

sys.path.insert(0, str(ROOT / "sdks" / "python" / "src"))
from grantd import OAuthError, TokenManager  # noqa: E402: found by the line above

REDIRECT = "http://127.0.0.1:3000/callback"


class Billing(PlatformTest):
    REALMS = ("billing-mcp",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        metadata = HTTP.get(cls.realm.issuer + "/.well-known/oauth-authorization-server/mcp").json()
        cls.mcp = Realm(cls.realm.ready | {"issuer": metadata["issuer"], "metadata": metadata})

    def code(self, realm, client="native", **more):
        verifier, challenge = pkce()
        asked = {
            "response_type": "code", "client_id": realm.client(client)["client_id"], "redirect_uri": REDIRECT,
            "code_challenge": challenge, "code_challenge_method": "S256",
        } | more
        told = callback(realm, realm.user(), asked)
        self.assertEqual((set(told), told["iss"]), ({"code", "iss"}, realm.issuer), "no state was sent")
        return {
            "grant_type": "authorization_code", "code": told["code"], "redirect_uri": REDIRECT,
            "code_verifier": verifier, "client_id": asked["client_id"],
        }

    def introspect(self, token):
        api = self.realm.basic("resource_server")
        return HTTP.post(self.realm.introspect, data={"token": token}, auth=api).json()

    def test_the_app_and_the_api_are_on_two_origins(self):
        self.assertEqual(urlsplit(self.realm.authorize).hostname, "localhost")
        self.assertEqual(urlsplit(self.realm.authorize).path, "/api/auth/oauth2/authorize")
        self.assertEqual(self.realm.token, self.realm.issuer + "/api/auth/oauth2/token")
        self.assertEqual(urlsplit(self.realm.token).hostname, "127.0.0.1")
        wrong = self.realm.token.replace("127.0.0.1", "localhost")
        self.assertEqual(HTTP.post(wrong, data={}).status_code, 404)

    def test_metadata_is_at_three_addresses(self):
        for path in ("oauth-authorization-server", "openid-configuration"):
            found = HTTP.get(f"{self.realm.issuer}/.well-known/{path}").json()
            self.assertEqual(found["issuer"], self.realm.issuer)
        self.assertEqual(self.mcp.issuer, self.realm.issuer + "/mcp")
        self.assertEqual(self.mcp.token, self.realm.issuer + "/mcp/api/auth/oauth2/token")
        self.assertEqual(urlsplit(self.mcp.authorize).path, "/mcp/api/auth/oauth2/authorize")
        self.assertEqual(HTTP.get(self.realm.issuer + "/.well-known/oauth-authorization-server/other").status_code, 404)

    def test_the_resources_have_documents_that_name_their_authorization_server(self):
        for path, issuer in (("/api", self.realm.issuer), ("/mcp", self.mcp.issuer)):
            reply = HTTP.get(f"{self.realm.issuer}/.well-known/oauth-protected-resource{path}")
            self.assertEqual(reply.headers["access-control-allow-origin"], "*")
            self.assertEqual(reply.headers["content-type"], "application/json")
            document = reply.json()
            self.assertEqual(document["resource"], self.realm.issuer + path)
            self.assertEqual(document["authorization_servers"], [issuer])
            self.assertEqual(document["bearer_methods_supported"], ["header"])
            self.assertIn("customers:read", document["scopes_supported"])
        for path in ("", "/", "/other", "/mcp/"):
            reply = HTTP.get(f"{self.realm.issuer}/.well-known/oauth-protected-resource{path}")
            self.assertEqual(reply.status_code, 404, path)

    def test_a_user_gets_an_opaque_token_with_the_platforms_prefix(self):
        reply = HTTP.post(self.realm.token, data=self.code(self.realm))
        self.assert_members(
            reply.json(), access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str
        )
        self.assertTrue(reply.json()["access_token"].startswith("rk_oauth_"))
        self.assertEqual(reply.json()["expires_in"], 3600)
        described = self.introspect(reply.json()["access_token"])
        self.assertEqual((described["iss"], described["aud"]), (self.realm.issuer, self.realm.issuer + "/api"))

    def test_seven_idle_days_begin_anew_with_each_rotation(self):
        form = self.code(self.realm, "web")
        web = self.realm.basic("web")
        first = HTTP.post(self.realm.token, data=form, auth=web).json()
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = HTTP.post(self.realm.token, data=again, auth=web).json()
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        described = HTTP.post(self.realm.introspect, data={"token": second["refresh_token"]}, auth=web).json()
        self.assertEqual(described["exp"] - described["iat"], 7 * 24 * 3600)

    def test_the_mcp_servers_issuer_is_another_name_of_the_same_realm(self):
        form = self.code(self.mcp, resource=self.mcp.issuer)
        self.assert_error(HTTP.post(self.realm.token, data=form), "invalid_grant")
        tokens = HTTP.post(self.mcp.token, data=form).json()
        described = self.introspect(tokens["access_token"])
        self.assertEqual((described["iss"], described["aud"]), (self.mcp.issuer, self.mcp.issuer))
        again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": form["client_id"]}
        self.assert_error(HTTP.post(self.realm.token, data=again), "invalid_grant")
        self.assertEqual(HTTP.post(self.mcp.token, data=again).status_code, 200)
        form = self.code(self.realm)
        self.assert_error(HTTP.post(self.mcp.token, data=form), "invalid_grant")

    def test_client_credentials_by_post_and_by_basic_with_curl(self):
        client_id, secret = self.realm.basic("machine")
        for arguments in (
            ("-d", f"client_id={client_id}", "-d", f"client_secret={secret}"), ("-u", f"{client_id}:{secret}"),
        ):
            status, body = curl("-d", "grant_type=client_credentials", *arguments, self.realm.token)
            self.assertEqual((status, json.loads(body)["scope"]), (200, "products:read metrics:read"))

    def test_patterns_are_granted_where_everybody_holds_them(self):
        machine = self.realm.basic("machine")
        for scope in ("subscriptions:*", "*"):
            form = {"grant_type": "client_credentials", "scope": scope}
            reply = HTTP.post(self.realm.token, data=form, auth=machine).json()
            self.assertEqual(reply["scope"], scope)
        asked = self.code(self.realm, scope="subscriptions:* invoices:read")
        self.assertEqual(HTTP.post(self.realm.token, data=asked).json()["scope"], "subscriptions:* invoices:read")

    def test_an_mcp_host_registers_itself_and_is_used_by_a_person(self):
        endpoint = self.mcp.metadata["registration_endpoint"]
        self.assertEqual(urlsplit(endpoint).path, "/mcp/api/auth/oauth2/register")
        asked = {"client_name": "Some MCP host", "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"}
        reply = HTTP.post(endpoint, json=asked)
        self.assertEqual(reply.status_code, 201, reply.text)
        client_id = reply.json()["client_id"]
        self.assertEqual(reply.json()["token_endpoint_auth_method"], "none")
        self.assertNotIn("client_secret", reply.json())
        verifier, challenge = pkce()
        told = callback(self.mcp, self.mcp.user(), {
            "response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT, "resource": self.mcp.issuer,
            "scope": "customers:read customers:delete subscriptions:*", "state": "s",
            "code_challenge": challenge, "code_challenge_method": "S256",
        })
        tokens = HTTP.post(self.mcp.token, data={
            "grant_type": "authorization_code", "code": told["code"], "redirect_uri": REDIRECT,
            "code_verifier": verifier, "client_id": client_id, "resource": self.mcp.issuer,
        }).json()
        self.assertEqual(set(tokens["scope"].split()), {"customers:read", "subscriptions:*"}, "cut to what is permitted")
        self.assertEqual(self.introspect(tokens["access_token"])["aud"], self.mcp.issuer)

    def test_a_registration_that_is_refused_says_why(self):
        endpoint = self.realm.metadata["registration_endpoint"]
        wrong = HTTP.post(endpoint, json={"redirect_uris": ["http://example.com/callback"]})
        self.assert_error(wrong, "invalid_redirect_uri")
        self.assertEqual(HTTP.post(endpoint, data={"redirect_uris": REDIRECT}).status_code, 400)

    def test_one_check_answers_for_api_keys_and_tokens(self):
        key = self.realm.ready["api_keys"][0]
        described = self.introspect(key["key"])
        self.assertTrue(described["active"])
        self.assertTrue(key["key"].startswith("rk_key_"))
        self.assertEqual(set(described["scope"].split()), set(key["scopes"]))
        self.assertEqual(described["organization"], key["tenant"])
        self.assertEqual(self.introspect(key["key"][:-1] + "0"), {"active": False})
        machine = self.realm.basic("machine")
        asked = HTTP.post(self.realm.introspect, data={"token": key["key"]}, auth=machine)
        self.assertEqual(asked.json(), {"active": False}, "an ordinary client may not know")

    def test_a_key_made_by_api_passes_as_x_api_key_until_it_is_revoked_by_api(self):
        asked = {"name": "Pipeline", "tenant": "org-contoso", "scopes": ["invoices:read"]}
        made = self.realm.manage("POST", "/api-keys", asked)
        self.assertEqual(made.status_code, 201, made.text)
        key, path = made.json()["key"], f"/api-keys/{made.json()['id']}"
        self.assertTrue(key.startswith("rk_key_"))
        self.assertNotIn(key, self.realm.manage("GET", path).text, "a key is shown once")
        call = lambda scope: self.realm.gate(
            "GET", "http://127.0.0.1:8400/api/invoices", {"x-api-key": key},
            {"scope": scope, "resource": self.realm.issuer + "/api"},
        )
        passed = call("invoices:read")
        self.assertEqual((passed.status_code, passed.headers["x-grantd-tenant"]), (200, "org-contoso"))
        self.assertEqual(call("invoices:write").status_code, 403)
        self.assertEqual(self.realm.manage("DELETE", path).status_code, 204)
        self.assertEqual(call("invoices:read").status_code, 401)

    def test_our_token_manager_needs_an_id_a_secret_and_scopes_and_shows_no_token(self):
        client_id, secret = self.realm.basic("machine")
        tokens = TokenManager(self.realm.issuer, client_id, secret, scopes=["invoices:read"])
        self.addCleanup(tokens.close)
        token = tokens.get_access_token()
        self.assertEqual(tokens.get_access_token(), token, "one that is good is kept")
        self.assertEqual(self.introspect(token)["scope"], "invoices:read")
        with self.assertRaises(OAuthError):
            TokenManager(self.realm.issuer, client_id, "wrong", scopes=["invoices:read"]).get_access_token()

    def test_nothing_is_loosened(self):
        asked = {"response_type": "code", "client_id": self.realm.client("web")["client_id"], "redirect_uri": REDIRECT}
        self.assertEqual(callback(self.realm, self.realm.user(), asked)["error"], "invalid_request")
        machine = self.realm.basic("machine")
        self.assert_error(HTTP.post(self.realm.token, json={"grant_type": "client_credentials"}, auth=machine), "invalid_request")


if __name__ == "__main__":
    unittest.main()
