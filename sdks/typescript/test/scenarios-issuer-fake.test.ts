// Bad days of an issuer, as an API sees them (spec/vectors/scenarios.md): what was good goes on being used, and nobody waits for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, FakeIssuer } from "../src/testing/index.js";
import type { VerifierOptions } from "../src/index.js";
import { api, ASKING, refused, until } from "./api.js";

const DAY = 24 * 3_600_000;

/** An API, and a token that names a place in the issuer's list. */
async function listed(options: Partial<VerifierOptions> = {}) {
  const one = await api({ leeway: 300, ...options });
  one.issuer.lifetime = 10 * DAY;
  one.issuer.listsTokens = true;
  return { ...one, token: await one.issuer.mint() };
}

test("metadata_turning_bad: the good document goes on for a day, nobody waits, and there is one try each 30 s", async () => {
  const bad: Fault[] = [{ status: 404 }, { body: "<html>" }, { body: { issuer: "https://evil.example.test" } }, { status: 500 }, "network"];
  for (const fault of bad) {
    const { issuer, clock, verifier, token } = await listed();
    await verifier.verify(token);
    clock.advance(600_000);
    issuer.faults.always("metadata", fault);
    const first = issuer.count("metadata");
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)));
    await until(() => issuer.count("metadata") === first + 1 && clock.sleepers === 0);
    for (const [step, tries] of [[29_999, 1], [1, 2], [29_999, 2], [1, 3]] as const) {
      clock.advance(step);
      await verifier.verify(token);
      await until(() => issuer.count("metadata") - first === tries && clock.sleepers === 0);
    }
    clock.advance(DAY);
    await refused(verifier.verify(token), "unavailable");
    issuer.faults.mend();
    clock.advance(30_000);
    await verifier.verify(token);
  }
});

test("metadata_turning_bad: one that hangs makes nobody wait", async () => {
  const { issuer, clock, verifier, token } = await listed();
  await verifier.verify(token);
  clock.advance(600_000);
  issuer.faults.always("metadata", "hang");
  await verifier.verify(token);
  await verifier.verify(token);
  assert.equal(issuer.count("metadata"), 2);
});

test("metadata_turning_bad: without ever having had one it is unavailable, with one try a second", async () => {
  const { issuer, clock, verifier } = await api(ASKING);
  const token = issuer.mintOpaque();
  issuer.faults.always("metadata", { body: "<html>" });
  for (const [step, tries] of [[0, 1], [999, 1], [1, 2]] as const) {
    clock.advance(step);
    await Promise.all(Array.from({ length: 20 }, () => refused(verifier.verify(token), "unavailable")));
    assert.equal(issuer.count("metadata"), tries);
  }
  issuer.faults.mend();
  clock.advance(1_000);
  await verifier.verify(token);
});

test("hanging_status_list: a list that is good still is waited for a second, and then for 5 s not at all", async () => {
  const { issuer, clock, verifier, token } = await listed();
  await verifier.verify(token);
  clock.advance(60_000);
  let answer: (list: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => (answer = resolve));
  issuer.faults.next("status", { body: held });
  const waiting = Promise.all([verifier.verify(token), verifier.verify(token)]);
  let isDone = false;
  void waiting.then(() => (isDone = true));
  await until(() => issuer.count("status") === 2 && clock.sleepers >= 2);
  clock.advance(999);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!isDone, "the list is waited for");
  clock.advance(1);
  await waiting;
  await verifier.verify(token);
  clock.advance(4_999);
  await verifier.verify(token);
  assert.equal(issuer.count("status"), 2, "the request goes on");
  issuer.revoke(token);
  answer(await issuer.statusList());
  for (let isTaken = false; !isTaken; ) {
    await new Promise((resolve) => setImmediate(resolve));
    isTaken = await verifier.verify(token).then(() => false, () => true);
  }
  await refused(verifier.verify(token), "revoked");
  assert.equal(issuer.count("status"), 2, "what it brought is taken");
});

test("a list that has ended is waited for as long as a request may take", async () => {
  const { issuer, clock, verifier, token } = await listed();
  await verifier.verify(token);
  clock.advance(3_600_000);
  issuer.faults.next("status", "hang");
  const outcome = refused(verifier.verify(token), "unavailable");
  await until(() => issuer.count("status") === 2);
  clock.advance(10_000);
  await outcome;
});

test("clock_steps_back: keys, metadata and lists are fetched when they would be from there on", async () => {
  const { issuer, clock, verifier, token } = await listed();
  await verifier.verify(token);
  clock.advance(-30 * DAY);
  const earlier = await issuer.mint();
  const counts = () => ["metadata", "jwks", "status"].map((endpoint) => issuer.count(endpoint as "jwks"));
  await verifier.verify(earlier);
  await until(() => counts().every((count) => count === 2));
  await verifier.verify(earlier);
  assert.deepEqual(counts(), [2, 2, 2]);
  clock.advance(60_000);
  await verifier.verify(earlier);
  assert.deepEqual(counts(), [2, 2, 3]);
  clock.advance(540_000);
  await verifier.verify(earlier);
  await until(() => counts().join() === "3,3,4");
});

test("clock_steps_back: a reply of introspection that was asked for in the future is asked for again, and pauses end", async () => {
  const { issuer, clock, verifier } = await api(ASKING);
  const token = issuer.mintOpaque({ iat: 1_600_000_000, exp: 4_000_000_000 });
  await verifier.verify(token);
  clock.advance(-DAY);
  issuer.revoke(token);
  await refused(verifier.verify(token), "inactive");
  const other = await FakeIssuer.create();
  const failing = await api({ issuer: other.issuer, clock: other.clock, fetch: other.fetch });
  other.faults.next("metadata", "network");
  const jwt = await other.mint({ iat: 1_000 });
  await refused(failing.verifier.verify(jwt), "unavailable");
  other.clock.advance(-DAY);
  await failing.verifier.verify(jwt);
});
