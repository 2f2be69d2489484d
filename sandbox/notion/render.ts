/** What Notion answers: pages, blocks, databases, data sources, views, users and comments as JSON. */

import { minuteOf } from "./dates.ts";
import type {
  Block,
  Comment,
  Database,
  DataSource,
  Fields,
  Page,
  PageState,
  Parent,
  Stamp,
  User,
  View,
  World,
} from "./model.ts";
import { findProperty, titleOf } from "./property.ts";
import { renderValue } from "./render-value.ts";
import { plainText } from "./rich-text.ts";
import { renderProperty } from "./schema.ts";
import { isTrashed, sourceOf } from "./world.ts";

/** A page as it is now, or as a lagging query sees it (`state`). `only` cuts its properties. */
export function renderPage(
  world: World,
  page: Page,
  only: readonly string[] = [],
  state: PageState = page.state,
): Fields {
  return {
    object: "page",
    id: page.id,
    ...renderStamp(state),
    cover: state.cover,
    icon: state.icon,
    parent: state.parent,
    in_trash: state.inTrash || isTrashed(world, page.id),
    is_archived: state.isArchived,
    is_locked: state.isLocked,
    properties: renderProperties(world, page, only, state),
    url: `https://app.notion.com/p/${page.id.replaceAll("-", "")}`,
    public_url: null,
  };
}

function renderProperties(
  world: World,
  page: Page,
  only: readonly string[],
  state: PageState,
): Fields {
  const source = sourceOf(world, state);
  if (source === undefined) {
    const value = state.values.get("title");
    return {
      title: { id: "title", type: "title", title: value?.type === "title" ? value.items : [] },
    };
  }
  const wanted = only.map((key) => findProperty(source.properties, key)?.id);
  const rendered: Record<string, unknown> = {};
  for (const property of source.properties) {
    if (only.length === 0 || wanted.includes(property.id)) {
      rendered[property.name] = {
        id: encodeURIComponent(property.id),
        type: property.type,
        ...renderValue(world, { page, state, property }),
      };
    }
  }
  return rendered;
}

/** Any block by its id; pages and databases show as child_page and child_database. */
export function renderBlock(world: World, id: string): Fields | undefined {
  const block = world.blocks.get(id);
  if (block !== undefined) {
    return renderPlainBlock(world, block);
  }
  const page = world.pages.get(id);
  const database = world.databases.get(id);
  const found = page?.state ?? database;
  if (found === undefined) {
    return undefined;
  }
  const type = page === undefined ? "child_database" : "child_page";
  const title = page === undefined ? plainText(database?.title ?? []) : titleOf(page.state.values);
  return {
    ...blockHead(id, found.parent, page?.state ?? database?.stamp),
    has_children: (page?.children ?? []).some((child) => renderBlock(world, child) !== undefined),
    in_trash: isTrashed(world, id),
    type,
    [type]: { title },
  };
}

function renderPlainBlock(world: World, block: Block): Fields {
  const parent: Parent = world.pages.has(block.parentId)
    ? { type: "page_id", page_id: block.parentId }
    : { type: "block_id", block_id: block.parentId };
  return {
    ...blockHead(block.id, parent, block.stamp),
    has_children: liveChildren(world, block.children).length > 0,
    in_trash: isTrashed(world, block.id),
    type: block.type,
    [block.type]: block.content,
  };
}

/** The children that are not in the trash themselves, in order. */
export function liveChildren(world: World, children: readonly string[]): string[] {
  return children.filter((id) => {
    const found = world.pages.get(id)?.state ?? world.blocks.get(id) ?? world.databases.get(id);
    return found?.inTrash === false;
  });
}

function blockHead(id: string, parent: Parent, stamp: Stamp | undefined): Fields {
  return { object: "block", id, parent, ...(stamp === undefined ? {} : renderStamp(stamp)) };
}

export function renderDatabase(world: World, database: Database): Fields {
  return {
    object: "database",
    id: database.id,
    title: database.title,
    description: database.description,
    parent: database.parent,
    is_inline: database.isInline,
    in_trash: isTrashed(world, database.id),
    is_locked: database.isLocked,
    ...renderStamp(database.stamp),
    data_sources: database.dataSourceIds.map((id) => ({
      id,
      name: plainText(world.dataSources.get(id)?.title ?? []),
    })),
    icon: database.icon,
    cover: null,
    url: `https://app.notion.com/p/${database.id.replaceAll("-", "")}`,
    public_url: null,
  };
}

export function renderDataSource(world: World, source: DataSource): Fields {
  const database = world.databases.get(source.databaseId);
  return {
    object: "data_source",
    id: source.id,
    title: source.title,
    description: source.description,
    parent: { type: "database_id", database_id: source.databaseId },
    database_parent: database?.parent ?? null,
    is_inline: database?.isInline ?? false,
    in_trash: isTrashed(world, source.id),
    ...renderStamp(source.stamp),
    properties: Object.fromEntries(
      source.properties.map((one) => [one.name, renderProperty(world, one)]),
    ),
    icon: database?.icon ?? null,
    cover: null,
    url: `https://app.notion.com/p/${source.databaseId.replaceAll("-", "")}`,
    public_url: null,
  };
}

export function renderView(view: View): Fields {
  const database = view.databaseId.replaceAll("-", "");
  const { stamp } = view;
  return {
    object: "view",
    id: view.id,
    parent: { type: "database_id", database_id: view.databaseId },
    name: view.name,
    type: view.type,
    created_time: minuteOf(stamp.createdAt),
    last_edited_time: minuteOf(stamp.editedAt),
    url: `https://app.notion.com/p/${database}?v=${view.id.replaceAll("-", "")}`,
    data_source_id: view.dataSourceId,
    created_by: { object: "user", id: stamp.createdBy },
    last_edited_by: { object: "user", id: stamp.editedBy },
    filter: view.filter,
    sorts: view.sorts,
    quick_filters: view.quickFilters,
    configuration: view.configuration,
  };
}

/** A user as the connection's user capability shows it. */
export function renderUser(world: World, user: User): Fields {
  const head = { object: "user", id: user.id, name: user.name, avatar_url: null, type: user.type };
  if (user.type === "bot") {
    const limits = { max_file_upload_size_in_bytes: 5_242_880 };
    const { workspaceName: workspace_name, ids } = world;
    const owner = { type: "workspace", workspace: true };
    const bot = { owner, workspace_id: ids.workspace, workspace_limits: limits, workspace_name };
    return { ...head, bot };
  }
  const showsEmail = world.settings.userInformation === "with email" && user.email !== undefined;
  return { ...head, person: showsEmail ? { email: user.email } : {} };
}

export function renderComment(comment: Comment): Fields {
  return {
    object: "comment",
    id: comment.id,
    parent: comment.parent,
    discussion_id: comment.discussionId,
    created_time: comment.stamp.createdAt.toISOString(),
    last_edited_time: comment.stamp.editedAt.toISOString(),
    created_by: { object: "user", id: comment.stamp.createdBy },
    rich_text: comment.richText,
  };
}

function renderStamp(stamp: Stamp): Fields {
  return {
    created_time: minuteOf(stamp.createdAt),
    last_edited_time: minuteOf(stamp.editedAt),
    created_by: { object: "user", id: stamp.createdBy },
    last_edited_by: { object: "user", id: stamp.editedBy },
  };
}

/** Adds `archived` beside each `in_trash`, as versions before 2026-03-11 answer. */
export function withArchived(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withArchived);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, part]) => [key, withArchived(part)] as const);
  const old = "in_trash" in value ? { archived: value.in_trash } : {};
  return { ...Object.fromEntries(entries), ...old };
}
