// What a verifier is made with, and the checks of it: what cannot be meant is an error when the verifier is made, since a leeway that
// is no number would let ended tokens pass.

import { checkFunction, checkIssuer, checkObject, checkPositive, checkText, demand, httpAddress } from "../checks.js";
import type { Clock } from "../clock.js";
import type { Fetch } from "../http.js";
import type { ClientCredentials } from "../oauth/client-auth.js";
import type { ChallengeOptions } from "./challenge.js";
import type { ProofMemory } from "./proof.js";
import type { Refusal } from "./refusal.js";
import type { UsageOptions } from "./usage.js";

/** What a verifier is made with. */
export interface VerifierOptions extends ChallengeOptions {
  /** The authorization server, byte for byte as its tokens say it. */
  issuer: string;
  /** What this API is called in tokens; several names where it has several. */
  audience: string | readonly string[];
  /** Where clients reach this API (`https://api.example.com`). With it `Host` is not looked at; without it a proof names that host. */
  origin?: string | undefined;
  /** The API's own client, which may introspect. Needed for opaque tokens and API keys. */
  introspection?: (ClientCredentials & { /** Seconds to keep a reply; 10 if not given, 30 at most. */ cache?: number }) | undefined;
  /** Introspects JWTs too, so that a revoked one is refused at once. */
  introspectJwts?: boolean | undefined;
  /** Follows the status list that a JWT names. On if not given. */
  statusList?: boolean | undefined;
  /** The `typ` of access tokens; `at+jwt` if not given. */
  types?: readonly string[] | undefined;
  /** The claim that names the tenant. */
  tenantClaim?: string | undefined;
  /** Whole seconds by which clocks may differ, 300 at most; 30 if not given. */
  leeway?: number | undefined;
  /** Remembers proofs for several processes; each remembers its own, if not given. */
  proofMemory?: ProofMemory | undefined;
  /** How many proofs are remembered where there is no `proofMemory`; 100,000 if not given. One client holds half of them at most. */
  proofMemorySize?: number | undefined;
  /** The nonce that proofs must carry, where the API asks for one. */
  proofNonce?: (() => string) | undefined;
  /** Reports which permissions are used. */
  usage?: UsageOptions | undefined;
  /**
   * Is told of each refusal by the guards and `authenticateRequest`, with the request as the framework has it (in Hono the web's
   * `Request`). Where the issuer is at fault, the refusal's `status` is 503 and its `cause` says why. What it throws is swallowed.
   */
  onRefusal?: ((refusal: Refusal, request: unknown) => void) | undefined;
  /** Milliseconds for a request to the authorization server; 10,000 if not given. */
  timeout?: number | undefined;
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
}

/** The most seconds of leeway: more than clocks differ. */
const MAX_LEEWAY = 300;

/** The options as they are used: the caller's lists are copied, what was not said is said. */
export interface Checked {
  readonly audience: readonly string[];
  readonly types: readonly string[];
  readonly leeway: number;
  /** Without a slash at its end. */
  readonly origin: string | undefined;
  readonly challenge: ChallengeOptions;
}

/**
 * Checks the options.
 *
 * @throws {ConfigurationError} with the first one that is wrong
 */
export function checked(options: VerifierOptions): Checked {
  checkObject(options);
  const { leeway = 30, origin, introspection, proofMemorySize: size, proofMemory, usage, tenantClaim } = options;
  checkIssuer(options.issuer);
  const audience = list(typeof options.audience === "string" ? [options.audience] : options.audience, "audience");
  const types = list(options.types ?? ["at+jwt"], "types");
  demand(Number.isInteger(leeway) && leeway >= 0 && leeway <= MAX_LEEWAY, `leeway is no whole number from 0 to ${MAX_LEEWAY}`);
  demand(origin === undefined || isOrigin(origin), "origin is no http or https address without a path");
  demand(size === undefined || (Number.isInteger(size) && size > 0), "proofMemorySize is no whole number above 0");
  demand(proofMemory === undefined || typeof proofMemory?.take === "function", "proofMemory has no function take");
  if (tenantClaim !== undefined) checkText(tenantClaim, "tenantClaim");
  checkPositive(options.timeout, "timeout");
  for (const name of ["onRefusal", "proofNonce", "fetch"] as const) checkFunction(options[name], name);
  if (introspection !== undefined) {
    checkObject(introspection);
    const { cache } = introspection;
    demand(cache === undefined || (typeof cache === "number" && cache >= 0), "introspection.cache is no number from 0 on");
  }
  demand(introspection !== undefined || !options.introspectJwts, "introspectJwts needs introspection");
  if (usage !== undefined) {
    checkObject(usage);
    checkPositive(usage.every, "usage.every");
    checkFunction(usage.send, "usage.send");
    const isHeard = introspection !== undefined || usage.send !== undefined;
    demand(isHeard, "usage needs introspection, or a function that sends the reports");
  }
  const own = origin === undefined ? undefined : new URL(origin).origin;
  return { audience, types, leeway, origin: own, challenge: challenge(options) };
}

function challenge({ realm, resourceMetadata, schemes }: ChallengeOptions): ChallengeOptions {
  const isSent = (text: unknown): boolean => text === undefined || (typeof text === "string" && /^[ -~]*$/.test(text));
  demand(isSent(realm), "realm has characters that no header has");
  demand(resourceMetadata === undefined || httpAddress(resourceMetadata) !== undefined, "resourceMetadata is no address");
  if (schemes === undefined) return { realm, resourceMetadata };
  const isKnown = (scheme: unknown): boolean => scheme === "Bearer" || scheme === "DPoP";
  demand(Array.isArray(schemes) && [...schemes].every(isKnown), "schemes has others than Bearer and DPoP");
  return { realm, resourceMetadata, schemes: [...schemes] };
}

/** A list of texts with at least one, as the verifier's own. */
function list(value: readonly string[], name: string): readonly string[] {
  demand(Array.isArray(value) && value.length > 0, `${name} is missing or no list`);
  const own = [...value];
  for (const one of own) checkText(one, name);
  return own;
}

function isOrigin(value: unknown): boolean {
  // As it is written, too: what is empty is in no part of a `URL`, and some characters vanish while it is read.
  return httpAddress(value)?.pathname === "/" && /^[a-z]+:\/\/[^/?#@\\\s]+\/?$/i.test(value as string);
}
