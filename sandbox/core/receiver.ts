/** A receiver of webhooks for tests: keeps what came and answers what it is told to. */

import { createServer, type IncomingHttpHeaders } from "node:http";

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** The status to answer; undefined leaves the sender without an answer. */
  answer: (webhook: ReceivedWebhook) => number | undefined;
}

/** Listens on a free port and answers 202 until told otherwise. */
export async function startReceiver(): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const webhook = {
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      received.push(webhook);
      const status = receiver.answer(webhook);
      if (status !== undefined) {
        response.writeHead(status).end();
      }
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: () => 202,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return receiver;
}
