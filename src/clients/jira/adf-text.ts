/**
 * The canonical plain text of Jira's rich text, for comparing: whatever Jira changes when it stores a
 * text (attributes, marks, the borders of text nodes, empty paragraphs, white space) makes no difference,
 * whatever a person adds or removes does.
 */

import { oneLine } from "../../domain/text.ts";

const depthMax = 50;

/** Takes an ADF document as Jira gave it, or anything else; gives lines without blank ones, "" for none. */
export function canonicalText(adf: unknown): string {
  if (typeof adf === "string") {
    return asLines(adf);
  }
  return isNode(adf) ? asLines(blocksOf(adf, 0).join("\n")) : "";
}

interface Node {
  readonly type: string;
  readonly text?: unknown;
  readonly attrs?: unknown;
  readonly content?: unknown;
}

function asLines(text: string): string {
  return text
    .normalize("NFC")
    .split("\n")
    .map((line) => oneLine(line))
    .filter((line) => line !== "")
    .join("\n");
}

/** The lines of a node: text of neighboring inline nodes belongs together, blocks stand apart. */
function blocksOf(node: Node, depth: number): string[] {
  if (depth > depthMax) {
    return ["[…]"];
  }
  const lines: string[] = [];
  let line: string | undefined;
  for (const child of childrenOf(node)) {
    const inline = inlineText(child);
    if (inline === undefined) {
      lines.push(...(line === undefined ? [] : [line]), ...block(child, depth + 1));
      line = undefined;
    } else {
      line = (line ?? "") + inline;
    }
  }
  return line === undefined ? lines : [...lines, line];
}

function block(node: Node, depth: number): string[] {
  switch (node.type) {
    case "rule":
      return ["---"];
    case "listItem":
      return prefixed("- ", blocksOf(node, depth));
    case "taskItem":
    case "decisionItem":
      return prefixed(attr(node, "state") === "DONE" ? "[x] " : "[ ] ", blocksOf(node, depth));
    case "doc":
    case "paragraph":
    case "heading":
    case "bulletList":
    case "orderedList":
    case "taskList":
    case "decisionList":
    case "blockquote":
    case "codeBlock":
    case "panel":
    case "table":
    case "tableRow":
    case "tableHeader":
    case "tableCell":
    case "expand":
    case "nestedExpand":
    case "layoutSection":
    case "layoutColumn":
      return blocksOf(node, depth);
    default: {
      // Media, cards and what Jira may invent: that it is there counts, and so does what it holds.
      const inside = blocksOf(node, depth);
      return [`[${node.type}${attr(node, "url") ?? ""}]`, ...inside];
    }
  }
}

function prefixed(prefix: string, lines: readonly string[]): string[] {
  const [first, ...rest] = lines
    .join("\n")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return first === undefined ? [] : [prefix + first, ...rest];
}

/** Undefined for a node that stands on lines of its own. */
function inlineText(node: Node): string | undefined {
  switch (node.type) {
    case "text":
      return typeof node.text === "string" ? node.text : "";
    case "hardBreak":
      return "\n";
    case "inlineCard":
      return attr(node, "url") ?? "[inlineCard]";
    case "mention":
    case "status":
      return attr(node, "text") ?? `[${node.type}]`;
    case "emoji":
      return attr(node, "text") ?? attr(node, "shortName") ?? "[emoji]";
    case "date":
      return `[date ${attr(node, "timestamp") ?? ""}]`;
    default:
      return undefined;
  }
}

function attr({ attrs }: Node, name: string): string | undefined {
  const value =
    typeof attrs === "object" && attrs !== null
      ? Object.entries(attrs).find(([key]) => key === name)?.[1]
      : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function childrenOf({ content }: Node): Node[] {
  return Array.isArray(content) ? content.filter(isNode) : [];
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}
