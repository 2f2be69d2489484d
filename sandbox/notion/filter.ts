/** Filters and sorts of queries and views: checked against the schema, then applied to rows. */

import { fieldsOf, idOf, isFields, listOf, numberOf, textOf, wordOf } from "./check.ts";
import { refuse, refuseBody } from "./errors.ts";
import type { DataSource, Fields, Page, PageState, Property, Value } from "./model.ts";
import { findProperty } from "./property.ts";
import { plainText } from "./rich-text.ts";
import { minuteOf } from "./dates.ts";

export interface Row {
  readonly page: Page;
  readonly state: PageState;
}

export type Test = (row: Row) => boolean;

const levelsMax = 2;
const timestamps = ["created_time", "last_edited_time"];
const textTypes = ["title", "rich_text", "url", "email", "phone_number"];

/** What a filter says, as a test of rows. A 400 when it does not fit the schema. */
export function parseFilter(
  value: unknown,
  against: { readonly source: DataSource; readonly now: Date },
  path = "body.filter",
  level = 0,
): Test {
  const filter = fieldsOf(value, path);
  for (const key of ["and", "or"] as const) {
    if (filter[key] !== undefined) {
      if (level >= levelsMax) {
        refuseBody(`${path}.${key}`, "not present", filter[key]);
      }
      fieldsOf(value, path, [key]);
      const parts = listOf(filter[key], `${path}.${key}`);
      const tests = parts.map((part, index) =>
        parseFilter(part, against, `${path}.${key}[${index}]`, level + 1),
      );
      return (row) =>
        key === "and" ? tests.every((test) => test(row)) : tests.some((test) => test(row));
    }
  }
  const { source, now } = against;
  return filter["timestamp"] === undefined
    ? parsePropertyFilter(filter, source, now, path)
    : parseTimestampFilter(filter, now, path);
}

function parseTimestampFilter(filter: Fields, now: Date, path: string): Test {
  const which = wordOf(filter["timestamp"], `${path}.timestamp`, timestamps);
  fieldsOf(filter, path, ["timestamp", "type", which]);
  const test = dateTest(filter[which], `${path}.${which}`, now);
  return ({ state }) => test(minuteOf(which === "created_time" ? state.createdAt : state.editedAt));
}

function parsePropertyFilter(filter: Fields, source: DataSource, now: Date, path: string): Test {
  const name = textOf(filter["property"], `${path}.property`);
  const property =
    findProperty(source.properties, name) ??
    refuse(`Could not find property with name or id: ${name}`);
  const given = Object.keys(filter).find((key) => key !== "property" && key !== "type");
  if (given === undefined) {
    refuseBody(`${path}.${property.type}`, "defined", undefined);
  }
  if (given !== property.type) {
    refuse(`database property ${property.type} does not match filter ${given}`);
  }
  const condition = fieldsOf(filter[given], `${path}.${given}`);
  const test = conditionTest(property, condition, `${path}.${given}`, now);
  return (row) => test(plainOf(property, row));
}

/** A value in the form that conditions compare: text, number, yes or no, ids, or nothing. */
type Plain = string | number | boolean | readonly string[] | null;

function plainOf(property: Property, { state, page }: Row): Plain {
  const computed: Readonly<Record<string, Plain>> = {
    created_time: minuteOf(state.createdAt),
    last_edited_time: minuteOf(state.editedAt),
    created_by: [state.createdBy],
    last_edited_by: [state.editedBy],
    unique_id: page.number,
  };
  return computed[property.type] ?? plainValue(property, state.values.get(property.id));
}

function plainValue(property: Property, value: Value | undefined): Plain {
  if (value === undefined) {
    return null;
  }
  if ("items" in value) {
    return plainText(value.items);
  }
  if ("optionId" in value) {
    return optionName(property, value.optionId);
  }
  if ("optionIds" in value) {
    return value.optionIds.map((id) => optionName(property, id) ?? "");
  }
  if ("ids" in value) {
    return value.ids;
  }
  if ("date" in value) {
    return value.date?.start ?? null;
  }
  if ("text" in value) {
    return value.text;
  }
  if ("number" in value) {
    return value.number;
  }
  return "checkbox" in value ? value.checkbox : value.files.map(String);
}

