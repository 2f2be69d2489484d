/**
 * Documents and plain text as Jira's rich text (ADF), which its validator rejects whole for any node it
 * doesn't like: only its plainest nodes are made, text stays text, and what is too long is cut visibly.
 */

import type { Block, Document, RichText, Span } from "../../domain/document.ts";
import { cleanText } from "../../domain/text.ts";

export interface AdfMark {
  readonly type: "strong" | "em" | "strike" | "code" | "link";
  readonly attrs?: { readonly href: string };
}

export interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly marks?: readonly AdfMark[];
  readonly attrs?: Readonly<Record<string, string | number>>;
  readonly content?: readonly AdfNode[];
}

export interface AdfDocument {
  readonly type: "doc";
  readonly version: 1;
  readonly content: AdfNode[];
}

/** Jira's limit is 32,767 characters of text, and it counts marks and structure in its own way. */
const descriptionUnitsMax = 25_000;
const commentUnitsMax = 20_000;
const blocksMax = 1_000;
const listDepthMax = 5;
const hrefUnitsMax = 2_000;

/** What is left to write of a document; spent from its start to its end. */
interface Room {
  units: number;
  blocks: number;
  cutUnits: number;
}

/** Takes a document of any length; gives it as a description. */
export function toAdf(document: Document): AdfDocument {
  const room = { units: descriptionUnitsMax, blocks: blocksMax, cutUnits: 0 };
  return finished(toNodes(document.blocks, room), room);
}

/** Takes plain text and a last line to add; gives a comment with a paragraph for each line. */
export function toAdfComment(text: string, lastLine: string): AdfDocument {
  const room = { units: commentUnitsMax, blocks: blocksMax, cutUnits: 0 };
  const paragraphs = cleanText(text)
    .split("\n")
    .flatMap((line) => paragraph([{ text: line }], room));
  const { content } = finished(paragraphs, room);
  return asDocument([
    ...content,
    { type: "paragraph", content: [{ type: "text", text: lastLine }] },
  ]);
}

function finished(nodes: readonly AdfNode[], { cutUnits }: Room): AdfDocument {
  const note = `… (cut, ${cutUnits} more characters)`;
  const end: AdfNode = { type: "paragraph", content: [{ type: "text", text: note }] };
  return asDocument(cutUnits === 0 ? nodes : [...nodes, end]);
}

function asDocument(content: readonly AdfNode[]): AdfDocument {
  return { type: "doc", version: 1, content: [...content] };
}

/** Neighboring items of one kind become one list. */
function toNodes(blocks: readonly Block[], room: Room): AdfNode[] {
  const nodes: AdfNode[] = [];
  for (const block of blocks) {
    const [list, item] = listItem(block, room, 1);
    if (list === undefined) {
      nodes.push(...toPlainNodes(block, room));
    } else if (item !== undefined) {
      addToList(nodes, list, item);
    }
  }
  return nodes;
}

function addToList(nodes: AdfNode[], type: string, item: AdfNode): void {
  const last = nodes.at(-1);
  if (last?.type === type) {
    nodes[nodes.length - 1] = { ...last, content: [...(last.content ?? []), item] };
  } else {
    nodes.push({ type, content: [item] });
  }
}

/** The kind of list that a block belongs to, if any, and its item, unless there is no room. */
function listItem(
  block: Block,
  room: Room,
  depth: number,
): readonly [list?: string, item?: AdfNode | undefined] {
  switch (block.type) {
    case "bullet":
      return ["bulletList", toItem(block.text, block.children, { room, depth })];
    case "number":
      return ["orderedList", toItem(block.text, block.children, { room, depth })];
    case "todo": {
      const box = { text: block.checked ? "[x] " : "[ ] " };
      return ["bulletList", toItem([box, ...block.text], [], { room, depth })];
    }
    case "heading":
    case "paragraph":
    case "quote":
    case "callout":
    case "toggle":
    case "code":
    case "divider":
    case "timeline":
    case "action-items":
      return [];
  }
}

/** An item holds paragraphs, code and further lists; anything else in it is refused, so its text goes in paragraphs. */
function toItem(
  text: RichText,
  children: readonly Block[],
  { room, depth }: { readonly room: Room; readonly depth: number },
): AdfNode | undefined {
  const content = paragraph(text, room);
  for (const child of children) {
    const [list, item] = depth < listDepthMax ? listItem(child, room, depth + 1) : [];
    if (list !== undefined && item !== undefined) {
      // An item has to begin with a paragraph or code: an empty one before its list would be dropped.
      addToList(content, list, item);
    } else if (list === undefined) {
      content.push(...flattened(child, room));
    }
  }
  if (
    content[0] !== undefined &&
    content[0].type !== "paragraph" &&
    content[0].type !== "codeBlock"
  ) {
    content.unshift({ type: "paragraph", content: [{ type: "text", text: "–" }] });
  }
  return content.length === 0 ? undefined : { type: "listItem", content };
}

