/** Notion's view calls: linked views on pages, their settings, and queries through them. */

import type { Route } from "../core/router.ts";
import { heldParent, notionRoute, parentOf, type Api, type Call } from "./api.ts";
import { addDatabase, emitView } from "./changes.ts";
import { fieldsOf, idOf, isFields, listOf, textOf, wordOf } from "./check.ts";
import { refuse, refuseBody, refuseMissing } from "./errors.ts";
import { parseFilter, parseSorts, usesRelation } from "./filter.ts";
import type { DataSource, Fields, View, World } from "./model.ts";
import { cutPage, listObject } from "./paging.ts";
import { findProperty } from "./property.ts";
import { renderView } from "./render.ts";
import { selectRows } from "./routes-databases.ts";
import {
  getDatabase,
  getDataSource,
  getPage,
  isShared,
  newStamp,
  refuseIfTrashed,
} from "./world.ts";

const types = "table board list calendar timeline gallery form chart map dashboard".split(" ");
const targets = ["database_id", "view_id", "create_database"];
const settingKeys = ["filter", "sorts", "quick_filters", "configuration"];
const queryLivesMs = 15 * 60_000;

interface CachedQuery {
  readonly viewId: string;
  readonly ids: readonly string[];
}

export function viewRoutes(api: Api): Route[] {
  const { world } = api;
  const one = "/v1/views/:view_id";
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/views",
      holds: (call) => targetOf(call) ?? heldParent(call),
      handle: (call) => create(world, call),
    }),
    notionRoute(api, { method: "GET", path: "/v1/views", handle: (call) => list(world, call) }),
    notionRoute(api, {
      method: "GET",
      path: one,
      handle: (call) => renderView(getView(world, call.id("view_id"))),
    }),
    notionRoute(api, {
      method: "PATCH",
      path: one,
      holds: (call) => call.id("view_id"),
      handle: (call) => update(world, call),
    }),
    notionRoute(api, {
      method: "DELETE",
      path: one,
      holds: (call) => call.id("view_id"),
      handle: (call) => remove(world, call),
    }),
    ...queryRoutes(api),
  ];
}

function queryRoutes(api: Api): Route[] {
  const { world } = api;
  const queries = new Map<string, CachedQuery>();
  const one = "/v1/views/:view_id/queries/:query_id";
  function find(call: Call): CachedQuery {
    const id = call.id("query_id");
    const found = queries.get(id);
    return found?.viewId === call.id("view_id") ? found : refuseMissing("view query", id);
  }
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/views/:view_id/queries",
      reads: true,
      handle(call) {
        const view = getView(world, call.id("view_id"));
        const { page_size } = fieldsOf(call.body, "body", ["page_size"]);
        const id = world.random.uuid();
        const ids = rowsOf(world, view);
        queries.set(id, { viewId: view.id, ids });
        const page = cutPage(ids, `view ${id}`, { cursor: null, size: page_size, path: "body" });
        const { next_cursor, has_more } = page;
        const expires_at = new Date(world.clock.now().getTime() + queryLivesMs).toISOString();
        const results = page.ids.map((row) => ({ object: "page", id: row }));
        const head = { object: "view_query", id, view_id: view.id, expires_at };
        return { ...head, total_count: ids.length, results, next_cursor, has_more };
      },
    }),
    notionRoute(api, {
      method: "GET",
      path: one,
      handle(call) {
        const { query } = call.request;
        const page = cutPage(find(call).ids, `view ${call.id("query_id")}`, {
          cursor: query.get("start_cursor"),
          size: query.get("page_size") ?? undefined,
          path: "query",
        });
        return listObject(
          "page",
          page.ids.map((id) => ({ object: "page", id })),
          page,
        );
      },
    }),
    notionRoute(api, {
      method: "DELETE",
      path: one,
      handle(call) {
        find(call);
        queries.delete(call.id("query_id"));
        return { object: "view_query", id: call.id("query_id"), deleted: true };
      },
    }),
  ];
}

