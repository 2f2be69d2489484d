/** What Debrief asks of Notion. Implemented over its SDK in client.ts. */

import type { Block } from "../../domain/document.ts";
import type { BlockId, IncidentId, NotionUserId, PageId } from "../../domain/keys.ts";
import type {
  PageBlock,
  PageTableRow,
  PostMortemPage,
  PostMortemWrite,
} from "../../domain/post-mortem.ts";

/** A row to write. `href` links the time cell. Texts are cut to Notion's limits, visibly. */
export interface TableRowWrite {
  readonly time: string;
  readonly href: string;
  readonly event: string;
  readonly actor: string;
}

export interface CreatePageInput {
  readonly properties: PostMortemWrite;
  readonly icon: string;
  readonly body: readonly Block[];
  /** The first rows of the timeline; those that do not fit in the create (99) are left to insertRows. */
  readonly rows: readonly TableRowWrite[];
  readonly beforeSend?: BeforeSend;
}

/**
 * Runs when the wait for the budget is over, right before a create is sent: the moment from which its outcome
 * can be unknown. What it throws stops the create.
 */
export type BeforeSend = () => Promise<void>;

/** What Debrief logs about Notion; pino's loggers fit. */
export interface NotionLog {
  warn(fields: object, message: string): void;
}

/** A create or append whose answer was lost carries what Notion said of it, as `RetryAfterError` with outcome `unknown`. */
export interface Notion {
  /** Reads what is kept in memory (our bot, the schema, the users), so that making a page later takes two calls. */
  warmUp(): Promise<void>;
  /** Checks that the data sources exist with the expected properties; gives what is wrong, in words with the fix. Cached. */
  checkSchema(): Promise<readonly string[]>;
  findUserByEmail(email: string): Promise<NotionUserId | undefined>;
  /** Pages that carry this incident's id, oldest first, the trashed ones included. Queries lag behind writes. */
  findPagesByIncident(id: IncidentId): Promise<PostMortemPage[]>;
  /** Gives the new page and how many of the rows it took. A 503 that names the committed page counts as success. */
  createPage(
    input: CreatePageInput,
  ): Promise<{ readonly id: PageId; readonly url: string; readonly rowsWritten: number }>;
  /** Undefined when it does not exist or is not shared with us (404). Read-your-writes. */
  findPage(id: PageId): Promise<PostMortemPage | undefined>;
  updatePage(id: PageId, write: PostMortemWrite): Promise<void>;
  /** Fine when it is in the trash or gone already. */
  trashPage(id: PageId): Promise<void>;
  /** All top-level blocks, in order. */
  listBlocks(page: PageId): Promise<PageBlock[]>;
  /** All rows of a table, header included, in order. Undefined when the table is gone (404 or trashed). */
  listRows(table: BlockId): Promise<PageTableRow[] | undefined>;
  /** Inserts rows after the given row (at the end without one, or where Notion refuses the position), 100 a call; gives their block ids. */
  insertRows(
    table: BlockId,
    rows: readonly TableRowWrite[],
    after?: BlockId,
    beforeSend?: BeforeSend,
  ): Promise<BlockId[]>;
  /** Fine when a person has deleted the row meanwhile: then there is nothing to update. */
  updateRow(row: BlockId, write: TableRowWrite): Promise<void>;
  /** The linked view of the page's own action items, at the end of the page. False when Notion refuses its filter (400). */
  createActionItemsView(page: PageId, beforeSend?: BeforeSend): Promise<boolean>;
  /** A plain link to the action items data source at the end of the page, for where the view is refused. */
  appendActionItemsLink(page: PageId, beforeSend?: BeforeSend): Promise<BlockId>;
  /** Moves one of our own blocks to the trash. Fine when it is gone already. */
  trashBlock(block: BlockId): Promise<void>;
}
