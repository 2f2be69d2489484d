/**
 * Every request to Notion passes here: gate, request, gate again, and the failure in our own terms.
 * The SDK only builds requests; it neither retries nor logs, and its errors don't leave.
 */

import { Client } from "@notionhq/client";
import type { z } from "zod";
import { RetryAfterError, TerminalError } from "../../domain/errors.ts";
import type { VendorGate } from "../../domain/gate.ts";
import { asLive, replacedRetryMs, type LiveSecret } from "../../domain/live-secret.ts";
import {
  judge,
  NotionRefusal,
  unexpectedAnswer,
  type CallContext,
  type Verdict,
} from "./errors.ts";
import { createFetch, type OpenFetch } from "./http.ts";
import type { NotionLog } from "./notion.ts";
import { Listing } from "./schema.ts";

const notionVersion = "2026-03-11";
const responseBytesMax = 32 * 1024 * 1024;
const pageSize = 100;
const listingPagesMax = 200;
const listingRestartsMax = 2;
/** Where the gate itself could not be told (its store is down) and so named no pause. */
const pauseWithoutGateMs = 5_000;

export interface CallerOptions {
  readonly apiUrl: string;
  readonly token: string | LiveSecret<string>;
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: NotionLog;
  readonly now: () => Date;
  /** What requests leave by; absent: connections of its own. */
  readonly openFetch?: OpenFetch;
}

export interface Request {
  readonly method: "get" | "post" | "patch" | "delete";
  /** Below /v1/, ids included. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Undefined: there is no way to go on. */
type Resume<Item> = (last: Item) => Request | undefined;

export interface Caller {
  /**
   * Sends one request and gives its answer, parsed.
   * @throws RetryAfterError, NotionRefusal, CommittedAfterAll (only where `creates` is set).
   */
  call<Answer>(context: CallContext, request: Request, schema: z.ZodType<Answer>): Promise<Answer>;
  /**
   * Reads a whole listing, page by page, and parses each of its results. Where Notion cuts it, `resume` says
   * how to go on after the last result; that one may then come twice.
   */
  list<Item>(
    context: CallContext,
    request: Request,
    schema: z.ZodType<Item>,
    resume?: Resume<Item>,
  ): Promise<Item[]>;
}

/** Takes the connection's settings; gives what sends its requests. */
export function createCaller(options: CallerOptions): Caller {
  const apiUrl = new URL(options.apiUrl);
  const token = asLive(options.token);
  const client = new Client({
    baseUrl: apiUrl.href.replace(/\/+$/, ""),
    notionVersion,
    retry: false,
    // Ours is the deadline that counts; the SDK's neither aborts the request nor covers the body.
    timeoutMs: options.requestTimeoutMs + 60_000,
    fetch: (options.openFetch ?? createFetch)({
      origin: apiUrl.origin,
      requestTimeoutMs: options.requestTimeoutMs,
      responseBytesMax,
    }),
    logger: () => undefined,
  });

  async function call<Answer>(
    context: CallContext,
    request: Request,
    schema: z.ZodType<Answer>,
  ): Promise<Answer> {
    await options.gate.enter("notion");
    await context.beforeSend?.();
    const used = token.current();
    let answer: unknown;
    try {
      answer = await client.request<object>({
        auth: used,
        path: request.path,
        method: request.method,
        ...(request.query === undefined ? {} : { query: { ...request.query } }),
        ...(request.body === undefined ? {} : { body: { ...request.body } }),
      });
    } catch (error) {
      const verdict = judge(error, context, { ...options, token: used, now: options.now() });
      return await fail(await orRetry(verdict, () => token.isReplaced(used)));
    }
    await tellSucceeded(options);
    const parsed = schema.safeParse(answer);
    return parsed.success
      ? parsed.data
      : fail(unexpectedAnswer(context, parsed.error.issues.slice(0, 5).map(issuePath)));
  }

  function fail(verdict: Verdict): Promise<never> {
    return throwVerdict(verdict, options);
  }

  return {
    call,
    list: (context, request, schema, resume) => listAll(call, context, { request, schema, resume }),
  };
}

/** A call that was refused for its token is made again where the token was replaced meanwhile. */
async function orRetry(verdict: Verdict, isReplaced: () => Promise<boolean>): Promise<Verdict> {
  const isUnauthorized = verdict.do === "close-gate" && verdict.code === "NOTION_UNAUTHORIZED";
  if (!isUnauthorized || !(await isReplaced())) {
    return verdict;
  }
  const { code, message, outcome } = verdict;
  return { do: "requeue", code, message, outcome, retryAfterMs: replacedRetryMs };
}

interface Listed<Item> {
  readonly request: Request;
  readonly schema: z.ZodType<Item>;
  readonly resume?: Resume<Item> | undefined;
}

/** An expired cursor (400) restarts the listing; ends that never come are refused. */
async function listAll<Item>(
  call: Caller["call"],
  context: CallContext,
  { request: whole, schema, resume }: Listed<Item>,
): Promise<Item[]> {
  let request = whole;
  let restarts = 0;
  let items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < listingPagesMax; page += 1) {
    try {
      const listing = await call(context, paged(request, cursor), Listing);
      items.push(...listing.results.map((result) => parseResult(result, context, schema)));
      const next = listing.next_cursor ?? undefined;
      if (listing.has_more && next !== undefined && next !== cursor) {
        cursor = next;
        continue;
      }
      if (listing.request_status?.type !== "incomplete") {
        return items;
      }
      const last = items.at(-1);
      const rest = last === undefined ? undefined : resume?.(last);
      if (rest === undefined) {
        break;
      }
      request = rest;
      cursor = undefined;
    } catch (error) {
      if (cursor === undefined || restarts >= listingRestartsMax || !isRefusedCursor(error)) {
        throw error;
      }
      restarts += 1;
      request = whole;
      items = [];
      cursor = undefined;
    }
  }
  throw new TerminalError(
    "NOTION_LISTING_TOO_LONG",
    `could not ${context.what}: more results than can be listed (${items.length} were read)`,
  );
}

