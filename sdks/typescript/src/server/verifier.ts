// The verifier: what an API asks about each request. It puts the parts together and decides which of them a credential needs.

import { demand } from "../checks.js";
import { systemClock } from "../clock.js";
import { DiscoveryError, GrantdError } from "../errors.js";
import { DEFAULT_TIMEOUT, type Http, platformFetch } from "../http.js";
import { decode, encode } from "../jose/base64url.js";
import { looksLikeJwt } from "../jose/jws.js";
import { constantTimeEqual, sha256 } from "../jose/webcrypto.js";
import { ClientAuth } from "../oauth/client-auth.js";
import { MetadataSource } from "../oauth/metadata.js";
import { type ChallengeOptions, refusalReply, type RefusalReply } from "./challenge.js";
import { Introspection } from "./introspection.js";
import { JwtVerifier } from "./jwt.js";
import { KeySet } from "./key-set.js";
import { type Principal, requireScopes } from "./principal.js";
import { checked, type VerifierOptions } from "./options.js";
import { ProofChecker } from "./proof.js";
import { Refusal, type Scheme } from "./refusal.js";
import { type Presented, presented, type RequestFacts } from "./request-facts.js";
import { StatusLists } from "./status-list.js";
import { Usage } from "./usage.js";

/** Verifies what requests present. */
export interface Verifier {
  /**
   * Verifies a bearer token or an API key, as text. One that is bound to a key needs a request: see `authenticate`.
   *
   * @throws {Refusal} with what is wrong
   */
  verify(token: string): Promise<Principal>;
  /**
   * Verifies what a request presents, and that it permits what the request needs.
   *
   * @throws {Refusal} with what is wrong
   */
  authenticate(request: RequestFacts, ...scopes: string[]): Promise<Principal>;
  /** Checks permissions of a principal that was verified before, and counts them as used. */
  authorize(principal: Principal, ...scopes: string[]): void;
  /** The reply to a refusal; `undefined` for any other error. */
  reply(error: unknown): RefusalReply | undefined;
  /**
   * The same for a guard: tells `onRefusal` of it.
   *
   * @param request the request as the framework has it, where it has one
   */
  refuse(error: unknown, request: unknown): RefusalReply | undefined;
  /**
   * How many uses will be in no report: those beyond 10,000 lines, and those of reports that the server refused, takes no
   * more, or did not answer for twelve hours.
   */
  readonly usageDropped: number;
  /** Sends what was counted of uses. Call it before the process ends. */
  close(): Promise<void>;
}

