/**
 * Notion's failures in our own terms: which close the gate, which a person must mend, and whether a
 * write that failed may have been carried out all the same. The SDK's errors end here; they hold the
 * answer's body and headers, and nothing of them but status, code and message goes further.
 */

import { parseRetryAfter } from "../retry-after.ts";
import { isHTTPResponseError } from "@notionhq/client";
import { TerminalError, type WriteOutcome } from "../../domain/errors.ts";
import { answerTooLarge, HttpFailure } from "./http.ts";
import { ErrorBody } from "./schema.ts";

/** What a call was for; it words the error and decides what a 404 or a lost answer means. */
export interface CallContext {
  /** Completes "could not …", such as `create a page`. */
  readonly what: string;
  readonly kind: "read" | "write";
  /** The data source the call needs, and the setting that names it. Without one, a page or a block. */
  readonly dataSource?: { readonly id: string; readonly setting: string };
  /** For creates and appends: a 503 may name what was made nevertheless. */
  readonly creates?: boolean;
  /** Runs when the gate has let the call through, right before it is sent. What it throws stops the call. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
}

/** Notion answered and said no: retrying the same request can't help. */
export class NotionRefusal extends TerminalError {
  readonly status: number;
  /** Notion's own code, such as `validation_error`. */
  readonly vendorCode: string;
  readonly vendorMessage: string;
  constructor(code: string, message: string, answer: Answer) {
    super(code, message);
    this.status = answer.status;
    this.vendorCode = answer.body.code;
    this.vendorMessage = answer.body.message;
  }
}

/** The write was carried out, although Notion answered 503 (its answer names what was made). */
export class CommittedAfterAll extends Error {
  override readonly name = "CommittedAfterAll";
  readonly resourceId: string;
  readonly childIds: readonly string[] | undefined;
  constructor(resourceId: string, childIds: readonly string[] | undefined) {
    super("the write was carried out, but its answer was lost");
    this.resourceId = resourceId;
    this.childIds = childIds;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: ErrorBody;
}

/** What to do about a failed call. */
export type Verdict =
  | {
      readonly do: "close-gate";
      readonly code: string;
      readonly message: string;
      readonly reason: string;
      /** Undefined: Notion named no time, the gate's own growing pause. */
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
  readonly token: string;
}

const blockedPauseMs = 15 * 60_000;
const conflictPauseMs = 2_000;
const messageMax = 400;

/** Takes whatever a call threw (the SDK's errors, HttpFailure, SyntaxError); gives what it means. */
export function judge(error: unknown, context: CallContext, options: JudgeOptions): Verdict {
  if (isHTTPResponseError(error)) {
    const answer = readAnswer(error.status, error.headers, error.body, options.token);
    return judgeAnswer(answer, context, options);
  }
  if (error instanceof HttpFailure) {
    return judgeHttpFailure(error, context);
  }
  if (error instanceof SyntaxError) {
    return lostAnswer(context, "200, but its body is not JSON");
  }
  return { do: "throw", error: error instanceof Error ? error : new Error(String(error)) };
}

/** A 200 whose body is JSON, but not of the documented shape. */
export function unexpectedAnswer(context: CallContext, paths: readonly string[]): Verdict {
  const message = `could not ${context.what}: Notion's answer is not as documented (${paths.join(", ")})`;
  return context.kind === "read"
    ? { do: "throw", error: new Error(message) }
    : {
        do: "requeue",
        code: "NOTION_UNEXPECTED_ANSWER",
        message,
        retryAfterMs: conflictPauseMs,
        outcome: "unknown",
      };
}

function judgeHttpFailure(failure: HttpFailure, context: CallContext): Verdict {
  if (failure.reason === answerTooLarge && context.kind === "read") {
    const message = `could not ${context.what}: Notion's answer is larger than Debrief reads`;
    return { do: "throw", error: new TerminalError("NOTION_ANSWER_TOO_LARGE", message) };
  }
  return {
    do: "close-gate",
    code: "NOTION_UNAVAILABLE",
    message: `could not ${context.what}: ${failure.message}`,
    reason: failure.reason,
    retryAfterMs: undefined,
    outcome: failure.sent && context.kind === "write" ? "unknown" : "not-applied",
    cause: failure.cause,
  };
}

function lostAnswer(context: CallContext, reason: string): Verdict {
  return {
    do: "close-gate",
    code: "NOTION_UNAVAILABLE",
    message: `could not ${context.what}: Notion answered ${reason}`,
    reason,
    retryAfterMs: undefined,
    outcome: context.kind === "write" ? "unknown" : "not-applied",
  };
}

function judgeAnswer(answer: Answer, context: CallContext, options: JudgeOptions): Verdict {
  const { status, body } = answer;
  const said = wording(answer, context);
  if (status === 429) {
    return rateLimited(answer, said, options.now);
  }
  if (status === 529) {
    // Overloaded, and silent on whether a write got through before it was.
    const outcome = context.kind === "write" ? "unknown" : "not-applied";
    return { ...rateLimited(answer, said, options.now), outcome };
  }
  if (status >= 500 || status === 408) {
    const committed = body.additional_data?.committed_resource_id;
    if (context.creates === true && committed !== undefined) {
      const childIds = body.additional_data?.committed_child_ids;
      return { do: "throw", error: new CommittedAfterAll(committed, childIds) };
    }
    return {
      ...closeGate("NOTION_UNAVAILABLE", said, answer),
      retryAfterMs: readRetryAfter(answer, options.now),
      outcome: context.kind === "write" ? "unknown" : "not-applied",
    };
  }
  if (status === 401) {
    return {
      ...closeGate("NOTION_UNAUTHORIZED", `${said}. Check NOTION_TOKEN`, answer),
      retryAfterMs: options.unauthorizedPauseMs,
    };
  }
  if (status === 409 && body.code === "conflict_error") {
    return {
      do: "requeue",
      code: "NOTION_CONFLICT",
      message: said,
      retryAfterMs: conflictPauseMs,
      outcome: "not-applied",
    };
  }
  return { do: "throw", error: refusal(answer, context, said) };
}

function closeGate(
  code: string,
  message: string,
  answer: Answer,
): Extract<Verdict, { do: "close-gate" }> {
  const reason = `${answer.status} ${answer.body.code}`;
  const retryAfterMs = undefined;
  return { do: "close-gate", code, message, reason, retryAfterMs, outcome: "not-applied" };
}

function rateLimited(
  answer: Answer,
  said: string,
  now: Date,
): Extract<Verdict, { do: "close-gate" }> {
  const why = answer.body.additional_data?.rate_limit_reason;
  if (why === "public_api_request_blocked") {
    const message = `${said}. Notion has blocked this connection: ask its support, or make a new connection`;
    return { ...closeGate("NOTION_BLOCKED", message, answer), retryAfterMs: blockedPauseMs };
  }
  return {
    ...closeGate("NOTION_RATE_LIMITED", said, answer),
    reason: why ?? `${answer.status} ${answer.body.code}`,
    retryAfterMs: readRetryAfter(answer, now),
  };
}

function refusal(answer: Answer, context: CallContext, said: string): NotionRefusal {
  const { status, body } = answer;
  if (status >= 300 && status < 400) {
    const message = `${said}: a redirect, which is never followed. Check NOTION_API_URL`;
    return new NotionRefusal("NOTION_REDIRECTED", message, answer);
  }
  if (status === 403) {
    return forbidden(answer, said);
  }
  if (status === 404) {
    return notFound(answer, context, said);
  }
  if (/can['’]t edit .*(archived|trash)/i.test(body.message)) {
    return new NotionRefusal("NOTION_PAGE_ARCHIVED", `${said}: it is in the trash`, answer);
  }
  return new NotionRefusal("NOTION_REJECTED", said, answer);
}

function forbidden(answer: Answer, said: string): NotionRefusal {
  if (answer.body.additional_data?.block_limit !== undefined) {
    const message = `${said}. The workspace's free plan has no blocks left: upgrade it, or delete pages`;
    return new NotionRefusal("NOTION_BLOCK_LIMIT", message, answer);
  }
  const message =
    `${said}. Give the connection the capabilities read, update and insert content ` +
    "and user information with e-mail, and edit access to both databases";
  return new NotionRefusal("NOTION_FORBIDDEN", message, answer);
}

function notFound(answer: Answer, context: CallContext, said: string): NotionRefusal {
  const { dataSource } = context;
  // Making a view needs a data source and a page: Notion says which of them it could not find.
  if (dataSource === undefined || /\b(page|block) with id/i.test(answer.body.message)) {
    const message = `${said}: it was deleted, or is no longer shared with the connection`;
    return new NotionRefusal("NOTION_PAGE_MISSING", message, answer);
  }
  const message =
    `${said}. The data source ${dataSource.id} (${dataSource.setting}) does not exist or is not ` +
    "shared: open its database in Notion, ••• > Connections, and add Debrief's connection";
  return new NotionRefusal("NOTION_NOT_SHARED", message, answer);
}

function wording({ status, body }: Answer, context: CallContext): string {
  const details = [body.code, body.message].filter((part) => part !== "" && part !== "unknown");
  const request = body.request_id === undefined ? "" : ` (request ${body.request_id})`;
  return `could not ${context.what}: Notion answered ${[status, ...details].join(" ")}${request}`;
}

function readAnswer(status: number, headers: unknown, rawBody: string, token: string): Answer {
  const parsed = ErrorBody.safeParse(parseJson(rawBody));
  const body = parsed.data ?? { code: "unknown", message: "" };
  const said = withoutValues(body.message);
  const message = (token === "" ? said : said.replaceAll(token, "[token]"))
    .slice(0, messageMax)
    .toWellFormed();
  return { status, headers: isRecord(headers) ? headers : {}, body: { ...body, message } };
}

/** Notion's validation messages repeat the value they complain of, which may be a page's text. */
function withoutValues(message: string): string {
  return message.replaceAll(/instead was `[^`]{24,}`/g, "instead was something else").trim();
}

/** From the header (seconds or a date), else from the body; undefined when none of it makes sense. */
function readRetryAfter({ headers, body }: Answer, now: Date): number | undefined {
  const raw = [headers["retry-after"], body.additional_data?.retry_after];
  for (const value of raw) {
    const ms = typeof value === "string" ? parseRetryAfter(value, now) : undefined;
    if (ms !== undefined && ms > 0) {
      return ms;
    }
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
