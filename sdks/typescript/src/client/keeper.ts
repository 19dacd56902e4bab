// Keeps tokens, one for each purpose, and replaces them in time: one request at a time for each, early where possible, never
// losing a token that is still good. Must not know how a token is asked for.

import type { Clock } from "../clock.js";
import { LoginRequiredError, StoreError } from "../errors.js";
import { cacheKey, type Purpose, written } from "./cache-key.js";
import { schedule, type Step } from "./schedule.js";
import type { TokenStore } from "./store.js";
import { TokenSet } from "./token-set.js";

/** Asks for a token. `before` is the one that it replaces. */
export type Acquire = (before: TokenSet | undefined) => Promise<TokenSet>;

/** A token, and whether it was there already when it was asked for. */
export interface Kept {
  readonly tokens: TokenSet;
  readonly cached: boolean;
}

/** What a keeper is made with. */
export interface KeeperOptions {
  clock: Clock;
  store: TokenStore | undefined;
  /** Between 0 and 1. */
  random: () => number;
}

interface Entry {
  tokens: TokenSet | undefined;
  jitter: number;
  failedAt: number | null;
  flight: Promise<TokenSet> | undefined;
  /** The access token that an API refused. It is not handed out again, not even from the store. */
  refused: string | undefined;
}

/** How many purposes one keeper knows at most. */
const MAX_ENTRIES = 1000;

export class TokenKeeper {
  readonly #entries = new Map<string, Entry>();
  /** What is written for purposes that come again and again. */
  readonly #keys = new WeakMap<Purpose, string>();

  constructor(private readonly options: KeeperOptions) {}

  /** The kept token, where nothing is to be done about it: most calls by far, for which a promise would be the whole cost. */
  kept(purpose: Purpose): TokenSet | undefined {
    const entry = this.#entries.get(this.#key(purpose));
    const tokens = entry?.tokens;
    return entry !== undefined && tokens !== undefined && this.#step(entry, tokens) === "fresh" ? tokens : undefined;
  }

  /** A token for the purpose: the kept one while it is good, else the one that `acquire` gets. */
  async get(purpose: Purpose, acquire: Acquire): Promise<Kept> {
    const entry = this.#entry(purpose);
    if (entry.tokens === undefined && entry.flight === undefined && this.options.store !== undefined) {
      const stored = await this.#stored(await cacheKey(purpose));
      // Somebody else may have got a newer one meanwhile.
      if (entry.tokens === undefined) this.#put(entry, stored);
    }
    const { tokens } = entry;
    const step = tokens === undefined ? "block" : this.#step(entry, tokens);
    if (tokens !== undefined && step === "fresh") return { tokens, cached: true };
    const flight = this.#fly(entry, purpose, acquire);
    if (tokens !== undefined && step === "background") {
      flight.catch(() => undefined);
      return { tokens, cached: true };
    }
    try {
      return { tokens: await flight, cached: false };
    } catch (error) {
      // The last seconds of a good token are better than an error, unless there will never be another.
      const isGood = tokens !== undefined && tokens.accessToken !== entry.refused && this.#now() < tokens.expiresAt;
      if (isGood && !(error instanceof LoginRequiredError)) return { tokens, cached: true };
      throw error;
    }
  }

  /** Notes that an API refused this very token; one that came since is not touched. */
  refuse(purpose: Purpose, tokens: TokenSet): void {
    const entry = this.#entry(purpose);
    if (entry.tokens?.accessToken === tokens.accessToken) entry.refused = tokens.accessToken;
  }

  /** Puts tokens that were obtained elsewhere, a login's first, into the cache and the store. */
  async put(purpose: Purpose, tokens: TokenSet): Promise<void> {
    await this.#save(await cacheKey(purpose), tokens);
    this.#put(this.#entry(purpose), tokens);
  }

  /** What is kept at the moment, good or not. */
  async peek(purpose: Purpose): Promise<TokenSet | undefined> {
    return this.#entry(purpose).tokens ?? (await this.#stored(await cacheKey(purpose)));
  }

  /** Forgets the purpose's tokens, in the store too. */
  async forget(purpose: Purpose): Promise<void> {
    this.#entries.delete(this.#key(purpose));
    await this.#guarded(async () => this.options.store?.delete(await cacheKey(purpose)));
  }

