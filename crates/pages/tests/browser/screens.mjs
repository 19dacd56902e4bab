// Opens the gallery that `cargo run -p grantd-pages --example render` writes, in Chromium, under the real content security
// policy. `check` looks for accessibility faults (axe), faults in the markup (html-validate), pages wider than the screen and
// anything the policy blocked; `pictures` writes what the README shows.
//
//   npm ci
//   node screens.mjs check [--full] [--dir GALLERY]       each page once; --full: every width and colour scheme
//   node screens.mjs pictures [--dir GALLERY] [--out DIR] [--all]
//   GRANTD=target/debug/grantd node screens.mjs strip [--dir GALLERY] [--out DIR]
//                                                         a small picture of every page, of the console's and the portal's
//                                                         as a running server shows them, and a sheet for each area

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { PARTS, photograph } from "./places.mjs";
import { clippedLists, launch, wrong_on } from "./stage.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../../..");

const WIDTHS = [1440, 768, 360, 320];
const SCHEMES = ["light", "dark"];
// What stands in the frame beside an application's permissions.
const PICTURE = "/developers/applications/x/permissions/preview";
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

// What the README and the guides show: file, page, width, colour scheme.
const PICTURES = [
  ["consent-light", "consent--simple.en", 1440, "light"],
  ["consent-dark", "consent--simple.en", 1440, "dark"],
  ["consent-360", "consent--simple.en", 360, "light"],
  ["consent-tenants", "consent--tenants.en", 1440, "light"],
  ["consent-unverified", "consent--loopback.en", 1440, "light"],
  ["consent-many", "consent--crowded.en", 1440, "dark"],
  ["login-light", "login--plain.en", 1440, "light"],
  ["login-dark", "login--wrong.en", 1440, "dark"],
  ["login-ja-360", "login--wrong.ja", 360, "dark"],
  ["error-light", "error--redirect.en", 1440, "light"],
  ["continue-light", "continue--approved.en", 1440, "light"],
];

// The film strip: each page in English, wide and narrow, light and dark, and smaller than life.
const STRIP = [
  { width: 1440, height: 900, scale: 0.2 },
  { width: 360, height: 760, scale: 0.36 },
];
const OF_SAMPLES = STRIP.flatMap((size) => SCHEMES.map((scheme) => ({ ...size, scheme })));
// Lists of many columns, in the languages with the longest and the shortest headings.
const WIDE = ["signed-in--list", "signed-in--tokens", "signed-in--deliveries", "signed-in--roles", "portal--logs"].flatMap((page) =>
  ["en", "de", "ja"].map((language) => `${page}.${language}`),
);
// Of what a running server shows, one each is enough: what it is made of has all four.
const OF_A_SERVER = [
  { ...STRIP[0], scheme: "light" },
  { ...STRIP[1], scheme: "dark" },
];
const MOST_MEBIBYTES = 9;
const AREAS = {
  "Signing in": ["login", "otp", "reset"],
  Consent: ["consent", "device", "interstitial", "barred"],
  Account: ["account", "apps", "app", "sessions", "password", "two-step"],
  "Console and portal": ["signed-in", "portal"],
  "Leaving and errors": ["continue", "form-post", "error", "message", "logout-confirm", "signed-out", "home"],
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: "string" },
    out: { type: "string", default: join(repository, "docs/screens") },
    full: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    chromium: { type: "string" },
  },
});

function gallery() {
  if (options.dir) return resolve(options.dir);
  const directory = mkdtempSync(join(tmpdir(), "grantd-pages-"));
  const render = ["run", "--quiet", "-p", "grantd-pages", "--example", "render", "--", directory];
  execFileSync("cargo", render, { cwd: repository, stdio: "inherit" });
  return directory;
}

