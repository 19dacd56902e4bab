// The API's scenarios of spec/vectors/scenarios.md against the built server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as grantd from "../src/index.js";
import { FakeClock } from "../src/testing/index.js";
import { NEEDS_SERVER, Server } from "./grantd.js";

describe("an API, against the server", NEEDS_SERVER, () => {
  let server: Server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());

  function api(options: Partial<grantd.VerifierOptions> = {}): grantd.Verifier {
    return grantd.createVerifier({ issuer: server.issuer, audience: server.api, ...options });
  }

  function machine(options: Partial<grantd.ManagerOptions> = {}): grantd.OAuthTokenManager {
    const scopes = ["invoices:read"];
    return new grantd.OAuthTokenManager({ issuer: server.issuer, ...server.client("nightly-export"), scopes, ...options });
  }

  async function reasonOf(work: Promise<unknown>): Promise<string> {
    const error = await work.then(() => undefined, (cause: unknown) => cause);
    assert.ok(error instanceof grantd.Refusal, String(error));
    return error.code;
  }

  test("verify: a token of the server verifies, a changed one does not", async () => {
    const token = await machine().getAccessToken();
    const principal = await api().verify(token);
    assert.deepEqual(
      [principal.issuer, principal.subject, principal.clientId, principal.audience, principal.scopes],
      [server.issuer, "nightly-export", "nightly-export", [server.api], ["invoices:read"]],
    );
    const [head, body, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, scope: "*" })).toString("base64url");
    assert.equal(await reasonOf(api().verify(`${head}.${changed}.${signature}`)), "signature");
    assert.equal(await reasonOf(api({ audience: "https://other.example.test" }).verify(token)), "audience");
  });

  test("revocation_by_introspection: a revoked token is refused when the kept reply has ended", async () => {
    const clock = new FakeClock(Date.now());
    const introspection = server.client("acme-api");
    const asking = api({ introspection, introspectJwts: true, clock });
    const manager = machine();
    const token = await manager.getAccessToken();
    await asking.verify(token);
    await manager.revoke();
    await api({ statusList: false }).verify(token);
    clock.advance(10_000);
    assert.equal(await reasonOf(asking.verify(token)), "inactive");
  });

  test("revocation_in_the_servers_list: at once with the new list, and with an older one after its ttl", async () => {
    const clock = new FakeClock(Date.now());
    const manager = machine();
    const token = await manager.getAccessToken();
    const older = api({ clock });
    await older.verify(token);
    await manager.revoke();
    const isGood = () => api().verify(token).then(() => true, () => false);
    // The server needs a moment; each new verifier fetches the list anew.
    while (await isGood()) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await reasonOf(api().verify(token)), "revoked");
    await older.verify(token);
    clock.advance(60_000);
    assert.equal(await reasonOf(older.verify(token)), "revoked");
  });

  test("introspection_of_an_api_key: its permissions, and nothing for an unknown one", async () => {
    const asking = api({ introspection: server.client("acme-api"), tenantClaim: "tenant" });
    const facts = { method: "GET", url: `${server.api}/`, authorization: [] };
    const principal = await asking.authenticate({ ...facts, apiKey: [server.apiKey] }, "invoices:send");
    assert.deepEqual([principal.kind, principal.tenant], ["api_key", "acme-berlin"]);
    assert.ok(!principal.permits("payments:refund"));
    assert.equal(await reasonOf(asking.authenticate({ ...facts, apiKey: [`${server.apiKey}0`] })), "inactive");
    const lacking = asking.authenticate({ ...facts, apiKey: [server.apiKey] }, "payments:refund");
    assert.equal(await reasonOf(lacking), "scope");
  });

  test("dpop: a bound token passes with a proof, and neither without nor with the same twice", async () => {
    const dpop = await grantd.DpopKey.generate();
    const manager = machine({ dpop, fetch: (input, init) => answer(input, init) });
    const verifier = api();
    const seen: Request[] = [];
    const answer: grantd.Fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith("https://api.example.test/")) return fetch(request);
      seen.push(request.clone());
      const outcome = await grantd.authenticateRequest(verifier, request, "invoices:read");
      return outcome instanceof Response ? outcome : new Response("in");
    };
    assert.equal(await (await manager.fetch("https://api.example.test/x?page=1")).text(), "in");
    const [first] = seen as [Request];
    const facts = grantd.webFacts(first);
    assert.equal(await reasonOf(verifier.authenticate(facts)), "proof_replayed");
    assert.equal(await reasonOf(verifier.authenticate({ ...facts, proof: [] })), "proof_missing");
    const bearer = [`Bearer ${await manager.getAccessToken()}`];
    assert.equal(await reasonOf(verifier.authenticate({ ...facts, authorization: bearer })), "scheme");
  });

  test("a client that signs instead of sending a secret gets tokens", async () => {
    const privateKey = server.privateJwk("nightly-sync");
    const manager = machine({ clientId: "nightly-sync", clientSecret: undefined, privateKey });
    assert.equal((await api().verify(await manager.getAccessToken())).clientId, "nightly-sync");
  });
});
