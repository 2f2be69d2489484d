/** Reading and writing the blocks of a page: its sections, and the rows of its timeline table. */

import { z } from "zod";
import { RetryAfterError } from "../../domain/errors.ts";
import { blockId, type BlockId, type PageId } from "../../domain/keys.ts";
import type { PageBlock, PageTableRow } from "../../domain/post-mortem.ts";
import { rowCells, toRowBatches, type NotionBlock } from "./blocks.ts";
import type { Caller } from "./call.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { BeforeSend, Notion, TableRowWrite } from "./notion.ts";
import { toPageBlock, toTableRow } from "./properties.ts";
import { Block, Identified } from "./schema.ts";
import type { Users } from "./users.ts";

type BlocksApi = Pick<
  Notion,
  "listBlocks" | "listRows" | "insertRows" | "updateRow" | "trashBlock"
> & {
  /** Appends one block to the end of a page; gives its id. */
  readonly appendBlock: (
    page: PageId,
    block: NotionBlock,
    options: AppendOptions,
  ) => Promise<BlockId>;
};

const Appended = z.object({ results: z.array(Identified) });
const unknownOutcomePauseMs = 2_000;

/** Takes what calls Notion and who we are there; gives the calls on blocks. */
export function createBlocksApi(caller: Caller, users: Users): BlocksApi {
  async function listBlocks(page: PageId): Promise<PageBlock[]> {
    const bot = await users.botId();
    const blocks = await listChildren(caller, page, "list the blocks of a page");
    return blocks.map((block) => toPageBlock(block, bot));
  }

  async function listRows(table: BlockId): Promise<PageTableRow[] | undefined> {
    const bot = await users.botId();
    const listed = await unlessGone(() => listChildren(caller, table, "list the rows of a table"));
    const rows = (listed ?? []).filter((block) => block.table_row !== undefined);
    // A table in the trash may still list, without rows; one that stands has at least its header.
    if (listed === undefined || (rows.length === 0 && !(await isStanding(table, caller)))) {
      return undefined;
    }
    return rows.map((row) => toTableRow(row, bot));
  }

  async function insertRows(
    table: BlockId,
    rows: readonly TableRowWrite[],
    after?: BlockId,
    beforeSend?: BeforeSend,
  ): Promise<BlockId[]> {
    const ids: BlockId[] = [];
    let anchor = after;
    for (const batch of toRowBatches(rows)) {
      const inserted = await insertBatch(caller, { table, batch, anchor, beforeSend }).catch(
        (error: unknown) => {
          throw ids.length === 0 ? error : asPartlyDone(error);
        },
      );
      ids.push(...inserted.ids);
      anchor = inserted.isPlaced ? ids.at(-1) : undefined;
    }
    return ids;
  }

  async function updateRow(row: BlockId, write: TableRowWrite): Promise<void> {
    const context = { what: "update a row", kind: "write" } as const;
    const body = { table_row: { cells: rowCells(write) } };
    await unlessGone(() =>
      caller.call(context, { method: "patch", path: blockPath(row), body }, z.unknown()),
    );
  }

  async function trashBlock(block: BlockId): Promise<void> {
    const context = { what: "trash a block", kind: "write" } as const;
    await unlessGone(() =>
      caller.call(context, { method: "delete", path: blockPath(block) }, z.unknown()),
    );
  }

  async function appendBlock(
    page: PageId,
    block: NotionBlock,
    options: AppendOptions,
  ): Promise<BlockId> {
    const ids = await append(caller, { parent: page, children: [block], ...options });
    return blockId(ids[0] ?? "");
  }

  return { listBlocks, listRows, insertRows, updateRow, trashBlock, appendBlock };
}

/** What stands directly in a page or block, in order. `what` completes "could not …". */
export async function listChildren(caller: Caller, parent: string, what: string): Promise<Block[]> {
  const request = { method: "get", path: childrenPath(parent) } as const;
  const blocks = await caller.list({ what, kind: "read" }, request, Block);
  return blocks.filter((block) => !block.in_trash);
}