// Serves the gallery as grantd would: same origin, same policy.
async function serve(directory) {
  const policyOf = (name) => readFileSync(join(directory, `content-security-policy${name}.txt`), "utf8");
  const policies = {
    "/form-post": policyOf(".form-post"),
    "/signed-out--everywhere": policyOf(".frames"),
    "/portal--permissions": policyOf(".picturing"),
    [PICTURE]: policyOf(".picture"),
    "/": policyOf(""),
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    const path = join(directory, pathname === PICTURE ? "consent--picture.en.html" : decodeURIComponent(pathname));
    try {
      const body = readFileSync(path);
      const [, policy] = Object.entries(policies).find(([start]) => request.url.startsWith(start));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": policy });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// A page on which everything that leaves the origin is answered with 204: the browser stays where it is.
async function open(browser, origin, width, scheme, javaScriptEnabled = true) {
  const context = await browser.newContext({
    viewport: { width, height: width > 500 ? 900 : 760 },
    colorScheme: scheme,
    deviceScaleFactor: 1,
    bypassCSP: false,
    javaScriptEnabled,
  });
  await context.route((url) => url.origin !== origin, (route) => route.fulfill({ status: 204 }));
  return { context, page: await context.newPage() };
}

async function faultsOf(page, url) {
  const faults = [];
  const onConsole = (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  };
  page.on("console", onConsole);
  const response = await page.goto(url, { waitUntil: "load" });
  if (response?.status() !== 200) faults.push(`status ${response?.status()}`);
  faults.push(...(await wrong_on(page, ["best-practice"])));
  page.off("console", onConsole);
  return faults;
}

async function check(browser, directory, origin) {
  const files = readdirSync(directory).filter((name) => name.endsWith(".html")).sort();
  const validator = new HtmlValidate(new FileSystemConfigLoader({ root: true }, {}));
  const rules = JSON.parse(readFileSync(join(here, "html-validate.json"), "utf8"));
  const failures = [];
  for (const file of files) {
    const report = await validator.validateString(readFileSync(join(directory, file), "utf8"), file, rules);
    for (const message of report.results.flatMap((result) => result.messages)) {
      failures.push(`${file}:${message.line}: ${message.ruleId}: ${message.message}`);
    }
  }
  const screens = WIDTHS.flatMap((width) => SCHEMES.map((scheme) => ({ width, scheme })));
  let opened = 0;
  for (const [number, { width, scheme }] of screens.entries()) {
    const { context, page } = await open(browser, origin, width, scheme);
    // The page has to stay to be looked at.
    await context.route("**/form-post-*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    // Each page once, on one screen after the other, unless everything is asked for.
    for (const file of files.filter((_, index) => options.full || index % screens.length === number)) {
      opened += 1;
      for (const fault of await faultsOf(page, `${origin}/${file}`)) failures.push(`${file} ${width} ${scheme}: ${fault}`);
    }
    await context.close();
  }
  failures.push(...(await behaviour(browser, origin)), ...stripFaults(directory));
  for (const failure of failures) console.error(failure);
  console.log(`${files.length} files validated, ${opened} pages opened, ${failures.length} faults`);
  return failures.length === 0;
}

// What only a browser can tell.
async function behaviour(browser, origin) {
  const faults = [];
  const expect = (condition, what) => condition || faults.push(what);
  for (const scripts of [true, false]) {
    const { context, page } = await open(browser, origin, 768, "light", scripts);
    const go = (file) => page.goto(`${origin}/${file}.en.html`);
    const how = scripts ? "with scripts" : "without scripts";

    const leaving = page.waitForRequest((request) => request.url().startsWith("https://app.ledgerly.example/callback?"));
    await go("continue--approved");
    const target = "https://app.ledgerly.example/callback?code=3Fq&state=a%22b;c&iss=https%3A%2F%2Fid.example";
    expect((await leaving).url() === target, `meta refresh goes to the exact address, ${how}`);
    expect((await page.locator("#continue").getAttribute("href")) === target, `the link has the exact address, ${how}`);

    await go("consent--tenants");
    const decided = () => page.waitForRequest((request) => request.method() === "POST");
    await page.route("**/consent", (route) => route.fulfill({ status: 204 }));
    let posted = decided();
    await page.click("#consent-deny");
    expect(new URLSearchParams((await posted).postData()).get("decision") === "deny", `deny needs no tenant, ${how}`);
    // A form is sent once, and here the page stays.
    await go("consent--tenants");
    await page.check("#tenant-2");
    await page.check('input[name="scope"]');
    posted = decided();
    await page.click("#consent-allow");
    const fields = new URLSearchParams((await posted).postData());
    const expected = "request=v1.sealed-request&tenant=acct_2Harbor&scope=orders%3Adelete&duration=until_removed&decision=allow";
    expect(fields.toString() === expected, `allow posts ${fields}, ${how}`);
    posted = decided();
    await page.click('button[value="switch"]');
    const switching = [...new URLSearchParams((await posted).postData())].sort().join(";");
    expect(switching === "decision,switch;request,v1.sealed-request", `not you posts ${switching}, ${how}`);

    await go("consent--tenant-missing");
    const focused = page.locator("#error-summary:focus").waitFor({ timeout: 5000 });
    await focused.catch(() => faults.push(`the error summary has the focus, ${how}`));

    const answer = page.waitForRequest((request) => request.url() === "https://app.ledgerly.example/callback");
    await page.goto(`${origin}/form-post--approved.en.html`, { waitUntil: "commit" });
    if (!scripts) await page.click("#form-post button");
    const sent = new URLSearchParams((await answer).postData());
    expect(sent.toString() === "code=3Fq&state=a%22b%3Cc&iss=https%3A%2F%2Fid.example", `the form posts ${sent}, ${how}`);
    await context.close();
  }
  const { context, page } = await open(browser, origin, 768, "light");
  // Beside the places there is room for a table, and for one of many columns not always.
  for (const file of WIDE) {
    await page.goto(`${origin}/${file}.html`);
    for (let width = 1000; width <= 1440; width += 20) {
      await page.setViewportSize({ width, height: 900 });
      const clipped = await page.evaluate(clippedLists);
      faults.push(...clipped.map((fault) => `${file} ${width}: ${fault}`));
    }
  }
  await page.goto(`${origin}/consent--300.en.html`);
  await page.fill("#permission-search", "number 42");
  expect((await page.locator(".permission:visible").count()) === 1, "the search narrows the permissions");
  await page.press("#permission-search", "Enter");
  expect(page.url().endsWith("consent--300.en.html"), "enter in the search decides nothing");
  await context.close();
  return faults;
}

// Every page of the gallery in English, without those that only differ in colour.
function shown(directory) {
  const names = readdirSync(directory).filter((name) => name.endsWith(".en.html"));
  return names.map((name) => name.replace(".en.html", "")).sort();
}

const areaOf = (name) =>
  Object.entries(AREAS).find(([, pages]) => pages.includes(name.split("--")[0]))?.[0] ?? "Other pages";
const stripOf = (name) => OF_SAMPLES.map(({ width, scheme }) => `${name}-${width}-${scheme}.png`);
const sheetOf = (area) => `${area.toLowerCase().replaceAll("'", "").replaceAll(" ", "-")}.md`;

// Pages that nobody took a picture of, and pictures of pages that are gone.
function stripFaults(directory) {
  const strip = join(options.out, "strip");
  const there = existsSync(strip) ? readdirSync(strip) : [];
  // Which pages a running server has is what its sheets say.
  const of_a_server = Object.values(PARTS).flatMap((area) => {
    const sheet = join(options.out, sheetOf(area));
    const shown = existsSync(sheet) ? readFileSync(sheet, "utf8").matchAll(/\(strip\/(.+?)\)/g) : [];
    return [...shown].map(([, file]) => file);
  });
  const wanted = [...shown(directory).flatMap(stripOf), ...of_a_server];
  const missing = wanted.filter((file) => !there.includes(file));
  const over = there.filter((file) => !wanted.includes(file));
  const bare = Object.values(PARTS).filter((area) => !existsSync(join(options.out, sheetOf(area))));
  const told = (files, what) => (files.length ? [`${files.length} ${what}, ${files[0]} among them: cargo xtask screens`] : []);
  return [...told(missing, "pages without a picture"), ...told(over, "pictures without a page"), ...told(bare, "areas without a sheet")];
}

async function strip(browser, directory, origin) {
  const out = join(options.out, "strip");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const names = shown(directory);
  for (const { width, height, scale, scheme } of OF_SAMPLES) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: scale });
    await context.route((url) => url.origin !== origin, (route) => route.fulfill({ status: 204 }));
    await context.route("**/form-post-*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    const page = await context.newPage();
    for (const name of names) {
      await page.goto(`${origin}/${name}.en.html`, { waitUntil: "load" });
      await page.screenshot({ path: join(out, `${name}-${width}-${scheme}.png`), animations: "disabled" });
    }
    await context.close();
  }
  const areas = [...new Set(names.map(areaOf))];
  for (const area of areas) sheet(area, "sample data", names.filter((name) => areaOf(name) === area), OF_SAMPLES);

  const taken = new Set();
  const wrong = await photograph(browser, { sizes: OF_A_SERVER }, async (page, name) => {
    taken.add(name.replace(/-\d+-(light|dark)$/, ""));
    await page.screenshot({ path: join(out, `${name}.png`), animations: "disabled" });
  });
  for (const [part, area] of Object.entries(PARTS)) {
    sheet(area, "a running server", [...taken].filter((name) => name.startsWith(`${part}--`)).sort(), OF_A_SERVER);
  }
  for (const fault of wrong) console.error(fault);
  const bytes = readdirSync(options.out, { recursive: true })
    .map((file) => statSync(join(options.out, file)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  console.log(`${names.length} pages of samples, ${taken.size} of a server, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  return wrong.length === 0 && bytes < MOST_MEBIBYTES * 2 ** 20;
}

// A table of pictures: a page in each row, a size in each column.
function sheet(area, from, names, sizes) {
  const rows = names.map((name) => {
    const pictures = sizes.map(({ width, scheme }) => `![${name}](strip/${name}-${width}-${scheme}.png)`);
    return `| ${name.replace("--", ": ")} | ${pictures.join(" | ")} |`;
  });
  const heads = sizes.map(({ width, scheme }) => `${width} px, ${scheme}`);
  const lines = [`# ${area}`, "", `Made from ${from} by \`cargo xtask screens\`.`, ""];
  lines.push(`| page | ${heads.join(" | ")} |`, `|---|${heads.map(() => "---|").join("")}`, ...rows, "");
  writeFileSync(join(options.out, sheetOf(area)), lines.join("\n"));
}

async function pictures(browser, directory, origin) {
  mkdirSync(options.out, { recursive: true });
  const everything = () =>
    readdirSync(directory)
      .filter((name) => name.endsWith(".html"))
      .map((name) => name.replace(".html", ""))
      .flatMap((name) => WIDTHS.flatMap((width) => SCHEMES.map((scheme) => [`${name}-${width}-${scheme}`, name, width, scheme])));
  for (const [name, file, width, scheme] of options.all ? everything() : PICTURES) {
    const { context, page } = await open(browser, origin, width, scheme);
    await page.goto(`${origin}/${file}.html`, { waitUntil: "load" });
    const path = join(options.out, `${name}.png`);
    // Wide pages are cut to the part with something on it.
    const clip = width > 800 ? { x: (width - 960) / 2, y: 0, width: 960, height: await page.evaluate(() => document.documentElement.scrollHeight) } : undefined;
    await page.screenshot({ path, fullPage: true, clip, animations: "disabled", caret: "initial" });
    await context.close();
    if (!options.all) console.log(`${path} ${Math.ceil(statSync(path).size / 1024)} KiB`);
  }
  return true;
}

const directory = gallery();
const { origin, close } = await serve(directory);
const browser = await launch(options.chromium);
const actions = { check, pictures, strip };
const action = actions[positionals[0]];
if (!action) throw new Error("usage: node screens.mjs check|pictures|strip [--full] [--dir GALLERY] [--out DIR] [--all]");
const fine = await action(browser, directory, origin);
await browser.close();
close();
process.exitCode = fine ? 0 : 1;
