// A small API in Express: anybody with the permission may list and add customers, with a token or with an API key.

import express, { type Express } from "express";
import { createVerifier, type VerifierOptions } from "grantd";
import { principalOf, requireScopes } from "grantd/express";

/** Makes the API. `introspection` is its own client at the authorization server, for API keys and opaque tokens. */
export function createApi(options: Pick<VerifierOptions, "issuer" | "audience" | "introspection">): Express {
  const verifier = createVerifier({ ...options, tenantClaim: "tenant" });
  const customers = [{ id: "c1", name: "Ada Example" }];
  const app = express();
  app.get("/customers", requireScopes(verifier, "customers:read"), (_request, response) => {
    response.json(customers);
  });
  app.post("/customers", requireScopes(verifier, "customers:write"), express.json(), (request, response) => {
    const customer = { id: `c${customers.length + 1}`, name: String(request.body.name) };
    customers.push(customer);
    response.status(201).json({ ...customer, createdBy: principalOf(request).subject });
  });
  return app;
}
