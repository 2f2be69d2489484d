/**
 * One call to PagerDuty: gate, request with a deadline, error translation. Only the configured origin is
 * called, redirects are refused, answers are capped, and no error carries a header or the token.
 */

import { Agent, request, type Dispatcher } from "undici";
import type { z } from "zod";
import { RetryAfterError, TerminalError, type WriteOutcome } from "../../domain/errors.ts";
import type { VendorGate } from "../../domain/gate.ts";
import { parseRetryAfter } from "../retry-after.ts";
import { ErrorAnswer } from "./schema.ts";

export interface HttpOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly now: () => Date;
}

export interface Call<Answer> {
  /** What it is for, in an error: `read incident Q1`. */
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly answer: z.ZodType<Answer>;
  /** Makes it a POST. */
  readonly body?: unknown;
  readonly from?: string;
}

/** PagerDuty's definite no, for callers that can do without. */
export class PagerDutyRefusal extends TerminalError {
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(code, message);
    this.status = status;
  }
}

export interface Http extends AsyncDisposable {
  /** Throws RetryAfterError while PagerDuty is away, PagerDutyRefusal for what it will never do. */
  call<Answer>(call: Call<Answer>): Promise<Answer>;
}

const answerBytesMax = 20 * 1024 * 1024;
// Shorter than servers and balancers keep idle connections: a write on one that the other side has
// just closed would be of unknown outcome.
const idleSocketMs = 4000;
const connectionsMax = 32;

export function createHttp(options: HttpOptions): Http {
  const base = new URL(options.apiUrl);
  const agent = new Agent({
    connections: connectionsMax,
    keepAliveTimeout: idleSocketMs,
    connect: { timeout: options.requestTimeoutMs },
    headersTimeout: options.requestTimeoutMs,
    bodyTimeout: options.requestTimeoutMs,
    maxResponseSize: answerBytesMax,
  });

  async function call<Answer>(wanted: Call<Answer>): Promise<Answer> {
    await options.gate.enter("pagerduty");
    const { status, headers, body } = await send(wanted, { base, agent, options });
    if (status >= 200 && status < 300) {
      await options.gate.succeeded("pagerduty");
      return parse(wanted, body);
    }
    throw await refusalOf(wanted, { status, headers, body }, options);
  }

  return { call, [Symbol.asyncDispose]: () => agent.close() };
}

interface Answered {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: string;
}

interface Sending {
  readonly base: URL;
  readonly agent: Agent;
  readonly options: HttpOptions;
}

async function send(wanted: Call<unknown>, sending: Sending): Promise<Answered> {
  const { agent, options } = sending;
  const isWrite = wanted.body !== undefined;
  try {
    // One deadline for headers and body together; undici's own timeouts start anew with each chunk.
    const signal = AbortSignal.timeout(options.requestTimeoutMs);
    const response = await request(urlOf(wanted, sending.base), {
      dispatcher: agent,
      method: isWrite ? "POST" : "GET",
      headers: headersOf(wanted, options.token),
      signal,
      ...(isWrite ? { body: JSON.stringify(wanted.body) } : {}),
    });
    const body = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body };
  } catch (error) {
    const reason = reasonOf(error);
    const outcome: WriteOutcome = isWrite && !isNotSent(reason) ? "unknown" : "not-applied";
    throw await unavailable(wanted, { reason, outcome }, options);
  }
}

function urlOf(wanted: Call<unknown>, base: URL): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, "")}${wanted.path}`;
  for (const [name, value] of Object.entries(wanted.query ?? {})) {
    for (const one of typeof value === "object" ? value : [value]) {
      url.searchParams.append(name, String(one));
    }
  }
  return url;
}

function headersOf(wanted: Call<unknown>, token: string): Record<string, string> {
  return {
    accept: "application/vnd.pagerduty+json;version=2",
    // OAuth tokens are configured with their scheme, keys without.
    authorization: token.startsWith("Bearer ") ? token : `Token token=${token}`,
    ...(wanted.body === undefined ? {} : { "content-type": "application/json" }),
    ...(wanted.from === undefined ? {} : { from: wanted.from }),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return "no answer";
  }
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function isNotSent(reason: string): boolean {
  return notSent.has(reason);
}

function parse<Answer>(wanted: Call<Answer>, body: string): Answer {
  const json: unknown = parseJson(body);
  const parsed = wanted.answer.safeParse(json);
  if (!parsed.success) {
    const paths = parsed.error.issues.map((issue) => issue.path.join(".")).slice(0, 5);
    throw new Error(
      `${wanted.what}: PagerDuty's answer is unusable at ${paths.join(", ") || "all"}`,
    );
  }
  return parsed.data;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Closes the gate where PagerDuty is away; gives the error to throw. */
async function refusalOf(
  wanted: Call<unknown>,
  answered: Answered,
  options: HttpOptions,
): Promise<Error> {
  const { status } = answered;
  const said = messageOf(answered.body);
  if (status === 429) {
    const { headers } = answered;
    const after = headers["retry-after"] ?? headers["ratelimit-reset"];
    const retryAfterMs = parseRetryAfter(after, options.now());
    const named = retryAfterMs === undefined ? {} : { retryAfterMs };
    const pauseMs = await options.gate.failed("pagerduty", { ...named, reason: "rate limit" });
    return new RetryAfterError(`${wanted.what}: PagerDuty's rate limit is reached`, pauseMs, {
      code: "PAGERDUTY_RATE_LIMITED",
      vendor: "pagerduty",
    });
  }
  if (status === 401) {
    const retryAfterMs = options.unauthorizedPauseMs;
    const pauseMs = await options.gate.failed("pagerduty", {
      retryAfterMs,
      reason: "token refused",
    });
    return new RetryAfterError(
      `${wanted.what}: PagerDuty refuses the token; check PAGERDUTY_API_TOKEN`,
      pauseMs,
      { code: "PAGERDUTY_UNAUTHORIZED", vendor: "pagerduty" },
    );
  }
  if (status >= 500 || status === 408) {
    const outcome = wanted.body === undefined ? "not-applied" : "unknown";
    return unavailable(wanted, { reason: `status ${String(status)}`, outcome }, options);
  }
  await options.gate.succeeded("pagerduty");
  const code = status === 403 ? "PAGERDUTY_FORBIDDEN" : "PAGERDUTY_REJECTED";
  return new PagerDutyRefusal(
    code,
    `${wanted.what}: PagerDuty answered ${String(status)} ${said}`,
    status,
  );
}

async function unavailable(
  wanted: Call<unknown>,
  failure: { readonly reason: string; readonly outcome: WriteOutcome },
  options: HttpOptions,
): Promise<RetryAfterError> {
  const { reason, outcome } = failure;
  const pauseMs = await options.gate.failed("pagerduty", { reason });
  return new RetryAfterError(`${wanted.what}: PagerDuty is not available (${reason})`, pauseMs, {
    code: "PAGERDUTY_UNAVAILABLE",
    vendor: "pagerduty",
    outcome,
  });
}

function messageOf(body: string): string {
  const parsed = ErrorAnswer.safeParse(parseJson(body));
  if (!parsed.success) {
    return "";
  }
  const { message, errors } = parsed.data.error;
  const details = Array.isArray(errors) ? errors.filter((each) => typeof each === "string") : [];
  return [message ?? "", ...details].join("; ").slice(0, 300);
}
