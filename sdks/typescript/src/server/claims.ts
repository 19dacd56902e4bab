// What an access token says, checked: a plain function of claims, expectations and a time. The same checks serve JWTs and
// replies of the introspection endpoint. Must not know signatures.

import { type Json, optionalList, optionalNumber, optionalObject, optionalString, WrongType } from "../json.js";
import { isSameResource } from "../oauth/resource.js";
import { parseScopes } from "../oauth/scope.js";
import { type Confirmation, type Kind, Principal } from "./principal.js";
import { Refusal } from "./refusal.js";

/** What an API expects of tokens. */
export interface Expectations {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Seconds by which clocks may differ. */
  readonly leeway: number;
  readonly tenantClaim: string | undefined;
}

/** The last date that is taken: the end of the year 9999. */
const LAST_DATE = 253_402_300_799;

/**
 * Checks the claims of a credential.
 *
 * @param now seconds since 1970
 * @throws {Refusal} with the first thing that is wrong
 */
export function judge(token: string, kind: Kind, claims: Json, expected: Expectations, now: number): Principal {
  try {
    return read(token, kind, claims, expected, now);
  } catch (error) {
    throw error instanceof WrongType ? new Refusal("claim") : error;
  }
}

function read(token: string, kind: Kind, claims: Json, expected: Expectations, now: number): Principal {
  const isKey = kind === "api_key";
  const issuer = optionalString(claims, "iss");
  const subject = optionalString(claims, "sub");
  const clientId = optionalString(claims, "client_id") ?? (isKey ? subject : undefined);
  const audience = optionalList(claims, "aud") ?? (isKey ? [] : undefined);
  if (!issuer || !subject || !clientId || audience === undefined) throw new Refusal("claim");
  const scopes = parseScopes(optionalString(claims, "scope") ?? "");
  if (scopes === undefined) throw new Refusal("claim");
  const issuedAt = date(claims, "iat");
  const expiresAt = date(claims, "exp");
  if (!isKey && (issuedAt === undefined || expiresAt === undefined)) throw new Refusal("claim");
  const tokenId = optionalString(claims, "jti");
  const confirmation = readConfirmation(claims);
  const tenant = expected.tenantClaim === undefined ? undefined : optionalString(claims, expected.tenantClaim);
  optionalObject(claims, "status");

  if (issuer !== expected.issuer) throw new Refusal("issuer");
  const resource = expected.audience.find((one) => audience.some((other) => isSameResource(one, other)));
  if (resource === undefined && !(isKey && audience.length === 0)) throw new Refusal("audience");
  const notBefore = date(claims, "nbf");
  // What is no number passes none of these.
  if (expiresAt !== undefined && !(now < expiresAt + expected.leeway)) throw new Refusal("expired");
  if (notBefore !== undefined && !(now >= notBefore - expected.leeway)) throw new Refusal("not_yet_valid");
  if (issuedAt !== undefined && !(now >= issuedAt - expected.leeway)) throw new Refusal("not_yet_valid");
  return new Principal({
    token,
    kind,
    issuer,
    subject,
    clientId,
    audience,
    scopes,
    issuedAt,
    expiresAt,
    tokenId,
    tenant,
    confirmation,
    resource,
    claims,
  });
}

/** Seconds since 1970, whole. */
function date(claims: Json, name: string): number | undefined {
  const value = optionalNumber(claims, name);
  if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= LAST_DATE)) throw new WrongType(name);
  return value;
}

/** `cnf`. One that says nothing known means that the token is bound to something that cannot be checked here. */
function readConfirmation(claims: Json): Confirmation | undefined {
  const cnf = optionalObject(claims, "cnf");
  if (cnf === undefined) return undefined;
  const [jkt, certificate] = [optionalString(cnf, "jkt"), optionalString(cnf, "x5t#S256")];
  if (jkt === undefined && certificate === undefined) throw new Refusal("confirmation");
  return {
    ...(jkt === undefined ? {} : { jkt }),
    ...(certificate === undefined ? {} : { "x5t#S256": certificate }),
  };
}
