/**
 * How requests leave for Notion: a `fetch` for its SDK over node:http (the global fetch would cost
 * 18 MB of memory). One origin, no redirects, one deadline for headers and body together, a cap on the
 * answer, and for every failure the knowledge whether the request can have reached Notion.
 */

import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";

/** Why no answer could be read. `sent` is false only when no connection stood: then nothing was carried out. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly reason: string;
  readonly sent: boolean;
  constructor(reason: string, sent: boolean, options?: ErrorOptions) {
    super(`no answer from Notion: ${reason}`, options);
    this.reason = reason;
    this.sent = sent;
  }
}

export const answerTooLarge = "answer too large";

export interface HttpOptions {
  /** The only origin that requests, and with them the token, go to. */
  readonly origin: string;
  /** From the call to the last byte of the answer. */
  readonly requestTimeoutMs: number;
  readonly responseBytesMax: number;
}

/** The part of a `fetch` answer that the SDK uses. The body has been read in full. */
export interface HttpAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  text(): Promise<string>;
}

interface HttpInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export type Fetch = (url: string, init?: HttpInit) => Promise<HttpAnswer>;
export type OpenFetch = (options: HttpOptions) => Fetch;

// Idle connections are dropped before servers and balancers drop them (mostly 5 s and more): a write
// on a connection that the other side has just closed would be of unknown outcome.
const idleSocketMs = 4000;
const socketsMax = 32;

/** Gives a `fetch` for the SDK. It throws HttpFailure and nothing else; a redirect is an answer like any other. */
export function createFetch(options: HttpOptions): Fetch {
  const isTls = options.origin.startsWith("https:");
  const agentOptions = { keepAlive: true, timeout: idleSocketMs, maxSockets: socketsMax };
  const agent = isTls ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  const connected = new WeakSet<Socket>();
  return async (url, init = {}) => {
    const target = new URL(url);
    if (target.origin !== options.origin) {
      throw new HttpFailure("not the configured origin", false);
    }
    return new Promise((resolve, reject) => {
      // Not AbortSignal.timeout: its timer lives on after the answer, one for every call made.
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), options.requestTimeoutMs);
      let isSent = false;
      function fail(error: Error): void {
        clearTimeout(timer);
        const reason = deadline.signal.aborted ? "timeout" : reasonOf(error);
        reject(new HttpFailure(reason, isSent, { cause: error }));
      }
      const send = isTls ? https.request : http.request;
      const request = send(
        target,
        { agent, method: init.method, headers: init.headers, signal: deadline.signal },
        (response) => {
          readBody(response, options.responseBytesMax)
            .then((body) => resolve(answerOf(response, body)))
            .catch(fail)
            .finally(() => clearTimeout(timer));
        },
      );
      request.on("error", fail);
      request.on("socket", (socket) => {
        if (connected.has(socket)) {
          isSent = true;
          return;
        }
        socket.once(isTls ? "secureConnect" : "connect", () => {
          connected.add(socket);
          isSent = true;
        });
      });
      request.end(typeof init.body === "string" ? init.body : undefined);
    });
  };
}

async function readBody(response: http.IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) {
      continue;
    }
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      response.destroy();
      throw new Error(answerTooLarge);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf(response: http.IncomingMessage, body: string): HttpAnswer {
  const status = response.statusCode ?? 0;
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: response.headers,
    text: () => Promise.resolve(body),
  };
}

function reasonOf(error: Error): string {
  if ("code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error.message === answerTooLarge ? answerTooLarge : error.name;
}
