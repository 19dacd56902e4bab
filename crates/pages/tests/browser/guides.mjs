// The walkthroughs of docs/guide, as they are written: their steps in their order, their commands in a shell, and the names of
// pages, buttons and texts that they mention.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Visitor, asking, expect, landing, person, redeem, repository, scenario, serve, token } from "./stage.mjs";

export default async function guides(browser) {
  await scenario("a merchant connects an application", () => merchant(browser));
  await scenario("a developer registers and debugs an application", () => developer(browser));
  await scenario("an operator trims an AI client", () => operator(browser));
}

const guide = (name) => readFileSync(join(repository, "docs/guide", name), "utf8");
const section = (text, heading) => {
  const [, rest] = text.split(new RegExp(`^## ${heading}.*\n`, "m"));
  return (rest ?? "").split(/^## /m)[0];
};
const said_in = (text, pattern) => {
  const found = text.replaceAll(/\s+/g, " ").match(pattern);
  if (!found) throw new Error(`the guide does not say ${pattern}`);
  return found.slice(1);
};

// Walks the numbered steps below a heading. Each is called what it has in bold, and there is something to do for each.
async function walk(text, heading, deeds) {
  const steps = section(text, heading).split(/^\d+\. /m).slice(1);
  const names = steps.map((step) => said_in(step, /\*\*(.+?)\.?\*\*/)[0]);
  expect(names.join("; ") === Object.keys(deeds).join("; "), `the steps of the guide: ${names.join("; ")}`);
  for (const [at, name] of names.entries()) {
    // A word in italics is one that stands on the pages.
    const word = (wanted) => said_in(steps[at], new RegExp(`[*](${wanted})[*]`))[0];
    await deeds[name]?.(word, steps[at]);
  }
}

// A shell that keeps its variables from one command of the guide to the next.
function shell() {
  const directory = mkdtempSync(join(tmpdir(), "grantd-guide-"));
  const child = spawn("sh", ["-e"], { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
  // A command that hangs is stopped, and told as one that failed.
  const late = setTimeout(() => child.kill(), 300_000);
  child.once("exit", () => clearTimeout(late));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const run = async (text) => {
    // What came before may lack the end of its line.
    child.stdin.write(`${text}\necho\necho --end--\n`);
    const told = [];
    for (let line = await lines.next(); line.value !== "--end--"; line = await lines.next()) {
      if (line.done) throw new Error(`the shell stopped at: ${text}\n${told.join("\n")}`);
      told.push(line.value);
    }
    return told.join("\n").trim();
  };
  return { run, close: () => child.stdin.end() };
}

async function merchant(browser) {
  const text = guide("first-integration.md");
  const { issuer, client, stop } = await serve();
  const secrets = { "ledger-web": client("ledger-web").client_secret, "acme-api": client("acme-api").client_secret };
  const blocks = text.split(/^```\w*$/m).filter((_, at) => at % 2 === 1);
  expect(blocks.length === 8, `the guide has ${blocks.length} blocks of commands`);
  const [variables, discovery, ask, code, call, who, refresh, end] = blocks;
  const { run, close } = shell();
  let set = variables.replace("http://localhost:8400", issuer);
  for (const [id, secret] of Object.entries(secrets)) set = set.replace(`paste-the-secret-of-${id}`, secret);
  expect(!set.includes("paste-"), `every variable is set: ${variables}`);
  await run(set);
  expect(JSON.parse(await run(discovery)).issuer === issuer, "the document names the issuer that was asked");

  const visitor = await Visitor.of(browser, true);
  const callback = said_in(text, /redirect URI `(\S+)`/)[0];
  await visitor.stand_in(new URL(callback).origin);
  await visitor.go(await run(ask));
  const [username, password] = said_in(text, /Log in as `(\S+)`, password `(\S+)`; choose one of the two companies; allow/);
  await visitor.sign_in({ username, password });
  const companies = visitor.page.locator("[name=tenant]");
  expect((await companies.count()) === 2, "two companies are to choose from");
  await companies.first().check();
  const arrived = await visitor.leave(visitor.page.locator("#consent-allow"), new URL(callback).origin);
  const [begin, names] = said_in(text, /The browser ends at (\S+?)[?](\S+)/);
  const promised = names.split("&").map((pair) => pair.split("="));
  const query = new URL(arrived).searchParams;
  expect(arrived.startsWith(`${begin}?`) && promised.length === query.size, `the browser ends at ${arrived}`);
  for (const [name, value] of promised.slice(0, 2)) {
    expect(query.get(name)?.startsWith(value.replace("…", "")), `${name} is ${query.get(name)}`);
  }
  expect(query.get("iss") === issuer, "the answer names its issuer");
  await visitor.close();

  const told = JSON.parse(await run(code.replace("paste-the-code", query.get("code"))));
  for (const name of said_in(text, /The reply has an (.+?):/)[0].match(/(?<=`)\w+(?=`)/g)) {
    expect(typeof told[name] === "string", `the reply has ${name}`);
  }
  expect(JSON.parse(await run(call)).active === true, "the API learns that the token is good");
  const [to_others] = said_in(text, /To everybody else the token is `(.+?)`/);
  said_in(text, /The client that got the token may ask, too[.]/);
  const asked_by = (client) => run(`curl -s -u ${client} $ISSUER/introspect -d token=$ACCESS`);
  expect(JSON.parse(await asked_by("$CLIENT:$SECRET")).active === true, "the client that got it may ask, too");
  const other = `nightly-export:${client("nightly-export").client_secret}`;
  expect((await asked_by(other)) === to_others, "others learn nothing");
  expect(JSON.parse(await run(who)).name === "Ada Example", "who the user is");
  const next = JSON.parse(await run(refresh));
  expect(next.refresh_token !== told.refresh_token, "the refresh token changes");
  expect((await run(end)) === "200", "it is over");
  const form = { grant_type: "refresh_token", refresh_token: next.refresh_token, client_id: "ledger-web" };
  expect((await token(issuer, form, secrets["ledger-web"])).error === "invalid_grant", "and stays over");
  close();
  stop();
}

const main = (visitor) => visitor.page.locator("main").innerText();
const tab = (visitor, name) => visitor.press(visitor.page.locator(".tab", { hasText: name }));
const link = (visitor, name) => visitor.press(visitor.page.locator("main a", { hasText: name }).first());

async function developer(browser) {
  const text = guide("portal.md");
  const server = await serve();
  const { issuer } = server;
  const visitor = await Visitor.of(browser, true);
  const { page } = visitor;
  const callback = "https://books.example/callback";
  const [place] = said_in(text, /at `(\/\S+)` below the issuer/);
  await visitor.log_in(`${issuer}${place}`, "ada@example.com", "correct-horse-ada");
  let id, secret;
  const home = () => `${issuer}${place}/applications/${id}`;
  const consent = async () => {
    await page.locator("[name=tenant]").first().check();
    const back = page.waitForURL(`${home()}/try/back?**`, { waitUntil: "load" });
    await Promise.all([back, page.locator("#consent-allow").click()]);
  };
  await walk(text, "A developer registers and debugs an application", {
    "New application": async (_, step) => {
      await link(visitor, "New application");
      const offered = (await page.locator(".offer__name").allInnerTexts()).map((name) => name.toLowerCase());
      const kinds = said_in(step, /Choose what it is: an? (.+?)[.]/)[0].toLowerCase().split(/, an? /);
      expect(offered.join("; ") === kinds.join("; "), `the kinds: ${offered}`);
      await visitor.send({ name: "Books", kind: "web", redirect_uris: callback });
      secret = await page.locator("[data-secret]").innerText();
      id = await page.locator("#object-id").innerText();
      const file = await page.locator("a[download]").getAttribute("download");
      expect(file.endsWith(said_in(step, /`([.]env)`/)[0]), `a file of it: ${file}`);
    },
    Permissions: async (word) => {
      await visitor.go(home());
      await tab(visitor, "Permissions");
      await page.locator('[name=scope][value="invoices:read"]').evaluate((box) => box.click());
      await visitor.press(page.locator("main form[method=post] button[type=submit]").last());
      const bob = await Visitor.of(browser, true);
      await bob.page.goto(asking(issuer, id, callback, { scope: "invoices:read" }).url);
      await bob.sign_in(person("bob"));
      expect((await bob.page.locator("#consent-allow").count()) === 0, "others see a page that says so");
      await tab(visitor, word("Review"));
      expect((await main(visitor)).includes("Test users"), "test users are named there");
      await bob.close();
    },
    Logs: async (word, step) => {
      await page.goto(asking(issuer, id, `${callback}/`, { scope: "invoices:read" }).url);
      const asked = { client_id: id, redirect_uri: callback, verifier: "v".repeat(43) };
      const told = await redeem(issuer, asked, `${callback}?code=none`, secret);
      const [form] = said_in(step, /as in `(\(request )\w+\)`/);
      const [, request] = told.error_description.split(form.trim());
      expect(Boolean(request), `the description has an id: ${told.error_description}`);
      const unproved = await redeem(issuer, asked, `${callback}?code=none`, "wrong");
      expect(!unproved.error_description.includes(form.trim()), "an answer to a wrong secret names no request");
      await visitor.go(home());
      await tab(visitor, "Logs");
      const lines = await main(visitor);
      expect(lines.includes(word("Only the trailing slash differs")), "a redirect URI that is nearly right");
      expect(lines.includes("invalid_client"), "a wrong secret stands there, too");
      await page.fill("[name=request]", request.replace(")", "").trim());
      await visitor.press(page.locator("form[role=search] button"));
      expect((await page.locator("tbody tr").count()) === 1, "the id finds the line");
    },
    "Try it": async () => {
      await visitor.go(home());
      await tab(visitor, "Try it");
      await visitor.send({});
      await visitor.send({ scopes: "invoices:read" });
      await consent();
      await visitor.send({ secret });
      const shown = await main(visitor);
      expect(shown.includes("It works") && !shown.includes(secret), "requests and replies, secrets shortened");
    },
    Review: async (word) => {
      await visitor.go(home());
      await tab(visitor, "Review");
      await link(visitor, word("Submit"));
      await visitor.send({});
      const judge = await Visitor.of(browser, true);
      const { url, username, password } = server.ready.console;
      await judge.log_in(`${url}/applications/${id}/review`, username, password);
      await judge.send({ verdict: "approve" });
      await judge.close();
      await tab(visitor, "Settings");
      await visitor.send({ redirect_uris: `${callback}\nhttps://books.example/other` });
      expect(await visitor.said("Saved"), "redirect URIs can be changed after the approval");
    },
  });
  const secrets = section(text, "Two secrets");
  await visitor.go(home());
  await link(visitor, said_in(secrets, /[*](New secret)[*]/)[0]);
  const offered = await page.locator("[name=keep]").evaluateAll((all) => all.map((one) => Number(one.value)));
  offered.sort((one, other) => one - other);
  const lengths = { now: 0, "an hour": 3600, "a day": 86_400, "a week": 604_800 };
  const promised = said_in(secrets, /when the old one ends: (.+?)[.]/)[0].split(/, (?:or )?(?:in )?/).map((name) => lengths[name]);
  expect(offered.join() === promised.join(), `the old one ends after ${offered}`);
  await visitor.close();
  server.stop();
}

// A realm with that many permissions, as platforms have them.
function crowded(count) {
  const head = 'name = "shop"\ndisplay_name = "Shop"\nissuer = "http://localhost:8400"\n';
  const permission = (number) =>
    `[[permissions]]\nname = "part${number % 9}:read${number}"\ndescription = "See part ${number}"\nrisk = "read"\n` +
    `group = "Part ${number % 9}"\n`;
  return `${head}${Array.from({ length: count }, (_, number) => permission(number)).join("")}`;
}

// On a telephone and without scripts, as the guide says that it works.
async function operator(browser) {
  const text = guide("console.md");
  const heading = "An operator trims an AI client";
  const [many, few] = said_in(text, /## An operator trims an AI client from (\d+) permissions to (\d+)/).map(Number);
  const { issuer, ready, stop } = await serve(crowded(many));
  const arrival = await landing();
  const visitor = await Visitor.of(browser, false);
  const { page } = visitor;
  await page.setViewportSize({ width: 360, height: 760 });
  await visitor.log_in(ready.console.url, ready.console.username, ready.console.password);
  const go_to = async (name) => {
    await page.locator(".bar__menu").click();
    await visitor.press(page.locator("#places a", { hasText: new RegExp(`^\\s*${name}\\s*$`) }));
  };
  // Those of the platform: the server's own stand beside them.
  const boxes = page.locator('[name=scope][value^="part"]:not([value$="*"])');
  const tick = (count) =>
    boxes.evaluateAll((all, count) => all.forEach((box, at) => box.checked !== at < count && box.click()), count);
  const save = () => visitor.press(page.locator("main form[method=post] button[type=submit]").last());
  const listed = async () => {
    await go_to("Applications");
    return page.locator("tbody tr", { hasText: "AI helper" }).innerText();
  };
  const callback = `${arrival.origin}/callback`;
  let id, over;
  await walk(text, heading, {
    "Applications → New application": async (word) => {
      await go_to("Applications");
      await link(visitor, "New application");
      const kind = page.locator(".offer", { hasText: word("MCP client") }).locator("input");
      await visitor.send({ name: "AI helper", kind: await kind.getAttribute("value"), redirect_uris: callback });
      expect((await page.locator("[data-secret]").count()) === 0, "a native app without a secret");
      id = await page.locator("#object-id").innerText();
      await tab(visitor, "Permissions");
      const ticked = await boxes.evaluateAll((all) => all.filter((one) => one.checked).length);
      expect((await boxes.count()) === many && ticked === 0, "it starts without permissions");
    },
    Permissions: async () => {
      await tick(many);
      await save();
      expect((await listed()).includes(`${many} permissions`), `it has ${many}`);
    },
    "Drop unused permissions": async (_, step) => {
      expect(Number(said_in(step, /save the (\d+) that are left/)[0]) === few, "the guide agrees with itself");
      await visitor.go(`${ready.console.url}/applications/${id}/permissions`);
      expect((await main(visitor)).includes("Nobody reports what is used"), "nothing is called unused that nobody reported");
      over = await boxes.nth(few).getAttribute("value");
      await tick(few);
      await save();
      expect((await listed()).includes(`${few} permissions`), `it has ${few}`);
    },
    "Audit log": async () => {
      await go_to("Audit log");
      const lines = await main(visitor);
      expect(lines.includes("client.changed") && lines.includes(over) && lines.includes("via console"), "what was before and after");
    },
  });
  said_in(text, /Requests that ask for more are refused from then on/);
  await page.goto(asking(issuer, id, callback, { scope: over }).url);
  const refused = new URL(page.url());
  expect(refused.searchParams.get("error") === "invalid_scope", `asking for more is refused: ${refused}`);
  await visitor.close();
  arrival.close();
  stop();
}
