// The client's scenarios of spec/vectors/scenarios.md against the built server.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FileTokenStore } from "../src/client/file-store.js";
import * as grantd from "../src/index.js";
import { FakeClock } from "../src/testing/index.js";
import { NEEDS_SERVER, Server } from "./grantd.js";

describe("client side, against the server", NEEDS_SERVER, () => {
  let server: Server;
  let store: string;
  before(async () => {
    [server, store] = [await Server.start(), await mkdtemp(join(tmpdir(), "grantd-store-"))];
  });
  after(async () => {
    server.stop();
    await rm(store, { recursive: true });
  });

  /** A manager for the machine client of the demo realm, and the requests that it made. */
  function machine(options: Partial<grantd.ManagerOptions> = {}) {
    const posted: string[] = [];
    const fetch: grantd.Fetch = (input, init) => {
      if (init?.method === "POST") posted.push(String(input));
      return globalThis.fetch(input, init);
    };
    const base = { issuer: server.issuer, ...server.client("nightly-export"), scopes: ["invoices:read"], fetch };
    return { posted, manager: new grantd.OAuthTokenManager({ ...base, ...options }) };
  }

  function login(options: Partial<grantd.AuthorizationCodeOptions> = {}): grantd.AuthorizationCodeOptions {
    const redirectUri = "http://localhost:3000/callback";
    const scopes = ["offline_access", "invoices:read"];
    return { issuer: server.issuer, ...server.client("ledger-web"), redirectUri, scopes, ...options };
  }

  async function loggedIn(options: Partial<grantd.AuthorizationCodeOptions> = {}) {
    const flow = new grantd.AuthorizationCodeFlow(login(options));
    const pending = await flow.begin();
    return flow.finish(await server.approve(pending.url), pending, "ada");
  }

  function verifier() {
    return grantd.createVerifier({ issuer: server.issuer, audience: server.api });
  }

  test("acquire: client credentials give a token that the API takes", async () => {
    const principal = await verifier().verify(await machine().manager.getAccessToken());
    assert.equal(principal.clientId, "nightly-export");
    assert.deepEqual(principal.scopes, ["invoices:read"]);
  });

  test("acquire, with every way to authenticate that the server offers", async () => {
    const { clientId, clientSecret } = server.client("nightly-export");
    for (const authMethod of ["client_secret_basic", "client_secret_post"] as const) {
      assert.ok(await machine({ clientId, clientSecret, authMethod }).manager.getAccessToken());
    }
    const wrong = machine({ clientId, clientSecret: "no such secret, with signs: +&%ä" });
    await assert.rejects(wrong.manager.getAccessToken(), (error) => {
      return error instanceof grantd.OAuthError && error.code === "invalid_client";
    });
  });

  test("cache: a second call needs no request; other scopes or another resource are another token", async () => {
    const { manager, posted } = machine();
    const first = await manager.getAccessToken();
    assert.equal(await manager.getAccessToken(), first);
    assert.equal(posted.length, 1);
    assert.notEqual(await manager.getAccessToken({ scopes: ["customers:read"] }), first);
    assert.notEqual(await manager.getAccessToken({ resource: server.api }), first);
    assert.equal(posted.length, 3);
  });

  test("single_flight: a hundred callers, one request", async () => {
    const { manager, posted } = machine();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => manager.getAccessToken()));
    assert.equal(posted.length, 1);
    assert.equal(new Set(tokens).size, 1);
  });

  test("code_with_pkce: login, consent, exchange; a wrong state and a wrong iss are refused", async () => {
    const flow = new grantd.AuthorizationCodeFlow(login());
    const pending = await flow.begin();
    const callback = await server.approve(pending.url);
    for (const wrong of [callback.replace("state=", "state=x"), callback.replace(/iss=[^&]*/, "iss=http%3A%2F%2Fevil")]) {
      await assert.rejects(flow.finish(wrong, pending, "ada"), grantd.CallbackError);
    }
    const manager = await flow.finish(callback, pending, "ada");
    const principal = await verifier().verify(await manager.getAccessToken());
    assert.equal(principal.clientId, "ledger-web");
    assert.ok(principal.permits("invoices:read"));
  });

  test("rotation_in_two_processes: one of them asks, both have the living refresh token", async () => {
    const manager = await loggedIn({ store: new FileTokenStore(store) });
    const first = await manager.getAccessToken();
    const other = fileURLToPath(new URL("other-process.js", import.meta.url));
    const run = () => promisify(execFile)(process.execPath, [other, store, JSON.stringify(login())]);
    const outcomes = (await Promise.all([run(), run()])).map(({ stdout }) => JSON.parse(stdout));
    assert.equal(outcomes[0].accessToken, outcomes[1].accessToken);
    assert.notEqual(outcomes[0].accessToken, first);
    assert.equal(outcomes[0].requests + outcomes[1].requests, 1);
    const clock = new FakeClock(Date.now() + 8_000_000);
    const later = await grantd.OAuthTokenManager.forUser(login({ store: new FileTokenStore(store), clock }), { subject: "ada" });
    assert.notEqual(await later.getAccessToken(), outcomes[0].accessToken, "the refresh token is alive");
  });

  test("invalid_grant_ends_the_login: an error of its own, and the store is empty", async () => {
    const directory = join(store, "ends");
    const clock = new FakeClock(Date.now());
    const kept = new FileTokenStore(directory);
    const manager = await loggedIn({ store: kept, clock });
    const twin = await grantd.OAuthTokenManager.forUser(login({ store: new grantd.MemoryTokenStore(), clock }), {
      subject: "ada",
      tokens: await tokensIn(kept, directory),
    });
    await twin.revoke();
    clock.advance(3_600_000);
    await assert.rejects(manager.getAccessToken(), grantd.LoginRequiredError);
    assert.deepEqual(await readdir(directory), []);
    await assert.rejects(manager.getAccessToken(), grantd.LoginRequiredError);
  });

  async function tokensIn(kept: FileTokenStore, directory: string): Promise<grantd.StoredTokens> {
    const [file] = await readdir(directory);
    const tokens = await kept.get((file ?? "").replace(".json", ""));
    assert.ok(tokens);
    return tokens;
  }

  test("api_key: it is sent as x-api-key, and the same check answers", async () => {
    const api = grantd.createVerifier({
      issuer: server.issuer,
      audience: server.api,
      introspection: server.client("acme-api"),
    });
    let requests = 0;
    const fetch: grantd.Fetch = async (input, init) => {
      requests += 1;
      const outcome = await grantd.authenticateRequest(api, new Request(input, init), "invoices:write");
      return outcome instanceof Response ? outcome : Response.json({ subject: outcome.subject });
    };
    const good = new grantd.ApiKeyClient({ apiKey: server.apiKey, fetch });
    assert.match((await (await good.fetch("https://api.example.test/")).json()).subject, /^api_key:/);
    const bad = new grantd.ApiKeyClient({ apiKey: `${server.apiKey}x`, fetch });
    assert.equal((await bad.fetch("https://api.example.test/")).status, 401);
    assert.equal(requests, 2);
  });
});
