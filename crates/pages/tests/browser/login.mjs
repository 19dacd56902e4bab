// Signing in: with a password, with a second step and what stands in for it, and after a password was forgotten.

import { createHmac } from "node:crypto";
import { Visitor, both, demo_with, expect, one_of, scenario, serve } from "./stage.mjs";

export default async function login(browser) {
  const server = await serve(demo_with("carol", "dave", "erin", "frank"));
  const { issuer } = server;
  await both(browser, "a wrong password is told, and the right one lets in", (visitor) => password(visitor, issuer));
  await both(browser, "a second step is set up, asked for and lost", (visitor) => second_step(browser, visitor, issuer));
  await both(browser, "a forgotten password is replaced once", (visitor) => forgotten(browser, visitor, server));
  await both(browser, "a login form of another browser is refused kindly", (visitor) => expired(visitor, issuer));
  await scenario("pressing twice is pressing once", () => twice(browser, issuer));
  server.stop();
}

async function password(visitor, issuer) {
  const { page, how } = visitor;
  await visitor.log_in(`${issuer}/account`, "bob@example.com", "wrong");
  expect((await visitor.wrong()).includes("That did not match"), `it is told, ${how}`);
  expect((await page.title()).startsWith("Error:"), `the window's title tells it, too, ${how}`);
  expect((await page.locator("#error-summary:focus").count()) === 1, `it has the focus, ${how}`);
  expect((await page.inputValue("#username")) === "bob@example.com", `the name stays, ${how}`);
  expect((await page.inputValue("#password")) === "", `the password does not, ${how}`);
  const reveal = page.locator("[data-reveal=password]");
  expect((await reveal.isVisible()) === visitor.scripts, `showing the password needs scripts, ${how}`);
  await page.fill("#password", "correct-horse-bob");
  if (visitor.scripts) {
    await reveal.click();
    expect((await page.getAttribute("#password", "type")) === "text", "the password is shown");
  }
  await visitor.press(page.locator("#login-submit"));
  expect(new URL(page.url()).pathname === "/account", `${page.url()}, ${how}`);
  await visitor.press(page.locator(".bar__out"));
  await visitor.press(page.locator("#logout-submit"));
  await visitor.go(`${issuer}/account`);
  expect((await page.locator("#login-submit").count()) === 1, `signed out, ${how}`);
}

// RFC 6238 with what the page shows: SHA-1, six digits, thirty seconds.
function code_of(secret, step) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

const step_now = () => Math.floor(Date.now() / 30_000);

// Sets the second step up for whoever is signed in.
async function enrol(visitor, issuer) {
  const { page, how } = visitor;
  await visitor.go(`${issuer}/account/two-step`);
  await visitor.press(page.locator("#two-step-begin"));
  const secret = await page.locator("#two-step-secret").innerText();
  await page.fill("#otp", "000 000");
  await visitor.press(page.locator("#two-step-confirm"));
  expect((await visitor.wrong()).includes("not right"), `a wrong code sets nothing up, ${how}`);
  expect((await page.locator("#two-step-secret").innerText()) === secret, `the key stays, ${how}`);
  const step = step_now();
  await page.fill("#otp", code_of(secret, step));
  await visitor.press(page.locator("#two-step-confirm"));
  const codes = await page.locator("#recovery-codes code").allInnerTexts();
  expect(codes.length === 10, `${codes.length} recovery codes, ${how}`);
  return { secret, step, codes };
}

// A new browser that got the password right, before the second step.
async function before_the_step(browser, scripts, issuer, who) {
  const visitor = await Visitor.of(browser, scripts);
  await visitor.log_in(`${issuer}/account`, who.username, who.password);
  expect((await visitor.title()) === "One more step", `the second step is asked for, ${visitor.how}`);
  return visitor;
}

async function enter(visitor, code) {
  await visitor.page.fill("#otp", code);
  await visitor.press(visitor.page.locator("#login-submit"));
  return new URL(visitor.page.url()).pathname === "/account";
}

