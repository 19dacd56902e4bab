// The token manager: a caller gives credentials and scopes, calls an API, and never sees a token.

import { checkFunction, checkIssuer, checkObject, checkPositive, checkScopes, checkText, demand } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import { ConfigurationError, LoginRequiredError, OAuthError } from "../errors.js";
import { API_TIMEOUT, DEFAULT_TIMEOUT, type Fetch, type Http, platformFetch } from "../http.js";
import { ClientAuth, type ClientCredentials } from "../oauth/client-auth.js";
import type { DpopKey } from "../oauth/dpop-key.js";
import { MetadataSource } from "../oauth/metadata.js";
import { authorizedFetch, type Credential, type Sender } from "./authorized-fetch.js";
import type { Purpose } from "./cache-key.js";
import { orAborted } from "./caller-signal.js";
import { type Acquire, type Kept, TokenKeeper } from "./keeper.js";
import type { TokenStore } from "./store.js";
import { checkedBase } from "./target.js";
import { scopeText, TokenEndpoint } from "./token-endpoint.js";
import { type StoredTokens, TokenSet } from "./token-set.js";

/** Something that calls an API with a credential that its caller need not know. */
export interface ApiClient {
  /** The credential, for code that must send it by itself. */
  getAccessToken(request?: { signal?: AbortSignal | null | undefined }): Promise<string>;
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
  /** The API's address: requests go below it and nowhere else. */
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
  /** Ends this caller's waiting, and nobody else's. */
  signal?: AbortSignal | null | undefined;
  scopes?: readonly string[] | undefined;
  resource?: string | undefined;
}

/** What the manager's options say. */
const NOTHING_ELSE: TokenRequest = {};

/** A user's tokens: of a login that was just made, or of a refresh token that was kept. */
export interface UserTokens {
  /** Any text that tells your users apart. */
  subject: string;
  /** The tokens of a login that was just made: they replace what the store has. */
  tokens?: StoredTokens | undefined;
  /** A refresh token from elsewhere. It counts where the store has nothing for this login: what is there is newer. */
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
   * @throws {ConfigurationError} when an option is not what it must be, or options contradict each other
   */
  constructor(options: ManagerOptions, subject?: string) {
    this.#endpoint = ENDPOINTS.get(options) ?? tokenEndpoint(options);
    if (subject !== undefined) checkText(subject, "subject");
    const { dpop, store, random = Math.random, clock = systemClock } = options;
    this.#keeper = new TokenKeeper({ clock, store, random, timeout: this.#endpoint.http.timeout, jkt: async () => dpop?.thumbprint() });
    this.#sender = {
      fetch: this.#endpoint.http.fetch,
      clock,
      dpop,
      base: checkedBase(options.baseUrl),
      timeout: options.apiTimeout ?? API_TIMEOUT,
      follows: dpop === undefined,
    };
    const { issuer, clientId, resource } = options;
    this.#purpose = { issuer, clientId, subject, resource, scopes: [...(options.scopes ?? [])] };
    if (subject === undefined && this.#endpoint.auth.isPublic) {
      throw new ConfigurationError("a client without credentials cannot act for itself: log a user in");
    }
  }

  /**
   * A manager for a user who logged in before. With neither `tokens` nor `refreshToken` it uses what the store has for
   * this user.
   *
   * @throws {ConfigurationError} when the login is bound to another key
   * @throws {StoreError} when the tokens cannot be kept
   */
  static async forUser(options: ManagerOptions, user: UserTokens): Promise<OAuthTokenManager> {
    checkObject(user);
    checkText(user.subject, "subject");
    const manager = new OAuthTokenManager(options, user.subject);
    const { refreshToken } = user;
    if (refreshToken !== undefined) checkText(refreshToken, "refreshToken");
    // A refresh token alone is like an access token that ended long ago.
    const ended: StoredTokens = { accessToken: "-", tokenType: "Bearer", obtainedAt: 0, lifetime: 0, refreshToken };
    const tokens = user.tokens ?? (refreshToken === undefined ? undefined : ended);
    if (tokens !== undefined) await manager.#keeper.put(manager.#purpose, new TokenSet(tokens), user.tokens !== undefined);
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
    const tokens = this.#keeper.kept(purpose) ?? (await this.#obtained(purpose, request)).tokens;
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
   * Logs the user out: ends the refresh token and everything that came from it, at the server and here, after a refresh that is
   * under way. Where the server does not answer, the login stays.
   */
  async revoke(): Promise<void> {
    await this.#keeper.end(this.#purpose, async ({ refreshToken, accessToken }) => {
      await this.#endpoint.post("revocationEndpoint", new URLSearchParams({ token: refreshToken ?? accessToken }));
    });
  }

  /** Apart from the way of a kept token, which would pay for what is captured here. */
  #obtained(purpose: Purpose, request: TokenRequest): Promise<Kept> {
    return orAborted(request.signal ?? undefined, () => this.#keeper.get(purpose, this.#acquire(request)));
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
    if (scopes !== undefined) checkScopes(scopes);
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

/** Endpoints of flows, by the flows' own copies of their options. */
const ENDPOINTS = new WeakMap<ManagerOptions, TokenEndpoint>();

/** A flow's own copy of its options, and the endpoint that its managers share, so that what the issuer says is fetched once. */
export function shared<T extends ManagerOptions>(options: T): { options: T; endpoint: TokenEndpoint } {
  const endpoint = tokenEndpoint(options);
  const own = { ...options };
  ENDPOINTS.set(own, endpoint);
  return { options: own, endpoint };
}

/** The issuer's token endpoint for these options. */
function tokenEndpoint(options: ManagerOptions): TokenEndpoint {
  checkObject(options);
  checkIssuer(options.issuer);
  for (const name of ["timeout", "apiTimeout"] as const) checkPositive(options[name], name);
  for (const name of ["fetch", "random"] as const) checkFunction(options[name], name);
  if (options.scopes !== undefined) checkScopes(options.scopes);
  demand(options.resource === undefined || typeof options.resource === "string", "resource is no text");
  checkedBase(options.baseUrl);
  const { store, fetch = platformFetch } = options;
  const isStore = store === undefined || (["get", "set", "delete"] as const).every((name) => typeof store?.[name] === "function");
  demand(isStore, "store has no functions get, set and delete");
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
