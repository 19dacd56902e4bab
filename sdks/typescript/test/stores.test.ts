// Stores that several processes share: whose lock it is, which of two tokens is the newer one, and what a pause must not hide.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileTokenStore } from "../src/client/file-store.js";
import * as grantd from "../src/index.js";
import { FakeClock, FakeIssuer } from "../src/testing/index.js";
import { until } from "./api.js";

const API = "https://api.example.test";

/** A directory, and a store of it whose clock shows the age of files. */
async function directory() {
  const path = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const clock = new FakeClock(Date.now());
  return { path, lock: join(path, "k.lock"), clock, store: new FileTokenStore(path, clock) };
}

/** Whether work under the lock begins before its caller has to wait. */
async function isTaken(work: Promise<unknown>, clock: FakeClock): Promise<boolean> {
  return Promise.race([work.then(() => true), clock.asleep().then(() => false)]);
}

/** A user who logged in, and managers of the same login in other processes. */
async function login(store: grantd.TokenStore, more: Partial<grantd.ManagerOptions> = {}) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const base = { issuer: issuer.issuer, clientId: "app", clientSecret: "s", fetch, clock, store, random: () => 0 };
  const flow = new grantd.AuthorizationCodeFlow({ ...base, ...more, redirectUri: "http://localhost/cb" });
  const pending = await flow.begin();
  const manager = await flow.finish(issuer.approve(pending.url), pending, "ada");
  const again = () => grantd.OAuthTokenManager.forUser(base, { subject: "ada" });
  return { issuer, clock, manager, again };
}

test("a lock is taken over at once where its owner ran here and is gone, and by its age where it ran anywhere else", async () => {
  const { path, lock, clock, store } = await directory();
  const own = await store.withLock("k", async () => JSON.parse(await readFile(lock, "utf8")) as { [member: string]: unknown });
  const gone = { ...own, pid: spawnSync(process.execPath, ["-e", ""]).pid };
  await writeFile(lock, JSON.stringify(gone));
  assert.equal(await store.withLock("k", async () => "in"), "in");
  const places = Object.keys(own).filter((member) => member !== "pid" && member !== "id");
  if (process.platform === "linux") assert.equal(places.length, 3, "the host, the namespace of its processes and its start");
  for (const place of places) {
    for (const other of [{ ...gone, [place]: "elsewhere" }, { ...gone, [place]: undefined }]) {
      await writeFile(lock, JSON.stringify(other));
      const waiting = store.withLock("k", async () => "in");
      assert.equal(await isTaken(waiting, clock), false, place);
      clock.advance(61_000);
      assert.equal(await waiting, "in");
      clock.advance(-61_000);
    }
  }
  assert.deepEqual(await readdir(path), []);
  await rm(path, { recursive: true });
});

test("a lock of a process that lives is its own for ten minutes", async () => {
  const { path, clock, store } = await directory();
  let release: () => void = () => undefined;
  let isHeld = false;
  const holding = store.withLock("k", () => {
    isHeld = true;
    return new Promise<void>((resolve) => (release = resolve));
  });
  await until(() => isHeld);
  const waiting = new FileTokenStore(path, clock).withLock("k", async () => "in");
  for (const step of [0, 61_000, 530_000]) {
    clock.advance(step);
    assert.equal(await isTaken(waiting, clock), false, String(step));
  }
  clock.advance(20_000);
  assert.equal(await waiting, "in");
  release();
  await holding;
  await rm(path, { recursive: true });
});

test("the_store_knows_better: what another process stored counts, whatever its clock says", async () => {
  const ahead = new FakeClock(1_800_001_800_000);
  const { issuer, manager, again } = await login(new grantd.MemoryTokenStore(), { clock: ahead });
  const first = await manager.getAccessToken();
  const other = await again();
  issuer.serve(API, (request) => new Response("body", { status: request.headers.get("authorization")?.endsWith(first) ? 401 : 200 }));
  assert.equal((await other.fetch(`${API}/x`)).status, 200);
  assert.equal(issuer.count("token"), 2, "the code and one refresh");
  assert.equal((await manager.fetch(`${API}/x`)).status, 200);
  assert.equal(issuer.count("token"), 2, "what is stored is good, though it says that it is older");
  assert.equal(await manager.getAccessToken(), await other.getAccessToken());
  // It has ended by the one clock and not by the other: its refresh token is the living one.
  ahead.advance(3_600_000);
  assert.ok(await manager.getAccessToken());
  assert.equal(issuer.count("token"), 3);
});

