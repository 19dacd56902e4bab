// What a caller's signal ends: waiting, at once and for this caller alone, and requests until the end of their bodies. All calls of
// one signal share one listener, since a signal can live as long as the program.

/** What ends with a signal. */
interface Followers {
  readonly ends: Set<() => void>;
  readonly listener: () => void;
}

const FOLLOWERS = new WeakMap<AbortSignal, Followers>();

/** Calls a function once the signal is aborted, unless what it gives is called before. The signal holds the function until then. */
function onAbort(signal: AbortSignal, end: () => void): () => void {
  const { ends, listener } = FOLLOWERS.get(signal) ?? newFollowers(signal);
  if (ends.size === 0) signal.addEventListener("abort", listener, { once: true });
  ends.add(end);
  return () => {
    if (ends.delete(end) && ends.size === 0) signal.removeEventListener("abort", listener);
  };
}

function newFollowers(signal: AbortSignal): Followers {
  const ends = new Set<() => void>();
  const listener = (): void => {
    const all = [...ends];
    ends.clear();
    for (const end of all) end();
  };
  const followers = { ends, listener };
  FOLLOWERS.set(signal, followers);
  return followers;
}

/** The work's outcome, unless the signal comes first; the work goes on then, for others who wait for it. */
export async function orAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let release: () => void = () => undefined;
  const cut = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason as Error));
  });
  try {
    return await Promise.race([work(), cut]);
  } finally {
    release();
  }
}

/**
 * Waits, unless the signal comes first.
 *
 * @param wait ends early with the signal that it is given
 */
export async function pauseOrAborted(signal: AbortSignal | undefined, wait: (signal?: AbortSignal) => Promise<void>): Promise<void> {
  if (signal === undefined) return wait();
  signal.throwIfAborted();
  const stop = new AbortController();
  const release = onAbort(signal, () => stop.abort());
  try {
    await wait(stop.signal);
  } finally {
    release();
  }
  signal.throwIfAborted();
}

/** What holds a request's controller: its reply, as long as anybody has it. */
const HELD = new WeakMap<object, AbortController>();
/** Some runtimes have none: there a signal ends a request until its reply begins. */
const HAS_WEAK_REFS = typeof WeakRef === "function" && typeof FinalizationRegistry === "function";
const GONE = HAS_WEAK_REFS ? new FinalizationRegistry<() => void>((release) => release()) : undefined;

/** A request that a signal ends. */
export interface Following {
  /** The reply has begun: the signal ends its body too, as long as somebody has it. */
  began(response: Response): void;
  /** The request is over. */
  release(): void;
}

/** Lets a signal abort a controller. */
export function follow(signal: AbortSignal, stop: AbortController): Following {
  const ref: WeakRef<AbortController> = HAS_WEAK_REFS ? new WeakRef(stop) : ({ deref: () => stop } as WeakRef<AbortController>);
  const release = aborting(signal, ref);
  GONE?.register(stop, release);
  const began = (response: Response): void => {
    if (response.body === null || !HAS_WEAK_REFS) return release();
    for (const holder of [response, response.body]) HELD.set(holder, stop);
  };
  return { began, release };
}

/** Made apart from the controller, which it must not hold: what it gives runs once nobody else does. */
function aborting(signal: AbortSignal, ref: WeakRef<AbortController>): () => void {
  return onAbort(signal, () => ref.deref()?.abort(signal.reason));
}
