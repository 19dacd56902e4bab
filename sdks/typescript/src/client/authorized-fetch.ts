// `fetch` with a credential: which requests may carry it, and which are sent again after a 401. Must not know where the
// credential comes from.

import type { Clock } from "../clock.js";
import { ConfigurationError, TimeoutError } from "../errors.js";
import { type Fetch, isSecure } from "../http.js";
import { parseChallenges } from "../oauth/challenge-parser.js";
import type { DpopKey } from "../oauth/dpop-key.js";

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
  /** Requests go to this origin alone, and relative addresses are below it. Any secure origin, where it is absent. */
  baseUrl: string | undefined;
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
  const target = address(sender, input);
  const replayable = isReplayable(input, init);
  let credential = await first();
  let [renewed, nonced] = [false, false];
  for (;;) {
    const response = await send(sender, credential, input, init, target);
    const hasNonce = sender.dpop?.remember(target, response.headers) === true;
    const retry = decideRetry({
      status: response.status,
      challenge: response.headers.get("www-authenticate") ?? "",
      nonce: hasNonce && !nonced ? response.headers.get("dpop-nonce") : null,
      cached: credential.cached && credential.replace !== undefined,
      replayable,
      attempt: renewed ? 2 : 1,
    });
    if (retry === "none") return response;
    if (retry === "new_token") {
      renewed = true;
      const next = await credential.replace?.();
      if (next === undefined) return response;
      credential = next;
    } else {
      nonced = true;
    }
    await response.body?.cancel();
  }
}

/** Where the request goes. A credential does not travel in clear, nor to an origin that it is not for. */
function address(sender: Sender, input: string | URL | Request): string {
  const text = input instanceof Request ? input.url : String(input);
  const url = new URL(text, sender.baseUrl);
  if (sender.baseUrl !== undefined && url.origin !== new URL(sender.baseUrl).origin) {
    throw new ConfigurationError(`the request would leave ${new URL(sender.baseUrl).origin}`);
  }
  if (!isSecure(url.href)) throw new ConfigurationError("the request would carry a credential over plain http");
  return url.href;
}

async function send(
  sender: Sender,
  credential: Credential,
  input: string | URL | Request,
  init: RequestInit,
  target: string,
): Promise<Response> {
  const request = input instanceof Request ? input : undefined;
  const headers = new Headers(init.headers ?? request?.headers);
  credential.apply(headers);
  if (sender.dpop !== undefined && credential.boundToken !== undefined) {
    const method = init.method ?? request?.method ?? "GET";
    headers.set("dpop", await sender.dpop.proof(method, target, sender.clock, credential.boundToken));
  }
  const redirect = sender.follows ? init.redirect : (init.redirect ?? "manual");
  const given = init.signal ?? request?.signal ?? undefined;
  return inTime(sender, given, (signal) =>
    sender.fetch(request ?? target, { ...init, headers, signal, ...(redirect === undefined ? {} : { redirect }) }),
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
  given?.addEventListener("abort", () => stop.abort(given.reason), { once: true });
  const late = sender.clock.sleep(sender.timeout, done.signal).then((): undefined => {
    if (!done.signal.aborted) stop.abort(new TimeoutError(`no reply within ${sender.timeout} ms`));
  });
  try {
    const answer = start(stop.signal);
    answer.catch(() => undefined);
    const cut = new Promise<never>((_, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason as Error), { once: true });
    });
    return await Promise.race([answer, cut]);
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
