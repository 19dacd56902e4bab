// The API's scenarios of spec/vectors/scenarios.md that need an issuer which misbehaves, and a clock that obeys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_REPLIES } from "../src/server/introspection.js";
import { BoundedMap } from "../src/server/bounded-map.js";
import { PrivateKey } from "../src/jose/private-key.js";
import { encode } from "../src/jose/base64url.js";
import { sha256 } from "../src/jose/webcrypto.js";
import type { FakeIssuer } from "../src/testing/index.js";
import { api, ASKING, refused, until } from "./api.js";

/** A signed list of eight places at the address `/status/1`, good for a minute and usable until `exp`. */
async function statusList(issuer: FakeIssuer, byte: number, exp: number): Promise<string> {
  const packed = new Blob([new Uint8Array([byte])]).stream().pipeThrough(new CompressionStream("deflate"));
  const lst = encode(new Uint8Array(await new Response(packed).arrayBuffer()));
  const claims = { sub: `${issuer.issuer}/status/1`, ttl: 60, exp, status_list: { bits: 1, lst } };
  return issuer.mint(claims, { typ: "statuslist+jwt" });
}

test("key_rotation_while_verifying: the first token of a new key costs one request, and old ones verify", async () => {
  const { issuer, clock, verifier } = await api();
  const old = await issuer.mint();
  await verifier.verify(old);
  clock.advance(30_000);
  await issuer.rotateKeys();
  const tokens = await Promise.all([issuer.mint(), issuer.mint(), issuer.mint()]);
  await Promise.all([...tokens, old].map((token) => verifier.verify(token)));
  assert.equal(issuer.count("jwks"), 2);
});

test("key_rotation_while_verifying: also in the second after the set was fetched, or while it is", async () => {
  const { issuer, clock, verifier } = await api();
  const old = await issuer.mint();
  await verifier.verify(old);
  await issuer.rotateKeys();
  const tokens = await Promise.all([issuer.mint(), issuer.mint(), old]);
  await Promise.all(tokens.map((token) => verifier.verify(token)));
  assert.equal(issuer.count("jwks"), 2);
  // The pace counts from there: what is unknown now waits for 30 s.
  await issuer.rotateKeys();
  clock.advance(29_999);
  await refused(verifier.verify(await issuer.mint()), "unknown_key");
  clock.advance(1);
  await verifier.verify(await issuer.mint());
  assert.equal(issuer.count("jwks"), 3);
  // A set that was asked for before the change does not say that the key is unknown.
  clock.advance(600_000);
  let answer: (body: object) => void = () => undefined;
  issuer.faults.next("jwks", { body: new Promise<object>((resolve) => (answer = resolve)) });
  const before = issuer.jwks();
  await verifier.verify(await issuer.mint());
  await until(() => issuer.count("jwks") === 4);
  await issuer.rotateKeys();
  const waiting = [await issuer.mint(), await issuer.mint()].map((token) => verifier.verify(token));
  answer(before);
  await Promise.all(waiting);
  assert.equal(issuer.count("jwks"), 5);
});

test("unknown_kid_flood: a thousand keys that do not exist cost one request in 30 s", async () => {
  const { issuer, clock, verifier } = await api();
  const good = await issuer.mint();
  await verifier.verify(good);
  for (const [step, requests] of [[0, 2], [29_999, 2], [1, 3], [29_999, 3]] as const) {
    clock.advance(step);
    for (let round = 0; round < 250; round += 1) {
      await refused(verifier.verify(await issuer.mint({}, { kid: `none-${round}` })), "unknown_key");
    }
    await verifier.verify(good);
    assert.equal(issuer.count("jwks"), requests);
  }
});

test("jwks_turning_empty: a set without usable keys is not taken", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint();
  await verifier.verify(token);
  for (const body of [{ keys: [] }, {}, "<html>", { keys: [{ kty: "oct", kid: "x", k: "AAAA" }] }]) {
    clock.advance(600_000);
    const asked = issuer.count("jwks");
    issuer.faults.next("jwks", { body });
    await verifier.verify(token);
    await until(() => issuer.count("jwks") === asked + 1);
    await verifier.verify(token);
  }
});

test("stale_on_error: the old keys go on, and each 30 s there is an attempt", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint({ exp: clock.now() / 1000 + 864_000 });
  await verifier.verify(token);
  issuer.faults.always("jwks", { status: 500 });
  clock.advance(600_000);
  for (const [step, requests] of [[0, 2], [29_999, 2], [1, 3], [29_999, 3]] as const) {
    clock.advance(step);
    await verifier.verify(token);
    await verifier.verify(token);
    await until(() => issuer.count("jwks") === requests && clock.sleepers === 0);
  }
  clock.advance(24 * 3_600_000);
  await refused(verifier.verify(token), "unavailable");
});

