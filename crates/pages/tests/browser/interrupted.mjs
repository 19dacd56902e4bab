// What happens in the middle: a session that ends while a form is open, another tab, the way back, and things that are gone by
// then. What was filled in is there again, but for passwords, and nothing is done unasked.

import { asking, both, demo_with, expect, landing, one_of, serve } from "./stage.mjs";

const NAME = "Ledger <i>& Sons</i>";
const ADDRESSES = "https://books.example/callback\nhttps://books.example/other";

export default async function interrupted(browser) {
  const server = await serve(demo_with("carol", "dave", "erin", "frank"));
  const arrival = await landing();
  const { username, password, url } = server.ready.console;
  const stage = { issuer: server.issuer, arrival, url, operator: { username, password } };
  await both(browser, "an operator's session ends in the middle", (visitor) => session_ends(visitor, stage));
  await both(browser, "a developer signs in anew in another tab", (visitor) => other_tab(visitor, stage));
  await both(browser, "a user's boxes are as they were left", (visitor) => boxes(visitor, stage));
  await both(browser, "a password is not given back", (visitor) => no_password(visitor, stage));
  await both(browser, "back, and sent once more", (visitor) => back(visitor, stage));
  await both(browser, "what was deleted in another tab", (visitor) => deleted(visitor, stage));
  arrival.close();
  server.stop();
}

const posting = (page) => page.locator("main form[method=post]").first();
const submit = (page) => posting(page).locator("button[type=submit]").last();
const value = (page, name) => page.locator(`[name="${name}"]`).inputValue();
const end_session = (visitor) => visitor.context.clearCookies({ name: /session/ });

async function fill(page) {
  await page.fill('[name="name"]', NAME);
  await page.locator('[name="kind"][value="spa"]').check();
  await page.fill('[name="redirect_uris"]', ADDRESSES);
}

async function is_filled(visitor, when) {
  const { page, how } = visitor;
  expect((await value(page, "name")) === NAME, `the name is there ${when}, ${how}: ${await value(page, "name")}`);
  expect((await value(page, "redirect_uris")) === ADDRESSES, `so are the addresses ${when}, ${how}`);
  expect(await page.locator('[name="kind"][value="spa"]').isChecked(), `and the kind ${when}, ${how}`);
}

async function session_ends(visitor, { url, operator }) {
  const { page, how } = visitor;
  await visitor.log_in(`${url}/applications/new`, operator.username, operator.password);
  await fill(page);
  await end_session(visitor);
  await visitor.press(submit(page));
  const login = await page.locator("main").innerText();
  expect(login.includes("session ended in the middle"), `the login says why, ${how}: ${login}`);
  // A wrong password in between takes nothing away.
  await visitor.sign_in({ ...operator, password: "wrong" });
  await visitor.sign_in(operator);
  expect(page.url() === `${url}/applications/new`, `it leads back, ${how}: ${page.url()}`);
  await is_filled(visitor, "after the login");
  expect((await visitor.wrong()).includes("nothing was done yet"), `it says so, ${how}: ${await visitor.wrong()}`);
  await visitor.press(submit(page));
  expect((await visitor.title()).includes(NAME), `it is made when it is sent again, ${how}: ${await visitor.title()}`);
}

async function other_tab(visitor, { issuer }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["carol", "dave"]);
  await visitor.log_in(`${issuer}/developers/applications/new`, who.username, who.password);
  await fill(page);
  const other = await visitor.beside();
  await other.go(`${issuer}/account`);
  await other.press(other.page.locator(".bar__out"));
  await other.press(other.page.locator("#logout-submit"));
  await other.log_in(`${issuer}/developers`, who.username, who.password);
  await visitor.press(submit(page));
  await is_filled(visitor, "in the new session");
  expect((await visitor.wrong()).includes("open for too long"), `it says why, ${how}: ${await visitor.wrong()}`);
  await other.go(`${issuer}/developers`);
  expect((await other.page.locator(".empty").count()) === 1, `nothing was made, ${how}`);
  await visitor.press(submit(page));
  expect((await visitor.title()).includes(NAME), `it is made when it is sent again, ${how}: ${await visitor.title()}`);
}

async function boxes(visitor, { issuer, arrival }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["carol", "dave"]);
  const scope = "openid customers:read invoices:read";
  const asked = asking(issuer, "ledger-desktop", `${arrival.origin}/callback`, { scope });
  await visitor.go(asked.url);
  await visitor.sign_in(who);
  await visitor.leave(page.locator("#consent-allow"), arrival.origin);
  await visitor.go(`${issuer}/account/apps`);
  await visitor.press(page.locator("main a", { hasText: "Ledger Desktop" }));
  const box = page.locator('input[name=scope][value="customers:read"]');
  await box.uncheck();
  await end_session(visitor);
  await visitor.press(page.locator("#app-narrow"));
  await visitor.sign_in(who);
  expect(!(await box.isChecked()), `what lost its tick has none, ${how}`);
  expect((await visitor.wrong()).includes("sign in again"), `it says that nothing was done, ${how}: ${await visitor.wrong()}`);
  await page.reload();
  expect(await box.isChecked(), `nothing was taken away, ${how}`);
}

async function no_password(visitor, { issuer }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["erin", "frank"]);
  await visitor.log_in(`${issuer}/account/password`, who.username, who.password);
  const fields = ["password", "new_password", "again"];
  for (const name of fields) await page.fill(`#${name}`, `${who.password}-x`);
  await end_session(visitor);
  await visitor.press(page.locator("#password-submit"));
  await visitor.sign_in(who);
  for (const name of fields) expect((await value(page, name)) === "", `${name} is empty, ${how}`);
  expect((await visitor.wrong()).includes("Nothing was done yet"), `it says so, ${how}: ${await visitor.wrong()}`);
}

// An application of its own; gives its address.
async function application(visitor, { url, operator }, name) {
  await visitor.log_in(`${url}/applications/new`, operator.username, operator.password);
  await visitor.send({ name, kind: "machine" });
  return `${url}/applications/${await visitor.page.locator("#object-id").innerText()}`;
}

async function back(visitor, stage) {
  const { page, how } = visitor;
  const home = await application(visitor, stage, `First ${how}`);
  await visitor.go(`${home}/settings`);
  await visitor.send({ name: `Second ${how}` });
  expect(await visitor.said("Saved"), `it is saved, ${how}`);
  await page.goBack({ waitUntil: "load" });
  await page.fill('[name="name"]', `Third ${how}`);
  await visitor.press(submit(page));
  const saved = await visitor.said("Saved");
  const wrong = await visitor.wrong();
  // A browser that shows the page as it was has an old version of it, and learns that; one that asks for it anew does not.
  expect(saved || wrong.includes("changed since you opened it"), `saved or told, ${how}: ${wrong}`);
  await visitor.go(`${home}/settings`);
  const now = await value(page, "name");
  expect(now === (saved ? `Third ${how}` : `Second ${how}`), `what was said is so, ${how}: ${now}`);
}

async function deleted(visitor, stage) {
  const { page, how } = visitor;
  const home = await application(visitor, stage, `Gone ${how}`);
  await visitor.go(`${home}/settings`);
  const other = await visitor.beside();
  await other.go(`${home}/delete`);
  await other.send({});
  expect(await other.said("Deleted"), `deleted, ${how}`);
  await page.fill('[name="name"]', "Still here");
  await visitor.press(submit(page));
  expect((await page.locator("main").innerText()).includes("Nothing here"), `the page says that it is gone, ${how}`);
  expect((await page.locator("#places a").count()) > 5, `and there is a way on, ${how}`);
}
