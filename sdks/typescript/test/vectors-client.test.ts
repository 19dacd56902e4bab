// The shared vectors of the client side: what a token manager decides is the same in every SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRetry } from "../src/client/authorized-fetch.js";
import { cacheKey, written } from "../src/client/cache-key.js";
import { schedule, UNKNOWN_LIFETIME, windows } from "../src/client/schedule.js";
import { parseChallenges } from "../src/oauth/challenge-parser.js";
import { vectors } from "./vectors.js";

test("refresh.json: when a token is replaced", () => {
  const { cases, lifetime_when_unknown_ms } = vectors("refresh");
  assert.equal(UNKNOWN_LIFETIME, lifetime_when_unknown_ms);
  assert.ok(cases.length > 50);
  for (const { lifetime, jitter, age, failed_ago, ahead, blocks, expect } of cases) {
    const name = JSON.stringify({ lifetime, jitter, age, failed_ago });
    assert.deepEqual(windows(lifetime, jitter), { ahead, blocks }, name);
    assert.equal(schedule({ lifetime, jitter, age, failedAgo: failed_ago }), expect, name);
  }
});

test("cache-keys.json: under which name a token is kept", async () => {
  const { cases } = vectors("cache-keys");
  assert.ok(cases.length > 10);
  for (const { name, issuer, client_id, subject, resource, scopes, ...expect } of cases) {
    const purpose = { issuer, clientId: client_id, subject, resource, scopes };
    assert.equal(written(purpose), expect.written, name);
    assert.equal(await cacheKey(purpose), expect.key, name);
  }
});

test("retries.json: what happens after a reply", () => {
  const { cases } = vectors("retries");
  assert.ok(cases.length > 20);
  for (const { name, www_authenticate, parsed, expect, dpop_nonce = null, ...replied } of cases) {
    const challenge = www_authenticate.join(", ");
    assert.deepEqual(parseChallenges(challenge), parsed, name);
    assert.equal(decideRetry({ ...replied, challenge, nonce: dpop_nonce }), expect, name);
  }
});
