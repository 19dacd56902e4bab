// What the token endpoint gave, with the time it was asked for. Prints neither token; only `toStored` hands them out.

import { ReplyError } from "../errors.js";
import { type Json, optionalNumber, optionalString, parseObject } from "../json.js";
import { REDACTED, Secret } from "../secret.js";
import { UNKNOWN_LIFETIME } from "./schedule.js";

/** The plain form of a token set, for a store. It holds secrets: keep it like a password. */
export interface StoredTokens {
  readonly accessToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  /** Milliseconds since 1970 at which it was asked for. */
  readonly obtainedAt: number;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly scope?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
  /** The thumbprint of the key that a `DPoP` token is bound to. */
  readonly jkt?: string | undefined;
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** An access token and what came with it. */
export class TokenSet {
  readonly tokenType: "Bearer" | "DPoP";
  /** Milliseconds since 1970. */
  readonly obtainedAt: number;
  /** Milliseconds. */
  readonly lifetime: number;
  /** What was granted, which can be less than was asked; `undefined` when the server did not say. */
  readonly scope: string | undefined;
  /** The thumbprint of the key that it is bound to, where it is, and where that is known. */
  readonly jkt: string | undefined;
  readonly #access: Secret;
  readonly #refresh: Secret | undefined;
  readonly #id: Secret | undefined;

  constructor(stored: StoredTokens) {
    this.tokenType = stored.tokenType;
    this.obtainedAt = stored.obtainedAt;
    this.lifetime = stored.lifetime;
    this.scope = stored.scope;
    this.jkt = stored.jkt;
    this.#access = new Secret(stored.accessToken);
    this.#refresh = stored.refreshToken === undefined ? undefined : new Secret(stored.refreshToken);
    this.#id = stored.idToken === undefined ? undefined : new Secret(stored.idToken);
  }

  /**
   * Reads a successful reply of the token endpoint (RFC 6749 section 5.1).
   *
   * @param obtainedAt milliseconds since 1970, the instant before the request was sent
   * @param jkt the thumbprint of the key by which the token was asked for, where it was
   * @throws {ReplyError} when the reply is not one
   */
  static parse(body: string, obtainedAt: number, jkt: string | undefined): TokenSet {
    const reply = parseObject(body);
    if (reply === undefined) throw new ReplyError("the token endpoint's reply is no JSON object", 200);
    try {
      return read(reply, obtainedAt, jkt);
    } catch (cause) {
      if (cause instanceof ReplyError) throw cause;
      throw new ReplyError("the token endpoint's reply is malformed", 200, undefined, { cause });
    }
  }

  get accessToken(): string {
    return this.#access.reveal();
  }

  get refreshToken(): string | undefined {
    return this.#refresh?.reveal();
  }

  /** The ID token as it came, not verified: it came over TLS from the token endpoint (OpenID Connect Core 3.1.3.7). */
  get idToken(): string | undefined {
    return this.#id?.reveal();
  }

  /** Milliseconds since 1970 at which the access token ends. */
  get expiresAt(): number {
    return this.obtainedAt + this.lifetime;
  }

  /** The same with the refresh token of before, where this reply had none (RFC 6749 section 6). */
  keeping(refreshToken: string | undefined): TokenSet {
    return this.#refresh === undefined ? new TokenSet({ ...this.toStored(), refreshToken }) : this;
  }

  /** The plain form, secrets included. */
  toStored(): StoredTokens {
    return {
      accessToken: this.accessToken,
      tokenType: this.tokenType,
      obtainedAt: this.obtainedAt,
      lifetime: this.lifetime,
      scope: this.scope,
      refreshToken: this.refreshToken,
      idToken: this.idToken,
      jkt: this.jkt,
    };
  }

  toJSON(): object {
    const { tokenType, scope, expiresAt } = this;
    return { accessToken: REDACTED, tokenType, scope, expiresAt, hasRefreshToken: this.#refresh !== undefined };
  }

  [INSPECT](): object {
    return this.toJSON();
  }
}

function read(reply: Json, obtainedAt: number, jkt: string | undefined): TokenSet {
  const accessToken = optionalString(reply, "access_token");
  const expected = jkt === undefined ? "Bearer" : "DPoP";
  if (!accessToken || !/^[\x21-\x7E]+$/.test(accessToken)) throw new ReplyError("the reply has no access token", 200);
  // A token of the wrong type would be used without the protection that was asked for (RFC 9449 section 5).
  if (optionalString(reply, "token_type")?.toLowerCase() !== expected.toLowerCase()) {
    throw new ReplyError(`the reply's token_type is not ${expected}`, 200);
  }
  const expiresIn = optionalNumber(reply, "expires_in");
  return new TokenSet({
    accessToken,
    tokenType: expected,
    obtainedAt,
    lifetime: expiresIn === undefined ? UNKNOWN_LIFETIME : Math.max(0, Math.floor(expiresIn * 1000)),
    scope: optionalString(reply, "scope"),
    refreshToken: optionalString(reply, "refresh_token"),
    idToken: optionalString(reply, "id_token"),
    jkt,
  });
}
