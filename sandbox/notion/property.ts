/** Property values and schemas: from a request to the kept form, checked as Notion checks them. */

import {
  booleanOf,
  fieldsOf,
  idOf,
  isFields,
  isUrl,
  listOf,
  numberOf,
  textOf,
  wordOf,
} from "./check.ts";
import { parseDate } from "./dates.ts";
import { refuse, refuseBody } from "./errors.ts";
import type { DataSource, Fields, Option, Property, Value, ValueType, World } from "./model.ts";
import { isRichText, parseRichText, plainText, selectColors, type Names } from "./rich-text.ts";

export interface ParsedValues {
  readonly values: ReadonlyMap<string, Value>;
  /** The schema with the select options that the request brings along. */
  readonly schema: readonly Property[];
}

/** Whether values of this type can be written; the others are computed. */
export function isValueType(type: string): type is ValueType {
  return type in emptyValues;
}

/** The property that a request means by a name or an id (raw or URL-encoded). */
export function findProperty(schema: readonly Property[], key: string): Property | undefined {
  const id = decodeId(key);
  return (
    schema.find((one) => one.name === key) ?? schema.find((one) => one.id === key || one.id === id)
  );
}

const emptyValues: Readonly<Record<ValueType, Value>> = {
  title: { type: "title", items: [] },
  rich_text: { type: "rich_text", items: [] },
  number: { type: "number", number: null },
  select: { type: "select", optionId: null },
  status: { type: "status", optionId: null },
  multi_select: { type: "multi_select", optionIds: [] },
  people: { type: "people", ids: [] },
  relation: { type: "relation", ids: [] },
  date: { type: "date", date: null },
  checkbox: { type: "checkbox", checkbox: false },
  url: { type: "url", text: null },
  email: { type: "email", text: null },
  phone_number: { type: "phone_number", text: null },
  files: { type: "files", files: [] },
};

/** The value of a property that nobody has set. */
export function emptyValue(type: ValueType): Value {
  return emptyValues[type];
}

/** The `properties` of a page create or update under a data source. Changes nothing yet. */
export function parseValues(
  value: unknown,
  source: DataSource,
  world: World,
  names: Names,
): ParsedValues {
  const given = fieldsOf(value, "body.properties");
  const values = new Map<string, Value>();
  let schema = source.properties;
  for (const [key, raw] of Object.entries(given)) {
    const property = findProperty(schema, key) ?? refuse(`${key} is not a property that exists.`);
    if (!isValueType(property.type)) {
      refuse(`${property.name} is a computed property (${property.type}) and cannot be set.`);
    }
    const path = `body.properties.${key}`;
    const part = fieldsOf(raw, path, ["id", "type", "name", property.type]);
    if (part[property.type] === undefined) {
      refuse(`${property.name} is expected to be ${property.type}.`);
    }
    const input = { raw: part[property.type], path: `${path}.${property.type}`, world, names };
    const parsed = parseValue(property, property.type, input);
    values.set(property.id, parsed.value);
    if (parsed.options !== undefined) {
      const { options } = parsed;
      schema = schema.map((one) => (one.id === property.id ? { ...one, options } : one));
    }
  }
  return { values, schema };
}

interface ValueInput {
  readonly raw: unknown;
  readonly path: string;
  readonly world: World;
  readonly names: Names;
}

interface ParsedValue {
  readonly value: Value;
  /** All options of the property when new ones came along. */
  readonly options?: readonly Option[];
}

function parseValue(property: Property, type: ValueType, input: ValueInput): ParsedValue {
  const { raw } = input;
  if (type === "select") {
    return parseSelect(property, input);
  }
  return type === "multi_select"
    ? parseMultiSelect(property, input)
    : {
        value:
          raw === null && nullable.has(type) ? emptyValue(type) : parsePlain(property, type, input),
      };
}

const nullable = new Set<ValueType>(["number", "status", "date", "url", "email", "phone_number"]);

function parsePlain(
  property: Property,
  type: Exclude<ValueType, "select" | "multi_select">,
  input: ValueInput,
): Value {
  const { raw, path } = input;
  const parsers: Readonly<Record<typeof type, () => Value>> = {
    title: () => ({ type: "title", items: parseRichText(raw, path, input.names) }),
    rich_text: () => ({ type: "rich_text", items: parseRichText(raw, path, input.names) }),
    number: () => ({ type: "number", number: numberOf(raw, path) }),
    status: () => ({ type: "status", optionId: statusOption(property, raw, path) }),
    people: () => ({ type: "people", ids: parsePeople(input) }),
    relation: () => ({ type: "relation", ids: parseRelation(property, input) }),
    date: () => ({ type: "date", date: parseDate(raw, path) }),
    checkbox: () => ({ type: "checkbox", checkbox: booleanOf(raw, path) }),
    url: () => ({ type: "url", text: parseLine("url", raw, path) }),
    email: () => ({ type: "email", text: parseLine("email", raw, path) }),
    phone_number: () => ({ type: "phone_number", text: parseLine("phone_number", raw, path) }),
    files: () => ({ type: "files", files: listOf(raw, path) }),
  };
  return parsers[type]();
}