function paged(request: Request, cursor: string | undefined): Request {
  const paging = { page_size: pageSize, ...(cursor === undefined ? {} : { start_cursor: cursor }) };
  return request.method === "get"
    ? { ...request, query: { ...request.query, ...paging } }
    : { ...request, body: { ...request.body, ...paging } };
}

function parseResult<Item>(result: unknown, context: CallContext, schema: z.ZodType<Item>): Item {
  const parsed = schema.safeParse(result);
  if (!parsed.success) {
    const paths = parsed.error.issues.slice(0, 5).map(issuePath).join(", ");
    throw new Error(`could not ${context.what}: a result is not as documented (${paths})`);
  }
  return parsed.data;
}

function isRefusedCursor(error: unknown): boolean {
  return error instanceof NotionRefusal && error.status === 400 && error.code === "NOTION_REJECTED";
}

async function throwVerdict(verdict: Verdict, options: CallerOptions): Promise<never> {
  switch (verdict.do) {
    case "throw":
      // Notion answered, if only to refuse: its gate is open.
      await tellSucceeded(options);
      throw verdict.error;
    case "requeue":
      await tellSucceeded(options);
      throw new RetryAfterError(verdict.message, verdict.retryAfterMs, {
        code: verdict.code,
        vendor: "notion",
        outcome: verdict.outcome,
      });
    case "close-gate":
      throw new RetryAfterError(verdict.message, await tellFailed(verdict, options), {
        code: verdict.code,
        vendor: "notion",
        outcome: verdict.outcome,
        cause: verdict.cause,
      });
  }
}

/** What Notion answered must not get lost because the gate's store is down: a page may have been made. */
async function tellSucceeded({ gate, log }: CallerOptions): Promise<void> {
  try {
    await gate.succeeded("notion");
  } catch (error) {
    log.warn({ err: error }, "could not open the gate of notion");
  }
}

async function tellFailed(
  verdict: Extract<Verdict, { do: "close-gate" }>,
  { gate, log }: CallerOptions,
): Promise<number> {
  const { reason, retryAfterMs } = verdict;
  try {
    return await gate.failed("notion", {
      reason,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  } catch (error) {
    log.warn({ err: error }, "could not close the gate of notion");
    return retryAfterMs ?? pauseWithoutGateMs;
  }
}

function issuePath({ path }: { readonly path: readonly PropertyKey[] }): string {
  return path.map(String).join(".");
}
