// Which permissions were used, added up and reported in batches: what least privilege is decided on. Never in the way of a
// request: a report that fails goes again the next time, under the same name, so that one whose answer got lost counts once.

import type { Clock } from "../clock.js";
import { ReplyError } from "../errors.js";
import { encode } from "../jose/base64url.js";
import { randomBytes } from "../jose/webcrypto.js";
import type { Principal } from "./principal.js";

/** One line of a report. */
export interface Use {
  clientId: string;
  permission: string;
  count: number;
}

/** How uses are reported. */
export interface UsageOptions {
  /** Seconds between two reports; 60 if not given. */
  every?: number | undefined;
  /** Where reports go. To the authorization server, if not given. */
  send?: ((uses: readonly Use[]) => Promise<void>) | undefined;
}

/** The authorization server. */
export interface UsageServer {
  /** Whether it takes reports. */
  takesReports(): Promise<boolean>;
  /** Reports uses under a name of which the server counts one report. */
  report(uses: readonly Use[], id: string): Promise<void>;
  /** Tells it that a credential used permissions, where it takes none. */
  tell(token: string, scopes: readonly string[]): Promise<void>;
}

/** How many lines the server reads of one report. */
const MAX_LINES = 200;

/** A report on its way: the same lines under the same name until somebody has taken it. */
interface Report {
  readonly id: string;
  readonly uses: readonly Use[];
}

/** How many clients with a permission are counted between two reports. */
export const MAX_USES = 10_000;

interface Counted extends Use {
  /** A credential of the client that used it: a server that takes no reports counts by credential. */
  token: string;
}

/** Adds up and reports. There is no timer: a request after the interval sends what was counted before. */
export class Usage {
  #counted = new Map<string, Counted>();
  #unanswered: Report[] = [];
  #sentAt: number;
  #sending: Promise<void> | undefined;
  readonly #every: number;

  constructor(
    private readonly options: UsageOptions,
    private readonly server: UsageServer | undefined,
    private readonly clock: Clock,
  ) {
    this.#every = (options.every ?? 60) * 1000;
    this.#sentAt = clock.now();
  }

  /** Counts the permissions that a request needed. Beyond the bound new lines are not counted. */
  count(principal: Principal, scopes: readonly string[]): void {
    for (const permission of scopes) {
      const key = `${principal.clientId} ${permission}`;
      const known = this.#counted.get(key);
      if (known !== undefined) {
        known.count += 1;
        known.token = principal.token;
      } else if (this.#counted.size < MAX_USES) {
        this.#counted.set(key, { clientId: principal.clientId, permission, count: 1, token: principal.token });
      }
    }
    if (this.clock.now() - this.#sentAt >= this.#every) void this.flush();
  }

  /** Sends what was counted. Never rejects. Call it before the process ends. */
  flush(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    this.#sentAt = this.clock.now();
    if (this.options.send === undefined && !(await this.#reportsAgain())) return;
    const batch = [...this.#counted.values()];
    this.#counted = new Map();
    if (batch.length === 0) return;
    try {
      if (this.options.send !== undefined) {
        await this.options.send(batch.map(line));
      } else if (await this.server?.takesReports()) {
        for (let at = 0; at < batch.length; at += MAX_LINES) {
          this.#unanswered.push({ id: encode(await randomBytes(16)), uses: batch.slice(at, at + MAX_LINES).map(line) });
        }
        await this.#reportsAgain();
      } else {
        await this.#tellServer(batch);
      }
    } catch {
      this.#putBack(batch);
    }
  }

  /** Sends what has no answer yet; says whether everything has one now. */
  async #reportsAgain(): Promise<boolean> {
    for (let next = this.#unanswered[0]; next !== undefined; next = this.#unanswered[0]) {
      try {
        await this.server?.report(next.uses, next.id);
      } catch (error) {
        // What the server finds wrong it will never take.
        if (!(error instanceof ReplyError && error.status === 400)) return false;
      }
      this.#unanswered.shift();
    }
    return true;
  }

  /** One message for each credential, which names all permissions that it used. */
  async #tellServer(batch: readonly Counted[]): Promise<void> {
    const byToken = new Map<string, string[]>();
    for (const { token, permission } of batch) byToken.set(token, [...(byToken.get(token) ?? []), permission]);
    for (const [token, scopes] of byToken) await this.server?.tell(token, scopes);
  }

  #putBack(batch: readonly Counted[]): void {
    for (const use of batch) {
      const key = `${use.clientId} ${use.permission}`;
      const since = this.#counted.get(key);
      if (since !== undefined) since.count += use.count;
      else if (this.#counted.size < MAX_USES) this.#counted.set(key, use);
    }
  }
}

function line({ clientId, permission, count }: Counted): Use {
  return { clientId, permission, count };
}
