// The client side: what a program needs that calls an API.

export { ApiKeyClient, type ApiKeyOptions } from "./api-key.js";
export {
  AuthorizationCodeFlow,
  type AuthorizationCodeOptions,
  type AuthorizationParameters,
  type PendingLogin,
} from "./authorization-code.js";
export { neededScopes } from "./authorized-fetch.js";
export { DeviceFlow, type DevicePrompt } from "./device.js";
export {
  type ApiClient,
  type ManagerOptions,
  OAuthTokenManager,
  type TokenRequest,
  type UserTokens,
} from "./manager.js";
export { MemoryTokenStore, type TokenStore } from "./store.js";
export type { StoredTokens } from "./token-set.js";
export type { AuthMethod, ClientCredentials } from "../oauth/client-auth.js";
export { DpopKey } from "../oauth/dpop-key.js";
export type { Algorithm, Jwk } from "../jose/algorithm.js";
export { type Clock, systemClock } from "../clock.js";
export type { Fetch } from "../http.js";
export * from "../errors.js";
