// The examples, together and against the built server: a vendor's client calls the API, an MCP client calls a tool.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Express } from "express";
import { createApi } from "../examples/express-api.js";
import { createMcpServer } from "../examples/mcp-server.js";
import { AcmeBilling, AcmeBillingError } from "../examples/vendor-client.js";
import { OAuthTokenManager } from "../src/index.js";
import { NEEDS_SERVER, Server } from "./grantd.js";

describe("examples", NEEDS_SERVER, () => {
  let server: Server;
  const listening: HttpServer[] = [];
  before(async () => {
    server = await Server.start();
  });
  after(() => {
    server.stop();
    for (const one of listening) {
      one.closeAllConnections();
      one.close();
    }
  });

  async function serve(app: Express): Promise<string> {
    const http = app.listen(0, "127.0.0.1");
    listening.push(http);
    await once(http, "listening");
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  }

  test("the vendor's client and the API: with a client, with an API key, and without the permission", async () => {
    const { issuer } = server;
    const api = createApi({ issuer, audience: server.api, introspection: server.client("acme-api") });
    const baseUrl = await serve(api);
    const machine = { issuer, baseUrl, ...server.client("nightly-export") };
    const client = new AcmeBilling({ ...machine, scopes: ["customers:read"] });
    assert.deepEqual(await client.customers.list(), [{ id: "c1", name: "Ada Example" }]);
    await assert.rejects(client.customers.create("Bob"), (error) => {
      assert.ok(error instanceof AcmeBillingError);
      assert.deepEqual([error.status, error.needs], [403, ["customers:write"]]);
      return true;
    });
    const writing = new AcmeBilling({ ...machine, scopes: ["customers:write"] });
    assert.equal((await writing.customers.create("Bob")).name, "Bob");
    const withKey = new AcmeBilling({ apiKey: server.apiKey, baseUrl });
    assert.equal((await withKey.customers.list()).length, 2);
  });

  test("the MCP server: a client without a token is told where to get one, one with a token calls a tool", async () => {
    // Tokens are for the resource that the demo realm declares; where it listens does not matter to it.
    const url = new URL("mcp", await serve(createMcpServer(server.issuer, server.api)));
    const refused = await fetch(url, { method: "POST", body: "{}" });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate") ?? "", /resource_metadata="[^"]+\.well-known\/oauth-protected-resource"/);

    const scopes = ["invoices:*"];
    const manager = new OAuthTokenManager({ issuer: server.issuer, ...server.client("nightly-export"), scopes });
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(url, { fetch: (input, init) => manager.fetch(input, init) });
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    const outcome = await client.callTool({ name: "count_invoices" });
    assert.deepEqual(outcome.content, [{ type: "text", text: "3 invoices, as nightly-export sees them" }]);
    await client.close();

    const lacking = new OAuthTokenManager({ issuer: server.issuer, ...server.client("nightly-export"), scopes: ["customers:read"] });
    assert.equal((await lacking.fetch(url, { method: "POST", body: "{}" })).status, 403);
  });
});