function optionName(property: Property, id: string | null): string | null {
  return property.options.find((one) => one.id === id)?.name ?? null;
}

type PlainTest = (value: Plain) => boolean;

function conditionTest(property: Property, condition: Fields, path: string, now: Date): PlainTest {
  const { type } = property;
  if (type === "date" || timestamps.includes(type)) {
    const test = dateTest(condition, path, now);
    return (value) => test(typeof value === "string" ? value : undefined);
  }
  const [operator, wanted] = Object.entries(condition)[0] ?? [];
  if (operator === undefined || Object.keys(condition).length > 1) {
    refuseBody(path, "an object with one condition", condition);
  }
  const at = `${path}.${operator}`;
  if (operator === "is_empty" || operator === "is_not_empty") {
    wordOf(String(wanted), at, ["true"]);
    return (value) => isEmpty(value) === (operator === "is_empty");
  }
  if (textTypes.includes(type)) {
    return textTest(operator, textOf(wanted, at), at);
  }
  if (type === "number" || type === "unique_id") {
    return numberTest(operator, numberOf(wanted, at), at);
  }
  if (type === "checkbox") {
    wordOf(operator, at, ["equals", "does_not_equal"]);
    return (value) => (value === wanted) === (operator === "equals");
  }
  if (type === "select" || type === "status") {
    return optionTest(property, operator, wanted, at);
  }
  return listTest(property, operator, wanted, at);
}

function isEmpty(value: Plain): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function textTest(operator: string, wanted: string, path: string): PlainTest {
  const tests: Readonly<Record<string, (text: string) => boolean>> = {
    equals: (text) => text === wanted,
    does_not_equal: (text) => text !== wanted,
    contains: (text) => text.toLowerCase().includes(wanted.toLowerCase()),
    does_not_contain: (text) => !text.toLowerCase().includes(wanted.toLowerCase()),
    starts_with: (text) => text.toLowerCase().startsWith(wanted.toLowerCase()),
    ends_with: (text) => text.toLowerCase().endsWith(wanted.toLowerCase()),
  };
  const test = tests[operator] ?? refuseBody(path, "not present", wanted);
  return (value) => test(typeof value === "string" ? value : "");
}

function numberTest(operator: string, wanted: number, path: string): PlainTest {
  const tests: Readonly<Record<string, (given: number) => boolean>> = {
    equals: (given) => given === wanted,
    does_not_equal: (given) => given !== wanted,
    greater_than: (given) => given > wanted,
    less_than: (given) => given < wanted,
    greater_than_or_equal_to: (given) => given >= wanted,
    less_than_or_equal_to: (given) => given <= wanted,
  };
  const test = tests[operator] ?? refuseBody(path, "not present", wanted);
  return (value) => (typeof value === "number" ? test(value) : operator === "does_not_equal");
}

function optionTest(
  property: Property,
  operator: string,
  wanted: unknown,
  path: string,
): PlainTest {
  wordOf(operator, path, ["equals", "does_not_equal"]);
  const names = (Array.isArray(wanted) ? listOf(wanted, path) : [wanted]).map((name) =>
    knownOption(property, textOf(name, path)),
  );
  return (value) =>
    (typeof value === "string" && names.includes(value)) === (operator === "equals");
}

function listTest(property: Property, operator: string, wanted: unknown, path: string): PlainTest {
  wordOf(operator, path, ["contains", "does_not_contain"]);
  const one =
    property.type === "multi_select"
      ? knownOption(property, textOf(wanted, path))
      : idOf(wanted, path);
  return (value) => (Array.isArray(value) && value.includes(one)) === (operator === "contains");
}

function knownOption(property: Property, name: string): string {
  const names = property.options.map((option) => option.name);
  if (!names.includes(name)) {
    const available = names.map((one) => `"${one}"`).join(", ");
    refuse(
      `${property.type} option "${name}" not found for property "${property.name}". Available options: ${available}.`,
    );
  }
  return name;
}

