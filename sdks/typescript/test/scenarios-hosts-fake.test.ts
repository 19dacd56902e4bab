// What a request says of where it went and who sends it: `Host`, several guards, several credentials (spec/vectors/scenarios.md).

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connect2 } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import * as grantd from "../src/index.js";
import * as forExpress from "../src/server/express.js";
import * as forFastify from "../src/server/fastify.js";
import * as forHono from "../src/server/hono.js";
import { targetUri } from "../src/oauth/target-uri.js";
import { api, ASKING, refused } from "./api.js";

/** A bound token, and headers that use it with a proof for an address. */
async function caller({ issuer, clock }: Awaited<ReturnType<typeof api>>) {
  const key = await grantd.DpopKey.generate();
  const token = await issuer.mint({ scope: "a:read b:read", cnf: { jkt: await key.thumbprint() } });
  const headersFor = async (url: string, method = "GET") => {
    return { authorization: `DPoP ${token}`, dpop: await key.proof(method, url, clock, token) };
  };
  return { token, key, headersFor };
}

/** Sends a request byte by byte, since no client would send these. Gives the status. */
async function raw(port: number, line: string, headers: { [name: string]: string }): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${line} HTTP/1.1\r\n${lines.join("")}connection: close\r\n\r\n`);
  let said = "";
  socket.on("data", (piece) => (said += String(piece)));
  await once(socket, "close");
  return Number(said.slice(9, 12));
}

const SERVERS: { [name: string]: (verifier: grantd.Verifier) => Promise<{ port: number; stop: () => Promise<unknown> }> } = {
  express: async (verifier) => {
    const app = express();
    for (const path of ["/a", "/b"]) {
      const guard = forExpress.requireScopes(verifier);
      app.get(path, guard, (_request: express.Request, response: express.Response) => void response.send("in"));
    }
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port, stop: async () => server.close() };
  },
  fastify: async (verifier) => {
    const app = fastify();
    for (const path of ["/a", "/b"]) app.get(path, { preHandler: forFastify.requireScopes(verifier) }, async () => "in");
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
  },
};

const NO_HOSTS = [
  "api.test/a?", "api.test/a#", "api.test/a/", "x@api.test", "api.test\\a", "api.test#", "api.test?", "", "api.test:1:2", "api.test:x",
  "a b", "[::1", "api.test,x", "\u00e4.test",
];

for (const [name, start] of Object.entries(SERVERS)) {
  test(`host_is_no_path: with ${name}`, async () => {
    const setting = await api();
    const { headersFor } = await caller(setting);
    const plain = { authorization: `Bearer ${await setting.issuer.mint()}` };
    const { port, stop } = await start(setting.verifier);
    const { port: own, stop: end } = await start((await withOrigin(setting, "https://api.test")).verifier);
    const statusOf = async (to: number, line: string, host: string, address: string) =>
      raw(to, line, { host, ...(await headersFor(address)) });
    try {
      assert.equal(await statusOf(port, "GET /a", "api.test", "http://api.test/a"), 200);
      assert.equal(await statusOf(port, "GET /b", "api.test", "http://api.test/a"), 401);
      assert.equal(await statusOf(port, "GET /a?x=/b", "API.test:80", "http://api.test/a"), 200);
      assert.equal(await statusOf(own, "GET /a", "api.test", "https://api.test/a"), 200);
      for (const host of NO_HOSTS) {
        for (const address of [`http://${host}/b`, "http://api.test/a", "http://api.test/b"]) {
          // What is no host is no part of an address either: then a proof is made for something near it.
          const possible = targetUri(address) === undefined || !URL.canParse(address) ? "http://api.test/b" : address;
          assert.equal(await statusOf(port, "GET /b", host, possible), 401, host);
        }
        assert.equal(await raw(port, "GET /b", { host, ...plain }), 200, "a token that is bound to nothing passes");
        assert.equal(await statusOf(own, "GET /b", host, "https://api.test/a"), 401, host);
        assert.equal(await statusOf(own, "GET /b", host, "https://api.test/b"), 200, host);
      }
      // The target in absolute form: its path, and the host of `Host`.
      assert.equal(await statusOf(port, "GET http://other.test/a", "api.test", "http://api.test/a"), 200);
      assert.equal(await statusOf(port, "GET http://other.test/a", "api.test", "http://other.test/a"), 401);
      for (const line of ["GET http://api.test?/a", "GET http://api.test/b?/a", "GET http://api.test/b#/a", "GET /b#/a"]) {
        assert.notEqual(await statusOf(port, line, "api.test", "http://api.test/a"), 200, line);
        assert.notEqual(await statusOf(own, line, "api.test", "https://api.test/a"), 200, line);
        assert.notEqual(await statusOf(own, line, "api.test", "https://api.test/"), 200, line);
      }
    } finally {
      await Promise.all([stop(), end()]);
    }
  });
}

