// Middleware for Hono.

import { noted, verifierOf, verifyOnce } from "./guard.js";
import type { Principal } from "./principal.js";
import type { Verifier } from "./verifier.js";
import { refusalResponse, webFacts } from "./web.js";

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

/**
 * Lets requests pass that were granted all of these permissions, and sets the variable `auth` to the `Principal`. Without
 * permissions any good token passes.
 *
 * @throws {ConfigurationError} when one of the permissions is not one scope
 */
export function requireScopes(verifier: Verifier, ...scopes: string[]) {
  verifierOf(verifier, scopes);
  return async (context: HonoContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const { raw } = context.req;
    try {
      context.set(KEY as never, await verifyOnce(verifier, context, webFacts(raw), scopes));
    } catch (error) {
      const reply = verifier.refuse(error, raw);
      if (reply === undefined) throw error;
      return refusalResponse(reply);
    }
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
