// The second process of rotation_in_two_processes: it finds the stored token too old, and wants another.

import { FileTokenStore } from "../src/client/file-store.js";
import * as grantd from "../src/index.js";
import { systemClock } from "../src/clock.js";

const [, , directory = "", options = "{}"] = process.argv;
let requests = 0;
const fetch: grantd.Fetch = (input, init) => {
  if (init?.method === "POST") requests += 1;
  return globalThis.fetch(input, init);
};
// An hour later: the token is old. What is obtained from now on is young.
const clock: grantd.Clock = { now: () => Date.now() + 3_599_000, sleep: systemClock.sleep };
const store = new FileTokenStore(directory);
const manager = await grantd.OAuthTokenManager.forUser({ ...JSON.parse(options), store, fetch, clock }, { subject: "ada" });
const accessToken = await manager.getAccessToken();
process.stdout.write(JSON.stringify({ accessToken, requests }));
