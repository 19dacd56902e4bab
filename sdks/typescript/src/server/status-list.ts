// Status lists (Token Status List): a signed, compressed string of bits that says which JWTs were revoked, so that an API sees
// it without asking about each token. A list that is good still is not waited for long.

import { isDue, seconds } from "../clock.js";
import { ReplyError } from "../errors.js";
import { exchange, type Http } from "../http.js";
import { decode } from "../jose/base64url.js";
import { takeApart } from "../jose/jws.js";
import { type Json, optionalNumber, optionalObject, optionalString, WrongType } from "../json.js";
import { BoundedMap } from "./bounded-map.js";
import { verifySignature } from "./jwt.js";
import type { KeySet } from "./key-set.js";
import { Refusal } from "./refusal.js";

/** How long a list is used at most, in seconds. */
const MAX_TTL = 300;
/** After a fetch that failed, in milliseconds. */
const PAUSE = 5_000;
/** How long a request is waited for, in milliseconds, as long as the list that is there has not ended. */
const PATIENCE = 1_000;
/** How large a list may become, in bytes. */
const MAX_LIST = 4 * 1024 * 1024;
/** How many lists are kept. */
const MAX_LISTS = 100;

interface List {
  readonly bits: number;
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970 after which it must not be used. */
  readonly end: number;
  /** Milliseconds since 1970 from which on, and milliseconds for how long, nobody asks or waits for another one. */
  readonly from: number;
  readonly fresh: number;
}

/** A request for a list, and how long those wait for it who have another one. */
interface Flight {
  readonly list: Promise<List>;
  patience: Promise<void> | undefined;
}

/** Looks tokens up in their lists. */
export class StatusLists {
  readonly #lists = new BoundedMap<List>(MAX_LISTS);
  /** Why lists could not be had that are not there, for as long as they are not asked for again. */
  readonly #failures = new BoundedMap<{ cause: unknown }>(MAX_LISTS);
  readonly #flights = new Map<string, Flight>();

  /**
   * @param origins where lists may be: a token must not be able to send this API anywhere else
   */
  constructor(
    private readonly issuer: string,
    private readonly origins: () => Promise<readonly string[]>,
    private readonly keys: KeySet,
    private readonly http: Http,
  ) {}

  /**
   * Refuses a token that its list calls revoked. A token without a place in a list passes.
   *
   * @throws {Refusal} `revoked`; `claim` when the place is malformed; `unavailable` when the list cannot be had
   */
  async check(claims: Json): Promise<void> {
    const place = readPlace(claims);
    if (place === undefined) return;
    const { index, uri } = place;
    if (!URL.canParse(uri) || !(await this.#origins()).includes(new URL(uri).origin)) throw new Refusal("claim");
    const { bits, bytes } = await this.#list(uri);
    const perByte = 8 / bits;
    const byte = bytes[Math.floor(index / perByte)];
    if (byte === undefined) throw new Refusal("unavailable");
    const value = (byte >> ((index % perByte) * bits)) & ((1 << bits) - 1);
    if (value !== 0) throw new Refusal("revoked");
  }

  async #origins(): Promise<readonly string[]> {
    try {
      return await this.origins();
    } catch (cause) {
      throw cause instanceof Refusal ? cause : new Refusal("unavailable", { cause });
    }
  }

  async #list(uri: string): Promise<List> {
    const now = this.http.clock.now();
    const known = this.#lists.get(uri, now);
    if (known !== undefined && !isDue(now, known.from, known.fresh)) return known;
    const failed = known === undefined ? this.#failures.get(uri, now) : undefined;
    if (failed !== undefined) throw new Refusal("unavailable", failed);
    const flight = this.#flight(uri);
    if (known !== undefined) await this.#briefly(flight, uri);
    // The next one, or the one that was there, unless it has ended meanwhile.
    const kept = known === undefined ? undefined : this.#lists.get(uri, this.http.clock.now());
    if (kept !== undefined) return kept;
    try {
      return await flight.list;
    } catch (cause) {
      throw new Refusal("unavailable", { cause });
    }
  }

