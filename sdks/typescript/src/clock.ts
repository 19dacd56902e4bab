// Where time comes from. Everything in this package asks a clock that it was given, so that tests decide what time it is.

/** Tells the time and waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when `signal` is aborted. Never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener("abort", end);
    }),
};

/**
 * Whether `after` milliseconds have gone by since then. A clock that stepped back says yes: nobody knows how long it was.
 */
export function isDue(now: number, since: number, after: number): boolean {
  const age = now - since;
  return !(age >= 0 && age < after);
}

/** Whole seconds since 1970, as tokens count them. */
export function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
