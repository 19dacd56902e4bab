// Proofs of possession beside an access token (RFC 9449 section 4.3): made by the token's key, for this request, just now,
// and never seen before.

import { type Clock, seconds } from "../clock.js";
import { type Json, isObject, optionalNumber, optionalString, WrongType } from "../json.js";
import { isAlgorithm, type Jwk } from "../jose/algorithm.js";
import { encode } from "../jose/base64url.js";
import { PublicKey } from "../jose/jwk.js";
import { type Parts, takeApart, typeIs } from "../jose/jws.js";
import { constantTimeEqual, sha256 } from "../jose/webcrypto.js";
import { targetUri } from "../oauth/target-uri.js";
import { OwnMemory } from "./proof-memory.js";
import { Refusal } from "./refusal.js";

/** How long ago a proof may have been made, in seconds: less than this. */
const BEHIND = 60;
/** How far ahead of this clock a proof may be, in seconds. */
const AHEAD = 10;
/** The longest proof, in bytes. */
const MAX_PROOF = 4096;
/** The longest `jti`, in bytes. */
const MAX_JTI = 256;
/** How long a proof is remembered, in milliseconds: until it can pass no more, however far ahead it was made. */
const REMEMBERED = (BEHIND + AHEAD + 1) * 1000;

/** Header members that no proof has. */
const FORBIDDEN = ["jku", "x5u", "x5c", "crit", "b64"];

/** Remembers proofs that were taken, for several processes together. */
export interface ProofMemory {
  /**
   * Notes a proof. Whether it is new; atomic, since of two requests with one proof only one may pass.
   *
   * @param until milliseconds since 1970 after which it may be forgotten
   * @param client whose it is, so that one client cannot fill all of the memory
   */
  take(proof: string, until: number, client: string): Promise<boolean>;
}

/** What a proof has to be for. */
export interface ProofFor {
  method: string;
  url: string;
  token: string;
  /** The token's client. */
  client: string;
  /** The nonce that the API asks for, if it does. */
  nonce?: string | undefined;
}

/** Checks proofs, each of which passes once. */
export class ProofChecker {
  readonly #memory: ProofMemory;

  /**
   * @param size how many proofs are remembered, where there is no memory for several processes
   */
  constructor(
    private readonly clock: Clock,
    memory?: ProofMemory,
    size?: number,
  ) {
    this.#memory = memory ?? new OwnMemory(clock, size);
  }

  /**
   * Checks a proof and uses it up.
   *
   * @param jkt the thumbprint that the token is bound to
   * @throws {Refusal} with what is wrong
   */
  async check(proof: readonly string[], request: ProofFor, jkt: string): Promise<void> {
    const [text, more] = proof;
    if (text === undefined) throw new Refusal("proof_missing");
    const parts = more === undefined ? takeApart(text, MAX_PROOF) : undefined;
    if (parts === undefined || FORBIDDEN.some((member) => Object.hasOwn(parts.head.header, member))) {
      throw new Refusal("proof_malformed");
    }
    const key = await proven(parts);
    const jti = await this.#checkClaims(parts.claims, request);
    const thumbprint = await key.thumbprint();
    if (!constantTimeEqual(thumbprint, jkt)) throw new Refusal("key");
    const name = encode(await sha256(`${thumbprint} ${jti}`));
    if (!(await this.#take(name, request.client || thumbprint))) throw new Refusal("proof_replayed");
  }

  async #take(name: string, client: string): Promise<boolean> {
    try {
      return await this.#memory.take(name, this.clock.now() + REMEMBERED, client);
    } catch (cause) {
      throw cause instanceof Refusal ? cause : new Refusal("unavailable", { cause });
    }
  }

  async #checkClaims(claims: Json, request: ProofFor): Promise<string> {
    const { jti, htm, htu, iat, ath, nonce } = readClaims(claims);
    if (htm !== request.method) throw new Refusal("proof_method");
    const target = targetUri(htu);
    if (target === undefined || target !== targetUri(request.url)) throw new Refusal("proof_url");
    const now = seconds(this.clock);
    if (!(iat > now - BEHIND && iat <= now + AHEAD)) throw new Refusal("proof_time");
    const expected = encode(await sha256(request.token));
    if (ath === undefined || !constantTimeEqual(ath, expected)) throw new Refusal("proof_token_hash");
    if (request.nonce !== undefined && nonce !== request.nonce) {
      throw new Refusal("proof_nonce", { nonce: request.nonce });
    }
    return jti;
  }
}

/** The key in the header, once the signature has shown that the sender has its private half. */
async function proven(parts: Parts): Promise<PublicKey> {
  if (!typeIs(parts.head.typ, "dpop+jwt")) throw new Refusal("proof_type");
  const { alg } = parts.head;
  if (!isAlgorithm(alg)) throw new Refusal("proof_algorithm");
  const { jwk } = parts.head.header;
  const key = isObject(jwk) ? await PublicKey.read(jwk as Jwk) : undefined;
  if (key === undefined || !key.algorithms.includes(alg)) throw new Refusal("proof_key");
  if (!(await key.verifies(alg, parts.signature, parts.signed))) throw new Refusal("proof_signature");
  return key;
}

function readClaims(claims: Json) {
  try {
    const [jti, htm, htu] = [optionalString(claims, "jti"), optionalString(claims, "htm"), optionalString(claims, "htu")];
    const [iat, ath, nonce] = [optionalNumber(claims, "iat"), optionalString(claims, "ath"), optionalString(claims, "nonce")];
    if (!jti || new TextEncoder().encode(jti).length > MAX_JTI || !htm || !htu || iat === undefined) {
      throw new Refusal("proof_malformed");
    }
    return { jti, htm, htu, iat, ath, nonce };
  } catch (error) {
    throw error instanceof WrongType ? new Refusal("proof_malformed") : error;
  }
}
