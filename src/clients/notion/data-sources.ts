/** Whether the two data sources are what Debrief needs (names and types win, DESIGN of the page), and in words what is not. */

import { postMortemProperties as names, type PostMortemStatus } from "../../domain/post-mortem.ts";
import { parseUuid } from "../../domain/keys.ts";
import type { Caller } from "./call.ts";
import { NotionRefusal } from "./errors.ts";
import { Database, DataSource } from "./schema.ts";

/** A data source by its id and the setting that gave it. */
export interface DataSourceRef {
  readonly id: string;
  readonly setting: string;
  /** What Debrief calls it in its messages. */
  readonly label: string;
}

export interface DataSources {
  /** What is wrong, one sentence with its fix each. Asked of Notion at most once in a while. */
  check(): Promise<readonly string[]>;
  /** Where people open the action items. */
  actionItemsUrl(): Promise<string>;
}

const fineForMs = 60 * 60_000;
/** What is wrong may be mended any moment. */
const wrongForMs = 60_000;

type Expected = Readonly<Record<string, string>>;

/** Property name → Notion's type. */
const postMortemTypes: Expected = {
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
const statuses: readonly PostMortemStatus[] = ["Live", "Draft", "In review", "Final", "Closed"];

/** The relation from an action item to its post-mortem. */
export const postMortemRelation = "Post-mortem";
const actionItemTypes: Expected = {
  Name: "title",
  [postMortemRelation]: "relation",
  Owner: "people",
  Due: "date",
  Priority: "select",
  Type: "select",
  Status: "status",
  Reason: "rich_text",
  Outcome: "rich_text",
  Jira: "url",
  Source: "rich_text",
  Sync: "rich_text",
};

/** What Notion's app calls a type, where that differs from its API. */
const typeNames: Readonly<Record<string, string>> = {
  rich_text: "text",
  multi_select: "multi-select",
  people: "person",
};

/** Takes the two data sources; gives what checks them and remembers the verdict for a while. */
export function createDataSources(
  caller: Caller,
  refs: { readonly postMortems: DataSourceRef; readonly actionItems: DataSourceRef },
  now: () => Date,
): DataSources {
  let verdict: { readonly problems: readonly string[]; readonly untilMs: number } | undefined;
  let url: string | undefined;

  async function check(): Promise<readonly string[]> {
    if (verdict !== undefined && now().getTime() < verdict.untilMs) {
      return verdict.problems;
    }
    const postMortems = await find(caller, refs.postMortems);
    const actionItems = await find(caller, refs.actionItems);
    url = typeof actionItems === "string" ? url : (actionItems.url ?? url);
    const problems = [
      ...problemsOf(postMortems, refs.postMortems, postMortemTypes),
      ...statusProblems(postMortems, refs.postMortems),
      ...problemsOf(actionItems, refs.actionItems, actionItemTypes),
      ...relationProblems(actionItems, refs),
    ];
    const forMs = problems.length === 0 ? fineForMs : wrongForMs;
    verdict = { problems, untilMs: now().getTime() + forMs };
    return problems;
  }

  async function actionItemsUrl(): Promise<string> {
    if (url === undefined) {
      const found = await find(caller, refs.actionItems);
      url = typeof found === "string" ? undefined : found.url;
    }
    return url ?? `https://www.notion.so/${refs.actionItems.id.replaceAll("-", "")}`;
  }

  return { check, actionItemsUrl };
}

/** The data source, or the sentence that says why it can't be read. */
async function find(caller: Caller, ref: DataSourceRef): Promise<DataSource | string> {
  const context = {
    what: `read the data source ${ref.label}`,
    kind: "read",
    dataSource: ref,
  } as const;
  const path = `data_sources/${encodeURIComponent(ref.id)}`;
  try {
    const found = await caller.call(context, { method: "get", path }, DataSource);
    return found.in_trash ? `${title(ref)} is in the trash: restore it.` : found;
  } catch (error) {
    if (!(error instanceof NotionRefusal) || ![400, 404].includes(error.status)) {
      throw error;
    }
    const inside = await findInDatabase(caller, ref);
    return inside === undefined
      ? `${title(ref)} does not exist or is not shared: open its database in Notion, ` +
          `••• > Connections, add Debrief's connection, and check that ${ref.setting} is the ` +
          "data source's id (database settings > Manage data sources > Copy data source ID)."
      : `${ref.setting} is the id of a database: set it to that of its data source, ${inside}.`;
  }
}

/** People copy the database's id from its address; then its data sources are named to them. */
async function findInDatabase(caller: Caller, ref: DataSourceRef): Promise<string | undefined> {
  const context = { what: `read the database ${ref.id}`, kind: "read" } as const;
  const path = `databases/${encodeURIComponent(ref.id)}`;
  try {
    const database = await caller.call(context, { method: "get", path }, Database);
    const all = database.data_sources.map(({ id, name }) => `${id} ("${name}")`);
    return all.length === 0 ? undefined : all.join(" or ");
  } catch (error) {
    if (error instanceof NotionRefusal) {
      return undefined;
    }
    throw error;
  }
}

function problemsOf(found: DataSource | string, ref: DataSourceRef, expected: Expected): string[] {
  if (typeof found === "string") {
    return [found];
  }
  return Object.entries(expected).flatMap(([name, type]) => {
    const property = found.properties[name];
    if (property?.type === type) {
      return [];
    }
    if (property !== undefined) {
      return [
        `${title(ref)} has the property "${name}" with the type ${typeName(property.type)}, but it ` +
          `has to be ${typeName(type)}: change its type, or rename it and add "${name}" (${typeName(type)}).`,
      ];
    }
    const titled = Object.keys(found.properties).find(
      (other) => found.properties[other]?.type === "title",
    );
    return type === "title" && titled !== undefined
      ? [`${title(ref)} calls its title property "${titled}": rename it to "${name}".`]
      : [
          `${title(ref)} lacks the property "${name}" (${typeName(type)}): add it, with exactly this name.`,
        ];
  });
}

function statusProblems(found: DataSource | string, ref: DataSourceRef): string[] {
  const status = typeof found === "string" ? undefined : found.properties[names.status]?.status;
  if (status === undefined) {
    return [];
  }
  const options = new Set(status.options.map(({ name }) => name));
  const missing = statuses.filter((each) => !options.has(each));
  return missing.length === 0
    ? []
    : [`${title(ref)} lacks options of "${names.status}": add ${missing.join(", ")}.`];
}

function relationProblems(
  found: DataSource | string,
  refs: { readonly postMortems: DataSourceRef; readonly actionItems: DataSourceRef },
): string[] {
  const relation = typeof found === "string" ? undefined : found.properties[postMortemRelation];
  const target = relation?.relation?.data_source_id;
  return target === undefined || isSameId(target, refs.postMortems.id)
    ? []
    : [
        `${title(refs.actionItems)} relates "${postMortemRelation}" to another data source ` +
          `(${target}): it has to be ${refs.postMortems.id} (${refs.postMortems.setting}).`,
      ];
}

function isSameId(a: string, b: string): boolean {
  return (parseUuid(a) ?? a) === (parseUuid(b) ?? b);
}

function title({ label, id }: DataSourceRef): string {
  return `Data source "${label}" (${id})`;
}

function typeName(type: string): string {
  return typeNames[type] ?? type;
}
