// What an authorization server says when it refuses (RFC 6749 section 5.2), as a typed error.

import { OAuthError } from "../errors.js";
import type { Reply } from "../http.js";
import { parseObject } from "../json.js";

/** The server's refusal, where the reply is one. A 5xx is none, whatever its body says: it is worth another try. */
export function refusal(reply: Reply): OAuthError | undefined {
  if (reply.status < 400 || reply.status >= 500 || reply.status === 429) return undefined;
  const body = parseObject(reply.body);
  const [code, description] = [body?.["error"], body?.["error_description"]];
  if (typeof code !== "string" || !/^[\x21-\x7E]{1,100}$/.test(code)) return undefined;
  return new OAuthError(code, typeof description === "string" ? printable(description, 500) : undefined, reply.status);
}

/** A text from outside as it may be shown: short, and without characters that are none to look at, since it ends in messages and logs. */
export function printable(text: string, most: number): string {
  return text.slice(0, most).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "");
}
