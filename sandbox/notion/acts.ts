/** Acting as people: what somebody does in Notion's app. The same acts are a function in this process and `POST /_sandbox/act`. */

import { z } from "zod";
import { parseChildren } from "./block-input.ts";
import {
  createPage,
  insertBlocks,
  movePage,
  setBlockTrash,
  setContent,
  setPage,
  setSchema,
  setValues,
} from "./changes.ts";
import { cellText, missing, personOf, requestValue } from "./human-values.ts";
import type {
  Block,
  DataSource,
  Fields,
  Page,
  Parent,
  Property,
  User,
  Value,
  World,
} from "./model.ts";
import { findProperty, parseValues } from "./property.ts";
import { plainItems, plainText } from "./rich-text.ts";
import { namesIn, sourceOf } from "./world.ts";

const id = z.string().min(1);
const text = z.string();
/** A person, by name, e-mail address or id. Absent: the first of Acme. */
const by = id.optional();
const place = { after: id.optional(), before: id.optional() };
/** As a person would say it: names of options and people, days, ids of related pages. */
const value = z.union([text, z.number(), z.boolean(), z.null(), z.array(text)]);
/** By id or title. */
const dataSource = id;

/** Everything that a person can do, by its `do`. */
const Act = z.discriminatedUnion("do", [
  z.object({ do: z.literal("editText"), by, block: id, text }),
  z.object({ do: z.literal("checkToDo"), by, block: id, checked: z.boolean().default(true) }),
  z.object({ do: z.literal("editCell"), by, row: id, column: z.number().int().min(0), text }),
  z.object({ do: z.literal("editRow"), by, row: id, cells: z.array(text) }),
  z.object({ do: z.literal("addRow"), by, table: id, cells: z.array(text), ...place }),
  /** `block` is a block as the API takes it; without it `type` and `text` make one. */
  z.object({
    do: z.literal("addBlock"),
    by,
    parent: id,
    type: text.default("paragraph"),
    text: text.default(""),
    block: z.record(z.string(), z.unknown()).optional(),
    ...place,
  }),
  z.object({ do: z.literal("deleteBlock"), by, block: id }),
  z.object({ do: z.literal("restoreBlock"), by, block: id }),
  z.object({ do: z.literal("editProperty"), by, page: id, property: text, value }),
  z.object({ do: z.literal("trashPage"), by, page: id }),
  z.object({ do: z.literal("restorePage"), by, page: id }),
  /** For good: the id is unknown from then on. */
  z.object({ do: z.literal("deletePage"), by, page: id }),
  z.object({ do: z.literal("movePage"), by, page: id, to: id }),
  /** A new row, as the linked view on a post-mortem makes it: related to the page. */
  z.object({
    do: z.literal("addActionItem"),
    by,
    postMortem: id.optional(),
    title: text,
    properties: z.record(z.string(), value).default({}),
  }),
  z.object({ do: z.literal("addPage"), by, dataSource, properties: z.record(z.string(), value) }),
  z.object({ do: z.literal("renameProperty"), by, dataSource, property: text, name: text.min(1) }),
  z.object({ do: z.literal("removeProperty"), by, dataSource, property: text }),
  z.object({
    do: z.literal("renameOption"),
    by,
    dataSource,
    property: text.default("Status"),
    from: text,
    to: text.min(1),
  }),
  /** Takes the connection from the database: all of it is 404 from then on. */
  z.object({ do: z.literal("unshare"), by, dataSource }),
  z.object({ do: z.literal("share"), by, dataSource }),
]);
type Act = z.infer<typeof Act>;

/** What a caller writes: the defaults may be left out. */
export type ActInput = z.input<typeof Act>;

/** The id of what was made, where something was made. */
export interface ActResult {
  readonly id?: string;
}

/** Parses and does one act. A ZodError or a RangeError (no such thing) when it cannot. */
export function act(world: World, input: unknown): ActResult {
  const parsed = Act.parse(input);
  const author = personOf(world, parsed.by);
  if ("dataSource" in parsed) {
    return actOnSource(world, author, parsed);
  }
  if ("page" in parsed) {
    actOnPage(world, author, parsed);
    return {};
  }
  if (parsed.do === "addActionItem") {
    return { id: addActionItem(world, author, parsed) };
  }
  return actOnBlock(world, author, parsed);
}

