// A JWT in compact form, taken apart and not yet believed (RFC 7515, RFC 7519).

import { asciiBytes, decodeAscii, utf8 } from "./base64url.js";
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
export interface Parts {
  /** The header as it came, and what it says. */
  readonly text: string;
  readonly head: Head;
  /** Whether the header was known. */
  readonly isKnown: boolean;
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
export function takeApart(token: string, longest = MAX_TOKEN, known?: ReadonlyMap<string, Head>): Parts | undefined {
  if (token.length > longest) return undefined;
  const bytes = asciiBytes(token);
  const first = token.indexOf(".");
  const last = token.lastIndexOf(".");
  if (bytes === undefined || first === last || token.indexOf(".", first + 1) !== last) return undefined;
  const text = token.slice(0, first);
  const found = known?.get(text);
  const head = found ?? readHead(text);
  const claims = readPart(token.slice(first + 1, last));
  const signature = decodeAscii(token.slice(last + 1));
  if (head === undefined || claims === undefined || signature === undefined) return undefined;
  return { text, head, isKnown: found !== undefined, claims, signature, signed: bytes.subarray(0, last) };
}

function readHead(text: string): Head | undefined {
  const header = readPart(text);
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

function readPart(part: string): Json | undefined {
  const bytes = decodeAscii(part);
  const text = bytes === undefined ? undefined : utf8(bytes);
  return text === undefined ? undefined : parseObject(text);
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
