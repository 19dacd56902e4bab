// Keeps tokens, one for each purpose, and replaces them in time: one request at a time for each, early where possible, never
// losing a token that is still good. Must not know how a token is asked for.

import { type Clock, isDue } from "../clock.js";
import { LoginRequiredError, StoreError } from "../errors.js";
import { fitting, isOwn } from "./binding.js";
import { cacheKey, type Purpose, written } from "./cache-key.js";
import { isSame, newest, type Unsaved } from "./newest.js";
import { pauseAfter } from "./pause.js";
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
  /** Milliseconds that saving may take. */
  timeout: number;
  /** The thumbprint of the key that tokens are bound to, where they are. */
  jkt: () => Promise<string | undefined>;
}

interface Entry {
  tokens: TokenSet | undefined;
  /** The same, where they need no more than to be handed out: the store has them, or there is none. */
  settled: TokenSet | undefined;
  jitter: number;
  failedAt: number | null;
  flight: Promise<TokenSet> | undefined;
  /** The last failure, and when and for how many milliseconds it is handed out again where there is no usable token. */
  failure: { error: unknown; at: number; pause: number } | undefined;
  /** The end of the login, while it is under way, and afterwards in an entry that is left behind. */
  ending: Promise<void> | undefined;
  /** The access token that an API refused. It is not handed out again, not even from the store. */
  refused: string | undefined;
  /** Where the store failed to keep `tokens`. */
  unsaved: Unsaved | undefined;
  /** The attempt to keep them after all, while it is under way. */
  saving: Promise<void> | undefined;
}