/** The rows that a view shows, in its order, by id; with the lag of queries unless `live`. */
export function rowsOf(world: World, view: View, live = false): string[] {
  const source = getDataSource(world, view.dataSourceId);
  const wanted = { filter: view.filter, sorts: view.sorts ?? [], inTrash: false, live };
  return selectRows(world, source, wanted).map((row) => row.page.id);
}

function getView(world: World, id: string): View {
  const view = world.views.get(id);
  return view !== undefined && isShared(world, view.databaseId) ? view : refuseMissing("view", id);
}

function targetOf(call: Call): string | undefined {
  const made = call.body["create_database"];
  const parent = isFields(made) && isFields(made["parent"]) ? made["parent"]["page_id"] : undefined;
  const target = parent ?? call.body["database_id"];
  return typeof target === "string" ? target : undefined;
}

function create(world: World, call: Call): Fields {
  const keys = [
    "data_source_id",
    "name",
    "type",
    ...targets,
    ...settingKeys,
    "position",
    "placement",
  ];
  const body = fieldsOf(call.body, "body", keys);
  const source = getDataSource(world, idOf(body["data_source_id"], "body.data_source_id"));
  const name = textOf(body["name"], "body.name");
  const type = wordOf(body["type"], "body.type", types);
  if (targets.filter((key) => body[key] !== undefined).length !== 1) {
    refuse("Exactly one of database_id, view_id, or create_database must be provided.");
  }
  if (body["view_id"] !== undefined) {
    refuseMissing("view", idOf(body["view_id"], "body.view_id"));
  }
  const settings = parseSettings(world, source, type, body);
  const databaseId =
    body["create_database"] === undefined
      ? getDatabase(world, idOf(body["database_id"], "body.database_id")).id
      : linkDatabase(world, source, body["create_database"]);
  const view: View = {
    id: world.random.uuid(),
    databaseId,
    dataSourceId: source.id,
    type,
    name,
    filter: settings.filter ?? null,
    sorts: settings.sorts ?? null,
    quickFilters: settings.quickFilters ?? null,
    configuration: settings.configuration ?? null,
    stamp: newStamp(world, world.bot.id),
  };
  addView(world, view, body["position"]);
  emitView(world, world.bot, view, "view.created");
  return renderView(view);
}

/** A linked database block on a page; gives its id. */
function linkDatabase(world: World, source: DataSource, value: unknown): string {
  const path = "body.create_database";
  const made = fieldsOf(value, path, ["parent", "position"]);
  const { id } = parentOf(made["parent"], `${path}.parent`, ["page_id"]);
  const page = getPage(world, id);
  refuseIfTrashed(world, id);
  let index = page.children.length;
  if (made["position"] !== undefined) {
    const position = fieldsOf(made["position"], `${path}.position`, ["type", "block_id"]);
    wordOf(position["type"], `${path}.position.type`, ["after_block"]);
    const after = idOf(position["block_id"], `${path}.position.block_id`);
    const found = page.children.indexOf(after);
    index = found < 0 ? refuse(`Block ${after} is not a child of page ${id}.`) : found + 1;
  }
  const parent = { type: "page_id", page_id: id } as const;
  return addDatabase(world, world.bot, { parent, title: source.title, isInline: true, index }).id;
}

function addView(world: World, view: View, position: unknown): void {
  const { viewIds } = getDatabase(world, view.databaseId);
  let index = viewIds.length;
  if (position !== undefined) {
    const given = fieldsOf(position, "body.position", ["type", "view_id"]);
    const type = wordOf(given["type"], "body.position.type", ["start", "end", "after_view"]);
    index = type === "start" ? 0 : index;
    if (type === "after_view") {
      index = viewIds.indexOf(idOf(given["view_id"], "body.position.view_id")) + 1;
    }
  }
  world.views.set(view.id, view);
  viewIds.splice(index, 0, view.id);
}

interface ViewSettings {
  filter?: Fields | null;
  sorts?: readonly Fields[] | null;
  quickFilters?: Fields | null;
  configuration?: Fields | null;
}

