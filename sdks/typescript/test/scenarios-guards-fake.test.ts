// What a guard is made with, and what it tells whoever runs the API (spec/vectors/scenarios.md).

import assert from "node:assert/strict";
import { test } from "node:test";
import * as grantd from "../src/index.js";
import * as forExpress from "../src/server/express.js";
import * as forFastify from "../src/server/fastify.js";
import * as forHono from "../src/server/hono.js";
import { mcpTokenVerifier } from "../src/server/mcp.js";
import { PrivateKey } from "../src/jose/private-key.js";
import { encode } from "../src/jose/base64url.js";
import { sha256 } from "../src/jose/webcrypto.js";
import { api, ASKING, refused } from "./api.js";

const NOT_ONE = [undefined, null, "", " ", "a b", "a,b ", "a\n", ["a:read"], 1, "x".repeat(257)] as unknown as string[];

test("needed_permissions_are_single: a guard for anything else is an error when it is made", async () => {
  const { issuer, verifier } = await api();
  for (const scope of NOT_ONE) {
    for (const { requireScopes } of [forExpress, forFastify, forHono]) {
      assert.throws(() => requireScopes(verifier as never, "a:read", scope), grantd.ConfigurationError, String(scope));
    }
    const options = { InvalidTokenError: Error, scopes: [scope] };
    assert.throws(() => mcpTokenVerifier(verifier, options), grantd.ConfigurationError, String(scope));
    assert.ok(!grantd.covers("*", scope) && !grantd.covers(scope, scope), String(scope));
  }
  assert.throws(() => mcpTokenVerifier(verifier, { InvalidTokenError: Error, scopes: "a" as never }), grantd.ConfigurationError);
  const principal = await verifier.verify(await issuer.mint({ scope: "* a" }));
  const facts = { method: "GET", url: "https://api.example.test/", authorization: [`Bearer ${principal.token}`] };
  for (const scope of NOT_ONE) {
    assert.ok(!principal.permits(scope) && !grantd.coversAll(["*"], [scope]), String(scope));
    assert.deepEqual(principal.missing(scope), [scope]);
    await refused(verifier.authenticate(facts, scope), "scope");
    const request = new Request(facts.url, { headers: { authorization: `Bearer ${principal.token}` } });
    const response = await grantd.authenticateRequest(verifier, request, scope);
    assert.equal((response as Response).status, 403, "the reply can be sent, whatever was asked for");
  }
  assert.ok(principal.permits() && principal.permits("invoices:read"));
});

test("options_are_checked: what cannot be meant is an error when the verifier is made", async () => {
  const good = { issuer: "https://id.example.test", audience: "https://api.example.test" };
  const client = { clientId: "api", clientSecret: "s" };
  const wrong: { [name: string]: unknown }[] = [
    ...[Number.NaN, "30", -1, 301, 0.5, Number.POSITIVE_INFINITY, null].map((leeway) => ({ leeway })),
    ...[Number.NaN, 0, -1, 2 ** 31, Number.POSITIVE_INFINITY, "5s", null].map((timeout) => ({ timeout })),
    ...[undefined, null, "", [], [""], ["a", undefined], 7].map((audience) => ({ audience })),
    ...[[], "", "at+jwt", [""], [1]].map((types) => ({ types })),
    ...["not a url", "", "/", "ftp://h", "https://h/path", "https://u@h", "https://h?x", 1].map((origin) => ({ origin })),
    ...[undefined, "", "not a url", "http://id.example.test", 1].map((issuer) => ({ issuer })),
    ...[["Basic"], "DPoP", [undefined]].map((schemes) => ({ schemes })),
    ...[{ clientId: "api" }, {}, { ...client, cache: Number.NaN }, { ...client, cache: -1 }, { ...client, cache: "5" }, null].map(
      (introspection) => ({ introspection }),
    ),
    ...[0, -1, 1.5, Number.NaN, "9"].map((proofMemorySize) => ({ proofMemorySize })),
    ...[Number.NaN, 0, "60"].map((every) => ({ usage: { every, send: async () => undefined } })),
    { introspectJwts: true }, { usage: {} }, { onRefusal: "log" }, { proofNonce: "n" }, { tenantClaim: "" }, { realm: "a\nb" },
    { resourceMetadata: "no address\n" }, { proofMemory: {} },
  ];
  for (const options of wrong) {
    const all = { ...good, ...options } as unknown as grantd.VerifierOptions;
    assert.throws(() => grantd.createVerifier(all), grantd.ConfigurationError, JSON.stringify(options));
  }
  assert.throws(() => grantd.createVerifier(undefined as never), grantd.ConfigurationError);
  for (const options of [{ leeway: 0 }, { leeway: 300 }, { origin: "https://h/" }, { introspection: { ...client, cache: 0 } }]) {
    assert.ok(grantd.createVerifier({ ...good, ...options }));
  }
});

