// When a token is replaced: a plain function of times, shared word for word with grantd's other SDKs.

/** Milliseconds before a token's end within which callers wait for the next one, at most. */
const BLOCKS = 5_000;
/** Milliseconds before a token's end within which the next one is fetched in the background, at most. */
const AHEAD = 60_000;
/** Milliseconds after a failed early refresh during which there is no other. */
const FAILED_WAIT = 5_000;

/** Milliseconds that a token is taken to live when the server does not say. */
export const UNKNOWN_LIFETIME = 300_000;

/** What to do about a token: use it, use it and fetch the next one, or wait for the next one. */
export type Step = "fresh" | "background" | "block";

/** What a decision is made of. All times are milliseconds. */
export interface Age {
  /** How long the token lives altogether. */
  lifetime: number;
  /** Between 0 and 1, drawn once for each token: it spreads the refreshes of many processes. */
  jitter: number;
  /** How long ago the token was asked for. */
  age: number;
  /** How long ago an early refresh failed; `null` when none did. */
  failedAgo: number | null;
}

/** Decides. */
export function schedule({ lifetime, jitter, age, failedAgo }: Age): Step {
  const { ahead, blocks } = windows(lifetime, jitter);
  const left = lifetime - age;
  if (left <= blocks) return "block";
  return left <= ahead && (failedAgo === null || failedAgo >= FAILED_WAIT) ? "background" : "fresh";
}

/** How long before a token's end it is refreshed in the background, and from when on callers wait; milliseconds. */
export function windows(lifetime: number, jitter: number): { ahead: number; blocks: number } {
  const window = Math.min(AHEAD, Math.floor(lifetime / 5));
  return {
    ahead: window + Math.floor((window * jitter) / 5),
    blocks: Math.min(BLOCKS, Math.floor(lifetime / 20)),
  };
}
