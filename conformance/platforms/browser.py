"""A browser without a screen: a cookie jar for each origin and a form parser. It logs in, chooses a tenant, answers the
consent page, and says where it was carried in the end."""

import html.parser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx


#: One client for all plain requests: making one reads every certificate of the system.
HTTP = httpx.Client(follow_redirects=False, timeout=20)


class Page(html.parser.HTMLParser):
    """The forms of a page, and the address that carries the browser on."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.carry, self.error, self.ids = [], None, None, set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        self.ids.add(at.get("id"))
        if at.get("id") == "continue":
            self.carry = at["href"]
        if at.get("id") == "error":
            self.error = at.get("data-error")
        if tag == "form":
            self.forms.append({"action": at.get("action"), "fields": [], "choices": {}, "ids": set()})
        if not self.forms:
            return
        form = self.forms[-1]
        form["ids"].add(at.get("id"))
        if tag == "input" and at.get("name"):
            kind = at.get("type", "text")
            if kind == "radio":
                form["choices"].setdefault(at["name"], []).append(at["value"])
            if kind not in ("radio", "checkbox") or "checked" in at:
                form["fields"].append((at["name"], at.get("value") or ""))

    def form_to(self, address):
        """The form that is sent to an address."""
        return next((form for form in self.forms if form["action"] == address), None)

    def form(self, button):
        return next((form for form in self.forms if button in form["ids"]), None)


class Browser:
    """One person's browser."""

    def __init__(self, routes=None):
        #: Origins that are really somewhere else: an app under test that could not have its usual port.
        self.routes = routes or {}
        self.jars = {}
        self.http = HTTP

    def send(self, method, url, **more):
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        jar = self.jars.setdefault(origin, {})
        headers = more.pop("headers", {})
        if jar:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if origin in self.routes:
            headers["host"] = parts.netloc
            url = self.routes[origin] + url[len(origin):]
        reply = self.http.request(method, url, headers=headers, **more)
        self.http.cookies.clear()
        for line in reply.headers.get_list("set-cookie"):
            pair, *attributes = line.split(";")
            name, _, value = pair.partition("=")
            if any(attribute.strip().lower() == "max-age=0" for attribute in attributes) or not value:
                jar.pop(name.strip(), None)
            else:
                jar[name.strip()] = value
        return reply

    def submit(self, page_url, form, **values):
        url = urljoin(page_url, form["action"])
        parts = urlsplit(page_url)
        fields = [(name, value) for name, value in form["fields"] if name not in values] + list(values.items())
        origin = {"origin": f"{parts.scheme}://{parts.netloc}", "sec-fetch-site": "same-origin"}
        return url, self.send("POST", url, data=dict(fields), headers=origin)

    def walk(self, url, user, until=None, tenant=None, decision="allow", method="GET", data=None):
        """From an address to the first one that begins with `until`, through login and consent; without `until`, to a page
        that asks nothing more."""
        reply = self.send(method, url, data=data)
        for _ in range(12):
            if reply.status_code in (302, 303):
                url = urljoin(url, reply.headers["location"])
            else:
                page = Page(reply.text)
                if login := page.form("login-submit"):
                    url, reply = self.submit(url, login, username=user["username"], password=user["password"])
                    continue
                if consent := page.form("consent-allow"):
                    answer = {"decision": decision}
                    if choices := consent["choices"].get("tenant"):
                        answer["tenant"] = tenant or choices[0]
                    url, reply = self.submit(url, consent, **answer)
                    continue
                if device := page.form("device-submit"):
                    url, reply = self.submit(url, device)
                    continue
                if until is None and reply.status_code == 200 and not page.carry and not page.error:
                    return url
                if until and (posted := page.form_to(until.removesuffix("?"))):
                    # response_mode=form_post: what would be posted there, told as a query.
                    return f"{until}{urlencode(posted['fields'])}"
                if not page.carry:
                    raise AssertionError(f"{reply.status_code} at {url}: {page.error or reply.text}")
                url = page.carry
            if until and url.startswith(until):
                return url
            reply = self.send("GET", url)
        raise AssertionError(f"went round in circles, at last at {url}")


def callback(realm, user, params, **more):
    """What an authorization request comes back with."""
    redirect = params.get("redirect_uri") or params.get("redirectUri")
    url = realm if isinstance(realm, str) else realm.authorize
    carried = Browser().walk(f"{url}?{httpx.QueryParams(params)}", user, redirect + "?", **more)
    return dict(parse_qsl(urlsplit(carried).query, keep_blank_values=True))


def page(url, params):
    """The page that an authorization request ends on at once."""
    reply = HTTP.get(url, params=params)
    return reply, Page(reply.text)
