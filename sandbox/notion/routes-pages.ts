/** Notion's page calls: create, read, update, move, and single properties. */

import type { Route } from "../core/router.ts";
import { heldParent, notionRoute, parentOf, type Api, type Call } from "./api.ts";
import { parseChildren } from "./block-input.ts";
import { createPage, movePage, setPage, setSchema, setValues } from "./changes.ts";
import { booleanOf, fieldsOf, iconOf, idOf, wordOf } from "./check.ts";
import { refuse, refuseBody } from "./errors.ts";
import type { DataSource, Fields, Page, Parent, Value, World } from "./model.ts";
import { cutPage, listObject } from "./paging.ts";
import { findProperty, parseLoneTitle, parseValues } from "./property.ts";
import { listValue, renderValue } from "./render-value.ts";
import { renderPage } from "./render.ts";
import {
  containerOf,
  getDatabase,
  getDataSource,
  getPage,
  isTrashed,
  namesIn,
  refuseIfTrashed,
  sourceOf,
} from "./world.ts";

const createKeys = ["parent", "properties", "icon", "cover", "children", "position"];
const updateKeys = ["properties", "icon", "cover", "is_locked", "is_archived", "in_trash"];

export function pageRoutes(api: Api): Route[] {
  const { world } = api;
  const one = "/v1/pages/:page_id";
  return [
    notionRoute(api, {
      method: "POST",
      path: "/v1/pages",
      holds: heldParent,
      handle: (call) => create(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: one,
      handle(call) {
        const page = getPage(world, call.id("page_id"));
        return renderPage(world, page, onlyOf(call, sourceOf(world, page)));
      },
    }),
    notionRoute(api, {
      method: "PATCH",
      path: one,
      holds: (call) => call.id("page_id"),
      handle: (call) => update(world, call),
    }),
    notionRoute(api, {
      method: "GET",
      path: `${one}/properties/:property_id`,
      handle: (call) => readProperty(world, call),
    }),
    notionRoute(api, {
      method: "POST",
      path: `${one}/move`,
      holds: (call) => call.id("page_id"),
      handle(call) {
        const page = getPage(world, call.id("page_id"));
        refuseIfTrashed(world, page.id);
        const { parent } = fieldsOf(call.body, "body", ["parent"]);
        movePage(world, world.bot, page, parentFor(world, parent).parent);
        return renderPage(world, page);
      },
    }),
  ];
}

/** `filter_properties` of the query: names or ids that must exist. */
export function onlyOf(call: Call, source: DataSource | undefined): string[] {
  const only = call.request.query.getAll("filter_properties");
  for (const key of only) {
    if (source !== undefined && findProperty(source.properties, key) === undefined) {
      refuse(`Could not find property with name or id: ${key}`);
    }
  }
  return only;
}

function create(world: World, call: Call): Fields {
  const body = fieldsOf(call.body, "body", createKeys);
  const { parent, source } = parentFor(world, body["parent"]);
  const { values, commit } = valuesFor(world, source, body["properties"]);
  const names = namesIn(world);
  const children =
    body["children"] === undefined ? [] : parseChildren(body["children"], "body.children", names);
  const icon = body["icon"] === undefined ? null : iconOf(body["icon"], "body.icon");
  const cover = body["cover"] === undefined ? null : coverOf(body["cover"]);
  const index =
    body["position"] === undefined ? undefined : indexOf(world, parent, body["position"]);
  commit();
  const page = createPage(world, world.bot, { parent, values, icon, cover, children, index });
  return renderPage(world, page, onlyOf(call, source));
}

function parentFor(
  world: World,
  value: unknown,
): { readonly parent: Parent; readonly source: DataSource | undefined } {
  const { key, id } = parentOf(value, "body.parent", ["page_id", "data_source_id", "database_id"]);
  if (key === "page_id") {
    getPage(world, id);
    refuseIfTrashed(world, id);
    return { parent: { type: "page_id", page_id: id }, source: undefined };
  }
  // The old spelling names the database; that works while it has one data source.
  const sources = key === "database_id" ? getDatabase(world, id).dataSourceIds : [id];
  const [sourceId] = sources;
  if (sourceId === undefined || sources.length > 1) {
    refuse("Databases with multiple data sources are not supported in this API version.");
  }
  const source = getDataSource(world, sourceId);
  refuseIfTrashed(world, source.id);
  const { databaseId: database_id } = source;
  return { parent: { type: "data_source_id", data_source_id: source.id, database_id }, source };
}

/** The parsed values, and what puts new select options into the schema. */
function valuesFor(
  world: World,
  source: DataSource | undefined,
  value: unknown,
): { readonly values: ReadonlyMap<string, Value>; readonly commit: () => void } {
  const names = namesIn(world);
  if (value === undefined) {
    refuseBody("body.properties", "defined", undefined);
  }
  if (source === undefined) {
    const title = parseLoneTitle(value, names);
    return { values: new Map([["title", title]]), commit: () => undefined };
  }
  const { values, schema } = parseValues(value, source, world, names);
  return {
    values,
    commit() {
      if (schema !== source.properties) {
        setSchema(world, world.bot, source, schema);
      }
    },
  };
}

function coverOf(value: unknown): Fields | null {
  return value === null ? null : fieldsOf(value, "body.cover", ["type", "external", "file_upload"]);
}

function indexOf(world: World, parent: Parent, value: unknown): number | undefined {
  const position = fieldsOf(value, "body.position", ["type", "after_block"]);
  const type = wordOf(position["type"], "body.position.type", [
    "page_start",
    "page_end",
    "after_block",
  ]);
  if (parent.type !== "page_id") {
    refuse("body.position is only supported when the parent is a page.");
  }
  const siblings = getPage(world, parent.page_id).children;
  if (type !== "after_block") {
    return type === "page_start" ? 0 : siblings.length;
  }
  const path = "body.position.after_block";
  const after = idOf(fieldsOf(position["after_block"], path)["id"], `${path}.id`);
  const found = siblings.indexOf(after);
  return found < 0 ? refuse(`Block ${after} is not a child of the parent page.`) : found + 1;
}

function update(world: World, call: Call): Fields {
  const page = getPage(world, call.id("page_id"));
  const body = fieldsOf(call.body, "body", updateKeys);
  refuseTrashedEdit(world, page, body["in_trash"]);
  const source = sourceOf(world, page);
  const changes =
    body["properties"] === undefined ? undefined : valuesFor(world, source, body["properties"]);
  const part = {
    ...(body["icon"] === undefined ? {} : { icon: iconOf(body["icon"], "body.icon") }),
    ...(body["cover"] === undefined ? {} : { cover: coverOf(body["cover"]) }),
    ...flag(body, "is_locked", "isLocked"),
    ...flag(body, "is_archived", "isArchived"),
    ...flag(body, "in_trash", "inTrash"),
  };
  const only = onlyOf(call, source);
  changes?.commit();
  setValues(world, world.bot, page, changes?.values ?? new Map());
  if (Object.keys(part).length > 0) {
    setPage(world, world.bot, page, part);
  }
  return renderPage(world, page, only);
}

function flag(body: Fields, key: string, name: string): Readonly<Record<string, boolean>> {
  return body[key] === undefined ? {} : { [name]: booleanOf(body[key], `body.${key}`) };
}

/** What is in the trash can only be restored, and only when nothing above it is in the trash. */
function refuseTrashedEdit(world: World, page: Page, inTrash: unknown): void {
  if (inTrash === true) {
    return;
  }
  const container = containerOf(world, page.id);
  if (inTrash === undefined || (container !== undefined && isTrashed(world, container))) {
    refuseIfTrashed(world, page.id);
  }
}

function readProperty(world: World, call: Call): Fields {
  const page = getPage(world, call.id("page_id"));
  const source = sourceOf(world, page);
  const key = call.request.params["property_id"] ?? "";
  const found = findProperty(source?.properties ?? [], key);
  const property = found ?? refuse(`Could not find property with name or id: ${key}`);
  const cell = { page, state: page.state, property };
  const id = encodeURIComponent(property.id);
  const items = listValue(world, cell);
  if (items === undefined) {
    return { object: "property_item", id, type: property.type, ...renderValue(world, cell) };
  }
  const { query } = call.request;
  const cut = cutPage(
    items.map((_, index) => String(index)),
    `property ${page.id} ${property.id}`,
    {
      cursor: query.get("start_cursor"),
      size: query.get("page_size") ?? undefined,
      path: "query",
    },
  );
  return {
    ...listObject(
      "property_item",
      cut.ids.map((index) => items[Number(index)]),
      cut,
    ),
    property_item: { id, next_url: null, type: property.type, [property.type]: {} },
  };
}
