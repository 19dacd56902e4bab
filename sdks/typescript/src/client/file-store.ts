// Tokens in a directory, for command-line programs and for several processes on one machine. Node only.

import { mkdir, open, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.js";
import { encode } from "../jose/base64url.js";
import { randomBytes } from "../jose/webcrypto.js";
import { type Json, optionalNumber, optionalString, parseObject, WrongType } from "../json.js";
import type { TokenStore } from "./store.js";
import type { StoredTokens } from "./token-set.js";

/** Milliseconds between two looks at a lock. */
const POLL = 25;
/** Milliseconds after which a lock belongs to a process that died, where nobody can say whether it did: longer than most work under it. */
const DEAD = 60_000;
/** The same where its owner is alive, or another process has its number by now: longer than any work under it. */
const STUCK = 600_000;

/** Where a process runs, so that its number means the same to whoever reads it. */
interface Place {
  readonly host: string;
  /** The namespace of process numbers, where there are any: containers can share a host's name and a directory. */
  readonly namespace: string | undefined;
  /** This start of the computer, where it has a name. */
  readonly boot: string | undefined;
}

let place: Promise<Place> | undefined;

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
    const path = this.#path(key, "json");
    const text = await readFile(path, "utf8").catch(unlessAbsent);
    return text === undefined ? undefined : read(text, path);
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
    const owner = JSON.stringify({ pid: process.pid, ...(await here()), id: encode(await randomBytes(9)) });
    while (!(await take(lock, owner))) {
      if (!(await this.#removedDead(lock))) await this.clock.sleep(POLL);
    }
    try {
      return await work();
    } finally {
      // Not one that somebody else has taken over.
      if ((await readFile(lock, "utf8").catch(unlessAbsent)) === owner) await rm(lock, { force: true });
    }
  }

  /** Removes a lock whose owner is dead; says whether it did. */
  async #removedDead(lock: string): Promise<boolean> {
    if (!(await this.#isDead(lock))) return false;
    // One at a time: who removes a lock must have seen that very lock, and not one that was taken since.
    const turn = `${lock}.dead`;
    if (!(await take(turn, ""))) {
      if (await this.#isOld(turn)) await rm(turn, { force: true });
      return false;
    }
    try {
      const isStill = await this.#isDead(lock);
      if (isStill) await rm(lock, { force: true });
      return isStill;
    } finally {
      await rm(turn, { force: true });
    }
  }

  async #isDead(lock: string): Promise<boolean> {
    const owner = parseObject((await readFile(lock, "utf8").catch(unlessAbsent)) ?? "");
    const pid = owner?.["pid"];
    const { host, namespace, boot } = await here();
    const isHere = owner?.["host"] === host && owner["namespace"] === namespace && owner["boot"] === boot;
    if (!isHere || typeof pid !== "number") return this.#isOld(lock);
    return isGone(pid) || this.#isOld(lock, STUCK);
  }

  async #isOld(file: string, after = DEAD): Promise<boolean> {
    const seen = await stat(file).catch(unlessAbsent);
    return seen !== undefined && this.clock.now() - seen.mtimeMs > after;
  }

  #path(key: string, extension: string): string {
    if (!/^[A-Za-z0-9_-]+$/.test(key)) throw new TypeError("a key is the base64url text that the manager makes");
    return join(this.directory, `${key}.${extension}`);
  }
}

/** Where this process runs. */
function here(): Promise<Place> {
  place ??= (async () => ({
    host: hostname(),
    namespace: await readlink("/proc/self/ns/pid").catch(() => undefined),
    boot: await readFile("/proc/sys/kernel/random/boot_id", "utf8").then((text) => text.trim(), () => undefined),
  }))();
  return place;
}

/** Makes the lock's file; `false` when it is there already. */
async function take(lock: string, owner: string): Promise<boolean> {
  try {
    await writeFile(lock, owner, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
}

/** Whether this computer has no such process. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH";
  }
}

function unlessAbsent(error: { code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** A file's content; a damaged one is an error, since silently losing a refresh token would end the login. */
function read(text: string, path: string): StoredTokens {
  try {
    return tokensOf(parseObject(text) ?? {});
  } catch {
    // Not as the cause: it could quote what is in the file.
    throw new Error(`${path} is damaged`);
  }
}

function tokensOf(value: Json): StoredTokens {
  const [accessToken, tokenType] = [optionalString(value, "accessToken"), optionalString(value, "tokenType")];
  const [obtainedAt, lifetime] = [optionalNumber(value, "obtainedAt"), optionalNumber(value, "lifetime")];
  if (accessToken === undefined || (tokenType !== "Bearer" && tokenType !== "DPoP")) throw new WrongType("accessToken");
  if (obtainedAt === undefined || lifetime === undefined) throw new WrongType("lifetime");
  const [scope, refreshToken] = [optionalString(value, "scope"), optionalString(value, "refreshToken")];
  const [idToken, jkt] = [optionalString(value, "idToken"), optionalString(value, "jkt")];
  return { accessToken, tokenType, obtainedAt, lifetime, scope, refreshToken, idToken, jkt };
}
