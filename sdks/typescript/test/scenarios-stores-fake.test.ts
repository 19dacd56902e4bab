// Stores that fail, and whose tokens are newer (spec/vectors/scenarios.md): nothing of a login is lost, and nothing is left behind.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FileTokenStore } from "../src/client/file-store.js";
import * as grantd from "../src/index.js";
import { FakeClock, FakeIssuer } from "../src/testing/index.js";
import { until } from "./api.js";

const HOUR = 3_600_000;

/** A store that does what a test says in place of saving. */
class BadStore implements grantd.TokenStore {
  readonly inner = new grantd.MemoryTokenStore();
  /** What saving does; it saves where this is nothing. */
  fault: ((key: string, tokens: grantd.StoredTokens) => Promise<void>) | undefined;
  saves = 0;
  /** The key under which something was saved last. */
  key = "";
  withLock?: grantd.TokenStore["withLock"];

  constructor(locks = true) {
    if (locks) this.withLock = (key, work) => this.inner.withLock(key, work);
  }

  get(key: string) {
    return this.inner.get(key);
  }

  set(key: string, tokens: grantd.StoredTokens): Promise<void> {
    this.saves += 1;
    this.key = key;
    return this.fault === undefined ? this.inner.set(key, tokens) : this.fault(key, tokens);
  }

  delete(key: string) {
    return this.inner.delete(key);
  }
}

/** A user who logged in, and managers of the same login in other processes, each with its own clock. */
async function login(store: grantd.TokenStore = new BadStore()) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const base = { issuer: issuer.issuer, clientId: "app", clientSecret: "s", fetch, clock, store, random: () => 0 };
  const flow = new grantd.AuthorizationCodeFlow({ ...base, redirectUri: "http://localhost/cb" });
  const enter = async () => {
    const pending = await flow.begin();
    return flow.finish(issuer.approve(pending.url), pending, "ada");
  };
  const manager = await enter();
  const again = (own: grantd.Clock = clock) => grantd.OAuthTokenManager.forUser({ ...base, clock: own }, { subject: "ada" });
  const used = () => issuer.seen.flatMap(({ form }) => form.get("refresh_token") ?? []);
  return { issuer, clock, manager, enter, again, used };
}

test("newest_without_a_clock: what is stored counts, whatever the clocks say, and no refresh token is sent twice", async () => {
  for (const [one, other] of [[0, 0], [-HOUR, 0], [0, -HOUR], [2 * HOUR, 0], [0, 2 * HOUR]] as const) {
    const { clock, again, used, issuer } = await login();
    const clocks = [new FakeClock(clock.now() + one), new FakeClock(clock.now() + other)] as const;
    const both = [await again(clocks[0]), await again(clocks[1])] as const;
    for (let round = 0; round < 4; round += 1) {
      for (const [at, manager] of both.entries()) {
        const refused = await manager.getAccessToken();
        issuer.serve("https://api.example.test", ({ headers }) => {
          return new Response("x", { status: headers.get("authorization") === `Bearer ${refused}` ? 401 : 200 });
        });
        assert.equal((await manager.fetch("https://api.example.test/x")).status, 200);
        clocks[at]?.advance(round === 1 ? -HOUR : HOUR);
      }
    }
    assert.equal(new Set(used()).size, used().length, String([one, other]));
    assert.ok(used().length >= 4);
    await both[0].revoke();
    const [ended] = issuer.seen.filter(({ endpoint }) => endpoint === "revocation");
    assert.ok(!used().includes(ended?.form.get("token") ?? ""), "the newest one is revoked");
  }
});

const FAILURES: { [name: string]: () => Promise<void> } = {
  "a rejection": () => Promise.reject(new Error("disk full")),
  "a throw": () => {
    throw "disk full";
  },
  nothing: () => Promise.reject(undefined),
};

