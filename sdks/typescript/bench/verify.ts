// How fast the verifier is, as a ratio to `jose`, which verifies the same tokens with the same keys. Prints, asserts nothing.

import { createLocalJWKSet, jwtVerify } from "jose";
import { createVerifier } from "../src/index.js";
import type { Algorithm } from "../src/jose/algorithm.js";
import { FakeIssuer } from "../src/testing/index.js";

const ROUNDS = 41;
const TOKENS = 200;

/** Verifications in a second: the median of some rounds, the two sides taking turns. */
async function compare(alg: Algorithm): Promise<{ own: number; other: number }> {
  const issuer = await FakeIssuer.create({ alg });
  const { clock, fetch, audience } = issuer;
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => issuer.mint({ scope: "invoices:read" })));
  const verifier = createVerifier({ issuer: issuer.issuer, audience, clock, fetch });
  const keys = createLocalJWKSet(issuer.jwks() as Parameters<typeof createLocalJWKSet>[0]);
  const expected = { issuer: issuer.issuer, audience, typ: "at+jwt", currentDate: new Date(clock.now()) };
  const own: number[] = [];
  const other: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    own.push(await rate(tokens, (token) => verifier.verify(token)));
    other.push(await rate(tokens, (token) => jwtVerify(token, keys, expected)));
  }
  return { own: median(own), other: median(other) };
}

async function rate(tokens: string[], verify: (token: string) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (const token of tokens) await verify(token);
  return (tokens.length * 1000) / (performance.now() - began);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

for (const alg of ["ES256", "RS256", "EdDSA"] as const) {
  const { own, other } = await compare(alg);
  console.log(`${alg}: ${Math.round(own)}/s, jose ${Math.round(other)}/s, ratio ${(own / other).toFixed(2)}`);
}
