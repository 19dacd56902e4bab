// A JWT in compact form, taken apart and not yet believed (RFC 7515, RFC 7519).

import { asciiBytes, decode, decodeText } from "./base64url.js";
import { type Json, optionalString, parseObject, WrongType } from "../json.js";

/** The longest token that is read, in characters. */
export const MAX_TOKEN = 16 * 1024;

/** What a JWT says of itself. */
export interface Head {
  readonly header: Json;
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

/** The parts of a JWT. */
export interface Parts extends Head {
  /** The header as it came. */
  readonly head: string;
  readonly claims: Json;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** What the signature is over. */
  readonly signed: Uint8Array<ArrayBuffer>;
}

/**
 * Takes a text apart; `undefined` when it is no JWT.
 *
 * @param known headers that were read before, by their text
 */
export function takeApart(text: string, longest = MAX_TOKEN, known?: ReadonlyMap<string, Head>): Parts | undefined {
  if (text.length > longest) return undefined;
  const [first, last] = [text.indexOf("."), text.lastIndexOf(".")];
  if (first === last || text.indexOf(".", first + 1) !== last) return undefined;
  const [head, tail] = [text.slice(0, first), text.slice(last + 1)];
  const read = known?.get(head) ?? readHead(head);
  if (read === undefined) return undefined;
  const claims = parseObject(decodeText(text.slice(first + 1, last)) ?? "");
  const signature = decode(tail);
  if (claims === undefined || signature === undefined) return undefined;
  const { header, alg, kid, typ } = read;
  return { header, alg, kid, typ, head, claims, signature, signed: asciiBytes(text.slice(0, last)) };
}

function readHead(text: string): Head | undefined {
  const header = parseObject(decodeText(text) ?? "");
  if (header === undefined) return undefined;
  try {
    const alg = optionalString(header, "alg");
    if (alg === undefined) return undefined;
    return { header, alg, kid: optionalString(header, "kid"), typ: optionalString(header, "typ") };
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
