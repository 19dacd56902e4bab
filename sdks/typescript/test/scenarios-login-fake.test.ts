// Logins and their stores, where something else happens at the same time (spec/vectors/scenarios.md); and calls that end early.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FileTokenStore } from "../src/client/file-store.js";
import * as grantd from "../src/index.js";
import { FakeIssuer, type Fault } from "../src/testing/index.js";
import { until } from "./api.js";

const API = "https://api.example.test";
const SUBJECT = { subject: "ada" };

/** A fake issuer and what managers of its client are made with. */
async function setting(options: Partial<grantd.ManagerOptions> = {}) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const store = new grantd.MemoryTokenStore();
  const base = { issuer: issuer.issuer, clientId: "app", clientSecret: "s", fetch, clock, store, random: () => 0, ...options };
  const login = async (more: Partial<grantd.ManagerOptions> = {}) => {
    const flow = new grantd.AuthorizationCodeFlow({ ...base, ...more, redirectUri: "http://localhost/cb" });
    const pending = await flow.begin();
    return flow.finish(issuer.approve(pending.url), pending, "ada");
  };
  const again = (more: Partial<grantd.ManagerOptions> = {}) => grantd.OAuthTokenManager.forUser({ ...base, ...more }, SUBJECT);
  return { issuer, clock, store, base, login, again };
}

/** A promise and what ends it. */
function held(): { promise: Promise<object>; release: (body: object) => void } {
  let release: (body: object) => void = () => undefined;
  const promise = new Promise<object>((resolve) => (release = resolve));
  return { promise, release };
}

test("required_pushed_request: the browser gets the client and the request's name alone", async () => {
  const { issuer, base } = await setting();
  const dpop = await grantd.DpopKey.generate();
  const redirectUri = "http://localhost/cb";
  const flow = new grantd.AuthorizationCodeFlow({ ...base, redirectUri, dpop, scopes: ["a:read"] });
  assert.ok((await flow.begin()).url.includes("code_challenge"));
  assert.equal(issuer.count("pushed"), 0);
  issuer.metadata = { require_pushed_authorization_requests: true };
  for (const [options, pushed] of [[{}, 1], [{ pushesRequests: true }, 2]] as const) {
    if (pushed === 2) issuer.metadata = {};
    const own = new grantd.AuthorizationCodeFlow({ ...base, redirectUri, dpop, scopes: ["a:read"], ...options });
    const pending = await own.begin({ prompt: "login" });
    assert.deepEqual([...new URL(pending.url).searchParams.keys()].sort(), ["client_id", "request_uri"]);
    assert.equal(issuer.count("pushed"), pushed);
    const { form, headers } = issuer.seen.at(-1) ?? assert.fail();
    assert.match(headers.get("authorization") ?? "", /^Basic /);
    assert.ok(headers.get("dpop"));
    assert.deepEqual([form.get("scope"), form.get("prompt"), form.get("state")], ["a:read", "login", pending.state]);
    assert.ok(await (await own.finish(issuer.approve(pending.url), pending, "ada")).getAccessToken());
  }
  issuer.faults.next("pushed", { status: 400, body: { error: "invalid_request" } }, { status: 201, body: {} });
  const own = new grantd.AuthorizationCodeFlow({ ...base, redirectUri, pushesRequests: true });
  await assert.rejects(own.begin(), grantd.OAuthError);
  await assert.rejects(own.begin(), grantd.ReplyError);
});

test("logout_during_a_refresh: it waits, ends what came of it, and leaves nothing", async () => {
  for (const isSame of [true, false]) {
    const { issuer, clock, store, login, again } = await setting();
    const manager = await login();
    clock.advance(3_600_000);
    const { promise, release } = held();
    issuer.faults.next("token", { body: promise });
    const refreshing = manager.getAccessToken();
    await until(() => issuer.count("token") === 2);
    const ending = (isSame ? manager : await again()).revoke();
    await until(() => true);
    assert.equal(issuer.count("revocation"), 0);
    release({ access_token: "at-2", refresh_token: "rt-2", token_type: "Bearer", expires_in: 3600 });
    assert.equal(await refreshing, "at-2");
    await ending;
    assert.equal(issuer.seen.at(-1)?.form.get("token"), "rt-2");
    await assert.rejects((await again()).getAccessToken(), grantd.LoginRequiredError);
    if (isSame) await assert.rejects(manager.getAccessToken(), grantd.LoginRequiredError);
    assert.ok(store);
  }
});

