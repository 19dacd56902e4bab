// One HTTP exchange with an authorization server: bounded in time and size, without redirects. Must not know what is
// asked.

import type { Clock } from "./clock.js";
import { NetworkError, ReplyError, TimeoutError } from "./errors.js";

/** The `fetch` of the platform, or one that stands in for it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The platform's own, looked up at each call, so that tests which replace it are obeyed. */
export const platformFetch: Fetch = (input, init) => globalThis.fetch(input, init);

/** What an exchange needs. */
export interface Http {
  fetch: Fetch;
  clock: Clock;
  /** Milliseconds for the whole exchange, the body included. */
  timeout: number;
}

/** A complete reply. */
export interface Reply {
  status: number;
  headers: Headers;
  body: string;
}

/** Milliseconds for an exchange with the authorization server, unless somebody says otherwise. */
export const DEFAULT_TIMEOUT = 10_000;

/** Milliseconds until an API's reply begins, unless somebody says otherwise. */
export const API_TIMEOUT = 30_000;

/** The longest reply that is read, in bytes. */
const MAX_BODY = 1024 * 1024;

/**
 * Sends a request and reads the reply. A redirect counts as a refusal to answer: credentials go where they were meant to
 * go and nowhere else.
 *
 * @throws {TimeoutError} when the reply is not complete in time
 * @throws {NetworkError} when there is none
 * @throws {ReplyError} when it is a redirect, too long, or a success that is not UTF-8
 */
export async function exchange(http: Http, url: string, init: RequestInit = {}): Promise<Reply> {
  const where = new URL(url).origin;
  const [stop, done] = [new AbortController(), new AbortController()];
  let late = false;
  const alarm = http.clock.sleep(http.timeout, done.signal).then(() => {
    if (done.signal.aborted) return undefined;
    late = true;
    stop.abort();
    throw new TimeoutError(`no reply from ${where} within ${http.timeout} ms`);
  });
  try {
    return await Promise.race([converse(http, url, { ...init, redirect: "manual", signal: stop.signal }), alarm as Promise<never>]);
  } catch (cause) {
    if (cause instanceof ReplyError || cause instanceof TimeoutError) throw cause;
    if (late) throw new TimeoutError(`no reply from ${where} within ${http.timeout} ms`, { cause });
    throw new NetworkError(`no reply from ${where}`, { cause });
  } finally {
    done.abort();
    alarm.catch(() => undefined);
  }
}

async function converse(http: Http, url: string, init: RequestInit): Promise<Reply> {
  const response = await http.fetch(url, init);
  const { status, headers } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw new ReplyError("the server answered with a redirect, which is not followed", status);
  }
  return { status, headers, body: await text(response) };
}

async function text(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let [length, read] = [0, ""];
  for (;;) {
    const { done, value } = await reader.read();
    length += value?.byteLength ?? 0;
    if (length > MAX_BODY) {
      await reader.cancel();
      throw new ReplyError("the reply is too long", response.status);
    }
    const piece = decoded(decoder, value);
    if (piece === undefined) {
      await reader.cancel();
      // An error page in another encoding says nothing; its status does.
      if (!response.ok) return "";
      throw new ReplyError("the reply is not UTF-8", response.status);
    }
    read += piece;
    if (done) return read;
  }
}

/** The text of the next piece, or of what is left without one; `undefined` where it is not UTF-8. */
function decoded(decoder: TextDecoder, piece: Uint8Array | undefined): string | undefined {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch {
    return undefined;
  }
}

/** How many seconds the server asks to wait, where it says so as a number (RFC 9110 section 10.2.3). */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/**
 * Whether credentials may be sent there: https, or http on this very computer.
 */
export function isSecure(url: string): boolean {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname) || parsed.hostname.endsWith(".localhost");
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && loopback);
}
