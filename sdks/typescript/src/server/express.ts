// Middleware for Express (4 and 5), and for whatever has its shape.

import { noted, verifierOf, type VerifierWith } from "./guard.js";
import { type NodeRequest, verifyNode } from "./node-request.js";
import type { Principal } from "./principal.js";

/** As much of Express's request as is looked at. */
export interface ExpressRequest extends NodeRequest {
  protocol: string;
  originalUrl: string;
  /** Who asks, once a middleware of this module has let the request pass. */
  auth?: unknown;
}

/** As much of Express's response as is used. */
export interface ExpressResponse {
  /** Sets the status. */
  status(code: number): unknown;
  /** Sets a header, with several values where there are several. */
  setHeader(name: string, value: string | string[]): unknown;
  /** Sends the body. */
  end(body: string): unknown;
}

/** Express's way of going on. */
export type Next = (error?: unknown) => void;

/**
 * Lets requests pass that were granted all of these permissions, and sets `req.auth` to the `Principal`. Without
 * permissions any good token passes.
 *
 * Where a proxy ends TLS, Express must trust it (`app.set("trust proxy", ...)`): a proof names the scheme.
 *
 * @throws {ConfigurationError} when one of the permissions is not one scope
 */
export function requireScopes(given: VerifierWith<ExpressRequest>, ...scopes: string[]) {
  const verifier = verifierOf(given, scopes);
  return async (request: ExpressRequest, response: ExpressResponse, next: Next): Promise<void> => {
    try {
      const address = { protocol: request.protocol, path: request.originalUrl };
      request.auth = await verifyNode(given, request, request, address, scopes);
    } catch (error) {
      const reply = verifier.refuse(error, request);
      if (reply === undefined) return next(error);
      response.status(reply.status);
      for (const [name, values] of grouped(reply.headers)) response.setHeader(name, values);
      response.end(JSON.stringify(reply.body));
      return;
    }
    next();
  };
}

/**
 * Who asks, in a handler behind `requireScopes`.
 *
 * @throws {ConfigurationError} when there is no guard before the handler
 */
export function principalOf(request: object): Principal {
  return noted((request as { auth?: unknown }).auth);
}

function grouped(headers: readonly [string, string][]): Map<string, string | string[]> {
  const all = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : [before, value].flat());
  }
  return all;
}
