// The vectors once more, as they come out where Node's own crypto is not: in browsers and at the edge, where WebCrypto verifies.

import assert from "node:assert/strict";
import { test } from "node:test";

Object.defineProperty(process, "versions", { value: { ...process.versions, uv: undefined } });
const { nodeCrypto } = await import("../src/jose/webcrypto.js");
test("Node's own crypto is not there", async () => assert.equal(await nodeCrypto(), undefined));
await import("./vectors-server.test.js");
