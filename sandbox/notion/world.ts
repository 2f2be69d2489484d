/** The tree of the workspace: who contains whom, what is in the trash, what the connection sees. */

import { refuseMissing, refuseTrashed } from "./errors.ts";
import { titleOf } from "./property.ts";
import type {
  Block,
  Database,
  DataSource,
  Fields,
  Page,
  PageState,
  Parent,
  Stamp,
  World,
} from "./model.ts";
import { plainText, type Names } from "./rich-text.ts";

/** The page or block that directly contains this block, page, database or data source. */
export function containerOf(world: World, id: string): string | undefined {
  const block = world.blocks.get(id);
  if (block !== undefined) {
    return block.parentId;
  }
  const source = world.dataSources.get(id);
  if (source !== undefined) {
    return source.databaseId;
  }
  const parent = world.pages.get(id)?.state.parent ?? world.databases.get(id)?.parent;
  return parent === undefined ? undefined : parentId(parent);
}

export function parentId(parent: Parent): string | undefined {
  switch (parent.type) {
    case "page_id":
      return parent.page_id;
    case "block_id":
      return parent.block_id;
    case "data_source_id":
      return parent.data_source_id;
    case "workspace":
      break;
  }
  return undefined;
}

/** Whether it or anything that contains it is in the trash. */
export function isTrashed(world: World, id: string): boolean {
  for (let at: string | undefined = id; at !== undefined; at = containerOf(world, at)) {
    const page = world.pages.get(at)?.state;
    const other = world.blocks.get(at) ?? world.databases.get(at) ?? world.dataSources.get(at);
    if ((page ?? other)?.inTrash === true) {
      return true;
    }
  }
  return false;
}

/** Whether people have left the connection its access. */
export function isShared(world: World, id: string): boolean {
  for (let at: string | undefined = id; at !== undefined; at = containerOf(world, at)) {
    if (world.unshared.has(at)) {
      return false;
    }
  }
  return true;
}

/** The page that holds a block (or the page itself). */
export function pageOf(world: World, id: string): Page | undefined {
  for (let at: string | undefined = id; at !== undefined; at = containerOf(world, at)) {
    const page = world.pages.get(at);
    if (page !== undefined) {
      return page;
    }
  }
  return undefined;
}

export function getPage(world: World, id: string): Page {
  const page = world.pages.get(id);
  return page !== undefined && isShared(world, id) ? page : refuseMissing("page", id);
}

export function getDatabase(world: World, id: string): Database {
  const database = world.databases.get(id);
  return database !== undefined && isShared(world, id) ? database : refuseMissing("database", id);
}

export function getDataSource(world: World, id: string): DataSource {
  const source = world.dataSources.get(id);
  return source !== undefined && isShared(world, id) ? source : refuseMissing("data_source", id);
}

/** A block proper: not a page or a database, which have calls of their own. */
export function getBlock(world: World, id: string): Block {
  const block = world.blocks.get(id);
  return block !== undefined && isShared(world, id) ? block : refuseMissing("block", id);
}

/** The children of a page or block; a 404 when there is no such thing. */
export function getContainer(world: World, id: string): Page | Block {
  const found = world.pages.get(id) ?? world.blocks.get(id);
  return found !== undefined && isShared(world, id) ? found : refuseMissing("block", id);
}

/** Refuses with 400 when it, or what contains it, is in the trash. */
export function refuseIfTrashed(world: World, id: string): void {
  if (isTrashed(world, id)) {
    refuseTrashed();
  }
}

/** The data source of a row; undefined for a page that stands alone. */
export function sourceOf(world: World, page: Page | PageState): DataSource | undefined {
  const { parent } = "state" in page ? page.state : page;
  return parent.type === "data_source_id"
    ? world.dataSources.get(parent.data_source_id)
    : undefined;
}

/** How the webhooks name what contains it. */
export function eventParent(world: World, id: string): Fields {
  const parent = world.pages.get(id)?.state.parent ?? world.databases.get(id)?.parent;
  if (parent?.type === "data_source_id") {
    const { data_source_id } = parent;
    return { id: parent.database_id, type: "database", data_source_id };
  }
  if (world.dataSources.has(id)) {
    return { id: containerOf(world, id), type: "database" };
  }
  const container = containerOf(world, id);
  if (container === undefined) {
    return { id: world.ids.workspace, type: "space" };
  }
  return { id: container, type: world.pages.has(container) ? "page" : "block" };
}

/** Names for mentions, as the connection may know them. */
export function namesIn(world: World): Names {
  return {
    userName: (id) => world.users.get(id)?.name,
    pageTitle(id) {
      const page = world.pages.get(id);
      const database = world.databases.get(id);
      const title =
        page === undefined ? plainText(database?.title ?? []) : titleOf(page.state.values);
      return title === "" || !isShared(world, id) ? undefined : title;
    },
  };
}

/** A stamp of something that is made now. */
export function newStamp(world: World, userId: string): Stamp {
  const now = world.clock.now();
  return { createdAt: now, createdBy: userId, editedAt: now, editedBy: userId };
}

/** Puts a new state on a page; queries see it only after the lag. */
export function setState(world: World, page: Page, state: PageState): void {
  const { settings, clock, random } = world;
  const nowMs = clock.now().getTime();
  const lagMs = settings.queryLagMs + random.next() * settings.queryLagJitterMs;
  const lastMs = page.history.at(-1)?.visibleAtMs ?? 0;
  page.state = state;
  page.history.push({ visibleAtMs: Math.max(nowMs + lagMs, lastMs), state });
  const visible = page.history.findLastIndex((one) => one.visibleAtMs <= nowMs);
  page.history.splice(0, Math.max(visible, 0));
}

/** What queries and search see of a page now; undefined while it has not been indexed. */
export function indexedState(world: World, page: Page): PageState | undefined {
  const nowMs = world.clock.now().getTime();
  return page.history.findLast((one) => one.visibleAtMs <= nowMs)?.state;
}