async function isStanding(block: BlockId, caller: Caller): Promise<boolean> {
  const context = { what: "read a block", kind: "read" } as const;
  const request = { method: "get", path: blockPath(block) } as const;
  const found = await unlessGone(() => caller.call(context, request, Block));
  return found !== undefined && !found.in_trash;
}

/** Where Notion refuses the position (the row is gone by now, or never was in this table): at the end. */
async function insertBatch(
  caller: Caller,
  {
    table,
    batch,
    anchor,
    beforeSend,
  }: {
    readonly table: BlockId;
    readonly batch: readonly NotionBlock[];
    readonly anchor?: BlockId | undefined;
    readonly beforeSend: BeforeSend | undefined;
  },
): Promise<{ readonly ids: readonly BlockId[]; readonly isPlaced: boolean }> {
  const input = { parent: table, children: batch, what: "insert rows into a table", beforeSend };
  if (anchor !== undefined) {
    const position = { type: "after_block", after_block: { id: anchor } };
    try {
      const ids = await append(caller, { ...input, position });
      return { ids: ids.map(blockId), isPlaced: true };
    } catch (error) {
      if (!(error instanceof NotionRefusal) || !isAboutPosition(error)) {
        throw error;
      }
    }
  }
  const ids = await append(caller, input);
  return { ids: ids.map(blockId), isPlaced: false };
}

function isAboutPosition({ code, status }: NotionRefusal): boolean {
  return (status === 400 && code === "NOTION_REJECTED") || status === 404;
}

interface AppendOptions {
  readonly what: string;
  readonly beforeSend?: BeforeSend | undefined;
}

interface Append extends AppendOptions {
  readonly parent: string;
  readonly children: readonly NotionBlock[];
  readonly position?: Readonly<Record<string, unknown>>;
}

/** Gives the ids of the new blocks, in order, also where only a 503 names them. */
async function append(caller: Caller, input: Append): Promise<string[]> {
  const { parent, children, position } = input;
  const { what, beforeSend } = input;
  const context: CallContext = { what, kind: "write", creates: true, beforeSend };
  const body = { children, ...(position === undefined ? {} : { position }) };
  try {
    const path = childrenPath(parent);
    const { results } = await caller.call(context, { method: "patch", path, body }, Appended);
    return checkIds(
      context,
      results.map(({ id }) => id),
      children.length,
    );
  } catch (error) {
    if (error instanceof CommittedAfterAll) {
      return checkIds(context, error.childIds ?? [], children.length);
    }
    throw error;
  }
}

function checkIds(context: CallContext, ids: readonly string[], expected: number): string[] {
  if (ids.length < expected) {
    const message = `could not ${context.what}: Notion saved it without naming the new blocks`;
    throw unknownOutcome(message, "NOTION_UNEXPECTED_ANSWER");
  }
  return ids.slice(0, expected);
}

/** Batches before the failed one stand on the page: the whole must not count as not done. */
function asPartlyDone(error: unknown): unknown {
  return error instanceof RetryAfterError && error.outcome === "not-applied"
    ? new RetryAfterError(error.message, error.retryAfterMs, {
        code: error.code,
        outcome: "unknown",
        cause: error.cause,
        ...(error.vendor === undefined ? {} : { vendor: error.vendor }),
      })
    : error;
}

function unknownOutcome(message: string, code: string): RetryAfterError {
  const options = { code, vendor: "notion", outcome: "unknown" } as const;
  return new RetryAfterError(message, unknownOutcomePauseMs, options);
}

/** Undefined when what the call is about was deleted or stands in the trash. */
export async function unlessGone<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    const isGone =
      error instanceof NotionRefusal &&
      (error.code === "NOTION_PAGE_MISSING" || error.code === "NOTION_PAGE_ARCHIVED");
    if (isGone) {
      return undefined;
    }
    throw error;
  }
}

/** Below /v1/. */
export function blockPath(id: string): string {
  return `blocks/${encodeURIComponent(id)}`;
}

function childrenPath(id: string): string {
  return `${blockPath(id)}/children`;
}
