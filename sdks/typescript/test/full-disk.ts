// The process of no_drafts_are_left that cannot write a byte: it says which errors a store gave.

import { FileTokenStore } from "../src/client/file-store.js";

const [, , directory = ""] = process.argv;
const store = new FileTokenStore(directory);
const codes: unknown[] = [];
const tokens = { accessToken: "a", tokenType: "Bearer", obtainedAt: 1, lifetime: 2 } as const;
for (const work of [() => store.set("k", tokens), () => store.withLock("k", async () => "in")]) {
  codes.push(await work().then(() => "done", (error: { code?: string }) => error.code));
}
process.stdout.write(JSON.stringify(codes));
