// What an issuer says of itself (RFC 8414, OpenID Connect Discovery): found, checked, kept for a while.

import { DiscoveryError, ReplyError } from "../errors.js";
import { exchange, type Http, isSecure } from "../http.js";
import { type Json, optionalStrings, optionalString, parseObject } from "../json.js";

/** How long a document is kept, in milliseconds. */
const FRESH = 10 * 60_000;

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
  readonly jwksUri: string | undefined;
  /** Whether callbacks carry `iss` (RFC 9207). */
  readonly namesItselfInCallbacks: boolean;
  /** Ways for a client to authenticate at the token endpoint. */
  readonly tokenAuthMethods: readonly string[] | undefined;
}

/** One issuer's metadata. When it cannot be fetched again, the old document stays in use. */
export class MetadataSource {
  #known: { metadata: Metadata; until: number } | undefined;
  #flight: Promise<Metadata> | undefined;

  constructor(
    readonly issuer: string,
    private readonly http: Http,
  ) {
    if (!isSecure(issuer)) throw new DiscoveryError("the issuer must be an https address");
  }

  /**
   * The metadata.
   *
   * @throws {DiscoveryError} when the document is about another issuer, or unusable
   * @throws {NetworkError} when it cannot be fetched, and never could
   */
  async get(): Promise<Metadata> {
    if (this.#known !== undefined && this.http.clock.now() < this.#known.until) return this.#known.metadata;
    this.#flight ??= this.#refresh().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #refresh(): Promise<Metadata> {
    try {
      const metadata = await discover(this.http, this.issuer);
      this.#known = { metadata, until: this.http.clock.now() + FRESH };
    } catch (error) {
      if (this.#known === undefined || error instanceof DiscoveryError) throw error;
      this.#known = { ...this.#known, until: this.http.clock.now() + FRESH / 20 };
    }
    return this.#known.metadata;
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
