// Why an API refuses a request: a closed list of reasons, each with the status, the error code and the sentence that the
// client is told. The same in all of grantd's SDKs.

import { GrantdError } from "../errors.js";

type Row = readonly [status: number, error: string | undefined, description: string];

/** All reasons. */
export const REASONS = {
  missing: [401, undefined, "an access token is needed"],
  twice: [400, "invalid_request", "the access token was sent more than once"],
  malformed: [401, "invalid_token", "the access token is malformed"],
  header: [401, "invalid_token", "the access token's header has a member that is not allowed"],
  type: [401, "invalid_token", "the access token has the wrong type"],
  algorithm: [401, "invalid_token", "the access token's algorithm is not allowed"],
  unknown_key: [401, "invalid_token", "the access token's key is unknown"],
  signature: [401, "invalid_token", "the access token's signature does not verify"],
  claim: [401, "invalid_token", "a claim of the access token is missing or malformed"],
  issuer: [401, "invalid_token", "the access token is from another issuer"],
  audience: [401, "invalid_token", "the access token is for another resource"],
  expired: [401, "invalid_token", "the access token has expired"],
  not_yet_valid: [401, "invalid_token", "the access token is not valid yet"],
  revoked: [401, "invalid_token", "the access token has been revoked"],
  inactive: [401, "invalid_token", "the access token is expired, revoked or unknown"],
  scheme: [401, "invalid_token", "the access token was sent under the wrong scheme"],
  key: [401, "invalid_token", "the access token is bound to another key"],
  certificate: [401, "invalid_token", "the access token is bound to another certificate"],
  confirmation: [401, "invalid_token", "the access token is bound in an unknown way"],
  proof_missing: [401, "invalid_dpop_proof", "the DPoP proof is missing"],
  proof_malformed: [401, "invalid_dpop_proof", "the DPoP proof is malformed"],
  proof_key: [401, "invalid_dpop_proof", "the key of the DPoP proof is not allowed"],
  proof_algorithm: [401, "invalid_dpop_proof", "the DPoP proof's algorithm is not allowed"],
  proof_type: [401, "invalid_dpop_proof", "the DPoP proof has the wrong type"],
  proof_signature: [401, "invalid_dpop_proof", "the DPoP proof's signature does not verify"],
  proof_method: [401, "invalid_dpop_proof", "the DPoP proof is for another method"],
  proof_url: [401, "invalid_dpop_proof", "the DPoP proof is for another address"],
  proof_time: [401, "invalid_dpop_proof", "the DPoP proof is too old or from the future"],
  proof_token_hash: [401, "invalid_dpop_proof", "the DPoP proof is for another access token"],
  proof_replayed: [401, "invalid_dpop_proof", "the DPoP proof was used before"],
  proof_nonce: [401, "use_dpop_nonce", "the DPoP proof must carry the nonce of the DPoP-Nonce header"],
  scope: [403, "insufficient_scope", "the access token lacks a permission"],
  unavailable: [503, undefined, "the access token cannot be checked now"],
} as const satisfies { [reason: string]: Row };

/** Why a request was refused. */
export type Reason = keyof typeof REASONS;

/** Names of the two schemes that carry access tokens. */
export type Scheme = "Bearer" | "DPoP";

/** What belongs to a refusal beside its reason. */
export interface RefusalDetails {
  /** The permissions that the request needs, all of them. */
  scopes?: readonly string[] | undefined;
  /** The scheme under which the token came. */
  tried?: Scheme | undefined;
  /** The nonce to use. */
  nonce?: string | undefined;
  cause?: unknown;
}

/** A request is refused. `code` is the reason; `error` is what the client is told. */
export class Refusal extends GrantdError {
  readonly code: Reason;
  /** The HTTP status to answer with. */
  readonly status: number;
  /** The OAuth error code; absent where the request had no token, or nobody could check it. */
  readonly error: string | undefined;
  readonly scopes: readonly string[];
  readonly tried: Scheme | undefined;
  readonly nonce: string | undefined;

  constructor(reason: Reason, details: RefusalDetails = {}) {
    const [status, error, description] = REASONS[reason];
    super(description, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = reason;
    this.status = status;
    this.error = error;
    this.scopes = details.scopes ?? [];
    this.tried = details.tried;
    this.nonce = details.nonce;
  }

  /** The same refusal, of a request that came under this scheme and needs these permissions. */
  of(tried: Scheme | undefined, scopes: readonly string[]): Refusal {
    return new Refusal(this.code, { tried, scopes, nonce: this.nonce, cause: this.cause });
  }
}
