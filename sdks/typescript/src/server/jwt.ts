// Access tokens that are JWTs (RFC 9068): the form, the key, the signature, then the claims.

import { seconds } from "../clock.js";
import type { Http } from "../http.js";
import { isAlgorithm } from "../jose/algorithm.js";
import { type Head, MAX_TOKEN, type Parts, takeApart, typeIs } from "../jose/jws.js";
import { type Expectations, judge } from "./claims.js";
import type { KeySet, NamedKey } from "./key-set.js";
import type { Principal } from "./principal.js";
import { Refusal } from "./refusal.js";

/** Header members by which a token would choose its own key, or change what is signed. */
const FORBIDDEN = ["jku", "jwk", "x5u", "x5c", "crit", "b64"];

/** How many headers are remembered, and how long one may be, in characters. */
const [MAX_HEADS, MAX_HEAD] = [64, 512];

/** Verifies JWTs of one issuer. */
export class JwtVerifier {
  /** Headers of tokens that were good: all tokens of one key have the same. */
  readonly #heads = new Map<string, Head>();

  constructor(
    private readonly keys: KeySet,
    private readonly http: Http,
    private readonly expected: Expectations,
    private readonly types: readonly string[],
  ) {}

  /**
   * Verifies a token, its binding aside: at once, where there is nothing to wait for.
   *
   * @throws {Refusal} with the first thing that is wrong
   */
  verify(token: string): Principal | Promise<Principal> {
    const parts = takeApart(token, MAX_TOKEN, this.#heads);
    if (parts === undefined) throw new Refusal("malformed");
    if (!parts.isKnown) checkHead(parts.head, this.types);
    const kept = this.keys.kept(parts.head.kid);
    if (kept === undefined) return this.#verifyLater(token, parts);
    const isGood = isSignedBy(parts, kept);
    return typeof isGood === "boolean" ? this.#judge(token, parts, isGood) : this.#verifyLater(token, parts, isGood);
  }

  async #verifyLater(token: string, parts: Parts, isGood?: Promise<boolean>): Promise<Principal> {
    return this.#judge(token, parts, await (isGood ?? isSignedBy(parts, await this.keys.find(parts.head.kid))));
  }

  #judge(token: string, parts: Parts, isGood: boolean): Principal {
    if (!isGood) throw new Refusal("signature");
    if (!parts.isKnown) this.#remember(parts);
    return judge(token, "jwt", parts.claims, this.expected, seconds(this.http.clock));
  }

  #remember({ text, head }: Parts): void {
    if (text.length > MAX_HEAD) return;
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
    this.#heads.set(text, head);
  }
}

/** Checks header and signature of any JWT of the issuer. */
export async function verifySignature(parts: Parts, types: readonly string[], keys: KeySet): Promise<void> {
  checkHead(parts.head, types);
  if (!(await isSignedBy(parts, await keys.find(parts.head.kid)))) throw new Refusal("signature");
}

function checkHead({ header, alg, typ }: Head, types: readonly string[]): void {
  if (FORBIDDEN.some((member) => Object.hasOwn(header, member))) throw new Refusal("header");
  if (!types.some((type) => typeIs(typ, type))) throw new Refusal("type");
  if (!isAlgorithm(alg)) throw new Refusal("algorithm");
}

function isSignedBy({ head, signature, signed }: Parts, found: NamedKey | undefined): boolean | Promise<boolean> {
  if (found === undefined) throw new Refusal("unknown_key");
  // The key says how it signs; the header can only agree.
  if (found.alg !== head.alg) throw new Refusal("algorithm");
  return found.key.verifies(found.alg, signature, signed);
}
