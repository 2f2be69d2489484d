/** Loaded into a process before anything else (node --import): says of every outgoing connection where it goes. */

import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

subscribe("net.client.socket", (message) => {
  if (typeof message !== "object" || message === null || !("socket" in message)) {
    return;
  }
  if (message.socket instanceof Socket) {
    message.socket.on("connectionAttempt", (address: string, port: number) => {
      process.stderr.write(`connecting to ${address}:${String(port)}\n`);
    });
  }
});
process.stderr.write("connections are watched\n");
