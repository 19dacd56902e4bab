// What options must be, checked when things are made and not when they are used. Must not know whose options they are.

import { ConfigurationError } from "./errors.js";
import { isSecure } from "./http.js";
import { isScope } from "./oauth/scope.js";

/** Refuses options that are not what they must be. */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new ConfigurationError(message);
}

/** The options themselves, which may come from a program without types. */
export function checkObject(value: unknown): void {
  demand(typeof value === "object" && value !== null, "the options are missing");
}

/** A text that is not empty. */
export function checkText(value: unknown, name: string): void {
  demand(typeof value === "string" && value !== "", `${name} is missing or no text`);
}

/** Something to call, or nothing. */
export function checkFunction(value: unknown, name: string): void {
  demand(value === undefined || typeof value === "function", `${name} is no function`);
}

/** The longest time that a timer can be set to, in milliseconds: a longer one ends at once. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds, or seconds, that somebody can wait; or nothing. */
export function checkPositive(value: unknown, name: string): void {
  const isPositive = typeof value === "number" && value > 0 && value <= LONGEST;
  demand(value === undefined || isPositive, `${name} is no number above 0 and below 2^31`);
}

/** The issuer: an https address, or one on this computer. */
export function checkIssuer(value: unknown): void {
  demand(typeof value === "string" && isSecure(value), "issuer must be an https address, or one on this computer");
}

/** A list of scopes, each of them one. */
export function checkScopes(value: unknown, name = "scopes"): asserts value is readonly string[] {
  demand(Array.isArray(value), `${name} is no list`);
  // Not `every`, which passes over the holes of a list.
  for (const scope of value as unknown[]) demand(isScope(scope), `${name} has something that is not one scope`);
}

/** An absolute http or https address without user information; `undefined` for anything else. */
export function httpAddress(value: unknown): URL | undefined {
  if (typeof value !== "string" || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.username === "" && url.password === "" ? url : undefined;
}
