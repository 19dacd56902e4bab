// A protected MCP server with the official SDK: its tools are behind grantd's tokens, and clients find the authorization
// server by themselves (RFC 9728).

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import express, { type Express } from "express";
import { createVerifier, type Principal } from "grantd";
import { mcpTokenVerifier } from "grantd/mcp";

/**
 * Makes the server.
 *
 * @param resource what tokens for it are for, and where it is
 */
export function createMcpServer(issuer: string, resource: string): Express {
  const scopes = ["invoices:read"];
  const metadata = new URL("/.well-known/oauth-protected-resource", resource).href;
  const verifier = mcpTokenVerifier(createVerifier({ issuer, audience: resource }), { InvalidTokenError, scopes });
  const app = express();
  app.get("/.well-known/oauth-protected-resource", (_request, response) => {
    response.json({ resource, authorization_servers: [issuer], scopes_supported: scopes });
  });
  const protect = requireBearerAuth({ verifier, requiredScopes: scopes, resourceMetadataUrl: metadata });
  app.post("/mcp", protect, express.json(), async (request, response) => {
    // Nothing is remembered between requests, so each has a server of its own.
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    const server = new McpServer({ name: "acme-billing", version: "1.0.0" });
    server.registerTool("count_invoices", { description: "How many invoices there are" }, async ({ authInfo }) => {
      const principal = authInfo?.extra?.["principal"] as Principal;
      return { content: [{ type: "text", text: `3 invoices, as ${principal.subject} sees them` }] };
    });
    response.on("close", () => void transport.close());
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response, request.body);
  });
  return app;
}
