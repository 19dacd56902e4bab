// A running server for tests, and a browser without a screen: a cookie jar and a form parser, for its login and consent pages.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Jwk } from "../src/index.js";

/** The server's binary; tests that need it are skipped without. */
export const BINARY = process.env["GRANTD_BIN"];

/** Why a test that needs the server is skipped, for `test`'s options. */
export const NEEDS_SERVER = { skip: BINARY === undefined ? "GRANTD_BIN names no server" : false };

interface Client {
  client_id: string;
  client_secret: string;
  private_jwk: Jwk | null;
}

/** `grantd dev` with its demo realm. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    readonly issuer: string,
    private readonly realm: {
      clients: Client[];
      users: { username: string; password: string }[];
      api_keys: { key: string }[];
    },
  ) {}

  static async start(): Promise<Server> {
    const listen = ["--listen", "127.0.0.1:0", "--data", ":memory:", "-o", "json"];
    const child = spawn(BINARY ?? "grantd", ["dev", ...listen], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = (await Promise.race([
      once(lines, "line"),
      once(child, "exit").then(() => Promise.reject(new Error("the server did not start"))),
    ])) as [string];
    const [realm] = JSON.parse(line).realms;
    return new Server(child, realm.issuer, realm);
  }

  /** The API's identifier in the demo realm. */
  get api(): string {
    return `${this.issuer}/api`;
  }

  get apiKey(): string {
    return this.realm.api_keys[0]?.key ?? "";
  }

  /** What a client of the demo realm is known by. */
  client(id: string): { clientId: string; clientSecret: string } {
    const found = this.realm.clients.find(({ client_id }) => client_id === id);
    return { clientId: id, clientSecret: found?.client_secret ?? "" };
  }

  /** The private key of a client that signs. */
  privateJwk(id: string): Jwk {
    return this.realm.clients.find(({ client_id }) => client_id === id)?.private_jwk ?? {};
  }

  /** Logs the first user in, says yes, and comes back with the callback's address. */
  async approve(url: string): Promise<string> {
    const redirect = new URL(url).searchParams.get("redirect_uri") ?? "";
    return walk(url, redirect, this.realm.users[0] ?? { username: "", password: "" });
  }

  stop(): void {
    this.process.kill("SIGKILL");
  }
}

async function walk(start: string, until: string, user: { username: string; password: string }): Promise<string> {
  const jar = new Map<string, string>();
  const send = async (url: string, form?: URLSearchParams): Promise<Response> => {
    const headers = new Headers({ cookie: [...jar].map((pair) => pair.join("=")).join("; ") });
    if (form !== undefined) headers.set("origin", new URL(url).origin);
    const init = form === undefined ? {} : { method: "POST", body: form };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = (line.split(";")[0] ?? "").split(/=(.*)/s);
      if (name !== undefined) jar.set(name, value ?? "");
    }
    return response;
  };
  let [url, response] = [start, await send(start)];
  for (let step = 0; step < 12; step += 1) {
    let next = response.headers.get("location") ?? "";
    if (next === "") {
      const page = await response.text();
      const form = filled(page, user);
      if (form !== undefined) {
        url = new URL(form.action, url).href;
        response = await send(url, form.fields);
        continue;
      }
      next = unescaped(/<a[^>]*id="continue"[^>]*href="([^"]*)"/.exec(page)?.[1] ?? /<a[^>]*href="([^"]*)"[^>]*id="continue"/.exec(page)?.[1] ?? "");
      if (next === "") throw new Error(`no way on from ${url}: ${response.status}`);
    }
    url = new URL(next, url).href;
    if (url.startsWith(until)) return url;
    response = await send(url);
  }
  throw new Error("the browser went round in circles");
}

/** The login form or the consent form of a page, filled in. */
function filled(page: string, user: { username: string; password: string }) {
  for (const [, attributes = "", inner = ""] of page.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
    const isLogin = inner.includes('id="login-submit"');
    if (!isLogin && !inner.includes('id="consent-allow"')) continue;
    const fields = new URLSearchParams();
    for (const [, input = ""] of inner.matchAll(/<input([^>]*)>/g)) {
      const at = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
      const [name, kind] = [at("name"), at("type") ?? "text"];
      if (name === undefined || (kind === "checkbox" && !/\bchecked\b/.test(input))) continue;
      if (kind !== "radio" || /\bchecked\b/.test(input) || !fields.has(name)) fields.set(name, unescaped(at("value") ?? ""));
    }
    if (isLogin) {
      fields.set("username", user.username);
      fields.set("password", user.password);
    } else {
      fields.set("decision", "allow");
    }
    return { action: unescaped(/\baction="([^"]*)"/.exec(attributes)?.[1] ?? ""), fields };
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.replace(/&#x27;|&#39;/g, "'").replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
