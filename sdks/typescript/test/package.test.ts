// The package as somebody gets it: packed, installed into an empty project, and used as its README says.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NEEDS_SERVER, Server } from "./grantd.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

describe("the package", () => {
  let project: string;
  before(async () => {
    project = await mkdtemp(join(tmpdir(), "grantd-project-"));
    // What is packed was built by the test run itself.
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], { cwd: ROOT });
    const [packed] = Object.values(JSON.parse(stdout)) as [{ filename: string; files: { path: string }[] }];
    const readme = await readFile(join(ROOT, "README.md"), "utf8");
    assert.ok(readme.includes(`\nnpm install ../grantd/sdks/typescript/${packed.filename}\n`), packed.filename);
    assert.deepEqual(
      packed.files.map(({ path }) => path).filter((path) => !/^(dist|examples)\//.test(path)).sort(),
      ["LICENSE", "README.md", "package.json"],
    );
    const paths = [...readme.matchAll(/`(examples\/[^`]+)`/g)].map(([, path = ""]) => path);
    assert.ok(paths.length > 2 && paths.every((path) => packed.files.some((file) => file.path === path)), paths.join());
    assert.ok(!/\]\((?!https:)/.test(readme), "a link to what is not in the package");
    await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const install = ["install", "--offline", "--no-audit", "--no-fund", join(project, packed.filename)];
    await run("npm", install, { cwd: project });
  });
  after(() => rm(project, { recursive: true }));

  test("it has no dependencies, and every entry can be imported", async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined]);
    const entries = Object.keys(manifest.exports).map((entry) => entry.replace(/^\./, "grantd"));
    const imports = entries.map((entry) => {
      const how = entry.endsWith(".json") ? ', { with: { type: "json" } }' : "";
      return `await import(${JSON.stringify(entry)}${how});`;
    }).join("\n");
    await writeFile(join(project, "all.mjs"), imports);
    await run(process.execPath, ["all.mjs"], { cwd: project });
  });

  test("nothing but the store in files imports anything of Node", async () => {
    const files = (await readdir(join(ROOT, "dist"), { recursive: true })).filter((name) => name.endsWith(".js"));
    assert.ok(files.length > 30);
    const importing: string[] = [];
    for (const name of files) {
      const text = await readFile(join(ROOT, "dist", name), "utf8");
      if (/(from|import\()\s*["'](?!\.)/.test(text)) importing.push(name);
    }
    assert.deepEqual(importing, ["file-lock.js", "file-store.js"].map((file) => join("client", file)));
  });

  test("every public name is documented", async () => {
    const typedoc = join(ROOT, "node_modules/typedoc/bin/typedoc");
    await run(process.execPath, [typedoc, "--emit", "none"], { cwd: ROOT }).catch((error: { stderr: string; stdout: string }) => {
      assert.fail(error.stdout + error.stderr);
    });
  });

  test("its types hold in a strict project that has no types of the browser", async () => {
    const uses = [
      'import * as express from "grantd/express"; import * as hono from "grantd/hono"; import * as fastify from "grantd/fastify";',
      'import { mcpTokenVerifier } from "grantd/mcp"; import { FakeIssuer } from "grantd/testing";',
      'import { createVerifier, type Principal } from "grantd"; import { FileTokenStore } from "grantd/file-store";',
      'export const verifier = createVerifier({ issuer: "https://id.example.test", audience: "a" });',
      "export const scopes = (principal: Principal): readonly string[] => principal.scopes;",
      "export const all = [express, hono, fastify, mcpTokenVerifier, FakeIssuer, FileTokenStore];",
    ];
    await writeFile(join(project, "uses.ts"), uses.join("\n"));
    const options = { strict: true, module: "NodeNext", target: "ES2022", lib: ["ES2022"], types: ["node"], noEmit: true };
    const compilerOptions = { ...options, typeRoots: [join(ROOT, "node_modules/@types")] };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["uses.ts"] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, "-p", project]).catch((error: { stdout: string }) => assert.fail(error.stdout));
  });

  test("the README's first snippet runs as it stands against grantd dev", NEEDS_SERVER, async () => {
    const server = await Server.start();
    try {
      const readme = await readFile(join(ROOT, "README.md"), "utf8");
      const [, snippet = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
      // Only the port is another one here.
      await writeFile(join(project, "first.mjs"), snippet.replace("http://localhost:8400", server.issuer));
      const env = { ...process.env, GRANTD_SECRET: server.client("nightly-export").clientSecret };
      const { stdout } = await run(process.execPath, ["first.mjs"], { cwd: project, env });
      assert.equal(stdout, "nightly-export may invoices:read\n");
    } finally {
      server.stop();
    }
  });
});
