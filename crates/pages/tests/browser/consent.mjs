// Consent: what is asked and chosen, where the browser ends, and everything that happens while the page lies open.

import { Visitor, asking, both, demo_with, expect, landing, one_of, redeem, register, scenario, serve } from "./stage.mjs";

const ADA = { username: "ada@example.com", password: "correct-horse-ada" };
const BOB = { username: "bob@example.com", password: "correct-horse-bob" };
const BOOKS = "https://books.example";

export default async function consent(browser) {
  const arrival = await landing();
  // The demo's web application waits at port 3000: here it has a port of its own.
  const server = await serve(demo_with("carol", "dave").replaceAll("http://127.0.0.1:3000", arrival.origin));
  const stage = { browser, server, issuer: server.issuer, arrival };
  await both(browser, "a tenant and what is optional are chosen", (visitor) => chosen(visitor, stage));
  await both(browser, "a denial is told to the application", (visitor) => denied(visitor, stage));
  await both(browser, "what was allowed before is not asked again", (visitor) => remembered(visitor, stage));
  await both(browser, "an answer arrives where it hops on", (visitor) => hops(visitor, stage));
  await both(browser, "an application opens by its own scheme", (visitor) => scheme(visitor, stage));
  await both(browser, "somebody else signs in", (visitor) => not_me(visitor, stage));
  await both(browser, "two tabs ask at the same time", (visitor) => two_tabs(visitor, stage));
  await both(browser, "an answer is given again after going back", (visitor) => back(visitor, stage));
  await both(browser, "the session ends while the page is open", (visitor) => session_ended(visitor, stage));
  await both(browser, "the application is deleted while the page is open", (visitor) => deleted(visitor, stage));
  await both(browser, "a script in an application's name is a name", (visitor) => script(visitor, stage));
  await scenario("pressing allow twice is pressing it once", () => twice(browser, stage));
  await scenario("login and consent with the keyboard alone", () => keyboard(browser, stage));
  arrival.close();
  server.stop();
}

const answer = (url) => Object.fromEntries(new URL(url).searchParams);
const main = (visitor) => visitor.page.locator("main").innerText();
const allow = (visitor) => visitor.page.locator("#consent-allow");

// The consent page of a request, for somebody who signs in on the way to it.
async function asked_of(visitor, url, who) {
  await visitor.go(url);
  if (await visitor.page.locator("#login-submit").count()) await visitor.sign_in(who);
  expect((await allow(visitor).count()) === 1, `consent is asked, ${visitor.how}: ${visitor.page.url()}`);
}

// A program that registered itself, and a request of it. Who registers the same twice is the same: each is called otherwise.
let strangers = 0;
async function stranger(stage, name, redirect_uri, more = { scope: "invoices:read" }) {
  strangers += 1;
  const client = await register(stage.issuer, `${name} ${strangers}`, redirect_uri);
  return { client, ...asking(stage.issuer, client.client_id, redirect_uri, more) };
}

async function chosen(visitor, stage) {
  const { page, how } = visitor;
  const secret = stage.server.client("ledger-web").client_secret;
  const callback = "http://localhost:3000/callback";
  await visitor.stand_in("http://localhost:3000");
  const asked = asking(stage.issuer, "ledger-web", callback, { scope: "openid email invoices:read" });
  await asked_of(visitor, asked.url, ADA);
  const text = await main(visitor);
  expect(text.includes("Ledger Web") && text.includes("localhost:3000"), `who asks, and where it leads, ${how}`);
  expect(text.includes("Acme Berlin GmbH") && text.includes("Acme Tokyo KK"), `both companies are offered, ${how}`);
  // No browser sends it without one: then the server is asked to judge.
  await allow(visitor).click();
  expect(await page.locator("#tenant-1").evaluate((radio) => radio.validity.valueMissing), `a tenant must be chosen, ${how}`);
  await page.locator("#consent").evaluate((form) => form.setAttribute("novalidate", ""));
  await visitor.press(allow(visitor));
  expect((await visitor.wrong()).includes("Choose an account first"), `it is told, ${how}`);
  await page.locator("label", { hasText: "Acme Tokyo KK" }).click();
  const optional = page.locator('input[name=scope][value="email"]');
  expect((await optional.count()) === 1 && !(await optional.isChecked()), `what is optional is not ticked, ${how}`);
  const arrived = answer(await visitor.leave(allow(visitor), "http://localhost:3000"));
  expect(arrived.state === asked.state && arrived.iss === stage.issuer, `state and issuer, ${how}`);
  const tokens = await redeem(stage.issuer, asked, page.url(), secret);
  expect(tokens.status === 200 && !tokens.scope.split(" ").includes("email"), `${JSON.stringify(tokens)}, ${how}`);
  expect(tokens.scope.split(" ").includes("invoices:read"), `${tokens.scope}, ${how}`);
  const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
  expect(claims.tenant === "acme-tokyo", `the token is for ${claims.tenant}, ${how}`);
}

