// Status lists (Token Status List): a signed, compressed string of bits that says which JWTs were revoked, so that an API sees
// it without asking about each token.

import { seconds } from "../clock.js";
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
/** How large a list may become, in bytes. */
const MAX_LIST = 4 * 1024 * 1024;
/** How many lists are kept. */
const MAX_LISTS = 100;

interface List {
  readonly bits: number;
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970 after which it must not be used. */
  readonly end: number;
  /** Milliseconds since 1970 at which it is fetched again. */
  readonly stale: number;
}

/** Looks tokens up in their lists. */
export class StatusLists {
  readonly #lists = new BoundedMap<List>(MAX_LISTS);
  /** Why lists could not be had that are not there, for as long as they are not asked for again. */
  readonly #failures = new BoundedMap<{ cause: unknown }>(MAX_LISTS);
  readonly #flights = new Map<string, Promise<List>>();

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
    if (!URL.canParse(uri) || !(await this.origins()).includes(new URL(uri).origin)) throw new Refusal("claim");
    const { bits, bytes } = await this.#list(uri);
    const perByte = 8 / bits;
    const byte = bytes[Math.floor(index / perByte)];
    if (byte === undefined) throw new Refusal("unavailable");
    const value = (byte >> ((index % perByte) * bits)) & ((1 << bits) - 1);
    if (value !== 0) throw new Refusal("revoked");
  }

  async #list(uri: string): Promise<List> {
    const now = this.http.clock.now();
    const known = this.#lists.get(uri, now);
    if (known !== undefined && now < known.stale) return known;
    const failed = known === undefined ? this.#failures.get(uri, now) : undefined;
    if (failed !== undefined) throw new Refusal("unavailable", failed);
    let flight = this.#flights.get(uri);
    if (flight === undefined) {
      flight = this.#fetch(uri).finally(() => this.#flights.delete(uri));
      this.#flights.set(uri, flight);
    }
    try {
      return await flight;
    } catch (cause) {
      // A list is good until its own end, as long as no newer one can be had; not every request waits for the next try.
      const later = this.http.clock.now();
      const until = later + PAUSE;
      if (known !== undefined && later < known.end) {
        this.#lists.put(uri, { ...known, stale: until }, known.end);
        return known;
      }
      this.#failures.put(uri, { cause }, until);
      throw new Refusal("unavailable", { cause });
    }
  }

  async #fetch(uri: string): Promise<List> {
    const reply = await exchange(this.http, uri, { headers: { accept: "application/statuslist+jwt" } });
    if (reply.status !== 200) throw new ReplyError(`the status list's address answered ${reply.status}`, reply.status);
    const parts = takeApart(reply.body.trim(), Number.POSITIVE_INFINITY);
    if (parts === undefined) throw new ReplyError("the status list is no JWT", 200);
    await verifySignature(parts, ["statuslist+jwt"], this.keys);
    const list = await readList(parts.claims, this.issuer, uri, seconds(this.http.clock));
    this.#lists.put(uri, list, list.end);
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
  const stale = now + Math.min(Math.max(1, ttl), MAX_TTL);
  // Without an end of its own a list is used for one period and no longer.
  return { bits, bytes: await inflate(packed), stale: stale * 1000, end: (exp ?? stale) * 1000 };
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
