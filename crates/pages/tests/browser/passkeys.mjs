// Passkeys, with an authenticator that Chromium plays: adding one, signing in with it from the list under the name and by the
// button, and what is told where none answers.

import { Visitor, demo_with, expect, person, scenario, serve } from "./stage.mjs";

export default async function passkeys(browser) {
  const { issuer, stop } = await serve(demo_with("carol", "dave"));
  await scenario("a passkey is added, and signs in", () => with_scripts(browser, issuer));
  await scenario("passkeys need scripts, and the page says so", () => without(browser, issuer));
  stop();
}

// A browser with a device that knows its owner.
async function with_device(browser) {
  const visitor = await Visitor.of(browser, true);
  const device = await visitor.context.newCDPSession(visitor.page);
  await device.send("WebAuthn.enable", { enableUI: false });
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", { options });
  const knows = (isUserVerified) => device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  return { visitor, knows };
}

// The login of a page has the page's address: who is signed in stands on the page itself.
const signed_in = (page) => page.waitForSelector(".bar__user");
const status = (page) =>
  page.waitForFunction(() => document.getElementById("passkey-status").textContent).then((told) => told.jsonValue());

async function with_scripts(browser, issuer) {
  const { visitor, knows } = await with_device(browser);
  const { page, context } = visitor;
  const carol = person("carol");
  await visitor.log_in(`${issuer}/account/passkeys`, carol.username, carol.password);
  const old = await page.locator("main input[name=request]").first().inputValue();
  await context.clearCookies();
  await visitor.log_in(`${issuer}/account/passkeys`, carol.username, carol.password);
  await name_stays(visitor, old);
  await page.fill("#name", "Telephone");
  await visitor.press(page.locator("#passkey-add"));
  expect((await page.locator("#passkey-1").innerText()).includes("Telephone"), "it is in the list");
  expect(await visitor.said("Passkey added"), "it is told");
  // The password alone changes nothing any more.
  expect((await page.locator("#passkeys-confirm").count()) === 1, "whoever has a passkey shows it to add another");

  // From the list under the name: the device answers as soon as the page asks.
  await context.clearCookies();
  await page.goto(`${issuer}/account`, { waitUntil: "commit" });
  await signed_in(page);
  await visitor.go(`${issuer}/account/passkeys`);
  await page.fill("#name", "The same again");
  await page.click("#passkey-add");
  expect((await status(page)).includes("already has a passkey"), "a device has one passkey");

  // By the button, in a browser that has no such list.
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  await context.clearCookies();
  await visitor.go(`${issuer}/account`);
  await knows(false);
  await page.click("#passkey-submit");
  expect((await status(page)).includes("No passkey was used"), "a device that does not know its owner says no");
  await knows(true);
  await page.click("#passkey-submit");
  await signed_in(page);

  await visitor.go(`${issuer}/account/passkeys`);
  await page.click(".rename summary");
  await page.fill("#name-1", "Very old telephone");
  await make_old(page.locator(".rename form"), old);
  await visitor.press(page.locator("button[value=rename]"));
  expect((await visitor.wrong()).includes("open for too long"), `a late name is not taken: ${await visitor.wrong()}`);
  expect((await page.locator("#passkey-1").innerText()).includes("Telephone"), "it is called as before");
  const again = page.locator("#name-1");
  expect((await again.isVisible()) && (await again.inputValue()) === "Very old telephone", "what was typed is there, in sight");
  await page.fill("#name-1", "Old telephone");
  await visitor.press(page.locator("button[value=rename]"));
  expect((await page.locator("#passkey-1").innerText()).includes("Old telephone"), "it has another name");
  await visitor.press(page.locator("button[value=remove]"));
  expect(await visitor.said("Passkey removed"), "it is gone");
  await context.clearCookies();
  await visitor.go(`${issuer}/account`);
  await page.click("#passkey-submit");
  await page.waitForSelector("#error-summary");
  expect((await visitor.wrong()).includes("That passkey did not work"), "a passkey that was removed lets nobody in");
  await visitor.sign_in(carol);
  expect(page.url() === `${issuer}/account`, "the password still does");
  await visitor.close();
}

// Nobody waits an hour here: a ticket of this page from a session before is late, too.
const make_old = (form, ticket) =>
  form.locator("input[name=request]").evaluate((field, value) => (field.value = value), ticket);

// The name that somebody chose for a new passkey is there again when the form comes back: too late, or with an answer of the
// device that is not taken.
async function name_stays(visitor, old) {
  const { page } = visitor;
  const name = () => page.locator("#name").inputValue();
  await page.fill("#name", "Blue <key>");
  await make_old(page.locator("#passkey-create"), old);
  await visitor.press(page.locator("#passkey-add"));
  expect((await visitor.wrong()).includes("open for too long"), `a late form says so: ${await visitor.wrong()}`);
  expect((await name()) === "Blue <key>", `and has the name: ${await name()}`);
  const { pathname } = new URL(page.url());
  await page.route(`**${pathname}`, (route) => {
    const sent = new URLSearchParams(route.request().postData() ?? "");
    sent.set("attestation", "AAAA");
    return route.continue({ postData: sent.toString() });
  });
  await page.fill("#name", "Green key");
  await visitor.press(page.locator("#passkey-add"));
  await page.unroute(`**${pathname}`);
  expect((await visitor.wrong()) !== "", "an answer that is none is not taken");
  expect((await name()) === "Green key", `the name is there: ${await name()}`);
  expect((await page.locator("main .row").count()) === 0, "nothing was added");
}

async function without(browser, issuer) {
  const visitor = await Visitor.of(browser, false);
  const { page } = visitor;
  const dave = person("dave");
  await visitor.go(`${issuer}/account/passkeys`);
  expect(!(await page.locator("#passkey-login").isVisible()), "no button that does nothing");
  await visitor.sign_in(dave);
  expect(await page.locator("#passkey-needs").isVisible(), "what is needed is said");
  expect(!(await page.locator("#passkey-create").isVisible()), "no form that does nothing");
  await visitor.close();
}
