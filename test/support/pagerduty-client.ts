/** The PagerDuty client against a server in PagerDuty's shape, and the few shapes that its tests answer with. */

import { createPagerDuty, type PagerDutyOptions } from "../../src/clients/pagerduty/client.ts";
import type { PagerDuty } from "../../src/clients/pagerduty/pagerduty.ts";
import { parseIncidentId, type IncidentId } from "../../src/domain/keys.ts";
import {
  openMemoryGate,
  startNotionServer,
  type MemoryGate,
  type NotionServer,
  type Received,
  type Reply,
} from "./notion-server.ts";

export const incident = incidentId("Q1ABCDEF");

function incidentId(raw: string): IncidentId {
  const id = parseIncidentId(raw);
  if (id === undefined) {
    throw new Error(`${raw} is no incident id`);
  }
  return id;
}

export type Answers = Readonly<Record<string, Reply | ((request: Received) => Reply)>>;

export interface Connected extends AsyncDisposable {
  readonly pagerduty: PagerDuty;
  readonly server: NotionServer;
  readonly gate: MemoryGate;
  readonly warnings: { readonly fields: object; readonly message: string }[];
  readonly clock: { now: Date };
}

/** Answers by `METHOD path`, else 404. */
export async function connect(
  answers: Answers,
  options: Partial<PagerDutyOptions> & { readonly basePath?: string } = {},
): Promise<Connected> {
  const server = await startNotionServer((request) => {
    const answer = answers[`${request.method} ${request.path}`];
    return typeof answer === "function" ? answer(request) : (answer ?? notFound);
  });
  const gate = openMemoryGate();
  const warnings: Connected["warnings"] = [];
  const clock = { now: new Date("2026-11-20T10:00:00Z") };
  const pagerduty = createPagerDuty({
    apiUrl: `${server.url}${options.basePath ?? ""}`,
    token: "y_token_of_the_test",
    from: "ada@acme.example",
    requestTimeoutMs: 2_000,
    unauthorizedPauseMs: 60_000,
    gate,
    log: { warn: (fields, message) => warnings.push({ fields, message }) },
    now: () => clock.now,
    ...options,
  });
  return {
    pagerduty,
    server,
    gate,
    warnings,
    clock,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await pagerduty[Symbol.asyncDispose]();
    },
  };
}

export function ok(json: unknown): Reply {
  return { status: 200, json };
}

/** An error in PagerDuty's shape. */
export function failure(
  status: number,
  code: number,
  message: string,
  more: { readonly errors?: unknown; readonly headers?: Record<string, string> } = {},
): Reply {
  const json = { error: { message, code, ...(more.errors === undefined ? {} : more) } };
  return { status, json, ...(more.headers === undefined ? {} : { headers: more.headers }) };
}

const notFound = failure(404, 2100, "Not Found");

export function reference(id: string, summary: string, type = "user_reference"): object {
  return { id, type, summary, self: `https://api.pagerduty.com/x/${id}`, html_url: null };
}

export function incidentJson(more: object = {}): object {
  return {
    id: incident,
    incident_number: 17,
    title: "Checkout is down",
    status: "triggered",
    urgency: "high",
    html_url: "https://acme.pagerduty.com/incidents/Q1ABCDEF",
    created_at: "2026-11-20T09:00:00Z",
    ...more,
  };
}

/** Serves a list in pages as `offset` and `limit` ask, at most `limitMax` a page. */
export function pages(key: string, items: readonly object[], limitMax = 100) {
  return (request: Received): Reply => {
    const offset = Number(request.query.get("offset"));
    const limit = Math.min(Number(request.query.get("limit") ?? 25), limitMax);
    if (offset + limit > 10_000) {
      return failure(400, 2001, "Invalid Input Provided");
    }
    const page = items.slice(offset, offset + limit);
    const more = offset + page.length < items.length;
    return ok({ [key]: page, limit, offset, more, total: null });
  };
}
