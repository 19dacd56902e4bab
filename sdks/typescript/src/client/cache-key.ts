// Under which key a token is kept, so that no token is ever used for another client, user, API or set of permissions.

import { encode } from "../jose/base64url.js";
import { sha256 } from "../jose/webcrypto.js";

/** What a token is for. */
export interface Purpose {
  readonly issuer: string;
  readonly clientId: string;
  /** The user, where the token is a user's: any text that tells your users apart. */
  readonly subject?: string | null | undefined;
  readonly resource?: string | null | undefined;
  readonly scopes: readonly string[];
}

/** The purpose as one text: netstrings, so that its parts cannot flow into one another. */
export function written(purpose: Purpose): string {
  const scopes = [...new Set(purpose.scopes)].sort(byBytes).join(" ");
  const parts = [purpose.issuer, purpose.clientId, purpose.subject ?? "", purpose.resource ?? "", scopes];
  return parts.map((part) => `${new TextEncoder().encode(part).length}:${part},`).join("");
}

/** SHA-256 of that text, base64url: good as a file's name, and it says nothing about the user. */
export async function cacheKey(purpose: Purpose): Promise<string> {
  return encode(await sha256(written(purpose)));
}

/** Scopes are ASCII, where the order of UTF-16 units is the order of bytes. */
function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
