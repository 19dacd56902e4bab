// base64url without padding (RFC 4648 section 5), strict: one text for each sequence of bytes.

import { isNode } from "../platform.js";

const ALPHABET = /^[A-Za-z0-9_-]*$/;
const IS_NODE = isNode();

/** The text of bytes. */
export function encode(bytes: Uint8Array): string {
  if (typeof Buffer !== "undefined") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
  }
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The text of a text's UTF-8 bytes. */
export function encodeText(text: string): string {
  return encode(new TextEncoder().encode(text));
}

/** The bytes of a text that has no characters but those of ASCII; `undefined` for any other. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  // Node's buffers share their memory with others, so that none is made for each.
  const bytes = IS_NODE ? (Buffer.from(text) as Uint8Array<ArrayBuffer>) : new TextEncoder().encode(text);
  // Every other character takes more bytes than it counts.
  return bytes.length === text.length ? bytes : undefined;
}

/** The bytes of a text; `undefined` when it has other characters, padding, or bits that mean nothing. */
export function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!ALPHABET.test(text) || text.length % 4 === 1 || hasStrayBits(text)) return undefined;
  if (typeof Buffer !== "undefined") return Buffer.from(text, "base64url") as Uint8Array<ArrayBuffer>;
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The same for a text that is known to be ASCII. Of other characters Node's decoder would look at a part alone. */
export function decodeAscii(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!IS_NODE) return decode(text);
  if (text.length % 4 === 1 || text.includes("+") || text.includes("/") || hasStrayBits(text)) return undefined;
  const bytes = Buffer.from(text, "base64url") as Uint8Array<ArrayBuffer>;
  // It reads both alphabets, and passes over characters of neither: then there are bytes missing.
  return bytes.length === (text.length * 3) >> 2 ? bytes : undefined;
}

/** The UTF-8 text whose bytes these are; `undefined` when they are none. */
export function utf8(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  if (IS_NODE && Buffer.isBuffer(bytes)) {
    const text = bytes.toString();
    // As many characters as bytes: all of them ASCII, if none stands for what is none.
    if (text.length === bytes.length && !text.includes("\uFFFD")) return text;
  }
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether the last character has bits beyond the last byte, as `QQ` and `QR` both would mean one byte. */
function hasStrayBits(text: string): boolean {
  const rest = text.length % 4;
  if (rest === 0) return false;
  const allowed = rest === 2 ? "AQgw" : "AEIMQUYcgkosw048";
  return !allowed.includes(text.charAt(text.length - 1));
}
