/** What Debrief asks of Notion. Implemented over its SDK in client.ts. */

import type { ActionItemRow, ActionItemWrite, ToDoBlock } from "../../domain/action-item.ts";
import type { Block } from "../../domain/document.ts";
import type { BlockId, IncidentId, NotionUserId, PageId } from "../../domain/keys.ts";
import type { DataSourceIds } from "../../domain/route.ts";
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
  /** Of the route: where the page is made. Absent: those of the connection's settings. */
  readonly sources?: DataSourceIds;
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
  /** Who our own edits are made by. Cached. */
  ownUserId(): Promise<NotionUserId>;
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
  /**
   * The linked view of the page's own action items, at the end of the page. False when Notion refuses its
   * filter (400). `actionItems` is the data source's id; absent: that of the connection's settings.
   */
  createActionItemsView(
    page: PageId,
    beforeSend?: BeforeSend,
    actionItems?: string,
  ): Promise<boolean>;
  /** A plain link to the action items data source at the end of the page, for where the view is refused. */
  appendActionItemsLink(
    page: PageId,
    beforeSend?: BeforeSend,
    actionItems?: string,
  ): Promise<BlockId>;
  /** Moves one of our own blocks to the trash. Fine when it is gone already. */
  trashBlock(block: BlockId): Promise<void>;
  /** Undefined when it does not exist or is not shared with us (404). Read-your-writes. */
  findRow(id: PageId): Promise<ActionItemRow | undefined>;
  /**
   * One request. People who are unknown to Notion are left out of Owner; gives whom it took, undefined where
   * Owner was not written.
   */
  updateActionItem(
    id: PageId,
    write: ActionItemWrite,
  ): Promise<readonly NotionUserId[] | undefined>;
  /** A new row; a 503 that names the committed row counts as success. */
  createActionItem(input: CreateActionItemInput): Promise<PageId>;
  /** Rows of a post-mortem, live ones. Queries lag behind writes. */
  listRowsOf(postMortem: PageId, actionItems: string): Promise<ActionItemRow[]>;
  /** Rows whose Source is exactly this, oldest first, the trashed ones included. */
  findRowsBySource(source: string, actionItems: string): Promise<ActionItemRow[]>;
  /**
   * Rows edited at or after this time, in all data sources of action items, the trashed ones included. One that
   * Notion refuses while it gives others is left out, and listed from then on when it can be read again.
   */
  listRowsEdited(since: Date): Promise<ActionItemRow[]>;
  /** Rows whose Status is none of these, in all data sources of action items but those that Notion refuses. */
  listRowsExcept(statuses: readonly string[]): Promise<ActionItemRow[]>;
  /** Post-mortem pages edited at or after this time, the trashed ones included; data sources as for rows. */
  listPagesEdited(since: Date): Promise<EditedPage[]>;
  /**
   * To-dos that stand after the last heading with this text, up to the next heading of its rank, nested ones
   * (three levels) too. None when the page is gone.
   */
  listToDos(page: PageId, heading: RegExp): Promise<ToDoBlock[]>;
  /** Puts a mention of the row in the place of the to-do's text. Fine when the to-do is gone. */
  replaceToDo(block: BlockId, row: PageId): Promise<void>;
  /** The e-mail of a person, lower case, as far as Notion shows it. Cached. */
  findEmail(user: NotionUserId): Promise<string | undefined>;
  /** People whose name is exactly this, without case. Cached. */
  findUsersByName(name: string): Promise<NotionUserId[]>;
  /** A comment on a page, plain text. False where the connection may not comment (403). Not idempotent. */
  addComment(page: PageId, text: string): Promise<boolean>;
  /** True when an open comment on the page holds this text. False where comments can't be read. */
  hasComment(page: PageId, text: string): Promise<boolean>;
}

export interface CreateActionItemInput {
  /** The data source's id. */
  readonly actionItems: string;
  readonly write: ActionItemWrite;
  readonly beforeSend?: BeforeSend;
}

export interface EditedPage {
  readonly id: PageId;
  readonly incidentId: string;
  readonly editedAt: Date;
  readonly inTrash: boolean;
}