function parseSettings(world: World, source: DataSource, type: string, body: Fields): ViewSettings {
  const settings: ViewSettings = {};
  const against = { source, now: world.clock.now() };
  const { filter, sorts, quick_filters, configuration } = body;
  if (filter !== undefined) {
    settings.filter = filter === null ? null : fieldsOf(filter, "body.filter");
    if (filter !== null) {
      parseFilter(filter, against);
    }
    if (world.settings.refuseRelationViews && usesRelation(filter)) {
      refuse("Relation filters are not supported for this view.");
    }
  }
  if (sorts !== undefined) {
    parseSorts(sorts ?? [], source);
    settings.sorts = sorts === null ? null : listOf(sorts, "body.sorts").filter(isFields);
  }
  if (quick_filters !== undefined) {
    settings.quickFilters =
      quick_filters === null ? null : fieldsOf(quick_filters, "body.quick_filters");
  }
  if (configuration !== undefined) {
    settings.configuration = parseConfiguration(source, type, configuration);
  }
  return settings;
}

/** The configuration with the names of its properties, as Notion gives it back. */
function parseConfiguration(source: DataSource, type: string, value: unknown): Fields {
  const path = "body.configuration";
  const given = fieldsOf(value, path);
  if (given["type"] !== type) {
    refuseBody(`${path}.type`, `\`"${type}"\``, given["type"]);
  }
  if (given["properties"] === undefined || given["properties"] === null) {
    return Object.fromEntries(Object.entries(given).filter(([, part]) => part !== null));
  }
  const properties = listOf(given["properties"], `${path}.properties`).map((raw, index) => {
    const at = `${path}.properties[${index}]`;
    const property = fieldsOf(raw, at);
    const key = textOf(property["property_id"], `${at}.property_id`);
    const known = findProperty(source.properties, key);
    if (known === undefined) {
      refuse(`Could not find property with name or id: ${key}`);
    }
    return { ...property, property_id: known.id, property_name: known.name };
  });
  return { ...given, properties };
}

function list(world: World, call: Call): Fields {
  const { query } = call.request;
  const [databaseId, sourceId] = [query.get("database_id"), query.get("data_source_id")];
  if (databaseId === null && sourceId === null) {
    refuse("At least one of database_id or data_source_id is required.");
  }
  const views = [...world.views.values()].filter(
    (view) =>
      (databaseId === null || view.databaseId === idOf(databaseId, "query.database_id")) &&
      (sourceId === null || view.dataSourceId === idOf(sourceId, "query.data_source_id")) &&
      isShared(world, view.databaseId),
  );
  const ids = views.map((view) => view.id);
  const page = cutPage(ids, `views ${databaseId} ${sourceId}`, {
    cursor: query.get("start_cursor"),
    size: query.get("page_size") ?? undefined,
    path: "query",
  });
  return listObject(
    "view",
    page.ids.map((id) => ({ object: "view", id })),
    page,
  );
}

function update(world: World, call: Call): Fields {
  const view = getView(world, call.id("view_id"));
  const body = fieldsOf(call.body, "body", ["name", ...settingKeys]);
  const source = getDataSource(world, view.dataSourceId);
  Object.assign(view, parseSettings(world, source, view.type, body));
  if (body["name"] !== undefined) {
    view.name = textOf(body["name"], "body.name");
  }
  view.stamp = { ...view.stamp, editedAt: world.clock.now(), editedBy: world.bot.id };
  emitView(world, world.bot, view, "view.updated");
  return renderView(view);
}

function remove(world: World, call: Call): Fields {
  const view = getView(world, call.id("view_id"));
  const database = getDatabase(world, view.databaseId);
  if (database.viewIds.length < 2) {
    refuse("Cannot delete the last view of a database. Move the database to the trash instead.");
  }
  database.viewIds = database.viewIds.filter((id) => id !== view.id);
  world.views.delete(view.id);
  emitView(world, world.bot, view, "view.deleted");
  const { id, type } = view;
  return { object: "view", id, type, parent: { type: "database_id", database_id: database.id } };
}