test("a login that the server did not end is there still, and who asks meanwhile waits", async () => {
  const { issuer, login } = await setting();
  const manager = await login();
  const before = await manager.getAccessToken();
  const { promise, release } = held();
  issuer.faults.next("revocation", { status: 503, body: promise });
  const ending = assert.rejects(manager.revoke(), grantd.ReplyError);
  await until(() => issuer.count("revocation") === 1);
  const asking = manager.getAccessToken();
  release({});
  await ending;
  assert.equal(await asking, before);
});

test("a_login_belongs_to_its_key: another key neither uses nor deletes it", async () => {
  const { issuer, clock, store, base, login, again } = await setting();
  const [dpop, other] = [await grantd.DpopKey.generate(), await grantd.DpopKey.generate()];
  const first = await (await login({ dpop })).getAccessToken();
  for (const step of [0, 3_600_000]) {
    clock.advance(step);
    const asked = issuer.seen.length;
    for (const key of [other, undefined]) {
      await assert.rejects((await again({ dpop: key })).getAccessToken(), grantd.ConfigurationError);
    }
    assert.equal(issuer.seen.length, asked, "nothing was sent");
    if (step === 0) assert.equal(await (await again({ dpop })).getAccessToken(), first);
  }
  assert.notEqual(await (await again({ dpop })).getAccessToken(), first);

  const own = { ...base, store: new grantd.MemoryTokenStore() };
  const tokens = new Set<string>();
  for (const key of [undefined, dpop, other, undefined]) {
    const manager = new grantd.OAuthTokenManager({ ...own, dpop: key });
    tokens.add(await manager.getAccessToken());
    assert.ok(tokens.has(await new grantd.OAuthTokenManager({ ...own, dpop: key }).getAccessToken()));
  }
  assert.equal(tokens.size, 4, "the client's own tokens are fetched anew, and kept for their key");
  assert.ok(store);
});

test("a_login_belongs_to_its_key: one that is bound to none is refreshed before a manager with a key hands it out", async () => {
  const { issuer, login, again } = await setting();
  const first = await (await login()).getAccessToken();
  const dpop = await grantd.DpopKey.generate();
  const body = { access_token: "bound", token_type: "DPoP", expires_in: 3600, refresh_token: "rt" };
  issuer.faults.next("token", { body });
  const manager = await again({ dpop });
  assert.equal(await manager.getAccessToken(), "bound");
  assert.notEqual(first, "bound");
  await assert.rejects((await again()).getAccessToken(), grantd.ConfigurationError);
});

test("the_store_knows_better: a refresh token that is given counts where the store has none", async () => {
  const { issuer, clock, base, login } = await setting();
  const manager = await login();
  const first = await manager.getAccessToken();
  const imported = { ...SUBJECT, refreshToken: "long-used" };
  assert.equal(await (await grantd.OAuthTokenManager.forUser(base, imported)).getAccessToken(), first);
  clock.advance(3_600_000);
  assert.notEqual(await (await grantd.OAuthTokenManager.forUser(base, imported)).getAccessToken(), first);
  const fresh = { ...base, store: new grantd.MemoryTokenStore() };
  assert.ok(issuer.seen.every(({ form }) => form.get("refresh_token") !== "long-used"));
  await assert.rejects((await grantd.OAuthTokenManager.forUser(fresh, imported)).getAccessToken(), grantd.LoginRequiredError);
  assert.equal(issuer.seen.at(-1)?.form.get("refresh_token"), "long-used");
});

