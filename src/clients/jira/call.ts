/**
 * Every request to Jira passes here: gate, request, gate again, and the failure in our own terms.
 * jira.js only builds requests; it neither sends, retries nor checks, and nothing is retried here.
 */

import { Buffer } from "node:buffer";
import { z } from "zod";
import { RetryAfterError } from "../../domain/errors.ts";
import type { VendorGate } from "../../domain/gate.ts";
import { replacedRetryMs, type LiveSecret } from "../../domain/live-secret.ts";
import { oneLine } from "../../domain/text.ts";
import { HttpFailure, type Http, type HttpAnswer, type HttpRequest } from "../http.ts";
import { tellFailed, tellSucceeded } from "../tell-gate.ts";
import {
  isSignedOut,
  JiraRefusal,
  judgeAnswer,
  judgeFailure,
  notJson,
  unexpectedAnswer,
  type CallContext,
  type Verdict,
} from "./errors.ts";
import type { JiraLog } from "./jira.ts";
import { getCurrentUser, type SdkClient, type SdkRequest } from "./sdk.ts";
import { User } from "./schema.ts";

export interface CallerOptions {
  readonly http: Http;
  readonly email: string;
  readonly token: LiveSecret<string>;
  /** How long nobody asks again after the token was refused. */
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: JiraLog;
  readonly now: () => Date;
}

/** Builds one request with a function of jira.js: `(sdk) => getIssue(sdk, {…})`. */
export type Build = (sdk: SdkClient) => Promise<unknown>;

export interface Caller {
  /**
   * Sends one request and gives its answer, parsed; an empty one is parsed as undefined.
   * @throws RetryAfterError JIRA_RATE_LIMITED, JIRA_UNAVAILABLE, JIRA_UNAUTHORIZED, JIRA_CONFLICT,
   * JIRA_UNEXPECTED_ANSWER; JiraRefusal JIRA_FORBIDDEN, JIRA_ISSUE_MISSING, JIRA_REDIRECTED, JIRA_REJECTED.
   */
  call<Answer>(context: CallContext, build: Build, schema: z.ZodType<Answer>): Promise<Answer>;
  /** Makes sure that the token lives: with a dead one Jira shows empty results. Asked at most once a minute. */
  ensureSignedIn(): Promise<void>;
}

const signedInForMs = 60_000;

/** Takes the open connections and the gate; gives what sends requests through them. */
export function createCaller(options: CallerOptions): Caller {
  let signedInUntilMs = 0;

  async function call<Answer>(
    context: CallContext,
    build: Build,
    schema: z.ZodType<Answer>,
  ): Promise<Answer> {
    const body = await build({
      async sendRequest<T>(request: SdkRequest<T>): Promise<T> {
        // What jira.js promises of the answer nobody relies on: our own schema reads it below.
        return z.custom<T>().parse(await send(toHttpRequest(request), context, options));
      },
    });
    const parsed = schema.safeParse(body);
    if (parsed.success) {
      return parsed.data;
    }
    const paths = parsed.error.issues.slice(0, 5).map(({ path }) => path.map(String).join("."));
    return await throwVerdict(unexpectedAnswer(context, paths), options);
  }

  async function ensureSignedIn(): Promise<void> {
    if (options.now().getTime() < signedInUntilMs) {
      return;
    }
    const context = { what: "read who we are at Jira", kind: "read" } as const;
    await call(context, (sdk) => getCurrentUser(sdk), User);
    signedInUntilMs = options.now().getTime() + signedInForMs;
  }

  return {
    ensureSignedIn,
    async call(context, build, schema) {
      try {
        return await call(context, build, schema);
      } catch (error) {
        if (error instanceof JiraRefusal && error.status === 404) {
          await ensureSignedIn();
        }
        throw error;
      }
    },
  };
}

async function send(
  request: HttpRequest,
  context: CallContext,
  options: CallerOptions,
): Promise<unknown> {
  await options.gate.enter("jira");
  await context.beforeSend?.();
  const token = options.token.current();
  const credentials = Buffer.from(`${options.email}:${token}`, "utf8").toString("base64");
  let answer: HttpAnswer;
  try {
    const authorization = `Basic ${credentials}`;
    answer = await options.http.send({
      ...request,
      headers: { ...request.headers, authorization },
    });
  } catch (error) {
    if (error instanceof HttpFailure) {
      return await throwVerdict(judgeFailure(error, context), options);
    }
    throw error;
  }
  if (answer.status < 200 || answer.status >= 300 || isSignedOut(answer)) {
    return await refuse(answer, context, { ...options, used: { token, credentials } });
  }
  const parsed = answer.body === "" ? { value: undefined } : parseJson(answer.body);
  if (parsed === undefined) {
    return await throwVerdict(notJson(answer.status, context), options);
  }
  await tellSucceeded("jira", options);
  return parsed.value;
}

async function refuse(
  answer: HttpAnswer,
  context: CallContext,
  options: CallerOptions & { readonly used: { token: string; credentials: string } },
): Promise<never> {
  const { token, credentials } = options.used;
  const secrets = [token, credentials];
  const verdict = judgeAnswer(answer, context, { ...options, secrets, now: options.now() });
  if (verdict.do !== "throw" || answer.status !== 404) {
    const traceId = oneLine(String(answer.headers["atl-traceid"] ?? ""), { maxCodePoints: 100 });
    options.log.warn({ what: context.what, status: answer.status, traceId }, "jira said no");
  }
  if (verdict.do === "close-gate" && verdict.code === "JIRA_UNAUTHORIZED") {
    if (await options.token.isReplaced(token)) {
      const { code, message, outcome } = verdict;
      const again = { do: "requeue", code, message, outcome } as const;
      return await throwVerdict({ ...again, retryAfterMs: replacedRetryMs }, options);
    }
  }
  return await throwVerdict(verdict, options);
}

/** The request as jira.js built it, below the base path. What has no value is left out. */
function toHttpRequest({ url, method, searchParams, body }: SdkRequest): HttpRequest {
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(searchParams ?? {})) {
    if (Array.isArray(value)) {
      query[name] = value.map(String);
    } else if (
      typeof value === "string" ||
      typeof value === "number" ||
      typeof value === "boolean"
    ) {
      query[name] = String(value);
    }
  }
  return {
    method: methods.find((known) => known === method) ?? "GET",
    path: url,
    query,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  };
}

const methods = ["GET", "POST", "PUT", "DELETE"] as const;

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

async function throwVerdict(verdict: Verdict, options: CallerOptions): Promise<never> {
  switch (verdict.do) {
    case "throw":
      // Jira answered, if only to refuse: its gate is open.
      await tellSucceeded("jira", options);
      throw verdict.error;
    case "requeue":
      await tellSucceeded("jira", options);
      throw new RetryAfterError(verdict.message, verdict.retryAfterMs, {
        code: verdict.code,
        vendor: "jira",
        outcome: verdict.outcome,
      });
    case "close-gate":
      throw new RetryAfterError(verdict.message, await tellFailed("jira", verdict, options), {
        code: verdict.code,
        vendor: "jira",
        outcome: verdict.outcome,
        cause: verdict.cause,
      });
  }
}
