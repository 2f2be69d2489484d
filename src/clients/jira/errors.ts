/**
 * Jira's failures in our own terms: which close the gate, which a person must mend, and whether a write
 * that failed may have been carried out all the same. Nothing of an answer but its status and words goes further.
 */

import { TerminalError, type WriteOutcome } from "../../domain/errors.ts";
import { oneLine, truncate } from "../../domain/text.ts";
import { answerTooLarge, type HttpAnswer, type HttpFailure } from "../http.ts";
import { parseRetryAfter, retryAfterMaxMs } from "../retry-after.ts";
import { ErrorAnswer } from "./schema.ts";

/** What a call was for; it words the error and decides what a 404 or a lost answer means. */
export interface CallContext {
  /** Completes "could not …", such as `create an issue in OPS`. */
  readonly what: string;
  readonly kind: "read" | "write";
  /** The call is about one issue: a 404 means that it is gone or hidden. */
  readonly isOfIssue?: boolean;
  /** Runs when the gate has let the call through, right before it is sent. What it throws stops the call. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
}

/** Jira answered and said no: retrying the same request can't help. */
export class JiraRefusal extends TerminalError {
  readonly status: number;
  /** By field id, in Jira's words and language. */
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** Those of the whole request, or of its workflow. */
  readonly vendorMessages: readonly string[];
  /** All of it in one line. */
  readonly words: string;
  constructor(code: string, message: string, said: { status: number } & Said) {
    super(code, message);
    this.status = said.status;
    this.fieldErrors = said.fieldErrors;
    this.vendorMessages = said.messages;
    this.words = said.words;
  }
}

interface Said {
  readonly fieldErrors: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
  readonly words: string;
}

/** What to do about a failed call. */
export type Verdict =
  | {
      readonly do: "close-gate";
      readonly code: string;
      readonly message: string;
      readonly reason: string;
      /** Undefined: Jira named no time, the gate's own growing pause. */
      readonly retryAfterMs: number | undefined;
      readonly outcome: WriteOutcome;
      readonly cause?: unknown;
    }
  | {
      readonly do: "requeue";
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number;
      readonly outcome: WriteOutcome;
    }
  | { readonly do: "throw"; readonly error: Error };

export interface JudgeOptions {
  readonly now: Date;
  readonly unauthorizedPauseMs: number;
  /** What must never show in a message: the token, and the header made of it. */
  readonly secrets: readonly string[];
}

const conflictPauseMs = 2_000;
const perIssuePauseMs = 2_000;
const wordsUnitsMax = 300;

/**
 * Jira answers many a request with a dead token as if nobody had signed in, with empty results and 404;
 * only this header tells.
 */
export function isSignedOut({ headers }: HttpAnswer): boolean {
  return /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/i.test(
    String(headers["x-seraph-loginreason"] ?? ""),
  );
}

/** Takes an answer that is no success; gives what it means. */
export function judgeAnswer(
  answer: HttpAnswer,
  context: CallContext,
  options: JudgeOptions,
): Verdict {
  const { status } = answer;
  const said = read(answer, options.secrets);
  const message = `could not ${context.what}: Jira answered ${status}${said.words === "" ? "" : ` (${said.words})`}`;
  if (status === 401 || isSignedOut(answer)) {
    return signedOut(answer, context, { ...options, message });
  }
  if (status === 429) {
    return rateLimited(answer, message, options.now);
  }
  if (status >= 500 || status === 408) {
    return {
      do: "close-gate",
      code: "JIRA_UNAVAILABLE",
      message,
      reason: `Status${status}`,
      retryAfterMs: readRetryAfter(answer, options.now),
      outcome: lost(context),
    };
  }
  if (status === 409) {
    return {
      do: "requeue",
      code: "JIRA_CONFLICT",
      message,
      retryAfterMs: readRetryAfter(answer, options.now) ?? conflictPauseMs,
      outcome: "not-applied",
    };
  }
  return { do: "throw", error: refusal({ status, ...said }, context, message) };
}

/** Takes why there was no answer; gives what it means. */
export function judgeFailure(failure: HttpFailure, context: CallContext): Verdict {
  const message = `could not ${context.what}: ${failure.message}`;
  if (failure.reason === answerTooLarge && context.kind === "read") {
    const tooLarge = `could not ${context.what}: Jira's answer is larger than Debrief reads`;
    return { do: "throw", error: new TerminalError("JIRA_ANSWER_TOO_LARGE", tooLarge) };
  }
  return {
    do: "close-gate",
    code: "JIRA_UNAVAILABLE",
    message,
    reason: failure.reason,
    retryAfterMs: undefined,
    outcome: failure.sent ? lost(context) : "not-applied",
    cause: failure.cause,
  };
}

/** A success whose body is not JSON: it comes from something in between, or was cut on its way. */
export function notJson(status: number, context: CallContext): Verdict {
  return {
    do: "close-gate",
    code: "JIRA_UNAVAILABLE",
    message: `could not ${context.what}: Jira answered ${status} with what is not JSON`,
    reason: "NotJson",
    retryAfterMs: undefined,
    outcome: lost(context),
  };
}

/** A success whose body is JSON, but not of the documented shape. */
export function unexpectedAnswer(context: CallContext, paths: readonly string[]): Verdict {
  const message = `could not ${context.what}: Jira's answer is not as documented (${paths.join(", ")})`;
  return context.kind === "read"
    ? { do: "throw", error: new Error(message) }
    : {
        do: "requeue",
        code: "JIRA_UNEXPECTED_ANSWER",
        message,
        retryAfterMs: conflictPauseMs,
        outcome: "unknown",
      };
}

function lost({ kind }: CallContext): WriteOutcome {
  return kind === "write" ? "unknown" : "not-applied";
}

function signedOut(
  answer: HttpAnswer,
  context: CallContext,
  options: JudgeOptions & { readonly message: string },
): Verdict {
  const { status } = answer;
  const said =
    status === 401
      ? options.message
      : `could not ${context.what}: Jira refused the token, and answered ${status} as to nobody`;
  return {
    do: "close-gate",
    code: "JIRA_UNAUTHORIZED",
    message: `${said}. Check JIRA_EMAIL, JIRA_API_TOKEN (expired?) and JIRA_URL (a scoped token needs the gateway's address)`,
    reason: "Unauthorized",
    retryAfterMs: options.unauthorizedPauseMs,
    outcome: status < 300 ? lost(context) : "not-applied",
  };
}

/** A limit on writes to one issue concerns that issue alone; every other limit concerns us all. */
function rateLimited(answer: HttpAnswer, message: string, now: Date): Verdict {
  const reason = oneLine(String(answer.headers["ratelimit-reason"] ?? ""), { maxCodePoints: 60 });
  const code = "JIRA_RATE_LIMITED";
  const asked = readRetryAfter(answer, now);
  const outcome = "not-applied";
  if (reason === "jira-per-issue-on-write") {
    return { do: "requeue", code, message, retryAfterMs: asked ?? perIssuePauseMs, outcome };
  }
  return {
    do: "close-gate",
    code,
    message: reason === "" ? message : `${message}: ${reason}`,
    reason: reason === "" ? "RateLimited" : reason,
    retryAfterMs: asked,
    outcome,
  };
}

function refusal(
  said: { readonly status: number } & Said,
  context: CallContext,
  message: string,
): JiraRefusal {
  const { status } = said;
  if (status < 400) {
    const redirected = `${message}: a redirect, which is never followed. Check JIRA_URL`;
    return new JiraRefusal("JIRA_REDIRECTED", redirected, said);
  }
  if (status === 403) {
    return new JiraRefusal("JIRA_FORBIDDEN", message, said);
  }
  if (status === 404 && context.isOfIssue === true) {
    const missing = `${message}: it was deleted, or our account may not see it any more`;
    return new JiraRefusal("JIRA_ISSUE_MISSING", missing, said);
  }
  return new JiraRefusal("JIRA_REJECTED", message, said);
}

/** Undefined where Jira names no time, or none at all: then the gate's own growing pause holds. */
function readRetryAfter({ headers }: HttpAnswer, now: Date): number | undefined {
  const asked = parseRetryAfter(headers["retry-after"], now);
  if (asked !== undefined && asked > 0) {
    return asked;
  }
  const resetMs = Date.parse(String(headers["x-ratelimit-reset"] ?? "")) - now.getTime();
  return headers["x-ratelimit-remaining"] === "0" && resetMs > 0
    ? Math.min(resetMs, retryAfterMaxMs)
    : undefined;
}

/** Jira speaks in several shapes (docs/vendors/jira.md): by field, in a list, as a problem, from its gateway. */
function read({ body }: HttpAnswer, secrets: readonly string[]): Said {
  const parsed = ErrorAnswer.safeParse(parseJson(body));
  if (!parsed.success) {
    return { fieldErrors: {}, messages: [], words: "" };
  }
  function clean(raw: string): string {
    const text = secrets.reduce(
      (left, secret) => (secret === "" ? left : left.replaceAll(secret, "[token]")),
      oneLine(raw),
    );
    return truncate(text, wordsUnitsMax);
  }
  const { errors, errorMessages, detail, message, title } = parsed.data;
  const fieldErrors = Object.fromEntries(
    Object.entries(errors.byField).map(([field, text]) => [clean(field), clean(text)]),
  );
  const messages = [...errorMessages, ...errors.list].map(clean).filter((text) => text !== "");
  const first = Object.entries(fieldErrors).map(([field, text]) => `${field}: ${text}`);
  const said = [...first, ...messages];
  const rest = [detail, message, title].find((text) => text !== undefined && text !== "");
  const words = said.length === 0 ? clean(rest ?? "") : said.slice(0, 5).join("; ");
  return { fieldErrors, messages, words: truncate(words, wordsUnitsMax) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
