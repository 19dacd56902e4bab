// The facts of a request of Node's HTTP server, which Express and Fastify build on.

import { verifyOnce, type VerifierWith } from "./guard.js";
import type { Principal } from "./principal.js";
import { requestAddress } from "./request-address.js";
import type { RequestFacts } from "./request-facts.js";

/** As much of Node's `IncomingMessage` as is looked at. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: string[];
  socket: object;
}

/**
 * Verifies a request, once for each verifier.
 *
 * @param owner the framework's request
 * @param protocol the scheme that the client used, as far as the framework knows
 * @param path the path and query that the client asked for
 * @throws {Refusal} with what is wrong
 */
export async function verifyNode<Owner extends object>(
  given: VerifierWith<Owner>,
  owner: Owner,
  request: NodeRequest,
  address: { protocol: string; path: string },
  scopes: readonly string[],
): Promise<Principal> {
  const verifier = "certificate" in given ? given.verifier : given;
  const certificate = "certificate" in given ? given.certificate(owner) : ownCertificate(request.socket);
  return verifyOnce(verifier, owner, { ...facts(request, address), certificate }, scopes);
}

function facts(request: NodeRequest, { protocol, path }: { protocol: string; path: string }): RequestFacts {
  const values = (name: string): string[] =>
    request.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name);
  // RFC 9113 section 8.3.1: in HTTP/2 `:authority` counts, and `Host` where there is none.
  const authority = values(":authority");
  return {
    method: request.method ?? "",
    url: requestAddress(protocol, authority.length > 0 ? authority : values("host"), path),
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
