/** Blocks of a request: which types and fields Notion takes, and its limits on number and depth. */

import {
  booleanOf,
  fieldsOf,
  iconOf,
  idOf,
  isFields,
  isUrl,
  listOf,
  numberOf,
  textOf,
  wordOf,
} from "./check.ts";
import { refuse, refuseBody } from "./errors.ts";
import { languages } from "./languages.ts";
import type { Fields } from "./model.ts";
import { colors, parseRichText, type Names } from "./rich-text.ts";

export interface BlockInput {
  readonly type: string;
  /** As Notion answers it, without children. */
  readonly content: Fields;
  readonly children: readonly BlockInput[];
}

interface FieldRule {
  readonly parse: (value: unknown, path: string, names: Names) => unknown;
  /** Used where a create leaves the field out. A rule without it is required. */
  readonly initial?: unknown;
  /** Only a create may set it. */
  readonly fixed?: boolean;
}

const blocksMax = 1_000;
/** A block, its children and their children. */
const levelsMax = 3;

const richText: FieldRule = { parse: parseRichText };
const color: FieldRule = {
  parse: (value, path) => wordOf(value, path, colors),
  initial: "default",
};
const off: FieldRule = { parse: booleanOf, initial: false };
const caption: FieldRule = { parse: parseRichText, initial: [] };
const text = { rich_text: richText, color };
const heading = { ...text, is_toggleable: off };
const link = { url: { parse: parseUrl }, caption };
const id: FieldRule = { parse: idOf, initial: undefined };
const media = {
  type: { parse: (value: unknown, path: string) => textOf(value, path), initial: "external" },
  external: {
    parse: (value: unknown, path: string) => ({
      url: parseUrl(fieldsOf(value, path, ["url"])["url"], `${path}.url`),
    }),
    initial: undefined,
  },
  file_upload: {
    parse: (value: unknown, path: string) => fieldsOf(value, path),
    initial: undefined,
  },
  name: { parse: (value: unknown, path: string) => textOf(value, path), initial: undefined },
  caption,
} satisfies Record<string, FieldRule>;

const rulesByType: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  paragraph: text,
  heading_1: heading,
  heading_2: heading,
  heading_3: heading,
  heading_4: heading,
  bulleted_list_item: text,
  numbered_list_item: text,
  quote: text,
  toggle: text,
  to_do: { ...text, checked: off },
  callout: { ...text, icon: { parse: iconOf, initial: { type: "emoji", emoji: "💡" } } },
  template: { rich_text: richText },
  code: {
    rich_text: richText,
    caption,
    language: { parse: (value, path) => wordOf(value, path, languages) },
  },
  equation: { expression: { parse: (value, path) => textOf(value, path, 1_000) } },
  divider: {},
  breadcrumb: {},
  tab: {},
  table_of_contents: { color },
  bookmark: link,
  embed: link,
  image: media,
  video: media,
  pdf: media,
  file: media,
  audio: media,
  link_to_page: {
    type: { parse: (value, path) => textOf(value, path), initial: undefined },
    page_id: id,
    database_id: id,
    comment_id: id,
  },
  synced_block: {
    synced_from: {
      parse: (value, path) =>
        value === null ? null : { block_id: idOf(fieldsOf(value, path)["block_id"], path) },
      initial: null,
    },
  },
  column_list: {},
  column: { width_ratio: { parse: numberOf, initial: undefined } },
  table: {
    table_width: { parse: parseWidth, fixed: true },
    has_column_header: off,
    has_row_header: off,
  },
  table_row: { cells: { parse: parseCells } },
};

const parentTypes = new Set(
  [
    "paragraph bulleted_list_item numbered_list_item quote toggle to_do callout template tab",
    "heading_1 heading_2 heading_3 heading_4 synced_block column_list column table",
  ].flatMap((line) => line.split(" ")),
);

/** Whether blocks of this type may hold others; headings only as toggles. */
export function mayHaveChildren(type: string, content: Fields): boolean {
  return (
    parentTypes.has(type) && (!type.startsWith("heading_") || content["is_toggleable"] === true)
  );
}

/**
 * The children of a create or append: at most 100 in each array, 1,000 in all, three levels.
 * `parentType` is the type of what they go into; `width` that of a table.
 */
export function parseChildren(
  value: unknown,
  path: string,
  names: Names,
  parent: { readonly type: string; readonly width?: number } = { type: "page" },
): BlockInput[] {
  const count = { blocks: 0 };
  const blocks = parseLevel(value, path, { names, count, level: 1 });
  checkPlacement(blocks, path, parent);
  return blocks;
}

