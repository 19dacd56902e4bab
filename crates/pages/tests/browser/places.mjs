// The console, the console of a tenant's administrators and the developers' portal as a running server shows them: every page
// that links lead to, over what real work leaves behind. Each page is held against axe and the width of the screen while its
// picture is taken.
//
//   GRANTD=target/debug/grantd node places.mjs --out DIR [--rows N] [--lang de] [--only PART]   whole pages, to be looked at

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Visitor, asking, demo_with, landing, launch, person, redeem, serve, token, wrong_on } from "./stage.mjs";

export const PARTS = { console: "Operators' console", "of-tenant": "Tenant administrators' console", developers: "Developers' portal" };

const SIZES = [1440, 768, 360].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, height: 900, scale: 1, scheme })));

// After one of these an address names something; what follows is what is looked at or done there.
const KINDS = "applications users tenants members roles tokens grants api-keys webhooks deliveries service-accounts apps sessions secrets keys mail";
const NAMES = new Set(KINDS.split(" "));
const DEEDS = new Set(["new", "unused", "rotate", "everything", "replay"]);

// Names as people choose them: plain, far too long, from right to left; of four, one with a script in it.
const LONG = "The Worshipful Company of Reconciliation Engineers' Quarterly Bookkeeping Synchronisation Service (Pre-Production)";
const named = (what, at) => [`${what} one`, LONG, "شركة المحاسبة الدولية", `${what} <script>alert(1)</script>`][at] ?? `${what} ${at + 1}`;

