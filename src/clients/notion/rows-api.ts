/** The rows of the Action items data sources: find, make, read, list and write them. */

import { z } from "zod";
import {
  actionItemProperties as names,
  type ActionItemRow,
  type ActionItemWrite,
} from "../../domain/action-item.ts";
import { TerminalError } from "../../domain/errors.ts";
import { pageId, type NotionUserId, type PageId } from "../../domain/keys.ts";
import { unlessGone } from "./blocks-api.ts";
import type { Caller } from "./call.ts";
import type { DataSources } from "./data-sources.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { CreateActionItemInput, Notion, NotionLog } from "./notion.ts";
import { pagePath } from "./pages-api.ts";
import { withoutUnknownPeople } from "./people.ts";
import { editedSince, queryPages, queryWithTrash } from "./query.ts";
import { toRow, toRowProperties } from "./row-properties.ts";
import { Identified, Page } from "./schema.ts";
import type { DataSourceRef, SourceRefs } from "./source-refs.ts";
import type { Sweep } from "./sweep.ts";

type RowsApi = Pick<
  Notion,
  | "findRow"
  | "updateActionItem"
  | "createActionItem"
  | "listRowsOf"
  | "findRowsBySource"
  | "listRowsEdited"
  | "listRowsExcept"
>;

export interface RowsDeps {
  readonly caller: Caller;
  readonly refs: SourceRefs;
  readonly sources: DataSources;
  readonly sweep: Sweep;
  readonly log: NotionLog;
}

/** Takes what calls Notion and where the action items live; gives the calls on their rows. */
export function createRowsApi(deps: RowsDeps): RowsApi {
  const { caller, refs } = deps;

  async function findRow(id: PageId): Promise<ActionItemRow | undefined> {
    const context = { what: "read an action item", kind: "read" } as const;
    const request = { method: "get", path: pagePath(id) } as const;
    const page = await unlessGone(() => caller.call(context, request, Page));
    return page === undefined ? undefined : toRow(page);
  }

  async function updateActionItem(
    id: PageId,
    write: ActionItemWrite,
  ): ReturnType<Notion["updateActionItem"]> {
    const context = { what: "update an action item", kind: "write" } as const;
    return sendWrite(write, context, deps.log, async (properties, owners) => {
      if (Object.keys(properties).length > 0) {
        const request = { method: "patch", path: pagePath(id), body: { properties } } as const;
        await caller.call(context, request, z.unknown());
      }
      return owners;
    });
  }

  async function listRowsOf(postMortem: PageId, actionItems: string): Promise<ActionItemRow[]> {
    const rows = await queryPages(caller, refs.actionItemsOf(actionItems), {
      what: "list the action items of a post-mortem",
      filters: [{ property: names.postMortem, relation: { contains: postMortem } }],
      by: "created_time",
    });
    return rows.map(toRow);
  }

  async function findRowsBySource(source: string, actionItems: string): Promise<ActionItemRow[]> {
    const found = await queryWithTrash(caller, refs.actionItemsOf(actionItems), {
      what: "search an action item by its source",
      filters: [{ property: names.source, rich_text: { equals: source } }],
    });
    // Notion's text filter may be looser than equality.
    return found
      .map(toRow)
      .filter((row) => row.source === source)
      .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
  }

  async function listRowsEdited(since: Date): Promise<ActionItemRow[]> {
    const what = "list the action items edited lately";
    const found = await deps.sweep.edited(refs.actionItems, since, (ref, from) => {
      const query = { what, filters: [editedSince(from)], by: "last_edited_time" } as const;
      return queryWithTrash(caller, ref, query);
    });
    return found.map(toRow).toSorted((a, b) => a.editedAt.getTime() - b.editedAt.getTime());
  }

  async function listRowsExcept(statuses: readonly string[]): Promise<ActionItemRow[]> {
    return deps.sweep.all(refs.actionItems, (ref) => listExcept(ref, statuses, deps));
  }

  return {
    findRow,
    updateActionItem,
    createActionItem: (input) => createActionItem(input, deps),
    listRowsOf,
    findRowsBySource,
    listRowsEdited,
    listRowsExcept,
  };
}

async function createActionItem(
  { actionItems, write, beforeSend }: CreateActionItemInput,
  { caller, refs, log }: RowsDeps,
): Promise<PageId> {
  const ref = refs.actionItemsOf(actionItems);
  const context: CallContext = {
    what: "create an action item",
    kind: "write",
    creates: true,
    dataSource: ref,
    beforeSend,
  };
  return sendWrite(write, context, log, async (properties) => {
    const body = { parent: { type: "data_source_id", data_source_id: ref.id }, properties };
    try {
      const made = await caller.call(context, { method: "post", path: "pages", body }, Identified);
      return pageId(made.id);
    } catch (error) {
      if (error instanceof CommittedAfterAll) {
        return pageId(error.resourceId);
      }
      throw error;
    }
  });
}

/** An owner who has left the workspace must not keep the row from being written: then it goes without. */
async function sendWrite<Answer>(
  { owners: wanted, ...rest }: ActionItemWrite,
  context: CallContext,
  log: NotionLog,
  send: (
    properties: ReturnType<typeof toRowProperties>,
    owners: readonly NotionUserId[] | undefined,
  ) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await withoutUnknownPeople(wanted, log, (owners) =>
      send(toRowProperties(owners === undefined ? rest : { ...rest, owners }), owners),
    );
  } catch (error) {
    throw rest.status !== undefined && isAboutOption(error)
      ? new TerminalError(
          "NOTION_REJECTED",
          `could not ${context.what}: its "${names.status}" has no option "${rest.status}": add it ` +
            "in Notion, or name another one in the statuses of the route",
          { cause: error },
        )
      : error;
  }
}

/** Notion adds unknown options of a select to the schema, but never those of a status. */
function isAboutOption(error: unknown): boolean {
  return (
    error instanceof NotionRefusal &&
    error.status === 400 &&
    /\bstatus option\b|\boption\b.*\bstatus\b/i.test(error.vendorMessage)
  );
}

/**
 * Notion refuses a filter by an option that its schema lacks, and routes may name their statuses differently:
 * only known ones go into the filter, none where the schema has changed since it was read.
 */
async function listExcept(
  ref: DataSourceRef,
  statuses: readonly string[],
  { caller, sources }: RowsDeps,
): Promise<ActionItemRow[]> {
  const options = await sources.itemStatuses(ref);
  const filters = statuses
    .filter((name) => options?.includes(name) === true)
    .map((name) => ({ property: names.status, status: { does_not_equal: name } }));
  const query = { what: "list the open action items", by: "created_time" } as const;
  const found = await queryPages(caller, ref, { ...query, filters }).catch((error: unknown) => {
    if (filters.length > 0 && isAboutOption(error)) {
      return queryPages(caller, ref, { ...query, filters: [] });
    }
    throw error;
  });
  return found
    .map(toRow)
    .filter(({ status }) => status === undefined || !statuses.includes(status));
}
