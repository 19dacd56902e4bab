// The parts that everything else stands on, where a vector does not reach.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileTokenStore } from "../src/client/file-store.js";
import { MemoryTokenStore, type TokenStore } from "../src/client/store.js";
import { systemClock } from "../src/clock.js";
import { ReplyError } from "../src/errors.js";
import { exchange, platformFetch } from "../src/http.js";
import { decode, encode } from "../src/jose/base64url.js";
import type { Jwk } from "../src/jose/algorithm.js";
import { PublicKey } from "../src/jose/jwk.js";
import { constantTimeEqual, randomBytes } from "../src/jose/webcrypto.js";
import { targetUri } from "../src/oauth/target-uri.js";
import { vectors } from "./vectors.js";

test("base64url is the same with and without Node's Buffer", async () => {
  const samples = [...Array(40).keys()];
  const bytes = await Promise.all(samples.map((length) => randomBytes(length)));
  const own = bytes.map((one) => encode(one));
  const { Buffer: buffer } = globalThis;
  try {
    (globalThis as { Buffer?: unknown }).Buffer = undefined;
    for (const [at, one] of bytes.entries()) {
      const text = encode(one);
      assert.equal(text, own[at]);
      assert.deepEqual([...(decode(text) ?? [])], [...one]);
    }
  } finally {
    globalThis.Buffer = buffer;
  }
  for (const text of ["A", "AB", "AAB", "AA==", "A+A", "A/A", "A A", "é"]) assert.equal(decode(text), undefined, text);
});

test("texts are equal only when they are", () => {
  assert.ok(constantTimeEqual("", "") && constantTimeEqual("abc", "abc"));
  for (const [one, other] of [["", "a"], ["a", ""], ["abc", "abd"], ["abc", "abcabc"], ["aa", "a"]] as const) {
    assert.ok(!constantTimeEqual(one, other), `${one} ${other}`);
  }
});

test("an address with user information, two ports or no host names no target", () => {
  for (const url of ["https://u@h/", "https://h:443:443/", "https:///a", "ftp://h/", "/a", "https://h/ a", "https://h\\a/"]) {
    assert.equal(targetUri(url), undefined, url);
  }
  assert.equal(targetUri("HTTPS://H:443?x#y"), "https://h/");
  assert.equal(targetUri("http://[::1]:8080/%2f"), "http://[::1]:8080/%2F");
});

test("a key with a long exponent, which would make each verification slow, is not read", async () => {
  const key = vectors("tokens").jwks.keys.find(({ kid }: { kid?: string }) => kid === "rs");
  assert.ok(await PublicKey.read(key));
  assert.equal(await PublicKey.read({ ...key, e: key.n }), undefined);
});

test("a key's members are strict base64url of the right length, and an RSA exponent is odd and no 1", async () => {
  const keys: { [kid: string]: Jwk } = {};
  for (const key of vectors("tokens").jwks.keys as Jwk[]) keys[key?.kid ?? ""] ??= key;
  const { rs = {}, es = {}, ed = {} } = keys;
  assert.ok((await PublicKey.read(rs)) && (await PublicKey.read(es)) && (await PublicKey.read(ed)));
  for (const e of ["AQ", "Ag", "AQAC", "AAAB", "AA", "", "AAEAAQ==", "AQAB ", "AQA/"]) {
    assert.equal(await PublicKey.read({ ...rs, e }), undefined, e);
  }
  assert.ok(await PublicKey.read({ ...rs, e: "Aw" }));
  const short = encode(Uint8Array.from([0, ...(decode(rs.n ?? "") ?? []).slice(1)]));
  assert.equal(await PublicKey.read({ ...rs, n: short }), undefined, "bits are counted, not bytes");
  const long = (text: string) => encode(Uint8Array.from([0, ...(decode(text) ?? [])]));
  for (const wrong of [(text: string) => `${text}=`, (text: string) => ` ${text}`, (text: string) => `${text}A`, long]) {
    for (const key of [{ ...es, x: wrong(es.x ?? "") }, { ...es, y: wrong(es.y ?? "") }, { ...ed, x: wrong(ed.x ?? "") }]) {
      assert.equal(await PublicKey.read(key), undefined, JSON.stringify(key));
    }
  }
});

test("the platform's own fetch does not carry a request on to where a redirect leads", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const http = { fetch: platformFetch, clock: systemClock, timeout: 10_000 };
  try {
    await assert.rejects(exchange(http, url, { method: "POST", body: "client_secret=s" }), ReplyError);
    assert.deepEqual(asked, ["/token"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a reply that is not UTF-8 is no reply, and an error page that is not says no more than its status", async () => {
  const answering = (status: number, body: number[]) => {
    const fetch = () => Promise.resolve(new Response(Uint8Array.from(body), { status }));
    return exchange({ fetch, clock: systemClock, timeout: 10_000 }, "https://id.example/token");
  };
  for (const body of [[0x7b, 0xff, 0x7d], [0x7b, 0xc3]]) {
    await assert.rejects(answering(200, body), ReplyError);
    assert.equal((await answering(404, body)).body, "");
  }
  const marked = '\ufeff{"a":"\u00e9"}';
  assert.equal((await answering(200, [...new TextEncoder().encode(marked)])).body, marked);
});

const STORES: { [name: string]: (directory: string) => TokenStore } = {
  "in memory": () => new MemoryTokenStore(),
  "in files": (directory) => new FileTokenStore(directory),
};

for (const [name, make] of Object.entries(STORES)) {
  test(`a store ${name} keeps, replaces and deletes, and its lock lets one in at a time`, async () => {
    const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
    const store = make(directory);
    const texts = { scope: "a:read", refreshToken: "r", idToken: "i", jkt: "k" };
    const tokens = { accessToken: "a", tokenType: "DPoP", obtainedAt: 1, lifetime: 2, ...texts } as const;
    assert.equal(await store.get("k"), undefined);
    await store.set("k", tokens);
    assert.deepEqual(await store.get("k"), tokens);
    await store.set("k", { ...tokens, accessToken: "b" });
    assert.equal((await store.get("k"))?.accessToken, "b");
    await store.delete("k");
    await store.delete("k");
    assert.equal(await store.get("k"), undefined);
    let inside = 0;
    const work = async () => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => store.withLock?.("k", work)));
    await assert.rejects(async () => store.withLock?.("k", async () => Promise.reject(new Error("it broke"))), /it broke/);
    await store.withLock?.("k", work);
    await rm(directory, { recursive: true });
  });
}

test("a store in files is for one user's eyes, refuses odd keys, and survives a process that died", async () => {
  const directory = await mkdtemp(join(tmpdir(), "grantd-store-"));
  const store = new FileTokenStore(directory);
  await store.set("k", { accessToken: "a", tokenType: "Bearer", obtainedAt: 1, lifetime: 2 });
  assert.equal((await stat(join(directory, "k.json"))).mode & 0o777, 0o600);
  await assert.rejects(store.get("../k"), TypeError);
  await writeFile(join(directory, "bad.json"), '{"accessToken":');
  await assert.rejects(store.get("bad"), /damaged/);
  await writeFile(join(directory, "k.lock"), "");
  await utimes(join(directory, "k.lock"), new Date(0), new Date(0));
  assert.equal(await store.withLock("k", async () => "in"), "in");
  assert.deepEqual((await readdir(directory)).sort(), ["bad.json", "k.json"]);
  await rm(directory, { recursive: true });
});
