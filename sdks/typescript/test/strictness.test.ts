// Texts from outside have one form: base64url and JSON, read by ways that are quick and say the same as thorough ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiBytes, decode, decodeAscii, utf8 } from "../src/jose/base64url.js";
import { randomBytes } from "../src/jose/webcrypto.js";
import { parseObject } from "../src/json.js";

test("the quick decoder of base64url says of every ASCII text what the thorough one says", async () => {
  const letters = "AQgwEIMUYcz059-_abcd+/=. \n~";
  for (let round = 0; round < 4000; round += 1) {
    const random = await randomBytes(round % 24);
    // Most texts are good, so that those are compared, too.
    const among = round % 3 === 0 ? letters.length : 20;
    const text = Array.from(random, (byte) => letters[byte % among]).join("");
    assert.deepEqual(decodeAscii(text), decode(text), JSON.stringify(text));
  }
});

test("the quick reader of UTF-8 says of all bytes what the thorough one says", async () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const thorough = (bytes: Uint8Array) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
  for (let round = 0; round < 4000; round += 1) {
    const random = (await randomBytes(round % 12)).map((byte, at) => (at % 4 === round % 4 ? byte : byte & 0x7f));
    const bytes = Buffer.from(random);
    assert.equal(utf8(bytes), thorough(bytes), bytes.join());
  }
  for (const text of ["", "ASCII", "\u00e9", "\ufeff{}", "a\ufffdb", "\u{1f600}"]) {
    assert.equal(utf8(Buffer.from(text)), text);
    assert.equal(asciiBytes(text) !== undefined, text === "" || text === "ASCII", text);
  }
});

test("an object that has a member twice, at any level, is no object", () => {
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  const bad = [
    "", "null", "[]", "1", "{", "{}x", '{"a":NaN}', '{"a":1,}', '{"a":1,"a":2}', '{"a":1,"a":1}', '{"a":{"b":1,"b":1}}',
    '{"a":[{"b":1,"b":1}]}', '{"a":1,"\\u0061":2}', '{"__proto__":1,"__proto__":2}', '{"a":{},"a":{"b":1}}', '{"a":{"b":1},"a":{}}',
    '{"a":"\\\\","a":":"}', '{"a":"\\ud800"}', '{"a":"\\uDC00\\uD800"}',
    '{"a":"\\\\\\ud800x"}', nested(32), nested(200), nested(5000),
    `${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`, '{"a":1e999}', '{"a":-1e999}', '{"a":[{"b":1e400}]}',
  ];
  for (const text of bad) assert.equal(parseObject(text), undefined, text.slice(0, 80));
  const good = [
    "{}", '{"a":"\\ud83d\\ude00","b":"\\\\ud800","c":"\\u00e9\\n"}',
    ' {"a":":\\":","b":[{"a":"},{"},{"a":"\\\\"}],"A":{"a":1}} ',
    '{"":{"":0}}', '{"__proto__":1,"constructor":2}', nested(31), '{"a":[1e308,-1e308,1e-999]}',
    '{"a":"\\\\\\\\ud800\\u001b"}',
  ];
  for (const text of good) assert.ok(parseObject(text), text);
});
