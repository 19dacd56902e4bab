// Which permissions were used, added up and reported in batches: what least privilege is decided on. Never in the way of a
// request: a report that fails goes again the next time, under the same name, so that one whose answer got lost counts once;
// for half a day, and is then counted as dropped.

import { type Clock, isDue } from "../clock.js";
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

/** How long a report goes again, in milliseconds. The server remembers its name for a day: one that came later would count twice. */
const REPORT_KEPT = 12 * 3_600_000;

/** A report on its way: the same lines under the same name until somebody has taken it. */
interface Report {
  readonly id: string;
  readonly uses: readonly Use[];
  /** Milliseconds since 1970. */
  readonly madeAt: number;
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
  #dropped = 0;
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

  /** How many uses no report will name. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Counts the permissions that a request needed. Beyond the bound new lines are dropped. */
  count(principal: Principal, scopes: readonly string[]): void {
    for (const permission of scopes) {
      this.#add({ clientId: principal.clientId, permission, count: 1, token: principal.token });
    }
    if (isDue(this.clock.now(), this.#sentAt, this.#every)) void this.flush();
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
    if (!(await this.#reportsAgain())) return;
    const batch = [...this.#counted.values()];
    this.#counted = new Map();
    if (batch.length === 0) return;
    try {
      if (this.options.send !== undefined) {
        await this.options.send(batch.map(line));
      } else if (await this.server?.takesReports()) {
        for (let at = 0; at < batch.length; at += MAX_LINES) {
          const [id, uses] = [encode(await randomBytes(16)), batch.slice(at, at + MAX_LINES).map(line)];
          this.#unanswered.push({ id, uses, madeAt: this.clock.now() });
        }
        await this.#report();
      } else {
        await this.#tellServer(batch);
      }
    } catch {
      for (const use of batch) this.#add(use);
    }
  }

  /** Sends what has no answer from earlier, but not for ever; says whether nothing is left of it. */
  async #reportsAgain(): Promise<boolean> {
    const oldest = this.clock.now() - REPORT_KEPT;
    this.#drop(this.#unanswered.filter(({ madeAt }) => madeAt <= oldest));
    if (this.#unanswered.length === 0) return true;
    try {
      if (!(await this.server?.takesReports())) this.#drop(this.#unanswered);
    } catch {
      return false;
    }
    return await this.#report();
  }

  /** Sends what has no answer yet; says whether everything has one now. */
  async #report(): Promise<boolean> {
    for (let next = this.#unanswered[0]; next !== undefined; next = this.#unanswered[0]) {
      try {
        await this.server?.report(next.uses, next.id);
        this.#unanswered.shift();
      } catch (error) {
        if (!(error instanceof ReplyError && error.status === 400)) return false;
        // What the server finds wrong it will never take.
        this.#drop([next]);
      }
    }
    return true;
  }

  /** Gives up reports. */
  #drop(reports: readonly Report[]): void {
    this.#unanswered = this.#unanswered.filter((report) => !reports.includes(report));
    for (const { uses } of reports) for (const { count } of uses) this.#dropped += count;
  }

  /** One message for each credential, which names all permissions that it used. */
  async #tellServer(batch: readonly Counted[]): Promise<void> {
    const byToken = new Map<string, string[]>();
    for (const { token, permission } of batch) byToken.set(token, [...(byToken.get(token) ?? []), permission]);
    for (const [token, scopes] of byToken) await this.server?.tell(token, scopes);
  }

  #add(use: Counted): void {
    const key = `${use.clientId} ${use.permission}`;
    const known = this.#counted.get(key);
    if (known !== undefined) {
      known.count += use.count;
      known.token = use.token;
    } else if (this.#counted.size < MAX_USES) {
      this.#counted.set(key, use);
    } else {
      this.#dropped += use.count;
    }
  }
}

function line({ clientId, permission, count }: Counted): Use {
  return { clientId, permission, count };
}
