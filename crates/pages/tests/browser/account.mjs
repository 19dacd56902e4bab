// A user's own pages: what applications may do and how that ends, where the user is signed in, and the password.

import { Visitor, asking, both, demo_with, expect, landing, one_of, redeem, serve, token } from "./stage.mjs";

export default async function account(browser) {
  const server = await serve(demo_with("carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"));
  const arrival = await landing();
  const stage = { browser, issuer: server.issuer, arrival };
  await both(browser, "an application's permissions are narrowed and its access ended", (visitor) => apps(visitor, stage));
  await both(browser, "a user sees where they are signed in, and ends it", (visitor) => sessions(visitor, stage));
  await both(browser, "a password is changed, and ends what is elsewhere", (visitor) => password(visitor, stage));
  await both(browser, "every page of the account is there", (visitor) => pages(visitor, stage));
  await both(browser, "a form that is too old says so, and can be sent again", (visitor) => too_old(visitor, stage));
  arrival.close();
  server.stop();
}

// Lets a program do something for whoever signs in, and gives its tokens.
async function connect(visitor, { issuer, arrival }, who, scope) {
  const asked = asking(issuer, "ledger-desktop", `${arrival.origin}/callback`, { scope });
  await visitor.go(asked.url);
  await visitor.sign_in(who);
  const tokens = await redeem(issuer, asked, await visitor.leave(visitor.page.locator("#consent-allow"), arrival.origin));
  expect(tokens.status === 200, `connected: ${JSON.stringify(tokens)}`);
  return tokens;
}

const refreshed = (issuer, refresh_token) =>
  token(issuer, { grant_type: "refresh_token", client_id: "ledger-desktop", refresh_token });

async function apps(visitor, stage) {
  const { page, how } = visitor;
  const { issuer } = stage;
  const scope = "openid offline_access customers:read invoices:read";
  const first = await connect(visitor, stage, one_of(visitor, ["carol", "dave"]), scope);
  await visitor.go(`${issuer}/account`);
  await visitor.press(page.locator("main a", { hasText: "Connected apps" }));
  await visitor.press(page.locator("main a", { hasText: "Ledger Desktop" }));
  const boxes = page.locator("main input[name=scope]");
  const ticked = await boxes.evaluateAll((all) => all.filter((one) => one.checked).map((one) => one.value));
  expect(ticked.includes("customers:read") && ticked.includes("invoices:read"), `what it may do is ticked: ${ticked}, ${how}`);
  await page.locator('input[name=scope][value="customers:read"]').uncheck();
  await visitor.press(page.locator("#app-narrow"));
  expect(await visitor.said("only what is still ticked"), `it is told, ${how}`);
  const second = await refreshed(issuer, first.refresh_token);
  const left = second.scope.split(" ");
  expect(left.includes("invoices:read") && !left.includes("customers:read"), `it has ${second.scope}, ${how}`);

  await boxes.evaluateAll((all) => all.forEach((one) => one.click()));
  expect((await boxes.evaluateAll((all) => all.filter((one) => one.checked).length)) === 0, `nothing is ticked, ${how}`);
  await visitor.press(page.locator("#app-narrow"));
  expect((await visitor.wrong()).includes("Nothing is ticked"), `taking everything away is another button, ${how}`);
  const other = await visitor.beside();
  await other.go(page.url());
  await visitor.press(page.locator("#app-end"));
  expect(await visitor.said("Access removed"), `it is told, ${how}`);
  const third = await refreshed(issuer, second.refresh_token);
  expect(third.error === "invalid_grant", `${JSON.stringify(third)}, ${how}`);
  // The other tab shows what was: pressing there, too, gives what was wanted.
  await other.press(other.page.locator("#app-end"));
  expect(await other.said("Access removed"), `it is gone in the other tab, too, ${how}: ${other.page.url()}`);
}