test("options_are_checked: of managers and key clients too", async () => {
  const good = { issuer: "https://id.example.test", clientId: "c", clientSecret: "s" };
  const wrong: { [name: string]: unknown }[] = [
    ...[Number.NaN, 0, -1, 2 ** 31, Number.POSITIVE_INFINITY, "5s"].flatMap((limit) => [{ timeout: limit }, { apiTimeout: limit }]),
    ...["not a url", "/v1", "", "https://u:p@h/", "ftp://h/", "http://api.example.test/"].map((baseUrl) => ({ baseUrl })),
    ...["a:read", ["a b"], [""], [undefined], [["a"]]].map((scopes) => ({ scopes })),
    ...[undefined, "", "http://id.example.test"].map((issuer) => ({ issuer })),
    { clientId: undefined }, { clientId: 1 }, { clientSecret: 1 }, { clientSecret: "" }, { resource: 1 },
  ];
  for (const options of wrong) {
    const all = { ...good, ...options } as unknown as grantd.ManagerOptions;
    assert.throws(() => new grantd.OAuthTokenManager(all), grantd.ConfigurationError, JSON.stringify(options));
  }
  for (const options of [{ baseUrl: "x" }, { apiTimeout: 0 }, { apiTimeout: 2 ** 31 }, { apiKey: undefined }, { header: "a b" }]) {
    assert.throws(() => new grantd.ApiKeyClient({ apiKey: "k", ...options } as never), grantd.ConfigurationError);
  }
  for (const redirectUri of [undefined, "", "/callback"]) {
    assert.throws(() => new grantd.AuthorizationCodeFlow({ ...good, redirectUri } as never), grantd.ConfigurationError);
  }
});

test("options_are_checked: lists that were given are the verifier's own afterwards, and NaN passes no check of time", async () => {
  const audience = ["https://api.example.test"];
  const types = ["at+jwt"];
  const { issuer, verifier } = await api({ audience, types });
  audience[0] = "https://other.example.test";
  types.length = 0;
  await verifier.verify(await issuer.mint());
  const broken = { now: () => Number.NaN, sleep: () => new Promise<void>(() => undefined) };
  const outcome = await api({ issuer: issuer.issuer, fetch: issuer.fetch, clock: broken });
  await assert.rejects(outcome.verifier.verify(await issuer.mint()), grantd.Refusal);
});

test("what is no text is no token, and no accident", async () => {
  const { verifier } = await api();
  for (const token of [undefined, null] as unknown as string[]) await refused(verifier.verify(token), "missing");
  for (const token of [1, {}, [], Symbol("s")] as unknown as string[]) await refused(verifier.verify(token), "malformed");
  const { verifier: asking } = await api(ASKING);
  for (const token of [1, {}, ["a"]] as unknown as string[]) await refused(asking.verify(token), "malformed");
});

test("refusals_are_told: each with its cause and the request, whatever the function does", async () => {
  const told: [grantd.Refusal, unknown][] = [];
  const onRefusal = (refusal: grantd.Refusal, request: unknown) => {
    told.push([refusal, request]);
    throw new Error("the log is full");
  };
  const { issuer, verifier } = await api({ ...ASKING, onRefusal });
  issuer.faults.next("introspection", { status: 401, body: { error: "invalid_client" } });
  const request = new Request("https://api.example.test/x", { headers: { authorization: "Bearer opaque" } });
  const response = (await grantd.authenticateRequest(verifier, request)) as Response;
  assert.equal(response.status, 503);
  const [[refusal, seen] = []] = told;
  assert.equal(seen, request);
  assert.equal(refusal?.code, "unavailable");
  assert.equal((refusal?.cause as grantd.OAuthError).code, "invalid_client");
  await refused(verifier.verify("opaque"), "inactive");
  assert.equal(told.length, 1, "whoever calls verify knows already");

  const raw = { method: "GET", url: "/x", rawHeaders: [], socket: {} };
  const said: string[] = [];
  const reply = {
    status: () => undefined, setHeader: () => undefined, end: (body: string) => void said.push(body),
    code: () => undefined, header: () => undefined, send: (body: unknown) => void said.push(String(body)),
  };
  const express = { ...raw, protocol: "http", originalUrl: "/x" };
  await forExpress.requireScopes(verifier)(express, reply, () => assert.fail("it passed"));
  const fastify = { raw, protocol: "http", originalUrl: "/x" };
  await forFastify.requireScopes(verifier)(fastify, reply);
  const bare = new Request("https://api.example.test/x");
  await forHono.requireScopes(verifier)({ req: { raw: bare }, get: () => undefined, set: () => undefined }, async () => undefined);
  await assert.rejects(mcpTokenVerifier(verifier, { InvalidTokenError: TypeError }).verifyAccessToken("bad"), TypeError);
  assert.deepEqual(told.slice(1).map(([, one]) => one), [express, fastify, bare, undefined]);
  assert.equal(said.length, 2);

  const rejecting = await api({ onRefusal: async () => Promise.reject(new Error("later")) });
  assert.ok((await grantd.authenticateRequest(rejecting.verifier, bare)) instanceof Response);
});

