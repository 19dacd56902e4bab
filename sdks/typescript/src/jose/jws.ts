// A JWT in compact form, taken apart and not yet believed (RFC 7515, RFC 7519).

import { decode, decodeText } from "./base64url.js";
import { type Json, optionalString, parseObject, WrongType } from "../json.js";

/** The longest token that is read, in characters. */
export const MAX_TOKEN = 16 * 1024;

/** The parts of a JWT. */
export interface Parts {
  readonly header: Json;
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
  readonly claims: Json;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** What the signature is over. */
  readonly signed: Uint8Array<ArrayBuffer>;
}

/** Takes a text apart; `undefined` when it is no JWT. */
export function takeApart(text: string, longest = MAX_TOKEN): Parts | undefined {
  if (text.length > longest) return undefined;
  const [head, body, tail, more] = text.split(".", 4);
  if (head === undefined || body === undefined || tail === undefined || more !== undefined) return undefined;
  const header = parseObject(decodeText(head) ?? "");
  const claims = parseObject(decodeText(body) ?? "");
  const signature = decode(tail);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  try {
    const alg = optionalString(header, "alg");
    if (alg === undefined) return undefined;
    const [kid, typ] = [optionalString(header, "kid"), optionalString(header, "typ")];
    const signed = new TextEncoder().encode(text.slice(0, head.length + 1 + body.length));
    return { header, alg, kid, typ, claims, signature, signed };
  } catch (error) {
    if (error instanceof WrongType) return undefined;
    throw error;
  }
}

/** Whether a text could be a JWT: three parts of which the first says so. Anything else is opaque. */
export function looksLikeJwt(text: string): boolean {
  return /^eyJ[A-Za-z0-9_-]*\.[^.]*\.[^.]*$/.test(text);
}

/** Whether `typ` is this media type, in any case and with or without `application/` (RFC 7515 section 4.1.9). */
export function typeIs(typ: string | undefined, expected: string): boolean {
  if (typ === undefined) return false;
  return typ.toLowerCase().replace(/^application\//, "") === expected.toLowerCase();
}
