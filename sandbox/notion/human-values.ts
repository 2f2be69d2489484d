/** Property values and cells as people say and read them. */

import type { Property, User, Value, World } from "./model.ts";
import { isRichText, plainText } from "./rich-text.ts";

type Said = string | number | boolean | null | readonly string[];

/** The person of that name, address or id; absent: the first. A RangeError when there is none. */
export function personOf(world: World, who: string | undefined): User {
  const people = [...world.users.values()].filter((user) => user.type === "person");
  const found = people.find(
    (user) => who === undefined || [user.id, user.name, user.email].includes(who),
  );
  return found ?? missing("person", who ?? "");
}

/** Throws a RangeError: nothing of that name or id is there. */
export function missing(kind: string, name: string): never {
  throw new RangeError(`there is no ${kind} ${name}`);
}

/** The value in the shape that the API takes. A RangeError for an unknown person. */
export function requestValue(world: World, type: Property["type"], said: Said): unknown {
  const words = Array.isArray(said) ? said : said === null || said === "" ? [] : [String(said)];
  const word = words[0];
  const shapes: Readonly<Record<string, () => unknown>> = {
    title: () => words.map((text) => ({ text: { content: text } })),
    rich_text: () => words.map((text) => ({ text: { content: text } })),
    select: () => (word === undefined ? null : { name: word }),
    status: () => (word === undefined ? null : { name: word }),
    multi_select: () => words.map((name) => ({ name })),
    people: () => words.map((who) => ({ id: personOf(world, who).id })),
    relation: () => words.map((id) => ({ id })),
    date: () => (word === undefined ? null : { start: word, end: words[1] ?? null }),
  };
  return (shapes[type] ?? (() => said))();
}

/** A value as a person reads it: text, number, yes or no, names, or ids of related pages. */
export function humanValue(world: World, property: Property, value: Value | undefined): Said {
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
    return value.optionIds.flatMap((id) => optionName(property, id) ?? []);
  }
  if ("ids" in value) {
    return value.type === "relation"
      ? value.ids
      : value.ids.map((id) => world.users.get(id)?.name ?? id);
  }
  if ("date" in value) {
    return value.date === null ? null : value.date.start;
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
  return property.options.find((option) => option.id === id)?.name ?? null;
}

/** The plain text of a table cell. */
export function cellText(cell: unknown): string {
  return isRichText(cell) ? plainText(cell) : "";
}
