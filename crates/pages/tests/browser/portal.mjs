// The developers' portal: an application from its first draft to everybody's use, with its secrets, its refused requests and
// the flow that its developer tries out.

import preview from "./preview.mjs";
import { Visitor, asking, both, demo_with, expect, one_of, person, redeem, serve } from "./stage.mjs";

const CALLBACK = "https://books.example/callback";
const bob = { username: "bob@example.com", password: "correct-horse-bob" };

export default async function portal(browser) {
  const server = await serve(demo_with("carol", "dave", "erin"));
  const stage = { browser, issuer: server.issuer, operator: server.ready.console };
  await both(browser, "an application is made, debugged and verified", (visitor) => life(visitor, stage));
  await both(browser, "an application without a secret", (visitor) => public_client(visitor, stage));
  await both(browser, "the consent page beside the permissions", (visitor) => preview(visitor, stage.issuer, bob));
  server.stop();
}

async function life(visitor, stage) {
  const who = one_of(visitor, ["carol", "dave"]);
  await visitor.log_in(`${stage.issuer}/developers`, who.username, who.password);
  const made = await create(visitor, stage);
  const secret = await rotate(visitor, stage, made);
  await redirects(visitor, made);
  await permissions(visitor, made);
  await by_hand(visitor, made);
  await refused(visitor, stage, made);
  await try_out(visitor, { ...made, secret });
  await review(visitor, stage, made);
}

const tab = (visitor, name) => visitor.press(visitor.page.locator(".tab", { hasText: name }));
const action = (visitor, name) => visitor.press(visitor.page.locator(".head__actions a", { hasText: name }));
const main = (visitor) => visitor.page.locator("main").innerText();

async function create(visitor, { issuer }) {
  const { page, how } = visitor;
  expect((await page.locator(".empty").count()) === 1, `there is nothing yet, ${how}`);
  await visitor.press(page.locator("main a", { hasText: "New application" }).first());
  await visitor.send({ name: "", kind: "web", redirect_uris: "https://books.example/#here" }, await without_checks(page));
  expect((await visitor.wrong()).includes("mistake"), `mistakes are summarised, ${how}`);
  await visitor.send({ name: `Books ${how}`, kind: "web", redirect_uris: CALLBACK });
  const secret = await page.locator("[data-secret]").innerText();
  const id = await page.locator("#object-id").innerText();
  await page.reload();
  expect((await page.locator("[data-secret]").innerText()) === secret, `a reload makes no other, ${how}`);
  const home = `${issuer}/developers/applications/${id}`;
  await visitor.go(`${issuer}/developers`);
  expect((await page.locator("tbody tr").count()) === 1, `there is one application, ${how}`);
  await visitor.press(page.locator("th a", { hasText: "Books" }));
  expect(page.url() === home, `${page.url()}, ${how}`);
  expect(!(await page.content()).includes(secret), `the secret was shown once, ${how}`);
  return { id, secret, home };
}

// The browser itself would keep a form without a name back; the server's own words are what is looked at.
async function without_checks(page) {
  const form = page.locator("main form[method=post]").first();
  await form.evaluate((one) => one.setAttribute("novalidate", ""));
  return form;
}

// Whether a secret proves the application: a code that never was is refused for itself then.
async function proves(issuer, client_id, secret) {
  const asked = { client_id, redirect_uri: CALLBACK, verifier: "v".repeat(43) };
  const reply = await redeem(issuer, asked, `${CALLBACK}?code=none`, secret);
  return reply.error === "invalid_grant";
}

async function rotate(visitor, { issuer }, { id, secret, home }) {
  const { page, how } = visitor;
  await action(visitor, "New secret");
  await visitor.send({ keep: "3600" });
  const next = await page.locator("[data-secret]").innerText();
  expect(next !== secret, `it is another one, ${how}`);
  expect((await proves(issuer, id, secret)) && (await proves(issuer, id, next)), `both work for a while, ${how}`);
  await visitor.go(home);
  expect((await page.locator("tbody tr").count()) === 2, `both are listed, ${how}`);
  await visitor.press(page.locator("tbody a", { hasText: secret.slice(0, 4) }));
  expect((await main(visitor)).includes("ends now"), `ending one asks first, ${how}`);
  await visitor.send({});
  expect(await visitor.said("The secret ended"), `it is told, ${how}`);
  expect(!(await proves(issuer, id, secret)) && (await proves(issuer, id, next)), `the other one goes on, ${how}`);
  return next;
}

async function redirects(visitor, { home }) {
  const { page, how } = visitor;
  await tab(visitor, "Settings");
  await page.locator("[name=redirect_uris]").fill(`${CALLBACK}\nhttps://books.example/#part`);
  const marks = page.locator("output");
  if (visitor.scripts) expect((await marks.first().innerText()).includes("✗"), "what is wrong is marked while it is typed");
  await visitor.press(page.locator("main form[method=post] button[type=submit]").first());
  expect((await visitor.wrong()).length > 0, `a fragment is refused, ${how}`);
  await visitor.send({ redirect_uris: `${CALLBACK}\nhttps://books.example/other` });
  expect(await visitor.said("Saved"), `it is told, ${how}`);
  await visitor.go(home);
  expect((await main(visitor)).includes("https://books.example/other"), `another one is registered, ${how}`);
}

async function permissions(visitor) {
  const { page, how } = visitor;
  await tab(visitor, "Permissions");
  const box = page.locator('[name=scope][value="invoices:read"]');
  const group = page.locator("details", { has: box });
  if (!(await group.evaluate((one) => one.open))) await group.locator("summary").click();
  await box.check();
  await visitor.press(page.locator("main form[method=post] button[type=submit]").last());
  expect(await visitor.said("Saved"), `it is told, ${how}`);
  expect(await box.isChecked(), `it stays ticked, ${how}`);
}

