/** Queries of data sources. They lag behind writes, and end after 10,000 results, from where a sorted one goes on. */

import type { Caller, Request } from "./call.ts";
import type { CallContext } from "./errors.ts";
import { Page } from "./schema.ts";
import type { DataSourceRef } from "./source-refs.ts";

type Timestamp = "created_time" | "last_edited_time";
type Filter = Readonly<Record<string, unknown>>;

export interface PageQuery {
  /** Completes "could not …", such as `list the action items of a page`. */
  readonly what: string;
  /** All have to hold; none: every page. */
  readonly filters: readonly Filter[];
  /** Oldest first by this time; without it in no order. */
  readonly by?: Timestamp;
}

/** Takes a data source and what to ask of it; gives its live pages, or those in the trash; each once. */
export async function queryPages(
  caller: Caller,
  ref: DataSourceRef,
  query: PageQuery,
  inTrash = false,
): Promise<Page[]> {
  const context: CallContext = { what: query.what, kind: "read", dataSource: ref };
  const { by } = query;
  function resume(last: Page): Request | undefined {
    const at = by === undefined ? undefined : last[by];
    if (by === undefined || at === undefined) {
      return undefined;
    }
    const filters = [...query.filters, onOrAfter(by, at)];
    return requestOf(ref, { ...query, filters }, inTrash);
  }
  return once(await caller.list(context, requestOf(ref, query, inTrash), Page, resume));
}

/** The same, live pages and those in the trash. */
export async function queryWithTrash(
  caller: Caller,
  ref: DataSourceRef,
  query: PageQuery,
): Promise<Page[]> {
  const live = await queryPages(caller, ref, query);
  return once([...live, ...(await queryPages(caller, ref, query, true))]);
}

function once(pages: readonly Page[]): Page[] {
  return [...new Map(pages.map((page) => [page.id, page])).values()];
}

/** Pages edited at or after this time. Notion rounds the time of an edit down to the minute. */
export function editedSince(since: Date): Filter {
  const minute = new Date(since);
  minute.setUTCSeconds(0, 0);
  return onOrAfter("last_edited_time", minute.toISOString());
}

function onOrAfter(timestamp: Timestamp, at: string): Filter {
  return { timestamp, [timestamp]: { on_or_after: at } };
}

function requestOf(ref: DataSourceRef, { filters, by }: PageQuery, inTrash: boolean): Request {
  const [first] = filters;
  const filter = filters.length > 1 ? { and: filters } : first;
  return {
    method: "post",
    path: `data_sources/${encodeURIComponent(ref.id)}/query`,
    body: {
      ...(filter === undefined ? {} : { filter }),
      ...(by === undefined ? {} : { sorts: [{ timestamp: by, direction: "ascending" }] }),
      ...(inTrash ? { in_trash: true } : {}),
    },
  };
}
