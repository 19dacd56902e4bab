// The shared vectors of the resource server's side: the same verdict about the same credential in every SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALGORITHMS } from "../src/jose/algorithm.js";
import { PublicKey } from "../src/jose/jwk.js";
import { MAX_TOKEN } from "../src/jose/jws.js";
import { encode } from "../src/jose/base64url.js";
import { sha256 } from "../src/jose/webcrypto.js";
import { covers, missingScopes, parseScopes } from "../src/oauth/scope.js";
import { refusalReply } from "../src/server/challenge.js";
import { Principal } from "../src/server/principal.js";
import { REASONS, Refusal } from "../src/server/refusal.js";
import type { VerifierOptions } from "../src/server/options.js";
import { createVerifier, type Verifier } from "../src/server/verifier.js";
import { FakeClock } from "../src/testing/fake-clock.js";
import { vectors } from "./vectors.js";

type Answer = { status?: number; body: unknown };

/** A fetch that knows addresses and what they answer. */
function answering(issuer: string, answers: { [address: string]: Answer }) {
  const metadata = { issuer, jwks_uri: `${issuer}/jwks.json`, introspection_endpoint: `${issuer}/introspect` };
  return async (input: string | URL | Request): Promise<Response> => {
    const url = String(input);
    const found = url.includes("/.well-known/") ? { body: metadata } : answers[url];
    const body = typeof found?.body === "string" ? found.body : JSON.stringify(found?.body);
    return new Response(body, { status: found === undefined ? 404 : (found.status ?? 200) });
  };
}

/** A verifier for the cases of a file. */
function verifierOf(file: { now: number; issuer: string }, answers: { [path: string]: Answer }, options: object): Verifier {
  const { issuer } = file;
  const keys = { body: vectors("tokens").jwks };
  const all = Object.fromEntries(Object.entries(answers).map(([path, answer]) => [new URL(path, issuer).href, answer]));
  const fetch = answering(issuer, { [`${issuer}/jwks.json`]: keys, ...all });
  return createVerifier({ issuer, fetch, clock: new FakeClock(file.now * 1000), ...options } as unknown as VerifierOptions);
}

/** What a verifier says, in the words of the vectors. */
async function verdict(work: Promise<Principal>): Promise<object> {
  try {
    return { ok: true, principal: inWords(await work) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, error: error.error ?? null, reason: error.code };
  }
}

function inWords(principal: Principal): object {
  const words = {
    issuer: principal.issuer,
    subject: principal.subject,
    client_id: principal.kind === "api_key" ? undefined : principal.clientId,
    audience: principal.audience,
    scopes: principal.scopes,
    issued_at: principal.issuedAt,
    expires_at: principal.expiresAt,
    token_id: principal.tokenId,
    tenant: principal.tenant,
    confirmation: principal.confirmation,
  };
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

function certificateOf(base64: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  return base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, "base64"));
}

test("tokens.json: every token gets its verdict", async (t) => {
  const file = vectors("tokens");
  assert.equal(file.max_token_bytes, MAX_TOKEN);
  assert.deepEqual([...file.algorithms].sort(), Object.keys(ALGORITHMS).sort());
  assert.ok(file.cases.length > 100);
  for (const { name, token, options = {}, request, expect } of file.cases) {
    await t.test(name, async () => {
      const { tenant_claim: tenantClaim, ...more } = options;
      const verifier = verifierOf(file, {}, { audience: file.audience, leeway: file.leeway, tenantClaim, ...more });
      const certificate = certificateOf(request?.certificate);
      const facts = { method: "GET", url: "https://api.example.test/v1", authorization: [`Bearer ${token}`], certificate };
      assert.deepEqual(await verdict(verifier.authenticate(facts)), expect);
    });
  }
});

test("dpop.json: every proof gets its verdict", async (t) => {
  const file = vectors("dpop");
  for (const { jwk, thumbprint } of file.thumbprints) {
    assert.equal(await (await PublicKey.read(jwk))?.thumbprint(), thumbprint);
  }
  for (const { token, ath } of file.access_token_hashes) assert.equal(encode(await sha256(token)), ath);
  const one = (step: { name: string }) => ({ name: step.name, steps: [step] });
  for (const { name, steps } of [...file.cases.map(one), ...file.sequences]) {
    await t.test(name, async () => {
      let nonce: string | undefined;
      const options = { audience: file.audience, proofNonce: () => nonce };
      const verifier = verifierOf(file, {}, options);
      for (const { request, expect, name: step } of steps) {
        nonce = request.nonce;
        const { scheme, token, method, url, proof } = request;
        const facts = { method, url, authorization: [`${scheme} ${token}`], proof: proof === undefined ? [] : [proof] };
        const { principal: _principal, ...said } = (await verdict(verifier.authenticate(facts))) as { principal?: object };
        assert.deepEqual(said, expect, step);
      }
    });
  }
});

test("scopes.json: what a permission covers", () => {
  const file = vectors("scopes");
  for (const { held, wanted, covered } of file.covers) assert.equal(covers(held, wanted), covered, `${held} ${wanted}`);
  for (const { held, wanted, missing } of file.missing) {
    assert.deepEqual(missingScopes(parseScopes(held) ?? [], wanted), missing, `${wanted} of ${held}`);
  }
  for (const { text, scopes } of file.parse) assert.deepEqual(parseScopes(text) ?? null, scopes, JSON.stringify(text));
});

test("challenges.json: replies that refuse", async (t) => {
  const file = vectors("challenges");
  const rows = Object.entries(REASONS).map(([reason, [status, error, description]]) => {
    return { reason, status, error: error ?? null, description };
  });
  const byReason = (one: { reason: string }, other: { reason: string }) => (one.reason < other.reason ? -1 : 1);
  assert.deepEqual(rows.sort(byReason), [...file.reasons].sort(byReason));
  for (const { name, configuration, reason, scopes, tried, nonce, expect } of file.cases) {
    await t.test(name, () => {
      const { resource_metadata: resourceMetadata, ...more } = configuration;
      const reply = refusalReply(new Refusal(reason, { scopes, tried, nonce }), { resourceMetadata, ...more });
      const headers: { [name: string]: unknown } = {};
      for (const [header, value] of reply.headers) {
        headers[header] = header === "WWW-Authenticate" ? [...((headers[header] as string[]) ?? []), value] : value;
      }
      assert.deepEqual({ status: reply.status, headers, body: reply.body }, expect);
    });
  }
});

test("introspection.json: what the server says of a credential", async (t) => {
  const file = vectors("introspection");
  for (const { name, status, reply, certificate, expect } of file.cases) {
    await t.test(name, async () => {
      const introspection = { clientId: "api", clientSecret: "secret" };
      const options = { audience: file.audience, tenantClaim: "tenant", introspection };
      const verifier = verifierOf(file, { "/introspect": { status, body: reply } }, options);
      const authorization = ["Bearer gd_at_opaque"];
      const facts = { method: "GET", url: file.audience, authorization, certificate: certificateOf(certificate) };
      assert.deepEqual(await verdict(verifier.authenticate(facts)), expect);
    });
  }
});

test("status-list.json: what a list says of a token", async (t) => {
  const file = vectors("status-list");
  for (const { name, token, list, expect } of file.cases) {
    await t.test(name, async () => {
      const verifier = verifierOf(file, { [file.uri]: { body: list } }, { audience: file.audience });
      const said = (await verdict(verifier.verify(token))) as { ok: boolean; reason?: string };
      assert.equal(said.ok ? "ok" : said.reason, expect);
    });
  }
});