test("damaged_store: the error names the place, ending the login removes it, and the client's own is fetched anew", async () => {
  const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const { issuer, base, login, again } = await setting({ store: new FileTokenStore(directory) });
  await login();
  const [file = ""] = await readdir(directory);
  for (const text of ['{"accessToken":"sec', '{"accessToken":1}', ""]) {
    await writeFile(join(directory, file), text);
    await assert.rejects((await again()).getAccessToken(), (error) => {
      assert.ok(error instanceof grantd.StoreError);
      const said = `${error.message} ${(error.cause as Error).message}`;
      return said.includes(join(directory, file)) && !said.includes("sec");
    });
    await (await again()).revoke();
    assert.deepEqual(await readdir(directory), []);
    assert.equal(issuer.count("revocation"), 0);
  }
  await new grantd.OAuthTokenManager(base).getAccessToken();
  const [own = ""] = await readdir(directory);
  await writeFile(join(directory, own), "{");
  assert.ok(await new grantd.OAuthTokenManager(base).getAccessToken());
  await rm(directory, { recursive: true });
});

test("below_the_base: every call goes below the API's address, with or without a slash", async () => {
  const { issuer, base } = await setting();
  const seen: string[] = [];
  issuer.serve(API, (request) => {
    seen.push(request.url.slice(API.length));
    return new Response("in");
  });
  const inputs = ["customers", "/customers", `${API}/v1/customers`, new URL(`${API}/v1/customers`), new Request(`${API}/v1/customers`)];
  for (const baseUrl of [`${API}/v1`, `${API}/v1/`]) {
    const clients = [new grantd.OAuthTokenManager({ ...base, baseUrl }), new grantd.ApiKeyClient({ ...base, apiKey: "k", baseUrl })];
    for (const client of clients) {
      for (const input of inputs) await client.fetch(input);
      assert.deepEqual(new Set(seen.splice(0)), new Set(["/v1/customers"]));
      for (const input of ["", "/", "?q=1", "/a:b", "/..x"]) await client.fetch(input);
      assert.deepEqual(seen.splice(0), ["/v1/", "/v1/", "/v1/?q=1", "/v1/a:b", "/v1/..x"]);
      for (const input of ["a%2fb", "a..%2f..b", "%ff", "a%20b?q=..%2f"]) await client.fetch(input);
      assert.deepEqual(seen.splice(0), ["/v1/a%2fb", "/v1/a..%2f..b", "/v1/%ff", "/v1/a%20b?q=..%2f"]);
      const outside = [
        "..", "../x", "/../x", "a/../../x", "/%2e%2e/x", "//evil.example.test/v1/x", "/\\evil.example.test/v1/", "\\\\evil.example.test/",
        `${API}/v2`, `${API}/v1x`, API, "https://evil.example.test/v1/x", "http://api.example.test/v1/x", "https://u@api.example.test/v1/x",
        "..%2fx", "..%2Fx", "a/..%2f..%2fx", "a/%2e%2e%2f..", "..%5cx", "a%5C%2E%2e", ".%2fx", "a%2f.", "data:text/plain,x", "https://", undefined, null,
      ];
      for (const input of outside) {
        const asked = issuer.seen.length;
        await assert.rejects(client.fetch(input as string), grantd.ConfigurationError, String(input));
        assert.equal(issuer.seen.length, asked, "nothing was sent");
      }
      assert.deepEqual(seen, []);
    }
  }
  const anywhere = new grantd.OAuthTokenManager(base);
  await assert.rejects(anywhere.fetch("customers"), grantd.ConfigurationError);
  assert.equal((await anywhere.fetch(`${API}/v2/x`)).status, 200);
});