async function denied(visitor, stage) {
  const { page, how } = visitor;
  await visitor.stand_in(BOOKS);
  const asked = await stranger(stage, "Books", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, BOB);
  expect((await main(visitor)).includes("Not verified"), `nobody vouches for it, ${how}`);
  const arrived = answer(await visitor.leave(page.locator("#consent-deny"), BOOKS));
  expect(arrived.error === "access_denied" && arrived.state === asked.state && !arrived.code, `${JSON.stringify(arrived)}, ${how}`);
}

async function remembered(visitor, stage) {
  const { page, context, how } = visitor;
  const { origin } = stage.arrival;
  const who = one_of(visitor, ["carol", "dave"]);
  const request = () => asking(stage.issuer, "ledger-web", `${origin}/callback`, { scope: "customers:read" });
  await asked_of(visitor, request().url, who);
  await visitor.leave(allow(visitor), origin);
  // Signed in already, and then through the login form: neither stops before the application.
  await page.goto(request().url);
  expect(new URL(page.url()).origin === origin && Boolean(answer(page.url()).code), `${page.url()}, ${how}`);
  await context.clearCookies();
  await visitor.go(request().url);
  await page.fill("#username", who.username);
  await page.fill("#password", who.password);
  const url = await visitor.leave(page.locator("#login-submit"), origin);
  expect(Boolean(answer(url).code), `${url}, ${how}`);
}

async function hops(visitor, stage) {
  const { how } = visitor;
  const asked = await stranger(stage, "Hopper", `${stage.arrival.origin}/hop`);
  await asked_of(visitor, asked.url, BOB);
  const home = visitor.page.waitForURL(`${stage.arrival.origin}/home?**`);
  await allow(visitor).click();
  await home;
  const arrived = answer(visitor.page.url());
  expect(arrived.state === asked.state && Boolean(arrived.code), `the answer arrives at the end of the way, ${how}`);
}

async function scheme(visitor, stage) {
  const { page, how } = visitor;
  const asked = await stranger(stage, "Pocket", "com.example.pocket:/callback");
  await asked_of(visitor, asked.url, BOB);
  expect((await main(visitor)).includes("com.example.pocket:"), `where it leads is said, ${how}`);
  // No program of this machine opens such addresses: the browser stays, and the link is there to press.
  await Promise.all([page.waitForSelector("#continue"), allow(visitor).click()]);
  const link = await page.getAttribute("#continue", "href");
  expect(link.startsWith("com.example.pocket:/callback?") && answer(link).state === asked.state, `${link}, ${how}`);
  expect((await page.locator("meta[http-equiv=refresh]").getAttribute("content")).endsWith(link), `it opens by itself, ${how}`);
  const tokens = await redeem(stage.issuer, asked, link);
  expect(tokens.status === 200, `${JSON.stringify(tokens)}, ${how}`);
}

async function not_me(visitor, stage) {
  const { page, how } = visitor;
  await visitor.stand_in(BOOKS);
  const asked = await stranger(stage, "Books", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, ADA);
  await visitor.press(page.locator("button[value=switch]"));
  await visitor.sign_in(BOB);
  expect((await page.locator(".account").innerText()).includes(BOB.username), `it is asked of the other one, ${how}`);
  expect(Boolean(answer(await visitor.leave(allow(visitor), BOOKS)).code), `and allowed by them, ${how}`);
}

async function two_tabs(visitor, stage) {
  const { how } = visitor;
  await visitor.stand_in(BOOKS);
  const [first, second] = [
    await stranger(stage, "First", `${BOOKS}/first`),
    await stranger(stage, "Second", `${BOOKS}/second`),
  ];
  const other = await visitor.beside();
  await visitor.go(first.url);
  await other.go(second.url);
  // Both show the login, and both forms are good.
  await visitor.sign_in(BOB);
  await other.sign_in(BOB);
  const at = [await visitor.leave(allow(visitor), BOOKS), await other.leave(allow(other), BOOKS)];
  for (const [url, asked] of [[at[0], first], [at[1], second]]) {
    expect(answer(url).state === asked.state && url.startsWith(asked.redirect_uri), `each ends at its own, ${how}: ${url}`);
    const tokens = await redeem(stage.issuer, asked, url);
    expect(tokens.status === 200, `${JSON.stringify(tokens)}, ${how}`);
  }
}

async function back(visitor, stage) {
  const { page, how } = visitor;
  await visitor.stand_in(BOOKS);
  const asked = await stranger(stage, "Backwards", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, BOB);
  const consent = page.url();
  const first = answer(await visitor.leave(allow(visitor), BOOKS));
  await page.goBack();
  for (let tries = 0; tries < 3 && !(await allow(visitor).count()) && new URL(page.url()).origin !== BOOKS; tries += 1) {
    await page.goBack();
  }
  if (await allow(visitor).count()) await visitor.leave(allow(visitor), BOOKS);
  else await page.goto(consent);
  await page.waitForURL((url) => url.origin === BOOKS);
  const second = answer(page.url());
  expect(Boolean(first.code) && Boolean(second.code), `another answer, not an error, ${how}: ${page.url()}`);
}

