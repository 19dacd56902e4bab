// Where a request goes: below the API's address, and never out of it with a credential. Must not know what the credential is.

import { demand, httpAddress } from "../checks.js";
import { ConfigurationError } from "../errors.js";
import { isSecure } from "../http.js";

/**
 * An API's address as the one that everything is below: with a slash at its end.
 *
 * @throws {ConfigurationError} when it is no absolute address to which credentials may be sent
 */
export function checkedBase(baseUrl: string | undefined): URL | undefined {
  if (baseUrl === undefined) return undefined;
  const url = httpAddress(baseUrl);
  demand(url !== undefined && isSecure(url.href), "baseUrl must be an https address without user information, or one on this computer");
  // As it is written: an empty query, fragment or user information is in no part of a `URL`.
  const isBare = !/[?#]/.test(baseUrl) && !/^[^:]*:\/\/[^/]*@/.test(baseUrl);
  demand(isBare, "baseUrl has user information, a query or a fragment");
  const base = new URL(url.origin + url.pathname);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/**
 * The address of a request. `customers` and `/customers` are both below `base`.
 *
 * @throws {ConfigurationError} when it would leave `base`, or a credential would travel in clear
 */
export function target(base: URL | undefined, input: string | URL | Request): string {
  demand(typeof input === "string" || input instanceof URL || input instanceof Request, "the request has no address");
  const url = resolved(base, input instanceof Request ? input.url : String(input));
  if (url === undefined) throw new ConfigurationError("the request's address is none, or relative without a baseUrl");
  if (url.username !== "" || url.password !== "") throw new ConfigurationError("the request's address has user information");
  // The address as it was read: dots, backslashes and encodings of dots have had their effect.
  if (base !== undefined && !(url.origin === base.origin && url.pathname.startsWith(base.pathname))) {
    throw new ConfigurationError(`the request would leave ${base.href}`);
  }
  if (base !== undefined && hasDots(url.pathname.slice(base.pathname.length))) {
    throw new ConfigurationError("the request's path has dots between encoded slashes, which may leave the baseUrl");
  }
  if (!isSecure(url.href)) throw new ConfigurationError("the request would carry a credential over plain http");
  return url.href;
}

/** Whether a server that decodes a path before it splits it would find `.` or `..` in it. */
function hasDots(path: string): boolean {
  const decoded = path.replace(/%2e/gi, ".").replace(/%2f/gi, "/").replace(/%5c/gi, "\\");
  return decoded.split(/[/\\]/).some((segment) => segment === "." || segment === "..");
}

function resolved(base: URL | undefined, text: string): URL | undefined {
  // One slash means the API's own root; with two, forwards or backwards, another host follows.
  const below = base !== undefined && /^\/(?![/\\])/.test(text) ? `.${text}` : text;
  return URL.canParse(below, base) ? new URL(below, base) : undefined;
}
