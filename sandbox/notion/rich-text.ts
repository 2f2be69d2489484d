/** Rich text: from a request to what Notion answers, with its limits. */

import { booleanOf, fieldsOf, idOf, isFields, isUrl, listOf, textOf, wordOf } from "./check.ts";
import { refuse, refuseBody } from "./errors.ts";
import type { Fields } from "./model.ts";

const baseColors = ["gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];
export const selectColors = ["default", ...baseColors];
export const colors = [
  ...selectColors,
  "default_background",
  ...baseColors.map((color) => `${color}_background`),
];

export interface RichTextItem {
  readonly type: "text" | "mention" | "equation";
  readonly text?: { readonly content: string; readonly link: { readonly url: string } | null };
  readonly mention?: Fields;
  readonly equation?: { readonly expression: string };
  readonly annotations: Fields;
  readonly plain_text: string;
  readonly href: string | null;
}

/** Names what a mention points at; undefined where there is no such thing. */
export interface Names {
  userName(id: string): string | undefined;
  pageTitle(id: string): string | undefined;
}

const itemKeys = ["type", "text", "mention", "equation", "annotations", "plain_text", "href"];
const marks = ["bold", "italic", "strikethrough", "underline", "code"];
const expressionMax = 1_000;

/** Rich text of a request. At most 100 items of at most 2,000 characters each. */
export function parseRichText(value: unknown, path: string, names: Names): RichTextItem[] {
  return listOf(value, path).map((raw, index) => parseItem(raw, `${path}[${index}]`, names));
}

/** Text as a person types it: one plain item, or none for nothing. */
export function plainItems(text: string, url?: string): RichTextItem[] {
  return text === "" ? [] : [textItem(text, url ?? null, annotationsOf(undefined, ""))];
}

/** The plain text of all items. */
export function plainText(items: readonly RichTextItem[]): string {
  return items.map((item) => item.plain_text).join("");
}

/** Whether the value is rich text as the sandbox keeps it. */
export function isRichText(value: unknown): value is readonly RichTextItem[] {
  return Array.isArray(value) && value.every((item) => isFields(item) && "plain_text" in item);
}

function parseItem(raw: unknown, path: string, names: Names): RichTextItem {
  const item = fieldsOf(raw, path, itemKeys);
  const annotations = annotationsOf(item["annotations"], `${path}.annotations`);
  if (item["text"] !== undefined) {
    const text = fieldsOf(item["text"], `${path}.text`, ["content", "link"]);
    const content = textOf(text["content"], `${path}.text.content`);
    return textItem(content, linkOf(text["link"], `${path}.text.link`), annotations);
  }
  if (item["equation"] !== undefined) {
    const equation = fieldsOf(item["equation"], `${path}.equation`, ["expression"]);
    const expression = textOf(equation["expression"], `${path}.equation.expression`, expressionMax);
    const equationItem = { type: "equation", equation: { expression } } as const;
    return { ...equationItem, annotations, plain_text: expression, href: null };
  }
  if (item["mention"] !== undefined) {
    const [mention, plain] = mentionOf(item["mention"], `${path}.mention`, names);
    return { type: "mention", mention, annotations, plain_text: plain, href: null };
  }
  return refuseBody(`${path}.text`, "defined", undefined);
}

function textItem(content: string, url: string | null, annotations: Fields): RichTextItem {
  const link = url === null ? null : { url };
  return { type: "text", text: { content, link }, annotations, plain_text: content, href: url };
}

function linkOf(value: unknown, path: string): string | null {
  if (value === undefined || value === null) {
    return null;
  }
  const link = fieldsOf(value, path, ["url", "type"]);
  const url = textOf(link["url"], `${path}.url`);
  // Links inside the workspace may be relative ("/<page id>").
  if (!isUrl(url) && !/^[/#][^\s]*$/u.test(url)) {
    refuse("Content creation Failed. Fix the following: \nInvalid URL for link.");
  }
  return url;
}

function annotationsOf(value: unknown, path: string): Fields {
  const given = value === undefined ? {} : fieldsOf(value, path, [...marks, "color"]);
  const result: Record<string, unknown> = {};
  for (const mark of marks) {
    result[mark] = given[mark] === undefined ? false : booleanOf(given[mark], `${path}.${mark}`);
  }
  const color = given["color"];
  result["color"] = color === undefined ? "default" : wordOf(color, `${path}.color`, colors);
  return result;
}

function mentionOf(value: unknown, path: string, names: Names): [Fields, string] {
  const kinds = ["user", "page", "database", "date", "template_mention", "custom_emoji"];
  const mention = fieldsOf(value, path, ["type", ...kinds]);
  const type = kinds.find((kind) => mention[kind] !== undefined);
  if (type === undefined) {
    refuseBody(`${path}.user`, "defined", undefined);
  }
  const target = fieldsOf(mention[type], `${path}.${type}`);
  switch (type) {
    case "user": {
      const id = idOf(target["id"], `${path}.user.id`);
      const name = names.userName(id) ?? refuse(`Could not find user with ID: ${id}.`);
      return [{ type, user: { object: "user", id } }, `@${name}`];
    }
    case "page":
    case "database": {
      const id = idOf(target["id"], `${path}.${type}.id`);
      return [{ type, [type]: { id } }, names.pageTitle(id) ?? "Untitled"];
    }
    case "date": {
      const start = textOf(target["start"], `${path}.date.start`);
      const end = target["end"] ?? null;
      const plain = end === null ? start : `${start} → ${textOf(end, `${path}.date.end`)}`;
      return [{ type, date: { start, end, time_zone: null } }, plain];
    }
    default:
      return [{ type, [type]: target }, `@${type}`];
  }
}
