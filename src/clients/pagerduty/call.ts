/**
 * Every request to PagerDuty passes here: gate, request, gate again, and the failure in our own terms.
 * Nothing is retried here, and no error carries the token or a header.
 */

import { RetryAfterError, TerminalError, type WriteOutcome } from "../../domain/errors.ts";
import type { VendorGate } from "../../domain/gate.ts";
import { replacedRetryMs, type LiveSecret } from "../../domain/live-secret.ts";
import { oneLine, truncate } from "../../domain/text.ts";
import { parseRetryAfter } from "../retry-after.ts";
import {
  answerTooLarge,
  HttpFailure,
  type Http,
  type HttpAnswer,
  type HttpRequest,
} from "../http.ts";
import { tellFailed, tellSucceeded } from "../tell-gate.ts";
import { ErrorAnswer } from "./schema.ts";

/** What Debrief logs about PagerDuty; pino's loggers fit. */
export interface PagerDutyLog {
  warn(fields: object, message: string): void;
}

export interface CallerOptions {
  readonly http: Http;
  /** An API key, or `Bearer …` for an OAuth token. */
  readonly token: LiveSecret<string>;
  /** How long nobody asks again after the token was refused. */
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: PagerDutyLog;
  readonly now: () => Date;
}

export interface Call extends HttpRequest {
  /** For messages: `read incident PT4KHLK`. */
  readonly what: string;
  /** Statuses that mean "there is none" rather than a failure. */
  readonly absentOn?: readonly number[];
  /** Runs when the gate has let the call through. What it throws stops the call. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
}

export interface Caller {
  /**
   * Sends one request; gives its parsed JSON, or undefined for a status in `absentOn`.
   * @throws RetryAfterError PAGERDUTY_RATE_LIMITED, PAGERDUTY_UNAVAILABLE, PAGERDUTY_UNAUTHORIZED,
   * TerminalError PAGERDUTY_FORBIDDEN, PAGERDUTY_REJECTED.
   */
  call(call: Call): Promise<unknown>;
}

const messageUnitsMax = 300;
const bearer = "Bearer ";

/** Takes the open connections and the gate; gives what sends requests through them. */
export function createCaller(options: CallerOptions): Caller {
  return {
    async call(call) {
      await options.gate.enter("pagerduty");
      await call.beforeSend?.();
      const token = options.token.current();
      const answer = await sendOne(call, token, options);
      const { status } = answer;
      if (status === 401) {
        return await unauthorized(answer, token, { call, options });
      }
      if (status === 408 || status === 429 || status >= 500) {
        return await refused(answer, token, { call, options });
      }
      if (status >= 200 && status < 300) {
        return await readAnswer(answer, call, options);
      }
      await tellSucceeded("pagerduty", options);
      if (call.absentOn?.includes(status) === true) {
        return undefined;
      }
      throw rejection(answer, call, token);
    },
  };
}

/** One call and what it is made with. */
interface Calling {
  readonly call: Call;
  readonly options: CallerOptions;
}

async function sendOne(call: Call, token: string, options: CallerOptions): Promise<HttpAnswer> {
  const authorization = token.startsWith(bearer) ? token : `Token token=${token}`;
  try {
    return await options.http.send({ ...call, headers: { ...call.headers, authorization } });
  } catch (error) {
    if (!(error instanceof HttpFailure)) {
      throw error;
    }
    const message = `could not ${call.what}: ${error.message}`;
    if (error.reason === answerTooLarge) {
      await tellSucceeded("pagerduty", options);
      throw new Error(message, { cause: error });
    }
    const outcome = call.method !== "GET" && error.sent ? "unknown" : "not-applied";
    const retryAfterMs = await tellFailed("pagerduty", { reason: "NoAnswer" }, options);
    const code = "PAGERDUTY_UNAVAILABLE";
    const details = { code, vendor: "pagerduty", outcome, cause: error } as const;
    throw new RetryAfterError(message, retryAfterMs, details);
  }
}

