// Both sides: calling an API, and being one.

export { ApiKeyClient, type ApiKeyOptions } from "./client/api-key.js";
export {
  AuthorizationCodeFlow,
  type AuthorizationCodeOptions,
  type AuthorizationParameters,
  type PendingLogin,
} from "./client/authorization-code.js";
export { neededScopes } from "./client/authorized-fetch.js";
export { DeviceFlow, type DevicePrompt } from "./client/device.js";
export {
  type ApiClient,
  type ManagerOptions,
  OAuthTokenManager,
  type TokenRequest,
  type UserTokens,
} from "./client/manager.js";
export { MemoryTokenStore, type TokenStore } from "./client/store.js";
export type { StoredTokens } from "./client/token-set.js";
export type { AuthMethod, ClientCredentials } from "./oauth/client-auth.js";
export { DpopKey } from "./oauth/dpop-key.js";
export type { Algorithm, Jwk } from "./jose/algorithm.js";
export { type Clock, systemClock } from "./clock.js";
export type { Fetch } from "./http.js";
export * from "./errors.js";
export * from "./server/index.js";
