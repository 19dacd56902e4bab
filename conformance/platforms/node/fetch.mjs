// Sends the requests of standard input with fetch, one after the other, and prints what came back. `{"from": [n, name]}`
// as a body's value takes a member of the n-th reply, as a client does that refreshes with what it just got.
let input = "";
for await (const piece of process.stdin) input += piece;
const replies = [];
for (const { url, basic, json, form, headers = {} } of JSON.parse(input)) {
  const filled = Object.fromEntries(
    Object.entries(json ?? form).map(([name, value]) =>
      [name, value?.from ? replies[value.from[0]].body[value.from[1]] : value]),
  );
  const sent = { ...headers };
  if (basic) sent.Authorization = "Basic " + Buffer.from(basic.join(":")).toString("base64");
  if (json) sent["Content-Type"] = "application/json";
  const body = json ? JSON.stringify(filled) : new URLSearchParams(filled);
  const reply = await fetch(url, { method: "POST", headers: sent, body });
  const text = await reply.text();
  replies.push({ status: reply.status, headers: Object.fromEntries(reply.headers), body: text ? JSON.parse(text) : null });
}
console.log(JSON.stringify(replies));
