// What the suites in a browser stand on: a server of their own, somebody in front of a browser, an application's address to
// come back to, and the list of what is wrong. It knows no page but the login, which lies before all others.

import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const faults = [];
export const looked = new Set();
export const expect = (condition, what) => {
  if (!condition) faults.push(what);
};

// The browser, where Debian has it unless something else is said.
export const launch = (executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium") =>
  chromium.launch({ executablePath, args: ["--no-sandbox"] });

// One story. What goes wrong in it is told with its name, and the others go on.
export async function scenario(name, story) {
  try {
    await story();
  } catch (failure) {
    faults.push(`${name}: ${failure.stack}`);
  }
}

// A story with scripts, and once more without, each in a browser of its own.
export async function both(browser, name, story) {
  for (const scripts of [true, false]) {
    await scenario(`${name}, ${scripts ? "with scripts" : "without scripts"}`, async () => {
      const visitor = await Visitor.of(browser, scripts);
      await story(visitor);
      await visitor.close();
    });
  }
}

// The demo realm's file, with people of its own for a story to change: NAME@example.com, correct-horse-NAME.
export function demo_with(...names) {
  const text = readFileSync(join(repository, "examples/realms/demo.toml"), "utf8");
  const people = names.map(
    (name) =>
      `[[demo.users]]\nusername = "${name}@example.com"\npassword = "correct-horse-${name}"\n` +
      `claims = { name = "${name}", email = "${name}@example.com", email_verified = true }\n` +
      `tenants = { acme-berlin = "member" }\n`,
  );
  return `${text}\n${people.join("\n")}`;
}

// Whoever a story is about: one with scripts and another without, so that neither finds what the other left.
export const one_of = (visitor, [with_scripts, without]) => person(visitor.scripts ? with_scripts : without);

export const person = (name) => ({ username: `${name}@example.com`, password: `correct-horse-${name}` });

const servers = new Set();
// Also those of a story that broke off.
process.on("exit", () => servers.forEach((server) => server.kill("SIGKILL")));

// The built binary with a database that is gone when it ends.
export async function serve(realm) {
  const command = ["dev", "--data", ":memory:", "-o", "json", "--listen", "127.0.0.1:0"];
  if (realm) {
    const file = join(mkdtempSync(join(tmpdir(), "grantd-realm-")), "realm.toml");
    writeFileSync(file, realm);
    command.push("--realm", file);
  }
  const child = spawn(process.env.GRANTD, command, { stdio: ["ignore", "pipe", "pipe"] });
  servers.add(child);
  const log = watched(child.stderr);
  const [line] = await new Promise((ready, failed) => {
    createInterface({ input: child.stdout }).once("line", (line) => ready([line]));
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${log.text()}`)));
  });
  const ready = JSON.parse(line);
  const [first] = ready.realms;
  const client = (id) => first.clients.find((one) => one.client_id === id);
  return { ready, issuer: first.issuer, client, wait_for_log: log.wait_for, stop: () => child.kill("SIGKILL") };
}

// What a program says, and a way to wait until it said something.
function watched(stream) {
  let text = "";
  const waiting = new Set();
  stream.setEncoding("utf8").on("data", (piece) => {
    text += piece;
    for (const look of waiting) look();
  });
  const wait_for = (pattern) =>
    new Promise((found, failed) => {
      const late = setTimeout(() => failed(new Error(`nothing in the log is ${pattern}: ${text}`)), 120_000);
      const look = () => {
        const match = text.match(pattern);
        if (!match) return;
        clearTimeout(late);
        waiting.delete(look);
        found(match);
      };
      waiting.add(look);
      look();
    });
  return { text: () => text, wait_for };
}

// Where an application waits for its user. `/callback` is there; `/hop` leads on to another origin, and that to a third.
export async function landing() {
  const server = createServer((request, response) => {
    const { port } = server.address();
    const hops = { "/hop": `http://localhost:${port}/between`, "/between": `http://127.0.0.1:${port}/home` };
    const { pathname, search } = new URL(request.url, "http://x");
    if (hops[pathname]) return response.writeHead(302, { location: hops[pathname] + search }).end();
    const page = `<!doctype html><html lang="en"><title>Arrived</title><link rel="icon" href="data:,"><h1>Arrived</h1>`;
    return response.writeHead(200, { "content-type": "text/html" }).end(page);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// An authorization request of a client with PKCE, as a program would make it.
export function asking(issuer, client_id, redirect_uri, more = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(8).toString("hex");
  const asked = {
    response_type: "code",
    client_id,
    redirect_uri,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...more,
  };
  return { url: `${issuer}/authorize?${new URLSearchParams(asked)}`, state, verifier, redirect_uri, client_id };
}

// A client that registers itself.
export async function register(issuer, name, redirect_uri, more = {}) {
  const native = !redirect_uri.startsWith("https://");
  const body = {
    client_name: name,
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: "none",
    application_type: native ? "native" : "web",
    scope: "openid email customers:read invoices:read",
    ...more,
  };
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${issuer}/register`, { method: "POST", headers, body: JSON.stringify(body) });
  const made = await reply.json();
  if (reply.status !== 201) throw new Error(`not registered: ${JSON.stringify(made)}`);
  return made;
}

// What the token endpoint says; a confidential client brings its secret.
export async function token(issuer, form, secret) {
  const basic = secret && { authorization: `Basic ${Buffer.from(`${form.client_id}:${secret}`).toString("base64")}` };
  const reply = await fetch(`${issuer}/token`, { method: "POST", headers: { ...basic }, body: new URLSearchParams(form) });
  return { status: reply.status, ...(await reply.json()) };
}

// A code, as it came back to the application, becomes tokens.
export function redeem(issuer, asked, arrived, secret) {
  const code = new URL(arrived).searchParams.get("code") ?? "";
  const { client_id, redirect_uri, verifier: code_verifier } = asked;
  return token(issuer, { grant_type: "authorization_code", client_id, code, redirect_uri, code_verifier }, secret);
}

// Lists with columns beyond their edge, where nobody would miss them. Runs in the page.
export function clippedLists() {
  const cut = [...document.querySelectorAll(".list")].filter((list) => list.firstElementChild.offsetWidth > list.offsetWidth);
  return cut.map((list) => `a list of ${list.firstElementChild.offsetWidth} px on ${list.offsetWidth}`);
}

// What axe finds on a page by the rules of WCAG and others that are named, and whether it or a list is wider than its place.
export async function wrong_on(page, more_rules = []) {
  // Not as a script element: the policy would rightly block it.
  await page.evaluate(axe);
  const found = await page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run(document, { runOnly: rules });
    const root = document.documentElement;
    const wide = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} px on ${root.clientWidth}`] : [];
    return [...violations.map(({ id, nodes }) => `axe ${id}: ${nodes[0].html} ${nodes[0].failureSummary}`), ...wide];
  }, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", ...more_rules]);
  return [...found, ...(await page.evaluate(clippedLists))];
}

// Somebody in front of a browser.
export class Visitor {
  static async of(browser, javaScriptEnabled) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      javaScriptEnabled,
      acceptDownloads: true,
      locale: "en-GB",
    });
    const how = javaScriptEnabled ? "with scripts" : "without scripts";
    const visitor = Object.assign(new Visitor(), { context, how, scripts: javaScriptEnabled });
    visitor.page = await visitor.tab();
    return visitor;
  }

  // Another page of the same browser.
  async tab() {
    const page = await this.context.newPage();
    page.setDefaultTimeout(120_000);
    page.on("console", (message) => {
      // A refusal that was asked for is a page too, and the browser names its status here; and no program of this machine
      // opens the addresses of the tests.
      const told = message.text();
      const is_meant = ["status of 4", "does not have a registered handler"].some((words) => told.includes(words));
      if (message.type() === "error" && !is_meant) faults.push(`${page.url()} ${this.how}: ${told}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()} ${this.how}: ${error}`));
    page.on("dialog", (dialog) => {
      faults.push(`${page.url()} ${this.how}: a script of somebody else ran: ${dialog.message()}`);
      return dialog.dismiss();
    });
    return page;
  }

  // The same person at another page of the same browser.
  async beside() {
    return Object.assign(new Visitor(), this, { page: await this.tab() });
  }

  // Stands in for an application at an origin that nobody reaches from here.
  async stand_in(origin) {
    const page = "<!doctype html><html lang='en'><title>Arrived</title><h1>Arrived</h1></html>";
    await this.context.route(`${origin}/**`, (route) => route.fulfill({ contentType: "text/html", body: page }));
  }

  // Goes somewhere and looks at it.
  async go(url, status = 200) {
    const response = await this.page.goto(url, { waitUntil: "load" });
    expect(response.status() === status, `${url} ${this.how}: ${response.status()}`);
    await this.look();
  }

  // What axe says of the page, once for each address and title.
  async look() {
    // axe is a script, too: where there are none, nothing of it would ever end.
    if (!this.scripts) return;
    const path = new URL(this.page.url()).pathname.replaceAll(/[A-Za-z0-9_-]{16,}/g, "*");
    const address = `${path} (${await this.page.title()}) ${this.how}`;
    if (looked.has(address)) return;
    looked.add(address);
    const found = await wrong_on(this.page);
    faults.push(...found.map((fault) => `${address}: ${fault}`));
  }

  // Presses a button or a link and waits for the page behind it.
  async press(locator) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), locator.click()]);
    await this.look();
  }

  // Presses what leads out of the server, and gives the address that the browser ends at.
  async leave(locator, origin) {
    const arrival = this.page.waitForURL((url) => url.origin === origin, { waitUntil: "load" });
    await Promise.all([arrival, locator.click()]);
    return this.page.url();
  }

  // Presses a button again while the first answer is on its way. Gives how many were sent.
  async press_twice(locator) {
    await locator.scrollIntoViewIfNeeded();
    let sent = 0;
    let let_go;
    const pressed_again = new Promise((done) => (let_go = done));
    const is_form = (request) => request.method() === "POST";
    const { origin } = new URL(this.page.url());
    const here = (url) => url.origin === origin;
    await this.page.route(here, async (route) => {
      if (is_form(route.request())) {
        sent += 1;
        await pressed_again;
      }
      // One that the browser gave up is not there to go on.
      await route.fallback().catch(() => {});
    });
    // By the mouse alone: Playwright looks for nothing while a page is about to go.
    const { x, y, width, height } = await locator.boundingBox();
    const press = () => this.page.mouse.click(x + width / 2, y + height / 2);
    const on_its_way = this.page.waitForRequest(is_form);
    await press();
    await on_its_way;
    await press();
    const there = this.page.waitForEvent("load");
    let_go();
    await there;
    return sent;
  }

  // Fills the login that this page is, and sends it.
  async sign_in({ username, password }) {
    await this.page.fill('input[name="username"]', username);
    await this.page.fill('input[name="password"]', password);
    await this.press(this.page.locator("#login-submit"));
  }

  async log_in(url, username, password) {
    await this.go(url);
    await this.sign_in({ username, password });
  }

  // Fills the form that posts, by the names of its fields, and sends it.
  async send(fields, form = this.page.locator("main form[method=post]").first()) {
    for (const [name, value] of Object.entries(fields)) {
      const field = form.locator(`[name="${name}"]`);
      const tag = await field.first().evaluate((element) => `${element.tagName} ${element.type}`);
      if (tag.startsWith("SELECT")) await field.selectOption(value);
      else if (tag === "INPUT radio") await form.locator(`[name="${name}"][value="${value}"]`).check();
      else if (tag === "INPUT checkbox") await this.tick(form, name, value);
      else await field.fill(value);
    }
    await this.press(form.locator("button[type=submit]").last());
  }

  // Ticks one of the boxes of a field and none of the others; a group that is folded is opened first.
  async tick(form, name, value) {
    const one = `[name="${name}"][value="${value}"]`;
    const box = form.locator(one);
    const group = form.locator("details", { has: this.page.locator(one) });
    if ((await group.count()) && !(await group.evaluate((one) => one.open))) await group.locator("summary").click();
    const ticked = form.locator(`[name="${name}"]:checked`);
    const others = await ticked.evaluateAll((all, value) => all.map((one) => one.value).filter((one) => one !== value), value);
    for (const other of others) await form.locator(`[name="${name}"][value="${other}"]`).evaluate((one) => one.click());
    await box.check();
  }

  // Goes on with the key alone until something has the focus.
  async reach(matches, wanted) {
    for (let tries = 0; tries < 80; tries += 1) {
      await this.page.keyboard.press("Tab");
      if (await this.page.evaluate(matches, wanted)) return true;
    }
    return false;
  }

  said(text) {
    return this.page.locator("#toast", { hasText: text }).count();
  }

  // What the page says is wrong; nothing where all is well.
  async wrong() {
    const summary = this.page.locator("#error-summary");
    return (await summary.count()) ? summary.innerText() : "";
  }

  // Which error the page is, if it is one.
  async error() {
    const page = this.page.locator("[data-error]");
    return (await page.count()) ? page.first().getAttribute("data-error") : "";
  }

  title() {
    return this.page.locator("h1").first().innerText();
  }

  close() {
    return this.context.close();
  }
}
