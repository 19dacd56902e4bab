// What the guards of all frameworks share: what they are made with, and what they leave for the handlers behind them. Must not
// know a framework.

import { checkObject, checkScopes, demand } from "../checks.js";
import { ConfigurationError } from "../errors.js";
import { Principal } from "./principal.js";
import type { RequestFacts } from "./request-facts.js";
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

/** What a verifier said of a request, and on which facts. */
interface Note {
  readonly facts: RequestFacts;
  readonly principal: Principal;
}

/** Apart from the requests, which anybody may copy or write to. */
const NOTES = new WeakMap<object, Map<Verifier, Note>>();

/**
 * Verifies a request once for each verifier, however many of its guards ask: a proof of possession cannot be used twice. Each of them
 * looks at its own permissions.
 *
 * @param owner what the framework has one of for each request
 * @throws {Refusal} with what is wrong
 */
export async function verifyOnce(
  verifier: Verifier,
  owner: object,
  facts: RequestFacts,
  scopes: readonly string[],
): Promise<Principal> {
  const known = NOTES.get(owner)?.get(verifier);
  if (known !== undefined && hasSameCredentials(known.facts, facts)) {
    verifier.authorize(known.principal, ...scopes);
    return known.principal;
  }
  const principal = await verifier.authenticate(facts, ...scopes);
  const notes = NOTES.get(owner) ?? new Map<Verifier, Note>();
  NOTES.set(owner, notes.set(verifier, { facts, principal }));
  return principal;
}

/** Whether nobody changed between two guards what the request presents. */
function hasSameCredentials(one: RequestFacts, other: RequestFacts): boolean {
  const presented = ({ authorization, apiKey, proof }: RequestFacts) => JSON.stringify([authorization, apiKey, proof]);
  return presented(one) === presented(other);
}
