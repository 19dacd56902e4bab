// The parts of a request that say who asks. Frameworks fill them in; nothing here knows one.

import { Refusal, type Scheme } from "./refusal.js";

/** What a request presents. */
export interface RequestFacts {
  /** The method as it was sent: a proof names it letter by letter. */
  method: string;
  /**
   * The address as the client wrote it, scheme and host included: what a DPoP proof names. The path alone (`/v1/customers`) is enough
   * where the verifier has an `origin`; never put an unchecked `Host` before it, which could bring a path of its own.
   */
  url: string;
  /** All values of `Authorization`. */
  authorization: readonly string[];
  /** All values of `x-api-key`. */
  apiKey?: readonly string[] | undefined;
  /** All values of `DPoP`. */
  proof?: readonly string[] | undefined;
  /** The client's TLS certificate, DER. It must come from the TLS connection, or from a proxy that is trusted. */
  certificate?: Uint8Array | undefined;
}

/** A credential, and the scheme it came under. */
export interface Presented {
  readonly token: string;
  readonly scheme: Scheme;
  /** It came as `x-api-key`, where only a key belongs. */
  readonly isKey: boolean;
}

/**
 * The one credential of a request.
 *
 * @param takesKeys whether `x-api-key` counts; otherwise it is somebody else's affair
 * @throws {Refusal} `missing`, `twice`, or `malformed`
 */
export function presented(facts: RequestFacts, takesKeys: boolean): Presented {
  const keys = takesKeys ? (facts.apiKey ?? []) : [];
  const { authorization } = facts;
  // Another scheme is for somebody else, a proxy say. Where there is one credential alone it says itself what it is.
  const tokens = authorization.length + keys.length > 1 ? authorization.filter(isToken) : authorization;
  if (tokens.length + keys.length > 1) throw new Refusal("twice");
  if (keys[0] !== undefined) return { token: keys[0], scheme: "Bearer", isKey: true };
  const [header] = tokens;
  if (header === undefined) throw new Refusal("missing");
  const found = /^(bearer|dpop) +([^\s]+)$/i.exec(header.trim());
  if (found === null) throw new Refusal(isToken(header) ? "malformed" : "missing");
  return { token: found[2] ?? "", scheme: found[1]?.toLowerCase() === "dpop" ? "DPoP" : "Bearer", isKey: false };
}

/** Whether a value of `Authorization` is, or means to be, an access token. */
function isToken(header: string): boolean {
  return /^\s*(bearer|dpop)\b/i.test(header);
}
