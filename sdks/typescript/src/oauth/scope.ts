// Scopes (RFC 6749 section 3.3) and patterns of them: `invoices:*` is all of one resource, `*` everything.

const TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/;

/** Scopes that `*` does not cover: they are never a platform's to give away wholesale. */
const NEVER_BY_STAR = ["openid", "offline_access"];

/** Whether a value is one scope, or one pattern. */
export function isScope(value: unknown): value is string {
  return typeof value === "string" && TOKEN.test(value);
}

/** The scopes of a text, each once, in order; `undefined` when it has characters that no scope has. */
export function parseScopes(text: string): string[] | undefined {
  const scopes = new Set<string>();
  for (const scope of text.split(" ")) {
    if (scope === "") continue;
    if (!TOKEN.test(scope)) return undefined;
    scopes.add(scope);
  }
  return [...scopes];
}

/** Whether holding `held` means holding `wanted`, which is a scope or a narrower pattern. What is not one scope is held by nobody. */
export function covers(held: string, wanted: string): boolean {
  return isScope(wanted) && coversOne(held, wanted);
}

function coversOne(held: string, wanted: string): boolean {
  if (held === wanted) return true;
  if (held === "*") return !NEVER_BY_STAR.includes(wanted) && !wanted.startsWith("grantd:");
  if (held.length <= 2 || !held.endsWith(":*")) return false;
  const prefix = held.slice(0, -1);
  return wanted.startsWith(prefix) && wanted.length > prefix.length;
}

/** Whether every scope of `wanted` is covered by one of `held`. */
export function coversAll(held: readonly string[], wanted: readonly string[]): boolean {
  return missingScopes(held, wanted).length === 0;
}

/** The scopes of `wanted` that none of `held` covers, in their order. */
export function missingScopes(held: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((scope) => !isScope(scope) || !held.some((one) => coversOne(one, scope)));
}
