// `fetch` with a credential: which requests may carry it, and which are sent again after a 401. Must not know where the
// credential comes from.

import type { Clock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import type { Fetch } from "../http.js";
import { parseChallenges } from "../oauth/challenge-parser.js";
import type { DpopKey } from "../oauth/dpop-key.js";
import { follow, orAborted } from "./caller-signal.js";
import { target } from "./target.js";

/** What a request carries. */
export interface Credential {
  /** Adds it to the request's headers. */
  apply(headers: Headers): void;
  /** The access token, where a proof of possession has to name it. */
  readonly boundToken?: string | undefined;
  /** Whether it was there already, and not obtained for this very request. */
  readonly cached: boolean;
  /** Gets another one in its place after a refusal; absent where there is no other. */
  replace?(): Promise<Credential>;
}

/** How requests are sent. */
export interface Sender {
  fetch: Fetch;
  clock: Clock;
  dpop: DpopKey | undefined;
  /** All requests go below this address, which ends in a slash. To any secure one, where it is absent. */
  base: URL | undefined;
  /** Milliseconds until the reply begins. */
  timeout: number;
  /** Whether redirects may be followed: not with credentials that a platform does not take away on the way. */
  follows: boolean;
}

/** What to do after a reply. */
export type Retry = "new_token" | "nonce" | "none";

/** What a decision to send again is made of. */
export interface Replied {
  status: number;
  /** The WWW-Authenticate header. */
  challenge: string;
  nonce: string | null;
  cached: boolean;
  replayable: boolean;
  attempt: number;
}

/** Decides whether a request is sent again: once, and never to ask for a permission that the token lacks. */
export function decideRetry(replied: Replied): Retry {
  if (replied.status !== 401 || !replied.replayable) return "none";
  const errors = parseChallenges(replied.challenge)
    .filter(({ scheme }) => scheme === "bearer" || scheme === "dpop")
    .flatMap(({ parameters }) => parameters["error"] ?? []);
  if (errors.includes("use_dpop_nonce")) return replied.nonce === null ? "none" : "nonce";
  const isWorthIt = replied.cached && replied.attempt === 1;
  return isWorthIt && errors.every((error) => error === "invalid_token") ? "new_token" : "none";
}

/** The scopes that an API says a call needs (RFC 6750 section 3.1); `undefined` when it said nothing of the kind. */
export function neededScopes(response: Response): string[] | undefined {
  const lacking = parseChallenges(response.headers.get("www-authenticate") ?? "").find(
    ({ parameters }) => parameters["error"] === "insufficient_scope",
  );
  return lacking?.parameters["scope"]?.split(" ").filter((scope) => scope !== "");
}

/** Sends a request with a credential. */
export async function authorizedFetch(
  sender: Sender,
  first: () => Promise<Credential>,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const address = target(sender.base, input);
  const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
  const replayable = isReplayable(input, init);
  let credential = await orAborted(signal, first);
  let [renewed, nonced] = [false, false];
  for (;;) {
    const response = await send(sender, credential, input, init, { address, signal });
    const hasNonce = sender.dpop?.remember(address, response.headers) === true;
    const retry = decideRetry({
      status: response.status,
      challenge: response.headers.get("www-authenticate") ?? "",
      nonce: hasNonce && !nonced ? response.headers.get("dpop-nonce") : null,
      cached: credential.cached && credential.replace !== undefined,
      replayable,
      attempt: renewed ? 2 : 1,
    });
    const { replace } = credential;
    if (retry === "none" || (retry === "new_token" && replace === undefined)) return response;
    // Before there is another credential, which may never be: nobody reads this reply.
    await response.body?.cancel();
    if (retry === "new_token" && replace !== undefined) {
      renewed = true;
      credential = await orAborted(signal, replace);
    } else {
      nonced = true;
    }
  }
}

async function send(
  sender: Sender,
  credential: Credential,
  input: string | URL | Request,
  init: RequestInit,
  { address, signal: given }: { address: string; signal: AbortSignal | undefined },
): Promise<Response> {
  const request = input instanceof Request ? input : undefined;
  const headers = new Headers(init.headers ?? request?.headers);
  credential.apply(headers);
  if (sender.dpop !== undefined && credential.boundToken !== undefined) {
    const method = init.method ?? request?.method ?? "GET";
    headers.set("dpop", await sender.dpop.proof(method, address, sender.clock, credential.boundToken));
  }
  const redirect = sender.follows ? init.redirect : (init.redirect ?? "manual");
  return inTime(sender, given, (signal) =>
    sender.fetch(request ?? address, { ...init, headers, signal, ...(redirect === undefined ? {} : { redirect }) }),
  );
}

/** Waits for the reply to begin, and lets the caller's own signal end it at any time. */
async function inTime(
  sender: Sender,
  given: AbortSignal | undefined,
  start: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  given?.throwIfAborted();
  const [stop, done] = [new AbortController(), new AbortController()];
  const following = given === undefined ? undefined : follow(given, stop);
  const late = sender.clock.sleep(sender.timeout, done.signal).then((): undefined => {
    if (!done.signal.aborted) stop.abort(new TimeoutError(`no reply within ${sender.timeout} ms`));
  });
  try {
    const answer = start(stop.signal);
    answer.catch(() => undefined);
    const cut = new Promise<never>((_, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason as Error), { once: true });
    });
    const response = await Promise.race([answer, cut]);
    following?.began(response);
    return response;
  } catch (error) {
    following?.release();
    throw error;
  } finally {
    done.abort();
    await late;
  }
}

/** Whether the same body can be sent a second time. */
function isReplayable(input: string | URL | Request, init: RequestInit): boolean {
  const { body } = init;
  if (body === undefined || body === null) return !(input instanceof Request) || input.body === null;
  return (
    typeof body === "string" ||
    body instanceof URLSearchParams ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData
  );
}
