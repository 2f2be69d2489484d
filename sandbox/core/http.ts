/**
 * The HTTP server of one vendor: routes, faults, call log and the control API under /_sandbox/.
 * It knows no vendor; a vendor gives it routes and the words of its errors.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleepReal } from "node:timers/promises";
import { createCallLog, type CallLog } from "./calls.ts";
import type { Clock } from "./clock.ts";
import { controlRoutes } from "./control.ts";
import type { Faults, RequestStrike } from "./faults.ts";
import type {
  Network,
  NetworkAnswer as Encoded,
  NetworkReply as Wire,
  NetworkRequest,
} from "./network.ts";
import { findRoute, Refusal, type Answer, type Route, type SandboxRequest } from "./router.ts";

export interface VendorServerOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  /** The vendor's own routes. */
  readonly routes: readonly Route[];
  /** Further control routes; their paths start with "/_sandbox/". No fault strikes them. */
  readonly control?: readonly Route[];
  /** What GET /_sandbox/state answers. */
  readonly state: () => unknown;
  /** Puts the vendor back to its first state (POST /_sandbox/reset). */
  readonly reset: () => void;
  /** Looks at a request before its route does: authentication, rate limits. An answer refuses it. */
  readonly guard?: (request: SandboxRequest) => Answer | undefined;
  /** Headers that every answer of the vendor carries. */
  readonly headers?: (request: SandboxRequest) => Readonly<Record<string, string>>;
  readonly notFound: (request: SandboxRequest) => Answer;
  /** For a body that is not JSON. */
  readonly malformed: (request: SandboxRequest) => Answer;
  /** Absent or 0: a free port. */
  readonly port?: number;
  readonly host?: string;
  /** Where it can be reached instead of on a port. */
  readonly network?: Network | undefined;
}

export interface VendorServer extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  readonly calls: CallLog;
  /** Lets requests in progress end for a moment, then cuts what is left. */
  close(): Promise<void>;
}

/** The status of the answer that went out; undefined when none did. */
type Ending = { readonly status?: number | undefined; readonly fault?: string | undefined };

/** Where everything listens unless told otherwise. */
export const loopback = "127.0.0.1";

const bodyMax = 8 * 1024 * 1024;
const closeGraceMs = 200;
const lastReadsMax = 2_000;

/** One request on its way to an answer. */
interface Exchange {
  readonly request: SandboxRequest;
  readonly route: Route | undefined;
  readonly strike: RequestStrike;
  readonly response: Wire;
}

interface Serving {
  readonly options: VendorServerOptions;
  readonly control: readonly Route[];
  readonly calls: CallLog;
  /** What each read answered last, for stale-read faults. */
  readonly lastReads: Map<string, Encoded>;
}

/** Listens; rejects when the port is taken. */
export async function startVendorServer(options: VendorServerOptions): Promise<VendorServer> {
  const calls = createCallLog(options.clock);
  const lastReads = new Map<string, Encoded>();
  function reset(): void {
    lastReads.clear();
    options.reset();
  }
  const control = [...controlRoutes({ ...options, reset, calls }), ...(options.control ?? [])];
  const serving: Serving = { options, control, calls, lastReads };
  if (options.network !== undefined) {
    const url = options.network.listen((request, reply) => serve(serving, request, reply));
    return { url, calls, close: nothingToClose, [Symbol.asyncDispose]: nothingToClose };
  }
  const server = createServer((incoming, response) => {
    serveSocket(serving, incoming, response).catch(() => response.destroy());
  });
  const host = options.host ?? loopback;
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });

  async function close(): Promise<void> {
    if (!server.listening) {
      return;
    }
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeIdleConnections();
    await Promise.race([closed, sleepReal(closeGraceMs)]);
    server.closeAllConnections();
    await closed;
  }

  return { url: `http://${host}:${port}`, calls, close, [Symbol.asyncDispose]: close };
}

async function nothingToClose(): Promise<void> {}

async function serveSocket(
  serving: Serving,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  const { method = "GET", url: path = "/" } = incoming;
  await serve(serving, { method, path, headers: flatHeaders(incoming), body }, wireOf(response));
}

/** The answers' way out over a socket. */
function wireOf(response: ServerResponse): Wire {
  return {
    send({ status, headers, bytes }) {
      response.writeHead(status, headers);
      response.end(bytes);
    },
    sendHalf({ status, headers, bytes }) {
      response.writeHead(status, headers);
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    },
    cut: () => response.destroy(),
  };
}

async function serve(serving: Serving, incoming: NetworkRequest, response: Wire): Promise<void> {
  const { options, calls } = serving;
  const url = new URL(incoming.path, "http://sandbox");
  const rawBody = incoming.body;
  const request: SandboxRequest = {
    method: incoming.method,
    path: decodePath(url.pathname),
    query: url.searchParams,
    params: {},
    headers: incoming.headers,
    body: parseJson(rawBody),
    rawBody,
  };
  if (url.pathname.startsWith("/_sandbox/")) {
    send(response, encode(await answerControl(serving, request), {}));
    return;
  }
  const { method, path } = request;
  const end = calls.begin(method, path);
  const found = findRoute(options.routes, method, path);
  const ending = await answerUnderFaults(serving, {
    request: { ...request, params: found?.params ?? {} },
    route: found?.route,
    strike: options.faults.strikeRequest(method, `${path}${url.search}`),
    response,
  });
  end({ route: found?.route.path ?? path, ...ending });
}

