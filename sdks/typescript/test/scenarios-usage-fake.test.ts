// Reports of use: added up, in batches, and never in a request's way.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Use } from "../src/server/index.js";
import type { Claims } from "../src/testing/index.js";
import { api, ASKING, refused, until } from "./api.js";

test("usage_reports: uses are added up and sent in batches, and a failure loses no request", async () => {
  const batches: Use[][] = [];
  let fails = false;
  const send = async (uses: readonly Use[]) => {
    if (fails) throw new Error("down");
    batches.push([...uses]);
  };
  const { issuer, clock, verifier } = await api({ usage: { every: 60, send } });
  const token = await issuer.mint({ scope: "a:* b:read" });
  const call = (...scopes: string[]) => {
    const facts = { method: "GET", url: "https://api.example.test/", authorization: [`Bearer ${token}`] };
    return verifier.authenticate(facts, ...scopes);
  };
  for (let round = 0; round < 5; round += 1) await call("a:read");
  await call("a:read", "b:read");
  await refused(call("c:read"), "scope");
  assert.equal(batches.length, 0);
  fails = true;
  clock.advance(60_000);
  await call("b:read");
  fails = false;
  await verifier.close();
  await verifier.close();
  assert.deepEqual(batches, [
    [
      { clientId: "client", permission: "a:read", count: 6 },
      { clientId: "client", permission: "b:read", count: 2 },
    ],
  ]);
});

test("usage_reports, to the server: in batches, and what failed goes again", async () => {
  const { issuer, verifier } = await api({ ...ASKING, usage: {} });
  const authorization = [`Bearer ${await issuer.mint({ scope: "*" })}`];
  const facts = { method: "GET", url: "https://api.example.test/", authorization };
  const permissions = Array.from({ length: 250 }, (_, index) => `p${index}:read`);
  for (const permission of [...permissions, "p0:read"]) await verifier.authenticate(facts, permission);
  issuer.faults.next("usage", { status: 503 }, { status: 200 }, "network");
  await verifier.close();
  await verifier.close();
  await verifier.close();
  const sent = issuer.seen.filter(({ endpoint }) => endpoint === "usage");
  const reports = sent.map(({ form }) => JSON.parse(form.get("uses") ?? ""));
  assert.deepEqual(reports.map(({ length }) => length), [200, 200, 50, 50]);
  assert.deepEqual(reports[1][0], { client_id: "client", permission: "p0:read", count: 2 });
  assert.deepEqual(reports[2], reports[3], "what was taken is not reported twice");
  const ids = sent.map(({ form }) => form.get("report_id"));
  assert.ok(ids[0] === ids[1] && ids[2] === ids[3] && ids[1] !== ids[2], "a report that goes again has the same name");
});

test("usage_reports: what is counted after a report failed is no part of it, and a refused report does not come again", async () => {
  const { issuer, verifier } = await api({ ...ASKING, usage: {} });
  const facts = { method: "GET", url: "https://api.example.test/", authorization: [`Bearer ${await issuer.mint({ scope: "*" })}`] };
  await verifier.authenticate(facts, "a:read");
  issuer.faults.next("usage", "network", { status: 200 }, { status: 400 });
  await verifier.close();
  await verifier.authenticate(facts, "a:read");
  await verifier.close();
  await verifier.close();
  const sent = issuer.seen.filter(({ endpoint }) => endpoint === "usage");
  const counts = sent.map(({ form }) => JSON.parse(form.get("uses") ?? "")[0].count);
  assert.deepEqual(counts, [1, 1, 1]);
  assert.notEqual(sent[1]?.form.get("report_id"), sent[2]?.form.get("report_id"));
});

test("usage_reports, to a server that takes none: one message for each credential names what it used", async () => {
  const { issuer, verifier } = await api({ ...ASKING, usage: {} });
  issuer.metadata = { grantd_usage_endpoint: undefined };
  const token = issuer.mintOpaque({ scope: "a:*" });
  const facts = { method: "GET", url: "https://api.example.test/", authorization: [`Bearer ${token}`] };
  await verifier.authenticate(facts, "a:read");
  await verifier.authenticate(facts, "a:write");
  assert.equal(issuer.count("introspection"), 1);
  await verifier.close();
  assert.equal(issuer.seen.at(-1)?.form.get("scope"), "a:read a:write");
});

test("usage_reports_end: a report goes again for 12 hours, and what no report will name is counted as dropped", async () => {
  const HOUR = 3_600_000;
  const { issuer, clock, verifier } = await api({ ...ASKING, usage: { every: 48 * 3600 } });
  const principal = await verifier.verify(await issuer.mint({ scope: "*" }));
  const flush = async (dropped: number) => {
    await verifier.close();
    assert.equal(verifier.usageDropped, dropped);
  };
  issuer.faults.always("usage", "network");
  verifier.authorize(principal, "a:read", "a:read");
  await flush(0);
  verifier.authorize(principal, "b:read");
  clock.advance(12 * HOUR - 1);
  await flush(0);
  clock.advance(1);
  await flush(2);
  /** The known document goes on being used while another one is fetched beside the calls. */
  const changed = async (metadata: Claims) => {
    issuer.metadata = metadata;
    clock.advance(HOUR);
    await refused(verifier.verify(`unknown-${clock.now()}`), "inactive");
    await until(() => clock.sleepers === 0);
  };
  await changed({ grantd_usage_endpoint: undefined });
  await flush(3);
  await changed({});
  issuer.faults.mend();
  verifier.authorize(principal, "c:read");
  issuer.faults.next("usage", { status: 400 });
  await flush(4);
  const sent = issuer.seen.filter(({ endpoint }) => endpoint === "usage").map(({ form }) => form.get("report_id"));
  assert.equal(sent.length, 4);
  assert.ok(sent[0] === sent[1] && new Set(sent).size === 3, "each report under one name");
  for (let number = 0; number < 10_007; number += 1) verifier.authorize(principal, `p${number}:read`);
  await flush(11);
  assert.equal(issuer.count("usage"), 4 + 50);
});
