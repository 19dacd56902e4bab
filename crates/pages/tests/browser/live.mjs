// Drives a running server in Chromium as people would, suite by suite, each with a server of its own and several at a time:
// axe on each page, and nothing that the content security policy blocked.
//
//   GRANTD=target/debug/grantd node live.mjs [SUITE...]

import { availableParallelism } from "node:os";
import account from "./account.mjs";
import console_suite from "./console.mjs";
import consent from "./consent.mjs";
import guides from "./guides.mjs";
import interrupted from "./interrupted.mjs";
import login from "./login.mjs";
import names from "./names.mjs";
import passkeys from "./passkeys.mjs";
import portal from "./portal.mjs";
import { faults, launch, looked, scenario } from "./stage.mjs";

const SUITES = { consent, portal, console: console_suite, account, login, guides, passkeys, interrupted, names };

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in SUITES));
if (unknown) throw new Error(`no suite ${unknown}: ${Object.keys(SUITES).join(", ")}`);
const waiting = Object.entries(SUITES).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const browser = await launch();
const work = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, suite] = next;
    const began = Date.now();
    await scenario(name, () => suite(browser));
    console.log(`${name}: ${Math.round((Date.now() - began) / 1000)} s`);
  }
};
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${looked.size} pages looked at, ${faults.length} faults`);
// Not left to itself: a suite that broke off leaves things open.
process.exit(faults.length === 0 ? 0 : 1);
