/** Notion's calls for databases and data sources: schema, rows by query. */

import type { Route } from "../core/router.ts";
import { heldParent, notionRoute, parentOf, type Api, type Call } from "./api.ts";
import { addDatabase } from "./changes.ts";
import { booleanOf, fieldsOf, iconOf } from "./check.ts";
import { parseFilter, parseSorts, type Row } from "./filter.ts";
import type { Author, Database, DataSource, Fields, Parent, World } from "./model.ts";
import { cutPage, listObject } from "./paging.ts";
import { renderDatabase, renderDataSource, renderPage } from "./render.ts";
import { parseRichText, type RichTextItem } from "./rich-text.ts";
import { onlyOf } from "./routes-pages.ts";
import { addProperties, patchProperties } from "./schema.ts";
import {
  getDatabase,
  getDataSource,
  getPage,
  indexedState,
  isTrashed,
  namesIn,
  newStamp,
  refuseIfTrashed,
} from "./world.ts";

/** No query gives more than this. */
const resultsMax = 10_000;

export function databaseRoutes(api: Api): Route[] {
  const { world } = api;
  const database = "/v1/databases/:database_id";
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/databases",
      holds: heldParent,
      handle: (call) => createDatabase(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: database,
      handle: (call) => renderDatabase(world, getDatabase(world, call.id("database_id"))),
    }),
    notionRoute(api, {
      method: "PATCH",
      path: database,
      holds: (call) => call.id("database_id"),
      handle: (call) => updateDatabase(world, call),
    }),
  ];
}

export function dataSourceRoutes(api: Api): Route[] {
  const { world } = api;
  const source = "/v1/data_sources/:data_source_id";
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/data_sources",
      holds: heldParent,
      handle: (call) => createDataSource(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: source,
      handle: (call) => renderDataSource(world, getDataSource(world, call.id("data_source_id"))),
    }),
    notionRoute(api, {
      method: "PATCH",
      path: source,
      holds: (call) => call.id("data_source_id"),
      handle: (call) => updateDataSource(world, call),
    }),
    notionRoute(api, {
      method: "POST",
      path: `${source}/query`,
      reads: true,
      handle: (call) => query(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: `${source}/templates`,
      handle(call) {
        getDataSource(world, call.id("data_source_id"));
        return { templates: [], has_more: false, next_cursor: null };
      },
    }),
  ];
}

function titleIn(world: World, value: unknown): RichTextItem[] {
  return value === undefined ? [] : parseRichText(value, "body.title", namesIn(world));
}

function createDatabase(world: World, call: Call): Fields {
  const keys = [
    "parent",
    "title",
    "description",
    "is_inline",
    "initial_data_source",
    "icon",
    "cover",
  ];
  const body = fieldsOf(call.body, "body", keys);
  const { id } = parentOf(body["parent"], "body.parent", ["page_id"]);
  getPage(world, id);
  refuseIfTrashed(world, id);
  const initial = fieldsOf(body["initial_data_source"], "body.initial_data_source", ["properties"]);
  const title = titleIn(world, body["title"]);
  const isInline =
    body["is_inline"] === undefined ? false : booleanOf(body["is_inline"], "body.is_inline");
  const icon = body["icon"] === undefined ? null : iconOf(body["icon"], "body.icon");
  // The schema is checked on a draft first: a refused create leaves nothing behind.
  const parent: Parent = { type: "page_id", page_id: id };
  const draft = draftSource(world, world.bot, "draft", title);
  addProperties(world, world.bot, draft, initial["properties"]);
  const database = addDatabase(world, world.bot, { parent, title, isInline });
  database.icon = icon;
  keepSource(world, database, draft);
  return renderDatabase(world, database);
}

/** A data source that belongs to nothing yet. */
export function draftSource(
  world: World,
  author: Author,
  databaseId: string,
  title: readonly RichTextItem[],
): DataSource {
  return {
    id: world.random.uuid(),
    databaseId,
    title,
    description: [],
    properties: [],
    inTrash: false,
    lastNumber: 0,
    stamp: newStamp(world, author.id),
  };
}

/** Puts a drafted data source into its database. */
export function keepSource(world: World, database: Database, draft: DataSource): DataSource {
  const source = { ...draft, databaseId: database.id };
  world.dataSources.set(source.id, source);
  database.dataSourceIds.push(source.id);
  return source;
}

