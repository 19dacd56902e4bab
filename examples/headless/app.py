"""The platform's own web app, as far as grantd is concerned: it has users, logs them in, and asks them what they allow.

    python3 examples/headless/app.py

Needs Python 3.9 and nothing else. A real app has its own users, pages and session; what matters here are the six calls
in `Grantd`, and the checks around them.
"""

import hmac
import html
import json
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ISSUER = os.environ.get("ISSUER", "http://localhost:8400")
PORT = int(os.environ.get("PORT", "4000"))
# Where browsers see this app.
ORIGIN = os.environ.get("ORIGIN", f"http://localhost:{PORT}")
CLIENT = os.environ.get("CLIENT_ID", "acme-app")
SECRET = os.environ.get("CLIENT_SECRET", "acme-app-secret-for-demonstrations")

# The platform's users: their ids become `sub`. A real app keeps hashes.
USERS = {"eve@acme.example": {"id": "customer-4711", "password": "correct-horse-eve", "name": "Eve"}}
# The app's own sessions.
SESSIONS = {}


class Grantd:
    """The admin API, as this app uses it."""

    def __init__(self):
        self.token, self.expires_at = "", 0.0

    def show(self, kind, challenge):
        return self.call("GET", f"/{kind}-requests/{challenge}")

    def accept(self, kind, challenge, body):
        return self.call("PUT", f"/{kind}-requests/{challenge}/accept", body)["redirect_to"]

    def reject(self, kind, challenge, error):
        return self.call("PUT", f"/{kind}-requests/{challenge}/reject", {"error": error})["redirect_to"]

    def call(self, method, path, body=None):
        if time.time() > self.expires_at - 30:
            self.renew()
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return fetch(urllib.request.Request(f"{ISSUER}/api/v1{path}", data, headers, method=method))

    def renew(self):
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "resource": f"{ISSUER}/api/v1",
        }
        told = fetch(urllib.request.Request(f"{ISSUER}/token", urllib.parse.urlencode(form).encode()))
        self.token, self.expires_at = told["access_token"], time.time() + told["expires_in"]


def fetch(request):
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


GRANTD = Grantd()


