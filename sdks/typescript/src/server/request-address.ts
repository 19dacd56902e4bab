// Where a request went, from what it says of itself. Host and path never become one another: the host is a host or there is none.
// Must not know a framework.

/** What a host and a port look like (RFC 3986 section 3.2.2). */
const HOST = /^(?:[a-z0-9._~!$&'()*+;=%-]+|\[[0-9a-f:.]+\])(?::[0-9]*)?$/i;

/** A target in absolute form, which clients of a proxy send (RFC 9112 section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]+)(\/.*)?$/is;

/**
 * The address of a request, its query included: what a proof names. Where it has no host the path alone, and where it has no path
 * nothing: those are addresses only where somebody knows the rest.
 *
 * @param protocol the scheme that the client used, as far as the framework knows: a header of a proxy may have said it
 * @param hosts what the request says of its host, once
 * @param target the request's own target
 */
export function requestAddress(protocol: string, hosts: readonly string[], target: string): string {
  const path = pathOf(target);
  const [host = "", more] = hosts;
  const isWhole = path !== "" && more === undefined && HOST.test(host) && /^https?$/.test(protocol);
  return isWhole ? `${protocol}://${host}${path}` : path;
}

/** Path and query; nothing where a router might see another path. */
function pathOf(target: string): string {
  const [, host, own = "/"] = ABSOLUTE.exec(target) ?? [];
  const path = host !== undefined && HOST.test(host) ? own : target;
  return path.startsWith("/") && !path.includes("#") ? path : "";
}
