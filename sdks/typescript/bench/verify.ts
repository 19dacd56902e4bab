// What the verifier costs beside the bare check of the signature by Node's own crypto, on which the fastest of its libraries
// stand, and by WebCrypto, which runs everywhere; beside `jose`, which verifies the same tokens with the same keys; and what a
// kept token costs. Slices of all take turns and are measured in processor time, so that a machine that does other things slows
// all of them; ratios are the medians over the turns. Prints, asserts nothing.
//
//     npm run bench -- [ROUNDS]

import { createPublicKey, type JsonWebKey, verify as verifyOfNode } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import { createVerifier, OAuthTokenManager } from "../src/index.js";
import type { Algorithm } from "../src/jose/algorithm.js";
import { FakeIssuer } from "../src/testing/index.js";

const ROUNDS = Number(process.argv[2] ?? 101);
const TOKENS = 200;

type Check = (token: string) => unknown;

/** How each algorithm is called by WebCrypto, for a key and for a check, and by Node. */
const WORDS = {
  ES256: { key: { name: "ECDSA", namedCurve: "P-256" }, check: { name: "ECDSA", hash: "SHA-256" }, node: "sha256" },
  RS256: { key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, check: { name: "RSASSA-PKCS1-v1_5" }, node: "sha256" },
  EdDSA: { key: { name: "Ed25519" }, check: { name: "Ed25519" }, node: null },
} as const;

/** Verifications in a second of each side, and the verifier's rate as a part of theirs. */
async function compare(alg: keyof typeof WORDS & Algorithm): Promise<string> {
  const issuer = await FakeIssuer.create({ alg });
  const { clock, fetch, audience } = issuer;
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => issuer.mint({ scope: "invoices:read" })));
  const verifier = createVerifier({ issuer: issuer.issuer, audience, clock, fetch });
  const keys = createLocalJWKSet(issuer.jwks() as Parameters<typeof createLocalJWKSet>[0]);
  const expected = { issuer: issuer.issuer, audience, typ: "at+jwt", currentDate: new Date(clock.now()) };
  const own: Check = (token) => verifier.verify(token);
  const sides: { [name: string]: Check } = {
    ...(await bare(alg, issuer, tokens)),
    jose: (token) => jwtVerify(token, keys, expected),
  };
  for (let round = 0; round < 5; round += 1) for (const check of [own, ...Object.values(sides)]) await rate(tokens, check);
  const owns: number[] = [];
  const found: { [name: string]: { rates: number[]; ratios: number[] } } = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    const verified = await rate(tokens, own);
    owns.push(verified);
    for (const [name, check] of Object.entries(sides)) {
      const other = await rate(tokens, check);
      const { rates, ratios } = (found[name] ??= { rates: [], ratios: [] });
      rates.push(other);
      ratios.push(verified / other);
    }
  }
  const told = Object.entries(found).map(([name, { rates, ratios }]) => {
    return `${name} ${Math.round(median(rates))}/s, ratio ${median(ratios).toFixed(2)}`;
  });
  return [`${alg}: ${Math.round(median(owns))}/s`, ...told].join("; ");
}

/** The signatures alone, of tokens that were taken apart before. */
async function bare(alg: keyof typeof WORDS, issuer: FakeIssuer, tokens: string[]): Promise<{ [name: string]: Check }> {
  const [jwk] = issuer.jwks().keys as JsonWebKey[];
  if (jwk === undefined) throw new Error("the fake issuer has no key");
  const { key: kind, check, node } = WORDS[alg];
  const ofWeb = await crypto.subtle.importKey("jwk", jwk, kind, false, ["verify"]);
  const ofNode = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
  const parts = new Map(
    tokens.map((token) => {
      const at = token.lastIndexOf(".");
      return [token, { signed: Buffer.from(token.slice(0, at)), signature: Buffer.from(token.slice(at + 1), "base64url") }];
    }),
  );
  const part = (token: string) => parts.get(token) ?? { signed: Buffer.of(), signature: Buffer.of() };
  return {
    "bare signature (Node)": (token) => {
      const { signed, signature } = part(token);
      if (!verifyOfNode(node, signed, ofNode, signature)) throw new Error("a good signature does not verify");
    },
    "bare signature (WebCrypto)": async (token) => {
      const { signed, signature } = part(token);
      if (!(await crypto.subtle.verify(check, ofWeb, signature, signed))) throw new Error("a good signature does not verify");
    },
  };
}

async function keptToken(): Promise<string> {
  const { issuer, clock, fetch } = await FakeIssuer.create();
  const manager = new OAuthTokenManager({ issuer, clientId: "c", clientSecret: "s", scopes: ["a:read"], clock, fetch });
  await manager.getAccessToken();
  const calls = Array.from({ length: 1_000 }, () => "");
  const rates: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.memoryUsage().heapUsed;
    rates.push(await rate(calls, () => manager.getAccessToken()));
    const more = process.memoryUsage().heapUsed - before;
    // Less than nothing where the garbage was collected meanwhile.
    if (more >= 0) bytes.push(more / calls.length);
  }
  return `a kept token: ${Math.round(1e9 / median(rates))} ns, ${Math.round(median(bytes))} bytes`;
}

/** Checks in a second of processor time, that of all threads: other programs do not count. */
async function rate(tokens: string[], check: Check): Promise<number> {
  const began = process.cpuUsage();
  for (const token of tokens) await check(token);
  const { user, system } = process.cpuUsage(began);
  return (tokens.length * 1e6) / (user + system);
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

for (const alg of ["ES256", "RS256", "EdDSA"] as const) console.log(await compare(alg));
console.log(await keptToken());