type BlockAct = Extract<
  Act,
  { block: string } | { row: string } | { table: string } | { parent: string }
>;
type PageAct = Extract<Act, { page: string }>;
type SourceAct = Extract<Act, { dataSource: string }>;

function blockOf(world: World, id_: string): Block {
  return world.blocks.get(id_) ?? missing("block", id_);
}

function pageById(world: World, id_: string): Page {
  return world.pages.get(id_) ?? missing("page", id_);
}

/** A data source by id or title. A RangeError when there is none. */
function sourceNamed(world: World, name: string): DataSource {
  const found = [...world.dataSources.values()].find(
    (one) => one.id === name || plainText(one.title) === name,
  );
  return found ?? missing("data source", name);
}

function propertyNamed(source: DataSource, name: string): Property {
  return findProperty(source.properties, name) ?? missing("property", name);
}

function actOnBlock(world: World, author: User, parsed: BlockAct): ActResult {
  if (parsed.do === "addRow") {
    const cells = parsed.cells.map((cell) => [{ text: { content: cell } }]);
    const block = { table_row: { cells } };
    return addBlock(world, author, { ...parsed, parent: parsed.table, block });
  }
  if (parsed.do === "addBlock") {
    const plain = { [parsed.type]: { rich_text: [{ text: { content: parsed.text } }] } };
    return addBlock(world, author, { ...parsed, block: parsed.block ?? plain });
  }
  if (parsed.do === "editCell" || parsed.do === "editRow") {
    editRow(world, author, parsed);
    return {};
  }
  const block = blockOf(world, parsed.block);
  switch (parsed.do) {
    case "editText":
      setContent(world, author, block, { rich_text: plainItems(parsed.text) });
      break;
    case "checkToDo":
      setContent(world, author, block, { checked: parsed.checked });
      break;
    case "deleteBlock":
    case "restoreBlock":
      setBlockTrash(world, author, block, parsed.do === "deleteBlock");
      break;
  }
  return {};
}

/** A changed cell loses its link, like text that is typed over; the other cells keep theirs. */
function editRow(
  world: World,
  author: User,
  parsed: Extract<BlockAct, { do: "editCell" | "editRow" }>,
): void {
  const row = blockOf(world, parsed.row);
  const old = Array.isArray(row.content["cells"]) ? row.content["cells"] : [];
  const cells = old.map((cell: unknown, index): unknown => {
    const wanted = parsed.do === "editRow" ? parsed.cells[index] : parsed.text;
    const isMeant = parsed.do === "editRow" || index === parsed.column;
    const changes = isMeant && wanted !== undefined && wanted !== cellText(cell);
    return changes ? plainItems(wanted) : cell;
  });
  setContent(world, author, row, { cells });
}