/** Milliseconds between two attempts to save what the store did not keep. */
const SAVE_PAUSE = 5_000;

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
    const tokens = entry?.settled;
    return entry !== undefined && tokens !== undefined && this.#step(entry, tokens) === "fresh" ? tokens : undefined;
  }

  /** A token for the purpose: the kept one while it is good, else the one that `acquire` gets. */
  async get(purpose: Purpose, acquire: Acquire): Promise<Kept> {
    const entry = await this.#ready(purpose);
    const { tokens } = entry;
    const step = this.#stepOf(entry);
    if (step !== "block") this.#saveAgain(entry, purpose);
    if (tokens !== undefined && step === "fresh") return { tokens, cached: true };
    const isPaused = step === "block" && this.#isPaused(entry);
    const flight = isPaused ? Promise.reject(entry.failure?.error) : this.#fly(entry, purpose, acquire);
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

  /** The entry of a login that is not ending, with what the store has where there is nothing here, or nothing to ask for now. */
  async #ready(purpose: Purpose): Promise<Entry> {
    for (;;) {
      const entry = this.#entry(purpose);
      if (entry.ending === undefined) {
        if (!this.#needsStored(entry)) return entry;
        await this.#load(entry, purpose);
        // The login may have begun to end meanwhile, or have ended.
        if (entry.ending === undefined) return entry;
      }
      await entry.ending.catch(() => undefined);
    }
  }

  #needsStored(entry: Entry): boolean {
    if (this.options.store === undefined || entry.flight !== undefined) return false;
    return entry.tokens === undefined || (this.#isPaused(entry) && this.#stepOf(entry) === "block");
  }

  /** Takes what the store has; in a pause only what needs no request. */
  async #load(entry: Entry, purpose: Purpose): Promise<void> {
    const [before, isPaused] = [entry.tokens, this.#isPaused(entry)];
    const looking = this.#stored(purpose, await cacheKey(purpose));
    const stored = await (isPaused ? looking.catch(unlessUnreadable) : looking);
    // Somebody else may have got a newer one meanwhile.
    if (stored === undefined || entry.ending !== undefined || entry.tokens !== before) return;
    if (isPaused ? newest(stored, entry) === stored && this.#isUsable(entry, stored) : before === undefined) this.#put(entry, stored);
  }

  /** Notes that an API refused this very token; one that came since is not touched. */
  refuse(purpose: Purpose, tokens: TokenSet): void {
    const entry = this.#entry(purpose);
    if (entry.tokens?.accessToken === tokens.accessToken) entry.refused = tokens.accessToken;
  }

  /**
   * Puts tokens that were obtained elsewhere into the cache and the store.
   *
   * @param replaces whether they count where the store has some: a login's first do
   * @throws {ConfigurationError} when they are bound to another key
   */
  async put(purpose: Purpose, tokens: TokenSet, replaces: boolean): Promise<void> {
    const usable = fitting(tokens, await this.options.jkt(), purpose.subject !== undefined);
    const key = await cacheKey(purpose);
    await this.#alone(key, async () => {
      if (!replaces && (await this.#stored(purpose, key)) !== undefined) return;
      await this.#save(key, tokens);
      if (usable !== undefined) this.#put(this.#entry(purpose), usable);
    });
  }

  /**
   * Ends what is kept, in the store too: waits for a request that is under way, and lets `revoke` end the newest tokens. Who asks
   * for a token meanwhile waits. Where `revoke` fails everything stays as it was.
   */
  end(purpose: Purpose, revoke: (tokens: TokenSet) => Promise<void>): Promise<void> {
    const entry = this.#entry(purpose);
    // Who has seen the entry sees that it has ended, for good.
    entry.ending ??= this.#end(entry, purpose, revoke).catch((error: unknown) => {
      entry.ending = undefined;
      throw error;
    });
    return entry.ending;
  }

  async #end(entry: Entry, purpose: Purpose, revoke: (tokens: TokenSet) => Promise<void>): Promise<void> {
    while (entry.flight !== undefined || entry.saving !== undefined) await (entry.flight?.catch(() => undefined) ?? entry.saving);
    const { tokens: known, settled } = entry;
    [entry.tokens, entry.settled] = [undefined, undefined];
    try {
      const key = await cacheKey(purpose);
      await this.#alone(key, async () => {
        const stored = await this.#stored(purpose, key).catch(unlessUnreadable);
        const last = newest(stored, { tokens: known, unsaved: entry.unsaved });
        if (last !== undefined) await revoke(last);
        await this.#guarded(async () => this.options.store?.delete(key));
      });
      this.#entries.delete(this.#key(purpose));
    } catch (error) {
      [entry.tokens, entry.settled] = [known, settled];
      throw error;
    }
  }

  #entry(purpose: Purpose): Entry {
    const key = this.#key(purpose);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const nothing = { tokens: undefined, settled: undefined, unsaved: undefined, failure: undefined, refused: undefined };
    const entry: Entry = { ...nothing, jitter: 0, failedAt: null, flight: undefined, saving: undefined, ending: undefined };
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

  #stepOf(entry: Entry): Step {
    return entry.tokens === undefined ? "block" : this.#step(entry, entry.tokens);
  }

  #step(entry: Entry, tokens: TokenSet): Step {
    if (tokens.accessToken === entry.refused) return "block";
    const now = this.#now();
    return schedule({
      lifetime: tokens.lifetime,
      jitter: entry.jitter,
      age: now - tokens.obtainedAt,
      // A failure from the future says that the clock stepped back, and nothing of how long ago it was.
      failedAgo: entry.failedAt === null || now < entry.failedAt ? null : now - entry.failedAt,
    });
  }

  #fly(entry: Entry, purpose: Purpose, acquire: Acquire): Promise<TokenSet> {
    entry.flight ??= this.#replace(entry, purpose, acquire)
      .then(
        // What was kept is there already.
        (tokens) => (entry.tokens === tokens ? tokens : this.#put(entry, tokens)),
        (error: unknown) => {
          const at = this.#now();
          if (!(error instanceof StoreError)) entry.failedAt = at;
          entry.failure = { error, at, pause: pauseAfter(error) };
          if (error instanceof LoginRequiredError) [entry.tokens, entry.settled, entry.unsaved] = [undefined, undefined, undefined];
          throw error;
        },
      )
      .finally(() => {
        entry.flight = undefined;
      });
    return entry.flight;
  }

  /** @param unsaved where the store did not keep them */
  #put(entry: Entry, tokens: TokenSet, unsaved?: Unsaved): TokenSet {
    entry.tokens = tokens;
    entry.settled = unsaved === undefined ? tokens : undefined;
    entry.unsaved = unsaved;
    entry.jitter = this.options.random();
    entry.failedAt = null;
    entry.failure = undefined;
    return tokens;
  }

  /** Begins to save what the store did not keep, where it is time for it. Nobody waits, and nobody is told what comes of it. */
  #saveAgain(entry: Entry, purpose: Purpose): void {
    const { unsaved } = entry;
    if (unsaved === undefined || entry.saving !== undefined || !isDue(this.#now(), unsaved.failedAt, SAVE_PAUSE)) return;
    entry.saving = this.#saveOutdated(entry, purpose, unsaved)
      .catch(() => {
        unsaved.failedAt = this.#now();
      })
      .finally(() => {
        entry.saving = undefined;
      });
  }

  async #saveOutdated(entry: Entry, purpose: Purpose, unsaved: Unsaved): Promise<void> {
    const key = await cacheKey(purpose);
    await this.#alone(key, async () => {
      const stored = await this.#stored(purpose, key);
      const { tokens } = entry;
      // Somebody may have replaced them meanwhile, or the login may be about to end.
      if (entry.unsaved !== unsaved || tokens === undefined || entry.ending !== undefined) return;
      if (!isSame(stored, unsaved.outdated)) {
        // A new login, which counts; or the end of this one, which must not be undone.
        if (stored !== undefined) this.#put(entry, stored);
        else [entry.unsaved, entry.settled] = [undefined, tokens];
        return;
      }
      await this.#save(key, tokens);
      if (entry.unsaved === unsaved) [entry.unsaved, entry.settled] = [undefined, tokens];
    });
  }

  #isPaused({ failure }: Entry): boolean {
    return failure !== undefined && !isDue(this.#now(), failure.at, failure.pause);
  }

  /** Gets the next token, alone among all processes where the store can lock. */
  async #replace(entry: Entry, purpose: Purpose, acquire: Acquire): Promise<TokenSet> {
    if (this.options.store === undefined) return acquire(entry.tokens);
    const key = await cacheKey(purpose);
    return this.#alone(key, () => this.#replaceStored(entry, purpose, key, acquire));
  }

  /** Runs work under the store's lock, where it has one. */
  async #alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const { store } = this.options;
    if (store?.withLock === undefined) return work();
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

  async #replaceStored(entry: Entry, purpose: Purpose, key: string, acquire: Acquire): Promise<TokenSet> {
    const stored = await this.#stored(purpose, key);
    // Another process was faster while this one waited.
    const before = newest(stored, entry);
    const isOther = stored !== undefined && stored.accessToken !== entry.tokens?.accessToken;
    if (isOther && before === stored && this.#isUsable(entry, stored)) return stored;
    let tokens: TokenSet;
    try {
      tokens = await acquire(before);
    } catch (error) {
      if (!(error instanceof LoginRequiredError)) throw error;
      const since = await this.#stored(purpose, key);
      const isSuccessor = since !== undefined && since.refreshToken !== before?.refreshToken;
      if (isSuccessor && this.#isUsable(entry, since)) return since;
      // What may be bound to another key may be good with that one, and what came since is another login.
      const isOver = isSame(since, stored) && isOwn(before, await this.options.jkt());
      if (isOver) await this.#guarded(async () => this.options.store?.delete(key));
      throw error;
    }
    try {
      await this.#save(key, tokens);
    } catch (error) {
      // The caller learns of it, but the refresh token must not be lost: the one before it is used up.
      this.#put(entry, tokens, { outdated: stored, failedAt: this.#now() });
      throw error;
    }
    // Before the lock is given back, which can fail.
    return this.#put(entry, tokens);
  }

  #isUsable(entry: Entry, tokens: TokenSet): boolean {
    if (tokens.accessToken === entry.refused) return false;
    const age = this.#now() - tokens.obtainedAt;
    return schedule({ lifetime: tokens.lifetime, jitter: 0, age, failedAgo: null }) !== "block";
  }

  async #stored(purpose: Purpose, key: string): Promise<TokenSet | undefined> {
    const isLogin = purpose.subject !== undefined;
    try {
      const stored = await this.#guarded(async () => this.options.store?.get(key));
      return stored === undefined ? undefined : fitting(new TokenSet(stored), await this.options.jkt(), isLogin);
    } catch (error) {
      // The client's own tokens can be had anew; a user's are lost with the refresh token.
      if (error instanceof StoreError && !isLogin) return undefined;
      throw error;
    }
  }

  /** Saves, in a time of its own: neither who asked nor what happened before can end it. */
  async #save(key: string, tokens: TokenSet): Promise<void> {
    const { store, clock, timeout } = this.options;
    const done = new AbortController();
    const late = clock.sleep(timeout, done.signal).then(() => {
      if (!done.signal.aborted) throw new Error(`the store did not answer within ${timeout} ms`);
    });
    late.catch(() => undefined);
    try {
      await this.#guarded(() => Promise.race([(async () => store?.set(key, tokens.toStored()))(), late]));
    } finally {
      done.abort();
    }
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

/** An entry that cannot be read is none, for whoever ends it. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof StoreError)) throw error;
}
