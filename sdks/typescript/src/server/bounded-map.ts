// A map that forgets: every entry has an end, and there is a most of them.

/** Keeps values until their time, and no more than `most` of them. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { value: V; from: number; until: number }>();

  constructor(readonly most: number) {}

  /** How many there are, ended ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** The value, if it has not ended at `now`. One from the future is none: the clock stepped back. */
  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (now >= entry.from && now < entry.until) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps a value from `from` until `until`; the one that was put first makes room where there is none. */
  put(key: string, value: V, from: number, until: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, from, until });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.most && oldest !== undefined) this.#entries.delete(oldest);
  }
}
