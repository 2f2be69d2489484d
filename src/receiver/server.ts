/** Builds the HTTP servers; whoever built them listens. Limits and timeouts are explicit: Fastify's defaults are open to slow bodies. */

import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { addHealthRoutes, addOperatorRoutes, type OperationsOptions } from "./operations.ts";
import { addWebhookRoutes, type WebhookOptions } from "./webhooks.ts";

export interface ServerOptions extends OperationsOptions {
  readonly webhooks: WebhookOptions;
  /** False where the operator's routes stand on a port of their own. */
  readonly servesOperator: boolean;
  readonly log: Logger;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** For a whole request; headers alone get half of it. */
  readonly requestTimeoutMs: number;
  /** How often requests are looked at for that. */
  readonly checkEveryMs: number;
  readonly connectionsMax: number;
}

const limitsDefault: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  requestTimeoutMs: 10_000,
  checkEveryMs: 2_000,
  connectionsMax: 5_000,
};
const keepAliveMs = 5_000;
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
  options: OperationsOptions & Pick<ServerOptions, "log" | "limits">,
): FastifyInstance {
  const server = createServer(options);
  addHealthRoutes(server, options);
  addOperatorRoutes(server, options);
  return server;
}

function createServer({ log, limits }: Pick<ServerOptions, "log" | "limits">): FastifyInstance {
  const { bodyBytesMax, requestTimeoutMs, checkEveryMs, connectionsMax } = {
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
  addSecurityHeaders(server);
  addErrorAnswers(server, log);
  return server;
}

function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onSend", async (_request, reply) => {
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });
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
