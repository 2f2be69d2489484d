/** Notion, as Debrief needs it, over its SDK: pages of the Post-mortems data source and the view of their action items. */

import { z } from "zod";
import type { VendorGate } from "../../domain/gate.ts";
import type { PageId } from "../../domain/keys.ts";
import { createBlocksApi } from "./blocks-api.ts";
import { createCaller, type Caller } from "./call.ts";
import { createDataSources, postMortemRelation, type DataSourceRef } from "./data-sources.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { BeforeSend, Notion, NotionLog } from "./notion.ts";
import { createPagesApi } from "./pages-api.ts";
import { plainText, toRichText } from "./text.ts";
import { createUsers } from "./users.ts";

export interface NotionOptions {
  readonly apiUrl: string;
  readonly token: string;
  /** Data source ids, not database ids. */
  readonly postMortemsId: string;
  readonly actionItemsId: string;
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: NotionLog;
  readonly now: () => Date;
}

/** Takes the connection's settings; gives Notion. Opens nothing before its first call. */
export function createNotion(options: NotionOptions): Notion {
  const caller = createCaller(options);
  const postMortems: DataSourceRef = {
    id: options.postMortemsId,
    setting: "NOTION_POSTMORTEMS_ID",
    label: "Post-mortems",
  };
  const actionItems: DataSourceRef = {
    id: options.actionItemsId,
    setting: "NOTION_ACTION_ITEMS_ID",
    label: "Action items",
  };
  const users = createUsers(caller, options.log, options.now);
  const sources = createDataSources(caller, { postMortems, actionItems }, options.now);
  const { appendBlock, ...blocks } = createBlocksApi(caller, users);
  const pages = createPagesApi({ caller, users, postMortems, log: options.log });

  async function appendActionItemsLink(
    page: PageId,
    beforeSend?: BeforeSend,
  ): ReturnType<Notion["appendActionItemsLink"]> {
    const href = await sources.actionItemsUrl();
    const rich_text = [
      ...toRichText([{ text: "Action items", href, bold: true }]),
      ...plainText(
        `: add them there, and choose this page as their ${postMortemRelation}. Notion refused the filtered view.`,
      ),
    ];
    return appendBlock(
      page,
      { paragraph: { rich_text } },
      {
        what: "append a link to the action items",
        beforeSend,
      },
    );
  }

  async function warmUp(): Promise<void> {
    await users.botId();
    await sources.check();
    await users.findByEmail("");
  }

  return {
    ...pages,
    ...blocks,
    warmUp,
    checkSchema: () => sources.check(),
    findUserByEmail: (email) => users.findByEmail(email),
    createActionItemsView: (page, beforeSend) =>
      createActionItemsView(page, { caller, actionItems, beforeSend }),
    appendActionItemsLink,
  };
}

async function createActionItemsView(
  page: PageId,
  {
    caller,
    actionItems,
    beforeSend,
  }: {
    readonly caller: Caller;
    readonly actionItems: DataSourceRef;
    readonly beforeSend: BeforeSend | undefined;
  },
): Promise<boolean> {
  const context: CallContext = {
    what: "create the view of action items",
    kind: "write",
    creates: true,
    dataSource: actionItems,
    beforeSend,
  };
  const body = {
    data_source_id: actionItems.id,
    name: "Action items",
    type: "table",
    create_database: { parent: { type: "page_id", page_id: page } },
    filter: { property: postMortemRelation, relation: { contains: page } },
  };
  try {
    await caller.call(context, { method: "post", path: "views", body }, z.unknown());
    return true;
  } catch (error) {
    if (error instanceof CommittedAfterAll) {
      return true;
    }
    if (
      error instanceof NotionRefusal &&
      error.code === "NOTION_REJECTED" &&
      error.status === 400
    ) {
      return false;
    }
    throw error;
  }
}
