// A client's key for proofs of possession (RFC 9449), and the nonces that servers asked it to use.

import { type Clock, seconds } from "../clock.js";
import { ConfigurationError } from "../errors.js";
import { encode } from "../jose/base64url.js";
import type { Algorithm, Jwk } from "../jose/algorithm.js";
import { PrivateKey } from "../jose/private-key.js";
import { randomBytes, sha256 } from "../jose/webcrypto.js";
import { targetUri } from "./target-uri.js";

/** How many origins' nonces are remembered. */
const MAX_NONCES = 100;

/** The methods that `fetch` sends in upper case however they are written. All others it sends as they are. */
const NORMALISED = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/** Makes proofs. Tokens that were asked for with it work with it alone. */
export class DpopKey {
  readonly #key: PrivateKey;
  readonly #nonces = new Map<string, string>();

  private constructor(key: PrivateKey) {
    this.#key = key;
  }

  /** A new key that lives as long as this process: nobody can export it. */
  static async generate(alg: Algorithm = "ES256"): Promise<DpopKey> {
    return new DpopKey(await PrivateKey.generate(alg));
  }

  /** A key that was kept, as a private JWK. */
  static async fromJwk(jwk: Jwk): Promise<DpopKey> {
    return new DpopKey(await PrivateKey.fromJwk(jwk));
  }

  /** The thumbprint that tokens are bound to (`cnf.jkt`). */
  thumbprint(): Promise<string> {
    return this.#key.publicKey.thumbprint();
  }

  /**
   * A proof for one request. With `accessToken` it is for an API, without for the authorization server.
   *
   * @param method as `fetch` is given it; the proof names what `fetch` sends
   * @throws {ConfigurationError} when the address, its query aside, is longer than 2,048 bytes, or has a percent sign that begins no
   *   encoding: no server could compare it
   */
  async proof(method: string, url: string, clock: Clock, accessToken?: string): Promise<string> {
    const { href, origin } = new URL(url);
    const [nonce, target, upper] = [this.#nonces.get(origin), targetUri(href), method.toUpperCase()];
    if (target === undefined) throw new ConfigurationError("the request's address is none that a proof could name");
    const claims = {
      jti: encode(await randomBytes(16)),
      htm: NORMALISED.includes(upper) ? upper : method,
      htu: target,
      iat: seconds(clock),
      ...(accessToken === undefined ? {} : { ath: encode(await sha256(accessToken)) }),
      ...(nonce === undefined ? {} : { nonce }),
    };
    return this.#key.sign({ typ: "dpop+jwt", jwk: this.#key.publicKey.jwk }, claims);
  }

  /** Remembers the nonce that a reply from `url` carries (RFC 9449 section 8.2). Says whether it had one. */
  remember(url: string, headers: Headers): boolean {
    const nonce = headers.get("dpop-nonce");
    if (nonce === null || nonce.length > 512) return false;
    const { origin } = new URL(url);
    this.#nonces.delete(origin);
    this.#nonces.set(origin, nonce);
    const [oldest] = this.#nonces.keys();
    if (this.#nonces.size > MAX_NONCES && oldest !== undefined) this.#nonces.delete(oldest);
    return true;
  }
}
