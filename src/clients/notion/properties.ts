/** A post-mortem's properties: from our write to Notion's request, and from Notion's page to ours. */

import { blockId, notionUserId, pageId, type NotionUserId } from "../../domain/keys.ts";
import {
  postMortemProperties as names,
  type PageBlock,
  type PageTableRow,
  type PostMortemPage,
  type PostMortemWrite,
} from "../../domain/post-mortem.ts";
import { lackedBy, postMortemTypes } from "./property-types.ts";
import type { Block, Page, Property, RichText } from "./schema.ts";
import { cleanText, headOf, isWebUrl, plainText, type TextItem } from "./text.ts";

const nameUnitsMax = 1900;
const textUnitsMax = 10_000;
const optionUnitsMax = 100;
const optionsMax = 100;
const peopleMax = 100;

export type PropertyValue =
  | { readonly title: readonly TextItem[] }
  | { readonly rich_text: readonly TextItem[] }
  | { readonly url: string | null }
  | { readonly number: number | null }
  | { readonly select: { readonly name: string } | null }
  | { readonly multi_select: readonly { readonly name: string }[] }
  | { readonly status: { readonly name: string } }
  | { readonly date: { readonly start: string } | null }
  | { readonly people: readonly { readonly id: string }[] }
  | { readonly relation: readonly { readonly id: string }[] };

/** Takes what to write; gives Notion's `properties`, within its limits. What is absent stays absent. */
export function toProperties(write: PostMortemWrite): Record<string, PropertyValue> {
  return present({
    [names.name]: given(write.name, toTitle),
    [names.incidentId]: given(write.incidentId, (id) => ({ rich_text: plainText(id) })),
    [names.incidentUrl]: given(write.incidentUrl, toUrl),
    [names.severity]: given(write.severity, toSelect),
    [names.services]: given(write.services, toMultiSelect),
    [names.status]: given(write.status, (name) => ({ status: { name } })),
    [names.started]: given(write.started, toDate),
    [names.resolved]: given(write.resolved, toDate),
    [names.durationMin]: given(write.durationMin, toNumber),
    [names.ackMin]: given(write.ackMin, toNumber),
    [names.leads]: given(write.leads, toPeople),
    [names.sync]: given(write.sync, toText),
  });
}

/** Without the properties that are not to be written. */
export function present(
  properties: Readonly<Record<string, PropertyValue | undefined>>,
): Record<string, PropertyValue> {
  const kept: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) {
      kept[name] = value;
    }
  }
  return kept;
}

export function given<Value>(
  value: Value | undefined,
  convert: (value: Value) => PropertyValue | undefined,
): PropertyValue | undefined {
  return value === undefined ? undefined : convert(value);
}

export function toTitle(name: string): PropertyValue {
  return { title: plainText(name.replaceAll(/\s+/g, " "), nameUnitsMax) };
}

export function toText(text: string): PropertyValue {
  return { rich_text: plainText(text, textUnitsMax) };
}

export function toPeople(people: readonly NotionUserId[]): PropertyValue {
  return { people: [...new Set(people)].slice(0, peopleMax).map((id) => ({ id })) };
}

/** Notion refuses the whole request for one bad url, so a bad one is left out. */
export function toUrl(url: string): PropertyValue | undefined {
  return isWebUrl(url) ? { url } : undefined;
}

export function toSelect(name: string | null): PropertyValue {
  const option = name === null ? "" : toOption(name);
  return { select: option === "" ? null : { name: option } };
}

function toMultiSelect(values: readonly string[]): PropertyValue {
  const options = new Set(values.map(toOption).filter((name) => name !== ""));
  return { multi_select: [...options].slice(0, optionsMax).map((name) => ({ name })) };
}

/** Notion refuses commas in the names of options. */
function toOption(name: string): string {
  const clean = cleanText(name).replaceAll(",", " ").replaceAll(/\s+/g, " ").trim();
  return headOf(clean, optionUnitsMax).trim();
}

function toDate(at: Date | null): PropertyValue | undefined {
  if (at === null) {
    return { date: null };
  }
  return Number.isNaN(at.getTime()) ? undefined : { date: { start: at.toISOString() } };
}

