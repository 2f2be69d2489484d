/** A door in front of a server: while it is shut, connections are refused; it opens again on the same port. */

import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { freePort } from "./ports.ts";

export interface TcpDoor extends AsyncDisposable {
  readonly url: string;
  /** Refuses new connections and cuts those that are open. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** Opens a door to wherever `target` says by then: the server may be started later. */
export async function openTcpDoor(target: () => string): Promise<TcpDoor> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const { hostname, port: behind } = new URL(target());
    const outgoing = connect(Number(behind), hostname);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });

  async function open(): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }

  async function shut(): Promise<void> {
    if (!server.listening) {
      return;
    }
    const closed = once(server, "close");
    server.close();
    sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  await open();
  return { url: `http://127.0.0.1:${String(port)}`, open, shut, [Symbol.asyncDispose]: shut };
}