async function by_hand(visitor, { home }) {
  const { page, how } = visitor;
  await visitor.go(home);
  await tab(visitor, "Tokens");
  await visitor.press(page.locator(".head__actions a").first());
  await visitor.send({ name: "Trying out", scopes: "invoices:read", days: "1", tenant: "acme-berlin" });
  const value = await page.locator("[data-secret]").innerText();
  expect(value.length > 20, `the token is shown, ${how}`);
  await visitor.press(page.locator(".head__back"));
  const listed = await main(visitor);
  expect(listed.includes("invoices:read") && !listed.includes(value), `it is listed, and shown once, ${how}`);
}

async function refused(visitor, { issuer }, { id, home }) {
  const { page, how } = visitor;
  await visitor.go(home);
  await tab(visitor, "Logs");
  await visitor.go(asking(issuer, id, `${CALLBACK}/`, { scope: "invoices:read" }).url, 400);
  await page.locator("details.technical summary").click();
  const request = await page.locator("details.technical dd code").last().innerText();
  await visitor.go(`${home}/logs`);
  await page.fill("[name=request]", request);
  await visitor.press(page.locator("form[role=search] button"));
  expect((await page.locator("tbody tr").count()) === 1, `the request is found by its id, ${how}`);
  const line = await page.locator("tbody tr").innerText();
  expect(line.includes("Only the trailing slash differs") && line.includes(CALLBACK), `it is explained, ${how}: ${line}`);
  await visitor.press(page.locator(".filters__clear"));
  await page.fill("[name=request]", "nothing-of-this-id");
  await visitor.press(page.locator("form[role=search] button"));
  expect((await page.locator(".empty").count()) === 1, `another id finds nothing, ${how}`);
}

async function try_out(visitor, { home, secret }) {
  const { page, how } = visitor;
  // Begins, allows where that is asked, and comes back.
  const begin = async () => {
    await visitor.tick(page.locator("main form[method=post]").first(), "scopes", "invoices:read");
    await page.locator("main form[method=post] button[type=submit]").last().click();
    await page.waitForSelector("#consent-allow, [name=secret]");
    if (await page.locator("#consent-allow").count()) await page.click("#consent-allow");
    await page.waitForSelector("[name=secret]");
    await visitor.look();
  };
  await visitor.go(home);
  await tab(visitor, "Try it");
  expect((await main(visitor)).includes(`${home}/try/back`), `the address to register is said, ${how}`);
  await visitor.send({});
  await begin();
  await visitor.send({ secret: "wrong" });
  expect((await main(visitor)).includes("The request was refused"), `a wrong secret is shown as such, ${how}`);
  await visitor.go(`${home}/try`);
  await begin();
  await visitor.send({ secret });
  const text = await main(visitor);
  expect(text.includes("It works"), `it works, ${how}: ${text.slice(0, 400)}`);
  expect(!(await page.content()).includes(secret), `no secret is shown again, ${how}`);
}

async function review(visitor, { issuer, browser, operator }, { id, home }) {
  const { page, how, scripts } = visitor;
  const ask = asking(issuer, id, CALLBACK, { scope: "invoices:read" }).url;
  const other = await Visitor.of(browser, scripts);
  await other.page.goto(ask);
  await other.sign_in(person("erin"));
  expect((await other.page.locator("#consent-allow").count()) === 0, `a draft is closed to others, ${how}`);
  await visitor.go(home);
  await tab(visitor, "Review");
  await visitor.send({ testers: "erin@example.com" });
  expect(await visitor.said("Saved"), `test users are named, ${how}`);
  await other.go(ask);
  expect((await other.page.locator("#consent-allow").count()) === 1, `and are let in, ${how}`);
  await action(visitor, "Submit");
  await visitor.send({});
  expect(await visitor.said("The application was submitted"), `it is told, ${how}`);

  const judge = await Visitor.of(browser, scripts);
  await judge.log_in(`${operator.url}/applications/${id}/review`, operator.username, operator.password);
  await judge.send({ verdict: "reject", reason: "Say in its name whose it is." });
  expect(await judge.said("The decision was saved"), `the operator is told, ${how}`);
  await visitor.go(`${home}/review`);
  expect((await main(visitor)).includes("Say in its name whose it is."), `the developer reads why, ${how}`);
  await action(visitor, "Submit");
  await visitor.send({});
  await judge.go(`${operator.url}/applications/${id}/review`);
  await judge.send({ verdict: "approve" });
  await judge.go(`${operator.url}/audit`);
  expect((await main(judge)).includes("client.approved"), `it is in the audit log, ${how}`);
  await visitor.go(`${home}/review`);
  expect((await main(visitor)).includes("Verified"), `the developer sees it, ${how}`);
  const anybody = await Visitor.of(browser, scripts);
  await anybody.log_in(ask, "bob@example.com", "correct-horse-bob");
  expect((await anybody.page.locator("#consent-allow").count()) === 1, `everybody is let in, ${how}`);
  for (const one of [judge, other, anybody]) await one.close();
}

async function public_client(visitor, { issuer }) {
  const { page, how } = visitor;
  await visitor.log_in(`${issuer}/developers/applications/new`, "bob@example.com", "correct-horse-bob");
  await visitor.send({ name: `Desk ${how}`, kind: "mcp", redirect_uris: "http://127.0.0.1:7777/callback" });
  expect((await page.locator("[data-secret]").count()) === 0, `there is no secret, ${how}`);
  expect((await visitor.title()).includes("Desk"), `it is made, ${how}`);
  const tabs = await page.locator(".tab").evaluateAll((links) => links.map((link) => link.href));
  for (const link of tabs) await visitor.go(link);
  await visitor.go(`${issuer}/developers/users`, 404);
}