/**
 * Makes a verifier. Nothing is fetched before the first request.
 *
 * @throws {ConfigurationError} when an option is not what it must be, or options contradict each other
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new StandardVerifier(options);
}

class StandardVerifier implements Verifier {
  readonly #options: VerifierOptions;
  readonly #challenge: ChallengeOptions;
  readonly #origin: string | undefined;
  readonly #jwt: JwtVerifier;
  readonly #introspection: Introspection | undefined;
  readonly #lists: StatusLists;
  readonly #proofs: ProofChecker;
  readonly #usage: Usage | undefined;
  /** The request of whoever has a token alone. */
  readonly #nothing: RequestFacts;

  constructor(options: VerifierOptions) {
    const { audience, types, leeway, origin, challenge } = checked(options);
    const { clock = systemClock, fetch = platformFetch } = options;
    const http: Http = { fetch, clock, timeout: options.timeout ?? DEFAULT_TIMEOUT };
    const { issuer, tenantClaim, introspection } = options;
    const expected = { issuer, audience, leeway, tenantClaim };
    const metadata = new MetadataSource(issuer, http);
    const jwksUri = async () => (await metadata.get()).jwksUri ?? missingKeys();
    const keys = new KeySet(jwksUri, http);
    const origins = async () => [new URL(issuer).origin, new URL(await jwksUri()).origin];
    // Without the secret, so that it is in no print.
    this.#options = { ...options, introspection: undefined };
    this.#challenge = challenge;
    this.#origin = origin;
    this.#nothing = { method: "GET", url: `${issuer}/`, authorization: [] };
    this.#jwt = new JwtVerifier(keys, http, expected, types);
    this.#lists = new StatusLists(issuer, origins, keys, http);
    this.#proofs = new ProofChecker(clock, options.proofMemory, options.proofMemorySize);
    if (introspection !== undefined) {
      const auth = new ClientAuth(introspection);
      demand(!auth.isPublic, "introspection needs a client with a secret or a key");
      this.#introspection = new Introspection(metadata, auth, http, expected, introspection.cache);
    }
    if (options.usage !== undefined) this.#usage = new Usage({ ...options.usage }, this.#introspection, clock);
  }

  verify(token: string): Promise<Principal> {
    return this.#authenticate(this.#nothing, [], { token, scheme: "Bearer", isKey: false });
  }

  authenticate(request: RequestFacts, ...scopes: string[]): Promise<Principal> {
    return this.#authenticate(request, scopes);
  }

  /** @param found the request's credential, where it is known already */
  async #authenticate(request: RequestFacts, scopes: readonly string[], found?: Presented): Promise<Principal> {
    let tried: Scheme | undefined;
    try {
      const { token, scheme, isKey } = found ?? presented(request, this.#introspection !== undefined);
      tried = scheme;
      const verified = this.#verify(token);
      // Waiting for what is there already costs as much as reading the claims.
      const principal = verified instanceof Promise ? await verified : verified;
      // A key may come as a bearer token too; a token never as a key.
      if (isKey && principal.kind !== "api_key") throw new Refusal("scheme");
      // What is bound to nothing needs no more than to be sent as what it is.
      if (principal.confirmation !== undefined || scheme !== "Bearer") await this.#checkBinding(principal, scheme, request);
      this.authorize(principal, ...scopes);
      return principal;
    } catch (error) {
      if (error instanceof Refusal) throw error.of(tried, scopes);
      // Whatever went wrong at the issuer is no fault of the token, nor a bug of the API.
      throw error instanceof GrantdError ? new Refusal("unavailable", { cause: error, tried, scopes }) : error;
    }
  }

  authorize(principal: Principal, ...scopes: string[]): void {
    requireScopes(principal, ...scopes);
    this.#usage?.count(principal, scopes);
  }

  reply(error: unknown): RefusalReply | undefined {
    return error instanceof Refusal ? refusalReply(error, this.#challenge) : undefined;
  }

  refuse(error: unknown, request: unknown): RefusalReply | undefined {
    if (error instanceof Refusal) this.#tell(error, request);
    return this.reply(error);
  }

  get usageDropped(): number {
    return this.#usage?.dropped ?? 0;
  }

  async close(): Promise<void> {
    await this.#usage?.flush();
  }

  #tell(refusal: Refusal, request: unknown): void {
    try {
      // Also where it is an asynchronous one: it must neither change the reply nor end the process.
      const told: unknown = this.#options.onRefusal?.(refusal, request);
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // What cannot be logged is refused nevertheless.
    }
  }

  #verify(token: string): Principal | Promise<Principal> {
    // From a program without types.
    if (typeof token !== "string") throw new Refusal((token ?? undefined) === undefined ? "missing" : "malformed");
    if (this.#introspection !== undefined && !looksLikeJwt(token)) return this.#introspection.verify(token);
    const verified = this.#jwt.verify(token);
    const isDone = !(verified instanceof Promise || this.#options.introspectJwts || this.#isListed(verified));
    return isDone ? verified : this.#ask(token, verified);
  }

  /** Asks others what a token does not say itself: whether it was revoked. */
  async #ask(token: string, verified: Principal | Promise<Principal>): Promise<Principal> {
    const principal = await verified;
    if (this.#isListed(principal)) await this.#lists.check(principal.claims);
    if (this.#options.introspectJwts) await this.#introspection?.verify(token);
    return principal;
  }

  #isListed({ claims }: Principal): boolean {
    return this.#options.statusList !== false && claims["status"] !== undefined;
  }

  async #checkBinding({ token, clientId, confirmation }: Principal, scheme: Scheme, request: RequestFacts): Promise<void> {
    const certificate = confirmation?.["x5t#S256"];
    if (certificate !== undefined) await checkCertificate(certificate, request.certificate);
    const jkt = confirmation?.jkt;
    // Either mix would let a stolen token pass without its key, or a proof mean nothing (RFC 9449 section 7.1).
    if ((jkt !== undefined) !== (scheme === "DPoP")) throw new Refusal("scheme");
    if (jkt === undefined) return;
    const { method, proof = [] } = request;
    const url = this.#origin === undefined ? request.url : atOrigin(this.#origin, request.url);
    await this.#proofs.check(proof, { method, url, token, client: clientId, nonce: this.#options.proofNonce?.() }, jkt);
  }
}

/** RFC 8705 section 3.1: the certificate of the connection is the one that the token names. */
async function checkCertificate(expected: string, presentedOne: Uint8Array | undefined): Promise<void> {
  const isWhole = decode(expected)?.length === 32;
  if (!isWhole || presentedOne === undefined) throw new Refusal("certificate");
  if (!constantTimeEqual(encode(await sha256(new Uint8Array(presentedOne))), expected)) throw new Refusal("certificate");
}

/** The path of an address, or a path as it is, at the API's own origin; no address where it is neither. */
function atOrigin(origin: string, url: string): string {
  const found = /^(https?:\/\/[^/?#]+(?=[/?#]|$)|(?=\/))(.*)$/is.exec(url);
  return found === null ? "" : `${origin}${found[2] ?? ""}`;
}

function missingKeys(): never {
  throw new DiscoveryError("the issuer's metadata has no jwks_uri");
}
