/** Every change of the workspace, by the bot or by a person: it stamps, keeps and tells. */

import {
  containerOf,
  eventParent,
  newStamp,
  pageOf,
  parentId,
  setState,
  sourceOf,
} from "./world.ts";
import type { BlockInput } from "./block-input.ts";
import { emptyValue, findProperty, isValueType } from "./property.ts";
import type {
  Author,
  Block,
  Database,
  DataSource,
  Fields,
  Page,
  PageState,
  Parent,
  Property,
  Value,
  View,
  World,
} from "./model.ts";
import type { RichTextItem } from "./rich-text.ts";

export interface NewPage {
  readonly parent: Parent;
  readonly values: ReadonlyMap<string, Value>;
  readonly icon?: unknown;
  readonly cover?: unknown;
  readonly children?: readonly BlockInput[];
  /** Where in a parent page; the end when absent. */
  readonly index?: number | undefined;
}

/** Makes a page, with its blocks and the other ends of its relations. */
export function createPage(world: World, author: Author, input: NewPage): Page {
  const { parent } = input;
  const source =
    parent.type === "data_source_id" ? world.dataSources.get(parent.data_source_id) : undefined;
  const values = new Map<string, Value>();
  for (const { id, type } of source?.properties ?? []) {
    if (isValueType(type)) {
      values.set(id, type === "status" ? firstStatus(source, id) : emptyValue(type));
    }
  }
  for (const [id, value] of input.values) {
    values.set(id, value);
  }
  const state: PageState = {
    ...newStamp(world, author.id),
    parent,
    inTrash: false,
    isLocked: false,
    isArchived: false,
    icon: input.icon ?? null,
    cover: input.cover ?? null,
    values,
  };
  const number = source === undefined ? 0 : (source.lastNumber += 1);
  const page: Page = { id: world.random.uuid(), number, state, history: [], children: [] };
  world.pages.set(page.id, page);
  setState(world, page, state);
  placeIn(world, parent, page.id, input.index);
  page.children = makeBlocks(world, author, page.id, input.children ?? []);
  mirrorRelations(world, author, page, new Map());
  emitPage(world, author, page, "page.created");
  emitRows(world, author, page);
  return page;
}

/** A row without a status gets the first one, as in the app. */
function firstStatus(source: DataSource | undefined, propertyId: string): Value {
  const options = source?.properties.find((one) => one.id === propertyId)?.options;
  return { type: "status", optionId: options?.[0]?.id ?? null };
}

/** Sets property values. The other ends of relations follow. */
export function setValues(
  world: World,
  author: Author,
  page: Page,
  changed: ReadonlyMap<string, Value>,
): void {
  if (changed.size === 0) {
    return;
  }
  const before = page.state.values;
  setState(world, page, {
    ...page.state,
    values: new Map([...before, ...changed]),
    editedAt: world.clock.now(),
    editedBy: author.id,
  });
  mirrorRelations(world, author, page, before);
  const updatedProperties = [...changed.keys()].map(encodeURIComponent);
  emitPage(world, author, page, "page.properties_updated", { updatedProperties });
  if (changed.has("title")) {
    const updatedBlocks = [{ id: page.id, type: "page" }];
    emitPage(world, author, page, "page.content_updated", { updatedBlocks });
  }
}

/** Sets icon, cover, lock, archive or trash of a page. */
export function setPage(
  world: World,
  author: Author,
  page: Page,
  part: Partial<
    Pick<PageState, "icon" | "cover" | "isLocked" | "isArchived" | "inTrash" | "parent">
  >,
): void {
  const before = page.state;
  const stamp = { editedAt: world.clock.now(), editedBy: author.id };
  setState(world, page, { ...before, ...part, ...stamp });
  if (part.inTrash !== undefined && part.inTrash !== before.inTrash) {
    emitPage(world, author, page, part.inTrash ? "page.deleted" : "page.undeleted");
    emitRows(world, author, page);
  }
  if (part.isLocked !== undefined && part.isLocked !== before.isLocked) {
    emitPage(world, author, page, part.isLocked ? "page.locked" : "page.unlocked");
  }
  if (part.icon !== undefined || part.cover !== undefined) {
    emitPage(world, author, page, "page.properties_updated", { updatedProperties: [] });
  }
}

