// What a fake issuer does wrong, on purpose and in the order that a test says.

/** The endpoints of a fake issuer. */
export type FakeEndpoint =
  | "metadata"
  | "jwks"
  | "token"
  | "introspection"
  | "revocation"
  | "pushed"
  | "device"
  | "status"
  | "usage";

/** One wrong answer: a reply, which comes once its body is there if that is a promise; none at all; or one that never comes. */
export type Fault =
  | { status?: number; body?: unknown; headers?: { [name: string]: string } }
  | "network"
  | "hang";

/** Faults that were scripted and did not happen yet. */
export class Faults {
  readonly #next = new Map<FakeEndpoint, Fault[]>();
  readonly #always = new Map<FakeEndpoint, Fault>();

  /** The next requests to this endpoint go wrong like this, one after the other. */
  next(endpoint: FakeEndpoint, ...faults: Fault[]): void {
    this.#next.set(endpoint, [...(this.#next.get(endpoint) ?? []), ...faults]);
  }

  /** All requests to this endpoint go wrong like this, until `mend`. */
  always(endpoint: FakeEndpoint, fault: Fault): void {
    this.#always.set(endpoint, fault);
  }

  /** Nothing goes wrong any more. */
  mend(): void {
    this.#next.clear();
    this.#always.clear();
  }

  /** The fault of the request that has just come. */
  take(endpoint: FakeEndpoint): Fault | undefined {
    return this.#next.get(endpoint)?.shift() ?? this.#always.get(endpoint);
  }
}

/** Does what a fault says. */
export async function act(fault: Fault, signal: AbortSignal | undefined): Promise<Response> {
  if (fault === "network") throw new TypeError("fetch failed");
  if (fault === "hang") {
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }
  const { status = 200, headers = {} } = fault;
  const body = (await fault.body) ?? {};
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(status === 204 || status === 304 ? null : text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
