// JSON objects that came from outside: strict, and their members. A member of the wrong type is an error, never "absent".

/** A JSON object. */
export type Json = { readonly [name: string]: unknown };

/** A member has the wrong type. */
export class WrongType extends Error {
  constructor(readonly member: string) {
    super(`member ${member} has the wrong type`);
  }
}

/** How deep objects and lists may be within each other; the outermost is one. */
const MAX_DEPTH = 32;
/** Characters that say where strings and members are. */
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];

/**
 * Reads a text that must be a JSON object, in which no object has a member twice, no text half a character, and no number too
 * large to be one; `undefined` for anything else.
 */
export function parseObject(text: string): Json | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // Of several members of one name JSON.parse keeps the last, where another program keeps the first.
  if (!isObject(value) || written(text) !== kept(value)) return undefined;
  return text.includes("\\") && hasHalfPair(value) ? undefined : value;
}

/** Whether a text in it has half of a surrogate pair, which is no character: JSON.stringify writes that as this escape. */
function hasHalfPair(value: Json): boolean {
  const text = JSON.stringify(value);
  // From escape to escape, each of which has two characters at least: the second backslash of two begins none.
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", at + 2)) {
    if (/^\\ud[89a-f]$/.test(text.slice(at, at + 4))) return true;
  }
  return false;
}

/** How many members are written in a text that is JSON: each has one colon outside of strings. */
function written(text: string): number {
  let count = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    else if (code === BACKSLASH) at += 1;
    else if (code === COLON && !isInString) count += 1;
  }
  return count;
}

/** How many members a value has, and what is in it; no number at all where it is too deep, or has one that is infinite. */
function kept(value: object, depth = 1): number {
  if (depth > MAX_DEPTH) return Number.NaN;
  const within: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = within === value ? 0 : within.length;
  for (const one of within) {
    if (typeof one === "number" && !Number.isFinite(one)) return Number.NaN;
    if (typeof one === "object" && one !== null) count += kept(one, depth + 1);
  }
  return count;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of JSON with nothing in it that somebody else has, too. */
export function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copied) as T;
  if (!isObject(value)) return value;
  // Defined, since a member may have a name that assigning would take for something else.
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one)])) as T;
}

/** A member that is a string, or absent. */
export function optionalString(object: Json, name: string): string | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (typeof value !== "string") throw new WrongType(name);
  return value;
}

/** A member that is a finite number, or absent. */
export function optionalNumber(object: Json, name: string): number | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new WrongType(name);
  return value;
}

/** A member that is an object, or absent. */
export function optionalObject(object: Json, name: string): Json | undefined {
  return optional(object, name, isObject);
}

/** A member that is an array of strings, or absent. */
export function optionalStrings(object: Json, name: string): readonly string[] | undefined {
  return optional(object, name, isStrings);
}

/** A member that is a string or an array of strings, or absent, as a list. */
export function optionalList(object: Json, name: string): readonly string[] | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (typeof value === "string") return [value];
  if (!isStrings(value)) throw new WrongType(name);
  return value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function optional<T>(object: Json, name: string, is: (value: unknown) => value is T): T | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (!is(value)) throw new WrongType(name);
  return value;
}