/** Moves a page under another parent. Of its values only those with the same name and type stay. */
export function movePage(world: World, author: Author, page: Page, parent: Parent): void {
  const from = sourceOf(world, page);
  const to =
    parent.type === "data_source_id" ? world.dataSources.get(parent.data_source_id) : undefined;
  const oldContainer = world.pages.get(parentId(page.state.parent) ?? "");
  if (oldContainer !== undefined) {
    oldContainer.children = oldContainer.children.filter((id) => id !== page.id);
  }
  const values = new Map<string, Value>();
  for (const property of to?.properties ?? []) {
    const old = findProperty(from?.properties ?? [], property.name);
    const kept =
      old?.type === property.type && old.options.length === 0
        ? page.state.values.get(old.id)
        : undefined;
    if (isValueType(property.type)) {
      values.set(property.id, kept ?? emptyValue(property.type));
    }
  }
  values.set("title", page.state.values.get("title") ?? emptyValue("title"));
  const stamp = { editedAt: world.clock.now(), editedBy: author.id };
  setState(world, page, { ...page.state, ...stamp, parent, values });
  placeIn(world, parent, page.id);
  emitPage(world, author, page, "page.moved");
}

/** Inserts blocks into a page or block; `index` absent: at the end. Gives the new first level. */
export function insertBlocks(
  world: World,
  author: Author,
  container: Page | Block,
  input: { readonly blocks: readonly BlockInput[]; readonly index?: number },
): string[] {
  const ids = makeBlocks(world, author, container.id, input.blocks);
  container.children.splice(input.index ?? container.children.length, 0, ...ids);
  touch(world, author, container.id, ids);
  return ids;
}

/** Changes fields of a block's content. */
export function setContent(world: World, author: Author, block: Block, changed: Fields): void {
  block.content = { ...block.content, ...changed };
  stampBlock(world, author, block);
  touchPage(world, author, block.id, [block.id]);
}

/** Puts a block into the trash or takes it out. */
export function setBlockTrash(world: World, author: Author, block: Block, inTrash: boolean): void {
  block.inTrash = inTrash;
  stampBlock(world, author, block);
  touch(world, author, block.parentId, [block.id]);
}

/** Adds a database with its data source. */
export function addDatabase(
  world: World,
  author: Author,
  input: {
    readonly parent: Parent;
    readonly title: readonly RichTextItem[];
    readonly isInline: boolean;
    readonly index?: number;
  },
): Database {
  const { parent, title, isInline } = input;
  const database: Database = {
    id: world.random.uuid(),
    parent,
    title,
    description: [],
    icon: null,
    isInline,
    isLocked: false,
    inTrash: false,
    dataSourceIds: [],
    viewIds: [],
    stamp: newStamp(world, author.id),
  };
  world.databases.set(database.id, database);
  placeIn(world, parent, database.id, input.index);
  const container = parentId(parent);
  if (container !== undefined) {
    touch(world, author, container, [database.id]);
  }
  const type = isInline ? "block" : "database";
  const entity = { id: database.id, type };
  world.emit({ type: "database.created", entity, author, parent: eventParent(world, database.id) });
  return database;
}

/** Replaces the schema of a data source and tells which properties changed. */
export function setSchema(
  world: World,
  author: Author,
  source: DataSource,
  properties: readonly Property[],
): void {
  const before = source.properties;
  source.properties = properties;
  source.stamp = { ...source.stamp, editedAt: world.clock.now(), editedBy: author.id };
  const updatedProperties = [
    ...properties
      .filter((one) => !before.includes(one))
      .map((one) => {
        const isNew = before.every(({ id }) => id !== one.id);
        return propertyChange(one, isNew ? "created" : "updated");
      }),
    ...before
      .filter((one) => properties.every(({ id }) => id !== one.id))
      .map((one) => ({ ...propertyChange(one, "deleted"), name: null })),
  ];
  world.emit({
    type: "data_source.schema_updated",
    entity: { id: source.id, type: "data_source" },
    author,
    parent: eventParent(world, source.id),
    updatedProperties,
  });
}

/** Tells of a view that was made, changed or deleted. */
export function emitView(world: World, author: Author, view: View, type: string): void {
  const parent = { id: view.databaseId, type: "database" };
  const entity = { id: view.id, type: "view" };
  world.emit({ type, entity, author, parent, data: { view_type: view.type } });
}