test("a caller's signal ends this caller's waiting at once, and nobody else's", async () => {
  const { issuer, base } = await setting();
  issuer.serve(API, () => new Response("in"));
  const manager = new grantd.OAuthTokenManager(base);
  const aborted = AbortSignal.abort(new Error("not wanted"));
  await assert.rejects(manager.fetch(`${API}/x`, { signal: aborted }), /not wanted/);
  await assert.rejects(manager.fetch(new Request(`${API}/x`, { signal: aborted })), /not wanted/);
  await assert.rejects(manager.getAccessToken({ signal: aborted }), /not wanted/);
  assert.equal(issuer.seen.length, 0, "it is looked at before the first request");
  const { promise, release } = held();
  issuer.faults.next("token", { body: promise } satisfies Fault);
  const stop = new AbortController();
  const waiting = [manager.fetch(`${API}/x`, { signal: stop.signal }), manager.getAccessToken({ signal: stop.signal })];
  const other = manager.getAccessToken();
  await until(() => issuer.count("token") === 1);
  stop.abort(new Error("enough"));
  for (const one of waiting) await assert.rejects(one as Promise<unknown>, /enough/);
  release({ access_token: "t", token_type: "Bearer", expires_in: 3600 });
  assert.equal(await other, "t");
  assert.equal(issuer.count("token"), 1);
  assert.equal(getEventListeners(stop.signal, "abort").length, 0);
});

test("a caller's signal is obeyed while a refused token is replaced and while the reply is on its way", async () => {
  const { issuer, base } = await setting();
  const manager = new grantd.OAuthTokenManager(base);
  let isRefusing = true;
  let requests = 0;
  issuer.serve(API, () => {
    requests += 1;
    return isRefusing ? new Response(null, { status: 401 }) : new Promise<Response>(() => undefined);
  });
  await manager.getAccessToken();
  issuer.faults.next("token", "hang");
  for (const reached of [() => issuer.count("token") === 2, () => requests === 2]) {
    const stop = new AbortController();
    const waiting = manager.fetch(`${API}/x`, { signal: stop.signal });
    await until(reached);
    stop.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
    assert.equal(getEventListeners(stop.signal, "abort").length, 0);
    isRefusing = false;
    issuer.clock.advance(60_000);
    await until(() => issuer.clock.sleepers === 0);
    issuer.clock.advance(1_000);
  }
});

test("a signal that lives long keeps nothing of the calls that are over", async () => {
  const { issuer, base } = await setting();
  issuer.serve(API, (request) => new Response(request.url.endsWith("empty") ? null : "body"));
  const manager = new grantd.OAuthTokenManager(base);
  const { signal } = new AbortController();
  for (let call = 0; call < 20; call += 1) await manager.fetch(`${API}/empty`, { signal });
  assert.equal(getEventListeners(signal, "abort").length, 0);
  for (let call = 0; call < 20; call += 1) await (await manager.fetch(`${API}/full`, { signal })).text();
  assert.ok(getEventListeners(signal, "abort").length <= 1, "all calls share one listener");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await until(() => {
    collect();
    return getEventListeners(signal, "abort").length === 0;
  });
});

test("a signal ends a reply's body too", async () => {
  const { issuer, base } = await setting();
  const given: AbortSignal[] = [];
  issuer.serve(API, () => new Response("body"));
  const fetch: grantd.Fetch = (input, init) => {
    if (String(input).startsWith(API) && init?.signal) given.push(init.signal);
    return issuer.fetch(input, init);
  };
  const manager = new grantd.OAuthTokenManager({ ...base, fetch });
  const stop = new AbortController();
  const response = await manager.fetch(`${API}/x`, { signal: stop.signal });
  stop.abort(new Error("enough"));
  assert.ok(given[0]?.aborted, "what fetch was given");
  assert.ok(response);
});

test("a failure is handed out again, for a second or as long as the server asks, and then there is another try", async () => {
  const refused = (error: string) => ({ status: 401, body: { error } });
  const busy = (seconds: string) => ({ status: 429, headers: { "retry-after": seconds }, body: {} });
  const pauses: [Fault, number][] = [
    ["network", 1_000], [{ status: 500 }, 1_000], [busy("7"), 7_000], [busy("3600"), 60_000], [refused("invalid_client"), 5_000],
    [refused("unauthorized_client"), 5_000], [refused("invalid_scope"), 1_000],
  ];
  for (const [fault, pause] of pauses) {
    const { issuer, clock, base } = await setting();
    const manager = new grantd.OAuthTokenManager(base);
    issuer.faults.next("token", fault);
    for (const step of [0, pause - 1]) {
      clock.advance(step);
      await assert.rejects(manager.getAccessToken(), grantd.GrantdError);
      assert.equal(issuer.count("token"), 1, JSON.stringify(fault));
    }
    clock.advance(1);
    assert.ok(await manager.getAccessToken());
    issuer.faults.next("token", fault);
  }
});

