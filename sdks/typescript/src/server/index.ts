// The resource server's side: what an API needs that tokens and keys are sent to.

export { type ChallengeOptions, refusalReply, type RefusalReply } from "./challenge.js";
export { type Confirmation, type Kind, Principal, requireScopes } from "./principal.js";
export type { ProofMemory } from "./proof.js";
export { type Reason, REASONS, Refusal, type Scheme } from "./refusal.js";
export type { RequestFacts } from "./request-facts.js";
export type { UsageOptions, Use } from "./usage.js";
export type { VerifierOptions } from "./options.js";
export { createVerifier, type Verifier } from "./verifier.js";
export { authenticateRequest, refusalResponse, webFacts } from "./web.js";
export { covers, coversAll, parseScopes } from "../oauth/scope.js";
