// What the guards of all frameworks share: what they are made with, and what they leave for the handlers behind them. Must not
// know a framework.

import { checkObject, checkScopes, demand } from "../checks.js";
import { ConfigurationError } from "../errors.js";
import { Principal } from "./principal.js";
import type { Verifier } from "./verifier.js";

/** A verifier, or one with a way to find the client's certificate where a proxy ends TLS. */
export type VerifierWith<Request> =
  | Verifier
  | { verifier: Verifier; certificate: (request: Request) => Uint8Array | undefined };

/**
 * The verifier of a guard for these permissions.
 *
 * @throws {ConfigurationError} when there is none, or one of the permissions is not one scope
 */
export function verifierOf<Owner>(given: VerifierWith<Owner>, scopes: readonly string[]): Verifier {
  checkObject(given);
  const verifier = "certificate" in given ? given.verifier : given;
  demand(typeof verifier?.authenticate === "function", "the first argument is the verifier");
  checkScopes(scopes, "what the guard asks for");
  return verifier;
}

/** Who asks, as the guard of this module noted it. */
export function noted(principal: unknown): Principal {
  if (principal instanceof Principal) return principal;
  throw new ConfigurationError("no requireScopes of this module has seen the request");
}
