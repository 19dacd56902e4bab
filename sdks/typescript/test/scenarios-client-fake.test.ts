// The client's scenarios of spec/vectors/scenarios.md that need a server which misbehaves, and a clock that obeys.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import * as grantd from "../src/index.js";
import { FakeClock, FakeIssuer } from "../src/testing/index.js";

const API = "https://api.example.test";

/** A fake issuer and a manager that acts for the client itself. */
async function machine(options: Partial<grantd.ManagerOptions> = {}) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const credentials = { clientId: "nightly", clientSecret: "hush-hush" };
  const base = { issuer: issuer.issuer, ...credentials, scopes: ["a:read"], fetch, clock, random: () => 0 };
  return { issuer, clock, manager: new grantd.OAuthTokenManager({ ...base, ...options }), base };
}

/** A manager for a user who has just logged in. */
async function user(options: Partial<grantd.ManagerOptions> = {}) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const base = { issuer: issuer.issuer, clientId: "app", redirectUri: "http://localhost/cb", fetch, clock };
  const flow = new grantd.AuthorizationCodeFlow({ ...base, random: () => 0, ...options });
  const pending = await flow.begin();
  return { issuer, clock, manager: await flow.finish(issuer.approve(pending.url), pending, "ada"), flow };
}

/** Lets replies that are there already be read to their end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything run that can run without the clock: the work in hand is done by threads, so turns are counted out. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 100_000, "it never happened");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("refresh_ahead: the old token is handed out while one refresh runs beside it", async () => {
  const { issuer, clock, manager } = await machine();
  const first = await manager.getAccessToken();
  clock.advance(3_539_000);
  assert.equal(await manager.getAccessToken(), first);
  assert.equal(issuer.count("token"), 1);
  clock.advance(1_000);
  assert.deepEqual(await Promise.all([manager.getAccessToken(), manager.getAccessToken()]), [first, first]);
  await until(() => issuer.count("token") === 2);
  let next = first;
  while (next === first) {
    await settle();
    next = await manager.getAccessToken();
  }
  assert.equal(issuer.count("token"), 2);
});

test("refresh_blocks_at_the_end: in the last seconds callers wait for the new token", async () => {
  const { issuer, clock, manager } = await machine();
  const first = await manager.getAccessToken();
  clock.advance(3_595_000);
  const both = await Promise.all([manager.getAccessToken(), manager.getAccessToken()]);
  assert.notEqual(both[0], first);
  assert.equal(both[0], both[1]);
  assert.equal(issuer.count("token"), 2);
});

test("failed_early_refresh_keeps_the_token: until it has ended", async () => {
  for (const fault of [{ status: 503, body: "down" }, "network"] as const) {
    const { issuer, clock, manager } = await machine();
    const first = await manager.getAccessToken();
    issuer.faults.always("token", fault);
    clock.advance(3_550_000);
    assert.equal(await manager.getAccessToken(), first);
    await until(() => issuer.count("token") === 2);
    await settle();
    for (const [step, requests] of [[4_999, 2], [1, 3]] as const) {
      clock.advance(step);
      assert.equal(await manager.getAccessToken(), first);
      await settle();
      assert.equal(issuer.count("token"), requests);
    }
    clock.advance(44_000);
    assert.equal(await manager.getAccessToken(), first, "a second before its end it is still good");
    clock.advance(1_000);
    await assert.rejects(manager.getAccessToken(), fault === "network" ? grantd.NetworkError : grantd.ReplyError);
    issuer.faults.mend();
    clock.advance(1_000);
    assert.notEqual(await manager.getAccessToken(), first);
  }
});

test("single_flight_failure: one request, an error for everybody, and the next call tries again", async () => {
  const { issuer, clock, manager } = await machine();
  issuer.faults.next("token", { status: 400, body: { error: "invalid_client", error_description: "who?\n" } });
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => manager.getAccessToken()));
  assert.equal(issuer.count("token"), 1);
  for (const outcome of outcomes) {
    assert.equal(outcome.status, "rejected");
    assert.ok(outcome.reason instanceof grantd.OAuthError && outcome.reason.code === "invalid_client");
  }
  clock.advance(5_000);
  assert.ok(await manager.getAccessToken());
});

test("retry_once_on_401: one new token and one more request, then the 401 is the caller's", async () => {
  const { issuer, manager } = await machine();
  const seen: (string | null)[] = [];
  let refuses = 1;
  issuer.serve(API, async (request) => {
    seen.push(`${request.headers.get("authorization")} ${await request.text()}`);
    const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
    return refuses-- > 0 ? new Response("no", { status: 401, headers }) : new Response("yes");
  });
  await manager.getAccessToken();
  const sent = () => manager.fetch(`${API}/x`, { method: "POST", body: "order" });
  assert.equal(await (await sent()).text(), "yes");
  assert.equal(seen.length, 2);
  assert.notEqual(seen[0], seen[1]);
  assert.ok(seen.every((one) => one?.endsWith(" order")));
  refuses = 2;
  assert.equal((await sent()).status, 401);
  assert.equal(seen.length, 4);
  assert.equal(issuer.count("token"), 3);
});

test("a token that was just obtained is not replaced when it is refused", async () => {
  const { issuer, manager } = await machine();
  issuer.serve(API, () => new Response(null, { status: 401 }));
  assert.equal((await manager.fetch(`${API}/x`)).status, 401);
  assert.equal(issuer.count("token"), 1);
});

test("no_retry_on_insufficient_scope: one request, and the scopes that are needed", async () => {
  const { issuer, manager } = await machine();
  let requests = 0;
  issuer.serve(API, () => {
    requests += 1;
    const challenge = 'Bearer error="insufficient_scope", scope="a:read a:write"';
    return new Response(null, { status: 403, headers: { "www-authenticate": challenge } });
  });
  await manager.getAccessToken();
  const response = await manager.fetch(`${API}/x`);
  assert.deepEqual(grantd.neededScopes(response), ["a:read", "a:write"]);
  assert.deepEqual([requests, issuer.count("token")], [1, 1]);
});

test("no_retry_of_a_stream: a body that was consumed is not sent again", async () => {
  const { issuer, manager } = await machine();
  let requests = 0;
  issuer.serve(API, async (request) => {
    requests += 1;
    await request.text();
    return new Response(null, { status: 401 });
  });
  await manager.getAccessToken();
  const stream = () => new Blob(["part"]).stream();
  const init = { method: "POST", duplex: "half" };
  assert.equal((await manager.fetch(`${API}/x`, { ...init, body: stream() } as RequestInit)).status, 401);
  const request = new Request(`${API}/x`, { ...init, body: stream() } as RequestInit);
  assert.equal((await manager.fetch(request)).status, 401);
  assert.equal(requests, 2);
});

test("a_retry_drops_only_the_refused_token: one of many callers fetches another, and all use it", async () => {
  const { issuer, manager } = await machine();
  const first = await manager.getAccessToken();
  const tokens: (string | null)[] = [];
  issuer.serve(API, (request) => {
    const token = request.headers.get("authorization");
    tokens.push(token);
    return new Response(null, { status: token === `Bearer ${first}` ? 401 : 200 });
  });
  const all = await Promise.all(Array.from({ length: 50 }, () => manager.fetch(`${API}/x`)));
  assert.ok(all.every(({ status }) => status === 200));
  assert.equal(issuer.count("token"), 2);
  assert.equal(new Set(tokens).size, 2);
});

test("rotation_stores_first: the new refresh token is safe before the new access token is handed out", async () => {
  const events: string[] = [];
  const inner = new grantd.MemoryTokenStore();
  const store: grantd.TokenStore = {
    get: (key) => inner.get(key),
    delete: (key) => inner.delete(key),
    set: async (key, tokens) => {
      await new Promise((resolve) => setImmediate(resolve));
      await inner.set(key, tokens);
      events.push(`stored ${tokens.refreshToken}`);
    },
  };
  const { clock, manager } = await user({ store });
  clock.advance(3_600_000);
  await manager.getAccessToken();
  events.push("handed out");
  assert.equal(events.length, 3);
  assert.match(events[1] ?? "", /^stored fake_rt/);
  assert.notEqual(events[0], events[1]);
});

test("a store that cannot keep the new refresh token is an error, and the token is not lost", async () => {
  const inner = new grantd.MemoryTokenStore();
  let isFull = false;
  const store: grantd.TokenStore = {
    get: (key) => inner.get(key),
    delete: (key) => inner.delete(key),
    set: async (key, tokens) => {
      if (isFull) throw new Error("disk full");
      await inner.set(key, tokens);
    },
  };
  const { issuer, clock, manager } = await user({ store });
  isFull = true;
  clock.advance(3_600_000);
  await assert.rejects(manager.getAccessToken(), grantd.StoreError);
  isFull = false;
  assert.ok(await manager.getAccessToken());
  assert.equal(issuer.count("token"), 2, "the code and one refresh");
});

test("device: the server's pace is obeyed, and every end has a name", async () => {
  const issuer = await FakeIssuer.create();
  const { fetch } = issuer;
  const pauses: number[] = [];
  const timeout = 9_999;
  const clock: grantd.Clock = {
    now: () => issuer.clock.now(),
    sleep: async (milliseconds, signal) => {
      if (milliseconds === timeout) return issuer.clock.sleep(milliseconds, signal);
      pauses.push(milliseconds / 1000);
      issuer.clock.advance(milliseconds);
    },
  };
  const options = { issuer: issuer.issuer, clientId: "tv", scopes: ["a:read"], fetch, clock, timeout };
  const flow = new grantd.DeviceFlow(options);
  const shown: grantd.DevicePrompt[] = [];
  const login = async (...answers: ({ status: number; body: object } | "network")[]) => {
    issuer.faults.next("token", ...answers);
    return (await flow.login("ada", (prompt) => shown.push(prompt))).getAccessToken();
  };
  const refused = (error: string) => ({ status: 400, body: { error } });
  assert.ok(await login(refused("authorization_pending"), refused("slow_down"), "network", refused("authorization_pending")));
  assert.deepEqual(pauses, [5, 5, 10, 20, 20]);
  assert.equal(shown[0]?.userCode, "BCDF-GHJK");
  for (const code of ["access_denied", "expired_token"]) {
    await assert.rejects(login(refused(code)), (error) => error instanceof grantd.OAuthError && error.code === code);
  }
  issuer.faults.always("token", refused("authorization_pending"));
  await assert.rejects(login(), (error) => error instanceof grantd.OAuthError && error.code === "expired_token");
});

test("hanging_server: a token endpoint that never answers ends in the error for time-outs", async () => {
  const { issuer, clock, manager } = await machine();
  issuer.faults.next("token", "hang");
  const outcome = assert.rejects(manager.getAccessToken(), grantd.TimeoutError);
  await until(() => issuer.count("token") === 1);
  clock.advance(10_000);
  await outcome;
  clock.advance(1_000);
  assert.ok(await manager.getAccessToken());
});

test("an API that never answers ends in the error for time-outs", async () => {
  const { issuer, clock, manager } = await machine();
  let requests = 0;
  issuer.serve(API, () => {
    requests += 1;
    return new Promise<Response>(() => undefined);
  });
  const outcome = assert.rejects(manager.fetch(`${API}/x`), grantd.TimeoutError);
  await until(() => requests === 1);
  clock.advance(30_000);
  await outcome;
});

test("lying_issuer: metadata about another issuer is refused, and nothing is sent to it", async () => {
  const { issuer, manager } = await machine();
  issuer.metadata = { issuer: "https://evil.example.test" };
  await assert.rejects(manager.getAccessToken(), grantd.DiscoveryError);
  issuer.metadata = { token_endpoint: "http://id.example.test/token" };
  await assert.rejects(manager.getAccessToken(), grantd.DiscoveryError);
  assert.equal(issuer.count("token"), 0);
});

test("a redirect of the token endpoint is not followed", async () => {
  const { issuer, manager } = await machine();
  issuer.faults.next("token", { status: 307, headers: { location: "https://evil.example.test/" } });
  await assert.rejects(manager.getAccessToken(), grantd.ReplyError);
  assert.equal(issuer.count("token"), 1);
});

test("a credential goes to no other origin than the API's, and never in clear", async () => {
  const { manager: bound } = await machine({ baseUrl: `${API}/v1/` });
  await assert.rejects(bound.fetch("https://evil.example.test/"), grantd.ConfigurationError);
  const { manager } = await machine();
  await assert.rejects(manager.fetch("http://api.example.test/"), grantd.ConfigurationError);
});

test("a reply that is no token reply is an error, whatever is wrong with it", async () => {
  const good = { access_token: "t", token_type: "Bearer", expires_in: 60 };
  const wrong = [
    "<html>",
    [],
    { ...good, access_token: 1 },
    { ...good, access_token: "" },
    { ...good, access_token: "a b" },
    { ...good, token_type: "mac" },
    { ...good, token_type: undefined },
    { ...good, expires_in: "60" },
    { ...good, refresh_token: null },
    { ...good, padding: "x".repeat(1024 * 1024) },
  ];
  for (const body of wrong) {
    const { issuer, manager } = await machine();
    issuer.faults.next("token", { body });
    await assert.rejects(manager.getAccessToken(), grantd.ReplyError, inspect(body).slice(0, 60));
  }
});

test("secrets_do_not_print: in no output of a client, a manager, a token or an error", async () => {
  const store = new grantd.MemoryTokenStore();
  const { issuer, manager, base } = await machine({ store });
  const token = await manager.getAccessToken();
  const dpop = await grantd.DpopKey.generate();
  const keyClient = new grantd.ApiKeyClient({ apiKey: "key-of-the-api" });
  const login = await user({ store });
  const access = await login.manager.getAccessToken();
  issuer.faults.next("token", { status: 401, body: { error: "invalid_client" } });
  const failed = await new grantd.OAuthTokenManager({ ...base, scopes: [] }).getAccessToken().catch((error) => error);
  const verifier = grantd.createVerifier({
    ...base,
    audience: issuer.audience,
    introspection: { clientId: "api", clientSecret: "hush-hush" },
  });
  const principal = await verifier.verify(await issuer.mint());
  const refused = await verifier.verify(`${token}x`).catch((error) => error);
  const things = [manager, login.manager, login.flow, store, dpop, keyClient, failed, verifier, principal, refused];
  const secrets = [token, access, principal.token, "hush-hush", "key-of-the-api", "fake_rt"];
  for (const thing of things) {
    const printed = [inspect(thing, { depth: 20, showHidden: true }), JSON.stringify(thing), String(thing), String(thing.stack)];
    for (const secret of secrets) assert.ok(!printed.some((text) => text?.includes(secret)), inspect(thing));
  }
});

test("a clock that is set back does not make a token eternal", async () => {
  const { clock, issuer, manager } = await machine();
  const first = await manager.getAccessToken();
  clock.advance(-3_600_000);
  assert.equal(await manager.getAccessToken(), first);
  clock.advance(3_600_000 + 3_600_000);
  assert.notEqual(await manager.getAccessToken(), first);
  assert.equal(issuer.count("token"), 2);
});

test("what one client, user, API or set of permissions got is not used for another", async () => {
  const { issuer, manager } = await machine();
  const tokens = new Set<string>();
  for (const request of [{}, { scopes: ["b:read"] }, { scopes: ["a:read", "b:read"] }, { resource: `${API}/v2` }]) {
    tokens.add(await manager.getAccessToken(request));
  }
  assert.deepEqual([tokens.size, issuer.count("token")], [4, 4]);
  assert.ok(tokens.has(await manager.getAccessToken({ scopes: ["b:read", "a:read", "b:read"] })));
  assert.equal(issuer.count("token"), 4);
});

test("a user's callback of another login, another server or twice is refused before any request", async () => {
  const issuer = await FakeIssuer.create({ clock: new FakeClock() });
  const { fetch, clock } = issuer;
  const options = { issuer: issuer.issuer, clientId: "app", redirectUri: "http://localhost/cb", fetch, clock };
  const flow = new grantd.AuthorizationCodeFlow(options);
  const pending = await flow.begin({ prompt: "login", state: "mine" });
  assert.equal(new URL(pending.url).searchParams.get("state"), pending.state);
  const good = issuer.approve(pending.url);
  const bad = [
    issuer.approve(pending.url, { state: "other" }),
    issuer.approve(pending.url, { iss: "https://evil.example.test" }),
    good.replace(/&iss=[^&]*/, ""),
    `${good}&code=again`,
    good.replace(/code=[^&]*/, "code="),
  ];
  for (const callback of bad) await assert.rejects(flow.finish(callback, pending, "ada"), grantd.CallbackError, callback);
  const denied = issuer.approve(pending.url, { error: "access_denied", error_description: "no\r\n\x1b[2J\u2028!" });
  await assert.rejects(flow.finish(denied, pending, "ada"), (error) => {
    return error instanceof grantd.OAuthError && error.code === "access_denied" && error.message === "access_denied: no[2J!";
  });
  assert.equal(issuer.count("token"), 0);
  assert.ok(await (await flow.finish(good, pending, "ada")).getAccessToken());
});