  #flight(uri: string): Flight {
    const known = this.#flights.get(uri);
    if (known !== undefined) return known;
    const list = this.#fetch(uri)
      .catch((cause: unknown) => {
        this.#failed(uri, cause);
        throw cause;
      })
      .finally(() => this.#flights.delete(uri));
    list.catch(() => undefined);
    const flight: Flight = { list, patience: undefined };
    this.#flights.set(uri, flight);
    return flight;
  }

  /** Waits for a list, but not as long as the request may take: an issuer that hangs would hold up what it has not ended. */
  #briefly(flight: Flight, uri: string): Promise<void> {
    flight.patience ??= this.#wait(flight, uri).finally(() => {
      flight.patience = undefined;
    });
    return flight.patience;
  }

  async #wait(flight: Flight, uri: string): Promise<void> {
    const done = new AbortController();
    const end = this.http.clock.sleep(PATIENCE, done.signal).then(() => {
      if (!done.signal.aborted) this.#keep(uri);
    });
    await Promise.race([flight.list.then(() => undefined, () => undefined), end]);
    done.abort();
  }

  /** For a while nobody waits for another list than the one that is there; says whether there is one. */
  #keep(uri: string): boolean {
    const now = this.http.clock.now();
    const known = this.#lists.get(uri, now);
    if (known !== undefined) this.#put(uri, { ...known, from: now, fresh: PAUSE });
    return known !== undefined;
  }

  #failed(uri: string, cause: unknown): void {
    const now = this.http.clock.now();
    // A list is good until its own end, as long as no newer one can be had; not every request tries.
    if (!this.#keep(uri)) this.#failures.put(uri, { cause }, now, now + PAUSE);
  }

  #put(uri: string, list: List): void {
    // A list has the end that is signed, whatever this clock did since.
    this.#lists.put(uri, list, Number.NEGATIVE_INFINITY, list.end);
  }

  async #fetch(uri: string): Promise<List> {
    const reply = await exchange(this.http, uri, { headers: { accept: "application/statuslist+jwt" } });
    if (reply.status !== 200) throw new ReplyError(`the status list's address answered ${reply.status}`, reply.status);
    const parts = takeApart(reply.body.trim(), Number.POSITIVE_INFINITY);
    if (parts === undefined) throw new ReplyError("the status list is no JWT", 200);
    await verifySignature(parts, ["statuslist+jwt"], this.keys);
    const list = await readList(parts.claims, this.issuer, uri, seconds(this.http.clock));
    this.#put(uri, list);
    return list;
  }
}

function readPlace(claims: Json): { index: number; uri: string } | undefined {
  try {
    const status = optionalObject(claims, "status");
    const place = status === undefined ? undefined : optionalObject(status, "status_list");
    if (place === undefined) return undefined;
    const [index, uri] = [optionalNumber(place, "idx"), optionalString(place, "uri")];
    if (index === undefined || !Number.isSafeInteger(index) || index < 0 || uri === undefined) throw new Refusal("claim");
    return { index, uri };
  } catch (error) {
    throw error instanceof WrongType ? new Refusal("claim") : error;
  }
}

async function readList(claims: Json, issuer: string, uri: string, now: number): Promise<List> {
  const iss = optionalString(claims, "iss");
  const [exp, ttl] = [optionalNumber(claims, "exp"), optionalNumber(claims, "ttl") ?? MAX_TTL];
  const list = optionalObject(claims, "status_list") ?? {};
  const [bits, packed] = [optionalNumber(list, "bits"), decode(optionalString(list, "lst") ?? "!")];
  const isOwn = (iss === undefined || iss === issuer) && optionalString(claims, "sub") === uri;
  if (!isOwn || bits === undefined || ![1, 2, 4, 8].includes(bits) || packed === undefined) {
    throw new ReplyError("the status list is malformed, or another one", 200);
  }
  if (exp !== undefined && now >= exp) throw new ReplyError("the status list has ended", 200);
  const period = Math.min(Math.max(1, ttl), MAX_TTL);
  // Without an end of its own a list is used for one period and no longer.
  const end = (exp ?? now + period) * 1000;
  return { bits, bytes: await inflate(packed), from: now * 1000, fresh: period * 1000, end };
}

/** Undoes zlib's compression (RFC 1950), up to a size. */
async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > MAX_LIST) {
      await reader.cancel();
      throw new ReplyError("the status list is too large", 200);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