test("no_keys_at_all: without a set nothing is good and nothing is bad", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint();
  issuer.faults.always("jwks", "network");
  await refused(verifier.verify(token), "unavailable");
  assert.equal(verifier.reply(await verifier.verify(token).catch((error) => error))?.status, 503);
  issuer.faults.mend();
  clock.advance(1_000);
  await verifier.verify(token);
});

test("lying_issuer: another issuer's metadata is refused, as is a redirect of metadata or keys", async () => {
  const lie = await api();
  lie.issuer.metadata = { issuer: "https://evil.example.test" };
  await refused(lie.verifier.verify(await lie.issuer.mint()), "unavailable");
  for (const endpoint of ["metadata", "jwks"] as const) {
    const { issuer, verifier } = await api();
    issuer.faults.always(endpoint, { status: 302, headers: { location: "https://evil.example.test/" } });
    await refused(verifier.verify(await issuer.mint()), "unavailable");
  }
});

test("hanging_issuer: a key set that never comes ends in unavailable, and all wait for one request", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint();
  issuer.faults.next("jwks", "hang");
  const all = Array.from({ length: 10 }, () => refused(verifier.verify(token), "unavailable"));
  await until(() => issuer.count("jwks") === 1);
  clock.advance(10_000);
  await Promise.all(all);
  assert.equal(issuer.count("jwks"), 1);
  await verifier.verify(token);
});

test("clock_skew: the edges of 30 s, before and after", async () => {
  const { issuer, clock, verifier } = await api();
  const now = clock.now() / 1000;
  await verifier.verify(await issuer.mint({ exp: now - 29 }));
  await refused(verifier.verify(await issuer.mint({ exp: now - 30 })), "expired");
  await verifier.verify(await issuer.mint({ nbf: now + 30 }));
  await refused(verifier.verify(await issuer.mint({ nbf: now + 31 })), "not_yet_valid");
});

test("introspection_cache_bounds: 10 s, 30 s at most, never past exp, and 10,000 replies", async () => {
  const { issuer, clock, verifier } = await api(ASKING);
  const now = clock.now() / 1000;
  const [token, short] = [issuer.mintOpaque(), issuer.mintOpaque({ exp: now + 5 })];
  await Promise.all([verifier.verify(token), verifier.verify(token), verifier.verify(short)]);
  assert.equal(issuer.count("introspection"), 2);
  issuer.revoke(token);
  clock.advance(5_000);
  await refused(verifier.verify(short), "inactive");
  clock.advance(4_999);
  await verifier.verify(token);
  assert.equal(issuer.count("introspection"), 3);
  clock.advance(1);
  await refused(verifier.verify(token), "inactive");
  await refused(verifier.verify(token), "inactive");
  assert.equal(issuer.count("introspection"), 4, "that it is not active is kept, too");

  const long = await api({ introspection: { clientId: "api", clientSecret: "s", cache: 3600 } });
  const other = long.issuer.mintOpaque();
  await long.verifier.verify(other);
  long.issuer.revoke(other);
  long.clock.advance(30_000);
  await refused(long.verifier.verify(other), "inactive");

  const each = await api({ introspection: { clientId: "api", clientSecret: "s", cache: 0 } });
  const asked = each.issuer.mintOpaque();
  await Promise.all([each.verifier.verify(asked), each.verifier.verify(asked)]);
  assert.equal(each.issuer.count("introspection"), 2, "nobody is told what was so before they asked");

  const map = new BoundedMap<number>(MAX_REPLIES);
  for (let entry = 0; entry < MAX_REPLIES + 10; entry += 1) map.put(`${entry}`, entry, 0, 1);
  assert.equal(map.size, MAX_REPLIES);
  assert.deepEqual([map.get("9", 0), map.get("10", 0), map.get("10", 1)], [undefined, 10, undefined]);
});

test("introspection_unavailable: 503, and no call passes", async () => {
  const { issuer, verifier } = await api(ASKING);
  const token = issuer.mintOpaque();
  for (const fault of ["network", { status: 500 }, { status: 401 }, { body: "active" }, { body: {} }] as const) {
    issuer.faults.next("introspection", fault);
    await refused(verifier.verify(token), "unavailable");
  }
  await verifier.verify(token);
});

test("an API that introspects JWTs sees at once that one was revoked", async () => {
  const { issuer, verifier } = await api({ introspectJwts: true, ...ASKING });
  const [token, other] = [await issuer.mint(), await issuer.mint()];
  await verifier.verify(token);
  issuer.revoke(other);
  await refused(verifier.verify(other), "inactive");
});

