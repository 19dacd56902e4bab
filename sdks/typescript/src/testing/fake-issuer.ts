// An authorization server inside a test: keys, metadata, tokens of any shape, and whatever goes wrong. It listens nowhere: its
// `fetch` stands in for the real one.

import { encode } from "../jose/base64url.js";
import type { Algorithm, Jwk } from "../jose/algorithm.js";
import { PublicKey } from "../jose/jwk.js";
import { takeApart } from "../jose/jws.js";
import { PrivateKey } from "../jose/private-key.js";
import { sha256 } from "../jose/webcrypto.js";
import type { Fetch } from "../http.js";
import { FakeClock } from "./fake-clock.js";
import { FakeStatusList } from "./fake-status-list.js";
import { act, type FakeEndpoint, Faults } from "./faults.js";

/** What a fake issuer is made with. */
export interface FakeIssuerOptions {
  issuer?: string | undefined;
  /** What tokens are for if they do not say. */
  audience?: string | undefined;
  clock?: FakeClock | undefined;
  /** With what tokens are signed. */
  alg?: Algorithm | undefined;
}

/** Claims of a token; `undefined` takes one away that would be there. */
export type Claims = { [name: string]: unknown };

/** A request that the issuer got. */
export interface SeenRequest {
  endpoint: FakeEndpoint;
  form: URLSearchParams;
  headers: Headers;
}

/** What can be asked of another origin in the same test: an API under test. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** A fake issuer. Everything that is public may be changed by the test. */
export class FakeIssuer {
  readonly faults = new Faults();
  /** All requests so far. */
  readonly seen: SeenRequest[] = [];
  /** Members of the metadata that differ from what is true. */
  metadata: Claims = {};
  /** Seconds that tokens live. */
  lifetime = 3600;
  /** Whether tokens that are minted from now on name a place in the status list, where `revoke` calls them revoked. */
  listsTokens = false;
  #keys: PrivateKey[] = [];
  readonly #live = new Map<string, Claims>();
  readonly #codes = new Map<string, { challenge: string; scope: string }>();
  readonly #pushed = new Map<string, URLSearchParams>();
  readonly #list = new FakeStatusList();
  /** Which login tokens came from. */
  readonly #logins = new Map<string, string>();
  readonly #apis = new Map<string, Handler>();
  #serial = 0;

  private constructor(
    readonly issuer: string,
    readonly audience: string,
    readonly clock: FakeClock,
    readonly alg: Algorithm,
  ) {}

  /** Makes one, with a key. */
  static async create(options: FakeIssuerOptions = {}): Promise<FakeIssuer> {
    const { issuer = "https://id.example.test", audience = "https://api.example.test" } = options;
    const fake = new FakeIssuer(issuer, audience, options.clock ?? new FakeClock(), options.alg ?? "ES256");
    await fake.rotateKeys();
    return fake;
  }

  /** How many requests an endpoint got. */
  count(endpoint: FakeEndpoint): number {
    return this.seen.filter((request) => request.endpoint === endpoint).length;
  }

  /** A new key signs from now on; the old ones stay published. */
  async rotateKeys(): Promise<void> {
    this.#serial += 1;
    this.#keys.unshift(await PrivateKey.generate(this.alg, `key-${this.#serial}`));
  }

