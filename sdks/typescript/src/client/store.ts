// Where tokens are kept beyond this process, if anywhere. Must not know what tokens are for.

import type { StoredTokens } from "./token-set.js";

/**
 * Keeps tokens for several processes or for the next start. What it gets are secrets. An error of any method reaches the
 * caller as a `StoreError`.
 */
export interface TokenStore {
  /** The tokens that were set last under this key, if any. */
  get(key: string): Promise<StoredTokens | undefined>;
  /** Resolves when the tokens are safe: a refresh token that is lost ends the login. */
  set(key: string, tokens: StoredTokens): Promise<void>;
  /** Forgets the key. One that is not there is forgotten already. */
  delete(key: string): Promise<void>;
  /**
   * Runs `work` while nobody else, in any process, runs work for this key. Without it, processes that refresh at the same
   * time rely on the server's grace period.
   */
  withLock?<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Keeps tokens in this process: what a manager does anyway, as a store to share between managers. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, StoredTokens>();
  readonly #queues = new Map<string, Promise<unknown>>();

  async get(key: string): Promise<StoredTokens | undefined> {
    return this.#tokens.get(key);
  }

  async set(key: string, tokens: StoredTokens): Promise<void> {
    this.#tokens.set(key, tokens);
  }

  async delete(key: string): Promise<void> {
    this.#tokens.delete(key);
  }

  async withLock<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#queues.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#queues.get(key) === mine) this.#queues.delete(key);
    }
  }
}
