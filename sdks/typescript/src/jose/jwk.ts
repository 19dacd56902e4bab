// Public keys from JSON: which of them verify signatures, for which algorithm, and their thumbprints (RFC 7638).

import { ALGORITHMS, type Algorithm, type Jwk, algorithmsOf } from "./algorithm.js";
import { decode, encode } from "./base64url.js";
import { sha256, webcrypto } from "./webcrypto.js";

/** Members of private and symmetric keys. A public key with one of them is a leak, and refused. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/** The shortest RSA modulus, in bytes. */
const MIN_MODULUS = 256;

/** The longest RSA exponent, in characters: a long one makes each verification slow, and proofs bring their own keys. */
const MAX_EXPONENT = 8;

/** The longest member that is read, in characters: an RSA modulus of 8192 bits and a little. */
const MAX_MEMBER = 1400;

/** A key that verifies signatures. */
export class PublicKey {
  readonly #keys: ReadonlyMap<Algorithm, CryptoKey>;

  private constructor(
    /** The public members alone. */
    readonly jwk: Jwk,
    keys: ReadonlyMap<Algorithm, CryptoKey>,
  ) {
    this.#keys = keys;
  }

  /** Reads a key; `undefined` when it is malformed, private, too short, or not for signatures that are known here. */
  static async read(jwk: Jwk): Promise<PublicKey | undefined> {
    const isForSignatures =
      (jwk.use === undefined || jwk.use === "sig") && (jwk.key_ops === undefined || isVerify(jwk.key_ops));
    const bare = publicMembers(jwk);
    if (!isForSignatures || bare === undefined) return undefined;
    const { subtle } = await webcrypto();
    const keys = new Map<Algorithm, CryptoKey>();
    try {
      for (const alg of algorithmsOf(jwk)) {
        keys.set(alg, await subtle.importKey("jwk", bare as JsonWebKey, ALGORITHMS[alg].key, true, ["verify"]));
      }
    } catch {
      return undefined;
    }
    return keys.size === 0 ? undefined : new PublicKey(bare, keys);
  }

  /** The algorithms that it may be used with. */
  get algorithms(): Algorithm[] {
    return [...this.#keys.keys()];
  }

  /** Whether `signature` is this key's over `data`. `false` when the key is not for the algorithm. */
  async verifies(alg: Algorithm, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const key = this.#keys.get(alg);
    if (key === undefined) return false;
    const { subtle } = await webcrypto();
    return await subtle.verify(ALGORITHMS[alg].signature, key, signature, data);
  }

  /** The SHA-256 thumbprint, base64url. */
  async thumbprint(): Promise<string> {
    return encode(await sha256(JSON.stringify(this.jwk)));
  }
}

/** The members that RFC 7638 hashes, in its order; `undefined` when one is missing or malformed. */
function publicMembers(jwk: Jwk): Jwk | undefined {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined;
  const names = { RSA: ["e", "kty", "n"], EC: ["crv", "kty", "x", "y"], OKP: ["crv", "kty", "x"] }[jwk.kty ?? ""];
  if (names === undefined) return undefined;
  const bare: Jwk = {};
  for (const name of names) {
    const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
    if (typeof value !== "string" || value.length > MAX_MEMBER) return undefined;
    bare[name] = value;
  }
  const { n = "", e = "" } = bare;
  const isSound = jwk.kty !== "RSA" || ((decode(n)?.length ?? 0) >= MIN_MODULUS && e.length <= MAX_EXPONENT);
  return isSound ? bare : undefined;
}

function isVerify(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes("verify");
}
