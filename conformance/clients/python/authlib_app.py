"""Authlib: a Flask application that logs people in, programs with a session of their own, and an API that checks access
tokens, each as its documentation shows it."""

import time
import urllib.parse

import flask
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import ECKey

from scenarios import SCENE, play, visit

METADATA_URL = SCENE["issuer"] + "/.well-known/openid-configuration"
METADATA = requests.get(METADATA_URL, timeout=20).json()
SCOPE = "openid profile email offline_access orders:read"
#: Each way of authentication, and the client that is registered for it.
CLIENTS = {
    "none": SCENE["clients"]["app"],
    "client_secret_basic": SCENE["clients"]["web"],
    "client_secret_post": SCENE["clients"]["post"],
}


def application(way):
    """A Flask application: `/login` sends the browser away, `/callback` takes what it brings."""
    app = flask.Flask(__name__)
    app.secret_key = "only for this run"
    client = CLIENTS[way]
    oauth = OAuth(app)
    oauth.register(
        "grantd",
        client_id=client["client_id"],
        client_secret=client["client_secret"] if way != "none" else None,
        server_metadata_url=METADATA_URL,
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "token_endpoint_auth_method": way},
    )

    @app.get("/login")
    def login():
        return oauth.grantd.authorize_redirect(SCENE["callback"])

    @app.get("/callback")
    def callback():
        try:
            token = oauth.grantd.authorize_access_token()
        except OAuthError as error:
            return flask.jsonify(error=error.error), 400
        return flask.jsonify(token=token, userinfo=oauth.grantd.userinfo(token=token))

    return app.test_client()


def logged_in(way):
    """What the application holds after a person logged in."""
    browser = application(way)
    away = browser.get("/login").headers["location"]
    arrived = urllib.parse.urlsplit(visit(away, SCENE["callback"]))
    answer = browser.get(f"/callback?{arrived.query}")
    assert answer.status_code == 200, answer.json
    return answer.json


def session(way, **more):
    """A program's own session."""
    client = CLIENTS[way]
    return OAuth2Session(
        client["client_id"],
        client["client_secret"] if way != "none" else None,
        token_endpoint_auth_method=way,
        # Without it the library authenticates by basic there, whatever was said for the token endpoint.
        revocation_endpoint_auth_method=way,
        token_endpoint=METADATA["token_endpoint"],
        **more,
    )


class Api(JWTBearerTokenValidator):
    """An API that checks access tokens by RFC 9068."""

    def get_jwks(self):
        return requests.get(METADATA["jwks_uri"], timeout=20).json()


API = SCENE["clients"]["api"]
RESOURCE = SCENE["resource"]


def is_active(token):
    with OAuth2Session(API["client_id"], API["client_secret"]) as asking:
        return asking.introspect_token(METADATA["introspection_endpoint"], token=token).json()["active"]


def a_flask_application_logs_people_in():
    for way in CLIENTS:
        held = logged_in(way)
        # `userinfo` in the token is the ID token's claims, checked with nonce, audience and signature.
        assert held["token"]["userinfo"]["sub"] == held["userinfo"]["sub"]
        assert held["userinfo"]["email"] == "ada@example.com"


def another_state_is_refused():
    browser = application("client_secret_basic")
    away = browser.get("/login").headers["location"]
    arrived = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(visit(away, SCENE["callback"])).query))
    answer = browser.get("/callback", query_string=arrived | {"state": "another"})
    assert answer.status_code == 400 and answer.json["error"] == "mismatching_state", answer.json


def a_session_refreshes_by_itself_and_revokes():
    for way in CLIENTS:
        token = logged_in(way)["token"]
        renewed = []
        program = session(
            way,
            token=token | {"expires_at": int(time.time()) - 60},
            update_token=lambda new, refresh_token=None, access_token=None: renewed.append(new),
        )
        with program:
            assert program.get(METADATA["userinfo_endpoint"]).json()["email"] == "ada@example.com"
            assert len(renewed) == 1 and renewed[0]["refresh_token"] != token["refresh_token"]
            assert is_active(renewed[0]["access_token"])
            ended = program.revoke_token(METADATA["revocation_endpoint"], token=renewed[0]["refresh_token"])
            assert ended.status_code == 200, ended.text
            assert not is_active(renewed[0]["access_token"])


def machines_authenticate_each_way():
    for way in ("client_secret_basic", "client_secret_post"):
        with session(way, scope="orders:read") as machine:
            token = machine.fetch_token(grant_type="client_credentials", resource=RESOURCE)
            assert token["scope"] == "orders:read" and is_active(token["access_token"])


def a_machine_with_a_key():
    client_id = SCENE["clients"]["signer"]["client_id"]
    # The library's own audience is the token endpoint; the issuer is what RFC 7523bis asks for, and what this realm takes.
    way = PrivateKeyJWT(METADATA["token_endpoint"], claims={"aud": SCENE["issuer"]}, alg="ES256")
    key = ECKey.import_key(SCENE["keys"]["signer"])
    with OAuth2Session(client_id, key, token_endpoint_auth_method="private_key_jwt", scope="orders:read") as machine:
        machine.register_client_auth_method(way)
        token = machine.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
        assert is_active(token["access_token"])


def an_assertion_for_the_token_endpoint_is_refused_by_default():
    client_id = SCENE["clients"]["signer"]["client_id"]
    key = ECKey.import_key(SCENE["keys"]["signer"])
    with OAuth2Session(client_id, key, token_endpoint_auth_method="private_key_jwt") as machine:
        machine.register_client_auth_method(PrivateKeyJWT(METADATA["token_endpoint"], alg="ES256"))
        try:
            machine.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
        except OAuthError as error:
            assert error.error == "invalid_client", error
        else:
            raise AssertionError("accepted")


def an_api_checks_access_tokens():
    with session("client_secret_basic", scope="orders:read") as machine:
        token = machine.fetch_token(grant_type="client_credentials", resource=RESOURCE)["access_token"]
    api = Api(issuer=SCENE["issuer"], resource_server=RESOURCE)
    claims = api.authenticate_token(token)
    api.validate_token(claims, ["orders:read"], None)
    assert claims["client_id"] == CLIENTS["client_secret_basic"]["client_id"]
    elsewhere = Api(issuer=SCENE["issuer"], resource_server="https://elsewhere.example")
    try:
        elsewhere.validate_token(elsewhere.authenticate_token(token), ["orders:read"], None)
    except InvalidTokenError:
        pass
    else:
        raise AssertionError("accepted for another audience")


play(
    a_flask_application_logs_people_in,
    another_state_is_refused,
    a_session_refreshes_by_itself_and_revokes,
    machines_authenticate_each_way,
    a_machine_with_a_key,
    an_assertion_for_the_token_endpoint_is_refused_by_default,
    an_api_checks_access_tokens,
)