  /** What is published at `jwks_uri`. */
  jwks(): { keys: Jwk[] } {
    return { keys: this.#keys.map(({ kid, alg, publicKey }) => ({ ...publicKey.jwk, kid, alg, use: "sig" }) as Jwk) };
  }

  /** A signed access token. Claims and header members replace those that a good token has. */
  async mint(claims: Claims = {}, header: Claims = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("the fake issuer has no key");
    const place = this.listsTokens ? this.#list.place() : undefined;
    const listed = place === undefined ? {} : { status: { status_list: { idx: place, uri: `${this.issuer}/status/0` } } };
    const all = this.#claims({ ...listed, ...claims });
    const token = await key.sign({ typ: "at+jwt", kid: key.kid, ...header }, all);
    this.#live.set(token, { ...all, token_type: isBound(all) ? "DPoP" : "Bearer" });
    if (place !== undefined) this.#list.note(token, place);
    return token;
  }

  /** An opaque access token, for introspection. */
  mintOpaque(claims: Claims = {}): string {
    return this.#opaque("at", { ...this.#claims(claims), token_type: "Bearer", ...claims });
  }

  /** An API key, for introspection. */
  mintApiKey(claims: Claims = {}): string {
    const key = { sub: `api_key:${this.#serial + 1}`, aud: undefined, client_id: undefined, exp: undefined };
    return this.#opaque("key", { ...this.#claims({ ...key, ...claims }), token_type: "api_key" });
  }

  /** Ends a token, for introspection and in the status list. With a refresh token everything ends that came from its login. */
  revoke(token: string): void {
    const login = this.#logins.get(token);
    const all = login === undefined ? [token] : [...this.#logins].flatMap(([one, other]) => (other === login ? [one] : []));
    for (const one of all) {
      this.#live.delete(one);
      this.#list.revoke(one);
    }
  }

  /** The signed status list, as it is at its address now: good for a minute (`ttl`), and usable for an hour. */
  async statusList(): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("the fake issuer has no key");
    const iat = Math.floor(this.clock.now() / 1000);
    const claims = { sub: `${this.issuer}/status/0`, iat, ttl: 60, exp: iat + 3600, status_list: await this.#list.claim() };
    return key.sign({ typ: "statuslist+jwt", kid: key.kid }, claims);
  }

  /** What a user's browser does: takes the address of a login, says yes, and comes back with this address. */
  approve(url: string, parameters: { [name: string]: string } = {}): string {
    const asked = new URL(url).searchParams;
    const query = this.#pushed.get(asked.get("request_uri") ?? "") ?? asked;
    const code = this.#name("code");
    this.#codes.set(code, { challenge: query.get("code_challenge") ?? "", scope: query.get("scope") ?? "" });
    const callback = new URL(query.get("redirect_uri") ?? "");
    const answer = { code, state: query.get("state") ?? "", iss: this.issuer, ...parameters };
    for (const [name, value] of Object.entries(answer)) callback.searchParams.set(name, value);
    return callback.href;
  }

  /** Answers for another origin, so that an API can be tested with the same `fetch`. */
  serve(origin: string, handler: Handler): void {
    this.#apis.set(origin, handler);
  }

  /** Stands in for `fetch`. */
  readonly fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const api = this.#apis.get(url.origin);
    if (api !== undefined) return api(request);
    const endpoint = this.#endpoint(url);
    if (endpoint === undefined) return act({ status: 404 }, undefined);
    const form = new URLSearchParams(request.method === "POST" ? await request.text() : "");
    this.seen.push({ endpoint, form, headers: request.headers });
    const fault = this.faults.take(endpoint);
    if (fault !== undefined) return act(fault, init?.signal ?? undefined);
    const { status, body } = await this.#answer(endpoint, form, request);
    return act({ status, body }, undefined);
  };

  #endpoint(url: URL): FakeEndpoint | undefined {
    const base = new URL(this.issuer);
    if (url.origin !== base.origin) return undefined;
    if (url.pathname.startsWith("/.well-known/oauth-authorization-server")) return "metadata";
    const path = url.pathname.slice(base.pathname.replace(/\/$/, "").length);
    const paths: { [path: string]: FakeEndpoint } = {
      "/jwks.json": "jwks",
      "/token": "token",
      "/introspect": "introspection",
      "/revoke": "revocation",
      "/par": "pushed",
      "/device/code": "device",
      "/usage": "usage",
    };
    return path.startsWith("/status/") ? "status" : paths[path];
  }

  async #answer(endpoint: FakeEndpoint, form: URLSearchParams, request: Request): Promise<Answer> {
    switch (endpoint) {
      case "metadata":
        return { status: 200, body: this.#document() };
      case "jwks":
        return { status: 200, body: this.jwks() };
      case "introspection":
        return { status: 200, body: this.#introspect(form.get("token") ?? "") };
      case "device":
        return { status: 200, body: this.#deviceCode() };
      case "token":
        return this.#token(form, await boundTo(request));
      case "usage":
        return { status: 200, body: {} };
      case "revocation":
        this.revoke(form.get("token") ?? "");
        return { status: 200, body: {} };
      case "pushed":
        return this.#push(form);
      case "status":
        return request.url === `${this.issuer}/status/0` ? { status: 200, body: await this.statusList() } : { status: 404, body: {} };
    }
  }

  #document(): Claims {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      introspection_endpoint: `${this.issuer}/introspect`,
      revocation_endpoint: `${this.issuer}/revoke`,
      pushed_authorization_request_endpoint: `${this.issuer}/par`,
      grantd_usage_endpoint: `${this.issuer}/usage`,
      device_authorization_endpoint: `${this.issuer}/device/code`,
      jwks_uri: `${this.issuer}/jwks.json`,
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }

  #introspect(token: string): Claims {
    const claims = this.#live.get(token);
    const end = claims?.["exp"];
    const isLive = claims !== undefined && (typeof end !== "number" || this.clock.now() < end * 1000);
    return isLive ? { active: true, ...claims } : { active: false };
  }

