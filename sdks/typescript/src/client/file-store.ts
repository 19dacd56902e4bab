// Tokens in a directory, for command-line programs and for several processes on one machine. Node only.

import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../clock.js";
import { encode } from "../jose/base64url.js";
import { randomBytes } from "../jose/webcrypto.js";
import { type Json, optionalNumber, optionalString, parseObject, WrongType } from "../json.js";
import { isOld, locked, unlessAbsent, writeNew } from "./file-lock.js";
import type { TokenStore } from "./store.js";
import type { StoredTokens } from "./token-set.js";

/** How a draft's name ends. A key has no dot in it, so that what is before it is the whole key. */
const DRAFT = /^\.[A-Za-z0-9_-]{8}\.tmp$/;

/** Keeps each token in a file of its own that only this user may read. */
export class FileTokenStore implements TokenStore {
  /** The keys whose lock is held here. */
  readonly #held = new Set<string>();

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
    await this.#make();
    await this.#sweep(key);
    const draft = await this.#draft(key);
    await writeNew(draft, JSON.stringify(tokens));
    try {
      await rename(draft, this.#path(key, "json"));
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key, "json"), { force: true });
    await this.#sweep(key);
  }

  async withLock<T>(key: string, work: () => Promise<T>): Promise<T> {
    const lock = this.#path(key, "lock");
    await this.#make();
    return locked(lock, () => this.#draft(key), this.clock, async () => {
      this.#held.add(key);
      try {
        return await work();
      } finally {
        this.#held.delete(key);
      }
    });
  }

  /** Removes what a crash left of this key's: it may hold tokens. Without the lock somebody may be writing it just now. */
  async #sweep(key: string): Promise<void> {
    for (const name of (await readdir(this.directory).catch(unlessAbsent)) ?? []) {
      if (!name.startsWith(`${key}.`) || !DRAFT.test(name.slice(key.length))) continue;
      const draft = join(this.directory, name);
      if (this.#held.has(key) || (await isOld(draft, this.clock))) await rm(draft, { force: true });
    }
  }

  async #make(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  async #draft(key: string): Promise<string> {
    return this.#path(key, `${encode(await randomBytes(6))}.tmp`);
  }

  #path(key: string, extension: string): string {
    if (!/^[A-Za-z0-9_-]+$/.test(key)) throw new TypeError("a key is the base64url text that the manager makes");
    return join(this.directory, `${key}.${extension}`);
  }
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
