// A private key that signs: client assertions, proofs of possession, and the tokens of the fake issuer. It never prints
// itself.

import { ALGORITHMS, type Algorithm, type Jwk, algorithmsOf } from "./algorithm.js";
import { encode, encodeText } from "./base64url.js";
import { PublicKey } from "./jwk.js";
import { webcrypto } from "./webcrypto.js";
import { ConfigurationError } from "../errors.js";

/** Signs JWTs with one key and one algorithm. */
export class PrivateKey {
  readonly #key: CryptoKey;

  private constructor(
    key: CryptoKey,
    /** The algorithm that it signs with. */
    readonly alg: Algorithm,
    /** Its public half. */
    readonly publicKey: PublicKey,
    /** Its name in a key set. */
    readonly kid: string | undefined,
  ) {
    this.#key = key;
  }

  /**
   * Reads a private JWK.
   *
   * @throws {ConfigurationError} when it is not one, or of a type that is not known here
   */
  static async fromJwk(jwk: Jwk): Promise<PrivateKey> {
    const [alg] = algorithmsOf(jwk);
    const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, key_ops: _ops, use: _use, ...bare } = jwk;
    const publicKey = await PublicKey.read(bare);
    if (alg === undefined || publicKey === undefined || typeof jwk.d !== "string") {
      throw new ConfigurationError("the private key is no JWK of RSA (2048 bits or more), P-256 or Ed25519");
    }
    const { key_ops: _operations, use: _purpose, alg: _alg, ...material } = jwk;
    const { subtle } = await webcrypto();
    try {
      const key = await subtle.importKey("jwk", material as JsonWebKey, ALGORITHMS[alg].key, false, ["sign"]);
      return new PrivateKey(key, alg, publicKey, typeof jwk.kid === "string" ? jwk.kid : undefined);
    } catch {
      // Not as the cause: some platforms quote the key in it.
      throw new ConfigurationError("the private key could not be read");
    }
  }

  /** Makes a new key, which cannot be exported. */
  static async generate(alg: Algorithm = "ES256", kid?: string): Promise<PrivateKey> {
    const { subtle } = await webcrypto();
    const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
    const recipe = ALGORITHMS[alg];
    const parameters = recipe.kty === "RSA" ? { ...recipe.key, ...rsa } : recipe.key;
    const pair = (await subtle.generateKey(parameters, false, ["sign", "verify"])) as CryptoKeyPair;
    const jwk = (await subtle.exportKey("jwk", pair.publicKey)) as Jwk;
    const publicKey = await PublicKey.read({ ...jwk, alg, key_ops: ["verify"] });
    if (publicKey === undefined) throw new ConfigurationError(`this platform makes no keys for ${alg}`);
    return new PrivateKey(pair.privateKey, alg, publicKey, kid);
  }

  /** A signed JWT. `alg` is the key's, whatever `header` says. */
  async sign(header: { [name: string]: unknown }, claims: { [name: string]: unknown }): Promise<string> {
    const head = encodeText(JSON.stringify({ ...header, alg: this.alg }));
    const input = `${head}.${encodeText(JSON.stringify(claims))}`;
    const { subtle } = await webcrypto();
    const data = new TextEncoder().encode(input);
    const signature = await subtle.sign(ALGORITHMS[this.alg].signature, this.#key, data);
    return `${input}.${encode(new Uint8Array(signature))}`;
  }
}
