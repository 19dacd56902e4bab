// The fake issuer's status list (Token Status List): places for tokens, and which of them were revoked. Must not know what signs it.

import { encode } from "../jose/base64url.js";

/** How many tokens a list has places for: a whole number of bytes. */
const PLACES = 1024;

/** Places in one list. */
export class FakeStatusList {
  readonly #places = new Map<string, number>();
  readonly #bytes = new Uint8Array(PLACES / 8);
  #next = 0;

  /** The next free place. */
  place(): number {
    if (this.#next >= PLACES) throw new Error("the fake issuer's status list is full");
    this.#next += 1;
    return this.#next - 1;
  }

  /** Notes whose place it is. */
  note(token: string, place: number): void {
    this.#places.set(token, place);
  }

  /** Calls a token revoked, where it has a place. */
  revoke(token: string): void {
    const place = this.#places.get(token);
    if (place === undefined) return;
    const at = Math.floor(place / 8);
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (1 << (place % 8));
  }

  /** What the list's `status_list` claim is. */
  async claim(): Promise<{ bits: number; lst: string }> {
    const packed = new Blob([this.#bytes.slice()]).stream().pipeThrough(new CompressionStream("deflate"));
    return { bits: 1, lst: encode(new Uint8Array(await new Response(packed).arrayBuffer())) };
  }
}
