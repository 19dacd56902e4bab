// Middleware for Hono.

import { noted, verifierOf } from "./guard.js";
import type { Principal } from "./principal.js";
import type { Verifier } from "./verifier.js";
import { authenticateRequest, refusalResponse } from "./web.js";

/** As much of Hono's context as is used. */
export interface HonoContext {
  req: { raw: Request };
  /** A variable of the request. */
  get(key: never): unknown;
  /** Sets a variable of the request. */
  set(key: never, value: unknown): void;
}

/** Under which name the principal is in Hono's context. */
const KEY = "auth";
/** Under which name the verifier's own note is. `auth` alone would let one API's token pass at another. */
const VERIFIED = "grantd.verified";

/**
 * Lets requests pass that were granted all of these permissions, and sets the variable `auth` to the `Principal`. Without
 * permissions any good token passes.
 *
 * @throws {ConfigurationError} when one of the permissions is not one scope
 */
export function requireScopes(verifier: Verifier, ...scopes: string[]) {
  verifierOf(verifier, scopes);
  return async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const known = context.get(VERIFIED as never) as { verifier: Verifier; principal: Principal } | undefined;
    const outcome =
      known?.verifier === verifier
        ? authorized(verifier, known.principal, scopes, context.req.raw)
        : await authenticateRequest(verifier, context.req.raw, ...scopes);
    if (outcome instanceof Response) return outcome;
    context.set(VERIFIED as never, { verifier, principal: outcome });
    context.set(KEY as never, outcome);
    await next();
    return undefined;
  };
}

/**
 * Who asks, in a handler behind `requireScopes`.
 *
 * @throws {ConfigurationError} when there is no guard before the handler
 */
export function principalOf(context: HonoContext): Principal {
  return noted(context.get(KEY as never));
}

/** A request is verified once, however many handlers ask: a proof of possession cannot be used twice. */
function authorized(verifier: Verifier, principal: Principal, scopes: string[], request: Request): Principal | Response {
  try {
    verifier.authorize(principal, ...scopes);
    return principal;
  } catch (error) {
    const reply = verifier.refuse(error, request);
    if (reply === undefined) throw error;
    return refusalResponse(reply);
  }
}
