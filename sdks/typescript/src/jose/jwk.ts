// Public keys from JSON: which of them verify signatures, for which algorithm, and their thumbprints (RFC 7638).

import { ALGORITHMS, type Algorithm, type Jwk, algorithmsOf } from "./algorithm.js";
import { decode, encode } from "./base64url.js";
import { type NodeCrypto, nodeCrypto, sha256, webcrypto } from "./webcrypto.js";

/** Members of private and symmetric keys. A public key with one of them is a leak, and refused. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/** The shortest RSA modulus, in bits. */
const MIN_MODULUS = 2048;

/** How long a coordinate is, in bytes, on the curves that are known here. */
const COORDINATE = 32;

/** The longest RSA exponent, in characters: a long one makes each verification slow, and proofs bring their own keys. */
const MAX_EXPONENT = 8;

/** The longest member that is read, in characters: an RSA modulus of 8192 bits and a little. */
const MAX_MEMBER = 1400;

type Check = (signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>;

/** A key that verifies signatures. */
export class PublicKey {
  readonly #checks: ReadonlyMap<Algorithm, Check>;

  private constructor(
    /** The public members alone. */
    readonly jwk: Jwk,
    checks: ReadonlyMap<Algorithm, Check>,
  ) {
    this.#checks = checks;
  }

  /** Reads a key; `undefined` when it is malformed, private, too short, or not for signatures that are known here. */
  static async read(jwk: Jwk): Promise<PublicKey | undefined> {
    const isForSignatures =
      (jwk.use === undefined || jwk.use === "sig") && (jwk.key_ops === undefined || isVerify(jwk.key_ops));
    const bare = publicMembers(jwk);
    if (!isForSignatures || bare === undefined) return undefined;
    const node = await nodeCrypto();
    const checks = new Map<Algorithm, Check>();
    try {
      for (const alg of algorithmsOf(jwk)) {
        checks.set(alg, node === undefined ? await byWebCrypto(alg, bare) : byNode(node, alg, bare));
      }
    } catch {
      return undefined;
    }
    return checks.size === 0 ? undefined : new PublicKey(bare, checks);
  }

  /** The algorithms that it may be used with. */
  get algorithms(): Algorithm[] {
    return [...this.#checks.keys()];
  }

  /**
   * Whether `signature` is this key's over `data`. `false` when the key is not for the algorithm. Known at once where the
   * platform says it at once.
   */
  verifies(alg: Algorithm, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): boolean | Promise<boolean> {
    const check = this.#checks.get(alg);
    return check === undefined ? false : check(signature, data);
  }

  /** The SHA-256 thumbprint, base64url. */
  async thumbprint(): Promise<string> {
    return encode(await sha256(JSON.stringify(this.jwk)));
  }
}

async function byWebCrypto(alg: Algorithm, jwk: Jwk): Promise<Check> {
  const { key, signature: how } = ALGORITHMS[alg];
  const { subtle } = await webcrypto();
  const imported = await subtle.importKey("jwk", jwk as JsonWebKey, key, true, ["verify"]);
  return (signature, data) => subtle.verify(how, imported, signature, data);
}

function byNode(node: NodeCrypto, alg: Algorithm, jwk: Jwk): Check {
  const { digest, options, length } = ALGORITHMS[alg].node;
  const bare = node.createPublicKey({ key: jwk, format: "jwk" });
  const key = options === undefined ? bare : { key: bare, ...options };
  return (signature, data) => {
    if (length !== undefined && signature.length !== length) return false;
    try {
      return node.verify(digest, data, key, signature);
    } catch {
      // What OpenSSL cannot calculate with is no signature.
      return false;
    }
  };
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
  return (jwk.kty === "RSA" ? isRsa(bare) : isPoint(bare)) ? bare : undefined;
}

/** Whether modulus and exponent can be a key's: to the power of 1 every number is its own signature (RFC 8017 section 3.1). */
function isRsa({ n = "", e = "" }: Jwk): boolean {
  const [modulus, exponent] = [decode(n), e.length > MAX_EXPONENT ? undefined : decode(e)];
  const isOdd = ((exponent?.at(-1) ?? 0) & 1) === 1;
  return modulus !== undefined && bits(modulus) >= MIN_MODULUS && exponent !== undefined && isOdd && bits(exponent) > 1;
}

/** RFC 7518 section 6.2.1.2: coordinates have their full length. */
function isPoint({ x = "", y }: Jwk): boolean {
  return decode(x)?.length === COORDINATE && (y === undefined || decode(y)?.length === COORDINATE);
}

/** How long a number is. */
function bits(number: Uint8Array): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}

function isVerify(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes("verify");
}
