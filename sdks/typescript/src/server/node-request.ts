// The facts of a request of Node's HTTP server, which Express and Fastify build on.

import type { VerifierWith } from "./guard.js";
import type { Principal } from "./principal.js";
import type { RequestFacts } from "./request-facts.js";
import type { Verifier } from "./verifier.js";

/** As much of Node's `IncomingMessage` as is looked at. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: string[];
  socket: object;
}

/** Where the principal of a request is remembered beside `auth`, which anybody may write to. */
const VERIFIED = Symbol("grantd.verified");

interface Marked {
  [VERIFIED]?: { verifier: Verifier; principal: Principal } | undefined;
}

/**
 * Verifies a request once, however many of its handlers ask: a proof of possession cannot be used twice.
 *
 * @param owner the framework's request
 * @param protocol the scheme that the client used, as far as the framework knows
 * @param path the path and query that the client asked for
 * @throws {Refusal} with what is wrong
 */
export async function verifyOnce<Owner extends object>(
  given: VerifierWith<Owner>,
  owner: Owner,
  request: NodeRequest,
  address: { protocol: string; path: string },
  scopes: readonly string[],
): Promise<Principal> {
  const verifier = "certificate" in given ? given.verifier : given;
  const marked = owner as Marked;
  const known = marked[VERIFIED];
  if (known?.verifier === verifier) {
    verifier.authorize(known.principal, ...scopes);
    return known.principal;
  }
  const certificate = "certificate" in given ? given.certificate(owner) : ownCertificate(request.socket);
  const principal = await verifier.authenticate({ ...facts(request, address), certificate }, ...scopes);
  marked[VERIFIED] = { verifier, principal };
  return principal;
}

function facts(request: NodeRequest, { protocol, path }: { protocol: string; path: string }): RequestFacts {
  const values = (name: string): string[] =>
    request.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name);
  return {
    method: request.method ?? "",
    url: `${protocol}://${values("host")[0] ?? ""}${path}`,
    authorization: values("authorization"),
    apiKey: values("x-api-key"),
    proof: values("dpop"),
  };
}

/** The certificate of the TLS connection, where this very server ends it. */
function ownCertificate(socket: object): Uint8Array | undefined {
  const peer = (socket as { getPeerCertificate?: () => { raw?: Uint8Array } | null }).getPeerCertificate?.();
  return peer?.raw === undefined ? undefined : new Uint8Array(peer.raw);
}
