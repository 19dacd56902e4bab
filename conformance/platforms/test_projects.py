"""Projects: the textbook guide, followed by ordinary Flask and Express apps, and everything the guide says."""

import base64
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest
import zlib

import jwt
import requests

from browser import Browser, callback
from clients import NODE, curl, pkce
from server import PlatformTest

REDIRECT = "http://localhost:3000/callback"
HERE = pathlib.Path(__file__).parent


class Projects(PlatformTest):
    REALMS = ("projects-jwt",)

    def form(self, client="web", **fields):
        found = self.realm.client(client)
        secret = {"client_secret": found["client_secret"]} if found["client_secret"] else {}
        return {"client_id": found["client_id"]} | secret | fields

    def post(self, client="web", **fields):
        return requests.post(self.realm.token, data=self.form(client, **fields), timeout=20)

    def code(self, client="web", **more):
        asked = {
            "response_type": "code", "client_id": self.realm.client(client)["client_id"], "redirect_uri": REDIRECT,
            "scope": "read:profile read:projects", "state": "xyz",
        } | more
        told = callback(self.realm, self.realm.user(), asked)
        self.assertEqual((set(told), told["state"]), ({"code", "state", "iss"}, "xyz"))
        return told["code"]

    def tokens(self, **more):
        reply = self.post(grant_type="authorization_code", code=self.code(**more), redirect_uri=REDIRECT)
        self.assertEqual(reply.status_code, 200, reply.text)
        return reply.json()

    def is_active(self, token):
        api = self.realm.basic("resource_server")
        return requests.post(self.realm.introspect, data={"token": token}, auth=api, timeout=20).json()["active"]

    def test_a_confidential_app_needs_no_pkce_and_gets_the_guides_reply(self):
        body = self.tokens()
        self.assert_members(body, access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str)
        self.assertEqual(
            (body["token_type"], body["expires_in"], body["scope"]), ("Bearer", 3600, "read:profile read:projects")
        )

    def test_the_access_token_is_the_guides_jwt(self):
        token = self.tokens()["access_token"]
        header = jwt.get_unverified_header(token)
        self.assertEqual((header["typ"], header["alg"]), ("JWT", "RS256"))
        keys = jwt.PyJWKClient(self.realm.issuer + "/.well-known/jwks.json")
        claims = jwt.decode(
            token, keys.get_signing_key_from_jwt(token).key, ["RS256"], issuer=self.realm.issuer,
            audience=self.realm.issuer + "/api",
        )
        self.assertLessEqual({"iss", "sub", "aud", "exp", "iat", "scope", "client_id"}, set(claims))
        self.assertEqual(claims["scope"], "read:profile read:projects")
        self.assertEqual(claims["exp"] - claims["iat"], 3600)

    def test_a_public_app_uses_pkce_and_no_secret(self):
        verifier, challenge = pkce()
        code = self.code("native", code_challenge=challenge, code_challenge_method="S256")
        wrong = self.post("native", grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        self.assert_error(wrong, "invalid_grant")
        reply = self.post(
            "native", grant_type="authorization_code", code=code, redirect_uri=REDIRECT, code_verifier=verifier
        )
        self.assertEqual(reply.status_code, 200, reply.text)
        asked = {"response_type": "code", "client_id": self.realm.client("native")["client_id"], "redirect_uri": REDIRECT}
        self.assertEqual(callback(self.realm, self.realm.user(), asked)["error"], "invalid_request")

    def test_a_challenge_that_was_sent_must_be_answered_and_one_that_was_not_cannot_be(self):
        verifier, challenge = pkce()
        code = self.code(code_challenge=challenge, code_challenge_method="S256")
        reply = self.post(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        self.assert_error(reply, "invalid_grant")
        reply = self.post(
            grant_type="authorization_code", code=self.code(), redirect_uri=REDIRECT, code_verifier=verifier
        )
        self.assert_error(reply, "invalid_request")

    def test_without_a_challenge_the_redirect_uri_is_required(self):
        code = self.code()
        self.assertEqual(self.post(grant_type="authorization_code", code=code).status_code, 400)
        other = self.post(grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:3000/callback")
        self.assert_error(other, "invalid_grant")
        self.assertEqual(
            self.post(grant_type="authorization_code", code=code, redirect_uri=REDIRECT).status_code, 200
        )

    def test_client_credentials_bring_no_refresh_token(self):
        reply = self.post("machine", grant_type="client_credentials", scope="read:projects")
        self.assert_members(reply.json(), access_token=str, token_type=str, expires_in=int, scope=str)

    def test_refresh_tokens_rotate_and_a_replay_ends_the_family(self):
        first = self.tokens()
        second = self.post(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
        third = self.post(grant_type="refresh_token", refresh_token=second["refresh_token"]).json()
        self.assertEqual(len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}), 3)
        self.assertTrue(self.is_active(third["access_token"]))
        self.assert_error(self.post(grant_type="refresh_token", refresh_token=first["refresh_token"]), "invalid_grant")
        self.assert_error(self.post(grant_type="refresh_token", refresh_token=third["refresh_token"]), "invalid_grant")
        self.assertFalse(self.is_active(third["access_token"]))

    def test_revoking_a_refresh_token_ends_every_access_token_of_its_family(self):
        first = self.tokens(scope="openid read:profile")
        second = self.post(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
        other = self.tokens(scope="openid read:profile")
        userinfo = lambda token: requests.get(
            self.realm.userinfo, headers={"authorization": f"Bearer {token}"}, timeout=20
        ).status_code
        for tokens in (first, second):
            self.assertTrue(self.is_active(tokens["access_token"]))
            self.assertEqual(userinfo(tokens["access_token"]), 200)
        reply = requests.post(self.realm.revoke, data=self.form(token=second["refresh_token"]), timeout=20)
        self.assertEqual(reply.status_code, 200)
        for tokens in (first, second):
            self.assertFalse(self.is_active(tokens["access_token"]))
            self.assertEqual(userinfo(tokens["access_token"]), 401)
        self.assertTrue(self.is_active(other["access_token"]), "another device's family goes on")

    def test_the_gate_refuses_what_was_revoked_at_once_and_the_status_list_says_so_within_its_ttl(self):
        tokens = self.tokens()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        url, needs = "http://localhost:8400/api/projects", {"scope": "read:projects", "resource": self.realm.issuer + "/api"}
        self.assertEqual(self.realm.gate("GET", url, bearer, needs).status_code, 200)
        place = jwt.decode(tokens["access_token"], options={"verify_signature": False})["status"]["status_list"]
        status, lives = self.status(place)
        self.assertEqual(status, 0)
        requests.post(self.realm.revoke, data=self.form(token=tokens["refresh_token"]), timeout=20)
        self.assertEqual(self.realm.gate("GET", url, bearer, needs).status_code, 401)
        # A verifier may use its copy for so long; the list itself must not be behind by more.
        deadline = time.monotonic() + lives
        while self.status(place)[0] == 0:
            self.assertLess(time.monotonic(), deadline)
            threading.Event().wait(0.1)

    def status(self, place):
        """The bit at a place of a list, and for how many seconds a copy of the list may be used."""
        reply = requests.get(place["uri"], timeout=20)
        keys = jwt.PyJWKClient(self.realm.metadata["jwks_uri"])
        key = keys.get_signing_key_from_jwt(reply.text).key
        claims = jwt.decode(reply.text, key, ["RS256", "ES256"], options={"verify_aud": False})
        listed = claims["status_list"]
        packed = listed["lst"] + "=" * (-len(listed["lst"]) % 4)
        bits, index = zlib.decompress(base64.urlsafe_b64decode(packed)), place["idx"] * listed["bits"]
        return bits[index // 8] >> index % 8 & 1, claims["ttl"]

    def test_every_error_of_the_guide_has_a_description(self):
        for status, error, client, fields in (
            (400, "invalid_request", "web", {}),
            (400, "invalid_request", "web", {"grant_type": "authorization_code"}),
            (400, "invalid_grant", "web", {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}),
            (400, "invalid_grant", "web", {"grant_type": "refresh_token", "refresh_token": "x"}),
            (401, "invalid_client", "web", {"grant_type": "refresh_token", "client_secret": "wrong", "refresh_token": "x"}),
            (400, "unauthorized_client", "web", {"grant_type": "client_credentials"}),
            (400, "unsupported_grant_type", "web", {"grant_type": "password", "username": "a", "password": "b"}),
            (400, "invalid_scope", "machine", {"grant_type": "client_credentials", "scope": "read:nothing"}),
        ):
            reply = self.post(client, **fields)
            self.assert_error(reply, error, status)
            self.assert_members(reply.json(), error=str, error_description=str)

    def test_curl_speaks_it(self):
        found = self.realm.client("machine")
        status, body = curl(
            "-d", "grant_type=client_credentials", "-d", f"client_id={found['client_id']}",
            "-d", f"client_secret={found['client_secret']}", self.realm.token,
        )
        self.assertEqual(status, 200, body)

    def test_there_is_no_dialect_here(self):
        found = self.realm.client("machine")
        body = {"grant_type": "client_credentials", "client_id": found["client_id"], "client_secret": found["client_secret"]}
        self.assert_error(requests.post(self.realm.token, json=body, timeout=20), "invalid_request")
        camel = {"grantType": "client_credentials"}
        auth = (found["client_id"], found["client_secret"])
        self.assert_error(requests.post(self.realm.token, data=camel, auth=auth, timeout=20), "invalid_request")


class WebApps(PlatformTest):
    """The guide's web apps, each with a session of its own, in a person's browser."""

    REALMS = ("projects-jwt",)

    def app(self, *command):
        client = self.realm.client("web")
        environment = os.environ | {
            "AUTHORIZE": self.realm.authorize, "TOKEN": self.realm.token, "USERINFO": self.realm.userinfo,
            "REVOKE": self.realm.revoke, "CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"],
            "REDIRECT_URI": REDIRECT,
        }
        app = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)

        def stop():
            app.stdin.close()
            app.stdout.close()
            app.terminate()
            app.wait(timeout=20)

        self.addCleanup(stop)
        port = app.stdout.readline().strip()
        return Browser({"http://localhost:3000": f"http://127.0.0.1:{port}"})

    def works_without_a_change(self, browser):
        app = "http://localhost:3000"
        self.assertEqual(browser.send("GET", app + "/me").status_code, 401)
        landed = browser.walk(app + "/login", self.realm.user(), app + "/me", tenant="workspace-south")
        me = browser.send("GET", landed)
        self.assertEqual(me.status_code, 200, me.text)
        self.assertEqual(me.json()["user"]["name"], "Paul Example")
        self.assertEqual(me.json()["scope"], "openid profile read:profile read:projects")
        self.assertEqual(browser.send("GET", app + "/refresh").status_code, 200)
        self.assertEqual(browser.send("GET", app + "/me").status_code, 200)
        self.assertEqual(browser.send("GET", app + "/logout").json(), {"revoked": True})
        self.assertEqual(browser.send("GET", app + "/me").status_code, 401)

    def refuses_a_forged_callback(self, browser):
        app = "http://localhost:3000"
        reply = browser.send("GET", app + "/callback?code=stolen&state=forged")
        self.assertEqual((reply.status_code, reply.json()), (400, {"error": "state"}))

    def test_flask(self):
        browser = self.app(sys.executable, str(HERE / "flask_app.py"))
        self.works_without_a_change(browser)
        self.refuses_a_forged_callback(browser)

    def test_express(self):
        browser = self.app("node", os.path.join(NODE, "express-app.mjs"))
        self.works_without_a_change(browser)
        self.refuses_a_forged_callback(browser)


if __name__ == "__main__":
    unittest.main()
