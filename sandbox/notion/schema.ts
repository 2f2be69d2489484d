/** Schemas of data sources: property configurations of a request, and their answer. */

import { fieldsOf, idOf, isFields, textOf } from "./check.ts";
import { refuse, refuseBody } from "./errors.ts";
import type { Author, DataSource, Fields, Option, Property, World } from "./model.ts";
import { emptyValue, findProperty, isValueType, parseOptions } from "./property.ts";
import { setSchema } from "./changes.ts";
import { plainText } from "./rich-text.ts";
import { getDataSource } from "./world.ts";

const computed = ["created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id"];
// Property ids as Notion makes them: four signs, some of which need URL encoding.
const idSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>?@[]^_`{|}~";

type Kind = Property["type"];

function isKind(key: string): key is Kind {
  return isValueType(key) || computed.includes(key);
}

/** Adds the properties of a request to an empty or existing schema. A mirror may join another one. */
export function addProperties(
  world: World,
  author: Author,
  source: DataSource,
  value: unknown,
): void {
  const titles = Object.values(fieldsOf(value, "body.properties")).filter(
    (raw) => isFields(raw) && raw["title"] !== undefined,
  );
  if (titles.length !== 1) {
    refuse("Exactly one title property is required.");
  }
  patchProperties(world, author, source, value);
}

/** Applies `properties` of a schema update: new ones, renames, options, and null for removal. */
export function patchProperties(
  world: World,
  author: Author,
  source: DataSource,
  value: unknown,
): void {
  const given = fieldsOf(value, "body.properties");
  let properties = source.properties;
  for (const [key, raw] of Object.entries(given)) {
    const known = findProperty(properties, key);
    if (raw === null) {
      properties = removeProperty(properties, known, key);
    } else if (known === undefined) {
      const added = newProperty(world, source, key, raw);
      properties = [...properties, added];
      fillIn(world, source, added);
    } else {
      const changed = changeProperty(world, known, raw, `body.properties.${key}`);
      if (properties.some((one) => one.id !== known.id && one.name === changed.name)) {
        refuse(`A property named ${changed.name} exists already.`);
      }
      properties = properties.map((one) => (one.id === known.id ? changed : one));
    }
  }
  setSchema(world, author, source, properties);
  for (const one of properties) {
    addMirror(world, author, source, one);
  }
}

function removeProperty(
  properties: readonly Property[],
  known: Property | undefined,
  key: string,
): readonly Property[] {
  if (known === undefined) {
    refuse(`${key} is not a property that exists.`);
  }
  if (known.type === "title") {
    refuse("Cannot delete the title property.");
  }
  return properties.filter((one) => one.id !== known.id);
}

function newProperty(world: World, source: DataSource, name: string, raw: unknown): Property {
  const path = `body.properties.${name}`;
  const given = fieldsOf(raw, path);
  const type = Object.keys(given).find(isKind);
  if (type === undefined) {
    refuseBody(`${path}.rich_text`, "defined", undefined);
  }
  const config = fieldsOf(given[type], `${path}.${type}`);
  const base = { name: textOf(name, path, 100), type, description: null };
  const id = type === "title" ? "title" : world.random.text(idSigns, 4);
  if (type === "select" || type === "multi_select" || type === "status") {
    const fallback = type === "status" ? ["Not started", "In progress", "Done"] : [];
    const wanted = config["options"] ?? fallback.map((option) => ({ name: option }));
    return { id, ...base, options: parseOptions(wanted, `${path}.${type}.options`, [], world) };
  }
  if (type === "relation") {
    return { id, ...base, options: [], relation: parseRelation(world, source, config, path) };
  }
  if (type === "number" || type === "unique_id") {
    const detail = type === "number" ? (config["format"] ?? "number") : (config["prefix"] ?? "");
    return { id, ...base, options: [], detail: textOf(detail, `${path}.${type}`) };
  }
  return { id, ...base, options: [] };
}

function parseRelation(
  world: World,
  source: DataSource,
  config: Fields,
  path: string,
): NonNullable<Property["relation"]> {
  const dataSourceId = idOf(config["data_source_id"], `${path}.relation.data_source_id`);
  getDataSource(world, dataSourceId);
  if (config["dual_property"] === undefined) {
    fieldsOf(config["single_property"], `${path}.relation.single_property`);
    return { dataSourceId };
  }
  const dual = fieldsOf(config["dual_property"], `${path}.relation.dual_property`);
  const fallback = `Related to ${plainText(source.title)}`;
  const mirrorName = textOf(dual["synced_property_name"] ?? fallback, path);
  return { dataSourceId, syncedId: world.random.text(idSigns, 4), mirrorName };
}

/** The other end of a new two-way relation. */
function addMirror(world: World, author: Author, source: DataSource, property: Property): void {
  const { relation } = property;
  const other = world.dataSources.get(relation?.dataSourceId ?? "");
  const id = relation?.syncedId;
  if (other === undefined || id === undefined || other.properties.some((one) => one.id === id)) {
    return;
  }
  const mirror: Property = {
    id,
    name: relation?.mirrorName ?? property.name,
    type: "relation",
    description: null,
    options: [],
    relation: { dataSourceId: source.id, syncedId: property.id },
  };
  setSchema(world, author, other, [...other.properties, mirror]);
  fillIn(world, other, mirror);
}

function changeProperty(world: World, known: Property, raw: unknown, path: string): Property {
  const given = fieldsOf(raw, path, [
    "id",
    "type",
    "name",
    "description",
    ...Object.keys(fieldsOf(raw, path)).filter(isKind),
  ]);
  const wanted = Object.keys(given).find(isKind) ?? known.type;
  const name =
    given["name"] === undefined ? known.name : textOf(given["name"], `${path}.name`, 100);
  if (wanted !== known.type) {
    if (known.type === "title" || wanted === "title") {
      refuse("Cannot change the type of the title property.");
    }
    return { id: known.id, name, type: wanted, description: known.description, options: [] };
  }
  const config =
    given[known.type] === undefined ? {} : fieldsOf(given[known.type], `${path}.${known.type}`);
  const options =
    config["options"] === undefined
      ? known.options
      : parseOptions(config["options"], `${path}.${known.type}.options`, known.options, world);
  return { ...known, name, options };
}

/** Rows that exist get an empty value for a new property. */
function fillIn(world: World, source: DataSource, property: Property): void {
  const { id, type } = property;
  for (const page of world.pages.values()) {
    const { parent } = page.state;
    if (
      isValueType(type) &&
      parent.type === "data_source_id" &&
      parent.data_source_id === source.id
    ) {
      const values = new Map([...page.state.values, [id, emptyValue(type)] as const]);
      page.state = { ...page.state, values };
      page.history = [{ visibleAtMs: 0, state: page.state }];
    }
  }
}

/** A property as data source objects carry it. */
export function renderProperty(world: World, property: Property): Fields {
  const { id, name, type, description } = property;
  return {
    id: encodeURIComponent(id),
    name,
    description,
    type,
    [type]: renderConfig(world, property),
  };
}

function renderConfig(world: World, property: Property): Fields {
  const { options, detail = "" } = property;
  const configs: Readonly<Record<string, () => Fields>> = {
    select: () => ({ options }),
    multi_select: () => ({ options }),
    status: () => ({ options, groups: renderGroups(options) }),
    number: () => ({ format: detail }),
    unique_id: () => ({ prefix: detail === "" ? null : detail }),
    relation: () => renderRelation(world, property),
  };
  return configs[property.type]?.() ?? {};
}

/** Options made by the API all land in the To-do group. */
function renderGroups(options: readonly Option[]): Fields[] {
  const names = [
    ["todo-status-group", "To-do", "gray"],
    ["in-progress-status-group", "In progress", "blue"],
    ["complete-status-group", "Complete", "green"],
  ];
  return names.map(([id, name, color], index) => ({
    id,
    name,
    color,
    option_ids: index === 0 ? options.map((option) => option.id) : [],
  }));
}

function renderRelation(world: World, property: Property): Fields {
  const { dataSourceId = "", syncedId } = property.relation ?? {};
  const other = world.dataSources.get(dataSourceId);
  const ids = { database_id: other?.databaseId ?? null, data_source_id: dataSourceId };
  if (syncedId === undefined) {
    return { ...ids, type: "single_property", single_property: {} };
  }
  const mirror = other?.properties.find((one) => one.id === syncedId);
  const dual_property = {
    synced_property_name: mirror?.name ?? "",
    synced_property_id: encodeURIComponent(syncedId),
  };
  return { ...ids, type: "dual_property", dual_property };
}
