/** The pages of the Post-mortems data sources: find, make, read, write and trash them. */

import { z } from "zod";
import { pageId, type IncidentId, type PageId } from "../../domain/keys.ts";
import {
  postMortemProperties,
  type PostMortemPage,
  type PostMortemWrite,
} from "../../domain/post-mortem.ts";
import { unlessGone } from "./blocks-api.ts";
import { toEmoji, toPageChildren } from "./blocks.ts";
import type { Caller } from "./call.ts";
import { CommittedAfterAll, type CallContext } from "./errors.ts";
import type { BeforeSend, CreatePageInput, EditedPage, Notion, NotionLog } from "./notion.ts";
import { withoutUnknownPeople } from "./people.ts";
import { editedAtOf, toPostMortemPage, toProperties } from "./properties.ts";
import { editedSince, queryWithTrash } from "./query.ts";
import { CreatedPage, Page } from "./schema.ts";
import type { DataSourceRef, SourceRefs } from "./source-refs.ts";
import type { Sweep } from "./sweep.ts";
import type { Users } from "./users.ts";

type PagesApi = Pick<
  Notion,
  "findPagesByIncident" | "createPage" | "findPage" | "updatePage" | "trashPage" | "listPagesEdited"
>;

export interface PagesDeps {
  readonly caller: Caller;
  readonly users: Users;
  readonly refs: SourceRefs;
  readonly sweep: Sweep;
  readonly log: NotionLog;
}

/** Takes what calls Notion, who we are there and where the pages live; gives the calls on pages. */
export function createPagesApi(deps: PagesDeps): PagesApi {
  const { caller, users, log } = deps;

  async function findPage(id: PageId): Promise<PostMortemPage | undefined> {
    const bot = await users.botId();
    const context = { what: "read a page", kind: "read" } as const;
    const request = { method: "get", path: pagePath(id) } as const;
    const page = await unlessGone(() => caller.call(context, request, Page));
    return page === undefined ? undefined : toPostMortemPage(page, bot);
  }

  async function updatePage(id: PageId, write: PostMortemWrite): Promise<void> {
    const context = { what: "update a page", kind: "write" } as const;
    await withKnownLeads(write, log, async (accepted) => {
      const properties = toProperties(accepted);
      if (Object.keys(properties).length > 0) {
        const request = { method: "patch", path: pagePath(id), body: { properties } } as const;
        await caller.call(context, request, z.unknown());
      }
    });
  }

  async function trashPage(id: PageId): Promise<void> {
    const context = { what: "trash a page", kind: "write" } as const;
    const request = { method: "patch", path: pagePath(id), body: { in_trash: true } } as const;
    await unlessGone(() => caller.call(context, request, z.unknown()));
  }

  return {
    findPagesByIncident: (id) => findPagesByIncident(id, deps),
    createPage: (input) => createPage(input, deps),
    findPage,
    updatePage,
    trashPage,
    listPagesEdited: (since) => listPagesEdited(since, deps),
  };
}

/** Oldest first, live and trashed. Notion's text filter may be looser than equality, hence the exact compare. */
async function findPagesByIncident(
  id: IncidentId,
  { caller, users, refs }: PagesDeps,
): Promise<PostMortemPage[]> {
  const bot = await users.botId();
  const what = "search the page of an incident";
  const filters = [{ property: postMortemProperties.incidentId, rich_text: { equals: id } }];
  const found: Page[] = [];
  for (const ref of refs.postMortems) {
    found.push(...(await queryWithTrash(caller, ref, { what, filters })));
  }
  return found
    .map((page) => toPostMortemPage(page, bot))
    .filter((page) => page.incidentId === id)
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
}

async function listPagesEdited(
  since: Date,
  { caller, refs, sweep }: PagesDeps,
): Promise<EditedPage[]> {
  const what = "list the post-mortems edited lately";
  const found = await sweep.edited(refs.postMortems, since, (ref, from) => {
    const query = { what, filters: [editedSince(from)], by: "last_edited_time" } as const;
    return queryWithTrash(caller, ref, query);
  });
  return found.map((page) => {
    const { id, incidentId, inTrash } = toPostMortemPage(page, undefined);
    return { id, incidentId, inTrash, editedAt: editedAtOf(page) };
  });
}

async function createPage(
  input: CreatePageInput,
  deps: PagesDeps,
): ReturnType<Notion["createPage"]> {
  const { children, rowsWritten } = toPageChildren(input.body, input.rows);
  const { postMortems } = deps.refs.pairOf(input.sources);
  const made = await withKnownLeads(input.properties, deps.log, async (write) => {
    const body = {
      parent: { type: "data_source_id", data_source_id: postMortems.id },
      icon: { type: "emoji", emoji: toEmoji(input.icon, "🚨") },
      properties: toProperties(write),
      children,
    };
    return sendCreate(body, deps.caller, { postMortems, beforeSend: input.beforeSend });
  });
  const url = made.url ?? (await readUrl(made.id, deps));
  return { id: pageId(made.id), url, rowsWritten };
}

async function sendCreate(
  body: Readonly<Record<string, unknown>>,
  caller: Caller,
  {
    postMortems,
    beforeSend,
  }: { readonly postMortems: DataSourceRef; readonly beforeSend: BeforeSend | undefined },
): Promise<CreatedPage> {
  const context: CallContext = {
    what: "create a page",
    kind: "write",
    creates: true,
    dataSource: postMortems,
    beforeSend,
  };
  try {
    return await caller.call(context, { method: "post", path: "pages", body }, CreatedPage);
  } catch (error) {
    if (error instanceof CommittedAfterAll) {
      return { id: error.resourceId };
    }
    throw error;
  }
}

/** The page stands, whatever becomes of this read: without it, the address that Notion redirects to its own. */
async function readUrl(id: string, { caller, log }: PagesDeps): Promise<string> {
  const context = { what: "read the page just made", kind: "read" } as const;
  const request = { method: "get", path: pagePath(id) } as const;
  try {
    const page = await caller.call(context, request, CreatedPage);
    if (page.url !== undefined) {
      return page.url;
    }
  } catch (error) {
    log.warn({ err: error, pageId: id }, "page was made, but its address could not be read");
  }
  return `https://www.notion.so/${id.replaceAll("-", "")}`;
}

/** A lead who has left the workspace must not keep the page from being written: then it goes without. */
function withKnownLeads<Answer>(
  { leads: wanted, ...rest }: PostMortemWrite,
  log: NotionLog,
  send: (write: PostMortemWrite) => Promise<Answer>,
): Promise<Answer> {
  return withoutUnknownPeople(wanted, log, (leads) =>
    send(leads === undefined ? rest : { ...rest, leads }),
  );
}

/** Below /v1/. */
export function pagePath(id: string): string {
  return `pages/${encodeURIComponent(id)}`;
}
