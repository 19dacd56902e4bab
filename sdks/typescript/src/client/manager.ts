// The token manager: a caller gives credentials and scopes, calls an API, and never sees a token.

import type { Clock } from "../clock.js";
import { systemClock } from "../clock.js";
import { ConfigurationError, LoginRequiredError, OAuthError } from "../errors.js";
import { API_TIMEOUT, DEFAULT_TIMEOUT, type Fetch, type Http, platformFetch } from "../http.js";
import { ClientAuth, type ClientCredentials } from "../oauth/client-auth.js";
import type { DpopKey } from "../oauth/dpop-key.js";
import { MetadataSource } from "../oauth/metadata.js";
import { authorizedFetch, type Credential, type Sender } from "./authorized-fetch.js";
import type { Purpose } from "./cache-key.js";
import { type Acquire, TokenKeeper } from "./keeper.js";
import type { TokenStore } from "./store.js";
import { scopeText, TokenEndpoint } from "./token-endpoint.js";
import { type StoredTokens, TokenSet } from "./token-set.js";

/** Something that calls an API with a credential that its caller need not know. */
export interface ApiClient {
  /** The credential, for code that must send it by itself. */
  getAccessToken(): Promise<string>;
  /** `fetch`, with the credential. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/** What every manager is made with. */
export interface ManagerOptions extends ClientCredentials {
  /** The authorization server, byte for byte as its metadata says it. */
  issuer: string;
  /** The permissions to ask for. What the server gives by default, where there are none. */
  scopes?: readonly string[] | undefined;
  /** The API that tokens are for (RFC 8707). */
  resource?: string | undefined;
  /** Requests go to this origin alone; relative addresses are below it. */
  baseUrl?: string | undefined;
  /** Keeps tokens beyond this process. Nothing does, where it is absent. */
  store?: TokenStore | undefined;
  /** Binds tokens to a key (RFC 9449). */
  dpop?: DpopKey | undefined;
  /** Milliseconds for a request to the authorization server; 10,000 if not given. */
  timeout?: number | undefined;
  /** Milliseconds until an API's reply begins; 30,000 if not given. */
  apiTimeout?: number | undefined;
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
  /** Between 0 and 1, for the jitter of refreshes. */
  random?: (() => number) | undefined;
}

/** What one token is for, where it is not what the manager's options say. */
export interface TokenRequest {
  scopes?: readonly string[] | undefined;
  resource?: string | undefined;
}

/** What the manager's options say. */
const NOTHING_ELSE: TokenRequest = {};

/** A user's tokens: of a login that was just made, or of a refresh token that was kept. */
export interface UserTokens {
  /** Any text that tells your users apart. */
  subject: string;
  tokens?: StoredTokens | undefined;
  refreshToken?: string | undefined;
}

/**
 * Gets, keeps and replaces access tokens, and calls APIs with them.
 *
 * Made with `new`, it acts for the client itself (client credentials). For a user see `AuthorizationCodeFlow`,
 * `DeviceFlow` and `OAuthTokenManager.forUser`.
 */
export class OAuthTokenManager implements ApiClient {
  readonly #endpoint: TokenEndpoint;
  readonly #keeper: TokenKeeper;
  readonly #sender: Sender;
  readonly #purpose: Purpose;

  /**
   * @throws {ConfigurationError} when the options contradict each other
   */
  constructor(options: ManagerOptions, subject?: string) {
    const clock = options.clock ?? systemClock;
    this.#endpoint = tokenEndpoint(options);
    this.#keeper = new TokenKeeper({ clock, store: options.store, random: options.random ?? Math.random });
    this.#sender = {
      fetch: this.#endpoint.http.fetch,
      clock,
      dpop: options.dpop,
      baseUrl: options.baseUrl,
      timeout: options.apiTimeout ?? API_TIMEOUT,
      follows: options.dpop === undefined,
    };
    const { issuer, clientId, resource } = options;
    this.#purpose = { issuer, clientId, subject, resource, scopes: [...(options.scopes ?? [])] };
    scopeText(this.#purpose.scopes);
    if (subject === undefined && this.#endpoint.auth.isPublic) {
      throw new ConfigurationError("a client without credentials cannot act for itself: log a user in");
    }
  }

