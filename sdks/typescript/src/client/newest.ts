// Which of two token sets is the newer one. No clock says so: processes have several, and each of them can go back.

import type { TokenSet } from "./token-set.js";

/** What a store failed to keep. */
export interface Unsaved {
  /** What the store had then: only as long as it has that, what could not be kept is newer. */
  readonly outdated: TokenSet | undefined;
  /** Milliseconds since 1970. */
  failedAt: number;
}

/** Tokens of this process, and whether the store failed to keep them. */
export interface Own {
  readonly tokens: TokenSet | undefined;
  readonly unsaved: Unsaved | undefined;
}

/** What is stored, except where this process has tokens that it could not keep and the store still has what they replace. */
export function newest(stored: TokenSet | undefined, own: Own): TokenSet | undefined {
  const isNewer = stored === undefined || (own.unsaved !== undefined && isSame(stored, own.unsaved.outdated));
  return own.tokens !== undefined && isNewer ? own.tokens : stored;
}

/** Whether two are one entry of a store. */
export function isSame(one: TokenSet | undefined, other: TokenSet | undefined): boolean {
  return JSON.stringify(one?.toStored()) === JSON.stringify(other?.toStored());
}
