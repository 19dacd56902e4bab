// `replies` of spec/vectors/scenarios.md: a protected route of each framework lets the right requests pass, and refuses the
// others with the status, headers and body that the vectors say.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { createVerifier, DpopKey, type Verifier } from "../src/index.js";
import * as forExpress from "../src/server/express.js";
import * as forFastify from "../src/server/fastify.js";
import * as forHono from "../src/server/hono.js";
import { FakeIssuer } from "../src/testing/index.js";
import { vectors } from "./vectors.js";

type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** An API with a route `/in` for any token and a route `/invoices` behind two handlers that ask for permissions. */
interface Api {
  origin: string;
  send: Send;
  stop: () => Promise<void>;
}

const FRAMEWORKS: { [name: string]: (verifier: Verifier) => Promise<Api> } = {
  express: async (verifier) => {
    const app = express();
    const { requireScopes, principalOf } = forExpress;
    app.get("/in", requireScopes(verifier), (request, response) => void response.send(principalOf(request).subject));
    const both = [requireScopes(verifier, "invoices:read"), requireScopes(verifier, "invoices:write")];
    app.get("/invoices", both, (request: express.Request, response: express.Response) => {
      response.send(principalOf(request).subject);
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = async () => {
      server.closeAllConnections();
      server.close();
    };
    return { origin, send: (path, init) => fetch(origin + path, init), stop };
  },
  fastify: async (verifier) => {
    const app = fastify();
    const { requireScopes, principalOf } = forFastify;
    app.get("/in", { preHandler: requireScopes(verifier) }, async (request) => principalOf(request).subject);
    const both = [requireScopes(verifier, "invoices:read"), requireScopes(verifier, "invoices:write")];
    app.get("/invoices", { preHandler: both }, async (request) => principalOf(request).subject);
    const origin = await app.listen({ port: 0, host: "127.0.0.1" });
    return { origin, send: (path, init) => fetch(origin + path, init), stop: () => app.close() };
  },
  hono: async (verifier) => {
    const app = new Hono<{ Variables: { auth: unknown } }>();
    const { requireScopes, principalOf } = forHono;
    app.get("/in", requireScopes(verifier), (context) => context.text(principalOf(context).subject));
    const both = [requireScopes(verifier, "invoices:read"), requireScopes(verifier, "invoices:write")] as const;
    app.get("/invoices", ...both, (context) => context.text(principalOf(context).subject));
    const origin = "http://127.0.0.1:9";
    return { origin, send: async (path, init) => app.request(origin + path, init), stop: async () => undefined };
  },
};

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(name, async () => {
    const issuer = await FakeIssuer.create();
    const { clock, fetch, audience } = issuer;
    const resourceMetadata = "https://api.example.test/.well-known/oauth-protected-resource/v1";
    const schemes = ["Bearer", "DPoP"] as const;
    const configuration = { realm: "acme", resourceMetadata, schemes };
    const verifier = createVerifier({ issuer: issuer.issuer, audience, clock, fetch, ...configuration });
    const api = await start(verifier);
    after(() => api.stop());

    const bearer = async (claims: object): Promise<RequestInit> => ({
      headers: { authorization: `Bearer ${await issuer.mint({ ...claims })}` },
    });

    /** What the vectors say about a reason under this configuration. */
    const expected = (reason: string) => vectors("challenges").cases.find((one: { name: string; scopes: string[] }) => {
      return one.name === `with DPoP: ${reason}` && (reason !== "missing" || one.scopes.length > 0);
    });

    test("replies: whoever may, passes", async () => {
      const response = await api.send("/invoices", await bearer({ scope: "invoices:*", sub: "ada" }));
      assert.deepEqual([response.status, await response.text()], [200, "ada"]);
      assert.equal((await api.send("/in", await bearer({ scope: "" }))).status, 200);
    });

    test("replies: 401 without a token and with an old one, 403 without the permission", async () => {
      const now = clock.now() / 1000;
      const asked: [string, RequestInit][] = [
        ["missing", {}],
        ["expired", await bearer({ exp: now - 30 })],
        ["scope", await bearer({ scope: "invoices:read" })],
      ];
      for (const [reason, init] of asked) {
        const response = await api.send("/invoices", init);
        const { expect } = expected(reason);
        assert.equal(response.status, expect.status, reason);
        // The vector's case asks for other permissions than this route.
        const scopes = reason === "scope" ? "invoices:write" : "invoices:read";
        const ofVector = reason === "scope" ? "invoices:read invoices:write" : "invoices:read customers:read";
        const challenge = expect.headers["WWW-Authenticate"].join(", ").replaceAll(ofVector, scopes);
        assert.equal(response.headers.get("www-authenticate"), challenge, reason);
        for (const header of ["Cache-Control", "Content-Type"]) {
          assert.equal(response.headers.get(header)?.replace("; charset=utf-8", ""), expect.headers[header], reason);
        }
        const body = reason === "scope" ? { ...expect.body, scope: scopes } : expect.body;
        assert.deepEqual(await response.json(), body, reason);
      }
    });

    test("replies: 503 while nobody can check", async () => {
      issuer.faults.always("introspection", "network");
      const { issuer: name } = issuer;
      const introspection = { clientId: "api", clientSecret: "secret" };
      const asking = await start(createVerifier({ issuer: name, audience, clock, fetch, introspection }));
      const response = await asking.send("/in", { headers: { "x-api-key": "key" } });
      assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "5"]);
      await asking.stop();
    });

    test("two handlers of one request use its proof once, and a second request with it is refused", async () => {
      const key = await DpopKey.generate();
      const token = await issuer.mint({ scope: "*", cnf: { jkt: await key.thumbprint() } });
      const proof = await key.proof("GET", `${api.origin}/invoices`, clock, token);
      const init = { headers: { authorization: `DPoP ${token}`, dpop: proof } };
      assert.equal((await api.send("/invoices?page=2", init)).status, 200);
      const again = await api.send("/invoices", init);
      assert.equal(again.status, 401);
      assert.match(again.headers.get("www-authenticate") ?? "", /DPoP .*error="invalid_dpop_proof"/);
    });

    test("another API's verifier does not take this one's word", async () => {
      const other = createVerifier({ issuer: issuer.issuer, audience: "urn:other", clock, fetch });
      const request = new Request("http://localhost/", await bearer({ scope: "*" }));
      const context = new Map<string, unknown>();
      if (name !== "hono") return;
      const fake = { req: { raw: request }, get: (key: string) => context.get(key), set: (key: string, value: unknown) => void context.set(key, value) };
      const run = (one: Verifier) => forHono.requireScopes(one)(fake as never, async () => undefined);
      assert.equal(await run(verifier), undefined);
      assert.equal((await run(other))?.status, 401);
    });
  });
}
