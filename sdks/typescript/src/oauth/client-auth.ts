// How a program proves to the authorization server that it is the client it says: with a secret or with a signature.

import { checkObject, checkText, demand } from "../checks.js";
import { type Clock, seconds } from "../clock.js";
import { encode } from "../jose/base64url.js";
import type { Jwk } from "../jose/algorithm.js";
import { PrivateKey } from "../jose/private-key.js";
import { randomBytes } from "../jose/webcrypto.js";
import { Secret } from "../secret.js";

/** The ways to authenticate, by their registered names. */
export type AuthMethod = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";

/** What a client is known by. */
export interface ClientCredentials {
  clientId: string;
  /** The client's secret, for `client_secret_basic` and `client_secret_post`. */
  clientSecret?: string | undefined;
  /** The client's private key, for `private_key_jwt`. */
  privateKey?: Jwk | undefined;
  /** How to authenticate. What the credentials allow, where it is not said: a key, else HTTP Basic, else nothing. */
  authMethod?: AuthMethod | undefined;
}

const METHODS: readonly AuthMethod[] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/** Seconds for which a signed assertion is good. */
const ASSERTION_LIFETIME = 60;

/** Adds a client's proof to requests. Does not print its secret. */
export class ClientAuth {
  readonly clientId: string;
  readonly method: AuthMethod;
  readonly #secret: Secret;
  readonly #jwk: Jwk | undefined;
  #key: Promise<PrivateKey> | undefined;

  /**
   * @throws {ConfigurationError} when the method and the credentials do not fit
   */
  constructor(credentials: ClientCredentials) {
    const { clientId, clientSecret, privateKey } = credentials;
    checkText(clientId, "clientId");
    demand(clientSecret === undefined || typeof clientSecret === "string", "clientSecret is no text");
    if (privateKey !== undefined) checkObject(privateKey);
    const natural = privateKey ? "private_key_jwt" : clientSecret ? "client_secret_basic" : "none";
    this.clientId = clientId;
    this.method = credentials.authMethod ?? natural;
    this.#secret = new Secret(clientSecret ?? "");
    this.#jwk = privateKey;
    demand(METHODS.includes(this.method), "authMethod is not known");
    const fits = this.method === "private_key_jwt" ? privateKey : this.method === "none" || clientSecret;
    demand(Boolean(fits), `${this.method} does not fit the credentials that were given`);
  }

  /** Whether this client can prove anything. */
  get isPublic(): boolean {
    return this.method === "none";
  }

  /** Adds the proof to a request for `issuer`. */
  async prove(form: URLSearchParams, headers: Headers, issuer: string, clock: Clock): Promise<void> {
    switch (this.method) {
      case "client_secret_basic": {
        // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
        const pair = `${formEncoded(this.clientId)}:${formEncoded(this.#secret.reveal())}`;
        headers.set("authorization", `Basic ${btoa(pair)}`);
        return;
      }
      case "client_secret_post":
        form.set("client_secret", this.#secret.reveal());
        break;
      case "private_key_jwt":
        form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.set("client_assertion", await this.#assertion(issuer, clock));
        break;
      case "none":
        break;
    }
    form.set("client_id", this.clientId);
  }

  async #assertion(issuer: string, clock: Clock): Promise<string> {
    this.#key ??= PrivateKey.fromJwk(this.#jwk ?? {});
    const [key, now] = [await this.#key, seconds(clock)];
    const header = key.kid === undefined ? { typ: "JWT" } : { typ: "JWT", kid: key.kid };
    return key.sign(header, {
      iss: this.clientId,
      sub: this.clientId,
      aud: issuer,
      iat: now,
      exp: now + ASSERTION_LIFETIME,
      jti: encode(await randomBytes(16)),
    });
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