/** Notion compares whole days when the condition names one, else instants. */
function dateTest(value: unknown, path: string, now: Date): (text: string | undefined) => boolean {
  const condition = fieldsOf(value, path);
  const [operator, wanted] = Object.entries(condition)[0] ?? [];
  if (operator === undefined || Object.keys(condition).length > 1) {
    refuseBody(path, "an object with one condition", value);
  }
  if (operator === "is_empty" || operator === "is_not_empty") {
    return (text) => (text === undefined) === (operator === "is_empty");
  }
  const range = relativeRange(operator, now);
  if (range !== undefined) {
    return (text) =>
      text !== undefined && Date.parse(text) >= range[0] && Date.parse(text) <= range[1];
  }
  const at = textOf(wanted, `${path}.${operator}`);
  if (Number.isNaN(Date.parse(at))) {
    refuseBody(`${path}.${operator}`, "a valid ISO 8601 date string", wanted);
  }
  const cut = at.length === 10 ? 10 : undefined;
  const wantedMs = Date.parse(at);
  const tests: Readonly<Record<string, (givenMs: number) => boolean>> = {
    equals: (givenMs) => givenMs === wantedMs,
    before: (givenMs) => givenMs < wantedMs,
    after: (givenMs) => givenMs > wantedMs,
    on_or_before: (givenMs) => givenMs <= wantedMs,
    on_or_after: (givenMs) => givenMs >= wantedMs,
  };
  const test = tests[operator] ?? refuseBody(`${path}.${operator}`, "not present", wanted);
  return (text) =>
    text !== undefined &&
    test(Date.parse(cut === undefined ? text : new Date(text).toISOString().slice(0, cut)));
}

function relativeRange(operator: string, now: Date): readonly [number, number] | undefined {
  const days = {
    past_week: -7,
    past_month: -30,
    past_year: -365,
    next_week: 7,
    next_month: 30,
    next_year: 365,
    this_week: 0,
  };
  const found = Object.entries(days).find(([name]) => name === operator)?.[1];
  if (found === undefined) {
    return undefined;
  }
  const nowMs = now.getTime();
  const other = nowMs + found * 86_400_000;
  return [Math.min(nowMs, other), Math.max(nowMs, other)];
}

/** The order that `sorts` asks for; without sorts the order of creation, newest first. */
export function parseSorts(value: unknown, source: DataSource): (a: Row, b: Row) => number {
  const sorts = listOf(value ?? [], "body.sorts").map((raw, index) =>
    parseSort(raw, source, `body.sorts[${index}]`),
  );
  return (a, b) => {
    for (const sort of sorts) {
      const order = sort(a, b);
      if (order !== 0) {
        return order;
      }
    }
    return 0;
  };
}

function parseSort(raw: unknown, source: DataSource, path: string): (a: Row, b: Row) => number {
  const sort = fieldsOf(raw, path, ["property", "timestamp", "direction"]);
  const direction = wordOf(sort["direction"], `${path}.direction`, ["ascending", "descending"]);
  const sign = direction === "ascending" ? 1 : -1;
  if (sort["timestamp"] !== undefined) {
    const which = wordOf(sort["timestamp"], `${path}.timestamp`, timestamps);
    return (a, b) => sign * (stampMs(a.state, which) - stampMs(b.state, which));
  }
  const name = textOf(sort["property"], `${path}.property`);
  const property =
    findProperty(source.properties, name) ??
    refuse(`Could not find sort property with name or id: ${name}`);
  return (a, b) => compare(sortKey(property, a), sortKey(property, b), sign);
}

function stampMs(state: PageState, which: string): number {
  const at = which === "created_time" ? state.createdAt : state.editedAt;
  return Math.floor(at.getTime() / 60_000);
}

/** Selects sort in the order of their options, the rest by value. */
function sortKey(property: Property, row: Row): string | number | null {
  const value = plainOf(property, row);
  if (property.options.length > 0 && typeof value === "string") {
    return property.options.findIndex((option) => option.name === value);
  }
  if (isEmpty(value)) {
    return null;
  }
  return typeof value === "string" || typeof value === "number" ? value : String(value);
}

/** Empty values come last in either direction. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null);
  }
  return a === b ? 0 : sign * (a < b ? -1 : 1);
}

/** Whether a filter, at any level, asks for a relation. */
export function usesRelation(filter: unknown): boolean {
  return (
    isFields(filter) &&
    Object.entries(filter).some(
      ([key, part]) => key === "relation" || (Array.isArray(part) && part.some(usesRelation)),
    )
  );
}
