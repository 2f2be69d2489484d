/**
 * A document becomes Notion's blocks, within every limit of one request by construction: 100 elements
 * an array, two levels below the top, 1,000 blocks and 500 KB in all (docs/vendors/notion.md). To fit,
 * timeline rows are left for later first, then texts are cut, visibly.
 */

import type { Block } from "../../domain/document.ts";
import { TerminalError } from "../../domain/errors.ts";
import type { TableRowWrite } from "./notion.ts";
import { plainText, toRichText, type TextItem } from "./text.ts";

export const childrenMax = 100;
export const blocksMax = 1000;
/** Notion takes 500 KB; the rest is for the properties and what surrounds them. */
const bytesMax = 440_000;
/** Levels below the top that one request may nest. */
const depthMax = 2;
/** A cell is read at a glance; what is longer stands at PagerDuty. */
const cellUnitsMax = 20_000;
/** How much of each text to keep, tried in turn until the request is small enough. */
const textStepsUnits = [Infinity, 20_000, 8_000, 2_000, 500] as const;
const tableHeader = ["Time (UTC)", "Event", "Actor"] as const;
const rowsPerCreateMax = childrenMax - 1;

/** The place of the action items is the end of the page, where another call makes their view. */
type Placed = Exclude<Block, { readonly type: "action-items" }>;
type Nested = Exclude<Placed, { readonly type: "timeline" }>;

export interface NotionBlock {
  readonly [type: string]: NotionBlockBody;
}
interface NotionBlockBody {
  readonly rich_text?: readonly TextItem[];
  readonly children?: readonly NotionBlock[];
  readonly checked?: boolean;
  readonly language?: string;
  readonly icon?: { readonly emoji: string };
  readonly table_width?: number;
  readonly has_column_header?: boolean;
  readonly cells?: readonly (readonly TextItem[])[];
}

export interface PageChildren {
  readonly children: readonly NotionBlock[];
  /** How many of the rows are in it, from the first on. */
  readonly rowsWritten: number;
}

/**
 * Takes a page's body and its timeline's first rows; gives the blocks of the request that makes the page.
 * @throws TerminalError TEMPLATE_TOO_LARGE when the body alone breaks a limit.
 */
export function toPageChildren(
  body: readonly Block[],
  rows: readonly TableRowWrite[],
): PageChildren {
  const timelineAt = body.findIndex(({ type }) => type === "timeline");
  // There is one table: a second place for it would double the rows.
  const sections = body
    .filter((block, at) => block.type !== "timeline" || at === timelineAt)
    .filter(isPlaced);
  if (sections.length > childrenMax) {
    throw tooLarge(
      `${sections.length} top-level blocks, Notion takes ${childrenMax} in one request`,
    );
  }
  for (const unitsMax of textStepsUnits) {
    const blocks = sections.map((block) => toBlock(block, 0, unitsMax));
    const blockCount = blocks.reduce((sum, block) => sum + countBlocks(block), 0);
    if (blockCount > blocksMax) {
      throw tooLarge(`${blockCount} blocks, Notion takes ${blocksMax} in one request`);
    }
    const roomBytes = bytesMax - jsonBytes(blocks);
    if (roomBytes >= 0) {
      const offered = timelineAt === -1 ? [] : rows.slice(0, rowsPerCreateMax);
      const taken = rowsThatFit(offered.slice(0, blocksMax - blockCount).map(toRow), roomBytes);
      const children = blocks.map((block) => withRows(block, taken));
      return { children, rowsWritten: taken.length };
    }
  }
  throw tooLarge("it is larger than 500 KB even with its texts cut");
}

/** Takes rows in any number; gives them in batches that one append takes each. */
export function toRowBatches(rows: readonly TableRowWrite[]): NotionBlock[][] {
  const batches: NotionBlock[][] = [];
  let left = rows.map(toRow);
  while (left.length > 0) {
    const batch = rowsThatFit(left.slice(0, childrenMax), bytesMax);
    batches.push(batch);
    left = left.slice(batch.length);
  }
  return batches;
}

/** A row of the timeline table. Its time cell carries the link that names its record. */
function toRow(row: TableRowWrite): NotionBlock {
  return { table_row: { cells: rowCells(row) } };
}

export function rowCells(row: TableRowWrite): TextItem[][] {
  return [
    toRichText([{ text: row.time, href: row.href }], cellUnitsMax),
    plainText(row.event, cellUnitsMax),
    plainText(row.actor, cellUnitsMax),
  ];
}

