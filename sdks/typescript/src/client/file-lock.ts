// Locks as files, for several processes on one machine: whose one is, and when its owner is dead. A lock has its owner in it from
// its first instant, wherever the directory can link. Must not know what is locked. Node only.

import { link, open, readFile, readlink, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import type { Clock } from "../clock.js";
import { encode } from "../jose/base64url.js";
import { randomBytes } from "../jose/webcrypto.js";
import { parseObject } from "../json.js";

/** Milliseconds between two looks at a lock. */
const POLL = 25;
/** Milliseconds after which a file belongs to a process that died, where nobody can say whether it did: longer than most work. */
export const DEAD = 60_000;
/** The same where its owner is alive, or another process has its number by now: longer than any work under a lock. */
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

/**
 * Runs work while nobody else does under the same lock.
 *
 * @param lock the lock's file
 * @param draft names a file beside it that is nobody's, another one each time
 */
export async function locked<T>(lock: string, draft: () => Promise<string>, clock: Clock, work: () => Promise<T>): Promise<T> {
  const owner = JSON.stringify({ pid: process.pid, ...(await here()), id: encode(await randomBytes(9)) });
  while (!(await isTaken(lock, owner, draft))) {
    if (!(await isDeadRemoved(lock, clock))) await clock.sleep(POLL);
  }
  try {
    return await work();
  } finally {
    // Not one that somebody else has taken over.
    if ((await readFile(lock, "utf8").catch(unlessAbsent)) === owner) await rm(lock, { force: true });
  }
}

/** Writes a new file; what cannot be written whole is not left there. */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    try {
      await file.writeFile(text);
      // On the disk before it gets its name: a crash leaves all of it or nothing.
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Whether a file was made, or changed, longer ago than this; in milliseconds. */
export async function isOld(file: string, clock: Clock, after = DEAD): Promise<boolean> {
  const seen = await stat(file).catch(unlessAbsent);
  return seen !== undefined && clock.now() - seen.mtimeMs > after;
}

/** What is not there is `undefined`; other errors go on. */
export function unlessAbsent(error: { code?: string }): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** Takes the lock, if nobody has it. */
async function isTaken(lock: string, owner: string, draft: () => Promise<string>): Promise<boolean> {
  // While somebody else has it there is nothing to write.
  if ((await stat(lock).catch(unlessAbsent)) !== undefined) return false;
  const own = await draft();
  await writeNew(own, owner);
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    const code = codeOf(error);
    // Somebody was faster, or took the draft for what a crash has left.
    if (code === "EEXIST" || code === "ENOENT") return false;
    // A directory that knows no links: what a crash leaves there is dead by its age.
    return isMade(lock, owner);
  } finally {
    await rm(own, { force: true }).catch(() => undefined);
  }
}

/** Makes a file, if there is none. */
async function isMade(path: string, text: string): Promise<boolean> {
  try {
    await writeNew(path, text);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock whose owner is dead; says whether it did. */
async function isDeadRemoved(lock: string, clock: Clock): Promise<boolean> {
  if (!(await isDead(lock, clock))) return false;
  // One at a time: who removes a lock must have seen that very lock, and not one that was taken since.
  const turn = `${lock}.dead`;
  if (!(await isMade(turn, ""))) {
    if (await isOld(turn, clock)) await rm(turn, { force: true });
    return false;
  }
  try {
    const isStill = await isDead(lock, clock);
    if (isStill) await rm(lock, { force: true });
    return isStill;
  } finally {
    await rm(turn, { force: true });
  }
}

async function isDead(lock: string, clock: Clock): Promise<boolean> {
  const owner = parseObject((await readFile(lock, "utf8").catch(unlessAbsent)) ?? "");
  const pid = owner?.["pid"];
  const { host, namespace, boot } = await here();
  const isHere = owner?.["host"] === host && owner["namespace"] === namespace && owner["boot"] === boot;
  if (!isHere || typeof pid !== "number") return isOld(lock, clock);
  return isGone(pid) || isOld(lock, clock, STUCK);
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

/** Whether this computer has no such process. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
