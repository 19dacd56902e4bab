// As much of a SignalR server as its client needs (hub protocol, JSON): one hub with one method, which says what the proxy told
// about the caller. It checks nothing: that is the gate's work. Prints its port.

import http from "node:http";
import ws from "ws";

const END = "\u001e";
const streams = new Map();
let connections = 0;

/** The replies to what came in one message. */
function replies(text, caller) {
  return text.split(END).filter((part) => part !== "").map((part) => {
    const message = JSON.parse(part);
    if (message.protocol !== undefined) return `{}${END}`;
    if (message.type !== 1) return "";
    return JSON.stringify({ type: 3, invocationId: message.invocationId, result: caller }) + END;
  });
}

const callerOf = (request) => request.headers["x-grantd-client"] ?? "nobody";

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://api");
  if (url.pathname === "/chat/negotiate") {
    connections += 1;
    const transports = [
      { transport: "WebSockets", transferFormats: ["Text"] },
      { transport: "ServerSentEvents", transferFormats: ["Text"] },
    ];
    const id = `c${connections}`;
    const body = { negotiateVersion: 1, connectionId: id, connectionToken: id, availableTransports: transports };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  } else if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": begun\n\n");
    streams.set(url.searchParams.get("id"), { response, caller: callerOf(request) });
  } else {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const stream = streams.get(url.searchParams.get("id"));
      for (const reply of replies(body, stream?.caller)) stream?.response.write(`data: ${reply}\n\n`);
      response.end();
    });
  }
});
new ws.Server({ server }).on("connection", (socket, request) => {
  socket.on("message", (data) => {
    for (const reply of replies(String(data), callerOf(request))) socket.send(reply);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
