"""What a vendor ships to its customers: a client library whose users never see a token.

client = Acme("nightly-export", secret, ["customers:read"])
for customer in client.customers.list():
print(customer["name"])
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx

from grantd import TokenManager
from grantd.httpx import Auth

ISSUER, API = "http://localhost:8400", "http://localhost:8000"


class Customers:
    """`/customers`."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def list(self) -> list[dict[str, Any]]:
        """Every customer."""
        customers: list[dict[str, Any]] = self._http.get("/customers").raise_for_status().json()
        return customers

    def create(self, name: str) -> dict[str, Any]:
        """A new one."""
        customer: dict[str, Any] = self._http.post("/customers", json={"name": name}).raise_for_status().json()
        return customer


class Acme:
    """The Acme API. Tokens are acquired, kept and renewed in here."""

    def __init__(
        self, client_id: str, client_secret: str, scopes: Sequence[str], *, issuer: str = ISSUER, api: str = API
    ) -> None:
        tokens = TokenManager(issuer, client_id, client_secret, scopes=scopes)
        self._http = httpx.Client(base_url=api, auth=Auth(tokens, base_url=api), timeout=10)
        self.customers = Customers(self._http)

    def __enter__(self) -> Acme:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._http.close()