function toNumber(value: number | null): PropertyValue {
  return { number: value !== null && Number.isFinite(value) ? value : null };
}

/** The relation is neither read nor written. */
const { [names.actionItems]: _relation, ...readTypes } = postMortemTypes;

/** Takes a page as Notion gave it and our bot's user id; a property that is missing or of another type reads as empty, and is named. */
export function toPostMortemPage(page: Page, botId: string | undefined): PostMortemPage {
  const lacks = lackedBy(page, readTypes);
  function read(name: string): Property | undefined {
    return page.properties[name];
  }
  return {
    id: pageId(page.id),
    url: page.url,
    inTrash: page.in_trash,
    createdAt: new Date(page.created_time),
    lastEditedByUs: isUs(page.last_edited_by, botId),
    name: titleOf(page),
    incidentId: joinText(read(names.incidentId)?.rich_text).trim(),
    services: (read(names.services)?.multi_select ?? []).map(({ name }) => name),
    leads: (read(names.leads)?.people ?? []).map(({ id }) => notionUserId(id)),
    sync: joinText(read(names.sync)?.rich_text),
    ...optional("incidentUrl", read(names.incidentUrl)?.url),
    ...optional("severity", read(names.severity)?.select?.name),
    ...optional("status", read(names.status)?.status?.name),
    ...optional("started", parseDate(read(names.started)?.date?.start)),
    ...optional("resolved", parseDate(read(names.resolved)?.date?.start)),
    ...optional("durationMin", read(names.durationMin)?.number),
    ...optional("ackMin", read(names.ackMin)?.number),
    ...(lacks.length === 0 ? {} : { lacks }),
  };
}

/** Of its title property, whatever its name: there is exactly one. */
export function titleOf({ properties }: Page): string {
  return joinText(Object.values(properties).find((each) => each?.title !== undefined)?.title);
}

/** Rounded down to the minute by Notion. */
export function editedAtOf(page: Page): Date {
  return new Date(page.last_edited_time ?? page.created_time);
}

/** Takes a block as Notion gave it; gives its type, its plain text and whether our bot edited it last. */
export function toPageBlock(block: Block, botId: string | undefined): PageBlock {
  return {
    id: blockId(block.id),
    type: block.type,
    text: textOf(block),
    byUs: isUs(block.last_edited_by, botId),
  };
}

/** The plain text of a block, or the title of what it stands for. */
export function textOf(block: Block): string {
  const texts = [
    block.paragraph,
    block.heading_1,
    block.heading_2,
    block.heading_3,
    block.heading_4,
    block.bulleted_list_item,
    block.numbered_list_item,
    block.to_do,
    block.toggle,
    block.quote,
    block.callout,
    block.code,
  ];
  const own = texts.find((each) => each !== undefined);
  const title = block.child_database?.title ?? block.child_page?.title ?? "";
  return own === undefined ? title : joinText(own.rich_text);
}

/** Takes a `table_row` block; gives the text of its cells and the first link in the first of them. */
export function toTableRow(block: Block, botId: string | undefined): PageTableRow {
  const cells = block.table_row?.cells ?? [];
  const href = (cells[0] ?? []).map((item) => item.href).find((each) => typeof each === "string");
  return {
    id: blockId(block.id),
    cells: cells.map(joinText),
    byUs: isUs(block.last_edited_by, botId),
    ...optional("href", href),
  };
}

export function joinText(items: RichText | undefined): string {
  return (items ?? []).map((item) => item.plain_text).join("");
}

function isUs(editor: { readonly id: string } | undefined, botId: string | undefined): boolean {
  return botId !== undefined && editor?.id === botId;
}

function parseDate(start: string | undefined): Date | undefined {
  const at = new Date(start ?? "");
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The property where it has a value, else no property. */
export function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): Partial<Record<Name, Value>> {
  const one: Partial<Record<Name, Value>> = {};
  if (value !== null && value !== undefined) {
    one[name] = value;
  }
  return one;
}
