/** The properties that Debrief needs, by name and type, and which of them a page lacks. */

import { actionItemProperties as itemNames } from "../../domain/action-item.ts";
import { postMortemProperties as names } from "../../domain/post-mortem.ts";
import type { Page } from "./schema.ts";

/** Property name → Notion's type. */
export type Expected = Readonly<Record<string, string>>;

export const postMortemTypes: Expected = {
  [names.name]: "title",
  [names.incidentId]: "rich_text",
  [names.incidentUrl]: "url",
  [names.severity]: "select",
  [names.services]: "multi_select",
  [names.status]: "status",
  [names.started]: "date",
  [names.resolved]: "date",
  [names.durationMin]: "number",
  [names.ackMin]: "number",
  [names.leads]: "people",
  [names.actionItems]: "relation",
  [names.sync]: "rich_text",
};

export const actionItemTypes: Expected = {
  [itemNames.name]: "title",
  [itemNames.postMortem]: "relation",
  [itemNames.owner]: "people",
  [itemNames.due]: "date",
  [itemNames.priority]: "select",
  [itemNames.type]: "select",
  [itemNames.status]: "status",
  [itemNames.reason]: "rich_text",
  [itemNames.outcome]: "rich_text",
  [itemNames.jira]: "url",
  [itemNames.source]: "rich_text",
  [itemNames.sync]: "rich_text",
};

/** What Notion's app calls a type, where that differs from its API. */
const typeNames: Readonly<Record<string, string>> = {
  rich_text: "text",
  multi_select: "multi-select",
  people: "person",
};

export function typeName(type: string): string {
  return typeNames[type] ?? type;
}

/**
 * Takes a page and what is expected of it; gives what it has not, such as `"Owner" (person)`. Notion sends every
 * property of the schema, an empty one too: one that is not there was renamed, removed or given another type.
 * The title is found by its type, whatever its name.
 */
export function lackedBy(page: Page, expected: Expected): string[] {
  return Object.entries(expected).flatMap(([name, type]) =>
    type === "title" || page.properties[name]?.type === type
      ? []
      : [`"${name}" (${typeName(type)})`],
  );
}
