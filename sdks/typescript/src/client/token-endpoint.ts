// Requests to an issuer's endpoints for clients: authenticated, with a proof of possession where there is a key, and with
// the server's refusal as a typed error.

import { checkScopes } from "../checks.js";
import { DiscoveryError, ReplyError } from "../errors.js";
import { exchange, type Http, type Reply, retryAfter } from "../http.js";
import type { ClientAuth } from "../oauth/client-auth.js";
import type { DpopKey } from "../oauth/dpop-key.js";
import type { Metadata, MetadataSource } from "../oauth/metadata.js";
import { refusal } from "../oauth/server-error.js";
import { TokenSet } from "./token-set.js";

/** One client at one issuer. */
export class TokenEndpoint {
  constructor(
    readonly http: Http,
    readonly metadata: MetadataSource,
    readonly auth: ClientAuth,
    readonly dpop: DpopKey | undefined,
  ) {}

  /**
   * Asks for tokens.
   *
   * @throws {OAuthError} when the server refuses
   * @throws {NetworkError} when it does not answer
   * @throws {ReplyError} when its answer is none
   */
  async request(parameters: URLSearchParams): Promise<TokenSet> {
    const obtainedAt = this.http.clock.now();
    const reply = await this.post("tokenEndpoint", parameters);
    return TokenSet.parse(reply.body, obtainedAt, await this.dpop?.thumbprint());
  }

  /** Posts a form to one of the issuer's endpoints; hands over a reply that is a success. */
  async post(
    endpoint: "tokenEndpoint" | "deviceAuthorizationEndpoint" | "revocationEndpoint" | "pushedAuthorizationRequestEndpoint",
    parameters: URLSearchParams,
  ): Promise<Reply> {
    const address = required(await this.metadata.get(), endpoint);
    const first = await this.#send(address, parameters);
    const wantsNonce = this.dpop?.remember(address, first.headers) === true && refusal(first)?.code === "use_dpop_nonce";
    const reply = wantsNonce ? await this.#send(address, parameters) : first;
    // RFC 9126 section 2.2: what was pushed was created.
    if (reply.status === (endpoint === "pushedAuthorizationRequestEndpoint" ? 201 : 200)) return reply;
    throw refusal(reply) ?? new ReplyError(`the server answered ${reply.status}`, reply.status, retryAfter(reply.headers));
  }

  async #send(address: string, parameters: URLSearchParams): Promise<Reply> {
    const form = new URLSearchParams(parameters);
    const headers = new Headers({ accept: "application/json", "content-type": "application/x-www-form-urlencoded" });
    await this.auth.prove(form, headers, this.metadata.issuer, this.http.clock);
    if (this.dpop !== undefined) headers.set("dpop", await this.dpop.proof("POST", address, this.http.clock));
    return exchange(this.http, address, { method: "POST", headers, body: form.toString() });
  }
}

function required(metadata: Metadata, endpoint: keyof Metadata): string {
  const address = metadata[endpoint];
  if (typeof address === "string") return address;
  throw new DiscoveryError(`the issuer's metadata has no ${endpoint}`);
}

/**
 * The scopes that a caller gives, as one parameter.
 *
 * @throws {ConfigurationError} when it is no list, or has something that is not one scope
 */
export function scopeText(scopes: readonly string[]): string {
  checkScopes(scopes);
  return scopes.join(" ");
}