for (const [name, fault] of Object.entries(FAILURES)) {
  test(`unsaved_tokens: after ${name} they are used from memory, and saved again`, async () => {
    for (const locks of [true, false]) {
      const store = new BadStore(locks);
      const { issuer, clock, manager, again, used } = await login(store);
      clock.advance(HOUR);
      store.fault = fault;
      await assert.rejects(manager.getAccessToken(), grantd.StoreError);
      const token = await manager.getAccessToken();
      assert.equal(issuer.count("token"), 2, "the code and one refresh");
      const saves = store.saves;
      clock.advance(4_999);
      assert.equal(await manager.getAccessToken(), token);
      await until(() => true);
      assert.equal(store.saves, saves);
      clock.advance(1);
      const all = await Promise.all([manager.getAccessToken(), manager.getAccessToken()]);
      assert.deepEqual(all, [token, token]);
      await until(() => store.saves === saves + 1);
      await until(() => true);
      // It failed once more: again in five seconds, or where the clock went back.
      store.fault = undefined;
      for (let call = 0; call < 3; call += 1) assert.equal(await manager.getAccessToken(), token);
      assert.equal(store.saves, saves + 1);
      clock.advance(-HOUR);
      assert.equal(await manager.getAccessToken(), token);
      await until(() => store.saves === saves + 2);
      await until(() => true);
      assert.equal(await manager.getAccessToken(), token);
      assert.equal(store.saves, saves + 2);
      assert.equal(await (await again()).getAccessToken(), token);
      clock.advance(2 * HOUR);
      await (await again()).getAccessToken();
      assert.equal(new Set(used()).size, used().length);
    }
  });
}

test("unsaved_tokens: a store that does not answer is one that fails, after the time of a request", async () => {
  const store = new BadStore();
  const { clock, manager } = await login(store);
  clock.advance(HOUR);
  const saves = store.saves;
  store.fault = () => new Promise(() => undefined);
  const waiting = assert.rejects(manager.getAccessToken(), grantd.StoreError);
  await until(() => store.saves === saves + 1);
  clock.advance(10_000);
  await waiting;
  assert.ok(await manager.getAccessToken());
});

test("unsaved_tokens: whoever asked has gone, and they are saved nevertheless", async () => {
  const store = new BadStore();
  const { issuer, clock, manager, again } = await login(store);
  clock.advance(HOUR);
  let go: () => void = () => undefined;
  const saves = store.saves;
  store.fault = async (key, tokens) => {
    await new Promise<void>((resolve) => (go = resolve));
    await store.inner.set(key, tokens);
  };
  const stop = new AbortController();
  const waiting = assert.rejects(manager.getAccessToken({ signal: stop.signal }), /enough/);
  await until(() => store.saves === saves + 1);
  stop.abort(new Error("enough"));
  await waiting;
  go();
  store.fault = undefined;
  const token = await manager.getAccessToken();
  assert.equal(await (await again()).getAccessToken(), token);
  assert.equal(issuer.count("token"), 2, "the code and one refresh");
});

test("unsaved_tokens: they replace nothing that somebody else stored meanwhile", async () => {
  for (const due of [true, false]) {
    const store = new BadStore();
    const { issuer, clock, manager, enter, again } = await login(store);
    clock.advance(HOUR);
    store.fault = () => Promise.reject(new Error("disk full"));
    await assert.rejects(manager.getAccessToken(), grantd.StoreError);
    const lost = await manager.getAccessToken();
    store.fault = undefined;
    const newer = await (await enter()).getAccessToken();
    const saves = store.saves;
    clock.advance(due ? 5_000 : HOUR);
    if (due) {
      assert.equal(await manager.getAccessToken(), lost);
      for (let now = lost; now === lost; now = await manager.getAccessToken()) await until(() => true);
      assert.equal(await manager.getAccessToken(), newer);
      assert.equal(store.saves, saves);
    } else {
      await manager.getAccessToken();
      assert.equal(await (await again()).getAccessToken(), await manager.getAccessToken());
    }
    await manager.revoke();
    assert.equal(issuer.count("revocation"), 1);
  }
});

test("unsaved_tokens: a login that was ended meanwhile, here or elsewhere, is not saved again", async () => {
  for (const [isSame, locks] of [[true, true], [true, false], [false, true]] as const) {
    const store = new BadStore(locks);
    const { issuer, clock, manager, again, used } = await login(store);
    clock.advance(HOUR);
    store.fault = () => Promise.reject(new Error("disk full"));
    await assert.rejects(manager.getAccessToken(), grantd.StoreError);
    store.fault = undefined;
    clock.advance(5_000);
    if (isSame) {
      const asking = manager.getAccessToken();
      await manager.revoke();
      await asking.catch(() => undefined);
      const ended = issuer.seen.at(-1)?.form.get("token") ?? "";
      assert.ok(!used().includes(ended), "what could not be kept is what is revoked");
    } else {
      await (await again()).revoke();
      await manager.getAccessToken();
    }
    await until(() => true);
    await until(() => true);
    await assert.rejects((await again()).getAccessToken(), grantd.LoginRequiredError);
  }
});

