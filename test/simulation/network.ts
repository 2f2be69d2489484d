/**
 * The network of the simulation: carries requests between the service and the vendors inside this process, each way
 * taking a little (virtual) time, so that calls made at once arrive in an order that the seed decides.
 */

import type { IncomingHttpHeaders } from "node:http";
import type { Random } from "../../sandbox/core/random.ts";
import type {
  Network,
  NetworkAnswer,
  NetworkReply,
  NetworkRequest,
} from "../../sandbox/core/network.ts";
import { HttpFailure, type OpenHttp } from "../../src/clients/http.ts";
import { HttpFailure as NotionFailure, type OpenFetch } from "../../src/clients/notion/http.ts";

/** One call as it went over the network, for comparing two runs and for reading. */
export interface Carried {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The status; "cut", "timeout" or "refused" where there was none. */
  readonly ended: number | string;
}

export interface SimulatedNetwork {
  /** For a sandbox to listen on. */
  readonly vendors: Network;
  /** Everything that was carried, oldest first. */
  readonly calls: Carried[];
  /** While set, connections to the vendor of this origin are refused. */
  readonly refused: Set<string>;
  /** Sends to the vendor that listens at the URL's origin. Never rejects. */
  send(request: Sent): Promise<Ended>;
}

interface Sent {
  readonly origin: string;
  readonly request: NetworkRequest;
  readonly timeoutMs: number;
}

type Ended =
  | { readonly answer: NetworkAnswer }
  | { readonly failure: string; readonly sent: boolean };

type Serve = (request: NetworkRequest, reply: NetworkReply) => Promise<void>;

const farthestMs = 120;

/** Takes seeded chance for the delays; gives a network without any vendor yet. */
export function createNetwork(random: Random): SimulatedNetwork {
  const vendors = new Map<string, Serve>();
  const calls: Carried[] = [];
  const refused = new Set<string>();

  function later(action: () => void): void {
    setTimeout(action, 1 + random.integer(farthestMs));
  }

  function send({ origin, request, timeoutMs }: Sent): Promise<Ended> {
    const serve = vendors.get(origin);
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const atMs = Date.now();
    function end(ended: Ended): void {
      clearTimeout(deadline);
      resolve(ended);
    }
    const deadline = setTimeout(() => end({ failure: "timeout", sent: true }), timeoutMs);
    if (serve === undefined || refused.has(origin)) {
      later(() => end({ failure: "ECONNREFUSED", sent: false }));
    } else {
      const reply: NetworkReply = {
        send: (answer) => later(() => end({ answer })),
        sendHalf: () => later(() => end({ failure: "UND_ERR_SOCKET", sent: true })),
        cut: () => later(() => end({ failure: "UND_ERR_SOCKET", sent: true })),
      };
      later(() => void serve(request, reply));
    }
    return promise.then((ended) => {
      const how = "answer" in ended ? ended.answer.status : ended.failure;
      const { method, path } = request;
      calls.push({ atMs, method, path: origin + path, body: String(request.body), ended: how });
      return ended;
    });
  }

  return {
    vendors: {
      listen(serve) {
        const origin = `http://vendor-${String(vendors.size + 1)}.test`;
        vendors.set(origin, serve);
        return origin;
      },
    },
    calls,
    refused,
    send,
  };
}

/** Runs before and after a call: where a process may die. May never settle. */
export type CrashPoint = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** The transport of the PagerDuty and Jira clients. */
export function openHttp(network: SimulatedNetwork, crashPoint: CrashPoint): OpenHttp {
  return (options) => {
    const url = new URL(options.apiUrl);
    return {
      async send(request) {
        const query = queryText(request.query);
        const path = `${url.pathname.replace(/\/+$/u, "")}${request.path}${query === "" ? "" : `?${query}`}`;
        const ended = await crashPoint(`${request.method} ${request.path}`, () =>
          network.send({
            origin: url.origin,
            timeoutMs: options.requestTimeoutMs,
            request: {
              method: request.method,
              path,
              headers: lowerCase({ ...options.headers, ...request.headers }),
              body: Buffer.from(request.body ?? ""),
            },
          }),
        );
        if ("failure" in ended) {
          throw new HttpFailure(options.vendor, ended.failure, { sent: ended.sent });
        }
        const { status, headers, bytes } = ended.answer;
        return { status, headers: texts(headers), body: bytes.toString("utf8") };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  };
}

/** The transport of the Notion client. */
export function openFetch(network: SimulatedNetwork, crashPoint: CrashPoint): OpenFetch {
  return (options) =>
    async (url, init = {}) => {
      const target = new URL(url);
      const method = (init.method ?? "GET").toUpperCase();
      const ended = await crashPoint(`${method} ${target.pathname}`, () =>
        network.send({
          origin: target.origin,
          timeoutMs: options.requestTimeoutMs,
          request: {
            method,
            path: target.pathname + target.search,
            headers: lowerCase(init.headers ?? {}),
            body: Buffer.from(typeof init.body === "string" ? init.body : ""),
          },
        }),
      );
      if ("failure" in ended) {
        throw new NotionFailure(ended.failure, ended.sent);
      }
      const { status, headers, bytes } = ended.answer;
      const answered: IncomingHttpHeaders = texts(headers);
      return {
        ok: status >= 200 && status < 300,
        status,
        headers: answered,
        text: () => Promise.resolve(bytes.toString("utf8")),
      };
    };
}

function queryText(
  query: Readonly<Record<string, string | number | readonly string[]>> = {},
): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === "object" ? value : [value]) {
      pairs.append(name, String(one));
    }
  }
  return pairs.toString();
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function texts(headers: NetworkAnswer["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