// The admin API, with everything that the operators' own program may do.
async function api({ issuer, client }) {
  const base = `${issuer}/api/v1`;
  const asked = { grant_type: "client_credentials", client_id: "ops", scope: "grantd:*", resource: base };
  const { access_token } = await token(issuer, asked, client("ops").client_secret);
  return async (path, body) => {
    const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
    const reply = await fetch(base + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
    const made = await reply.json();
    if (!reply.ok) throw new Error(`${path}: ${JSON.stringify(made)}`);
    return made;
  };
}

// What operators, people and programs leave behind: so many of everything.
async function work(server, rows) {
  const call = await api(server);
  const { items } = await call("/users?prefix=ada");
  const scopes = ["customers:read", "invoices:read", "invoices:write", "payments:*"];
  for (let at = 0; at < rows; at += 1) {
    const name = named("Bookkeeping", at);
    const redirect_uris = [`https://books-${at}.example/callback`];
    const made = await call("/clients", { name, redirect_uris, scopes, grant_types: ["authorization_code", "refresh_token"] });
    await call("/tokens", { client_id: made.client_id, name, scopes: ["invoices:read"], user_id: items[0].id, tenant: "acme-berlin" });
    await call("/users", { username: at === 1 ? `${"someone.with.a.long.name.".repeat(3)}@example.com` : `person-${at}@example.com` });
    await call("/tenants", { name: named("Harbour Freight", at) });
    // Of these a realm has few.
    if (at < 100) await call("/roles", { name: `clerk-${at}`, description: named("Clerks", at), permissions: scopes });
    await call("/api-keys", { name: named("Reporting", at), scopes: scopes.slice(0, 1 + (at % 4)), tenant: "acme-berlin" });
    await call("/tenants/acme-berlin/service-accounts", { name: named("Nightly", at), role: "member", scopes });
    if (at < 10) await call("/webhooks", { url: `https://hooks-${at}.example/in`, events: ["client.created", "grant.ended"] });
    await fetch(`${server.issuer}/authorize?${new URLSearchParams({ client_id: "ledger-web", redirect_uri: `http://localhost:3000/wrong-${at}` })}`);
  }
}

// Somebody lets a program in.
async function connect(browser, { issuer }, who) {
  const visitor = await Visitor.of(browser, true);
  const arrival = await landing();
  const scope = "openid offline_access customers:read invoices:read payments:read";
  const asked = asking(issuer, "ledger-desktop", `${arrival.origin}/callback`, { scope });
  await visitor.page.goto(asked.url);
  await visitor.sign_in(who);
  await redeem(issuer, asked, await visitor.leave(visitor.page.locator("#consent-allow"), arrival.origin));
  arrival.close();
  await visitor.close();
}

// A developer with some applications of their own. Gives the first one's id.
async function develop(visitor, issuer, rows) {
  let first;
  for (let at = 0; at < Math.min(rows, 12); at += 1) {
    await visitor.page.goto(`${issuer}/developers/applications/new`);
    const kind = ["web", "native", "machine"][at % 3];
    const more = kind === "machine" ? {} : { redirect_uris: kind === "web" ? `https://books-${at}.example/callback` : "http://127.0.0.1/callback" };
    await visitor.send({ name: named("Books", at), kind, ...more });
    first ??= await visitor.page.locator("#object-id").innerText();
  }
  return first;
}

// What a page is called: its address, with an x for each name of something in it.
function title_of(home, url) {
  const pieces = url.slice(home.length).split("/").filter(Boolean);
  // A service account's address names its tenant, too.
  const names = (at) => NAMES.has(pieces[at - 1]) || pieces[at - 2] === "service-accounts";
  const shown = pieces.map((piece, at) => (names(at) && !DEEDS.has(piece) ? "x" : piece));
  return shown.join("-") || "home";
}

// Every page below a home that links lead to, the first of each kind.
async function pages_below(page, home, seeds) {
  const found = new Map();
  const open = [home, ...seeds.map((seed) => `${home}/${seed}`)];
  for (let next = open.shift(); next; next = open.shift()) {
    const name = title_of(home, next);
    if (found.has(name)) continue;
    const response = await page.goto(next);
    if (response.status() !== 200 || !page.url().startsWith(home)) throw new Error(`${next}: ${response.status()} ${page.url()}`);
    found.set(name, next);
    // What the design page shows leads nowhere.
    if (name === "design") continue;
    const links = await page.locator("a[href]:not([download])").evaluateAll((all) => all.map((one) => one.href));
    const below = links.map((link) => link.replace(/[?#].*/, "")).filter((link) => link.startsWith(`${home}/`));
    open.push(...below.filter((link) => !/\/(export|back)$/.test(link)));
  }
  return found;
}

// Takes each page of each part in each size, and gives what is wrong on them. `take` is told the page and its name.
export async function photograph(browser, { rows = 3, sizes = SIZES, parts = Object.keys(PARTS), locale = "en-GB" }, take) {
  const server = await serve(demo_with("carol"));
  await work(server, rows);
  await connect(browser, server, person("bob"));
  const { url, ...operator } = server.ready.console;
  const ways = {
    console: [url, operator, ["applications/ledger-web", "applications/ledger-desktop/permissions", "users", "tenants/acme-berlin"]],
    "of-tenant": [`${url}/of/acme-berlin`, person("ada"), []],
    developers: [`${server.issuer}/developers`, person("carol"), []],
  };
  const wrong = [];
  for (const part of parts) {
    const [home, who, seeds] = ways[part];
    const visitor = await Visitor.of(browser, true);
    await visitor.page.goto(home);
    await visitor.sign_in(who);
    if (part === "developers") seeds.push(`applications/${await develop(visitor, server.issuer, rows)}`);
    const pages = await pages_below(visitor.page, home, seeds);
    const storageState = await visitor.context.storageState();
    await visitor.close();
    for (const { width, height, scale, scheme } of sizes) {
      const more = { viewport: { width, height }, deviceScaleFactor: scale, colorScheme: scheme, storageState, locale };
      const context = await browser.newContext(more);
      const page = await context.newPage();
      for (const [name, address] of pages) {
        await page.goto(address, { waitUntil: "load" });
        await take(page, `${part}--${name}-${width}-${scheme}`);
        wrong.push(...(await wrong_on(page)).map((fault) => `${address} ${width} ${scheme}: ${fault}`));
      }
      await context.close();
    }
  }
  server.stop();
  return wrong;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { out: text, rows: { ...text, default: "3" }, lang: { ...text, default: "en-GB" }, only: text } });
  mkdirSync(values.out, { recursive: true });
  const browser = await launch();
  const what = { rows: Number(values.rows), locale: values.lang, parts: values.only?.split(",") };
  const take = async (page, name) => {
    // Chromium draws no picture that is taller than a texture may be.
    const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), 12_000);
    const clip = { x: 0, y: 0, width: page.viewportSize().width, height };
    await page.screenshot({ path: join(values.out, `${name}.png`), fullPage: true, clip, animations: "disabled" });
  };
  const wrong = await photograph(browser, what, take);
  for (const fault of wrong) console.error(fault);
  await browser.close();
  process.exit(wrong.length === 0 ? 0 : 1);
}
