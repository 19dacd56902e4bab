"""A small API: `ISSUER=http://localhost:8400 uvicorn examples.api:app`. It keeps customers in memory."""

from __future__ import annotations

import os
from typing import Annotated

from fastapi import FastAPI, Security
from pydantic import BaseModel

from grantd import AsyncVerifier, Principal
from grantd.fastapi import protect, require


class Customer(BaseModel):
    """Somebody who buys."""

    name: str


def make_app(issuer: str, audience: str) -> FastAPI:
    """The API of one issuer; `audience` is what tokens for it name as `aud`."""
    app = FastAPI(title="Acme Billing")
    protect(app, AsyncVerifier(issuer, audience, realm="acme"))
    customers = [Customer(name="Ada Example")]

    @app.get("/customers")
    async def customers_list(_: Annotated[Principal, Security(require("customers:read"))]) -> list[Customer]:
        return customers

    @app.post("/customers", status_code=201)
    async def customers_create(
        new: Customer, _: Annotated[Principal, Security(require("customers:write"))]
    ) -> Customer:
        customers.append(new)
        return new

    return app


_issuer = os.environ.get("ISSUER", "http://localhost:8400")
app = make_app(_issuer, os.environ.get("AUDIENCE", f"{_issuer}/api"))
