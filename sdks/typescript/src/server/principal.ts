// Who stands behind a verified credential, and what it permits. Does not print the credential.

import { coversAll, missingScopes } from "../oauth/scope.js";
import { Refusal } from "./refusal.js";

/** What kind of credential it was. */
export type Kind = "jwt" | "opaque" | "api_key";

/** What a token is bound to (RFC 7800). */
export interface Confirmation {
  readonly jkt?: string;
  readonly "x5t#S256"?: string;
}

/** What a verified credential says. */
export interface PrincipalFacts {
  readonly token: string;
  readonly kind: Kind;
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly tokenId: string | undefined;
  readonly tenant: string | undefined;
  readonly confirmation: Confirmation | undefined;
  /** The API's own identifier among `audience`. */
  readonly resource: string | undefined;
  readonly claims: { readonly [name: string]: unknown };
}

/**
 * Who asks. It has the members that MCP's `requireBearerAuth` takes (`token`, `clientId`, `scopes`, `expiresAt`,
 * `resource`).
 */
export class Principal {
  // Private members are in no print and no JSON.
  readonly #token: string;
  readonly #resource: string | undefined;
  /** What permissions are decided on: what was granted, whatever somebody writes into the public member. */
  readonly #scopes: readonly string[];
  readonly kind: Kind;
  readonly issuer: string;
  /** The user, the client itself, or `api_key:<id>`. */
  readonly subject: string;
  /** The client; for an API key, behind which there is none, the same as `subject`. */
  readonly clientId: string;
  /** The APIs that the token is for; none for an API key. */
  readonly audience: readonly string[];
  /**
   * What was granted, patterns included. Ask `permits`, which understands patterns. Frozen, and not `readonly` by type since MCP's
   * `AuthInfo` is not.
   */
  readonly scopes: string[];
  /** Seconds since 1970. */
  readonly issuedAt: number | undefined;
  /** Seconds since 1970; `undefined` for a key that does not end. */
  readonly expiresAt: number | undefined;
  readonly tokenId: string | undefined;
  /** The tenant that the token acts in, where the verifier was told its claim. */
  readonly tenant: string | undefined;
  readonly confirmation: Confirmation | undefined;
  /** Everything that the token says. */
  readonly claims: { readonly [name: string]: unknown };

  constructor(facts: PrincipalFacts) {
    this.#token = facts.token;
    this.kind = facts.kind;
    this.issuer = facts.issuer;
    this.subject = facts.subject;
    this.clientId = facts.clientId;
    this.audience = facts.audience;
    this.#scopes = Object.freeze(facts.scopes);
    this.scopes = this.#scopes as string[];
    this.issuedAt = facts.issuedAt;
    this.expiresAt = facts.expiresAt;
    this.tokenId = facts.tokenId;
    this.tenant = facts.tenant;
    this.confirmation = facts.confirmation;
    this.#resource = facts.resource;
    this.claims = facts.claims;
  }

  /** The credential itself. Not printed, and not in JSON. */
  get token(): string {
    return this.#token;
  }

  /** The API's own identifier among `audience`, where it is an address. */
  get resource(): URL | undefined {
    // Not made before somebody asks: reading an address takes longer than all checks of the claims.
    return this.#resource !== undefined && URL.canParse(this.#resource) ? new URL(this.#resource) : undefined;
  }

  /** Whether all of these permissions were granted, by name or by a pattern. What is not one permission was granted to nobody. */
  permits(...scopes: string[]): boolean {
    return coversAll(this.#scopes, scopes);
  }

  /** Those of these permissions that were not granted. */
  missing(...scopes: string[]): string[] {
    return missingScopes(this.#scopes, scopes);
  }
}

/**
 * Lets only those pass who were granted all of these permissions.
 *
 * @throws {Refusal} `scope`, with all that the request needs
 */
export function requireScopes(principal: Principal, ...scopes: string[]): void {
  if (!principal.permits(...scopes)) {
    throw new Refusal("scope", { scopes, tried: principal.confirmation?.jkt === undefined ? "Bearer" : "DPoP" });
  }
}