  #entry(purpose: Purpose): Entry {
    const key = this.#key(purpose);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const entry: Entry = { tokens: undefined, jitter: 0, failedAt: null, flight: undefined, refused: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #key(purpose: Purpose): string {
    const known = this.#keys.get(purpose);
    if (known !== undefined) return known;
    const key = written(purpose);
    this.#keys.set(purpose, key);
    return key;
  }

  #step(entry: Entry, tokens: TokenSet): Step {
    if (tokens.accessToken === entry.refused) return "block";
    const now = this.#now();
    return schedule({
      lifetime: tokens.lifetime,
      jitter: entry.jitter,
      age: now - tokens.obtainedAt,
      failedAgo: entry.failedAt === null ? null : now - entry.failedAt,
    });
  }

  #fly(entry: Entry, purpose: Purpose, acquire: Acquire): Promise<TokenSet> {
    entry.flight ??= this.#replace(entry, purpose, acquire)
      .then(
        (tokens) => this.#put(entry, tokens) ?? tokens,
        (error: unknown) => {
          if (!(error instanceof StoreError)) entry.failedAt = this.#now();
          if (error instanceof LoginRequiredError) entry.tokens = undefined;
          throw error;
        },
      )
      .finally(() => {
        entry.flight = undefined;
      });
    return entry.flight;
  }

  #put(entry: Entry, tokens: TokenSet | undefined): TokenSet | undefined {
    if (tokens === undefined) return undefined;
    entry.tokens = tokens;
    entry.jitter = this.options.random();
    entry.failedAt = null;
    return tokens;
  }

  /** Gets the next token, alone among all processes where the store can lock. */
  async #replace(entry: Entry, purpose: Purpose, acquire: Acquire): Promise<TokenSet> {
    const { store } = this.options;
    if (store === undefined) return acquire(entry.tokens);
    const key = await cacheKey(purpose);
    const work = (): Promise<TokenSet> => this.#replaceStored(entry, key, acquire);
    if (store.withLock === undefined) return work();
    let outcome: { error: unknown } | undefined;
    return this.#guarded(
      () =>
        (store.withLock as NonNullable<TokenStore["withLock"]>)(key, () =>
          work().catch((error: unknown) => {
            outcome = { error };
            throw error;
          }),
        ),
      () => outcome,
    );
  }

  async #replaceStored(entry: Entry, key: string, acquire: Acquire): Promise<TokenSet> {
    const stored = await this.#stored(key);
    // Another process was faster while this one waited.
    const isOther = stored !== undefined && stored.accessToken !== entry.tokens?.accessToken;
    if (isOther && newer(stored, entry.tokens) === stored && this.#isUsable(entry, stored)) return stored;
    const before = newer(stored, entry.tokens);
    let tokens: TokenSet;
    try {
      tokens = await acquire(before);
    } catch (error) {
      if (!(error instanceof LoginRequiredError)) throw error;
      const since = await this.#stored(key);
      const isSuccessor = since !== undefined && since.refreshToken !== before?.refreshToken;
      if (isSuccessor && this.#isUsable(entry, since)) return since;
      await this.#guarded(async () => this.options.store?.delete(key));
      throw error;
    }
    try {
      await this.#save(key, tokens);
    } catch (error) {
      // The caller learns of it, but the refresh token must not be lost: the one before it is used up.
      this.#put(entry, tokens);
      throw error;
    }
    return tokens;
  }

  #isUsable(entry: Entry, tokens: TokenSet): boolean {
    if (tokens.accessToken === entry.refused) return false;
    const age = this.#now() - tokens.obtainedAt;
    return schedule({ lifetime: tokens.lifetime, jitter: 0, age, failedAgo: null }) !== "block";
  }

  async #stored(key: string): Promise<TokenSet | undefined> {
    const stored = await this.#guarded(async () => this.options.store?.get(key));
    return stored === undefined ? undefined : new TokenSet(stored);
  }

  async #save(key: string, tokens: TokenSet): Promise<void> {
    await this.#guarded(async () => this.options.store?.set(key, tokens.toStored()));
  }

  /** Runs a store's method; its errors become typed, those of the work inside a lock stay what they are. */
  async #guarded<T>(work: () => Promise<T>, inner: () => { error: unknown } | undefined = () => undefined): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const own = inner();
      if (own !== undefined) throw own.error;
      throw new StoreError("the token store failed", { cause });
    }
  }

  #now(): number {
    return this.options.clock.now();
  }
}

/** The store can lag behind this process, where it once failed to keep tokens. */
function newer(stored: TokenSet | undefined, own: TokenSet | undefined): TokenSet | undefined {
  return own !== undefined && (stored === undefined || own.obtainedAt > stored.obtainedAt) ? own : stored;
}