async function withOrigin({ issuer, clock }: Awaited<ReturnType<typeof api>>, origin: string) {
  const { issuer: name, fetch, audience } = issuer;
  return { verifier: grantd.createVerifier({ issuer: name, audience, fetch, clock, origin }) };
}

test("host_is_no_path: what the proxy says of the scheme is none either", async () => {
  const setting = await api();
  const { headersFor } = await caller(setting);
  for (const [protocol, isIn] of [["https", true], ["https://api.test/a?", false], ["", false]] as const) {
    const headers = Object.entries({ host: "api.test", ...(await headersFor(isIn ? "https://api.test/b" : "https://api.test/a")) });
    const request = { method: "GET", url: "/b", rawHeaders: headers.flat(), socket: {}, protocol, originalUrl: "/b" };
    let [passed, status] = [false, 0];
    const response = { status: (code: number) => (status = code), setHeader: () => undefined, end: () => undefined };
    await forExpress.requireScopes(setting.verifier)(request, response, () => (passed = true));
    assert.deepEqual([passed, status], isIn ? [true, 0] : [false, 401]);
  }
});

test("host_is_no_path: with Hono the path of the proof is the path of the route", async () => {
  const setting = await api();
  const { headersFor } = await caller(setting);
  const app = new Hono();
  for (const path of ["/a", "/b"]) app.get(path, forHono.requireScopes(setting.verifier), (context) => context.text(path));
  for (const host of ["api.test", ...NO_HOSTS.slice(0, -1)]) {
    const headers = { host, ...(await headersFor("http://api.test/a")) };
    assert.equal((await app.request("http://api.test/b", { headers })).status, 401);
    assert.equal(await (await app.request("http://api.test/a?/b", { headers })).text(), "/a", "the header is not looked at");
  }
});

test("host_is_no_path: facts without a host have an address where the origin is given", async () => {
  const setting = await api();
  const { headersFor } = await caller(setting);
  const { verifier } = await withOrigin(setting, "https://API.test:443/");
  const facts = async (url: string, address = "https://api.test/a") => {
    const { authorization, dpop } = await headersFor(address);
    return { method: "GET", url, authorization: [authorization], proof: [dpop] };
  };
  await verifier.authenticate(await facts("/a?b"));
  await verifier.authenticate(await facts("https://elsewhere.test/a"));
  await verifier.authenticate(await facts("https://elsewhere.test", "https://api.test/"));
  await refused(setting.verifier.authenticate(await facts("/a")), "proof_url");
  for (const url of ["", "*", "a", "x:/a", "@evil.test/a"]) {
    await refused(verifier.authenticate(await facts(url, "https://api.test/")), "proof_url");
  }
});

test("host_is_no_path: in HTTP/2 the host is :authority", async () => {
  const setting = await api();
  const { headersFor } = await caller(setting);
  const app = fastify({ http2: true });
  app.get("/a", { preHandler: forFastify.requireScopes(setting.verifier as never) as never }, async () => "in");
  await app.listen({ port: 0, host: "127.0.0.1" });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const client = connect2(origin);
  const statusOf = async (headers: object): Promise<unknown> => {
    const stream = client.request({ ":path": "/a", ...(await headersFor(`${origin}/a`)), ...headers });
    const [answer] = (await once(stream, "response")) as [{ ":status": number }];
    stream.resume();
    return answer[":status"];
  };
  assert.equal(await statusOf({}), 200);
  assert.equal(await statusOf({ ":authority": new URL(origin).host, host: "other.test" }), 200);
  assert.equal(await statusOf({ host: new URL(origin).host }), 200, "without :authority");
  assert.equal(await statusOf({ host: "other.test" }), 401);
  assert.equal(await statusOf({ ":authority": "other.test", host: new URL(origin).host }), 401);
  client.close();
  await app.close();
});

