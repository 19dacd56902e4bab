// Asking the authorization server about a credential (RFC 7662): opaque tokens and API keys, and tokens whose end must be seen
// at once. Replies are kept for seconds, a bounded number of them, under hashes.

import { seconds } from "../clock.js";
import { DiscoveryError, ReplyError } from "../errors.js";
import { exchange, type Http, type Reply } from "../http.js";
import { encode } from "../jose/base64url.js";
import { sha256 } from "../jose/webcrypto.js";
import { copied, type Json, parseObject } from "../json.js";
import type { ClientAuth } from "../oauth/client-auth.js";
import type { MetadataSource } from "../oauth/metadata.js";
import { refusal } from "../oauth/server-error.js";
import { BoundedMap } from "./bounded-map.js";
import { type Expectations, judge } from "./claims.js";
import type { Kind, Principal } from "./principal.js";
import { Refusal } from "./refusal.js";
import type { Use } from "./usage.js";

/** How many replies are kept. */
export const MAX_REPLIES = 10_000;
/** How long a reply is kept, in seconds, if nobody says otherwise. */
export const CACHE_SECONDS = 10;
/** How long a reply is kept at most, in seconds: a revoked credential must not live on for longer. */
export const MAX_CACHE_SECONDS = 30;

/** The longest credential that is asked about, in characters. */
const MAX_CREDENTIAL = 16 * 1024;

/** Asks, and remembers for a moment. */
export class Introspection {
  readonly #replies = new BoundedMap<Json>(MAX_REPLIES);
  readonly #flights = new Map<string, Promise<Json>>();
  readonly #keep: number;

  /**
   * @param keep seconds for which a reply may be used again
   */
  constructor(
    private readonly metadata: MetadataSource,
    private readonly auth: ClientAuth,
    private readonly http: Http,
    private readonly expected: Expectations,
    keep = CACHE_SECONDS,
  ) {
    this.#keep = Math.min(Math.max(0, keep), MAX_CACHE_SECONDS);
  }

  /** How many replies are remembered. */
  get remembered(): number {
    return this.#replies.size;
  }

  /**
   * What the server says of a credential.
   *
   * @throws {Refusal} `inactive` when it is not good, `unavailable` when the server did not say
   */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_CREDENTIAL || !/^[\x21-\x7E]+$/.test(token)) throw new Refusal("malformed");
    // What others are told too is copied, since whoever has claims may change them.
    const reply = this.#keep > 0 ? copied(await this.#ask(token)) : await this.#ask(token);
    if (reply["active"] !== true) throw new Refusal("inactive");
    return judge(token, kindOf(reply), reply, this.expected, seconds(this.http.clock));
  }

  /**
   * Tells the server that permissions were used by this credential, where it takes no reports.
   *
   * @throws {Refusal} `unavailable` when it did not take it
   */
  async tell(token: string, scopes: readonly string[]): Promise<void> {
    await this.#send(new URLSearchParams({ token, scope: scopes.join(" ") }));
  }

  /** Whether the server takes reports of use. */
  async takesReports(): Promise<boolean> {
    return (await this.metadata.get()).usageEndpoint !== undefined;
  }

  /**
   * Reports uses, under a name: of several reports with one name the server counts the first.
   *
   * @throws {GrantdError} when the server did not take them
   */
  async report(uses: readonly Use[], id: string): Promise<void> {
    const { usageEndpoint } = await this.metadata.get();
    const lines = uses.map(({ clientId, permission, count }) => ({ client_id: clientId, permission, count }));
    const reply = await this.#post(usageEndpoint, new URLSearchParams({ uses: JSON.stringify(lines), report_id: id }));
    if (reply.status !== 200) throw new ReplyError(`the usage endpoint answered ${reply.status}`, reply.status);
  }

  async #ask(token: string): Promise<Json> {
    const key = encode(await sha256(token));
    const known = this.#replies.get(key, this.http.clock.now());
    if (known !== undefined) return known;
    // Where nothing is remembered, nobody is told what was so before they asked.
    if (this.#keep <= 0) return this.#fetch(key, token);
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = this.#fetch(key, token).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return flight;
  }

  async #fetch(key: string, token: string): Promise<Json> {
    const askedAt = this.http.clock.now();
    const reply = await this.#send(new URLSearchParams({ token }));
    const end = typeof reply["exp"] === "number" ? reply["exp"] * 1000 : Number.POSITIVE_INFINITY;
    if (this.#keep > 0) this.#replies.put(key, reply, askedAt, Math.min(askedAt + this.#keep * 1000, end));
    return reply;
  }

  async #send(form: URLSearchParams): Promise<Json> {
    try {
      const { introspectionEndpoint } = await this.metadata.get();
      const reply = await this.#post(introspectionEndpoint, form);
      const body = parseObject(reply.body);
      if (reply.status !== 200 || typeof body?.["active"] !== "boolean") {
        // Above all `invalid_client`, which is the fault of this API and not of the token.
        throw refusal(reply) ?? new ReplyError(`the introspection endpoint answered ${reply.status}`, reply.status);
      }
      return body;
    } catch (cause) {
      throw new Refusal("unavailable", { cause });
    }
  }

  /** Posts a form as the API's own client. */
  async #post(address: string | undefined, form: URLSearchParams): Promise<Reply> {
    if (address === undefined) throw new DiscoveryError("the issuer has no such endpoint");
    const headers = new Headers({ accept: "application/json", "content-type": "application/x-www-form-urlencoded" });
    await this.auth.prove(form, headers, this.metadata.issuer, this.http.clock);
    return exchange(this.http, address, { method: "POST", headers, body: form.toString() });
  }
}

/** Refresh tokens have no type: they are not for APIs. */
function kindOf(reply: Json): Kind {
  const type = reply["token_type"];
  const known: { [type: string]: Kind } = { api_key: "api_key", bearer: "opaque", dpop: "opaque" };
  const kind = typeof type === "string" && Object.hasOwn(known, type.toLowerCase()) ? known[type.toLowerCase()] : undefined;
  if (kind === undefined) throw new Refusal("type");
  return kind;
}
