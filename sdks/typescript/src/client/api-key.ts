// Calling an API with an API key: the same shape as with a token, so that a caller can change from one to the other.

import { checkFunction, checkObject, checkPositive, demand } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import { API_TIMEOUT, type Fetch, platformFetch } from "../http.js";
import { Secret } from "../secret.js";
import { authorizedFetch, type Sender } from "./authorized-fetch.js";
import type { ApiClient } from "./manager.js";
import { checkedBase } from "./target.js";

/** What a client with a key is made with. */
export interface ApiKeyOptions {
  apiKey: string;
  /** The header that carries it; `authorization` sends it as a bearer token. `x-api-key` if not given. */
  header?: string | undefined;
  /** The API's address: requests go below it and nowhere else. */
  baseUrl?: string | undefined;
  /** Milliseconds until the API's reply begins; 30,000 if not given. */
  apiTimeout?: number | undefined;
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
}

/** Calls an API with a key. It is neither refreshed nor sent again. Redirects are not followed, since they would take it along. */
export class ApiKeyClient implements ApiClient {
  readonly #key: Secret;
  readonly #header: string;
  readonly #sender: Sender;

  /**
   * @throws {ConfigurationError} when an option is not what it must be
   */
  constructor(options: ApiKeyOptions) {
    checkObject(options);
    const { apiKey, header = "x-api-key", baseUrl, apiTimeout = API_TIMEOUT, clock = systemClock } = options;
    const isSendable = typeof apiKey === "string" && /^[\x21-\x7E]+$/.test(apiKey);
    demand(isSendable, "the API key is empty or has odd characters");
    demand(typeof header === "string" && /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(header), "header is no name of a header");
    checkPositive(apiTimeout, "apiTimeout");
    checkFunction(options.fetch, "fetch");
    const { fetch = platformFetch } = options;
    this.#key = new Secret(apiKey);
    this.#header = header;
    this.#sender = { fetch, clock, dpop: undefined, base: checkedBase(baseUrl), timeout: apiTimeout, follows: false };
  }

  async getAccessToken(): Promise<string> {
    return this.#key.reveal();
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const isBearer = this.#header.toLowerCase() === "authorization";
    const value = isBearer ? `Bearer ${this.#key.reveal()}` : this.#key.reveal();
    const credential = { apply: (headers: Headers) => headers.set(this.#header, value), cached: true };
    return authorizedFetch(this.#sender, async () => credential, input, init);
  }
}
