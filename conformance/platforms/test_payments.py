"""Payments: camelCase, commas, Basic and JSON, with the standard form beside it and a sandbox next door."""

import json
import re
import unittest

import httpx
import jwt

from browser import Browser, HTTP, callback, page
from clients import curl, fetch, pkce
from server import PlatformTest

REDIRECT = "http://localhost:3000/callback"


class Payments(PlatformTest):
    REALMS = ("payments-camelcase", "payments-sandbox")

    def request(self, **more):
        asked = {
            "responseType": "code",
            "clientId": self.realm.client("web")["client_id"],
            "redirectUri": REDIRECT,
            "scope": "manage_payment,manage_store",
            "state": "af0ifjsldkj",
        } | more
        return {name: value for name, value in asked.items() if value is not None}

    def code(self, tenant=None, **more):
        return callback(self.realm, self.realm.user(), self.request(**more), tenant=tenant)["code"]

    def post(self, body, realm=None, auth="web", **headers):
        realm = realm or self.realm
        basic = realm.basic(auth) if isinstance(auth, str) else auth
        return HTTP.post(realm.token, json=body, auth=basic, headers=headers)

    def exchange(self, code, **more):
        return self.post({"grantType": "authorization_code", "code": code, "redirectUri": REDIRECT} | more)

    def test_the_whole_contract(self):
        told = callback(self.realm, self.realm.user(), self.request(), tenant="store-osaka")
        self.assertEqual(set(told), {"code", "state", "iss"})
        self.assertEqual((told["state"], told["iss"]), ("af0ifjsldkj", self.realm.issuer))
        reply = self.exchange(told["code"])
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assertEqual(reply.headers["cache-control"], "no-store")
        body = reply.json()
        self.assert_members(
            body, accessToken=str, tokenType=str, expiresIn=int, refreshToken=str, refreshTokenExpiresIn=int
        )
        self.assertEqual(
            (body["tokenType"], body["expiresIn"], body["refreshTokenExpiresIn"]), ("Bearer", 2591999, 1576799999)
        )
        keys = jwt.PyJWKClient(self.realm.metadata["jwks_uri"])
        key = keys.get_signing_key_from_jwt(body["accessToken"]).key
        claims = jwt.decode(
            body["accessToken"], key, ["RS256"], audience=self.realm.issuer + "/v1", issuer=self.realm.issuer
        )
        self.assertEqual(claims["scope"], "manage_payment manage_store")
        self.assertEqual((claims["store"], claims["client_id"]), ("store-osaka", "3675930941412424101"))
        self.assertEqual(claims["exp"] - claims["iat"], 2591999)
        again = self.post({"grantType": "refresh_token", "refreshToken": body["refreshToken"]})
        self.assertEqual(again.status_code, 200, again.text)
        renewed = again.json()
        self.assert_members(
            renewed, accessToken=str, tokenType=str, expiresIn=int, refreshToken=str, refreshTokenExpiresIn=int
        )
        self.assertEqual(renewed["refreshToken"], body["refreshToken"], "refresh tokens do not rotate here")
        self.assertNotEqual(renewed["accessToken"], body["accessToken"])

    def test_a_machine_gets_no_refresh_token(self):
        reply = self.post({"grantType": "client_credentials"}, auth="machine")
        self.assert_members(reply.json(), accessToken=str, tokenType=str, expiresIn=int)
        scoped = self.post({"grantType": "client_credentials", "scope": "manage_payment,manage_store"}, auth="machine")
        claims = jwt.decode(scoped.json()["accessToken"], options={"verify_signature": False})
        self.assertEqual(claims["scope"], "manage_payment manage_store")

    def test_nodes_fetch_speaks_it(self):
        basic = list(self.realm.basic("web"))
        replies = fetch([
            {"url": self.realm.token, "basic": basic,
             "json": {"grantType": "authorization_code", "code": self.code(), "redirectUri": REDIRECT}},
            {"url": self.realm.token, "basic": basic,
             "json": {"grantType": "refresh_token", "refreshToken": {"from": [0, "refreshToken"]}}},
            {"url": self.realm.token, "basic": [basic[0], "wrong"], "json": {"grantType": "client_credentials"}},
        ])
        self.assertEqual([reply["status"] for reply in replies], [200, 200, 401])
        self.assertEqual(replies[1]["body"]["expiresIn"], 2591999)
        self.assertEqual(replies[2]["body"]["error"], "invalid_client")
        self.assertTrue(replies[2]["headers"]["www-authenticate"].startswith("Basic"))

    def test_curl_speaks_it(self):
        client_id, secret = self.realm.basic("machine")
        status, body = curl(
            "-u", f"{client_id}:{secret}", "-H", "Content-Type: application/json; charset=UTF-8",
            "-d", '{"grantType":"client_credentials"}', self.realm.token,
        )
        self.assertEqual((status, json.loads(body)["tokenType"]), (200, "Bearer"))

    def test_the_standard_form_is_beside_it(self):
        verifier, challenge = pkce()
        asked = {
            "response_type": "code", "client_id": self.realm.client("web")["client_id"], "redirect_uri": REDIRECT,
            "scope": "manage_payment manage_store", "code_challenge": challenge, "code_challenge_method": "S256",
        }
        told = callback(self.realm, self.realm.user(), asked)
        self.assertEqual(set(told), {"code", "iss"})
        form = {"grant_type": "authorization_code", "code": told["code"], "redirect_uri": REDIRECT,
                "code_verifier": verifier}
        reply = HTTP.post(self.realm.token, data=form, auth=self.realm.basic("web"))
        self.assert_members(
            reply.json(), access_token=str, token_type=str, expires_in=int, refresh_token=str, scope=str
        )
        self.assertEqual(reply.json()["scope"], "manage_payment manage_store")
        snake = HTTP.post(self.realm.token, json={"grant_type": "client_credentials"}, auth=self.realm.basic("machine"))
        self.assert_members(snake.json(), access_token=str, token_type=str, expires_in=int, scope=str)

    def test_a_request_that_was_not_shown_on_the_platforms_page_follows_its_case(self):
        verifier, challenge = pkce()
        native = self.realm.client("native")["client_id"]
        asked = self.request(clientId=native, codeChallenge=challenge, codeChallengeMethod="S256", loginHint="mina")
        told = callback(self.realm, self.realm.user(), asked)
        body = {"grantType": "authorization_code", "code": told["code"], "redirectUri": REDIRECT, "clientId": native}
        self.assert_error(HTTP.post(self.realm.token, json=body), "invalid_grant")
        reply = HTTP.post(self.realm.token, json=body | {"codeVerifier": verifier})
        self.assertEqual(reply.status_code, 200, reply.text)
        without = callback(self.realm, self.realm.user(), self.request(clientId=native))
        self.assertEqual(without["error"], "invalid_request", "public clients must use PKCE")

    def test_a_pushed_request_is_answered_in_its_case_and_is_not_mixed_with_another(self):
        endpoint = self.realm.metadata["pushed_authorization_request_endpoint"]
        reply = HTTP.post(endpoint, json=self.request(), auth=self.realm.basic("web"))
        self.assertEqual(reply.status_code, 201, reply.text)
        self.assert_members(reply.json(), requestUri=str, expiresIn=int)
        snake = {"response_type": "code", "redirect_uri": REDIRECT, "scope": "manage_payment"}
        told = HTTP.post(endpoint, data=snake, auth=self.realm.basic("web"))
        self.assert_members(told.json(), request_uri=str, expires_in=int)
        mixed = {"clientId": self.realm.client("web")["client_id"], "request_uri": reply.json()["requestUri"]}
        answer = Browser().send("GET", self.realm.authorize, params=mixed)
        self.assertNotEqual(answer.status_code, 200, "a mixed spelling is no request")

    def test_the_authorization_request_may_be_posted(self):
        carried = Browser().walk(
            self.realm.authorize, self.realm.user(), REDIRECT + "?", method="POST", data=self.request()
        )
        self.assertIn("code=", carried)

    def test_the_merchant_sees_the_stores_and_can_say_no(self):
        told = callback(self.realm, self.realm.user(), self.request(prompt="consent"), decision="deny")
        self.assertEqual((told["error"], told["state"]), ("access_denied", "af0ifjsldkj"))
        self.assertEqual(self.realm.user()["tenants"], ["store-berlin", "store-osaka"])

    def test_the_redirect_uri_must_match_in_both_steps(self):
        for wrong in ("http://localhost:3000/callback2", "http://localhost:3000/callback/", "http://localhost:3001/callback"):
            reply, shown = page(self.realm.authorize, self.request(redirectUri=wrong))
            self.assertEqual((reply.status_code, "location" in reply.headers), (400, False), wrong)
        code = self.code()
        for body in ({"redirectUri": "http://127.0.0.1:3000/callback"}, {"redirectUri": ""}):
            reply = self.exchange(code, **body)
            self.assertIn(reply.json()["error"], ("invalid_grant", "invalid_request"))
            self.assertEqual(reply.status_code, 400)
        self.assertEqual(self.exchange(code).status_code, 200, "a wrong redirectUri does not spend the code")

    def test_bad_authorization_requests_go_back_with_state_and_issuer(self):
        web = self.realm.client("web")["client_id"]
        for change, error in (
            ({"scope": "manage_payment manage_store"}, "invalid_scope"),
            ({"scope": "manage_payment,manage_store get_user_profile"}, "invalid_scope"),
            ({"scope": "manage_everything"}, "invalid_scope"),
            ({"responseType": "token"}, "unsupported_response_type"),
            ({"responseType": None}, "invalid_request"),
            ({"responseType": None, "ResponseType": "code"}, "invalid_request"),
            ({"response_type": "code"}, "invalid_request"),
            ({"redirectUri": None, "redirect_uri": REDIRECT}, "invalid_request"),
            ({"clientId": None, "client_id": web}, "invalid_request"),
            ({"code_challenge": "x" * 43}, "invalid_request"),
        ):
            reply, _ = page(self.realm.authorize, self.request(**change))
            location = httpx.URL(reply.headers["location"])
            told = dict(location.params)
            self.assertEqual((told["error"], told["state"], told["iss"]), (error, "af0ifjsldkj", self.realm.issuer), change)
        standard = {"response_type": "code", "client_id": web, "redirect_uri": REDIRECT, "scope": "manage_payment,manage_store"}
        reply, _ = page(self.realm.authorize, standard)
        self.assertIn("error=invalid_scope", reply.headers["location"], "a comma is no separator in the standard form")

    def test_whose_request_it_is_must_be_certain_before_anything_is_sent_anywhere(self):
        web = self.realm.client("web")["client_id"]
        for change in ({"client_id": web}, {"client_id": "x"}, {"redirect_uri": REDIRECT}, {"clientId": "9" * 19}, {"clientId": None}):
            reply, shown = page(self.realm.authorize, self.request(**change))
            self.assertEqual((reply.status_code, "location" in reply.headers), (400, False), change)
            self.assertIsNone(shown.carry)

    def test_bad_bodies_are_invalid_requests(self):
        good = {"grantType": "client_credentials"}
        for body in (
            {"GrantType": "client_credentials"}, {"granttype": "client_credentials"}, {"GRANT_TYPE": "client_credentials"},
            {"grant\u0422ype": "client_credentials"}, {"grantType": ""}, {},
            {"grantType": 1}, {"grantType": True}, {"grantType": None}, {"grantType": ["client_credentials"]},
            {"grantType": {"a": "b"}}, good | {"scope": ["manage_payment"]}, good | {"expiresIn": 5},
            good | {"grant_type": "client_credentials"}, good | {"client_id": "x"}, good | {"client_assertion": "x"},
            {"grantType": "authorization_code", "code": "x", "redirect_uri": REDIRECT},
            {"grantType": "refresh_token", "refresh_token": "x"}, {"code": "x", "redirectUri": REDIRECT},
            {"refreshToken": "x"}, {"code": "x", "refreshToken": "x"}, [good], "client_credentials", None, 1,
        ):
            self.assert_error(self.post(body, auth="machine"), "invalid_request")

    def test_bad_encodings_are_invalid_requests(self):
        basic = self.realm.basic("machine")
        good = b'{"grantType":"client_credentials"}'
        json_type, form_type = "application/json", "application/x-www-form-urlencoded"
        for kind, body in (
            (json_type, b'{"grantType":"client_credentials","grantType":"client_credentials"}'),
            (json_type, b'{"grantType":"client_credentials","gr\\u0061ntType":"refresh_token"}'),
            (json_type, good + good), (json_type, good[:-1]), (json_type, b""), (json_type, b"\xef\xbb\xbf" + good),
            (json_type, b'{"grantType":"client_\xff"}'), (json_type, b'{"grantType":"\\ud800"}'),
            (json_type, b'{"grantType":"client_credentials\\u0000"}'), (json_type, b"grantType=client_credentials"),
            (json_type, b'{"grantType":' + b"[" * 60000), (json_type, b'{"grantType":' + b'{"a":' * 12000),
            (json_type, b'{"a":' * 9000 + b"1" + b"}" * 9000), (json_type, b"[" * 60000),
            (json_type, b"{" + b",".join(b'"m%d":""' % index for index in range(5000)) + b"}"),
            (json_type + "; charset=utf-16", good), (json_type + "; charset=iso-8859-1", good), (json_type + "; x=y", good),
            ("application/json+oauth", good), ("text/json", good), ("text/plain", good), ("multipart/form-data", good),
            ("application/xml", b"<a/>"), (form_type, good), ("", good),
        ):
            reply = HTTP.post(self.realm.token, content=body, auth=basic, headers={"content-type": kind})
            self.assert_error(reply, "invalid_request")
        huge = json.dumps({"grantType": "client_credentials", "x": "y" * 70_000}).encode()
        reply = HTTP.post(self.realm.token, content=huge, auth=basic, headers={"content-type": json_type})
        self.assertEqual(reply.status_code, 413)

    def test_scopes_of_a_token_request(self):
        for scope in ("manage_payment manage_store", "manage_payment, manage_store", "manage_everything", "manage_payment;manage_store"):
            self.assert_error(self.post({"grantType": "client_credentials", "scope": scope}, auth="machine"), "invalid_scope")
        standard = {"grant_type": "client_credentials", "scope": "manage_payment,manage_store"}
        self.assert_error(HTTP.post(self.realm.token, data=standard, auth=self.realm.basic("machine")), "invalid_scope")

    def test_every_error_of_the_platform(self):
        machine = self.realm.basic("machine")
        self.assert_error(self.post({"grantType": "client_credentials"}, auth=(machine[0], "x" * 32)), "invalid_client", 401)
        self.assert_error(self.post({"grantType": "client_credentials"}, auth=("9" * 19, machine[1])), "invalid_client", 401)
        self.assert_error(HTTP.post(self.realm.token, json={"grantType": "client_credentials"}), "invalid_client", 401)
        self.assert_error(self.post({"grantType": "client_credentials"}), "unauthorized_client")
        self.assert_error(self.post({"grantType": "password"}), "unsupported_grant_type")
        self.assert_error(self.exchange("gd_ac_wrong"), "invalid_grant")
        self.assert_error(self.post({"grantType": "refresh_token", "refreshToken": "wrong"}), "invalid_grant")
        reply = self.exchange("wrong")
        self.assert_members(reply.json(), error=str, errorDescription=str)
        form = {"grant_type": "authorization_code", "code": "wrong", "redirect_uri": REDIRECT}
        standard = HTTP.post(self.realm.token, data=form, auth=self.realm.basic("web"))
        self.assert_members(standard.json(), error=str, error_description=str)

    def test_a_used_code_is_a_replay_in_any_form(self):
        code = self.code()
        first = self.exchange(code).json()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        self.assert_error(HTTP.post(self.realm.token, data=form, auth=self.realm.basic("web")), "invalid_grant")
        self.assert_error(self.post({"grantType": "refresh_token", "refreshToken": first["refreshToken"]}), "invalid_grant")

    def test_one_client_one_method_wherever_it_stands(self):
        good = {"grantType": "client_credentials"}
        client_id, secret = self.realm.basic("machine")
        other = self.realm.client("web")["client_id"]
        self.assertEqual(self.post(good | {"clientId": client_id}, auth="machine").status_code, 200)
        self.assert_error(self.post(good | {"clientId": other}, auth="machine"), "invalid_request")
        self.assert_error(self.post(good | {"clientSecret": secret}, auth="machine"), "invalid_request")
        in_body = HTTP.post(self.realm.token, json=good | {"clientId": client_id, "clientSecret": secret})
        self.assertEqual(in_body.status_code, 200)
        # What stands in the query is no parameter of the token endpoint.
        query = f"{self.realm.token}?clientId={client_id}&clientSecret={secret}"
        self.assert_error(HTTP.post(query, json=good), "invalid_client", 401)
        query = f"{self.realm.token}?clientId={other}&grantType=refresh_token"
        self.assertEqual(HTTP.post(query, json=good, auth=(client_id, secret)).status_code, 200)

    def test_a_client_that_was_moved_to_the_standard_is_told_so_and_nobody_else_is(self):
        moved = self.realm.named("3675930941412424317")
        basic = (moved["client_id"], moved["client_secret"])
        reply = self.post({"grantType": "client_credentials"}, auth=basic)
        self.assert_error(reply, "invalid_request")
        self.assertIn("standard form", reply.json()["errorDescription"])
        self.assert_error(self.post({"grant_type": "client_credentials"}, auth=basic), "invalid_request")
        self.assert_error(self.post({"grantType": "client_credentials"}, auth=(basic[0], "wrong")), "invalid_client", 401)
        form = HTTP.post(self.realm.token, data={"grant_type": "client_credentials"}, auth=basic)
        self.assertEqual(form.status_code, 200)

    def test_introspection_and_revocation_speak_it_too(self):
        web = self.realm.basic("web")
        tokens = self.exchange(self.code()).json()
        reply = HTTP.post(self.realm.introspect, json={"token": tokens["accessToken"]}, auth=web)
        self.assertEqual((reply.json()["active"], reply.json()["tokenType"]), (True, "Bearer"))
        self.assertEqual((reply.json()["clientId"], reply.json()["scope"]), (web[0], "manage_payment,manage_store"))
        standard = HTTP.post(self.realm.introspect, data={"token": tokens["accessToken"]}, auth=web)
        self.assertEqual(standard.json()["client_id"], web[0])
        body = {"token": tokens["refreshToken"], "tokenTypeHint": "refresh_token"}
        self.assertEqual(HTTP.post(self.realm.revoke, json=body, auth=web).status_code, 200)
        after = HTTP.post(self.realm.introspect, json={"token": tokens["accessToken"]}, auth=web)
        self.assertEqual(after.json(), {"active": False})
        mixed = {"token": "x", "tokenTypeHint": "access_token", "token_type_hint": "access_token"}
        self.assert_error(HTTP.post(self.realm.revoke, json=mixed, auth=web), "invalid_request")

    def test_ids_and_secrets_have_the_platforms_shape(self):
        for realm in self.server.ready["realms"]:
            for client in realm["clients"] + realm["service_accounts"]:
                self.assertRegex(client["client_id"], re.compile(r"^[0-9]{19}$"))
                if client["client_secret"]:
                    self.assertRegex(client["client_secret"], re.compile(r"^[A-Za-z0-9]{32}$"))

    def test_the_sandbox_is_another_realm(self):
        sandbox = self.server.realm("payments-sandbox")
        self.assertEqual(sandbox.issuer, self.realm.issuer + "/sandbox")
        reply = self.post({"grantType": "client_credentials"}, realm=sandbox, auth="machine")
        self.assertEqual(reply.status_code, 200, reply.text)
        self.assert_error(
            self.post({"grantType": "client_credentials"}, realm=sandbox, auth=self.realm.basic("machine")), "invalid_client", 401
        )
        api = sandbox.basic("resource_server")
        production = self.post({"grantType": "client_credentials"}, auth="machine").json()["accessToken"]
        asked = HTTP.post(sandbox.introspect, json={"token": production}, auth=api)
        self.assertEqual(asked.json(), {"active": False})
        asked_for = self.request(clientId=sandbox.client("web")["client_id"])
        told = callback(sandbox, sandbox.user(), asked_for)
        self.assertEqual(told["iss"], sandbox.issuer)
        body = {"grantType": "authorization_code", "code": told["code"], "redirectUri": REDIRECT}
        self.assert_error(self.post(body), "invalid_grant")
        self.assertEqual(self.post(body, realm=sandbox).status_code, 200)


if __name__ == "__main__":
    unittest.main()