class App(BaseHTTPRequestHandler):
    """The pages."""

    def do_GET(self):
        self.answer({"/login": self.ask_login, "/consent": self.ask_consent}, self.path.partition("?")[2])

    def do_POST(self):
        # Before the login there is no session whose token a form could carry: another site would log its victim in as
        # somebody else.
        if not self.is_from_here():
            return self.page(403, "This form came from elsewhere.")
        length = min(int(self.headers.get("Content-Length") or 0), 20_000)
        form = self.rfile.read(length).decode()
        self.answer({"/login": self.log_in, "/consent": self.consent}, form)

    def is_from_here(self):
        """Whether a form is one of this app's own pages, as far as the browser says where it came from."""
        site, origin = self.headers.get("Sec-Fetch-Site"), self.headers.get("Origin")
        return site in (None, "same-origin", "none") and origin in (None, ORIGIN)

    def answer(self, pages, query):
        page = pages.get(self.path.partition("?")[0])
        fields = urllib.parse.parse_qs(query)
        if page is None:
            return self.page(404, "There is no such page.")
        try:
            return page(fields)
        except urllib.error.HTTPError as error:
            # 404: the challenge is not one of this realm. 409: it was answered already, or is over.
            if error.code in (404, 409):
                return self.page(400, "This login is over. Go back to the application and begin again.")
            return self.page(502, "The login does not work right now.")

    def ask_login(self, fields):
        challenge = one(fields, "login_challenge")
        asked = GRANTD.show("login", challenge)
        session = self.session()
        # Somebody who is logged in here already need not type anything, unless the request wants it.
        if session and not asked["fresh_login"] and session["at"] >= asked.get("auth_time_not_before", 0):
            return self.go(accept_login(challenge, session))
        who = html.escape(asked.get("client", {}).get("name", "your account"))
        hint = html.escape(asked.get("login_hint", ""), quote=True)
        self.page(
            200,
            f"""<h1>Log in to Acme</h1><p>to go on with {who}</p>
            <form method="post" action="/login">
            <input type="hidden" name="login_challenge" value="{html.escape(challenge, quote=True)}">
            <label>Mail <input name="username" value="{hint}"></label>
            <label>Password <input name="password" type="password"></label>
            <button name="decision" value="login">Log in</button>
            <button name="decision" value="cancel">Cancel</button></form>""",
        )

    def log_in(self, fields):
        challenge = one(fields, "login_challenge")
        if one(fields, "decision") == "cancel":
            return self.go(GRANTD.reject("login", challenge, "access_denied"))
        user = USERS.get(one(fields, "username"))
        typed = one(fields, "password")
        # A real app counts attempts, and takes as long for unknown names.
        if user is None or not hmac.compare_digest(typed.encode(), user["password"].encode()):
            return self.page(403, "That is not right.")
        session = {"mail": one(fields, "username"), "user": user, "at": int(time.time()), "csrf": secrets.token_urlsafe()}
        name = secrets.token_urlsafe()
        SESSIONS[name] = session
        # Over https: add Secure, and call it __Host-acme.
        self.go(accept_login(challenge, session), f"acme={name}; Path=/; HttpOnly; SameSite=Lax")

    def ask_consent(self, fields):
        challenge = one(fields, "consent_challenge")
        asked = GRANTD.show("consent", challenge)
        session = self.session()
        # The question is about one user. Nobody else may see it or answer it.
        if session is None or session["user"]["id"] != asked["subject"]:
            return self.go(GRANTD.reject("consent", challenge, "interaction_required"))
        boxes = "".join(
            f'<label><input type="checkbox" name="scope" value="{html.escape(scope, quote=True)}" checked> '
            f"{html.escape(scope)}</label>"
            for scope in asked["scopes"]
        )
        # A real app says in words what each of them is, of the types that it knows.
        boxes += "".join(
            f'<label><input type="checkbox" name="detail" value="{index}" checked> '
            f"{html.escape(json.dumps(detail, ensure_ascii=False))}</label>"
            for index, detail in enumerate(asked.get("authorization_details", []))
        )
        self.page(
            200,
            f"""<h1>{html.escape(asked["client"]["name"])} wants to</h1>
            <form method="post" action="/consent">
            <input type="hidden" name="consent_challenge" value="{html.escape(challenge, quote=True)}">
            <input type="hidden" name="csrf" value="{session["csrf"]}">{boxes}
            <button name="decision" value="allow">Allow</button>
            <button name="decision" value="deny">Deny</button></form>""",
        )

    def consent(self, fields):
        challenge = one(fields, "consent_challenge")
        session = self.session()
        # The form must come from our own page, and from the user whom the question is about.
        if session is None or not hmac.compare_digest(one(fields, "csrf"), session["csrf"]):
            return self.page(403, "This form came from elsewhere.")
        asked = GRANTD.show("consent", challenge)
        if session["user"]["id"] != asked["subject"] or one(fields, "decision") != "allow":
            return self.go(GRANTD.reject("consent", challenge, "access_denied"))
        allowed = {"scopes": fields.get("scope", [])}
        if "authorization_details" in asked:
            ticked = fields.get("detail", [])
            details = enumerate(asked["authorization_details"])
            allowed["authorization_details"] = [detail for index, detail in details if str(index) in ticked]
        self.go(GRANTD.accept("consent", challenge, allowed))

    def session(self):
        found = SimpleCookie(self.headers.get("Cookie", "")).get("acme")
        return SESSIONS.get(found.value) if found else None

    def go(self, url, cookie=None):
        self.send_response(303)
        self.send_header("Location", url)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page(self, status, body):
        data = f"<!doctype html><meta charset=utf-8><title>Acme</title>{body}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        # Not `no-referrer`: with that, browsers hide the origin of this app's own forms, too.
        self.send_header("Referrer-Policy", "same-origin")
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """The challenge stands in the address: it does not go into a log."""


def accept_login(challenge, session):
    user = session["user"]
    return GRANTD.accept(
        "login",
        challenge,
        {
            "subject": user["id"],
            # The first time grantd hears of this user, it makes them.
            "user": {"username": session["mail"], "claims": {"name": user["name"]}},
            "amr": ["pwd"],
            "auth_time": session["at"],
        },
    )


def one(fields, name):
    """A field that stands there once. Challenges are of the alphabet of base64url, so they fit into a path."""
    values = fields.get(name, [""])
    value = values[0] if len(values) == 1 else ""
    if name.endswith("_challenge") and not value.replace("-", "").replace("_", "").isalnum():
        raise urllib.error.HTTPError("", 404, "no challenge", None, None)
    return value


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), App)
    print(f"http://localhost:{server.server_port}", flush=True)
    server.serve_forever()
