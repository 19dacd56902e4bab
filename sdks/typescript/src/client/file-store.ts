// Tokens in a directory, for command-line programs and for several processes on one machine. Node only.

import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.js";
import { encode } from "../jose/base64url.js";
import { randomBytes } from "../jose/webcrypto.js";
import { optionalNumber, optionalString, parseObject } from "../json.js";
import type { TokenStore } from "./store.js";
import type { StoredTokens } from "./token-set.js";

/** Milliseconds between two looks at a lock. */
const POLL = 25;
/** Milliseconds after which a lock belongs to a process that died: longer than any work under it. */
const DEAD = 60_000;

/** Keeps each token in a file of its own that only this user may read. */
export class FileTokenStore implements TokenStore {
  /**
   * @param directory is made, for this user alone, when it is not there
   */
  constructor(
    private readonly directory: string,
    private readonly clock: Clock = systemClock,
  ) {}

  async get(key: string): Promise<StoredTokens | undefined> {
    const text = await readFile(this.#path(key, "json"), "utf8").catch(unlessAbsent);
    return text === undefined ? undefined : read(text);
  }

  async set(key: string, tokens: StoredTokens): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const draft = this.#path(key, `${encode(await randomBytes(6))}.tmp`);
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(JSON.stringify(tokens));
      // On the disk before the name: a crash leaves the old tokens or the new ones, never half of either.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#path(key, "json"));
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key, "json"), { force: true });
  }

  async withLock<T>(key: string, work: () => Promise<T>): Promise<T> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const lock = this.#path(key, "lock");
    while (!(await take(lock))) {
      await this.#removeDead(lock);
      await this.clock.sleep(POLL);
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }

  async #removeDead(lock: string): Promise<void> {
    const seen = await stat(lock).catch(unlessAbsent);
    if (seen !== undefined && this.clock.now() - seen.mtimeMs > DEAD) {
      // Under another name first: of several that see a dead lock only one can rename it.
      const grave = `${lock}.${seen.ino}`;
      const isMine = await rename(lock, grave).then(() => true, () => false);
      if (isMine) await rm(grave, { force: true });
    }
  }

  #path(key: string, extension: string): string {
    if (!/^[A-Za-z0-9_-]+$/.test(key)) throw new TypeError("a key is the base64url text that the manager makes");
    return join(this.directory, `${key}.${extension}`);
  }
}

/** Makes the lock's file; `false` when it is there already. */
async function take(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, "wx", 0o600);
    await file.close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
}

function unlessAbsent(error: { code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** A file's content; a damaged one is an error, since silently losing a refresh token would end the login. */
function read(text: string): StoredTokens {
  const value = parseObject(text) ?? {};
  const [accessToken, tokenType] = [optionalString(value, "accessToken"), optionalString(value, "tokenType")];
  const [obtainedAt, lifetime] = [optionalNumber(value, "obtainedAt"), optionalNumber(value, "lifetime")];
  if (accessToken === undefined || (tokenType !== "Bearer" && tokenType !== "DPoP")) throw new Error("damaged file");
  if (obtainedAt === undefined || lifetime === undefined) throw new Error("damaged file");
  const [scope, refreshToken] = [optionalString(value, "scope"), optionalString(value, "refreshToken")];
  return { accessToken, tokenType, obtainedAt, lifetime, scope, refreshToken, idToken: optionalString(value, "idToken") };
}