test("the address of a proof ends before its query, and its limit is that of what is left", async () => {
  const long = "x".repeat(3000);
  assert.equal(targetUri(`https://h/a?${long}`), "https://h/a");
  assert.equal(targetUri(`https://h/a#?\u00e4 ${long}`), "https://h/a");
  assert.equal(targetUri(`https://h?a/b`), "https://h/");
  assert.equal(targetUri(`https://h/${"x".repeat(2048 - 10)}`)?.length, 2048);
  for (const url of [`https://h/${"x".repeat(2048 - 9)}`, "https://h/%", "https://h/%2", "https://h/%zz", "https://h/%2%41", "?https://h/"]) {
    assert.equal(targetUri(url), undefined, url);
  }
  const setting = await api();
  const { headersFor, key } = await caller(setting);
  const url = `https://api.test/a?${long}`;
  const { authorization, dpop } = await headersFor(url);
  await setting.verifier.authenticate({ method: "GET", url, authorization: [authorization], proof: [dpop] });
  await assert.rejects(key.proof("GET", "https://api.test/%zz", setting.clock), grantd.ConfigurationError);
});

test("a proof names the method that is sent", async () => {
  const { issuer, clock } = await api();
  const dpop = await grantd.DpopKey.generate();
  const seen: string[][] = [];
  issuer.serve("https://api.test", (request) => {
    const [, claims = ""] = (request.headers.get("dpop") ?? "").split(".");
    seen.push([request.method, (JSON.parse(String(Buffer.from(claims, "base64url"))) as { htm: string }).htm]);
    return new Response("in");
  });
  const { issuer: name, fetch } = issuer;
  const manager = new grantd.OAuthTokenManager({ issuer: name, clientId: "c", clientSecret: "s", fetch, clock, dpop });
  const methods = ["get", "head", "post", "put", "delete", "options", "patch", "Patch", "PATCH", "query", "Report"];
  for (const method of methods) await manager.fetch("https://api.test/x", { method });
  const sent = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "patch", "Patch", "PATCH", "query", "Report"];
  assert.deepEqual(seen, sent.map((method) => [method, method]));
});

test("options_are_checked: an origin is no more than one, and a base has no query", async () => {
  const good = { issuer: "https://id.example.test", audience: "urn:api" };
  for (const origin of ["https://h?", "https://h#", "https://h/?", "https://h/#", "https://h/a", "https://@h", "https://u@h", "https://h\\", "https://h "]) {
    assert.throws(() => grantd.createVerifier({ ...good, origin }), grantd.ConfigurationError, origin);
  }
  const client = { issuer: good.issuer, clientId: "c", clientSecret: "s" };
  for (const baseUrl of ["https://h?", "https://h/v1?", "https://h/v1#", "https://h/v1?a", "https://@h/v1", "https://u@h/"]) {
    assert.throws(() => new grantd.OAuthTokenManager({ ...client, baseUrl }), grantd.ConfigurationError, baseUrl);
    assert.throws(() => new grantd.ApiKeyClient({ apiKey: "k", baseUrl }), grantd.ConfigurationError, baseUrl);
  }
});

/** A way of each framework to send one request through guards of these verifiers; what the last one says, 0 where all let it pass. */
type Send = (headers: { [name: string]: string }, guards: [grantd.Verifier, string][], between?: () => void) => Promise<number>;

const GUARDS: { [name: string]: Send } = {
  express: async (headers, guards, between) => {
    const request = { ...rawRequest(headers), protocol: "https", originalUrl: "/x" };
    const between2 = () => (between?.(), (request.rawHeaders = Object.entries(headers).flat()));
    for (const [verifier, scope] of guards) {
      let [passed, status] = [false, 0];
      const response = { status: (code: number) => (status = code), setHeader: () => undefined, end: () => undefined };
      await forExpress.requireScopes(verifier, scope)(request, response, () => (passed = true));
      if (!passed) return status;
      between2();
    }
    return 0;
  },
  fastify: async (headers, guards, between) => {
    const request = { raw: rawRequest(headers), protocol: "https", originalUrl: "/x" };
    for (const [verifier, scope] of guards) {
      let status = 0;
      const reply = { code: (code: number) => (status = code), header: () => undefined, send: () => undefined };
      await forFastify.requireScopes(verifier, scope)(request, reply);
      if (status !== 0) return status;
      between?.();
      request.raw.rawHeaders = Object.entries(headers).flat();
    }
    return 0;
  },
  hono: async (headers, guards, between) => {
    const variables = new Map<string, unknown>();
    const context = {
      req: { raw: new Request("https://api.test/x", { headers }) },
      get: (key: string) => variables.get(key),
      set: (key: string, value: unknown) => void variables.set(key, value),
    };
    for (const [verifier, scope] of guards) {
      const response = await forHono.requireScopes(verifier, scope)(context as never, async () => undefined);
      if (response !== undefined) return response.status;
      between?.();
      context.req.raw = new Request("https://api.test/x", { headers });
    }
    return 0;
  },
};

