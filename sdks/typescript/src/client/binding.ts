// Which stored tokens a manager may use, by the key that they are bound to (RFC 9449).

import { ConfigurationError } from "../errors.js";
import { TokenSet } from "./token-set.js";

/**
 * The stored tokens as far as they are good for a manager with this key, or with none.
 *
 * @param own the thumbprint of the manager's key
 * @param isLogin whether they are a user's: only the user could replace them
 * @throws {ConfigurationError} when a user's tokens are bound to another key
 */
export function fitting(tokens: TokenSet, own: string | undefined, isLogin: boolean): TokenSet | undefined {
  if (tokens.tokenType === "Bearer") {
    if (own === undefined) return tokens;
    // Handed out, it would be without the protection that was asked for; its refresh token may still get one that is bound.
    return isLogin ? new TokenSet({ ...tokens.toStored(), lifetime: 0 }) : undefined;
  }
  // What was stored without its key's name is tried.
  if (own !== undefined && (tokens.jkt === undefined || tokens.jkt === own)) return tokens;
  if (!isLogin) return undefined;
  throw new ConfigurationError("the stored login is bound to a key (DPoP) that is not this manager's");
}

/** Whether it is known that tokens are not bound to another key than this. */
export function isOwn(tokens: TokenSet | undefined, own: string | undefined): boolean {
  return tokens === undefined || tokens.tokenType === "Bearer" || tokens.jkt === own;
}
