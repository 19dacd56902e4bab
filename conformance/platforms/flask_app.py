"""An ordinary web app that follows the projects platform's guide: redirect with `state`, exchange with the secret in the
form. Prints the port it listens on."""

import os
import secrets
import sys
import threading

import requests
from flask import Flask, jsonify, redirect, request, session
from werkzeug.serving import make_server

AUTHORIZE, TOKEN, USERINFO = os.environ["AUTHORIZE"], os.environ["TOKEN"], os.environ["USERINFO"]
REVOKE, REDIRECT_URI = os.environ["REVOKE"], os.environ["REDIRECT_URI"]
CLIENT = {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"]}

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)


@app.get("/login")
def login():
    session["state"] = secrets.token_urlsafe(16)
    query = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile read:profile read:projects",
        "state": session["state"],
    }
    return redirect(requests.Request("GET", AUTHORIZE, params=query).prepare().url)


@app.get("/callback")
def callback():
    if "error" in request.args:
        return jsonify(error=request.args["error"]), 400
    if not request.args.get("state") or request.args["state"] != session.pop("state", None):
        return jsonify(error="state"), 400
    form = {"grant_type": "authorization_code", "code": request.args["code"], "redirect_uri": REDIRECT_URI}
    reply = requests.post(TOKEN, data=form | CLIENT, timeout=10)
    if not reply.ok:
        return jsonify(reply.json()), 502
    session["tokens"] = reply.json()
    return redirect("/me")


@app.get("/me")
def me():
    if "tokens" not in session:
        return jsonify(error="logged out"), 401
    bearer = {"Authorization": f"Bearer {session['tokens']['access_token']}"}
    reply = requests.get(USERINFO, headers=bearer, timeout=10)
    if not reply.ok:
        return jsonify(error="token"), reply.status_code
    return jsonify(user=reply.json(), scope=session["tokens"]["scope"])


@app.get("/refresh")
def refresh():
    form = {"grant_type": "refresh_token", "refresh_token": session["tokens"]["refresh_token"]}
    reply = requests.post(TOKEN, data=form | CLIENT, timeout=10)
    session["tokens"] = reply.json()
    return jsonify(rotated=True), reply.status_code


@app.get("/logout")
def logout():
    reply = requests.post(REVOKE, data={"token": session["tokens"]["refresh_token"]} | CLIENT, timeout=10)
    return jsonify(revoked=reply.ok), reply.status_code


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
