/** A few lines of HTTP in Notion's shape, with real sockets: a test says what each request is answered, or how its socket dies. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { VendorGate } from "../../src/domain/gate.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json?: unknown;
      readonly text?: string;
    }
  | { readonly socket: "reset" | "hang" | "reset-in-body" | "hang-in-body" | "truncated-json" };

export interface NotionServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly Received[];
  /** How many requests the client gave up on before they were answered. */
  readonly aborted: () => number;
}

/** Starts a server on a free loopback port; it closes with `await using`. */
export async function startNotionServer(
  answer: (request: Received) => Reply,
): Promise<NotionServer> {
  const requests: Received[] = [];
  let aborted = 0;
  const server = createServer((request, response) => {
    response.on("close", () => {
      aborted += response.writableFinished ? 0 : 1;
    });
    void receive(request, response);
  });
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    const received = {
      method: request.method ?? "",
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    requests.push(received);
    send(answer(received), response);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    aborted: () => aborted,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(reply: Reply, response: ServerResponse): void {
  if ("status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.text ?? JSON.stringify(reply.json ?? {}));
    return;
  }
  switch (reply.socket) {
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return;
    case "truncated-json":
      response.end('{"object":"page","id":');
      return;
    case "reset-in-body":
    case "hang-in-body":
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"object":"page","id":', () => {
        if (reply.socket === "reset-in-body") {
          response.socket?.resetAndDestroy();
        }
      });
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** An error in Notion's shape. */
export function notionError(
  status: number,
  code: string,
  message: string,
  more: { readonly headers?: Record<string, string>; readonly data?: Record<string, unknown> } = {},
): Reply {
  const json = {
    object: "error",
    status,
    code,
    message,
    request_id: "req-1",
    ...(more.data === undefined ? {} : { additional_data: more.data }),
  };
  return { status, json, ...(more.headers === undefined ? {} : { headers: more.headers }) };
}

export interface MemoryGate extends VendorGate {
  /** What closed it last; undefined while it is open. */
  readonly closed: () => { readonly retryAfterMs?: number; readonly reason: string } | undefined;
  readonly entered: () => number;
}

/** A gate that lets everything through and remembers whether it is closed. */
export function openMemoryGate(growingPauseMs = 1234): MemoryGate {
  let closed: { readonly retryAfterMs?: number; readonly reason: string } | undefined;
  let entered = 0;
  return {
    enter: async () => {
      entered += 1;
    },
    succeeded: async () => {
      closed = undefined;
    },
    failed: async (_vendor, failure) => {
      closed = failure;
      return failure.retryAfterMs ?? growingPauseMs;
    },
    closed: () => closed,
    entered: () => entered,
  };
}
