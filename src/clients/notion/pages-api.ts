/** The pages of the Post-mortems data source: find, make, read, write and trash them. */

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
import type { DataSourceRef } from "./data-sources.ts";
import { CommittedAfterAll, NotionRefusal, type CallContext } from "./errors.ts";
import type { BeforeSend, CreatePageInput, Notion, NotionLog } from "./notion.ts";
import { toPostMortemPage, toProperties } from "./properties.ts";
import { CreatedPage, Page } from "./schema.ts";
import type { Users } from "./users.ts";

type PagesApi = Pick<
  Notion,
  "findPagesByIncident" | "createPage" | "findPage" | "updatePage" | "trashPage"
>;

export interface PagesDeps {
  readonly caller: Caller;
  readonly users: Users;
  readonly postMortems: DataSourceRef;
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
    await withoutUnknownLeads(write, log, async (accepted) => {
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
  };
}

/** Oldest first, live and trashed. Notion's text filter may be looser than equality, hence the exact compare. */
async function findPagesByIncident(
  id: IncidentId,
  { caller, users, postMortems }: PagesDeps,
): Promise<PostMortemPage[]> {
  const bot = await users.botId();
  const context: CallContext = {
    what: "search the page of an incident",
    kind: "read",
    dataSource: postMortems,
  };
  const filter = { property: postMortemProperties.incidentId, rich_text: { equals: id } };
  const path = `data_sources/${encodeURIComponent(postMortems.id)}/query`;
  const live = await caller.list(context, { method: "post", path, body: { filter } }, Page);
  const body = { filter, in_trash: true };
  const trashed = await caller.list(context, { method: "post", path, body }, Page);
  const byId = new Map([...live, ...trashed].map((page) => [page.id, page]));
  return [...byId.values()]
    .map((page) => toPostMortemPage(page, bot))
    .filter((page) => page.incidentId === id)
    .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
}

async function createPage(
  input: CreatePageInput,
  deps: PagesDeps,
): ReturnType<Notion["createPage"]> {
  const { children, rowsWritten } = toPageChildren(input.body, input.rows);
  const made = await withoutUnknownLeads(input.properties, deps.log, async (write) => {
    const body = {
      parent: { type: "data_source_id", data_source_id: deps.postMortems.id },
      icon: { type: "emoji", emoji: toEmoji(input.icon, "🚨") },
      properties: toProperties(write),
      children,
    };
    return sendCreate(body, deps, input.beforeSend);
  });
  const url = made.url ?? (await readUrl(made.id, deps));
  return { id: pageId(made.id), url, rowsWritten };
}

async function sendCreate(
  body: Readonly<Record<string, unknown>>,
  { caller, postMortems }: PagesDeps,
  beforeSend: BeforeSend | undefined,
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
async function withoutUnknownLeads<Answer>(
  write: PostMortemWrite,
  log: NotionLog,
  send: (write: PostMortemWrite) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send(write);
  } catch (error) {
    const { leads = [], ...rest } = write;
    if (leads.length === 0 || !(error instanceof NotionRefusal) || !isAboutPeople(error)) {
      throw error;
    }
    log.warn({ reason: "LeadRefused" }, "Notion refused the lead: the page goes without");
    return send(rest);
  }
}

function isAboutPeople({ status, vendorMessage }: NotionRefusal): boolean {
  return (status === 400 || status === 404) && /\b(users?|people|person)\b/i.test(vendorMessage);
}

function pagePath(id: string): string {
  return `pages/${encodeURIComponent(id)}`;
}
