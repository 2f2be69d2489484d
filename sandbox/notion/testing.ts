/** What the tests of the Notion stand-in share: a workspace to call, the call itself, and bodies. */

import { settableClock } from "../core/clock.ts";
import type { Fields } from "./model.ts";
import { startNotionSandbox, type NotionSandbox, type NotionSandboxOptions } from "./sandbox.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A workspace on a free port whose clock stands still at 2026-03-02 09:00:00 UTC. */
export function startWorkspace(options: NotionSandboxOptions = {}): Promise<NotionSandbox> {
  return startNotionSandbox({ clock: settableClock(), ...options });
}

/** Calls "METHOD /path" (below /v1) with token and version; `headers` win. */
export async function call(
  notion: NotionSandbox,
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const [method = "GET", path = "/"] = line.split(" ");
  const answer = await fetch(`${notion.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${notion.environment()["NOTION_TOKEN"] ?? ""}`,
      "notion-version": "2026-03-11",
      "content-type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const raw = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json") === true;
  const parsed: unknown = raw !== "" && isJson ? JSON.parse(raw) : raw;
  return { status: answer.status, headers: answer.headers, body: parsed };
}

/** The body of a create of a post-mortem; `more` wins. */
export function postMortem(notion: NotionSandbox, name: string, more: Fields = {}): Fields {
  return {
    parent: { data_source_id: notion.ids.postMortems },
    properties: { Name: { title: text(name) }, "Incident ID": { rich_text: text(name) } },
    ...more,
  };
}

/** Creates a post-mortem and gives its id. */
export async function createPostMortem(
  notion: NotionSandbox,
  name: string,
  more: Fields = {},
): Promise<string> {
  const answer = await call(notion, "POST /pages", postMortem(notion, name, more));
  return idOf(answer);
}

/** The `id` of an answered object; throws with the answer when it has none. */
export function idOf(answer: Answered): string {
  const { body } = answer;
  if (typeof body === "object" && body !== null && "id" in body && typeof body.id === "string") {
    return body.id;
  }
  throw new Error(`no id in ${answer.status} ${JSON.stringify(body)}`);
}

/** Rich text of one plain item. */
export function text(content: string): Fields[] {
  return [{ text: { content } }];
}

export function paragraph(content: string): Fields {
  return { paragraph: { rich_text: text(content) } };
}

/** A table of two columns; the first row is its header. */
export function table(...rows: readonly (readonly string[])[]): Fields {
  const children = rows.map((cells) => ({ table_row: { cells: cells.map((cell) => text(cell)) } }));
  return { table: { table_width: 2, has_column_header: true, children } };
}

/** An error with the vendor's code, to match against. */
export function errorOf(
  status: number,
  code: string,
): { readonly status: number; readonly body: unknown } {
  return { status, body: { object: "error", status, code } };
}
