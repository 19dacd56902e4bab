// The consent page beside the permissions: it shows what is ticked, while it is ticked or by a button, saves nothing, and lets
// nobody allow anything.

import { expect } from "./stage.mjs";

const WORDS = "See invoices";

export default async function preview(visitor, issuer, who) {
  const { page, how } = visitor;
  await visitor.log_in(`${issuer}/developers/applications/new`, who.username, who.password);
  await visitor.send({ name: `Beside ${how}`, kind: "spa", redirect_uris: "https://books.example/callback" });
  await visitor.press(page.locator(".tab", { hasText: "Permissions" }));
  const here = page.url();
  await follows(visitor);
  expect(page.url() === here, `the page stays, ${how}: ${page.url()}`);
  await visitor.go(here);
  expect(!(await box_of(page).isChecked()), `looking saves nothing, ${how}`);
  await narrow(visitor);
  if (visitor.scripts) await saves_first(visitor, here);
}

const box_of = (page) => page.locator('[name=scope][value="invoices:read"]');
const shown = (page) => page.frameLocator(".picture__frame:not(.picture__frame--coming)");
const show = (page) => page.locator("[data-picture]");

// Ticks or unticks, and waits for the picture of it.
async function ticked(visitor, is_ticked) {
  const { page } = visitor;
  await unfold(page);
  await box_of(page).setChecked(is_ticked);
  if (!visitor.scripts) await show(page).click();
  await shown(page).getByText(WORDS).waitFor({ state: is_ticked ? "visible" : "detached" });
}

// Opens the group that the box is in.
async function unfold(page) {
  const group = page.locator("details", { has: box_of(page) });
  if (!(await group.evaluate((one) => one.open))) await group.locator("summary").click();
}

async function follows(visitor) {
  const { page, how, scripts } = visitor;
  expect((await show(page).isVisible()) === !scripts, `the button is for those without scripts, ${how}`);
  const before = await page.evaluate(() => history.length);
  await ticked(visitor, true);
  for (const what of ["form", "[name=request]", "[type=submit]", "script", "#consent-allow"]) {
    expect((await shown(page).locator(what).count()) === 0, `there is no ${what} in the picture, ${how}`);
  }
  const url = () => page.locator(".picture__frame:not(.picture__frame--coming)").evaluate((one) => one.contentWindow.location.href);
  const before_press = await url();
  await shown(page).getByText("Allow", { exact: true }).click();
  // Whatever the press had asked for would have been answered by the time that this is.
  await page.request.get(before_press);
  expect((await url()) === before_press, `its buttons lead nowhere, ${how}`);
  expect(await shown(page).getByText(WORDS).isVisible(), `its buttons press nothing, ${how}`);
  await ticked(visitor, false);
  await ticked(visitor, true);
  if (!scripts) return;
  expect((await page.evaluate(() => history.length)) === before, "the way back is the page's own");
  const count = page.locator("details", { has: box_of(page) }).locator("[data-chosen]");
  expect((await count.innerText()).startsWith("1 of"), `what is ticked is counted: ${await count.innerText()}`);
}

// Where there is no room for both it opens over the page, by the key alone, with what is ticked by then.
async function narrow(visitor) {
  const { page, how } = visitor;
  await page.setViewportSize({ width: 390, height: 780 });
  const panel = page.locator(".picture");
  expect(!(await panel.isVisible()), `it is folded away at first, ${how}`);
  await unfold(page);
  await box_of(page).check();
  await page.locator(".picture__open").focus();
  await page.keyboard.press("Enter");
  await panel.waitFor({ state: "visible" });
  if (!visitor.scripts) await show(page).click();
  await shown(page).getByText(WORDS).waitFor();
  await visitor.look();
  await page.locator(".picture__close").click();
  expect(!(await panel.isVisible()), `it closes, ${how}`);
  await visitor.press(page.locator("main form[method=post] button[type=submit]").last());
  expect(await visitor.said("Saved"), `what was ticked is saved by its own button, ${how}`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

// Whoever ticks and saves at once has it saved: a form that is sent a second time, into the frame, would not be sent the first.
async function saves_first(visitor, here) {
  const { page, how } = visitor;
  await visitor.go(here);
  await page.evaluate(() => {
    globalThis.setTimeout = (deed, wait) => {
      if (wait < 1000) globalThis.renew = deed;
      return 0;
    };
  });
  await unfold(page);
  await box_of(page).setChecked(false);
  await Promise.all([
    page.waitForNavigation({ waitUntil: "load", timeout: 30_000 }),
    page.evaluate(() => {
      [...document.querySelectorAll("main form[method=post] button[type=submit]")].at(-1).click();
      globalThis.renew();
    }),
  ]);
  expect(await visitor.said("Saved"), `it is saved, ${how}`);
  expect(!(await box_of(page).isChecked()), `and stays saved, ${how}`);
}
