// Access tokens that are JWTs (RFC 9068): the form, the key, the signature, then the claims.

import { seconds } from "../clock.js";
import type { Http } from "../http.js";
import { isAlgorithm } from "../jose/algorithm.js";
import { type Parts, takeApart, typeIs } from "../jose/jws.js";
import { type Expectations, judge } from "./claims.js";
import type { KeySet } from "./key-set.js";
import type { Principal } from "./principal.js";
import { Refusal } from "./refusal.js";

/** Header members by which a token would choose its own key, or change what is signed. */
const FORBIDDEN = ["jku", "jwk", "x5u", "x5c", "crit", "b64"];

/** Verifies JWTs of one issuer. */
export class JwtVerifier {
  constructor(
    private readonly keys: KeySet,
    private readonly http: Http,
    private readonly expected: Expectations,
    private readonly types: readonly string[],
  ) {}

  /**
   * Verifies a token, its binding aside.
   *
   * @throws {Refusal} with the first thing that is wrong
   */
  async verify(token: string): Promise<Principal> {
    const parts = takeApart(token);
    if (parts === undefined) throw new Refusal("malformed");
    await verifySignature(parts, this.types, this.keys);
    return judge(token, "jwt", parts.claims, this.expected, seconds(this.http.clock));
  }
}

/** Checks header and signature of any JWT of the issuer. */
export async function verifySignature(parts: Parts, types: readonly string[], keys: KeySet): Promise<void> {
  if (FORBIDDEN.some((member) => Object.hasOwn(parts.header, member))) throw new Refusal("header");
  if (!types.some((type) => typeIs(parts.typ, type))) throw new Refusal("type");
  if (!isAlgorithm(parts.alg)) throw new Refusal("algorithm");
  const found = parts.kid === undefined ? undefined : await keys.find(parts.kid);
  if (found === undefined) throw new Refusal("unknown_key");
  // The key says how it signs; the header can only agree.
  if (found.alg !== parts.alg) throw new Refusal("algorithm");
  if (!(await found.key.verifies(found.alg, parts.signature, parts.signed))) throw new Refusal("signature");
}
