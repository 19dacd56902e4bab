// Which proofs of possession were taken, in this process: a bounded number of them, of which one client has half at most. Must
// not know what a proof is.

import type { Clock } from "../clock.js";
import type { ProofMemory } from "./proof.js";
import { Refusal } from "./refusal.js";

/** How many proofs are remembered, unless somebody says otherwise. */
export const MAX_PROOFS = 100_000;

interface Entry {
  readonly proof: string;
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Remembers the proofs of this process. When it is full it refuses rather than forgets. */
export class OwnMemory implements ProofMemory {
  readonly #seen = new Set<string>();
  /** In the order in which they came, which is that of their ends; those before `#head` are gone. */
  #queue: Entry[] = [];
  #head = 0;
  readonly #byClient = new Map<string, number>();
  readonly #share: number;

  /**
   * @param longest milliseconds for which a proof is remembered at most
   */
  constructor(
    private readonly clock: Clock,
    private readonly longest: number,
    private readonly size: number = MAX_PROOFS,
  ) {
    this.#share = Math.max(1, Math.floor(size / 2));
  }

  async take(proof: string, until: number, client: string): Promise<boolean> {
    this.#forget(this.clock.now());
    if (this.#seen.has(proof)) return false;
    const own = this.#byClient.get(client) ?? 0;
    if (this.#seen.size >= this.size || own >= this.#share) throw new Refusal("unavailable");
    this.#seen.add(proof);
    this.#byClient.set(client, own + 1);
    this.#queue.push({ proof, client, until });
    return true;
  }

  /** Drops what has ended, and what would end too late: that came before the clock stepped back, and its proofs are too new now. */
  #forget(now: number): void {
    for (;;) {
      const first = this.#queue[this.#head];
      if (first === undefined || (now < first.until && first.until <= now + this.longest)) break;
      this.#head += 1;
      this.#seen.delete(first.proof);
      const left = (this.#byClient.get(first.client) ?? 0) - 1;
      if (left > 0) this.#byClient.set(first.client, left);
      else this.#byClient.delete(first.client);
    }
    // Moving what is left costs as much as what was dropped.
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
