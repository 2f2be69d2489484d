/** Builds the HTTP servers; whoever built them listens. Limits and timeouts are explicit: Fastify's defaults are open to slow bodies. */

import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from "fastify";
import type { Logger } from "pino";
import { addHealthRoutes, addOperatorRoutes, type OperationsOptions } from "./operations.ts";
import { addWebhookRoutes, type WebhookOptions } from "./webhooks.ts";

export interface ServerOptions extends OperationsOptions {
  readonly webhooks: WebhookOptions;
  /** False where the operator's routes stand on a port of their own. */
  readonly servesOperator: boolean;
  readonly log: Logger;
  readonly limits?: Partial<HttpLimits>;
  /** Told of each route as it is added. */
  readonly onRoute?: (route: RouteOptions) => void;
}

export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** For a whole request; headers alone get half of it. */
  readonly requestTimeoutMs: number;
  /** How often requests are looked at for that. */
  readonly checkEveryMs: number;
  readonly connectionsMax: number;
  /** A connection without a request is closed after this. */
  readonly keepAliveMs: number;
}

const limitsDefault: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  requestTimeoutMs: 10_000,
  checkEveryMs: 2_000,
  connectionsMax: 5_000,
  keepAliveMs: 5_000,
};
const headerBytesMax = 8_192;

/** The server that vendors reach. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const server = createServer(options);
  addWebhookRoutes(server, options.webhooks);
  addHealthRoutes(server, options);
  if (options.servesOperator) {
    addOperatorRoutes(server, options);
  }
  return server;
}

/** The server on OPS_PORT: health and the operator's routes, no webhooks. */
export function buildOperatorServer(
  options: OperationsOptions & Pick<ServerOptions, "log" | "limits" | "onRoute">,
): FastifyInstance {
  const server = createServer(options);
  addHealthRoutes(server, options);
  addOperatorRoutes(server, options);
  return server;
}

function createServer({
  log,
  limits,
  onRoute,
}: Pick<ServerOptions, "log" | "limits" | "onRoute">): FastifyInstance {
  const { bodyBytesMax, requestTimeoutMs, checkEveryMs, connectionsMax, keepAliveMs } = {
    ...limitsDefault,
    ...limits,
  };
  const server = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerUnreadableUrl,
    clientErrorHandler: answerBrokenRequest,
    http: {
      // All three together: requestTimeout alone closed a slow body only after 90 s (measured).
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs / 2,
      connectionsCheckingInterval: checkEveryMs,
      maxHeaderSize: headerBytesMax,
    },
  });
  server.server.maxConnections = connectionsMax;
  // Raw bytes for the signature; a body of any other type is refused with 415.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  if (onRoute !== undefined) {
    server.addHook("onRoute", onRoute);
  }
  addSecurityHeaders(server);
  addErrorAnswers(server, log);
  return server;
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onSend", async (_request, reply) => {
    reply.headers(securityHeaders);
  });
}

/** No hook runs for these: what the URL holds belongs to no route. */
function answerUnreadableUrl(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  void reply
    .code(error.statusCode ?? 400)
    .headers(securityHeaders)
    .send({ code: "REQUEST_INVALID", message: "the URL can't be read" });
}

const brokenStatuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** What is no HTTP, too slow or has too large headers never becomes a request: answered on the socket. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = brokenStatuses[error.code ?? ""] ?? 400;
  const meaning = STATUS_CODES[status] ?? "";
  const body = JSON.stringify({ code: "REQUEST_INVALID", message: meaning });
  const headers = Object.entries({
    ...securityHeaders,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${String(status)} ${meaning}\r\n${headers.join("")}\r\n`;
  socket.end(head + body, () => socket.destroy());
}

const codes: Readonly<Record<number, string>> = {
  400: "REQUEST_INVALID",
  404: "NOT_FOUND",
  413: "BODY_TOO_LARGE",
  415: "BODY_NOT_JSON",
};

function addErrorAnswers(server: FastifyInstance, log: Logger): void {
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ code: "NOT_FOUND", message: "no such route" }),
  );
  server.setErrorHandler(async (error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    const code = codes[status];
    if (status < 500 && code !== undefined) {
      return reply.code(status).send({ code, message: error.message });
    }
    // What fails here is the store behind a route; whoever asked may ask again.
    log.error({ err: error, route: request.routeOptions.url }, "request failed");
    return reply
      .code(503)
      .header("retry-after", "5")
      .send({ code: "STORE_UNAVAILABLE", message: "not now, try again" });
  });
}
