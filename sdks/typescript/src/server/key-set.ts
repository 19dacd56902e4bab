// The issuer's public keys: fetched, kept, and fetched again at once when a token names a key that is not among them, but not as
// often as a stranger likes. A set that cannot be fetched, or has become empty, does not replace one that was good.

import { isDue } from "../clock.js";
import { exchange, type Http } from "../http.js";
import { isObject, type Json, parseObject } from "../json.js";
import { type Algorithm, isAlgorithm, type Jwk } from "../jose/algorithm.js";
import { PublicKey } from "../jose/jwk.js";
import { ReplyError } from "../errors.js";
import { Refusal } from "./refusal.js";

/** How long a set is kept, in milliseconds. */
const FRESH = 10 * 60_000;
/** Between two fetches for the sake of unknown keys, or after a failure, in milliseconds. */
const PAUSE = 30_000;
/** After a failure before there ever was a set, in milliseconds: the API may have started before its issuer. */
const FIRST_PAUSE = 1_000;
/**
 * How long a set serves that cannot be fetched again, in milliseconds. For ever would mean that whoever blocks one address keeps a
 * stolen key good.
 */
const STALE = 24 * 3_600_000;
/** How many keys of a set are read. */
const MAX_KEYS = 100;

/** A key and the one algorithm that it is for. */
export interface NamedKey {
  readonly alg: Algorithm;
  readonly key: PublicKey;
}

/** One issuer's keys. */
export class KeySet {
  #keys: ReadonlyMap<string, NamedKey> | undefined;
  /** Milliseconds since 1970. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** When the last fetch began, where it failed. */
  #failedAt = Number.NEGATIVE_INFINITY;
  /** When the last fetch for the sake of an unknown key began. */
  #soughtAt = Number.NEGATIVE_INFINITY;
  #flight: Promise<void> | undefined;
  #lastError: unknown;

  /**
   * @param address where the set is
   */
  constructor(
    private readonly address: () => Promise<string>,
    private readonly http: Http,
  ) {}

  /** The key of this name, where nobody need be waited for. */
  kept(kid: string | undefined): NamedKey | undefined {
    const now = this.http.clock.now();
    const known = kid === undefined ? undefined : this.#usable(now)?.get(kid);
    // An old set still serves while the next one is on its way.
    if (known !== undefined && isDue(now, this.#fetchedAt, FRESH) && this.#mayAsk(now)) this.#refresh().catch(() => undefined);
    return known;
  }

  /**
   * The key of this name; `undefined` when the issuer has none.
   *
   * @throws {Refusal} `unavailable` when no set could be fetched, ever or for a day
   */
  async find(kid: string | undefined): Promise<NamedKey | undefined> {
    const known = this.kept(kid);
    if (known !== undefined || kid === undefined) return known;
    // What is under way may have been answered before the key was there: it alone does not say that the key is unknown.
    const isThere = this.#flight === undefined || (await this.#refresh().then(() => true, () => false));
    const came = this.#usable(this.http.clock.now())?.get(kid);
    if (came !== undefined) return came;
    if (isThere) await this.#seek();
    const keys = this.#usable(this.http.clock.now());
    if (keys === undefined) throw new Refusal("unavailable", { cause: this.#lastError });
    return keys.get(kid);
  }

  /** Fetches the set for the sake of a key that is not in it, or because there is none yet, where that may be now. */
  async #seek(): Promise<void> {
    const now = this.http.clock.now();
    const isFirst = this.#keys === undefined;
    if (this.#flight === undefined) {
      if (!this.#mayAsk(now) || !(isFirst || isDue(now, this.#soughtAt, PAUSE))) return;
      if (!isFirst) this.#soughtAt = now;
    }
    await this.#refresh().catch(() => undefined);
  }

  #usable(now: number): ReadonlyMap<string, NamedKey> | undefined {
    return now - this.#fetchedAt < STALE ? this.#keys : undefined;
  }

  #mayAsk(now: number): boolean {
    return isDue(now, this.#failedAt, this.#keys === undefined ? FIRST_PAUSE : PAUSE);
  }

  #refresh(): Promise<void> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<void> {
    const now = this.http.clock.now();
    // Where the clock stepped back the set is due, and what is left of its day is counted from here.
    if (now < this.#fetchedAt) this.#fetchedAt = now - FRESH;
    try {
      const reply = await exchange(this.http, await this.address(), { headers: { accept: "application/json" } });
      if (reply.status !== 200) throw new ReplyError(`the key set's address answered ${reply.status}`, reply.status);
      this.#keys = await readKeys(parseObject(reply.body));
      [this.#fetchedAt, this.#failedAt] = [now, Number.NEGATIVE_INFINITY];
    } catch (error) {
      [this.#lastError, this.#failedAt] = [error, now];
      throw error;
    }
  }
}

/** The usable keys of a set. All others are passed over, one by one. */
async function readKeys(document: Json | undefined): Promise<ReadonlyMap<string, NamedKey>> {
  const members = document?.["keys"];
  if (!Array.isArray(members)) throw new ReplyError("the key set is malformed", 200);
  const keys = new Map<string, NamedKey>();
  for (const member of members.slice(0, MAX_KEYS)) {
    if (!isObject(member)) continue;
    const { kid, alg } = member;
    if (typeof kid !== "string" || typeof alg !== "string" || !isAlgorithm(alg) || keys.has(kid)) continue;
    const key = await PublicKey.read(member as Jwk);
    if (key?.algorithms.includes(alg)) keys.set(kid, { alg, key });
  }
  if (keys.size === 0) throw new ReplyError("the key set has no usable key", 200);
  return keys;
}
