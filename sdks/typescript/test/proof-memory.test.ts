// Proofs of possession pass once, whatever the clock of the verifier does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PrivateKey } from "../src/jose/private-key.js";
import { encode } from "../src/jose/base64url.js";
import { sha256 } from "../src/jose/webcrypto.js";
import { Refusal, type VerifierOptions } from "../src/server/index.js";
import { api, refused } from "./api.js";

const [SECOND, HOUR, MONTH] = [1_000, 3_600_000, 30 * 24 * 3_600_000];

/** A verifier, and what makes requests with a token that is bound to a key and was made at this moment. */
async function bound(options: Partial<VerifierOptions> = {}) {
  const { issuer, clock, verifier } = await api(options);
  const key = await PrivateKey.generate();
  const jkt = await key.publicKey.thumbprint();
  let serial = 0;
  const request = async (client_id = "c", iat = clock.now() / 1000) => {
    // Good whatever the clock says.
    const token = await issuer.mint({ client_id, cnf: { jkt }, iat: 1_000, exp: 4_000_000_000 });
    const url = "https://api.example.test/x";
    const claims = { jti: `${(serial += 1)}`, htm: "GET", htu: url, iat, ath: encode(await sha256(token)) };
    const proof = [await key.sign({ typ: "dpop+jwt", jwk: key.publicKey.jwk }, claims)];
    return { method: "GET", url, authorization: [`DPoP ${token}`], proof };
  };
  return { clock, verifier, request };
}

test("proof_memory_bounds: a proof never passes again when the clock goes back, stays there or comes back", async () => {
  for (const step of [2, 30, 75, 3_600].map((seconds) => seconds * SECOND)) {
    for (const ahead of [0, 10]) {
      const { clock, verifier, request } = await bound();
      const spent = await request("c", clock.now() / 1000 + ahead);
      await verifier.authenticate(spent);
      const again = () => assert.rejects(verifier.authenticate(spent), Refusal, `${step} back, ${ahead} ahead`);
      await again();
      clock.advance(-step);
      await again();
      // Others come meanwhile: what they leave behind does not end the memory of what came before.
      await verifier.authenticate(await request());
      await again();
      for (let moved = 0; moved < step + 75 * SECOND; moved += Math.max(5 * SECOND, step / 8)) {
        clock.advance(Math.max(5 * SECOND, step / 8));
        await again();
      }
    }
  }
});

test("proof_memory_bounds: what ends first is removed first after the clock went back, and others go on", async () => {
  const { clock, verifier, request } = await bound({ proofMemorySize: 8 });
  const pass = async (client: string) => verifier.authenticate(await request(client));
  for (const client of ["a", "a", "b", "b"]) await pass(client);
  clock.advance(-HOUR);
  for (let round = 0; round < 3; round += 1) {
    for (const client of ["c", "c", "d", "d"]) await pass(client);
    await refused(pass("e"), "unavailable");
    clock.advance(71 * SECOND);
  }
  clock.advance(2 * HOUR);
  for (const client of ["a", "a", "a", "a", "b", "b", "b", "b"]) await pass(client);
  await refused(pass("c"), "unavailable");
});

test("proof_memory_bounds: where the clock had been wrong by a month, new proofs pass", async () => {
  const { clock, verifier, request } = await bound({ proofMemorySize: 4 });
  for (const client of ["a", "a", "b", "b"]) await verifier.authenticate(await request(client));
  await refused(verifier.authenticate(await request("c")), "unavailable");
  clock.advance(-MONTH);
  for (const client of ["a", "a", "b", "b"]) await verifier.authenticate(await request(client));
  await refused(verifier.authenticate(await request("c")), "unavailable");
});