  #deviceCode(): Claims {
    return {
      device_code: this.#name("device"),
      user_code: "BCDF-GHJK",
      verification_uri: `${this.issuer}/device`,
      expires_in: 600,
      interval: 5,
    };
  }

  #push(form: URLSearchParams): Answer {
    const name = `urn:ietf:params:oauth:request_uri:${this.#name("request")}`;
    this.#pushed.set(name, form);
    return { status: 201, body: { request_uri: name, expires_in: 60 } };
  }

  /** @param jkt the thumbprint of the key whose proof came along */
  async #token(form: URLSearchParams, jkt: string | undefined): Promise<Answer> {
    const refused = { status: 400, body: { error: "invalid_grant" } };
    const grant = form.get("grant_type");
    let scope = form.get("scope") ?? "";
    let login = grant === "client_credentials" ? undefined : this.#name("login");
    if (grant === "authorization_code") {
      const code = this.#codes.get(form.get("code") ?? "");
      const challenge = encode(await sha256(form.get("code_verifier") ?? ""));
      if (code?.challenge !== challenge) return refused;
      this.#codes.delete(form.get("code") ?? "");
      scope = code.scope;
    } else if (grant === "refresh_token") {
      const before = this.#live.get(form.get("refresh_token") ?? "");
      // RFC 9449 section 5: whose refresh token is bound to a key cannot refresh without it.
      if (before === undefined || before["jkt"] !== jkt) return refused;
      login = this.#logins.get(form.get("refresh_token") ?? "");
      this.#live.delete(form.get("refresh_token") ?? "");
      scope = String(before["scope"] ?? "");
    }
    const cnf = jkt === undefined ? undefined : { jkt };
    const claims = { scope, client_id: form.get("client_id") ?? "client", aud: form.get("resource") ?? this.audience, cnf };
    const [token, type] = [await this.mint(claims), jkt === undefined ? "Bearer" : "DPoP"];
    const body: Claims = { access_token: token, token_type: type, expires_in: this.lifetime, scope };
    if (login !== undefined) {
      const refreshToken = this.#opaque("rt", { scope, jkt });
      body["refresh_token"] = refreshToken;
      for (const one of [token, refreshToken]) this.#logins.set(one, login);
    }
    return { status: 200, body };
  }

  #claims(claims: Claims): Claims {
    const now = Math.floor(this.clock.now() / 1000);
    const all: Claims = {
      iss: this.issuer,
      sub: "user-1",
      aud: this.audience,
      client_id: "client",
      scope: "",
      iat: now,
      exp: now + this.lifetime,
      jti: this.#name("jti"),
      ...claims,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  #opaque(kind: string, claims: Claims): string {
    const token = `fake_${this.#name(kind)}`;
    this.#live.set(token, claims);
    return token;
  }

  #name(kind: string): string {
    this.#serial += 1;
    return `${kind}_${this.#serial}`;
  }
}

/** What an endpoint says. */
interface Answer {
  status: number;
  body: unknown;
}

function isBound({ cnf }: Claims): boolean {
  return typeof cnf === "object" && cnf !== null && "jkt" in cnf;
}

/** The thumbprint of the key in a request's proof of possession, which is believed: whoever forges one forges it against a test. */
async function boundTo(request: Request): Promise<string | undefined> {
  const jwk = takeApart(request.headers.get("dpop") ?? "")?.head.header["jwk"];
  return jwk === undefined ? undefined : (await PublicKey.read(jwk as Jwk))?.thumbprint();
}
