// Microsoft's SignalR client, over one transport: node client.mjs ADDRESS TRANSPORT TOKEN. Prints what the hub says, or "refused".

import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const [, , address, transport, token] = process.argv;
const connection = new HubConnectionBuilder()
  .withUrl(address, { transport: HttpTransportType[transport], accessTokenFactory: () => token })
  .configureLogging(LogLevel.None)
  .build();
try {
  await connection.start();
  console.log(await connection.invoke("whoami"));
  await connection.stop();
} catch (error) {
  console.log(`refused: ${error.message}`);
}
process.exit(0);