/** The changed fields of a PATCH of a block of the given type. */
export function parseUpdate(type: string, value: unknown, names: Names): Fields {
  const rules = rulesByType[type] ?? refuse(`Updating ${type} blocks is not supported.`);
  const path = `body.${type}`;
  const open = Object.keys(rules).filter((key) => rules[key]?.fixed !== true);
  const given = fieldsOf(value, path, open);
  const changed: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(given)) {
    changed[key] = rules[key]?.parse(part, `${path}.${key}`, names);
  }
  return changed;
}

interface Level {
  readonly names: Names;
  readonly count: { blocks: number };
  readonly level: number;
}

function parseLevel(value: unknown, path: string, at: Level): BlockInput[] {
  return listOf(value, path).map((raw, index) => parseBlock(raw, `${path}[${index}]`, at));
}

function parseBlock(raw: unknown, path: string, at: Level): BlockInput {
  at.count.blocks += 1;
  if (at.count.blocks > blocksMax) {
    refuse(`body failed validation: the request holds more than ${blocksMax} blocks.`);
  }
  const given = fieldsOf(raw, path);
  const type = Object.keys(given).find((key) => key in rulesByType);
  if (type === undefined) {
    const named = Object.keys(given).find((key) => key !== "type" && key !== "object");
    refuseBody(
      `${path}.${named ?? "paragraph"}`,
      named === undefined ? "defined" : "not present",
      given[named ?? ""],
    );
  }
  fieldsOf(raw, path, ["object", "type", type]);
  if (given["type"] !== undefined && given["type"] !== type) {
    refuseBody(`${path}.type`, `\`"${type}"\``, given["type"]);
  }
  if (given["object"] !== undefined) {
    wordOf(given["object"], `${path}.object`, ["block"]);
  }
  const own = `${path}.${type}`;
  const content = parseContent(type, given[type], own, at.names);
  const inner = isFields(given[type]) ? given[type]["children"] : undefined;
  return { type, content, children: parseInner(type, content, inner, own, at) };
}

function parseInner(
  type: string,
  content: Fields,
  inner: unknown,
  ...[path, at]: [string, Level]
): BlockInput[] {
  if (inner === undefined) {
    if (type === "table" || type === "column_list" || type === "column") {
      refuseBody(`${path}.children`, "defined", undefined);
    }
    return [];
  }
  if (at.level >= levelsMax || !parentTypes.has(type)) {
    refuseBody(`${path}.children`, "not present", inner);
  }
  const children = parseLevel(inner, `${path}.children`, { ...at, level: at.level + 1 });
  if (children.length > 0 && !mayHaveChildren(type, content)) {
    refuse(`${path}.children: a heading with children must have is_toggleable set.`);
  }
  checkPlacement(children, `${path}.children`, { type, width: Number(content["table_width"]) });
  const fewest = { table: 1, column: 1, column_list: 2 }[type] ?? 0;
  if (children.length < fewest) {
    refuseBody(`${path}.children.length`, `≥ \`${fewest}\``, children.length);
  }
  return children;
}

function parseContent(type: string, value: unknown, path: string, names: Names): Fields {
  const rules = rulesByType[type] ?? {};
  const given = fieldsOf(value, path, [...Object.keys(rules), "children"]);
  const content: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(rules)) {
    const part =
      given[key] === undefined && "initial" in rule
        ? rule.initial
        : rule.parse(given[key], `${path}.${key}`, names);
    if (part !== undefined) {
      content[key] = part;
    }
  }
  return content;
}

/** Rows belong into tables of their width, columns into column lists, and nothing else does. */
function checkPlacement(
  blocks: readonly BlockInput[],
  path: string,
  parent: { readonly type: string; readonly width?: number },
): void {
  const only: Readonly<Record<string, string>> = { table: "table_row", column_list: "column" };
  const wanted = only[parent.type];
  for (const [index, block] of blocks.entries()) {
    const isBound = Object.values(only).includes(block.type);
    if (wanted === undefined ? isBound : block.type !== wanted) {
      refuse(
        `body failed validation: ${path}[${index}]: a ${block.type} block cannot be a child of a ${parent.type} block.`,
      );
    }
    const { cells } = block.content;
    if (block.type === "table_row" && Array.isArray(cells) && cells.length !== parent.width) {
      refuse(
        "Content creation Failed. Fix the following: \nNumber of cells in table row must match the table width of the parent table",
      );
    }
  }
}

function parseCells(value: unknown, path: string, names: Names): unknown {
  return listOf(value, path).map((cell, index) => parseRichText(cell, `${path}[${index}]`, names));
}

function parseWidth(value: unknown, path: string): number {
  const width = numberOf(value, path);
  if (!Number.isInteger(width) || width < 1) {
    refuseBody(path, "≥ `1`", value);
  }
  return width;
}

function parseUrl(value: unknown, path: string): string {
  const url = textOf(value, path);
  if (!isUrl(url)) {
    refuse("Content creation Failed. Fix the following: \nInvalid URL.");
  }
  return url;
}
