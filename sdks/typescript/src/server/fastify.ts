// A hook for Fastify, for `preHandler` or `onRequest`.

import { noted, verifierOf, type VerifierWith } from "./guard.js";
import { type NodeRequest, verifyNode } from "./node-request.js";
import type { Principal } from "./principal.js";

/** As much of Fastify's request as is looked at. */
export interface FastifyRequest {
  raw: NodeRequest;
  protocol: string;
  originalUrl: string;
}

/** As much of Fastify's reply as is used. */
export interface FastifyReply {
  /** Sets the status. */
  code(status: number): unknown;
  /** Sets a header. */
  header(name: string, value: string): unknown;
  /** Sends the body. */
  send(body: unknown): unknown;
}

const PRINCIPAL = Symbol("grantd.principal");

/**
 * Lets requests pass that were granted all of these permissions. Without permissions any good token passes. `principalOf`
 * has the `Principal`.
 *
 * Where a proxy ends TLS, Fastify must trust it (`trustProxy`): a proof names the scheme.
 *
 * @throws {ConfigurationError} when one of the permissions is not one scope
 */
export function requireScopes(given: VerifierWith<FastifyRequest>, ...scopes: string[]) {
  const verifier = verifierOf(given, scopes);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      const address = { protocol: request.protocol, path: request.originalUrl };
      const principal = await verifyNode(given, request, request.raw, address, scopes);
      (request as { [PRINCIPAL]?: Principal })[PRINCIPAL] = principal;
      return undefined;
    } catch (error) {
      const refused = verifier.refuse(error, request);
      if (refused === undefined) throw error;
      reply.code(refused.status);
      // Fastify collects repeated WWW-Authenticate values only as a list, so they are joined (RFC 9110 section 5.3).
      const names = new Set(refused.headers.map(([name]) => name));
      for (const name of names) {
        reply.header(name, refused.headers.flatMap(([own, value]) => (own === name ? [value] : [])).join(", "));
      }
      return reply.send(JSON.stringify(refused.body));
    }
  };
}

/**
 * Who asks, in a handler behind `requireScopes`.
 *
 * @throws {ConfigurationError} when there is no guard before the handler
 */
export function principalOf(request: object): Principal {
  return noted((request as { [PRINCIPAL]?: Principal })[PRINCIPAL]);
}