test("revocation_by_status_list: a revoked token is refused once the list is fetched again", async () => {
  const { issuer, clock, verifier } = await api();
  const uri = `${issuer.issuer}/status/1`;
  const end = clock.now() / 1000 + 120;
  const token = await issuer.mint({ status: { status_list: { idx: 0, uri } } });
  issuer.faults.always("status", { body: await statusList(issuer, 0, end) });
  await verifier.verify(token);
  issuer.faults.always("status", { body: await statusList(issuer, 1, end) });
  clock.advance(59_000);
  await verifier.verify(token);
  clock.advance(1_000);
  await refused(verifier.verify(token), "revoked");
});

test("a list that cannot be had is unavailable, one that was had serves until its own end", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint({ status: { status_list: { idx: 0, uri: `${issuer.issuer}/status/1` } } });
  issuer.faults.always("status", "network");
  for (const step of [0, 4_999]) {
    clock.advance(step);
    const refusal = await verifier.verify(token).catch((error) => error);
    assert.equal(refusal.code, "unavailable");
    assert.equal(refusal.cause.code, "network");
  }
  assert.equal(issuer.count("status"), 1, "a list that cannot be had is not asked for with each request");
  clock.advance(1);
  issuer.faults.next("status", { body: await statusList(issuer, 0, clock.now() / 1000 + 120) });
  await verifier.verify(token);
  clock.advance(119_000);
  await verifier.verify(token);
  await verifier.verify(token);
  clock.advance(1_000);
  await refused(verifier.verify(token), "unavailable");
  assert.equal(issuer.count("status"), 4, "a list that is overdue is asked for again, but not with each request");
});

test("a list that ended while a newer one was asked for is not used", async () => {
  const { issuer, clock, verifier } = await api();
  const token = await issuer.mint({ status: { status_list: { idx: 0, uri: `${issuer.issuer}/status/1` } } });
  issuer.faults.next("status", { body: await statusList(issuer, 0, clock.now() / 1000 + 70) });
  await verifier.verify(token);
  clock.advance(61_000);
  issuer.faults.next("status", {
    get body() {
      clock.advance(10_000);
      return "no list";
    },
  });
  await refused(verifier.verify(token), "unavailable");
});

test("a credential that comes twice, in any two ways, is refused", async () => {
  const { issuer, verifier } = await api(ASKING);
  const token = await issuer.mint();
  const facts = { method: "GET", url: "https://api.example.test/" };
  const bearer = `Bearer ${token}`;
  await refused(verifier.authenticate({ ...facts, authorization: [bearer, bearer] }), "twice");
  await refused(verifier.authenticate({ ...facts, authorization: [bearer], apiKey: ["key"] }), "twice");
  await refused(verifier.authenticate({ ...facts, authorization: [] }), "missing");
  await refused(verifier.authenticate({ ...facts, authorization: ["Basic YTpi"] }), "missing");
  await refused(verifier.authenticate({ ...facts, authorization: ["Bearer"] }), "malformed");
  await refused(verifier.authenticate({ ...facts, authorization: [`Bearer ${token}, Bearer x`] }), "malformed");
});

test("x-api-key has a key, where the API takes keys, and is nothing of ours elsewhere", async () => {
  const { issuer, verifier } = await api(ASKING);
  const [token, opaque, key] = [await issuer.mint(), issuer.mintOpaque(), issuer.mintApiKey()];
  const facts = { method: "GET", url: "https://api.example.test/", authorization: [] };
  assert.equal((await verifier.authenticate({ ...facts, apiKey: [key] })).kind, "api_key");
  assert.equal((await verifier.authenticate({ ...facts, authorization: [`Bearer ${key}`] })).kind, "api_key");
  for (const other of [token, opaque]) await refused(verifier.authenticate({ ...facts, apiKey: [other] }), "scheme");
  await refused(verifier.authenticate({ ...facts, authorization: [`DPoP ${key}`] }), "scheme");
  const { issuer: another, verifier: without } = await api();
  const bearer = `Bearer ${await another.mint()}`;
  await without.authenticate({ ...facts, authorization: [bearer], apiKey: ["somebody's"] });
  await refused(without.authenticate({ ...facts, apiKey: [await another.mint()] }), "missing");
});

test("a proof is for the API's own origin, whatever Host says", async () => {
  const { issuer, clock, verifier } = await api({ origin: "https://api.example.test" });
  const key = await PrivateKey.generate();
  const token = await issuer.mint({ cnf: { jkt: await key.publicKey.thumbprint() } });
  const hash = await sha256(token);
  const proof = (htu: string) => {
    const claims = { jti: htu, htm: "GET", htu, iat: clock.now() / 1000, ath: encode(hash) };
    return key.sign({ typ: "dpop+jwt", jwk: key.publicKey.jwk }, claims);
  };
  const facts = { method: "GET", url: "http://inner:3000/x?y=1", authorization: [`DPoP ${token}`] };
  await refused(verifier.authenticate({ ...facts, proof: [await proof("http://inner:3000/x")] }), "proof_url");
  await verifier.authenticate({ ...facts, proof: [await proof("https://api.example.test/x")] });
});
