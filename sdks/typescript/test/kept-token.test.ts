// What a kept token costs. A file, and so a process, of its own: it looks at the memory of all of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OAuthTokenManager } from "../src/index.js";
import { FakeIssuer } from "../src/testing/index.js";

test("a cached token costs no allocation worth naming", async () => {
  const issuer = await FakeIssuer.create();
  const { clock, fetch } = issuer;
  const credentials = { issuer: issuer.issuer, clientId: "nightly", clientSecret: "secret" };
  const manager = new OAuthTokenManager({ ...credentials, scopes: ["a:read"], fetch, clock });
  await manager.getAccessToken();
  const [rounds, calls] = [41, 1_000];
  const bytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < calls; call += 1) void manager.getAccessToken();
    const more = process.memoryUsage().heapUsed - before;
    // Less than nothing where the garbage was collected meanwhile.
    if (more >= 0) bytes.push(more / calls);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const median = bytes.sort((one, other) => one - other)[Math.floor(bytes.length / 2)] ?? Number.NaN;
  // The promise that an asynchronous function cannot do without, about 250 bytes once the engine has compiled the function well,
  // which takes longer on a busy machine; twice the bound is what it costs to ask for the time limit or the store, too.
  assert.ok(median < 700, `${median} bytes for each call`);
  assert.equal(issuer.count("token"), 1);
});