/** One emoji that Notion takes as an icon: the given one, or the fallback when it is none. */
export function toEmoji(icon: string, fallback: string): string {
  const isEmoji = /^\p{RGI_Emoji}$/v;
  return [icon, `${icon}\uFE0F`].find((each) => isEmoji.test(each)) ?? fallback;
}

function toBlock(block: Placed, depth: number, unitsMax: number): NotionBlock {
  if (block.type === "divider") {
    return { divider: {} };
  }
  if (block.type === "timeline") {
    return toTable([]);
  }
  if (block.type === "code") {
    const rich_text = plainText(block.text, unitsMax);
    return { code: { rich_text, language: toLanguage(block.language) } };
  }
  const rich_text = toRichText(block.text, unitsMax);
  if (block.type === "heading") {
    return { [`heading_${block.level}`]: { rich_text } };
  }
  if (block.type === "todo") {
    return { to_do: { rich_text, checked: block.checked } };
  }
  if (block.type === "paragraph" || block.type === "quote") {
    return { [block.type]: { rich_text } };
  }
  const children = childrenOf(block.children, depth + 1);
  const icon = block.type === "callout" ? { icon: { emoji: toEmoji(block.icon, "💡") } } : {};
  const nested = children.map((child) => toBlock(child, depth + 1, unitsMax));
  return {
    [parentTypes[block.type]]: {
      rich_text,
      ...icon,
      ...(nested.length === 0 ? {} : { children: nested }),
    },
  };
}

const parentTypes = {
  bullet: "bulleted_list_item",
  number: "numbered_list_item",
  toggle: "toggle",
  callout: "callout",
} as const;

/** What may stand one level down: what is nested too deep moves up to the last level, what is too many is cut. */
function childrenOf(blocks: readonly Block[], depth: number): Nested[] {
  const nested = blocks.filter(isNested);
  const flat = depth === depthMax ? nested.flatMap(flatten) : nested;
  if (flat.length <= childrenMax) {
    return flat;
  }
  const text = `… cut, ${flat.length - childrenMax + 1} more blocks`;
  return [...flat.slice(0, childrenMax - 1), { type: "paragraph", text: [{ text }] }];
}

function flatten(block: Nested): Nested[] {
  return "children" in block
    ? [{ ...block, children: [] }, ...block.children.filter(isNested).flatMap(flatten)]
    : [block];
}

function isPlaced(block: Block): block is Placed {
  return block.type !== "action-items";
}

function isNested(block: Block): block is Nested {
  return isPlaced(block) && block.type !== "timeline";
}

function toTable(rows: readonly NotionBlock[]): NotionBlock {
  const header = { table_row: { cells: tableHeader.map((title) => plainText(title)) } };
  return {
    table: {
      table_width: tableHeader.length,
      has_column_header: true,
      children: [header, ...rows],
    },
  };
}

function withRows(block: NotionBlock, rows: readonly NotionBlock[]): NotionBlock {
  return block["table"] === undefined ? block : toTable(rows);
}

/** The first rows that fit into so many bytes of JSON; at least none. */
function rowsThatFit(rows: readonly NotionBlock[], roomBytes: number): NotionBlock[] {
  let left = roomBytes;
  const end = rows.findIndex((row) => {
    left -= jsonBytes(row) + 1;
    return left < 0;
  });
  return rows.slice(0, end === -1 ? rows.length : end);
}

function countBlocks(block: NotionBlock): number {
  const nested = Object.values(block).flatMap(({ children }) => children ?? []);
  return nested.reduce((sum, child) => sum + countBlocks(child), 1);
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function tooLarge(why: string): TerminalError {
  return new TerminalError("TEMPLATE_TOO_LARGE", `the rendered template has ${why}: shorten it`);
}

// Notion refuses a language it does not know, and a template may name any.
const languages = new Set(
  (
    "bash c c# c++ css dart diff docker elixir erlang go graphql groovy haskell hcl html java " +
    "javascript json kotlin less lua makefile markdown mermaid nix perl php powershell protobuf " +
    "python r ruby rust scala scss shell sql swift toml typescript xml yaml"
  ).split(" "),
);
const languageAliases: Readonly<Record<string, string>> = {
  sh: "shell",
  zsh: "shell",
  console: "shell",
  js: "javascript",
  ts: "typescript",
  py: "python",
  rb: "ruby",
  rs: "rust",
  yml: "yaml",
  md: "markdown",
  tf: "hcl",
  terraform: "hcl",
  dockerfile: "docker",
  csharp: "c#",
  cpp: "c++",
};

function toLanguage(name: string): string {
  const known = name.trim().toLowerCase();
  const language = languageAliases[known] ?? known;
  return languages.has(language) ? language : "plain text";
}