async function answerControl(serving: Serving, request: SandboxRequest): Promise<Answer> {
  const found = findRoute(serving.control, request.method, request.path);
  if (found === undefined) {
    return { status: 404, body: { error: "no such control call" } };
  }
  if (request.body === notJson) {
    return { status: 400, body: { error: "the body is not JSON" } };
  }
  try {
    return await found.route.handle({ ...request, params: found.params });
  } catch (error) {
    if (error instanceof Refusal) {
      return error.answer;
    }
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function answerUnderFaults(serving: Serving, one: Exchange): Promise<Ending> {
  const { response, strike } = one;
  if (strike.latencyMs > 0) {
    await sleepReal(strike.latencyMs);
  }
  if (strike.fault === undefined || strike.fault.kind === "stale-read") {
    const answer = await carryOutOrRepeat(serving, one);
    return { fault: strike.fault?.kind, status: send(response, answer) };
  }
  const status = await inject(serving, one, strike.fault);
  return { fault: strike.fault.kind, status };
}

/** Does what the fault says and gives the status that went out, if any. */
async function inject(
  serving: Serving,
  one: Exchange,
  fault: Exclude<RequestStrike["fault"], { kind: "stale-read" } | undefined>,
): Promise<number | undefined> {
  const { request, response } = one;
  let status: number | undefined;
  switch (fault.kind) {
    case "status": {
      const { headers = {}, body } = fault;
      status = send(response, encode({ status: fault.status, headers, body }, {}));
      break;
    }
    case "reset":
      response.cut();
      break;
    case "hang":
      break;
    case "late-commit":
      serving.options.clock.setTimer(fault.delayMs, () => void carryOut(serving, one));
      status = sendStatus(response, fault.status);
      break;
    case "lost-answer":
      await carryOut(serving, one);
      if (fault.status === undefined) {
        response.cut();
      }
      status = sendStatus(response, fault.status);
      break;
    case "truncated-body": {
      const common = serving.options.headers?.(request) ?? {};
      response.sendHalf(encode(await carryOut(serving, one), common));
      break;
    }
  }
  return status;
}

/** Carries the request out, or repeats the last answer where a stale read is wanted. */
async function carryOutOrRepeat(serving: Serving, one: Exchange): Promise<Encoded> {
  const { request, route, strike } = one;
  const { lastReads, options } = serving;
  const reads = route?.reads ?? request.method === "GET";
  const { method, path, query, rawBody } = request;
  const key = [method, path, query.toString(), rawBody.toString("utf8")].join(" ");
  const before = reads ? lastReads.get(key) : undefined;
  if (strike.fault?.kind === "stale-read" && before !== undefined) {
    return before;
  }
  const answer = await carryOut(serving, one);
  const encoded = encode(answer, options.headers?.(request) ?? {});
  if (reads) {
    lastReads.delete(key);
    lastReads.set(key, encoded);
    const [oldest] = lastReads.keys();
    if (lastReads.size > lastReadsMax && oldest !== undefined) {
      lastReads.delete(oldest);
    }
  }
  return encoded;
}

/** Carries the request out and gives its answer; never throws. */
async function carryOut(serving: Serving, one: Exchange): Promise<Answer> {
  const { options } = serving;
  const { request, route } = one;
  try {
    const refused = options.guard?.(request);
    if (refused !== undefined) {
      return refused;
    }
    if (request.body === notJson) {
      return options.malformed(request);
    }
    return route === undefined ? options.notFound(request) : await route.handle(request);
  } catch (error) {
    if (error instanceof Refusal) {
      return error.answer;
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`sandbox: ${request.method} ${request.path}: ${reason}\n`);
    return { status: 500, body: { error: reason } };
  }
}

const notJson = Symbol("not JSON");

function parseJson(rawBody: Buffer): unknown {
  if (rawBody.length === 0) {
    return undefined;
  }
  try {
    return JSON.parse(rawBody.toString("utf8"));
  } catch {
    return notJson;
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > bodyMax) {
      throw new RangeError(`the body exceeds ${bodyMax} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    flat[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  }
  return flat;
}

function encode(answer: Answer, common: Readonly<Record<string, string>>): Encoded {
  const { status, body } = answer;
  if (body === undefined) {
    const length = status === 204 ? {} : { "content-length": 0 };
    return { status, headers: { ...length, ...common, ...answer.headers }, bytes: Buffer.alloc(0) };
  }
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const type = typeof body === "string" ? "text/plain" : "application/json";
  const headers = { "content-type": `${type}; charset=utf-8`, "content-length": bytes.length };
  return { status, headers: { ...headers, ...common, ...answer.headers }, bytes };
}

/** Sends the whole answer and gives its status. */
function send(response: Wire, answer: Encoded): number {
  response.send(answer);
  return answer.status;
}

/** Sends a bare status, or stays silent when there is none. */
function sendStatus(response: Wire, status: number | undefined): number | undefined {
  return status === undefined ? undefined : send(response, encode({ status }, {}));
}