test("unsaved_tokens: a lock that cannot be given back loses nothing", async () => {
  const store = new BadStore();
  const { issuer, clock, manager } = await login(store);
  clock.advance(HOUR);
  const inner = store.withLock?.bind(store);
  store.withLock = async (key, work) => {
    await inner?.(key, work);
    throw new Error("the lock is stuck");
  };
  await assert.rejects(manager.getAccessToken(), grantd.StoreError);
  assert.ok(await manager.getAccessToken());
  assert.equal(issuer.count("token"), 2);
});

test("a login of somebody else's that is stored while this one's ends is not deleted", async () => {
  const store = new BadStore(false);
  const { issuer, clock, manager } = await login(store);
  clock.advance(HOUR);
  let ending: Promise<unknown> | undefined;
  const newer = { accessToken: "new", tokenType: "Bearer", obtainedAt: 0, lifetime: 1, refreshToken: "newer" } as const;
  const body = new Promise<object>((resolve) => {
    ending = (async () => {
      await until(() => issuer.count("token") === 2);
      await store.inner.set(store.key, newer);
      resolve({ error: "invalid_grant" });
    })();
  });
  issuer.faults.next("token", { status: 400, body });
  await assert.rejects(manager.getAccessToken(), grantd.LoginRequiredError);
  await ending;
  assert.equal((await store.inner.get(store.key))?.refreshToken, "newer");
});

test("no_drafts_are_left: where nothing can be written, synchronised or put in its place", async () => {
  const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const store = new FileTokenStore(directory);
  const tokens = { accessToken: "a", tokenType: "Bearer", obtainedAt: 1, lifetime: 2 } as const;
  await mkdir(join(directory, "k.json"));
  await assert.rejects(store.set("k", tokens));
  assert.deepEqual(await readdir(directory), ["k.json"]);
  await rmdir(join(directory, "k.json"));
  const probe = await open(join(directory, "probe"), "w");
  const prototype = Object.getPrototypeOf(probe) as { [method: string]: unknown };
  await probe.close();
  await rm(join(directory, "probe"));
  for (const method of ["writeFile", "sync"]) {
    const own = prototype[method];
    prototype[method] = () => Promise.reject(new Error(`no ${method}`));
    try {
      await assert.rejects(store.set("k", tokens), new RegExp(method));
    } finally {
      prototype[method] = own;
    }
    assert.deepEqual(await readdir(directory), []);
  }
  await rm(directory, { recursive: true });
});

const IS_POSIX = { skip: process.platform === "win32" ? "there is no limit to set" : false };

test("no_drafts_are_left: nor a lock, which nobody could tell from one that is held", IS_POSIX, async () => {
  const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const script = fileURLToPath(new URL("./full-disk.js", import.meta.url));
  const child = spawnSync("sh", ["-c", 'ulimit -f 0; exec "$0" "$@"', process.execPath, script, directory], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(child.stdout), ["EFBIG", "EFBIG"], child.stderr);
  assert.deepEqual(await readdir(directory), []);
  assert.equal(await new FileTokenStore(directory, new FakeClock(Date.now())).withLock("k", async () => "in"), "in");
  assert.deepEqual(await readdir(directory), []);
  await rm(directory, { recursive: true });
});

test("no_drafts_are_left: what a crash left goes with the next login, or its end, and others' stay", async () => {
  const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const store = new FileTokenStore(directory);
  const { manager, enter } = await login(store);
  const [file = ""] = await readdir(directory);
  const key = file.replace(/\.json$/, "");
  const others = [`${key}x.AAAAAAAA.tmp`, `x${key}.AAAAAAAA.tmp`, "other.AAAAAAAA.tmp", `${key}.note`, `${key}.AAAAAAAA.tmp.old`].sort();
  for (const other of others) await writeFile(join(directory, other), "{}");
  for (const work of [() => enter(), () => manager.revoke()]) {
    for (const id of ["AAAAAAAA", "_-_-_-_-"]) await writeFile(join(directory, `${key}.${id}.tmp`), '{"refreshToken":"secret"}');
    await work();
    assert.deepEqual((await readdir(directory)).filter((name) => name !== file).sort(), others);
  }
  assert.deepEqual((await readdir(directory)).sort(), others);
  // Without the lock another one may be writing: only what is old is nobody's.
  const late = new FileTokenStore(directory, new FakeClock(Date.now() + 61_000));
  const draft = join(directory, `${key}.AAAAAAAA.tmp`);
  await writeFile(draft, "{}");
  await store.delete(key);
  assert.ok((await readdir(directory)).includes(`${key}.AAAAAAAA.tmp`));
  await late.delete(key);
  assert.deepEqual((await readdir(directory)).sort(), others);
  await rm(directory, { recursive: true });
});
