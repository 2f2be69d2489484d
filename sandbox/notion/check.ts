/** Small checks of request bodies; each refuses with the path and the words that Notion uses. */

import { refuseBody } from "./errors.ts";
import type { Fields } from "./model.ts";

const arrayMax = 100;
const textMax = 2_000;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object with no keys but `allowed`; a 400 otherwise. */
export function fieldsOf(value: unknown, path: string, allowed?: readonly string[]): Fields {
  if (value === undefined) {
    refuseBody(path, "defined", value);
  }
  if (!isFields(value)) {
    refuseBody(path, "an object", value);
  }
  for (const key of allowed === undefined ? [] : Object.keys(value)) {
    if (allowed?.includes(key) === false && value[key] !== undefined) {
      refuseBody(`${path}.${key}`, "not present", value[key]);
    }
  }
  return value;
}

/** The value as an array of at most `max` elements. */
export function listOf(value: unknown, path: string, max: number = arrayMax): readonly unknown[] {
  if (value === undefined) {
    refuseBody(path, "defined", value);
  }
  if (!Array.isArray(value)) {
    refuseBody(path, "an array", value);
  }
  if (value.length > max) {
    refuseBody(`${path}.length`, `≤ \`${max}\``, value.length);
  }
  return value;
}

/** The value as well-formed text of at most `max` UTF-16 code units. */
export function textOf(value: unknown, path: string, max: number = textMax): string {
  if (value === undefined) {
    refuseBody(path, "defined", value);
  }
  if (typeof value !== "string") {
    refuseBody(path, "a string", value);
  }
  if (value.length > max) {
    refuseBody(`${path}.length`, `≤ \`${max}\``, value.length);
  }
  if (!value.isWellFormed()) {
    refuseBody(path, "a well-formed string", value);
  }
  return value;
}

export function booleanOf(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") {
    refuseBody(path, "a boolean", value);
  }
  return value;
}

export function numberOf(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    refuseBody(path, "a number", value);
  }
  return value;
}

/** One of the given words. */
export function wordOf(value: unknown, path: string, words: readonly string[]): string {
  if (typeof value !== "string" || !words.includes(value)) {
    refuseBody(path, words.map((word) => `\`"${word}"\``).join(", or "), value);
  }
  return value;
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/iu;

/** An id with or without dashes, as Notion gives it out: dashed and in lower case. */
export function idOf(value: unknown, path: string): string {
  if (typeof value !== "string" || !uuid.test(value)) {
    refuseBody(path, "a valid uuid", value);
  }
  const hex = value.replaceAll("-", "").toLowerCase();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** A page size of 1 to 100, from a body (number) or a query (text); 100 when absent. */
export function pageSizeOf(value: unknown, path: string): number {
  if (value === undefined || value === null) {
    return arrayMax;
  }
  const size = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
    refuseBody(path, "a number", value);
  }
  if (size > arrayMax) {
    refuseBody(path, `≤ \`${arrayMax}\``, size);
  }
  return size;
}

/** Whether Notion takes it as an address: absolute with a known scheme, no spaces, at most 2,000. */
export function isUrl(text: string): boolean {
  return (
    text.length <= textMax &&
    /^(?:https?|mailto|tel|notion|ftp):/iu.test(text) &&
    !/\s/u.test(text) &&
    URL.canParse(text)
  );
}

const emoji = /^\p{RGI_Emoji}$/v;

/** An icon as Notion takes and gives it, or null. */
export function iconOf(value: unknown, path: string): Fields | null {
  if (value === null) {
    return null;
  }
  const icon = fieldsOf(value, path, [
    "type",
    "emoji",
    "external",
    "file_upload",
    "custom_emoji",
    "icon",
    "file",
  ]);
  if (icon["emoji"] !== undefined) {
    const text = textOf(icon["emoji"], `${path}.emoji`);
    if (!emoji.test(text) && !emoji.test(`${text}\u{FE0F}`)) {
      refuseBody(`${path}.emoji`, "an emoji", text);
    }
    return { type: "emoji", emoji: text };
  }
  if (icon["external"] !== undefined) {
    const { url } = fieldsOf(icon["external"], `${path}.external`, ["url"]);
    const text = textOf(url, `${path}.external.url`);
    if (!isUrl(text)) {
      refuseBody(`${path}.external.url`, "a valid URL", text);
    }
    return { type: "external", external: { url: text } };
  }
  for (const type of ["file_upload", "custom_emoji", "icon"]) {
    if (icon[type] !== undefined) {
      return { type, [type]: fieldsOf(icon[type], `${path}.${type}`) };
    }
  }
  return refuseBody(`${path}.emoji`, "defined", undefined);
}
