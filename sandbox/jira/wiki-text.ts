/** Documents as wiki text, which is how webhooks still tell a description or a comment. */

import { isFields } from "./adf.ts";
import type { Fields } from "./model.ts";

/** The document in wiki markup; "" for an empty one. */
export function wikiTextOf(document: Fields): string {
  return blocks(childrenOf(document));
}

function blocks(nodes: readonly Fields[]): string {
  return nodes.map((node) => block(node)).join("\n\n");
}

function block(node: Fields): string {
  const attrs = attrsOf(node);
  const children = childrenOf(node);
  switch (node["type"]) {
    case "heading":
      return `h${Number(attrs["level"])}. ${inlines(children)}`;
    case "bulletList":
    case "orderedList":
    case "taskList":
      return list(node, "").join("\n");
    case "codeBlock": {
      const language = attrs["language"];
      const [open, close] =
        typeof language === "string"
          ? [`{code:${language}}`, "{code}"]
          : ["{noformat}", "{noformat}"];
      return `${open}\n${children.map((child) => String(child["text"])).join("")}\n${close}`;
    }
    case "blockquote":
      return `{quote}\n${blocks(children)}\n{quote}`;
    case "panel":
      return `{panel}\n${blocks(children)}\n{panel}`;
    case "rule":
      return "----";
    case "table":
      return children.map(tableRow).join("\n");
    case "expand":
      return [textIn(attrs, "title"), blocks(children)].filter((part) => part !== "").join("\n\n");
    case "blockCard":
      return inline(node);
    default:
      return inlines(children);
  }
}

/** A line per item; nested lists repeat the marks of the lists around them. */
function list(node: Fields, marks: string): string[] {
  const all = `${marks}${node["type"] === "orderedList" ? "#" : "*"}`;
  return childrenOf(node).flatMap((item) => {
    if (isList(item)) {
      return list(item, all);
    }
    if (item["type"] === "taskItem") {
      return [`${all} ${inlines(childrenOf(item))}`];
    }
    const [first, ...rest] = childrenOf(item);
    const head = first === undefined || isList(first) ? "" : block(first);
    const nested = first !== undefined && isList(first) ? [first, ...rest] : rest;
    const tail = nested.flatMap((one) => (isList(one) ? list(one, all) : [block(one)]));
    return [`${all} ${head}`, ...tail];
  });
}

function isList(node: Fields): boolean {
  return ["bulletList", "orderedList", "taskList"].includes(String(node["type"]));
}

function tableRow(row: Fields): string {
  const cells = childrenOf(row);
  const parts = cells.map((cell) => {
    const sign = cell["type"] === "tableHeader" ? "||" : "|";
    return `${sign}${blocks(childrenOf(cell))}`;
  });
  return `${parts.join("")}${cells.at(-1)?.["type"] === "tableHeader" ? "||" : "|"}`;
}

function inlines(nodes: readonly Fields[]): string {
  return nodes.map((node) => inline(node)).join("");
}

function inline(node: Fields): string {
  const attrs = attrsOf(node);
  switch (node["type"]) {
    case "text":
      return marked(node);
    case "hardBreak":
      return "\n";
    case "inlineCard":
    case "blockCard": {
      const url = textIn(attrs, "url");
      return `[${url}|${url}|smart-link] `;
    }
    case "mention":
      return `[~accountid:${textIn(attrs, "id")}]`;
    default:
      return textIn(attrs, "text", "shortName", "timestamp");
  }
}

const wraps: Readonly<Record<string, readonly [before: string, after: string]>> = {
  strong: ["*", "*"],
  em: ["_", "_"],
  strike: ["-", "-"],
  underline: ["+", "+"],
  code: ["{{", "}}"],
};

function marked(node: Fields): string {
  const marks = Array.isArray(node["marks"]) ? node["marks"].filter(isFields) : [];
  return marks.reduce((text, mark) => {
    if (mark["type"] === "link") {
      return `[${text}|${textIn(attrsOf(mark), "href")}]`;
    }
    const [before, after] = wraps[String(mark["type"])] ?? ["", ""];
    return `${before}${text}${after}`;
  }, String(node["text"]));
}

/** The first of the attributes that is there, as text. */
function textIn(attrs: Fields, ...names: readonly string[]): string {
  const found = names.map((one) => attrs[one]).find((one) => typeof one === "string");
  return found ?? "";
}

function attrsOf(node: Fields): Fields {
  return isFields(node["attrs"]) ? node["attrs"] : {};
}

function childrenOf(node: Fields): readonly Fields[] {
  return Array.isArray(node["content"]) ? node["content"].filter(isFields) : [];
}
