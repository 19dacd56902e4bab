// The console, as an operator and as a tenant's administrator would use it: with scripts and without, and one way with the
// keyboard alone.

import { readFileSync } from "node:fs";
import { Visitor, expect, scenario, serve } from "./stage.mjs";

export default async function console_suite(browser) {
  const { ready, stop } = await serve();
  for (const scripts of [true, false]) {
    const how = scripts ? "with scripts" : "without scripts";
    await scenario(`an operator, ${how}`, () => operator(browser, ready, scripts));
    await scenario(`a tenant's administrator, ${how}`, () => administrator(browser, ready, scripts));
  }
  await scenario("an application is made with the keyboard alone", () => keyboard(browser, ready));
  stop();
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
  await leads_back_to(visitor, "Applications");

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

// The way back from what was just made is called as the page that it leads to.
async function leads_back_to(visitor, title) {
  const back = visitor.page.locator(".head__back");
  expect((await back.innerText()).trim() === title, `the way back is called ${title}, ${visitor.how}: ${await back.innerText()}`);
  await visitor.press(back);
  expect((await visitor.title()) === title, `so is the page there, ${visitor.how}: ${await visitor.title()}`);
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
  await leads_back_to(visitor, "Webhooks");
  await visitor.press(page.locator("th a", { hasText: "hooks.example.com" }).first());
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
  await leads_back_to(visitor, "API keys");
  await visitor.context.close();
}

// An application made with nothing but the keyboard.
async function keyboard(browser, ready) {
  const visitor = await Visitor.of(browser, true);
  const { page } = visitor;
  await visitor.log_in(ready.console.url, ready.console.username, ready.console.password);
  const reach = (matches) => visitor.reach(matches);
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
