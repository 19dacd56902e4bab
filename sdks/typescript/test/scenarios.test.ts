// Every scenario that the SDKs share has its test here, under its name.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { vectorsText } from "./vectors.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

test("every scenario has its test, against the server where the table says so", () => {
  const table = vectorsText("scenarios.md");
  const rows = [...table.matchAll(/^\| `(\w+)` \| (server|fake) \| .+ \|$/gm)];
  // Every row of the tables but their heads, so that none is passed over because of how it is written.
  assert.equal(rows.length, [...table.matchAll(/^\|(?! name \||---)/gm)].length);
  assert.ok(rows.length > 30);
  const sources = (isWithServer: boolean) => {
    const files = readdirSync(HERE).filter((file) => file.endsWith(".test.js") && file.includes("-grantd.") === isWithServer);
    return files.map((file) => readFileSync(join(HERE, file), "utf8")).join("\n");
  };
  const tests: { [where: string]: string } = { server: sources(true), fake: sources(false) };
  for (const [, name = "", where = ""] of rows) {
    assert.match(tests[where] ?? "", new RegExp(`\\btest\\(["'\`]${name}[:"'\`]`), `${name}, with ${where}`);
  }
});
