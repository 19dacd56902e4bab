// A login on a device without a browser (RFC 8628): it shows a code, the user confirms it elsewhere, the device waits.

import { checkText, demand } from "../checks.js";
import { NetworkError, OAuthError, ReplyError } from "../errors.js";
import { optionalNumber, optionalString, parseObject } from "../json.js";
import { orAborted, pauseOrAborted } from "./caller-signal.js";
import { type ManagerOptions, OAuthTokenManager, shared } from "./manager.js";
import { scopeText, type TokenEndpoint } from "./token-endpoint.js";
import type { TokenSet } from "./token-set.js";

/** What to show to the user. */
export interface DevicePrompt {
  userCode: string;
  /** Where the user enters it. */
  verificationUri: string;
  /** The same with the code in it, for a QR code. */
  verificationUriComplete: string | undefined;
  /** Seconds until the code ends. */
  expiresIn: number;
}

/** Seconds between two questions, where the server does not say (RFC 8628 section 3.2). */
const INTERVAL = 5;

/** Logs users in on devices. */
export class DeviceFlow {
  readonly #options: ManagerOptions;
  readonly #endpoint: TokenEndpoint;

  constructor(options: ManagerOptions) {
    const { options: own, endpoint } = shared(options);
    this.#options = own;
    this.#endpoint = endpoint;
  }

  /**
   * Asks for a code, shows it, and waits until the user has answered.
   *
   * @param subject your own name for the user: any text that tells your users apart
   * @throws {ConfigurationError} when `subject` is empty; nothing was sent
   * @throws {OAuthError} `access_denied` when the user said no, `expired_token` when nobody answered in time
   */
  async login(subject: string, show: (prompt: DevicePrompt) => void, signal?: AbortSignal): Promise<OAuthTokenManager> {
    // Before anybody is asked: what the user has confirmed must not be lost for it.
    checkText(subject, "subject");
    demand(typeof show === "function", "show is no function");
    const { scopes, resource } = this.#options;
    const form = new URLSearchParams();
    if (scopes?.length) form.set("scope", scopeText(scopes));
    if (resource) form.set("resource", resource);
    const ask = () => this.#endpoint.post("deviceAuthorizationEndpoint", form);
    const asked = readPrompt((await orAborted(signal, ask)).body);
    show(asked.prompt);
    const tokens = (await this.#wait(asked, signal)).toStored();
    return OAuthTokenManager.forUser(this.#options, { subject, tokens });
  }

  async #wait({ deviceCode, prompt, interval }: Asked, signal: AbortSignal | undefined): Promise<TokenSet> {
    const { clock } = this.#endpoint.http;
    const end = clock.now() + prompt.expiresIn * 1000;
    let pause = interval;
    for (;;) {
      await pauseOrAborted(signal, (stop) => clock.sleep(pause * 1000, stop));
      if (clock.now() >= end) throw new OAuthError("expired_token", "nobody confirmed the code in time", 0);
      try {
        const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: deviceCode };
        return await orAborted(signal, () => this.#endpoint.request(new URLSearchParams(form)));
      } catch (error) {
        pause = pauseAfter(error, pause);
      }
    }
  }
}

/** Seconds until the next question after this error, which is thrown on where there is none. */
function pauseAfter(error: unknown, pause: number): number {
  if (error instanceof OAuthError) {
    if (error.code === "authorization_pending") return pause;
    if (error.code === "slow_down") return pause + 5;
    throw error;
  }
  // RFC 8628 section 3.5: a server that does not answer is asked less often.
  if (error instanceof NetworkError || (error instanceof ReplyError && (error.status >= 500 || error.status === 429))) {
    return Math.min(pause * 2, 60);
  }
  throw error;
}

interface Asked {
  deviceCode: string;
  prompt: DevicePrompt;
  interval: number;
}

function readPrompt(body: string): Asked {
  const reply = parseObject(body) ?? {};
  try {
    const [deviceCode, userCode] = [optionalString(reply, "device_code"), optionalString(reply, "user_code")];
    const verificationUri = optionalString(reply, "verification_uri");
    const expiresIn = optionalNumber(reply, "expires_in");
    if (!deviceCode || !userCode || !verificationUri || expiresIn === undefined) {
      throw new ReplyError("the reply has no code for the device", 200);
    }
    const verificationUriComplete = optionalString(reply, "verification_uri_complete");
    const interval = Math.max(1, optionalNumber(reply, "interval") ?? INTERVAL);
    return { deviceCode, interval, prompt: { userCode, verificationUri, verificationUriComplete, expiresIn } };
  } catch (cause) {
    if (cause instanceof ReplyError) throw cause;
    throw new ReplyError("the reply with the code is malformed", 200, undefined, { cause });
  }
}
