// What a caller's signal ends: waiting, at once and for this caller alone, and requests until the end of their bodies. All requests
// of one signal share one listener, since a signal can live as long as the program.

/** The work's outcome, unless the signal comes first; the work goes on then, for others who wait for it. */
export async function orAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let end: () => void = () => undefined;
  const cut = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason as Error);
    signal.addEventListener("abort", end, { once: true });
  });
  try {
    return await Promise.race([work(), cut]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** The requests of one signal. */
interface Followers {
  readonly all: Set<WeakRef<AbortController>>;
  readonly end: () => void;
}

const FOLLOWERS = new WeakMap<AbortSignal, Followers>();
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
  const followers = FOLLOWERS.get(signal) ?? newFollowers(signal);
  const ref: WeakRef<AbortController> = HAS_WEAK_REFS ? new WeakRef(stop) : ({ deref: () => stop } as WeakRef<AbortController>);
  if (followers.all.size === 0) signal.addEventListener("abort", followers.end, { once: true });
  followers.all.add(ref);
  const release = releasing(signal, followers, ref);
  GONE?.register(stop, release);
  const began = (response: Response): void => {
    if (response.body === null || !HAS_WEAK_REFS) return release();
    for (const holder of [response, response.body]) HELD.set(holder, stop);
  };
  return { began, release };
}

/** Made apart from the controller, which it must not hold: it runs once nobody else does. */
function releasing(signal: AbortSignal, followers: Followers, ref: WeakRef<AbortController>): () => void {
  return () => {
    followers.all.delete(ref);
    if (followers.all.size === 0) signal.removeEventListener("abort", followers.end);
  };
}

function newFollowers(signal: AbortSignal): Followers {
  const all = new Set<WeakRef<AbortController>>();
  const end = (): void => {
    for (const ref of all) ref.deref()?.abort(signal.reason);
    all.clear();
  };
  const followers = { all, end };
  FOLLOWERS.set(signal, followers);
  return followers;
}
