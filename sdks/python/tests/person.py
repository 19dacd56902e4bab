"""A person with a browser that runs no scripts: logs in and allows."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


class Page(HTMLParser):
    """The form of a page, and the link that carries the browser on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.action: str | None = None
        self.onward: str | None = None
        self.choices: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form" and of.get("method", "").lower() == "post" and self.action is None:
            self.action = of.get("action", "")
        if tag == "a" and of.get("id") == "continue":
            self.onward = of.get("href")
        if tag == "input" and "name" in of:
            kind = of.get("type", "text")
            if kind == "hidden" or (kind == "checkbox" and "checked" in of):
                self.fields[of["name"]] = of.get("value", "")
            elif kind == "radio":
                self.choices.setdefault(of["name"], []).append(of.get("value", ""))


def answer(url: str, username: str, password: str) -> str:
    """Follows an authorization request to its end: the address at which the browser comes back."""
    with httpx.Client(follow_redirects=True, timeout=20) as browser:
        reply = browser.get(url)
        for _ in range(6):
            page = Page(reply.text)
            if page.onward:
                return page.onward
            assert page.action is not None, reply.text[:2000]
            fields = dict(page.fields)
            if 'name="password"' in reply.text:
                fields |= {"username": username, "password": password}
            else:
                fields["decision"] = "allow"
                fields |= {name: values[0] for name, values in page.choices.items()}
            reply = browser.post(urljoin(str(reply.url), page.action), data=fields)
    raise AssertionError("the login does not end")