function updateDatabase(world: World, call: Call): Fields {
  const database = getDatabase(world, call.id("database_id"));
  const keys = ["title", "description", "is_inline", "is_locked", "in_trash", "icon", "cover"];
  const body = fieldsOf(call.body, "body", keys);
  if (body["in_trash"] !== false) {
    refuseIfTrashed(world, database.id);
  }
  if (body["title"] !== undefined) {
    database.title = titleIn(world, body["title"]);
  }
  if (body["icon"] !== undefined) {
    database.icon = iconOf(body["icon"], "body.icon");
  }
  if (body["is_inline"] !== undefined) {
    database.isInline = booleanOf(body["is_inline"], "body.is_inline");
  }
  if (body["is_locked"] !== undefined) {
    database.isLocked = booleanOf(body["is_locked"], "body.is_locked");
  }
  if (body["in_trash"] !== undefined) {
    database.inTrash = booleanOf(body["in_trash"], "body.in_trash");
  }
  database.stamp = { ...database.stamp, editedAt: world.clock.now(), editedBy: world.bot.id };
  return renderDatabase(world, database);
}

function createDataSource(world: World, call: Call): Fields {
  const body = fieldsOf(call.body, "body", ["parent", "properties", "title", "icon"]);
  const { id } = parentOf(body["parent"], "body.parent", ["database_id"]);
  const database = getDatabase(world, id);
  refuseIfTrashed(world, id);
  const draft = draftSource(world, world.bot, id, titleIn(world, body["title"]));
  addProperties(world, world.bot, draft, body["properties"]);
  return renderDataSource(world, keepSource(world, database, draft));
}

function updateDataSource(world: World, call: Call): Fields {
  const source = getDataSource(world, call.id("data_source_id"));
  const body = fieldsOf(call.body, "body", ["title", "icon", "properties", "in_trash", "parent"]);
  if (body["in_trash"] !== false) {
    refuseIfTrashed(world, source.id);
  }
  if (body["properties"] !== undefined) {
    patchProperties(world, world.bot, source, body["properties"]);
  }
  if (body["title"] !== undefined) {
    source.title = titleIn(world, body["title"]);
  }
  if (body["in_trash"] !== undefined) {
    source.inTrash = booleanOf(body["in_trash"], "body.in_trash");
  }
  return renderDataSource(world, source);
}

function query(world: World, call: Call): Fields {
  const source = getDataSource(world, call.id("data_source_id"));
  const keys = ["filter", "sorts", "start_cursor", "page_size", "in_trash", "result_type"];
  const body = fieldsOf(call.body, "body", keys);
  const inTrash =
    body["in_trash"] === undefined ? false : booleanOf(body["in_trash"], "body.in_trash");
  const found = selectRows(world, source, {
    filter: body["filter"],
    sorts: body["sorts"],
    inTrash,
  });
  const rows = new Map(found.slice(0, resultsMax).map((row) => [row.page.id, row]));
  const only = onlyOf(call, source);
  const listing = `query ${source.id} ${JSON.stringify([body["filter"], body["sorts"], inTrash])}`;
  const page = cutPage([...rows.keys()], listing, {
    cursor: body["start_cursor"],
    size: body["page_size"],
    path: "body",
  });
  const results = page.ids.map((id) => {
    const row = rows.get(id);
    return row === undefined ? undefined : renderPage(world, row.page, only, row.state);
  });
  const isCut = !page.has_more && found.length > resultsMax;
  return {
    ...listObject("page_or_data_source", results, page),
    request_status: isCut
      ? { type: "incomplete", incomplete_reason: "query_result_limit_reached" }
      : { type: "complete" },
  };
}

/** The rows of a data source, as its index shows them now unless `live`, filtered and sorted. */
export function selectRows(
  world: World,
  source: DataSource,
  wanted: {
    readonly filter?: unknown;
    readonly sorts?: unknown;
    readonly inTrash: boolean;
    /** As people see it in the app: without the lag. */
    readonly live?: boolean;
  },
): Row[] {
  const against = { source, now: world.clock.now() };
  const test =
    wanted.filter === undefined || wanted.filter === null
      ? undefined
      : parseFilter(wanted.filter, against);
  const order = parseSorts(wanted.sorts, source);
  const sourceIsTrashed = isTrashed(world, source.id);
  const rows: Row[] = [];
  for (const page of world.pages.values()) {
    const state = wanted.live === true ? page.state : indexedState(world, page);
    const isIn =
      state?.parent.type === "data_source_id" && state.parent.data_source_id === source.id;
    if (state === undefined || !isIn || (state.inTrash || sourceIsTrashed) !== wanted.inTrash) {
      continue;
    }
    if (test === undefined || test({ page, state })) {
      rows.push({ page, state });
    }
  }
  // Without sorts Notion promises no order; newest first keeps callers from relying on one.
  return rows.toReversed().toSorted(order);
}
