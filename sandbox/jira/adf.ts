/** Documents in the Atlassian Document Format: the check that Jira makes, and their plain text. */

import type { Fields } from "./model.ts";

/** What a node takes: its attributes, the groups of its children, and whether it must have any. */
interface NodeRule {
  readonly attrs?: readonly string[];
  readonly content?: readonly string[];
  readonly isFilled?: boolean;
}

const inline = ["text", "hardBreak", "inlineCard", "mention", "emoji", "date", "status"];
const inList = ["paragraph", "bulletList", "orderedList", "codeBlock", "taskList", "mediaSingle"];
const inQuote = ["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle"];
const inPanel = ["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "taskList"];
const inCell = [...inPanel, "blockquote", "rule", "panel", "mediaSingle", "blockCard"];
const top = [...inCell, "table", "expand"];

const nodes: Readonly<Record<string, NodeRule>> = {
  doc: { content: top },
  paragraph: { attrs: ["localId"], content: inline },
  heading: { attrs: ["level", "localId"], content: inline },
  bulletList: { attrs: ["localId"], content: ["listItem"], isFilled: true },
  orderedList: { attrs: ["order", "localId"], content: ["listItem"], isFilled: true },
  listItem: { attrs: ["localId"], content: inList, isFilled: true },
  taskList: { attrs: ["localId"], content: ["taskItem", "taskList"], isFilled: true },
  taskItem: { attrs: ["localId", "state"], content: inline },
  codeBlock: { attrs: ["language", "uniqueId", "localId"], content: ["text"] },
  blockquote: { attrs: ["localId"], content: inQuote, isFilled: true },
  panel: { attrs: ["panelType", "localId"], content: inPanel, isFilled: true },
  rule: { attrs: ["localId"] },
  expand: { attrs: ["title", "localId"], content: inCell, isFilled: true },
  table: {
    attrs: ["isNumberColumnEnabled", "layout", "width", "localId"],
    content: ["tableRow"],
    isFilled: true,
  },
  tableRow: { attrs: ["localId"], content: ["tableCell", "tableHeader"] },
  tableCell: { attrs: ["colspan", "rowspan", "colwidth", "background"], content: inCell },
  tableHeader: { attrs: ["colspan", "rowspan", "colwidth", "background"], content: inCell },
  mediaSingle: { attrs: ["layout", "width"], content: ["media"] },
  media: { attrs: ["id", "type", "collection", "width", "height", "alt", "url"] },
  blockCard: { attrs: ["url", "localId"] },
  text: {},
  hardBreak: { attrs: ["text", "localId"] },
  inlineCard: { attrs: ["url", "localId"] },
  mention: { attrs: ["id", "text", "accessLevel", "userType", "localId"] },
  emoji: { attrs: ["shortName", "id", "text", "localId"] },
  date: { attrs: ["timestamp", "localId"] },
  status: { attrs: ["text", "color", "localId", "style"] },
};

const markAttrs: Readonly<Record<string, readonly string[]>> = {
  strong: [],
  em: [],
  strike: [],
  underline: [],
  code: [],
  subsup: ["type"],
  textColor: ["color"],
  backgroundColor: ["color"],
  link: ["href", "title", "id", "collection", "occurrenceKey"],
};

const emptyDocument = { type: "doc", version: 1, content: [] } as const;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value says that it is a document at all. */
export function isDocument(value: unknown): value is Fields {
  return isFields(value) && value["type"] === "doc";
}

/** Whether Jira takes the document. It rejects and never repairs, and never says where. */
export function isValidDocument(value: Fields): boolean {
  return value["version"] === 1 && Array.isArray(value["content"]) && isValidNode(value);
}

function isValidNode(node: Fields): boolean {
  const type = node["type"];
  const rule = typeof type === "string" ? nodes[type] : undefined;
  if (rule === undefined || !hasOnly(node["attrs"], rule.attrs ?? [])) {
    return false;
  }
  if (type === "heading" && !isLevel(node["attrs"])) {
    return false;
  }
  if (type === "text") {
    return isValidText(node);
  }
  const children = node["content"] ?? [];
  if (!Array.isArray(children) || (rule.isFilled === true && children.length === 0)) {
    return false;
  }
  const takes = rule.content ?? [];
  return children.every(
    (child: unknown) =>
      isFields(child) && takes.includes(String(child["type"])) && isValidNode(child),
  );
}

function isLevel(attrs: unknown): boolean {
  const level = isFields(attrs) ? attrs["level"] : undefined;
  return typeof level === "number" && Number.isInteger(level) && level >= 1 && level <= 6;
}

function isValidText(node: Fields): boolean {
  const { text, marks = [] } = node;
  if (typeof text !== "string" || text === "" || !Array.isArray(marks)) {
    return false;
  }
  const types = marks.map((mark: unknown) => (isFields(mark) ? String(mark["type"]) : ""));
  const isPlainCode =
    !types.includes("code") || types.every((one) => ["code", "link"].includes(one));
  return (
    isPlainCode &&
    marks.every((mark: unknown) => {
      const attrs = isFields(mark) ? markAttrs[String(mark["type"])] : undefined;
      return attrs !== undefined && isFields(mark) && hasOnly(mark["attrs"], attrs);
    })
  );
}

function hasOnly(attrs: unknown, known: readonly string[]): boolean {
  return (
    attrs === undefined ||
    (isFields(attrs) && Object.keys(attrs).every((name) => known.includes(name)))
  );
}

/** A document with one paragraph per line; an empty document for "". */
export function documentOf(text: string): Fields {
  if (text === "") {
    return emptyDocument;
  }
  const content = text.split("\n").map((line) => ({
    type: "paragraph",
    content: line === "" ? [] : [{ type: "text", text: line }],
  }));
  return { type: "doc", version: 1, content };
}

/** The text of a document: a line per block, list items with a hyphen. "" for null. */
export function plainTextOf(document: Fields | null): string {
  return document === null ? "" : linesOf(document).join("\n");
}

function linesOf(node: Fields): string[] {
  const children = childrenOf(node);
  if (children.some((child) => inline.includes(String(child["type"])))) {
    return children.map(inlineText).join("").split("\n");
  }
  switch (node["type"]) {
    case "listItem":
    case "taskItem":
      return children
        .flatMap(linesOf)
        .map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
    case "rule":
      return ["----"];
    case "blockCard":
      return [inlineText(node)];
    case "paragraph":
    case "heading":
    case "codeBlock":
      return [""];
    default:
      return children.flatMap(linesOf);
  }
}

function inlineText(node: Fields): string {
  const attrs = isFields(node["attrs"]) ? node["attrs"] : {};
  switch (node["type"]) {
    case "text":
      return String(node["text"]);
    case "hardBreak":
      return "\n";
    default:
      return (
        [attrs["text"], attrs["url"], attrs["shortName"]].find((one) => typeof one === "string") ??
        ""
      );
  }
}

function childrenOf(node: Fields): readonly Fields[] {
  return Array.isArray(node["content"]) ? node["content"].filter(isFields) : [];
}