async function second_step(browser, visitor, issuer) {
  const { how, scripts } = visitor;
  const who = one_of(visitor, ["carol", "dave"]);
  await visitor.log_in(`${issuer}/account`, who.username, who.password);
  const { secret, step, codes } = await enrol(visitor, issuer);

  const phone = await before_the_step(browser, scripts, issuer, who);
  expect(!(await enter(phone, code_of(secret, step))), `a code is good once, ${how}`);
  expect((await phone.wrong()).includes("That code is not right"), `it is told, ${how}`);
  expect(await enter(phone, code_of(secret, Math.max(step + 1, step_now()))), `the next code lets in, ${how}`);
  await phone.close();

  const drawer = await before_the_step(browser, scripts, issuer, who);
  expect(await enter(drawer, codes[0]), `a recovery code lets in, ${how}`);
  const again = await before_the_step(browser, scripts, issuer, who);
  expect(!(await enter(again, codes[0])), `once, ${how}`);
  await again.close();
  await drawer.go(`${issuer}/account/two-step`);
  expect((await drawer.page.locator("main").innerText()).includes("9 are left"), `nine are left, ${how}`);
  await drawer.press(drawer.page.locator("#two-step-codes"));
  expect((await drawer.page.locator("#recovery-codes code").count()) === 10, `new ones are made, ${how}`);
  await drawer.go(`${issuer}/account/two-step`);
  await drawer.press(drawer.page.locator("#two-step-off"));
  expect(await drawer.said("Two-step sign-in is off"), `it is turned off, ${how}`);
  await drawer.close();
}

async function forgotten(browser, visitor, { issuer, wait_for_log }) {
  const { page, how } = visitor;
  const who = one_of(visitor, ["erin", "frank"]);
  await visitor.go(`${issuer}/account`);
  await visitor.press(page.locator("a", { hasText: "Forgot your password?" }));
  await page.fill("#username", who.username);
  await visitor.press(page.locator("#reset-submit"));
  expect((await page.locator("main").innerText()).includes("a link is on its way"), `it is told, ${how}`);
  const [, letter] = await wait_for_log(new RegExp(`${who.username}[^]*?[?]token=([\\w-]+)`));
  const link = `${issuer}/reset?token=${letter}`;
  await visitor.go(link);
  const choose = async (password, again) => {
    await page.fill("#new_password", password);
    await page.fill("#again", again);
    await visitor.press(page.locator("#reset-choose"));
  };
  await choose("correct-battery", "correct-staple");
  expect((await visitor.wrong()).includes("not the same both times"), `two that differ are refused, ${how}`);
  await choose("correct-battery", "correct-battery");
  expect((await page.locator("main").innerText()).includes("Your password is changed"), `it is changed, ${how}`);
  await visitor.press(page.locator("a", { hasText: "Sign in" }));
  await visitor.sign_in(who);
  expect((await visitor.wrong()).includes("That did not match"), `the old one is worth nothing, ${how}`);
  await visitor.sign_in({ ...who, password: "correct-battery" });
  expect(new URL(page.url()).pathname === "/account", `the new one lets in, ${how}`);
  await visitor.go(link, 400);
  expect((await page.locator("main").innerText()).includes("used already"), `the link is good once, ${how}`);
}

// What a form is bound to is in a cookie: without it, it is as one that lay open for too long.
async function expired(visitor, issuer) {
  const { page, context, how } = visitor;
  await visitor.go(`${issuer}/account`);
  await context.clearCookies();
  await visitor.sign_in({ username: "bob@example.com", password: "correct-horse-bob" });
  expect((await visitor.error()) === "form_expired", `${await visitor.error()}, ${how}`);
  // The way back is a new page, and that works.
  await visitor.go(`${issuer}/account`);
  await visitor.sign_in({ username: "bob@example.com", password: "correct-horse-bob" });
  expect(new URL(page.url()).pathname === "/account", `${page.url()}, ${how}`);
}

// Whoever presses again while the browser waits must not send a code twice that is good once.
async function twice(browser, issuer) {
  const bob = { username: "bob@example.com", password: "correct-horse-bob" };
  const visitor = await Visitor.of(browser, true);
  const { page } = visitor;
  await visitor.go(`${issuer}/account`);
  await page.fill("#username", bob.username);
  await page.fill("#password", bob.password);
  expect((await visitor.press_twice(page.locator("#login-submit"))) === 1, "a password is sent once");
  await page.waitForSelector(".bar__user");
  const { codes } = await enrol(visitor, issuer);
  await visitor.close();
  const again = await before_the_step(browser, true, issuer, bob);
  await again.page.fill("#otp", codes[1]);
  expect((await again.press_twice(again.page.locator("#login-submit"))) === 1, "a code is sent once");
  await again.page.waitForSelector(".bar__user");
  await again.close();
}
