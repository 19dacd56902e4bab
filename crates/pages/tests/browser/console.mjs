// Drives the console of a running server in Chromium, as an operator and as a tenant's administrator would: with scripts and
// without, one way with the keyboard alone, axe on each page, and nothing that the content security policy blocked.
//
//   GRANTD=target/debug/grantd node console.mjs

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
const looked = new Set();
const expect = (condition, what) => {
  if (!condition) faults.push(what);
};

// The built binary with a database that is gone when it ends.
async function serve() {
  const command = ["dev", "--data", ":memory:", "-o", "json", "--listen", "127.0.0.1:0"];
  const child = spawn(process.env.GRANTD, command, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await new Promise((ready, failed) => {
    createInterface({ input: child.stdout }).once("line", (line) => ready([line]));
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return { ready: JSON.parse(line), stop: () => child.kill("SIGKILL") };
}

// Somebody in front of a browser.
class Visitor {
  static async of(browser, javaScriptEnabled) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const how = javaScriptEnabled ? "with scripts" : "without scripts";
    page.on("console", (message) => {
      // A refusal that was asked for is a page too, and the browser names its status here.
      const told = message.text();
      if (message.type() === "error" && !told.includes("status of 4")) faults.push(`${page.url()} ${how}: ${told}`);
    });
    return Object.assign(new Visitor(), { context, page, how, scripts: javaScriptEnabled });
  }

  // Goes somewhere and looks at it.
  async go(url, status = 200) {
    const response = await this.page.goto(url, { waitUntil: "load" });
    expect(response.status() === status, `${url} ${this.how}: ${response.status()}`);
    await this.look();
  }

  // What axe says of the page, once for each address.
  async look() {
    // axe is a script, too: where there are none, nothing of it would ever end.
    if (!this.scripts) return;
    const address = `${new URL(this.page.url()).pathname.replaceAll(/[A-Za-z0-9_-]{16,}/g, "*")} ${this.how}`;
    if (looked.has(address)) return;
    looked.add(address);
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
      const root = document.documentElement;
      const wide = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} px on ${root.clientWidth}`] : [];
      return [...violations.map((one) => `${one.id}: ${one.nodes[0].html}`), ...wide];
    });
    faults.push(...found.map((fault) => `${address}: ${fault}`));
  }

  // Presses a button or a link and waits for the page behind it.
  async press(locator) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), locator.click()]);
    await this.look();
  }

  async log_in(url, username, password) {
    await this.go(url);
    await this.page.fill('input[name="username"]', username);
    await this.page.fill('input[name="password"]', password);
    await this.press(this.page.locator("#login-submit"));
  }

  // Fills the form that posts, by the names of its fields, and sends it.
  async send(fields) {
    const form = this.page.locator("main form[method=post]").first();
    for (const [name, value] of Object.entries(fields)) {
      const field = form.locator(`[name="${name}"]`);
      const tag = await field.first().evaluate((element) => `${element.tagName} ${element.type}`);
      if (tag.startsWith("SELECT")) await field.selectOption(value);
      else if (tag === "INPUT radio") await form.locator(`[name="${name}"][value="${value}"]`).check();
      else await field.fill(value);
    }
    await this.press(form.locator("button[type=submit]").last());
  }

  said(text) {
    return this.page.locator("#toast", { hasText: text }).count();
  }
}

// What an operator does.
async function operator(browser, ready, scripts) {
  const visitor = await Visitor.of(browser, scripts);
  const { page, how } = visitor;
  const console = ready.console.url;
  await visitor.log_in(console, ready.console.username, ready.console.password);
  const places = await page.locator("#places a").evaluateAll((links) => links.map((link) => link.href));
  expect(places.length > 14, `${places.length} places ${how}`);
  for (const place of places) await visitor.go(place);

  await visitor.go(`${console}/applications/new`);
  await visitor.send({ name: `Books ${how}`, kind: "web", redirect_uris: "https://books.example/callback" });
  expect((await page.locator("[data-secret]").count()) === 1, `the secret is shown ${how}`);
  const id = await page.locator("#object-id").textContent();
  expect((await page.locator("button[data-copy]").first().isVisible()) === scripts, `copying needs scripts, ${how}`);

  await visitor.go(`${console}/applications/${id}/permissions`);
  const boxes = page.locator('main form[method=post] input[type=checkbox]:not([disabled])');
  // Groups of permissions are folded where there are several.
  const unfold = async () => {
    const group = page.locator("main form[method=post] details:has(input[type=checkbox]:not([disabled]))").first();
    if ((await group.count()) && !(await group.evaluate((one) => one.open))) await group.locator("summary").click();
  };
  await unfold();
  await boxes.first().check();
  await visitor.press(page.locator("main form[method=post] button[type=submit]").last());
  await visitor.go(`${console}/applications/${id}/permissions`);
  expect(await boxes.first().isChecked(), `the permission stays, ${how}`);
  await unfold();
  await boxes.first().uncheck();
  await visitor.press(page.locator("main form[method=post] button[type=submit]").last());
  await visitor.go(`${console}/applications/${id}/permissions`);
  expect(!(await boxes.first().isChecked()), `the permission is dropped, ${how}`);

  await webhooks(visitor, console);

  await visitor.go(`${console}/keys`);
  await visitor.press(page.locator("main a", { hasText: "Rotate" }).first());
  await visitor.send({});
  await visitor.look();

  const download = page.waitForEvent("download");
  await visitor.go(`${console}/audit`);
  await page.locator("main a", { hasText: "CSV" }).click();
  const table = readFileSync(await (await download).path(), "utf8");
  expect(table.startsWith("id,at,actor,action,target,address,detail") && table.includes("client.created"), `the export, ${how}`);
  await visitor.context.close();
}

// A webhook from its form to its end.
async function webhooks(visitor, console) {
  const { page, how } = visitor;
  await visitor.go(`${console}/webhooks`);
  await visitor.press(page.locator("main a", { hasText: "New webhook" }).first());
  await page.locator('input[name="events"][value="client.changed"]').check();
  await visitor.send({ url: "https://localhost/in" });
  expect((await page.locator("#url-error").count()) === 1, `an address inside is refused, ${how}`);
  expect(await page.locator('input[name="events"][value="client.changed"]').isChecked(), `what was ticked stays, ${how}`);
  await visitor.send({ url: "https://hooks.example.com/in" });
  expect((await page.locator("[data-secret]").textContent()).startsWith("whsec_"), `the secret is shown, ${how}`);
  await visitor.press(page.locator("main a", { hasText: "hooks.example.com" }).first());
  await visitor.press(page.locator("main a", { hasText: "Settings" }).first());
  await page.locator('input[name="events"][value="client.created"]').check();
  await visitor.send({});
  expect(await visitor.said("Saved"), `the events were saved, ${how}`);
  const settings = page.url();
  await visitor.go(`${console}/applications/new`);
  await visitor.send({ name: `Told ${how}`, kind: "machine" });
  await visitor.go(settings.replace("/settings", "?state=pending"));
  await visitor.press(page.locator("th a", { hasText: "client.created" }).first());
  await visitor.send({});
  expect(await visitor.said("told again"), `it is told again, ${how}`);
  await visitor.press(page.locator("main a", { hasText: "Tell failed ones again" }));
  await visitor.send({});
  expect(await visitor.said("told again"), `so is what failed, ${how}`);
  await visitor.go(settings);
  await visitor.press(page.locator("main a", { hasText: "New secret" }).first());
  await visitor.send({ keep: "0" });
  expect((await page.locator("[data-secret]").count()) === 1, `another secret is shown, ${how}`);
  await visitor.go(settings);
  await visitor.press(page.locator("main a", { hasText: "Delete" }).first());
  await visitor.send({});
  expect(await visitor.said("Deleted"), `the webhook is deleted, ${how}`);
}

// What a tenant's administrator does, and does not.
async function administrator(browser, ready, scripts) {
  const visitor = await Visitor.of(browser, scripts);
  const { page, how } = visitor;
  const [ada] = ready.realms[0].users;
  await visitor.log_in(ready.console.url, ada.username, ada.password);
  const home = page.url();
  expect(home.includes("/console/of/"), `${home} ${how}`);
  const places = await page.locator("#places a").evaluateAll((links) => links.map((link) => link.href));
  for (const place of places) await visitor.go(place);
  for (const closed of ["users", "audit", "keys", "settings"]) await visitor.go(`${home}/${closed}`, 404);

  await visitor.go(home);
  await visitor.press(page.locator("th a", { hasText: "bob@example.com" }));
  await visitor.send({ role: "owner" });
  expect(await visitor.said("Saved"), `the role was saved, ${how}`);
  await visitor.press(page.locator("th a", { hasText: "bob@example.com" }));
  await visitor.press(page.locator("main a", { hasText: "Remove" }));
  await visitor.send({});
  expect((await page.locator("th a", { hasText: "bob@example.com" }).count()) === 0, `removed, ${how}`);
  await visitor.press(page.locator("main a", { hasText: "Add a member" }).first());
  await visitor.send({ username: "bob@example.com", role: "member" });
  expect((await page.locator("th a", { hasText: "bob@example.com" }).count()) === 1, `added, ${how}`);

  await visitor.go(`${home}/api-keys/new`);
  await visitor.send({ name: "Reporting", scopes: "invoices:read" });
  expect((await page.locator("[data-secret]").count()) === 1, `the key is shown once, ${how}`);
  await visitor.context.close();
}

// An application made with nothing but the keyboard.
async function keyboard(browser, ready) {
  const visitor = await Visitor.of(browser, true);
  const { page } = visitor;
  await visitor.log_in(ready.console.url, ready.console.username, ready.console.password);
  const reach = async (matches) => {
    for (let tries = 0; tries < 80; tries += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(matches)) return true;
    }
    return false;
  };
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.className === "skip"), "the first stop is the way past the navigation");
  await visitor.go(`${ready.console.url}/applications`);
  expect(await reach(() => document.activeElement?.getAttribute("href")?.endsWith("/applications/new")), "the link is reached");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  expect(await reach(() => document.activeElement?.name === "name"), "the name is reached");
  await page.keyboard.type("Keys alone");
  expect(await reach(() => document.activeElement?.name === "kind"), "the kinds are reached");
  for (const _ of [1, 2, 3]) await page.keyboard.press("ArrowDown");
  expect(await reach(() => document.activeElement?.type === "submit"), "the button is reached");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  expect((await page.locator("h1").textContent()).includes("Keys alone"), "the application is made");
  await visitor.context.close();
}

const { ready, stop } = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  for (const scripts of [true, false]) {
    await operator(browser, ready, scripts);
    await administrator(browser, ready, scripts);
  }
  await keyboard(browser, ready);
} finally {
  await browser.close();
  stop();
}
for (const fault of faults) console.error(fault);
console.log(`${looked.size} pages of the console looked at, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
