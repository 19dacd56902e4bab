// A user's login in the browser: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636), from the address to send the
// browser to until the tokens.

import { checkObject, checkText, demand } from "../checks.js";
import { CallbackError, DiscoveryError, OAuthError, ReplyError } from "../errors.js";
import { encode } from "../jose/base64url.js";
import { constantTimeEqual, randomBytes, sha256 } from "../jose/webcrypto.js";
import { parseObject } from "../json.js";
import { printable } from "../oauth/server-error.js";
import { type ManagerOptions, OAuthTokenManager, shared } from "./manager.js";
import { scopeText, type TokenEndpoint } from "./token-endpoint.js";

/** What a login is made with. */
export interface AuthorizationCodeOptions extends ManagerOptions {
  /** Where the browser comes back to, as it is registered. */
  redirectUri: string;
  /**
   * Pushes the parameters to the server before the browser goes there (RFC 9126), also where the server does not require it. Off if
   * not given.
   */
  pushesRequests?: boolean | undefined;
}

/**
 * A login under way. Keep it in the user's session, and nowhere else: it proves that the callback is this user's, and with
 * `codeVerifier` whoever has the code gets the tokens. Delete it there before `finish`, so that no callback counts twice.
 */
export interface PendingLogin {
  /** Where to send the browser. */
  url: string;
  state: string;
  codeVerifier: string;
}

/** More parameters of the authorization request, as `prompt` or `login_hint`. */
export type AuthorizationParameters = { readonly [name: string]: string };

/** Parameters that are not the caller's to set. */
const OWN = ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"];

/** Logs users in. One object serves all of them. */
export class AuthorizationCodeFlow {
  readonly #options: AuthorizationCodeOptions;
  readonly #endpoint: TokenEndpoint;

  constructor(options: AuthorizationCodeOptions) {
    const { options: own, endpoint } = shared(options);
    demand(typeof own.redirectUri === "string" && URL.canParse(own.redirectUri), "redirectUri is no absolute address");
    this.#options = own;
    this.#endpoint = endpoint;
  }

  /**
   * Begins a login.
   *
   * @throws {DiscoveryError} when the issuer cannot be trusted
   * @throws {OAuthError} when the server refuses the parameters that were pushed
   */
  async begin(parameters: AuthorizationParameters = {}): Promise<PendingLogin> {
    const { authorizationEndpoint, requiresPushedRequests } = await this.#endpoint.metadata.get();
    if (authorizationEndpoint === undefined) throw new DiscoveryError("the issuer has no authorization endpoint");
    const [state, codeVerifier] = [encode(await randomBytes(16)), encode(await randomBytes(32))];
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (!OWN.includes(name)) query.set(name, value);
    }
    const { scopes, resource, dpop, redirectUri } = this.#options;
    query.set("response_type", "code");
    query.set("client_id", this.#endpoint.auth.clientId);
    query.set("redirect_uri", redirectUri);
    query.set("state", state);
    query.set("code_challenge", encode(await sha256(codeVerifier)));
    query.set("code_challenge_method", "S256");
    if (scopes?.length) query.set("scope", scopeText(scopes));
    if (resource) query.set("resource", resource);
    if (dpop) query.set("dpop_jkt", await dpop.thumbprint());
    const isPushed = requiresPushedRequests || this.#options.pushesRequests === true;
    const url = new URL(authorizationEndpoint);
    for (const [name, value] of isPushed ? await this.#push(query) : query) url.searchParams.set(name, value);
    return { url: url.href, state, codeVerifier };
  }

  /** Leaves the parameters with the server. The browser carries what is left: whose they are, and their name. */
  async #push(parameters: URLSearchParams): Promise<URLSearchParams> {
    const { auth } = this.#endpoint;
    const { body, status } = await this.#endpoint.post("pushedAuthorizationRequestEndpoint", parameters);
    const name = parseObject(body)?.["request_uri"];
    if (typeof name !== "string" || name === "") throw new ReplyError("the reply has no request_uri", status);
    return new URLSearchParams({ client_id: auth.clientId, request_uri: name });
  }

  /**
   * Ends a login: takes what the browser came back with, and makes a manager for the user.
   *
   * @param callback the address that the browser asked for, query included
   * @param pending what `begin` gave, from this user's session
   * @param subject your own name for the user: any text that tells your users apart
   * @throws {ConfigurationError} when `subject` or `pending` is empty; nothing was sent, and the code still works
   * @throws {CallbackError} when the callback does not belong to this login; nothing was sent
   * @throws {OAuthError} when the user said no (`access_denied`), or the server refuses
   */
  async finish(callback: string | URL, pending: PendingLogin, subject: string): Promise<OAuthTokenManager> {
    checkText(subject, "subject");
    checkObject(pending);
    checkText(pending.state, "pending.state");
    checkText(pending.codeVerifier, "pending.codeVerifier");
    const code = await this.#code(new URL(callback, this.#options.redirectUri).searchParams, pending);
    const form = new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: this.#options.redirectUri,
      code_verifier: pending.codeVerifier,
    });
    if (this.#options.resource) form.set("resource", this.#options.resource);
    const tokens = (await this.#endpoint.request(form)).toStored();
    return OAuthTokenManager.forUser(this.#options, { subject, tokens });
  }

  async #code(query: URLSearchParams, pending: PendingLogin): Promise<string> {
    if (["state", "iss", "code", "error"].some((name) => query.getAll(name).length > 1)) {
      throw new CallbackError("the callback has a parameter twice");
    }
    if (!constantTimeEqual(query.get("state") ?? "", pending.state)) {
      throw new CallbackError("the callback's state is not this login's");
    }
    // RFC 9207: an answer of another server must not reach this one's token endpoint.
    const [iss, { namesItselfInCallbacks }] = [query.get("iss"), await this.#endpoint.metadata.get()];
    if (iss === null ? namesItselfInCallbacks : iss !== this.#options.issuer) {
      throw new CallbackError("the callback is another server's");
    }
    const [error, code] = [query.get("error"), query.get("code")];
    if (error !== null) {
      const description = query.get("error_description");
      throw new OAuthError(printable(error, 100), description === null ? undefined : printable(description, 500), 0);
    }
    if (!code) throw new CallbackError("the callback has no code");
    return code;
  }
}
