// A fake issuer and an API that believes it, for the tests that need both.

import assert from "node:assert/strict";
import { createVerifier, type Reason, Refusal, type VerifierOptions } from "../src/server/index.js";
import { FakeIssuer } from "../src/testing/index.js";

/** A fake issuer and a verifier that believes it. */
export async function api(options: Partial<VerifierOptions> = {}) {
  const issuer = await FakeIssuer.create();
  const { clock, fetch, audience } = issuer;
  return { issuer, clock, verifier: createVerifier({ issuer: issuer.issuer, audience, clock, fetch, ...options }) };
}

/** What lets a verifier ask about opaque tokens. */
export const ASKING: Partial<VerifierOptions> = { introspection: { clientId: "api", clientSecret: "secret" } };

/** That a promise ends in this refusal. */
export async function refused(work: Promise<unknown>, reason: Reason): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.code, reason);
    return true;
  });
}

/** Lets the others go on until something holds, and what is between two of their steps come to its end. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn === 0 || !condition(); turn += 1) {
    assert.ok(turn < 100_000, "it never happened");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