function propertyChange(property: Property, action: string): Fields {
  return { id: encodeURIComponent(property.id), name: property.name, action };
}

function makeBlocks(
  world: World,
  author: Author,
  parent: string,
  inputs: readonly BlockInput[],
): string[] {
  return inputs.map((input) => {
    const id = world.random.uuid();
    const { type, content } = input;
    const stamp = newStamp(world, author.id);
    const block: Block = {
      id,
      type,
      parentId: parent,
      content,
      children: [],
      inTrash: false,
      stamp,
    };
    world.blocks.set(id, block);
    block.children = makeBlocks(world, author, id, input.children);
    return id;
  });
}

/** Lists a page or database among the children of the page (or block) that it stands on. */
function placeIn(world: World, parent: Parent, id: string, index?: number): void {
  const holder = parentId(parent) ?? "";
  const container = world.pages.get(holder) ?? world.blocks.get(holder);
  container?.children.splice(index ?? container.children.length, 0, id);
}

/** The container of changed children counts as edited, and so does its page. */
function touch(world: World, author: Author, id: string, changed: readonly string[]): void {
  const block = world.blocks.get(id);
  if (block !== undefined) {
    stampBlock(world, author, block);
  }
  touchPage(world, author, id, changed);
}

function stampBlock(world: World, author: Author, block: Block): void {
  block.stamp = { ...block.stamp, editedAt: world.clock.now(), editedBy: author.id };
}

function touchPage(world: World, author: Author, id: string, changed: readonly string[]): void {
  const page = pageOf(world, id);
  if (page !== undefined) {
    const stamp = { editedAt: world.clock.now(), editedBy: author.id };
    setState(world, page, { ...page.state, ...stamp });
    const updatedBlocks = changed.map((one) => ({ id: one, type: "block" }));
    emitPage(world, author, page, "page.content_updated", { updatedBlocks });
  }
}

/** Keeps both sides of two-way relations alike. */
function mirrorRelations(
  world: World,
  author: Author,
  page: Page,
  before: ReadonlyMap<string, Value>,
): void {
  for (const property of sourceOf(world, page)?.properties ?? []) {
    const mirror = property.relation?.syncedId;
    if (mirror === undefined) {
      continue;
    }
    const now = relatedIds(page.state.values.get(property.id));
    const then = relatedIds(before.get(property.id));
    for (const id of new Set([...now, ...then])) {
      if (now.includes(id) !== then.includes(id)) {
        mirrorOne(world, author, {
          page: world.pages.get(id),
          mirror,
          other: page.id,
          on: now.includes(id),
        });
      }
    }
  }
}

function mirrorOne(
  world: World,
  author: Author,
  end: {
    readonly page: Page | undefined;
    readonly mirror: string;
    readonly other: string;
    readonly on: boolean;
  },
): void {
  const { page, mirror } = end;
  if (page === undefined) {
    return;
  }
  const without = relatedIds(page.state.values.get(mirror)).filter((id) => id !== end.other);
  const ids = end.on ? [...without, end.other] : without;
  const values = new Map([...page.state.values, [mirror, { type: "relation", ids } as const]]);
  const stamp = { editedAt: world.clock.now(), editedBy: author.id };
  setState(world, page, { ...page.state, ...stamp, values });
  const updatedProperties = [encodeURIComponent(mirror)];
  emitPage(world, author, page, "page.properties_updated", { updatedProperties });
}

function relatedIds(value: Value | undefined): readonly string[] {
  return value?.type === "relation" ? value.ids : [];
}

function emitPage(
  world: World,
  author: Author,
  page: Page,
  ...[type, more = {}]: [
    string,
    { updatedProperties?: readonly unknown[]; updatedBlocks?: readonly Fields[] }?,
  ]
): void {
  const parent = eventParent(world, page.id);
  world.emit({ type, entity: { id: page.id, type: "page" }, author, parent, ...more });
}

/** A row that came or went is a change of its data source's content. */
function emitRows(world: World, author: Author, page: Page): void {
  const source = containerOf(world, page.id) ?? "";
  if (world.dataSources.has(source)) {
    world.emit({
      type: "data_source.content_updated",
      entity: { id: source, type: "data_source" },
      author,
      parent: eventParent(world, source),
      updatedBlocks: [{ id: page.id, type: "page" }],
    });
  }
}