test("the managers of one flow share what the issuer says of itself", async () => {
  const { issuer, base } = await setting();
  const flow = new grantd.AuthorizationCodeFlow({ ...base, redirectUri: "http://localhost/cb" });
  for (const user of ["ada", "bob", "eve"]) {
    const pending = await flow.begin();
    const manager = await flow.finish(issuer.approve(pending.url), pending, user);
    await manager.revoke();
  }
  assert.equal(issuer.count("metadata"), 1);
});

test("checked_before_it_is_spent: a login without a subject sends nothing, and works with one", async () => {
  const { issuer, base } = await setting();
  const flow = new grantd.AuthorizationCodeFlow({ ...base, redirectUri: "http://localhost/cb" });
  const device = new grantd.DeviceFlow(base);
  const pending = await flow.begin();
  const callback = issuer.approve(pending.url);
  const asked = issuer.seen.length;
  for (const subject of ["", undefined, null, 7] as string[]) {
    await assert.rejects(flow.finish(callback, pending, subject), grantd.ConfigurationError);
    await assert.rejects(device.login(subject, () => assert.fail("it was asked")), grantd.ConfigurationError);
    if (subject !== undefined) assert.throws(() => new grantd.OAuthTokenManager(base, subject), grantd.ConfigurationError);
  }
  for (const none of [undefined, {}, { ...pending, state: "" }, { ...pending, codeVerifier: "" }] as grantd.PendingLogin[]) {
    await assert.rejects(flow.finish("http://localhost/cb?code=c&state=", none, "ada"), grantd.ConfigurationError);
  }
  await assert.rejects(device.login("ada", undefined as never), grantd.ConfigurationError);
  for (const refreshToken of ["", 7] as string[]) {
    await assert.rejects(grantd.OAuthTokenManager.forUser(base, { ...SUBJECT, refreshToken }), grantd.ConfigurationError);
  }
  for (const wrong of [{ baseUrl: "/v1" }, { store: {} as grantd.TokenStore }]) {
    assert.throws(() => new grantd.AuthorizationCodeFlow({ ...base, ...wrong, redirectUri: "http://localhost/cb" }), grantd.ConfigurationError);
    assert.throws(() => new grantd.DeviceFlow({ ...base, ...wrong }), grantd.ConfigurationError);
  }
  assert.equal(issuer.seen.length, asked, "nothing was sent");
  assert.ok(await (await flow.finish(callback, pending, "ada")).getAccessToken());
});

test("many calls of one signal share one listener, and leave none", async () => {
  const { issuer, base } = await setting();
  const manager = new grantd.OAuthTokenManager(base);
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  const { promise, release } = held();
  issuer.faults.next("token", { body: promise });
  const stop = new AbortController();
  const { signal } = stop;
  const all = Array.from({ length: 40 }, () => manager.getAccessToken({ signal }));
  const devices = Array.from({ length: 20 }, () => new grantd.DeviceFlow(base).login("ada", () => undefined, signal).catch(String));
  await until(() => issuer.count("token") === 1 && issuer.clock.sleepers >= 20);
  assert.equal(getEventListeners(signal, "abort").length, 1);
  release({ access_token: "t", token_type: "Bearer", expires_in: 3600 });
  assert.deepEqual(new Set(await Promise.all(all)), new Set(["t"]));
  stop.abort(new Error("enough"));
  assert.deepEqual(new Set(await Promise.all(devices)), new Set(["Error: enough"]));
  await until(() => true);
  assert.equal(getEventListeners(signal, "abort").length, 0);
  assert.deepEqual(warnings, []);
  process.off("warning", note);
});