test("the_store_knows_better: tokens that could not be kept count until something is kept again", async () => {
  const inner = new grantd.MemoryTokenStore();
  let isFull = false;
  const store: grantd.TokenStore = {
    get: (key) => inner.get(key),
    delete: (key) => inner.delete(key),
    set: async (key, tokens) => (isFull ? Promise.reject(new Error("disk full")) : inner.set(key, tokens)),
  };
  const { issuer, clock, manager, again } = await login(store);
  const refused = new Set([await manager.getAccessToken()]);
  issuer.serve(API, ({ headers }) => {
    const isRefused = refused.has(headers.get("authorization")?.replace("Bearer ", "") ?? "");
    return new Response("body", { status: isRefused ? 401 : 200 });
  });
  // What is stored says that it is newer than all that follows.
  clock.advance(-60_000);
  isFull = true;
  await assert.rejects(manager.fetch(`${API}/x`), grantd.StoreError);
  isFull = false;
  refused.add(await manager.getAccessToken());
  assert.equal(issuer.count("token"), 2, "the code and one refresh");
  assert.equal((await manager.fetch(`${API}/x`)).status, 200);
  assert.equal(issuer.count("token"), 3);
  assert.equal(await manager.getAccessToken(), await (await again()).getAccessToken());
});

test("a pause hides nothing that another process has stored since", async () => {
  const { issuer, clock, manager, again } = await login(new grantd.MemoryTokenStore());
  clock.advance(3_600_000);
  issuer.faults.next("token", { status: 503, headers: { "retry-after": "60" }, body: {} });
  await assert.rejects(manager.getAccessToken(), grantd.ReplyError);
  const asked = issuer.count("token");
  await assert.rejects(manager.getAccessToken(), grantd.ReplyError);
  assert.equal(issuer.count("token"), asked, "what is stored has ended, and there is no request");
  const stored = await (await again()).getAccessToken();
  assert.equal(await manager.getAccessToken(), stored);
  assert.equal(issuer.count("token"), asked + 1);
});

test("a pause goes on where the store fails, and what it hands out is the failure", async () => {
  const inner = new grantd.MemoryTokenStore();
  let isFailing = false;
  const store: grantd.TokenStore = {
    get: async (key) => (isFailing ? Promise.reject(new Error("no disk")) : inner.get(key)),
    set: (key, tokens) => inner.set(key, tokens),
    delete: (key) => inner.delete(key),
  };
  const { issuer, clock, manager } = await login(store);
  clock.advance(3_600_000);
  issuer.faults.next("token", "network");
  await assert.rejects(manager.getAccessToken(), grantd.NetworkError);
  isFailing = true;
  await assert.rejects(manager.getAccessToken(), grantd.NetworkError);
  isFailing = false;
  clock.advance(1_000);
  assert.ok(await manager.getAccessToken());
});

test("logout_during_a_refresh: who was looking into the store when the login ended gets nothing of it", async () => {
  const inner = new grantd.MemoryTokenStore();
  let isSlow = false;
  const looks: (() => void)[] = [];
  const store: grantd.TokenStore = {
    get: async (key) => {
      const seen = await inner.get(key);
      if (isSlow) await new Promise<void>((resolve) => looks.push(resolve));
      return seen;
    },
    set: (key, tokens) => inner.set(key, tokens),
    delete: (key) => inner.delete(key),
  };
  for (const isOver of [true, false]) {
    const { issuer, again } = await login(store);
    const manager = await again();
    isSlow = true;
    const asking = manager.getAccessToken();
    asking.catch(() => undefined);
    await until(() => looks.length === 1);
    isSlow = false;
    const ending = manager.revoke();
    if (isOver) await ending;
    looks.pop()?.();
    await ending;
    await assert.rejects(asking, grantd.LoginRequiredError);
    await assert.rejects(manager.getAccessToken(), grantd.LoginRequiredError);
    assert.equal(issuer.count("revocation"), 1);
  }
});

test("a refused reply is given back where no other token can be had", async () => {
  const { issuer, manager } = await login(new grantd.MemoryTokenStore());
  let cancelled = 0;
  issuer.serve(API, () => new Response(new ReadableStream({ cancel: () => void (cancelled += 1) }), { status: 401 }));
  issuer.faults.next("token", "network");
  await assert.rejects(manager.fetch(`${API}/x`), grantd.NetworkError);
  assert.equal(cancelled, 1);
});
