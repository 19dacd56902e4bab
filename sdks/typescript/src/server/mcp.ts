// For MCP servers: what `requireBearerAuth` of the official SDK takes as its `verifier`.

import { checkScopes } from "../checks.js";
import { coversAll } from "../oauth/scope.js";
import { Refusal } from "./refusal.js";
import type { Verifier } from "./verifier.js";

/** What MCP's SDK calls `AuthInfo`. */
export interface McpAuthInfo {
  token: string;
  clientId: string;
  scopes: string[];
  /** Seconds since 1970. */
  expiresAt: number;
  resource?: URL;
  extra: { [name: string]: unknown };
}

/** What the adapter is made with. */
export interface McpOptions {
  /** The SDK's class of this name: it is the only error that it answers with 401. */
  InvalidTokenError: new (message: string) => Error;
  /** The permissions that the server asks for. The SDK compares names, so those that a pattern covers are listed to it. */
  scopes?: readonly string[] | undefined;
  /** Tells the time, for API keys that do not end. */
  now?: (() => number) | undefined;
}

/** Seconds for which MCP's SDK may hold a key that does not end to be good: it looks again at each request. */
const LOOK = 60;

/**
 * Makes the verifier of MCP's SDK out of this one. The principal is in `extra.principal`.
 *
 * @throws {ConfigurationError} when one of the permissions is not one scope
 */
export function mcpTokenVerifier(verifier: Verifier, options: McpOptions) {
  const { InvalidTokenError, scopes = [], now = () => Date.now() / 1000 } = options;
  checkScopes(scopes);
  const asked = [...scopes];
  return {
    /** What a token says, or the SDK's error for a bad one. */
    async verifyAccessToken(token: string): Promise<McpAuthInfo> {
      const principal = await verifier.verify(token).catch((error: unknown) => {
        verifier.refuse(error, undefined);
        const isBad = error instanceof Refusal && error.status === 401;
        throw isBad ? new InvalidTokenError(error.message) : error;
      });
      const named = asked.filter((scope) => coversAll(principal.scopes, [scope]));
      const info: McpAuthInfo = {
        token: principal.token,
        clientId: principal.clientId,
        scopes: [...new Set([...principal.scopes, ...named])],
        expiresAt: principal.expiresAt ?? Math.floor(now()) + LOOK,
        extra: { principal },
      };
      return principal.resource === undefined ? info : { ...info, resource: principal.resource };
    },
  };
}
