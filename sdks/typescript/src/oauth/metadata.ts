// What an issuer says of itself (RFC 8414, OpenID Connect Discovery): found, checked, kept for a while. A document that was good
// goes on being used while the issuer has a bad day, and nobody waits for the next one.

import { isDue } from "../clock.js";
import { DiscoveryError, ReplyError } from "../errors.js";
import { exchange, type Http, isSecure } from "../http.js";
import { type Json, optionalStrings, optionalString, parseObject } from "../json.js";

/** How long a document is used before the next one is fetched beside the calls, in milliseconds. */
const FRESH = 10 * 60_000;
/** How long it is used when none can be fetched, in milliseconds. */
const STALE = 24 * 3_600_000;
/** After a failure, in milliseconds. */
const PAUSE = 30_000;
/** After a failure before there ever was a document, in milliseconds: a crowd makes one request in this time. */
const FIRST_PAUSE = 1_000;

/** An issuer's metadata. Every address in it is https, or on this computer. */
export interface Metadata {
  readonly issuer: string;
  readonly tokenEndpoint: string | undefined;
  readonly authorizationEndpoint: string | undefined;
  readonly deviceAuthorizationEndpoint: string | undefined;
  readonly introspectionEndpoint: string | undefined;
  /** Where APIs report which permissions were used; grantd's own. */
  readonly usageEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  /** Where parameters of authorization requests are pushed to (RFC 9126). */
  readonly pushedAuthorizationRequestEndpoint: string | undefined;
  /** Whether the server takes pushed parameters alone. */
  readonly requiresPushedRequests: boolean;
  readonly jwksUri: string | undefined;
  /** Whether callbacks carry `iss` (RFC 9207). */
  readonly namesItselfInCallbacks: boolean;
  /** Ways for a client to authenticate at the token endpoint. */
  readonly tokenAuthMethods: readonly string[] | undefined;
}

/** One issuer's metadata. */
export class MetadataSource {
  #known: Metadata | undefined;
  /** When the known document was asked for; milliseconds since 1970. */
  #fetchedAt = 0;
  #failure: { error: unknown; at: number } | undefined;
  #flight: Promise<Metadata> | undefined;

  constructor(
    readonly issuer: string,
    private readonly http: Http,
  ) {}

  /**
   * The metadata: the known document as long as it is usable, or the one that is fetched now.
   *
   * @throws {DiscoveryError} when the document is about another issuer, or unusable, and there was no good one
   * @throws {NetworkError} when it cannot be fetched, and never could, or not for a day
   */
  async get(): Promise<Metadata> {
    const now = this.http.clock.now();
    const known = this.#known;
    if (known !== undefined) {
      // Where the clock stepped back the document is due, and what is left of its day is counted from here.
      if (now < this.#fetchedAt) this.#fetchedAt = now - FRESH;
      if (!isDue(now, this.#fetchedAt, FRESH)) return known;
    }
    const isFailing = this.#failure !== undefined && !isDue(now, this.#failure.at, known === undefined ? FIRST_PAUSE : PAUSE);
    if (known !== undefined && now - this.#fetchedAt < STALE) {
      if (!isFailing) this.#refresh().catch(() => undefined);
      return known;
    }
    if (isFailing) throw this.#failure?.error;
    return this.#refresh();
  }

  #refresh(): Promise<Metadata> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<Metadata> {
    const askedAt = this.http.clock.now();
    try {
      this.#known = await discover(this.http, this.issuer);
      this.#fetchedAt = askedAt;
      this.#failure = undefined;
      return this.#known;
    } catch (error) {
      this.#failure = { error, at: this.http.clock.now() };
      throw error;
    }
  }
}

async function discover(http: Http, issuer: string): Promise<Metadata> {
  for (const address of addresses(issuer)) {
    const reply = await exchange(http, address, { headers: { accept: "application/json" } });
    if (reply.status === 404) continue;
    if (reply.status !== 200) throw new ReplyError(`the metadata's address answered ${reply.status}`, reply.status);
    const document = parseObject(reply.body);
    if (document === undefined) throw new DiscoveryError("the metadata is no JSON object");
    return read(issuer, document);
  }
  throw new DiscoveryError(`no metadata at ${issuer}`);
}

/** Where the document can be: RFC 8414 section 3.1 puts the well-known part before the issuer's path, OpenID after it. */
function addresses(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

function read(issuer: string, document: Json): Metadata {
  try {
    // RFC 8414 section 3.3: byte for byte, or any server could speak for any other.
    if (optionalString(document, "issuer") !== issuer) throw new DiscoveryError("the metadata is about another issuer");
    return {
      issuer,
      tokenEndpoint: endpoint(document, "token_endpoint"),
      authorizationEndpoint: endpoint(document, "authorization_endpoint"),
      deviceAuthorizationEndpoint: endpoint(document, "device_authorization_endpoint"),
      introspectionEndpoint: endpoint(document, "introspection_endpoint"),
      usageEndpoint: endpoint(document, "grantd_usage_endpoint"),
      revocationEndpoint: endpoint(document, "revocation_endpoint"),
      pushedAuthorizationRequestEndpoint: endpoint(document, "pushed_authorization_request_endpoint"),
      requiresPushedRequests: document["require_pushed_authorization_requests"] === true,
      jwksUri: endpoint(document, "jwks_uri"),
      namesItselfInCallbacks: document["authorization_response_iss_parameter_supported"] === true,
      tokenAuthMethods: optionalStrings(document, "token_endpoint_auth_methods_supported"),
    };
  } catch (error) {
    if (error instanceof DiscoveryError) throw error;
    throw new DiscoveryError("the metadata is malformed", { cause: error });
  }
}

function endpoint(document: Json, name: string): string | undefined {
  const address = optionalString(document, name);
  if (address !== undefined && !isSecure(address)) throw new DiscoveryError(`${name} is no https address`);
  return address;
}
