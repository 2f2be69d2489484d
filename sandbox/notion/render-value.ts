/** Property values as page objects and property items carry them. */

import { minuteOf } from "./dates.ts";
import type {
  ComputedType,
  Fields,
  Option,
  Page,
  PageState,
  Property,
  User,
  Value,
  World,
} from "./model.ts";
import { emptyValue, isValueType } from "./property.ts";

export interface Cell {
  readonly page: Page;
  readonly state: PageState;
  readonly property: Property;
}

/** Page objects hold at most this many references per property. */
const referencesMax = 25;

/** The value of one property of a page, under the name of its type. */
export function renderValue(world: World, cell: Cell): Fields {
  const { state, page, property } = cell;
  const value = state.values.get(property.id);
  return isValueType(property.type)
    ? renderSet(world, property, value ?? emptyValue(property.type))
    : { [property.type]: renderComputed(world, property.type, { state, page, property }) };
}

function renderComputed(
  world: World,
  type: ComputedType,
  { state, page, property }: Cell,
): unknown {
  const prefix = property.detail === "" ? null : property.detail;
  const computed: Readonly<Record<ComputedType, unknown>> = {
    created_time: minuteOf(state.createdAt),
    last_edited_time: minuteOf(state.editedAt),
    created_by: userRef(world, state.createdBy),
    last_edited_by: userRef(world, state.editedBy),
    unique_id: { prefix, number: page.number },
  };
  return computed[type];
}

function renderSet(world: World, property: Property, value: Value): Fields {
  const { type } = value;
  if ("items" in value) {
    return { [type]: value.items };
  }
  if ("optionId" in value) {
    return { [type]: optionRef(property.options, value.optionId) };
  }
  if ("optionIds" in value) {
    const chosen = value.optionIds.map((id) => optionRef(property.options, id));
    return { [type]: chosen.filter((one) => one !== null) };
  }
  if ("ids" in value) {
    return renderReferences(world, value);
  }
  if ("date" in value) {
    return { date: value.date === null ? null : { ...value.date, time_zone: null } };
  }
  if ("text" in value) {
    return { [type]: value.text };
  }
  if ("number" in value) {
    return { number: value.number };
  }
  return "checkbox" in value ? { checkbox: value.checkbox } : { files: value.files };
}

function renderReferences(world: World, value: Extract<Value, { ids: readonly string[] }>): Fields {
  const ids = value.type === "relation" ? visiblePages(world, value.ids) : value.ids;
  const first = ids.slice(0, referencesMax);
  return value.type === "relation"
    ? { relation: first.map((id) => ({ id })), has_more: ids.length > referencesMax }
    : { people: first.map((id) => userRef(world, id)) };
}

/** Related pages that are neither in the trash nor out of the connection's reach. */
function visiblePages(world: World, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const state = world.pages.get(id)?.state;
    const parent = state?.parent;
    const database = parent?.type === "data_source_id" ? parent.database_id : "";
    return state !== undefined && !state.inTrash && !world.unshared.has(database);
  });
}

function optionRef(options: readonly Option[], id: string | null): Fields | null {
  const option = options.find((one) => one.id === id);
  return option === undefined ? null : { id: option.id, name: option.name, color: option.color };
}

function userRef(world: World, id: string): Fields {
  const user: User | undefined = world.users.get(id);
  if (user === undefined) {
    return { object: "user", id };
  }
  const { name, type } = user;
  const showsEmail = world.settings.userInformation === "with email" && user.email !== undefined;
  const own = type === "person" ? { person: showsEmail ? { email: user.email } : {} } : { bot: {} };
  return { object: "user", id, name, avatar_url: null, type, ...own };
}

/** The items of a property that Notion gives in pages; undefined for one that is a single item. */
export function listValue(world: World, cell: Cell): Fields[] | undefined {
  const value = cell.state.values.get(cell.property.id);
  const base = { object: "property_item", id: encodeURIComponent(cell.property.id) };
  if (value === undefined) {
    return undefined;
  }
  if ("items" in value) {
    return value.items.map((item) => ({ ...base, type: value.type, [value.type]: item }));
  }
  if ("ids" in value) {
    const ids = value.type === "relation" ? visiblePages(world, value.ids) : value.ids;
    return ids.map((id) => ({
      ...base,
      type: value.type,
      [value.type]: value.type === "relation" ? { id } : userRef(world, id),
    }));
  }
  return undefined;
}
