// base64url without padding (RFC 4648 section 5), strict: one text for each sequence of bytes.

const ALPHABET = /^[A-Za-z0-9_-]*$/;

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

/** The bytes of a text that has no characters but those of ASCII. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  if (typeof Buffer !== "undefined") return Buffer.from(text, "latin1") as Uint8Array<ArrayBuffer>;
  return new TextEncoder().encode(text);
}

/** The bytes of a text; `undefined` when it has other characters, padding, or bits that mean nothing. */
export function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!ALPHABET.test(text) || text.length % 4 === 1 || hasStrayBits(text)) return undefined;
  // Node's buffers share their memory with others, so that none is made for each.
  if (typeof Buffer !== "undefined") return Buffer.from(text, "base64url") as Uint8Array<ArrayBuffer>;
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The UTF-8 text whose bytes these are; `undefined` when they are none. */
export function decodeText(text: string): string | undefined {
  const bytes = decode(text);
  if (bytes === undefined) return undefined;
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
