// What an API's verifier makes of what no client sends: `garbage` and `giant_headers` of spec/vectors/scenarios.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../src/jose/base64url.js";
import { createVerifier, type Reason, Refusal, type RequestFacts } from "../src/server/index.js";
import { FakeIssuer } from "../src/testing/index.js";

const URL = "https://api.example.test/x";
const BOUND = { cnf: { jkt: "A".repeat(43) } };

/** Numbers below a bound, the same in every run (a linear congruential generator). */
function drawing(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * bound);
  };
}

async function refusalOf(work: Promise<unknown>, what: string): Promise<Refusal> {
  const outcome = await work.catch((error: unknown) => error);
  assert.ok(outcome instanceof Refusal, `${JSON.stringify(what)}: ${outcome}`);
  return outcome;
}

test("garbage: it is refused with 401, costs one request at most, and good tokens verify after it", async () => {
  const issuer = await FakeIssuer.create();
  const { clock, fetch, audience } = issuer;
  const verifier = createVerifier({ issuer: issuer.issuer, audience, clock, fetch });
  const [good, bound] = [await issuer.mint(), await issuer.mint(BOUND)];
  const deep = `{"alg":"ES256","typ":"at+jwt","kid":"key-1","x":${"[".repeat(5000)}${"]".repeat(5000)}}`;
  const texts = ["", "..", ". .", "\0.\0.\0", "\ud800.a.b", `${encode(new TextEncoder().encode(deep))}.e30.AA`];
  const draw = drawing(7);
  for (let round = 0; round < 500; round += 1) {
    const changed = [...good];
    for (let change = draw(4); change >= 0; change -= 1) changed[draw(changed.length)] = String.fromCharCode(draw(256));
    texts.push(changed.join(""), Array.from({ length: 50 }, () => String.fromCharCode(draw(256))).join(""));
  }
  for (const text of texts) {
    if (text !== good) assert.equal((await refusalOf(verifier.verify(text), text)).status, 401, text);
    const facts: RequestFacts = { method: "GET", url: URL, authorization: [`DPoP ${bound}`], proof: [text] };
    assert.equal((await refusalOf(verifier.authenticate(facts), text)).status, 401, text);
  }
  await verifier.verify(good);
  assert.ok(issuer.count("jwks") <= 2);
});

test("giant_headers: a megabyte is refused, and nobody is asked about it", async () => {
  const issuer = await FakeIssuer.create();
  const { clock, fetch, audience } = issuer;
  const introspection = { clientId: "api", clientSecret: "secret" };
  const verifier = createVerifier({ issuer: issuer.issuer, audience, clock, fetch, introspection });
  const [giant, bound] = ["A".repeat(2 ** 20), await issuer.mint(BOUND)];
  const sent: [Reason, Partial<RequestFacts>][] = [
    ["malformed", { authorization: [`Bearer ${giant}`] }],
    ["malformed", { authorization: [`Bearer ${giant}.${giant}.${giant}`] }],
    ["malformed", { authorization: [`DPoP ${giant}`], proof: [giant] }],
    ["malformed", { apiKey: [giant] }],
    ["missing", { authorization: [`${giant} x`] }],
    ["proof_malformed", { authorization: [`DPoP ${bound}`], proof: [giant] }],
  ];
  for (const [reason, facts] of sent) {
    const whole = { method: "GET", url: URL, authorization: [], ...facts };
    assert.equal((await refusalOf(verifier.authenticate(whole), reason)).code, reason);
  }
  assert.equal(issuer.count("introspection"), 0);
});