function rawRequest(headers: { [name: string]: string }) {
  return { method: "GET", url: "/x", rawHeaders: Object.entries({ host: "api.test", ...headers }).flat(), socket: {} };
}

for (const [name, send] of Object.entries(GUARDS)) {
  test(`several_guards: with ${name}`, async () => {
    const reports: { scope: string; count: number }[] = [];
    const setting = await api({ usage: { send: async (all: object) => void reports.push(...(all as never[])) } });
    const { verifier, issuer } = setting;
    const { headersFor } = await caller(setting);
    const other = (await withOrigin(setting, "https://api.test")).verifier;
    const headers = () => headersFor("https://api.test/x");
    const same = await headers();
    assert.equal(await send(same, [[verifier, "a:read"], [verifier, "b:read"], [verifier, "a:read"]]), 0);
    assert.equal(await send(same, [[verifier, "a:read"]]), 401, "another request with the same proof");
    assert.equal(await send(await headers(), [[verifier, "a:read"], [verifier, "c:read"]]), 403);
    assert.equal(await send(await headers(), [[verifier, "a:read"], [other, "a:read"], [verifier, "b:read"], [other, "b:read"]]), 0);
    const changed: { [name: string]: string } = { host: "api.test", ...(await headers()) };
    const change = () => (changed["authorization"] = "Bearer forged");
    assert.equal(await send(changed, [[verifier, "a:read"], [verifier, "a:read"]], change), 401, "other credentials");
    const strange = await createStrange(issuer);
    assert.equal(await send(await headers(), [[verifier, "a:read"], [strange, "a:read"]]), 401, "another API's verifier");
    await verifier.close();
    assert.ok(reports.length > 0);
  });
}

async function createStrange(issuer: Awaited<ReturnType<typeof api>>["issuer"]): Promise<grantd.Verifier> {
  const { issuer: name, fetch, clock } = issuer;
  return grantd.createVerifier({ issuer: name, audience: "urn:other", fetch, clock });
}

test("several_guards: what the program itself writes into a request is no word of a guard", async () => {
  const { verifier, issuer } = await api();
  const principal = await verifier.verify(await issuer.mint({ scope: "*" }));
  const variables = new Map<string, unknown>([["grantd.verified", { verifier, principal }], ["auth", principal]]);
  const context = { req: { raw: new Request("https://api.test/x") }, get: (key: string) => variables.get(key), set: () => undefined };
  assert.equal((await forHono.requireScopes(verifier)(context as never, async () => undefined))?.status, 401);
  const first = { ...rawRequest({ authorization: `Bearer ${principal.token}` }), protocol: "https", originalUrl: "/x" };
  const response = { status: () => undefined, setHeader: () => undefined, end: () => undefined };
  let passed = 0;
  await forExpress.requireScopes(verifier)(first, response, () => (passed += 1));
  const copy = Object.assign({}, first, { rawHeaders: [] });
  await forExpress.requireScopes(verifier)(copy, response, () => (passed += 1));
  assert.equal(passed, 1, "a copy of a request is another one");
});

test("basic_beside_a_key: the key counts, and only tokens are sent twice", async () => {
  const { verifier, issuer } = await api(ASKING);
  const key = issuer.mintApiKey({ scope: "a:read" });
  const token = await issuer.mint();
  const facts = (authorization: string[], apiKey: string[] = []) => ({ method: "GET", url: "https://api.test/x", authorization, apiKey });
  for (const basic of ["Basic dTpw", "basic dTpw", "Digest x", ""]) {
    assert.equal((await verifier.authenticate(facts([basic], [key]))).kind, "api_key");
    await refused(verifier.authenticate(facts([basic])), "missing");
    await refused(verifier.authenticate(facts([basic, basic])), "missing");
  }
  for (const scheme of ["Bearer", "bearer", "DPoP"]) {
    await refused(verifier.authenticate(facts([`${scheme} ${token}`], [key])), "twice");
    await refused(verifier.authenticate(facts(["Basic dTpw", `${scheme} ${token}`], [key])), "twice");
    await refused(verifier.authenticate(facts([`${scheme} ${token}`, `Bearer ${token}`])), "twice");
  }
  await refused(verifier.authenticate(facts(["Basic dTpw"], [key, key])), "twice");
  const request = new Request("https://api.test/x", { headers: { authorization: "Basic dTpw", "x-api-key": key } });
  assert.ok((await grantd.authenticateRequest(verifier, request)) instanceof grantd.Principal);
});
