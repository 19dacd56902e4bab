// Which proofs of possession were taken, in this process: a bounded number of them, of which one client has half at most. Must
// not know what a proof is.

import type { Clock } from "../clock.js";
import type { ProofMemory } from "./proof.js";
import { Refusal } from "./refusal.js";

/** How many proofs are remembered, unless somebody says otherwise. */
export const MAX_PROOFS = 100_000;

/** Milliseconds. Where an end is further ahead than this the clock had been wrong by that much: no token of that time is good. */
const DAY = 86_400_000;

interface Entry {
  readonly proof: string;
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * Remembers the proofs of this process. When it is full it refuses rather than forgets. A clock that steps back shortens no memory:
 * a proof that was taken could pass again otherwise.
 */
export class OwnMemory implements ProofMemory {
  readonly #seen = new Set<string>();
  /**
   * A heap: none ends before its parent, whose place is half its own, so that the first ends first. Ends come in order as long as
   * the clock goes forward, where adding costs one comparison.
   */
  #heap: Entry[] = [];
  /** The latest end that there ever was since the last look through all of them. */
  #latest = 0;
  readonly #byClient = new Map<string, number>();
  readonly #share: number;

  constructor(
    private readonly clock: Clock,
    private readonly size: number = MAX_PROOFS,
  ) {
    this.#share = Math.max(1, Math.floor(size / 2));
  }

  async take(proof: string, until: number, client: string): Promise<boolean> {
    const now = this.clock.now();
    if (this.#latest > now + DAY) this.#forgetFuture(now + DAY);
    this.#forget(now);
    if (this.#seen.has(proof)) return false;
    const own = this.#byClient.get(client) ?? 0;
    if (this.#seen.size >= this.size || own >= this.#share) throw new Refusal("unavailable");
    this.#seen.add(proof);
    this.#byClient.set(client, own + 1);
    this.#add({ proof, client, until });
    return true;
  }

  /** Drops what has ended. */
  #forget(now: number): void {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || now < first.until) return;
      this.#drop(first);
      const last = this.#heap.pop();
      if (last !== undefined && last !== first) this.#sink(last);
    }
  }

  /** Drops what ends after this, once for each time that the clock steps back so far. */
  #forgetFuture(bound: number): void {
    const all = this.#heap;
    [this.#heap, this.#latest] = [[], 0];
    for (const entry of all) {
      if (entry.until > bound) this.#drop(entry);
      else this.#add(entry);
    }
  }

  #drop({ proof, client }: Entry): void {
    this.#seen.delete(proof);
    const left = (this.#byClient.get(client) ?? 0) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }

  #add(entry: Entry): void {
    this.#latest = Math.max(this.#latest, entry.until);
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Entry;
      if (parent.until <= entry.until) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  /** Puts an entry into the first one's place, and those that end before it above it. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]];
      const isRight = right !== undefined && left !== undefined && right.until < left.until;
      const sooner = isRight ? right : left;
      if (sooner === undefined || entry.until <= sooner.until) break;
      heap[place] = sooner;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = entry;
  }
}