/** With a token that was replaced meanwhile the call is made again; with none, nobody asks for a while. */
async function unauthorized(
  answer: HttpAnswer,
  token: string,
  { call, options }: Calling,
): Promise<never> {
  const message = `could not ${call.what}: PagerDuty answered ${sayAnswer(answer, token)}`;
  const code = "PAGERDUTY_UNAUTHORIZED";
  if (await options.token.isReplaced(token)) {
    await tellSucceeded("pagerduty", options);
    throw retryAfter(message, replacedRetryMs, { code });
  }
  const retryAfterMs = options.unauthorizedPauseMs;
  const failure = { reason: "Unauthorized", retryAfterMs };
  throw retryAfter(message, await tellFailed("pagerduty", failure, options), { code });
}

/** PagerDuty is not available to us at all: the gate closes for everybody. */
async function refused(
  answer: HttpAnswer,
  token: string,
  { call, options }: Calling,
): Promise<never> {
  const { status } = answer;
  const message = `could not ${call.what}: PagerDuty answered ${sayAnswer(answer, token)}`;
  const asked = readRetryAfter(answer, options.now());
  const pause = asked === undefined ? {} : { retryAfterMs: asked };
  if (status === 429) {
    const pauseMs = await tellFailed("pagerduty", { reason: "RateLimited", ...pause }, options);
    throw retryAfter(message, pauseMs, { code: "PAGERDUTY_RATE_LIMITED" });
  }
  const pauseMs = await tellFailed("pagerduty", { reason: `Status${status}`, ...pause }, options);
  const outcome = call.method === "GET" ? "not-applied" : "unknown";
  throw retryAfter(message, pauseMs, { code: "PAGERDUTY_UNAVAILABLE", outcome });
}

function retryAfter(
  message: string,
  retryAfterMs: number,
  options: { readonly code: string; readonly outcome?: WriteOutcome },
): RetryAfterError {
  return new RetryAfterError(message, retryAfterMs, { vendor: "pagerduty", ...options });
}

/** Undefined where PagerDuty names no time, or none at all: then the gate's own growing pause holds. */
function readRetryAfter({ headers }: HttpAnswer, now: Date): number | undefined {
  return [headers["retry-after"], headers["ratelimit-reset"]]
    .map((value) => parseRetryAfter(value, now))
    .find((ms) => ms !== undefined && ms > 0);
}

/** A 2xx that is not JSON comes from something in between, such as a proxy, or was cut on its way. */
async function readAnswer(
  answer: HttpAnswer,
  call: Call,
  options: CallerOptions,
): Promise<unknown> {
  const isRead = call.method === "GET";
  const parsed = isRead ? parseJson(answer.body) : { value: undefined };
  if (parsed !== undefined) {
    await tellSucceeded("pagerduty", options);
    return parsed.value;
  }
  const pauseMs = await tellFailed("pagerduty", { reason: "NotJson" }, options);
  const message = `could not ${call.what}: PagerDuty answered ${answer.status} with what is not JSON`;
  throw retryAfter(message, pauseMs, { code: "PAGERDUTY_UNAVAILABLE" });
}

function rejection(answer: HttpAnswer, call: Call, token: string): Error {
  const { status } = answer;
  const said = `could not ${call.what}: PagerDuty answered ${sayAnswer(answer, token)}`;
  if (status < 400) {
    const message = `${said}, a redirect; check PAGERDUTY_API_URL`;
    return new TerminalError("PAGERDUTY_REJECTED", message);
  }
  if (status === 402 || status === 403) {
    return new TerminalError("PAGERDUTY_FORBIDDEN", said);
  }
  // What was there a moment ago is read again: the next run starts from the incident itself.
  if (status === 404 && call.method === "GET") {
    return new Error(said);
  }
  return new TerminalError("PAGERDUTY_REJECTED", said);
}

/** `400 (2001: Invalid Input Provided: Content can't be blank)`, cleaned, short and without the token. */
function sayAnswer({ status, body }: HttpAnswer, token: string): string {
  const parsed = ErrorAnswer.safeParse(parseJson(body)?.value);
  if (!parsed.success) {
    return String(status);
  }
  const { code, message, errors } = parsed.data.error;
  const parts = [code === undefined ? undefined : String(code), message, ...errors];
  const text = oneLine(parts.filter((part) => (part ?? "") !== "").join(": "));
  const secret = token.startsWith(bearer) ? token.slice(bearer.length) : token;
  const withoutToken = secret === "" ? text : text.replaceAll(secret, "[token]");
  return text === "" ? String(status) : `${status} (${truncate(withoutToken, messageUnitsMax)})`;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
