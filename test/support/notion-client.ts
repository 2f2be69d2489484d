/** The Notion client against a server in Notion's shape, and the few shapes that its tests answer with. */

import { createNotion, type NotionOptions } from "../../src/clients/notion/client.ts";
import type { Notion, TableRowWrite } from "../../src/clients/notion/notion.ts";
import {
  blockId,
  notionUserId,
  pageId,
  parseIncidentId,
  type IncidentId,
} from "../../src/domain/keys.ts";
import {
  notionError,
  openMemoryGate,
  startNotionServer,
  type NotionServer,
  type Received,
  type Reply,
} from "./notion-server.ts";

export const postMortemsId = "22222222-2222-4222-8222-222222222222";
export const actionItemsId = "33333333-3333-4333-8333-333333333333";
export const botId = "44444444-4444-4444-8444-444444444444";
export const personId = notionUserId("55555555-5555-4555-8555-555555555555");
export const page = pageId("11111111-1111-4111-8111-111111111111");
export const table = blockId("66666666-6666-4666-8666-666666666666");

export const incident = parsed("Q1ABCDEF");

function parsed(raw: string): IncidentId {
  const id = parseIncidentId(raw);
  if (id === undefined) {
    throw new Error(`${raw} is no incident id`);
  }
  return id;
}

export interface Connected extends AsyncDisposable {
  readonly notion: Notion;
  readonly server: NotionServer;
  readonly warnings: unknown[];
  readonly clock: { now: Date };
}

/** Answers by `METHOD path` (without /v1), else 404; the bot is always known. */
export async function connect(
  answers: Record<string, Reply | ((request: Received) => Reply)>,
  more: Pick<Partial<NotionOptions>, "sources" | "itemStatuses"> = {},
): Promise<Connected> {
  const server = await startNotionServer((request) => {
    const route = `${request.method} ${request.path.replace("/v1/", "")}`;
    const answer = answers[route];
    if (answer === undefined) {
      return route === "GET users/me"
        ? ok({ object: "user", id: botId, type: "bot" })
        : notionError(404, "object_not_found", `Could not find it: ${route}`);
    }
    return typeof answer === "function" ? answer(request) : answer;
  });
  const warnings: unknown[] = [];
  const clock = { now: new Date("2026-11-20T10:00:00Z") };
  const notion = createNotion({
    apiUrl: server.url,
    token: "ntn_x",
    postMortemsId,
    actionItemsId,
    requestTimeoutMs: 5000,
    unauthorizedPauseMs: 60_000,
    gate: openMemoryGate(),
    log: { warn: (fields) => warnings.push(fields) },
    now: () => clock.now,
    ...more,
  });
  return {
    notion,
    server,
    warnings,
    clock,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function ok(json: unknown): Reply {
  return { status: 200, json };
}

export function list(results: readonly unknown[], next?: string): Reply {
  return ok({ object: "list", results, has_more: next !== undefined, next_cursor: next ?? null });
}

export function pageJson(
  id: string,
  incidentId: string,
  more: Record<string, unknown> = {},
): unknown {
  return {
    object: "page",
    id,
    url: `https://www.notion.so/${id}`,
    created_time: "2026-11-20T10:00:00.000Z",
    in_trash: false,
    last_edited_by: { object: "user", id: botId },
    properties: {
      "Incident ID": { id: "a", type: "rich_text", rich_text: [{ plain_text: incidentId }] },
    },
    ...more,
  };
}

export function rowJson(id: string, texts: readonly string[], href: string | null = null): unknown {
  const cells = texts.map((plain_text, at) => [{ plain_text, href: at === 0 ? href : null }]);
  return { object: "block", id, type: "table_row", in_trash: false, table_row: { cells } };
}

export function newRows(request: Received, prefix: string): Reply {
  const children: unknown[] = request.body.children;
  return list(children.map((_, at) => ({ object: "block", id: `${prefix}-${at}` })));
}

export const row: TableRowWrite = {
  time: "2026-11-20 10:02:11",
  href: "https://acme.pagerduty.com/incidents/Q1#log-R1",
  event: "Triggered",
  actor: "monitor",
};
