// Script in everything that an application, its developer or a stranger can choose: it is text, on every page that shows it.

import { Visitor, asking, both, expect, landing, register, serve, token } from "./stage.mjs";

const SCRIPT = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
const QUOTES = `" onfocus=alert(1) autofocus x="`;
const ADA = { username: "ada@example.com", password: "correct-horse-ada" };
const BOB = { username: "bob@example.com", password: "correct-horse-bob" };

export default async function names(browser) {
  const server = await serve();
  const arrival = await landing();
  const stage = { browser, issuer: server.issuer, operator: server.ready.console, arrival };
  await both(browser, "an application that registers itself", (visitor) => registered(visitor, stage));
  await both(browser, "an application of a developer", (visitor) => developed(visitor, stage));
  await both(browser, "what an address brings", (visitor) => addresses(visitor, stage));
  arrival.close();
  server.stop();
}

// Nothing of what somebody chose has become a part of the page.
async function harmless(visitor) {
  const { page, how } = visitor;
  const strange = await page.locator('img[src="x"], main script, [onerror], [onfocus]').count();
  expect(strange === 0, `${page.url()} has ${strange} elements of somebody else, ${how}`);
}

// Also pages that there are not. Those that there must be have something to look at.
async function each(visitor, pages, must_exist = false) {
  for (const url of pages) {
    const reply = await visitor.page.goto(url, { waitUntil: "load" });
    expect(!must_exist || reply.status() === 200, `${url} answers ${reply.status()}, ${visitor.how}`);
    await harmless(visitor);
  }
}

const TABS = ["", "/permissions", "/tokens", "/users", "/logs", "/settings", "/review", "/permissions/preview", "/delete"];

async function registered(visitor, stage) {
  const { page, how } = visitor;
  const { issuer, operator, arrival } = stage;
  const callback = `${arrival.origin}/callback`;
  const refused = await register(issuer, SCRIPT, callback).catch((failure) => failure.message);
  expect(`${refused}`.includes("client_name"), `a name with markup is refused, ${how}: ${refused}`);
  const name = `${QUOTES} ${how}`;
  const client = await register(issuer, name, callback);
  const asked = asking(issuer, client.client_id, callback, { scope: "openid invoices:read", login_hint: SCRIPT });
  await visitor.go(asked.url);
  expect((await page.locator("#username").inputValue()) === SCRIPT, `the hint is text in the login, ${how}`);
  await harmless(visitor);
  await visitor.sign_in(BOB);
  await harmless(visitor);
  expect((await page.locator("main").innerText()).includes(name), `the name is text in the consent, ${how}`);
  await visitor.leave(page.locator("#consent-allow"), arrival.origin);
  // Refused, so that it stands among its refused requests.
  await token(issuer, { grant_type: "authorization_code", client_id: client.client_id, code: SCRIPT, redirect_uri: SCRIPT });
  await visitor.go(`${issuer}/account/apps`);
  await harmless(visitor);
  await visitor.press(page.locator("main a", { hasText: name }).first());
  await harmless(visitor);
  const people = await Visitor.of(stage.browser, visitor.scripts);
  await people.log_in(operator.url, operator.username, operator.password);
  const places = await people.page.locator("#places a").evaluateAll((links) => links.map((link) => link.href));
  const one = `${operator.url}/applications/${client.client_id}`;
  await each(people, [...places, one], true);
  await each(people, [...TABS.map((tab) => one + tab), `${operator.url}/grants?client=${client.client_id}`]);
  await people.close();
}

async function developed(visitor, stage) {
  const { page, how } = visitor;
  const { issuer, operator } = stage;
  await visitor.log_in(`${issuer}/developers/applications/new`, ADA.username, ADA.password);
  await visitor.send({ name: `${SCRIPT} ${how}`, kind: "web", redirect_uris: "https://books.example/callback" });
  const id = await page.locator("#object-id").innerText();
  await harmless(visitor);
  const one = `${issuer}/developers/applications/${id}`;
  await visitor.go(`${one}/review`);
  await visitor.send({ testers: SCRIPT });
  await harmless(visitor);
  await visitor.go(`${one}/settings`);
  await visitor.send({ redirect_uris: `https://books.example/${SCRIPT}` });
  await harmless(visitor);
  await each(visitor, [`${issuer}/developers`, one, `${one}/review`, `${one}/settings`], true);
  await each(visitor, [...TABS.map((tab) => one + tab), `${one}/try`]);
  const people = await Visitor.of(stage.browser, visitor.scripts);
  await people.log_in(`${operator.url}/roles/new`, operator.username, operator.password);
  await people.send({ name: people.scripts ? "shown" : "plain", description: SCRIPT, permissions: "invoices:read" });
  const of_console = `${operator.url}/applications/${id}`;
  await each(people, [`${operator.url}/roles`, `${operator.url}/applications`, of_console], true);
  await each(people, [`${operator.url}/audit`, ...TABS.map((tab) => of_console + tab)]);
  await people.close();
}

async function addresses(visitor, { issuer, operator, arrival }) {
  const text = encodeURIComponent(SCRIPT);
  await visitor.log_in(operator.url, operator.username, operator.password);
  const filters = ["applications?name=", "users?username=", "tokens?client=", "audit?action=", "grants?user=", "applications?sort="];
  await each(visitor, [
    ...filters.map((filter) => `${operator.url}/${filter}${text}`),
    `${operator.url}/applications/${text}`,
    `${operator.url}/tenants/${text}`,
    `${operator.url}/roles/${text}`,
    `${issuer}/authorize?client_id=${text}&redirect_uri=${text}&response_type=code`,
    `${issuer}/authorize?client_id=ledger-web&redirect_uri=${text}&response_type=code`,
    `${issuer}/device?user_code=${text}`,
    `${issuer}/account/${text}`,
    `${issuer}/logout?client_id=${text}&post_logout_redirect_uri=${text}`,
  ]);
  const scope = asking(issuer, "ledger-desktop", `${arrival.origin}/callback`, { scope: SCRIPT, tenant: SCRIPT, ui_locales: SCRIPT });
  await each(visitor, [scope.url]);
}
