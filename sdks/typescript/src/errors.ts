// Everything that this package throws. Each error has a `code` for programs and a message for people; where something
// else was the reason it is the `cause`. No message has a token, a key or a secret in it.

/** The common ancestor. */
export abstract class GrantdError extends Error {
  /** What went wrong, for programs. */
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The options contradict each other, or something is missing. Nothing was sent. */
export class ConfigurationError extends GrantdError {
  readonly code = "configuration";
}

/** There was no reply: no connection, or one that broke. The `cause` is what `fetch` said. */
export class NetworkError extends GrantdError {
  readonly code: string = "network";
}

/** There was no complete reply in time. */
export class TimeoutError extends NetworkError {
  override readonly code = "timeout";
}

/** A reply that is not what the standard says: not JSON, too long, a member of the wrong type, a redirect, a 5xx. */
export class ReplyError extends GrantdError {
  readonly code = "reply";

  /**
   * @param status the HTTP status of the reply
   * @param retryAfter seconds that the server asked to wait, where it did
   */
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfter?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The server's metadata cannot be trusted: above all, an `issuer` that is not the one asked. */
export class DiscoveryError extends GrantdError {
  readonly code = "discovery";
}

/** The authorization server refused (RFC 6749 section 5.2). `code` is its `error`: `invalid_client`, `invalid_grant`. */
export class OAuthError extends GrantdError {
  /**
   * @param code the server's `error`
   * @param description the server's `error_description`, where there is one
   * @param status the HTTP status, or 0 where the refusal came with a redirect
   */
  constructor(
    readonly code: string,
    readonly description: string | undefined,
    readonly status: number,
    options?: { cause?: unknown },
  ) {
    super(description === undefined ? code : `${code}: ${description}`, options);
  }
}

/** The login has ended: the refresh token is used, revoked, expired or absent. Only the user can go on, with a new login. */
export class LoginRequiredError extends OAuthError {}

/** What came back to the redirect URI belongs to no login of this user, or to another server (RFC 9207). */
export class CallbackError extends GrantdError {
  readonly code = "callback";
}

/** The token store or its lock failed. The `cause` is its error. */
export class StoreError extends GrantdError {
  readonly code = "store";
}
