// Members of JSON objects that came from outside. A member of the wrong type is an error, never "absent".

/** A JSON object. */
export type Json = { readonly [name: string]: unknown };

/** A member has the wrong type. */
export class WrongType extends Error {
  constructor(readonly member: string) {
    super(`member ${member} has the wrong type`);
  }
}

/** Reads a text that must be a JSON object; `undefined` for anything else. */
export function parseObject(text: string): Json | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isObject(value) ? value : undefined;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that is a string, or absent. */
export function optionalString(object: Json, name: string): string | undefined {
  return optional(object, name, (value): value is string => typeof value === "string");
}

/** A member that is a finite number, or absent. */
export function optionalNumber(object: Json, name: string): number | undefined {
  return optional(object, name, (value): value is number => typeof value === "number" && Number.isFinite(value));
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
  const value = optional(object, name, (it): it is string | string[] => typeof it === "string" || isStrings(it));
  return typeof value === "string" ? [value] : value;
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