function toPlainNodes(block: Block, room: Room): AdfNode[] {
  switch (block.type) {
    case "heading":
      return paragraph(block.text, room).map((node) => ({
        ...node,
        type: "heading",
        attrs: { level: block.level },
      }));
    case "quote": {
      const content = paragraph(block.text, room);
      return content.length === 0 ? [] : [{ type: "blockquote", content }];
    }
    case "callout":
    case "toggle": {
      const icon =
        block.type === "callout" && block.icon !== "" ? [{ text: `${block.icon} ` }] : [];
      return [...paragraph([...icon, ...block.text], room), ...toNodes(block.children, room)];
    }
    case "divider":
      return takesBlock(room) ? [{ type: "rule" }] : [];
    case "paragraph":
    case "code":
    case "bullet":
    case "number":
    case "todo":
    case "timeline":
    case "action-items":
      return flattened(block, room);
  }
}

/** Paragraphs and code only. */
function flattened(block: Block, room: Room): AdfNode[] {
  switch (block.type) {
    case "code": {
      const [text] = inline([{ text: block.text }], room, { breaks: false });
      return text === undefined ? [] : [{ type: "codeBlock", content: [text] }];
    }
    case "divider":
    case "timeline":
    case "action-items":
      return [];
    case "todo":
      return paragraph([{ text: block.checked ? "[x] " : "[ ] " }, ...block.text], room);
    case "heading":
    case "paragraph":
    case "quote":
      return paragraph(block.text, room);
    case "bullet":
    case "number":
    case "callout":
    case "toggle":
      return [
        ...paragraph(block.text, room),
        ...block.children.flatMap((child) => flattened(child, room)),
      ];
  }
}

/** None for text without anything to see, or where there is no room. */
function paragraph(text: RichText, room: Room): AdfNode[] {
  const isBlank = text.every((span) => cleanText(span.text).trim() === "");
  const content = isBlank ? [] : inline(text, room, { breaks: true });
  return content.length === 0 ? [] : [{ type: "paragraph", content }];
}

function takesBlock(room: Room): boolean {
  room.blocks -= 1;
  return room.blocks >= 0 && room.units > 0;
}

function inline(text: RichText, room: Room, { breaks }: { readonly breaks: boolean }): AdfNode[] {
  const nodes: AdfNode[] = [];
  const hasRoom = takesBlock(room);
  for (const span of text) {
    const clean = cleanText(span.text);
    const kept = hasRoom ? headOf(clean, room.units) : "";
    room.units -= kept.length;
    room.cutUnits += clean.length - kept.length;
    if (kept.length < clean.length) {
      // What follows is cut as well, even if it were shorter.
      room.units = 0;
    }
    for (const [at, line] of (breaks ? kept.split("\n") : [kept]).entries()) {
      if (at > 0) {
        nodes.push({ type: "hardBreak" });
      }
      if (line !== "") {
        nodes.push(textNode(line, breaks ? marksOf(span) : []));
      }
    }
  }
  return nodes;
}

function textNode(text: string, marks: readonly AdfMark[]): AdfNode {
  return { type: "text", text, ...(marks.length === 0 ? {} : { marks }) };
}

/** Code goes with a link and nothing else. */
function marksOf(span: Span): AdfMark[] {
  const marks: AdfMark[] = [];
  if (span.code === true) {
    marks.push({ type: "code" });
  } else {
    const styles = { strong: span.bold, em: span.italic, strike: span.strike } as const;
    for (const type of ["strong", "em", "strike"] as const) {
      if (styles[type] === true) {
        marks.push({ type });
      }
    }
  }
  if (span.href !== undefined && isWebUrl(span.href)) {
    marks.push({ type: "link", attrs: { href: span.href } });
  }
  return marks;
}

function isWebUrl(url: string): boolean {
  return (
    url.length <= hrefUnitsMax && /^https?:\/\/[^\s<>"\\^`{|}]+$/i.test(url) && URL.canParse(url)
  );
}

/** At most `units` UTF-16 units from the start, never half a surrogate pair. */
function headOf(text: string, units: number): string {
  const end = Math.max(0, Math.min(units, text.length));
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(end - 1, end + 1))
    ? text.slice(0, end - 1)
    : text.slice(0, end);
}