async function session_ended(visitor, stage) {
  const { page, how } = visitor;
  const asked = await stranger(stage, "Late", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, BOB);
  const other = await visitor.beside();
  await other.go(`${stage.issuer}/account`);
  await other.press(other.page.locator(".bar__out"));
  await other.press(other.page.locator("#logout-submit"));
  await visitor.press(allow(visitor));
  expect(["session_expired", "form_expired"].includes(await visitor.error()), `nothing is allowed, ${how}: ${page.url()}`);
  // Somebody else who signs in here meanwhile does not give the answer of the first one.
  await visitor.go(asked.url);
  await visitor.sign_in(BOB);
  await other.go(`${stage.issuer}/account`);
  await other.press(other.page.locator(".bar__out"));
  await other.press(other.page.locator("#logout-submit"));
  await other.go(`${stage.issuer}/account`);
  await other.sign_in(ADA);
  await visitor.press(allow(visitor));
  expect((await visitor.error()) === "session_expired", `${await visitor.error()}, ${how}`);
}

async function deleted(visitor, stage) {
  const { how } = visitor;
  const asked = await stranger(stage, "Gone", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, BOB);
  const { registration_client_uri, registration_access_token } = asked.client;
  const authorization = `Bearer ${registration_access_token}`;
  const gone = await fetch(registration_client_uri, { method: "DELETE", headers: { authorization } });
  expect(gone.status === 204, `deleted: ${gone.status}`);
  await visitor.press(allow(visitor));
  expect(visitor.page.url().startsWith(stage.issuer), `the browser stays, ${how}: ${visitor.page.url()}`);
  expect(["invalid_client", "unauthorized_client", "invalid_request"].includes(await visitor.error()), `${await visitor.error()}, ${how}`);
}

async function script(visitor, stage) {
  const { page, how } = visitor;
  const name = `"><img src=x onerror=alert(1)><script>alert(2)</script> ${how}`;
  const { url, username, password } = stage.server.ready.console;
  const operator = await Visitor.of(stage.browser, visitor.scripts);
  await operator.log_in(`${url}/applications/new`, username, password);
  await operator.send({ name, kind: "web", redirect_uris: `${BOOKS}/callback` });
  const id = await operator.page.locator("#object-id").innerText();
  await operator.go(`${url}/applications/${id}/permissions`);
  await operator.page.locator('[name=scope][value="invoices:read"]').evaluate((box) => box.click());
  await operator.press(operator.page.locator("main form[method=post] button[type=submit]").last());
  await operator.close();
  await visitor.stand_in(BOOKS);
  await asked_of(visitor, asking(stage.issuer, id, `${BOOKS}/callback`, { scope: "invoices:read" }).url, BOB);
  expect((await visitor.title()).includes(name), `the name is text, ${how}: ${await visitor.title()}`);
  expect((await page.locator("main img, main script").count()) === 0, `and nothing else, ${how}`);
  await visitor.leave(allow(visitor), BOOKS);
  await visitor.go(`${stage.issuer}/account/apps`);
  expect((await main(visitor)).includes(name), `it stands among the connected apps, ${how}`);
  expect((await page.locator("main img, main script").count()) === 0, `as text, ${how}`);
}

async function twice(browser, stage) {
  const visitor = await Visitor.of(browser, true);
  await visitor.stand_in(BOOKS);
  const asked = await stranger(stage, "Twice", `${BOOKS}/callback`);
  await asked_of(visitor, asked.url, BOB);
  const arrived = [];
  visitor.page.on("request", (request) => request.url().startsWith(`${BOOKS}/callback`) && arrived.push(request.url()));
  expect((await visitor.press_twice(allow(visitor))) === 1, "it is allowed once");
  await visitor.page.waitForURL((url) => url.origin === BOOKS);
  expect(arrived.length === 1, `${arrived.length} codes`);
  await visitor.close();
}

async function keyboard(browser, stage) {
  const visitor = await Visitor.of(browser, true);
  const { page } = visitor;
  await visitor.stand_in("http://localhost:3000");
  const asked = asking(stage.issuer, "ledger-web", "http://localhost:3000/callback", { scope: "openid email invoices:read" });
  await visitor.go(asked.url);
  expect(await page.evaluate(() => document.activeElement?.id === "username"), "the name has the focus at once");
  await page.keyboard.type(ADA.username);
  const named = (id) => visitor.reach((id) => document.activeElement?.id === id, id);
  expect(await named("password"), "the password is reached");
  await page.keyboard.type(ADA.password);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
  expect(await visitor.reach(() => document.activeElement?.name === "tenant"), "the companies are reached");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  expect(await visitor.reach(() => document.activeElement?.value === "email"), "what is optional is reached");
  await page.keyboard.press("Space");
  expect(await named("consent-deny"), "deny comes before allow");
  expect(await named("consent-allow"), "allow is reached");
  const arrival = page.waitForURL((url) => url.origin === "http://localhost:3000");
  await Promise.all([arrival, page.keyboard.press("Enter")]);
  const tokens = await redeem(stage.issuer, asked, page.url(), stage.server.client("ledger-web").client_secret);
  expect(tokens.status === 200 && tokens.scope.split(" ").includes("email"), JSON.stringify(tokens));
  await visitor.close();
}
