// WebCrypto, wherever it is: a global in browsers, at the edge and in Node 20; a module in Node 18.

import { isNode } from "../platform.js";

let found: Promise<Crypto> | undefined;

/** The platform's cryptography. */
export function webcrypto(): Promise<Crypto> {
  found ??= find();
  return found;
}

async function find(): Promise<Crypto> {
  const own = (globalThis as { crypto?: Crypto }).crypto;
  if (own?.subtle !== undefined) return own;
  // Not a literal: bundlers for the edge must not try to resolve it.
  const name = ["node", "crypto"].join(":");
  return ((await import(name)) as { webcrypto: Crypto }).webcrypto;
}

/** What is used of Node's own module: it verifies at once, where WebCrypto takes a thread, a promise and up to twice as long. */
export interface NodeCrypto {
  createPublicKey(input: { key: object; format: "jwk" }): object;
  verify(digest: string | null, data: Uint8Array, key: object, signature: Uint8Array): boolean;
}

let foundNode: Promise<NodeCrypto | undefined> | undefined;

/** Node's own cryptography; `undefined` elsewhere, where a module of that name is something else. */
export function nodeCrypto(): Promise<NodeCrypto | undefined> {
  foundNode ??= findNode();
  return foundNode;
}

async function findNode(): Promise<NodeCrypto | undefined> {
  if (!isNode()) return undefined;
  try {
    return (await import(["node", "crypto"].join(":"))) as NodeCrypto;
  } catch {
    return undefined;
  }
}

/** SHA-256 of bytes or of a text's UTF-8 bytes. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await (await webcrypto()).subtle.digest("SHA-256", bytes));
}

/** Random bytes of the system. */
export async function randomBytes(length: number): Promise<Uint8Array> {
  return (await webcrypto()).getRandomValues(new Uint8Array(length));
}

/** Whether two texts are the same, without telling by the time it takes where they differ. */
export function constantTimeEqual(one: string, other: string): boolean {
  const [a, b] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at % Math.max(b.length, 1)] ?? 0);
  return difference === 0;
}