async function sessions(visitor, stage) {
  const { page, how } = visitor;
  const { issuer, browser } = stage;
  const who = one_of(visitor, ["erin", "frank"]);
  const tokens = await connect(visitor, stage, who, "openid offline_access invoices:read");
  const elsewhere = await Visitor.of(browser, visitor.scripts);
  await elsewhere.log_in(`${issuer}/account/password`, who.username, who.password);
  await visitor.go(`${issuer}/account/sessions`);
  expect((await page.locator("main .row").count()) === 2, `both browsers are there, ${how}`);
  await visitor.press(page.locator("main .row button"));
  expect(await visitor.said("Signed out there"), `it is told, ${how}`);
  expect((await page.locator("main .row").count()) === 1, `one is left, ${how}`);

  // What the other one had open does nothing any more.
  await elsewhere.page.fill("#password", who.password);
  await elsewhere.page.fill("#new_password", "correct-battery");
  await elsewhere.page.fill("#again", "correct-battery");
  await elsewhere.press(elsewhere.page.locator("#password-submit"));
  expect((await elsewhere.page.locator("#login-submit").count()) === 1, `the other one signs in first, ${how}`);
  await elsewhere.sign_in(who);
  expect((await elsewhere.page.locator(".bar__user").count()) === 1, `with the password of before, ${how}`);

  await visitor.go(`${issuer}/account/sessions`);
  await visitor.press(page.locator("#sessions-all"));
  expect((await visitor.title()) === "You are signed out", `${await visitor.title()}, ${how}`);
  for (const one of [visitor, elsewhere]) {
    await one.go(`${issuer}/account`);
    expect((await one.page.locator("#login-submit").count()) === 1, `signed out everywhere, ${how}`);
  }
  const after = await refreshed(issuer, tokens.refresh_token);
  expect(after.error === "invalid_grant", `what was connected has to ask again, ${how}: ${JSON.stringify(after)}`);
  await elsewhere.close();
}

async function password(visitor, { issuer, browser }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["grace", "heidi"]);
  const elsewhere = await Visitor.of(browser, visitor.scripts);
  await elsewhere.log_in(`${issuer}/account`, who.username, who.password);
  await visitor.log_in(`${issuer}/account/password`, who.username, who.password);
  const change = async (password, new_password, again = new_password) => {
    await page.fill("#password", password);
    await page.fill("#new_password", new_password);
    await page.fill("#again", again);
    await visitor.press(page.locator("#password-submit"));
  };
  await change("wrong", "correct-battery");
  expect((await visitor.wrong()).includes("That is not your password"), `the old one is asked for, ${how}`);
  await change(who.password, "correct-battery", "correct-staple");
  expect((await visitor.wrong()).includes("not the same both times"), `two that differ are refused, ${how}`);
  await change(who.password, "short");
  expect((await visitor.wrong()).includes("too short"), `a short one is refused, ${how}`);
  await change(who.password, "correct-battery");
  expect(await visitor.said("Password changed"), `it is told, ${how}`);
  await visitor.go(`${issuer}/account`);
  expect((await page.locator(".bar__user").count()) === 1, `this browser goes on, ${how}`);
  await elsewhere.go(`${issuer}/account`);
  expect((await elsewhere.page.locator("#login-submit").count()) === 1, `the other one does not, ${how}`);
  await elsewhere.close();
}

async function pages(visitor, { issuer }) {
  const { page, how } = visitor;
  await visitor.log_in(`${issuer}/account`, "bob@example.com", "correct-horse-bob");
  const links = await page.locator("main .row a, #places a").evaluateAll((all) => all.map((one) => one.href));
  expect(new Set(links).size > 4, `${links.length} links, ${how}`);
  for (const link of new Set(links)) await visitor.go(link);
  await visitor.go(`${issuer}/account/apps/nothing`, 404);
}

// Nobody waits an hour here: the ticket of another page is worth as little as one that is too old, and looks the same.
async function too_old(visitor, { issuer }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["ivan", "judy"]);
  await visitor.log_in(`${issuer}/account/two-step`, who.username, who.password);
  const other = await page.locator("main input[name=request]").first().inputValue();
  await visitor.go(`${issuer}/account/password`);
  const ticket = page.locator("main input[name=request]").first();
  await ticket.evaluate((field, value) => (field.value = value), other);
  const fill = async () => {
    await page.fill("#password", who.password);
    await page.fill("#new_password", "correct-battery");
    await page.fill("#again", "correct-battery");
  };
  await fill();
  await visitor.press(page.locator("#password-submit"));
  expect((await visitor.wrong()).includes("open for too long"), `it says what happened: ${await visitor.wrong()}, ${how}`);
  expect((await page.locator("#password").inputValue()) === "", `no password comes back in a page, ${how}`);
  // The page that said so has a form that is good.
  await fill();
  await visitor.press(page.locator("#password-submit"));
  expect(await visitor.said("changed"), `the second time it is done, ${how}`);
}
