/** Notion, as Debrief needs it, over its SDK: pages of post-mortems, their action items, and who is who. */

import { z } from "zod";
import { actionItemProperties } from "../../domain/action-item.ts";
import type { VendorGate } from "../../domain/gate.ts";
import type { LiveSecret } from "../../domain/live-secret.ts";
import { notionUserId, type PageId } from "../../domain/keys.ts";
import { createBlocksApi } from "./blocks-api.ts";
import { createCaller, type Caller } from "./call.ts";
import { createCommentsApi } from "./comments.ts";
import { createDataSources } from "./data-sources.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { OpenFetch } from "./http.ts";
import type { BeforeSend, Notion, NotionLog } from "./notion.ts";
import { createPagesApi } from "./pages-api.ts";
import { createRowsApi } from "./rows-api.ts";
import { createSourceRefs, type DataSourceRef, type RouteSources } from "./source-refs.ts";
import { createSweep } from "./sweep.ts";
import { plainText, toRichText } from "./text.ts";
import { createToDosApi } from "./to-dos.ts";
import { createUsers } from "./users.ts";

export interface NotionOptions {
  readonly apiUrl: string;
  readonly token: string | LiveSecret<string>;
  /** Data source ids, not database ids. */
  readonly postMortemsId: string;
  readonly actionItemsId: string;
  /** All pairs that routes name; that of the two ids above is always among them. */
  readonly sources?: readonly RouteSources[];
  /** What the Status of an action item has to offer where no route says so; absent: it is not checked. */
  readonly itemStatuses?: readonly string[];
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly log: NotionLog;
  readonly now: () => Date;
  /** What requests leave by; absent: connections of its own. */
  readonly openFetch?: OpenFetch;
}

/** Takes the connection's settings; gives Notion. Opens nothing before its first call. */
export function createNotion(options: NotionOptions): Notion {
  const caller = createCaller(options);
  const refs = createSourceRefs(options);
  const { log, now } = options;
  const users = createUsers(caller, log, now);
  const sources = createDataSources(caller, { refs, now });
  const sweep = createSweep(log);
  const { appendBlock, ...blocks } = createBlocksApi(caller, users);

  async function appendActionItemsLink(
    page: PageId,
    beforeSend?: BeforeSend,
    actionItems?: string,
  ): ReturnType<Notion["appendActionItemsLink"]> {
    const href = await sources.actionItemsUrl(refs.actionItemsOf(actionItems));
    const rich_text = [
      ...toRichText([{ text: "Action items", href, bold: true }]),
      ...plainText(
        `: add them there, and choose this page as their ${actionItemProperties.postMortem}. Notion refused the filtered view.`,
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
    ...createPagesApi({ caller, users, refs, sweep, log }),
    ...blocks,
    ...createRowsApi({ caller, refs, sources, sweep, log }),
    ...createToDosApi(caller),
    ...createCommentsApi(caller),
    warmUp,
    ownUserId: async () => notionUserId(await users.botId()),
    checkSchema: () => sources.check(),
    findUserByEmail: (email) => users.findByEmail(email),
    findEmail: (user) => users.findEmail(user),
    findUsersByName: (name) => users.findByName(name),
    createActionItemsView: (page, beforeSend, actionItems) =>
      createActionItemsView(page, {
        caller,
        actionItems: refs.actionItemsOf(actionItems),
        beforeSend,
      }),
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
    filter: { property: actionItemProperties.postMortem, relation: { contains: page } },
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
