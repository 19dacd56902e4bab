// How long a failure of the token endpoint is handed out again before there is another request: a plain function of the error.

import { DiscoveryError, LoginRequiredError, NetworkError, OAuthError, ReplyError } from "../errors.js";

/** After any failure, in milliseconds. */
const SHORT = 1_000;
/** After a refusal that only a change of the configuration ends, in milliseconds. */
const LONG = 5_000;
/** The most that a server may ask for, in milliseconds. */
const MOST = 60_000;

/** Milliseconds without another request after this error; 0 where it says nothing of the next one. */
export function pauseAfter(error: unknown): number {
  if (error instanceof LoginRequiredError) return 0;
  if (error instanceof OAuthError) return ["invalid_client", "unauthorized_client"].includes(error.code) ? LONG : SHORT;
  if (error instanceof ReplyError) {
    const asked = error.status === 429 || error.status === 503 ? error.retryAfter : undefined;
    return Math.min(MOST, Math.max(SHORT, (asked ?? 0) * 1000));
  }
  return error instanceof NetworkError || error instanceof DiscoveryError ? SHORT : 0;
}