  /**
   * A manager for a user who logged in before. With neither `tokens` nor `refreshToken` it uses what the store has for
   * this user.
   *
   * @throws {StoreError} when the tokens cannot be kept
   */
  static async forUser(options: ManagerOptions, user: UserTokens): Promise<OAuthTokenManager> {
    if (!user.subject) throw new ConfigurationError("subject is missing");
    const manager = new OAuthTokenManager(options, user.subject);
    const { refreshToken } = user;
    // A refresh token alone is like an access token that ended long ago.
    const ended: StoredTokens = { accessToken: "-", tokenType: "Bearer", obtainedAt: 0, lifetime: 0, refreshToken };
    const tokens = user.tokens ?? (refreshToken === undefined ? undefined : ended);
    if (tokens !== undefined) await manager.#keeper.put(manager.#purpose, new TokenSet(tokens));
    return manager;
  }

  /**
   * A good access token: the kept one, or a new one.
   *
   * @throws {LoginRequiredError} when only the user can go on
   * @throws {OAuthError} when the server refuses
   * @throws {NetworkError} when it does not answer, and no kept token is good
   */
  async getAccessToken(request: TokenRequest = NOTHING_ELSE): Promise<string> {
    const purpose = this.#purposeOf(request);
    const tokens = this.#keeper.kept(purpose) ?? (await this.#keeper.get(purpose, this.#acquire(request))).tokens;
    return tokens.accessToken;
  }

  /**
   * `fetch` with a token. A request that is refused with 401 is sent once more with a new token, if the token was a kept
   * one and the body can be sent again. A reply of 403 is the caller's: see `neededScopes`.
   */
  async fetch(input: string | URL | Request, init: RequestInit & TokenRequest = {}): Promise<Response> {
    const { scopes, resource, ...rest } = init;
    const request = { scopes, resource };
    return authorizedFetch(this.#sender, () => this.#credential(request), input, rest);
  }

  /**
   * Logs the user out: ends the refresh token and everything that came from it, at the server and here.
   */
  async revoke(): Promise<void> {
    const known = await this.#keeper.peek(this.#purpose);
    const token = known?.refreshToken ?? known?.accessToken;
    if (token !== undefined) await this.#endpoint.post("revocationEndpoint", new URLSearchParams({ token }));
    await this.#keeper.forget(this.#purpose);
  }

  async #credential(request: TokenRequest): Promise<Credential> {
    const purpose = this.#purposeOf(request);
    const { tokens, cached } = await this.#keeper.get(purpose, this.#acquire(request));
    return {
      apply: (headers) => headers.set("authorization", `${tokens.tokenType} ${tokens.accessToken}`),
      boundToken: tokens.tokenType === "DPoP" ? tokens.accessToken : undefined,
      cached,
      replace: () => {
        this.#keeper.refuse(purpose, tokens);
        return this.#credential(request);
      },
    };
  }

  #purposeOf({ scopes, resource }: TokenRequest): Purpose {
    if (this.#purpose.subject && (scopes !== undefined || resource !== undefined)) {
      throw new ConfigurationError("a user's token has the scopes and the resource of the login");
    }
    // The same object each time, whose key is known.
    if (scopes === undefined && resource === undefined) return this.#purpose;
    return {
      ...this.#purpose,
      scopes: scopes ?? this.#purpose.scopes,
      resource: resource ?? this.#purpose.resource,
    };
  }

  #acquire(request: TokenRequest): Acquire {
    const purpose = this.#purposeOf(request);
    return purpose.subject ? (before) => refresh(this.#endpoint, before) : () => clientCredentials(this.#endpoint, purpose);
  }
}

/** The issuer's token endpoint for these options. */
export function tokenEndpoint(options: ManagerOptions): TokenEndpoint {
  const { fetch = platformFetch } = options;
  const http: Http = { fetch, clock: options.clock ?? systemClock, timeout: options.timeout ?? DEFAULT_TIMEOUT };
  return new TokenEndpoint(http, new MetadataSource(options.issuer, http), new ClientAuth(options), options.dpop);
}

function clientCredentials(endpoint: TokenEndpoint, { scopes, resource }: Purpose): Promise<TokenSet> {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) form.set("scope", scopeText(scopes));
  if (resource) form.set("resource", resource);
  return endpoint.request(form);
}

async function refresh(endpoint: TokenEndpoint, before: TokenSet | undefined): Promise<TokenSet> {
  const refreshToken = before?.refreshToken;
  if (refreshToken === undefined) throw new LoginRequiredError("invalid_grant", "there is no refresh token", 0);
  try {
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
    return (await endpoint.request(form)).keeping(refreshToken);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== "invalid_grant") throw error;
    throw new LoginRequiredError(error.code, error.description, error.status, { cause: error });
  }
}
