// A vendor's own API client: its users give an id, a secret and permissions, and never see a token.

import { type ApiClient, ApiKeyClient, GrantdError, neededScopes, OAuthTokenManager } from "grantd";

/** How a user of this client says who it is: with an OAuth client, or with an API key. */
export type AcmeBillingOptions = { issuer?: string; baseUrl?: string } & (
  | { clientId: string; clientSecret: string; scopes: string[] }
  | { apiKey: string }
);

export interface Customer {
  id: string;
  name: string;
}

/** The API said no. */
export class AcmeBillingError extends Error {
  constructor(
    readonly status: number,
    /** The permissions that the call needs, where that was the reason. */
    readonly needs: string[] = [],
  ) {
    super(needs.length > 0 ? `this needs ${needs.join(", ")}` : `the API answered ${status}`);
  }
}

/** Acme Billing. */
export class AcmeBilling {
  readonly #api: ApiClient;

  constructor({ issuer = "http://localhost:8400", baseUrl = "http://localhost:3000/", ...who }: AcmeBillingOptions) {
    this.#api =
      "apiKey" in who
        ? new ApiKeyClient({ ...who, baseUrl })
        : new OAuthTokenManager({ ...who, issuer, baseUrl, resource: `${issuer}/api` });
  }

  readonly customers = {
    list: (): Promise<Customer[]> => this.#call("customers"),
    create: (name: string): Promise<Customer> => this.#call("customers", { method: "POST", body: JSON.stringify({ name }) }),
  };

  async #call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const response = await this.#api.fetch(path, { ...init, headers });
    if (!response.ok) throw new AcmeBillingError(response.status, neededScopes(response));
    return (await response.json()) as T;
  }
}

/** Whether an error came from getting a token, and not from the API. */
export const isLoginProblem = (error: unknown): boolean => error instanceof GrantdError;
