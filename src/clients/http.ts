/**
 * How requests leave for PagerDuty and Jira: one origin, no redirects, one deadline from connecting to the last
 * byte, a cap on the answer, and for every failure the knowledge whether the request can have arrived.
 */

import { Pool } from "undici";

/** Why no answer could be read. `sent` is false only when no connection stood: then nothing was carried out. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly reason: string;
  readonly sent: boolean;
  constructor(vendor: string, reason: string, options: ErrorOptions & { readonly sent: boolean }) {
    super(`no answer from ${vendor}: ${reason}`, { cause: options.cause });
    this.reason = reason;
    this.sent = options.sent;
  }
}

export const answerTooLarge = "answer too large";

export interface HttpOptions {
  /** For messages. */
  readonly vendor: string;
  /** Scheme, host and an optional base path; requests, and with them the token, go nowhere else. */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the call to the last byte of the answer. */
  readonly requestTimeoutMs: number;
  readonly responseBytesMax: number;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base path, with a leading slash; ids are checked by the caller. */
  readonly path: string;
  /** A list becomes repeated pairs. */
  readonly query?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Http extends AsyncDisposable {
  /** Sends one request and reads its answer in full. Throws HttpFailure and nothing else. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

const connectionsMax = 16;
const connectTimeoutMs = 5_000;
// Dropped before servers and balancers drop them (mostly 5 s and more): a write on a connection that
// the other side has just closed would be of unknown outcome.
const keepAliveMs = 4_000;

export type OpenHttp = (options: HttpOptions) => Http;

/** Opens the connections to one vendor; disposing closes them. */
export function createHttp(options: HttpOptions): Http {
  const apiUrl = new URL(options.apiUrl);
  const basePath = apiUrl.pathname.replace(/\/+$/, "");
  const { requestTimeoutMs } = options;
  const pool = new Pool(apiUrl.origin, {
    connections: connectionsMax,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
    maxResponseSize: options.responseBytesMax,
    connect: { timeout: Math.min(connectTimeoutMs, requestTimeoutMs) },
  });
  return {
    async send(request) {
      // Not AbortSignal.timeout: its timer lives on after the answer, one for every call made.
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), requestTimeoutMs);
      try {
        const answer = await pool.request({
          method: request.method,
          path: basePath + request.path + queryText(request.query),
          headers: { ...options.headers, ...request.headers },
          signal: deadline.signal,
          ...(request.body === undefined ? {} : { body: request.body }),
        });
        const body = await answer.body.text();
        return { status: answer.statusCode, headers: answer.headers, body };
      } catch (error) {
        throw failureOf(error, options.vendor, deadline.signal.aborted);
      } finally {
        clearTimeout(timer);
      }
    },
    async [Symbol.asyncDispose]() {
      await pool.close();
    },
  };
}

function queryText(query: HttpRequest["query"] = {}): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of typeof value === "object" ? value : [value]) {
      pairs.append(name, String(each));
    }
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

/** Codes of failures from before a connection stood. */
const unsent =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|SELF_SIGNED_.*|DEPTH_ZERO_.*|UNABLE_TO_.*)$/;

function failureOf(error: unknown, vendor: string, isTimeout: boolean): HttpFailure {
  const code = codeOf(error);
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return new HttpFailure(vendor, answerTooLarge, { sent: true, cause: error });
  }
  const sent = isTimeout || !unsent.test(code);
  return new HttpFailure(vendor, isTimeout ? "timeout" : code, { sent, cause: error });
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    return String(error.code);
  }
  return error instanceof Error ? error.name : "unknown";
}
