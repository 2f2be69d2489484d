/** Whether the data sources are what Debrief needs (names and types win, DESIGN of the page), and in words what is not. */

import { actionItemProperties as itemNames } from "../../domain/action-item.ts";
import { postMortemProperties as names, type PostMortemStatus } from "../../domain/post-mortem.ts";
import type { Caller } from "./call.ts";
import { NotionRefusal } from "./errors.ts";
import { actionItemTypes, postMortemTypes, typeName, type Expected } from "./property-types.ts";
import { Database, DataSource } from "./schema.ts";
import {
  isSameId,
  plainId,
  type DataSourceRef,
  type SourcePair,
  type SourceRefs,
} from "./source-refs.ts";

export interface DataSources {
  /** What is wrong, one sentence with its fix each. Asked of Notion at most once in a while. */
  check(): Promise<readonly string[]>;
  /** Where people open these action items. */
  actionItemsUrl(actionItems: DataSourceRef): Promise<string>;
  /** The options of these action items' Status, as last checked; undefined where they can't be read. */
  itemStatuses(actionItems: DataSourceRef): Promise<readonly string[] | undefined>;
}

const fineForMs = 60 * 60_000;
/** What is wrong may be mended any moment. */
const wrongForMs = 60_000;

const statuses: readonly PostMortemStatus[] = ["Live", "Draft", "In review", "Final", "Closed"];

/** What the last reading of the data sources found, by their ids. */
interface Verdict {
  readonly problems: readonly string[];
  readonly found: ReadonlyMap<string, DataSource | string>;
  readonly untilMs: number;
}

export interface DataSourcesOptions {
  readonly refs: SourceRefs;
  readonly now: () => Date;
}

/** Takes the data sources; gives what checks them and remembers the verdict for a while. */
export function createDataSources(caller: Caller, options: DataSourcesOptions): DataSources {
  const { refs, now } = options;
  let verdict: Verdict | undefined;

  async function read(): Promise<Verdict> {
    if (verdict !== undefined && now().getTime() < verdict.untilMs) {
      return verdict;
    }
    const found = new Map<string, DataSource | string>();
    for (const ref of [...refs.postMortems, ...refs.actionItems]) {
      found.set(plainId(ref.id), await find(caller, ref));
    }
    const problems = allProblems(found, refs);
    const forMs = problems.length === 0 ? fineForMs : wrongForMs;
    verdict = { problems, found, untilMs: now().getTime() + forMs };
    return verdict;
  }

  async function actionItemsUrl({ id }: DataSourceRef): Promise<string> {
    const { found } = verdict ?? (await read());
    const source = found.get(plainId(id));
    const url = typeof source === "object" ? source.url : undefined;
    return url ?? `https://www.notion.so/${id.replaceAll("-", "")}`;
  }

  async function itemStatuses({ id }: DataSourceRef): Promise<readonly string[] | undefined> {
    const { found } = await read();
    const source = found.get(plainId(id));
    return typeof source === "object" ? optionsOf(source, itemNames.status) : undefined;
  }

  return { check: async () => (await read()).problems, actionItemsUrl, itemStatuses };
}

/** Pair by pair; what two pairs share is said once. */
function allProblems(found: ReadonlyMap<string, DataSource | string>, refs: SourceRefs): string[] {
  const problems = refs.pairs.flatMap((pair) =>
    pairProblems(pair, found, refs.statusesOf(pair.actionItems)),
  );
  return [...new Set(problems)];
}

function pairProblems(
  pair: SourcePair,
  found: ReadonlyMap<string, DataSource | string>,
  itemStatuses: readonly string[],
): string[] {
  const { postMortems, actionItems } = pair;
  const pages = found.get(plainId(postMortems.id));
  const items = found.get(plainId(actionItems.id));
  return pages === undefined || items === undefined
    ? []
    : [
        ...problemsOf(pages, postMortems, postMortemTypes),
        ...statusProblems(pages, postMortems, statuses),
        ...problemsOf(items, actionItems, actionItemTypes),
        ...statusProblems(items, actionItems, itemStatuses),
        ...relationProblems(items, pair),
      ];
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

/** Both data sources call the property the same. */
function statusProblems(
  found: DataSource | string,
  ref: DataSourceRef,
  expected: readonly string[],
): string[] {
  const options = typeof found === "string" ? undefined : optionsOf(found, names.status);
  const missing = expected.filter((each) => options?.includes(each) === false);
  return missing.length === 0
    ? []
    : [`${title(ref)} lacks options of "${names.status}": add ${missing.join(", ")}.`];
}

function optionsOf({ properties }: DataSource, name: string): string[] | undefined {
  return properties[name]?.status?.options.map((option) => option.name);
}

function relationProblems(found: DataSource | string, refs: SourcePair): string[] {
  const relation = typeof found === "string" ? undefined : found.properties[itemNames.postMortem];
  const target = relation?.relation?.data_source_id;
  return target === undefined || isSameId(target, refs.postMortems.id)
    ? []
    : [
        `${title(refs.actionItems)} relates "${itemNames.postMortem}" to another data source ` +
          `(${target}): it has to be ${refs.postMortems.id} (${refs.postMortems.setting}).`,
      ];
}

function title({ label, id }: DataSourceRef): string {
  return `Data source "${label}" (${id})`;
}
