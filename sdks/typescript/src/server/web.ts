// Verification for servers that speak the web's `Request` and `Response`: edge runtimes, Deno, Bun, Hono.

import type { Principal } from "./principal.js";
import type { RequestFacts } from "./request-facts.js";
import type { Verifier } from "./verifier.js";
import type { RefusalReply } from "./challenge.js";

/** Verifies a request. Gives the principal, or the response to send in its place. Other errors are thrown. */
export async function authenticateRequest(
  verifier: Verifier,
  request: Request,
  ...scopes: string[]
): Promise<Principal | Response> {
  try {
    return await verifier.authenticate(webFacts(request), ...scopes);
  } catch (error) {
    const reply = verifier.refuse(error, request);
    if (reply === undefined) throw error;
    return refusalResponse(reply);
  }
}

/** What a request presents. Repeated headers were joined by the platform, and are then no valid credential. */
export function webFacts(request: Request): RequestFacts {
  const values = (name: string): string[] => {
    const value = request.headers.get(name);
    return value === null ? [] : [value];
  };
  return {
    method: request.method,
    url: request.url,
    authorization: values("authorization"),
    apiKey: values("x-api-key"),
    proof: values("dpop"),
  };
}

/** A refusal as a `Response`. */
export function refusalResponse({ status, headers, body }: RefusalReply): Response {
  const all = new Headers();
  for (const [name, value] of headers) all.append(name, value);
  return new Response(JSON.stringify(body), { status, headers: all });
}
