// The reply to a refused request: status, headers and body (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).

import { ALGORITHMS } from "../jose/algorithm.js";
import { isScope } from "../oauth/scope.js";
import type { Refusal, Scheme } from "./refusal.js";

/** What an API says of itself in its refusals. */
export interface ChallengeOptions {
  realm?: string | undefined;
  /** The address of the API's RFC 9728 document, from which clients find the authorization server. */
  resourceMetadata?: string | undefined;
  /** The schemes that the API takes; `Bearer` alone if not given. */
  schemes?: readonly Scheme[] | undefined;
}

/** A reply. `WWW-Authenticate` has a value for each scheme. */
export interface RefusalReply {
  status: number;
  headers: [name: string, value: string][];
  body: { error: string; error_description: string; scope?: string };
}

/** Seconds after which a client may ask again when nobody could check its token. */
const RETRY_AFTER = "5";

/** The reply to a refusal. */
export function refusalReply(refusal: Refusal, options: ChallengeOptions = {}): RefusalReply {
  const headers: [string, string][] = [
    ["Cache-Control", "no-store"],
    ["Content-Type", "application/json"],
  ];
  if (refusal.status === 503) {
    headers.push(["Retry-After", RETRY_AFTER]);
  } else {
    const schemes = options.schemes?.length ? options.schemes : (["Bearer"] as const);
    const tried = refusal.tried === "DPoP" ? "DPoP" : (schemes.find((scheme) => scheme === refusal.tried) ?? schemes[0]);
    // Whoever sent a proof looks below DPoP for what is wrong with it, be it announced or not.
    for (const scheme of tried === "DPoP" && !schemes.includes(tried) ? ([...schemes, tried] as const) : schemes) {
      headers.push(["WWW-Authenticate", challenge(scheme, scheme === tried, refusal, options)]);
    }
  }
  if (refusal.nonce !== undefined) headers.push(["DPoP-Nonce", refusal.nonce]);
  const error = refusal.error ?? (refusal.status === 503 ? "temporarily_unavailable" : "missing_token");
  const body = { error, error_description: refusal.message };
  const isLacking = refusal.code === "scope";
  return { status: refusal.status, headers, body: isLacking ? { ...body, scope: scopesOf(refusal) } : body };
}

function challenge(scheme: Scheme, isTried: boolean, refusal: Refusal, options: ChallengeOptions): string {
  const parameters: [string, string][] = [];
  if (options.realm !== undefined) parameters.push(["realm", options.realm]);
  if (scheme === "DPoP") parameters.push(["algs", PROOF_ALGORITHMS]);
  if (refusal.error !== undefined && isTried) {
    parameters.push(["error", refusal.error], ["error_description", refusal.message]);
  }
  const scopes = scopesOf(refusal);
  if (scopes !== "" && (refusal.code === "missing" || refusal.code === "scope")) parameters.push(["scope", scopes]);
  if (options.resourceMetadata !== undefined) parameters.push(["resource_metadata", options.resourceMetadata]);
  const written = parameters.map(([name, value]) => `${name}=${quoted(value)}`);
  return [scheme, written.join(", ")].join(" ").trimEnd();
}

/** What the request needs, as far as it is scopes: anything else could not be sent. */
function scopesOf(refusal: Refusal): string {
  return refusal.scopes.filter(isScope).join(" ");
}

/** The algorithms of proofs, the one that everybody has first. */
const PROOF_ALGORITHMS = ["ES256", ...Object.keys(ALGORITHMS).filter((alg) => alg !== "ES256")].join(" ");

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
