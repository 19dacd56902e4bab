// An ordinary web app that follows the projects platform's guide: redirect with `state`, exchange with the secret in the
// form. Prints the port it listens on.
import crypto from "node:crypto";
import express from "express";
import session from "express-session";

const { AUTHORIZE, TOKEN, USERINFO, REVOKE, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const app = express();
app.use(session({ secret: crypto.randomBytes(32).toString("hex"), resave: false, saveUninitialized: false }));

const form = (fields) => ({
  method: "POST",
  body: new URLSearchParams({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields }),
});

app.get("/login", (request, response) => {
  request.session.state = crypto.randomBytes(16).toString("hex");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: "openid profile read:profile read:projects",
    state: request.session.state,
  });
  response.redirect(`${AUTHORIZE}?${query}`);
});

app.get("/callback", async (request, response) => {
  const { code, state, error } = request.query;
  if (error) return response.status(400).json({ error });
  if (!state || state !== request.session.state) return response.status(400).json({ error: "state" });
  delete request.session.state;
  const reply = await fetch(TOKEN, form({ grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI }));
  if (!reply.ok) return response.status(502).json(await reply.json());
  request.session.tokens = await reply.json();
  response.redirect("/me");
});

app.get("/me", async (request, response) => {
  const tokens = request.session.tokens;
  if (!tokens) return response.status(401).json({ error: "logged out" });
  const reply = await fetch(USERINFO, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  response.status(reply.status).json(reply.ok ? { user: await reply.json(), scope: tokens.scope } : { error: "token" });
});

app.get("/refresh", async (request, response) => {
  const reply = await fetch(
    TOKEN,
    form({ grant_type: "refresh_token", refresh_token: request.session.tokens.refresh_token }),
  );
  request.session.tokens = await reply.json();
  response.status(reply.status).json({ rotated: true });
});

app.get("/logout", async (request, response) => {
  const reply = await fetch(REVOKE, form({ token: request.session.tokens.refresh_token }));
  response.status(reply.status).json({ revoked: reply.ok });
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
