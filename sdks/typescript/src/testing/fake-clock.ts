// A clock that stands still until a test moves it.

import type { Clock } from "../clock.js";

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock for tests. Whoever sleeps is woken by `advance`, in order. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #watchers: (() => void)[] = [];

  /**
   * @param now milliseconds since 1970
   */
  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const stop = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper = { at: this.#now + milliseconds, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", stop, { once: true });
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }

  /** How many are sleeping. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Resolves when at least `count` are sleeping. */
  async asleep(count = 1): Promise<void> {
    while (this.#sleepers.length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Moves the clock, and wakes those whose time has come. Negative values move it back and wake nobody. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#sleepers.filter(({ at }) => at <= this.#now).sort((one, other) => one.at - other.at);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
  }
}