test("claims_are_the_callers_own: what one request does to them is seen by no other", async () => {
  const { issuer, verifier } = await api({ ...ASKING, tenantClaim: "tenant" });
  const token = issuer.mintOpaque({ scope: "a:read", tenant: "t-1", aud: [issuer.audience], deep: { list: [{ n: 1 }] } });
  const [first, second] = await Promise.all([verifier.verify(token), verifier.verify(token)]);
  assert.equal(issuer.count("introspection"), 1);
  for (const principal of [first, second]) {
    const claims = principal.claims as { [name: string]: any };
    assert.deepEqual(claims["deep"], { list: [{ n: 1 }] });
    (claims["deep"] as { list: { n: number }[] }).list.forEach((one) => (one.n = 2));
    claims["scope"] = "*";
    claims["tenant"] = "t-2";
    (principal.audience as string[]).push("other");
    assert.throws(() => (principal.scopes as string[]).push("*"), TypeError);
    (principal as { scopes: readonly string[] }).scopes = ["*"];
    assert.ok(!principal.permits("b:write"));
    await refused((async () => verifier.authorize(principal, "b:write"))(), "scope");
  }
  const third = await verifier.verify(token);
  assert.deepEqual([third.tenant, third.scopes, third.audience, third.claims["scope"]], ["t-1", ["a:read"], [issuer.audience], "a:read"]);
  assert.equal(issuer.count("introspection"), 1);
});

test("principalOf of a request that no guard has seen is an error", () => {
  for (const request of [{}, { auth: { sub: "somebody" } }]) {
    assert.throws(() => forExpress.principalOf(request), grantd.ConfigurationError);
    assert.throws(() => forFastify.principalOf(request), grantd.ConfigurationError);
    const context = { req: { raw: new Request("http://localhost/") }, get: () => undefined, set: () => undefined };
    assert.throws(() => forHono.principalOf(context), grantd.ConfigurationError);
  }
});

test("proof_memory_bounds: one client fills half, others go on, and what has ended makes room", async () => {
  const { issuer, clock, verifier } = await api({ proofMemorySize: 8 });
  const key = await PrivateKey.generate();
  const jkt = await key.publicKey.thumbprint();
  let serial = 0;
  const call = async (client_id: string) => {
    const token = await issuer.mint({ client_id, cnf: { jkt } });
    const url = "https://api.example.test/x";
    const ath = encode(await sha256(token));
    const claims = { jti: `${(serial += 1)}`, htm: "GET", htu: url, iat: clock.now() / 1000, ath };
    const proof = [await key.sign({ typ: "dpop+jwt", jwk: key.publicKey.jwk }, claims)];
    const facts = { method: "GET", url, authorization: [`DPoP ${token}`], proof };
    return { facts, done: verifier.authenticate(facts) };
  };
  const passes = async (client: string) => {
    const { facts, done } = await call(client);
    await done;
    await refused(verifier.authenticate(facts), "proof_replayed");
  };
  for (let round = 0; round < 4; round += 1) await passes("greedy");
  await refused((await call("greedy")).done, "unavailable");
  for (let round = 0; round < 3; round += 1) await passes("modest");
  clock.advance(40_000);
  await passes("modest");
  await refused((await call("third")).done, "unavailable");
  clock.advance(31_000);
  await passes("third");
  for (let round = 0; round < 4; round += 1) await passes("greedy");
  clock.advance(-30 * 24 * 3_600_000);
  for (let round = 0; round < 4; round += 1) await passes("greedy");
});

test("a memory of proofs of one's own that fails is nothing that the client did", async () => {
  const proofMemory = { take: async () => Promise.reject(new Error("no connection")) };
  const { issuer, clock, verifier } = await api({ proofMemory });
  const key = await grantd.DpopKey.generate();
  const token = await issuer.mint({ cnf: { jkt: await key.thumbprint() } });
  const url = "https://api.example.test/x";
  const proof = [await key.proof("GET", url, clock, token)];
  await refused(verifier.authenticate({ method: "GET", url, authorization: [`DPoP ${token}`], proof }), "unavailable");
});