interface Placed {
  readonly parent: string;
  readonly block: Fields;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

function addBlock(world: World, author: User, input: Placed): ActResult {
  const container = world.pages.get(input.parent) ?? blockOf(world, input.parent);
  const kind =
    "content" in container
      ? { type: container.type, width: Number(container.content["table_width"]) }
      : { type: "page" };
  const blocks = parseChildren([input.block], "block", namesIn(world), kind);
  const index = placeOf(container.children, input);
  const [made] = insertBlocks(world, author, container, { blocks, index });
  return made === undefined ? {} : { id: made };
}

function placeOf(children: readonly string[], place_: Pick<Placed, "after" | "before">): number {
  const mark = place_.after ?? place_.before;
  if (mark === undefined) {
    return children.length;
  }
  const found = children.indexOf(mark);
  if (found < 0) {
    return missing("sibling", mark);
  }
  return place_.after === undefined ? found : found + 1;
}

function actOnPage(world: World, author: User, parsed: PageAct): void {
  const page = pageById(world, parsed.page);
  switch (parsed.do) {
    case "editProperty": {
      const source = sourceOf(world, page) ?? missing("data source of page", page.id);
      setValues(
        world,
        author,
        page,
        humanValues(world, author, source, { [parsed.property]: parsed.value }),
      );
      break;
    }
    case "trashPage":
    case "restorePage":
      setPage(world, author, page, { inTrash: parsed.do === "trashPage" });
      break;
    case "deletePage":
      setPage(world, author, page, { inTrash: true });
      world.pages.delete(page.id);
      break;
    case "movePage":
      movePage(world, author, page, parentNamed(world, parsed.to));
      break;
  }
}

function parentNamed(world: World, name: string): Parent {
  if (world.pages.has(name)) {
    return { type: "page_id", page_id: name };
  }
  const source = sourceNamed(world, name);
  const { databaseId: database_id } = source;
  return { type: "data_source_id", data_source_id: source.id, database_id };
}

type Human = Readonly<Record<string, z.infer<typeof value>>>;

/** What people say, as values; unknown select options join the schema. */
function humanValues(
  world: World,
  author: User,
  source: DataSource,
  said: Human,
): ReturnType<typeof parseValues>["values"] {
  const request: Record<string, Fields> = {};
  const typed = new Map<string, Value>();
  for (const [name, one] of Object.entries(said)) {
    const property = propertyNamed(source, name);
    if (property.type === "url" && typeof one === "string" && one !== "") {
      // The app takes any text there, where the API insists on an address.
      typed.set(property.id, { type: "url", text: one });
    } else {
      request[name] = { [property.type]: requestValue(world, property.type, one) };
    }
  }
  const parsed = parseValues(request, source, world, namesIn(world));
  if (parsed.schema !== source.properties) {
    setSchema(world, author, source, parsed.schema);
  }
  return new Map([...parsed.values, ...typed]);
}

function addActionItem(
  world: World,
  author: User,
  parsed: Extract<Act, { do: "addActionItem" }>,
): string {
  const source = sourceNamed(world, "Action items");
  const related = parsed.postMortem === undefined ? {} : { "Post-mortem": [parsed.postMortem] };
  const title = source.properties.find((one) => one.type === "title")?.name ?? "Name";
  return addRowTo(world, author, source, {
    ...related,
    [title]: parsed.title,
    ...parsed.properties,
  });
}

function addRowTo(world: World, author: User, source: DataSource, said: Human): string {
  const values = humanValues(world, author, source, said);
  const { databaseId: database_id } = source;
  const parent = { type: "data_source_id", data_source_id: source.id, database_id } as const;
  return createPage(world, author, { parent, values }).id;
}

function actOnSource(world: World, author: User, parsed: SourceAct): ActResult {
  const source = sourceNamed(world, parsed.dataSource);
  switch (parsed.do) {
    case "addPage":
      return { id: addRowTo(world, author, source, parsed.properties) };
    case "unshare":
      world.unshared.add(source.databaseId);
      break;
    case "share":
      world.unshared.delete(source.databaseId);
      break;
    case "removeProperty":
      changeProperty(world, author, source, { name: parsed.property, change: () => [] });
      break;
    case "renameProperty": {
      const { property: name, name: newName } = parsed;
      changeProperty(world, author, source, {
        name,
        change: (one) => [{ ...one, name: newName }],
      });
      break;
    }
    case "renameOption": {
      const { property: name, from, to } = parsed;
      changeProperty(world, author, source, {
        name,
        change: (one) => [{ ...one, options: renamed(one, from, to) }],
      });
      break;
    }
  }
  return {};
}

function renamed(property: Property, from: string, to: string): Property["options"] {
  return property.options.map((one) => (one.name === from ? { ...one, name: to } : one));
}

function changeProperty(
  world: World,
  author: User,
  source: DataSource,
  by_: { readonly name: string; readonly change: (property: Property) => Property[] },
): void {
  const known = propertyNamed(source, by_.name);
  const properties = source.properties.flatMap((one) => (one === known ? by_.change(one) : [one]));
  setSchema(world, author, source, properties);
}