function parseLine(type: "url" | "email" | "phone_number", raw: unknown, path: string): string {
  const text = textOf(raw, path, type === "url" ? 2_000 : 200);
  if (text === "" || (type === "url" && !isUrl(text))) {
    refuseBody(path, type === "url" ? "a valid URL" : "a non-empty string", text);
  }
  return text;
}

function parseSelect(property: Property, input: ValueInput): ParsedValue {
  if (input.raw === null) {
    return { value: { type: "select", optionId: null } };
  }
  const { option, options } = ensureOption(property.options, input.raw, input.path, input.world);
  return {
    value: { type: "select", optionId: option.id },
    ...(options === property.options ? {} : { options }),
  };
}

function parseMultiSelect(property: Property, input: ValueInput): ParsedValue {
  let { options } = property;
  const optionIds: string[] = [];
  for (const [index, raw] of listOf(input.raw, input.path).entries()) {
    const ensured = ensureOption(options, raw, `${input.path}[${index}]`, input.world);
    options = ensured.options;
    if (!optionIds.includes(ensured.option.id)) {
      optionIds.push(ensured.option.id);
    }
  }
  const value = { type: "multi_select", optionIds } as const;
  return options === property.options ? { value } : { value, options };
}

/** The named option; an unknown name joins the schema, as Notion does for selects. */
function ensureOption(
  options: readonly Option[],
  raw: unknown,
  path: string,
  world: World,
): { readonly option: Option; readonly options: readonly Option[] } {
  const given = fieldsOf(raw, path, ["id", "name", "color", "description"]);
  const known = findOption(options, given);
  if (known !== undefined) {
    return { option: known, options };
  }
  const name = textOf(given["name"], `${path}.name`, 100);
  checkOptionName(name);
  const option = {
    id: world.random.uuid(),
    name,
    color: world.random.pick(["blue", "green", "orange"]),
    description: null,
  };
  return { option, options: [...options, option] };
}

function statusOption(property: Property, raw: unknown, path: string): string {
  const given = fieldsOf(raw, path, ["id", "name", "color", "description"]);
  const known = findOption(property.options, given);
  if (known === undefined) {
    refuse(
      `Invalid status option. Status option "${String(given["name"] ?? given["id"])}" does not exist.`,
    );
  }
  return known.id;
}

function findOption(options: readonly Option[], given: Fields): Option | undefined {
  return options.find((one) =>
    given["id"] === undefined ? one.name === given["name"] : one.id === given["id"],
  );
}

function checkOptionName(name: string): void {
  if (name.includes(",") || name.trim() === "") {
    refuse(`Invalid select option, ${name === "" ? "empty names" : "commas"} not allowed: ${name}`);
  }
}

function parsePeople(input: ValueInput): string[] {
  return listOf(input.raw, input.path).map((raw, index) => {
    const path = `${input.path}[${index}]`;
    const id = idOf(fieldsOf(raw, path)["id"], `${path}.id`);
    if (!input.world.users.has(id)) {
      refuse(`Could not find user with ID: ${id}.`);
    }
    return id;
  });
}

function parseRelation(property: Property, input: ValueInput): string[] {
  const ids = listOf(input.raw, input.path).map((raw, index) => {
    const path = `${input.path}[${index}]`;
    const id = idOf(fieldsOf(raw, path, ["id"])["id"], `${path}.id`);
    const parent = input.world.pages.get(id)?.state.parent;
    if (
      parent?.type !== "data_source_id" ||
      parent.data_source_id !== property.relation?.dataSourceId
    ) {
      refuse(`Page with ID ${id} is not in the data source that ${property.name} relates to.`);
    }
    return id;
  });
  return [...new Set(ids)];
}

/** The title of a page that stands alone: it has no other property. */
export function parseLoneTitle(value: unknown, names: Names): Value {
  const given = fieldsOf(value, "body.properties", ["title"]);
  const raw = given["title"];
  const items = isFields(raw)
    ? fieldsOf(raw, "body.properties.title", ["id", "type", "title"])["title"]
    : raw;
  return {
    type: "title",
    items: items === undefined ? [] : parseRichText(items, "body.properties.title", names),
  };
}

/** The title of a page, as plain text. */
export function titleOf(values: ReadonlyMap<string, Value>): string {
  const value = values.get("title");
  return value?.type === "title" && isRichText(value.items) ? plainText(value.items) : "";
}

/** Options of a schema request; those that are known keep their id and color. */
export function parseOptions(
  value: unknown,
  path: string,
  known: readonly Option[],
  world: World,
): Option[] {
  return listOf(value, path).map((raw, index) => {
    const given = fieldsOf(raw, `${path}[${index}]`, ["id", "name", "color", "description"]);
    const before = findOption(known, given);
    const name = textOf(given["name"] ?? before?.name, `${path}[${index}].name`, 100);
    checkOptionName(name);
    const color = given["color"] ?? before?.color ?? "default";
    if (before !== undefined && (before.name !== name || before.color !== color)) {
      refuse(`Cannot update the name or color of option ${before.name}.`);
    }
    return {
      id: before?.id ?? world.random.uuid(),
      name,
      color: wordOf(color, `${path}[${index}].color`, selectColors),
      description: null,
    };
  });
}

function decodeId(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
