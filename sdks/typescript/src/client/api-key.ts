// Calling an API with an API key: the same shape as with a token, so that a caller can change from one to the other.

import { type Clock, systemClock } from "../clock.js";
import { ConfigurationError } from "../errors.js";
import { API_TIMEOUT, type Fetch, platformFetch } from "../http.js";
import { Secret } from "../secret.js";
import { authorizedFetch } from "./authorized-fetch.js";
import type { ApiClient } from "./manager.js";

/** What a client with a key is made with. */
export interface ApiKeyOptions {
  apiKey: string;
  /** The header that carries it; `authorization` sends it as a bearer token. `x-api-key` if not given. */
  header?: string | undefined;
  /** Requests go to this origin alone; relative addresses are below it. */
  baseUrl?: string | undefined;
  /** Milliseconds until the API's reply begins; 30,000 if not given. */
  apiTimeout?: number | undefined;
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
}

/** Calls an API with a key. It is neither refreshed nor sent again. Redirects are not followed, since they would take it along. */
export class ApiKeyClient implements ApiClient {
  readonly #key: Secret;
  readonly #options: ApiKeyOptions;

  constructor({ apiKey, ...options }: ApiKeyOptions) {
    if (!/^[\x21-\x7E]+$/.test(apiKey)) throw new ConfigurationError("the API key is empty or has odd characters");
    this.#key = new Secret(apiKey);
    this.#options = { ...options, apiKey: "" };
  }

  async getAccessToken(): Promise<string> {
    return this.#key.reveal();
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { header = "x-api-key", baseUrl, apiTimeout = API_TIMEOUT, clock = systemClock } = this.#options;
    const { fetch = platformFetch } = this.#options;
    const isBearer = header.toLowerCase() === "authorization";
    const value = isBearer ? `Bearer ${this.#key.reveal()}` : this.#key.reveal();
    const credential = { apply: (headers: Headers) => headers.set(header, value), cached: true };
    const sender = { fetch, clock, dpop: undefined, baseUrl, timeout: apiTimeout, follows: false };
    return authorizedFetch(sender, async () => credential, input, init);
  }
}
