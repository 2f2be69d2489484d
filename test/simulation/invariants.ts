/** What must hold once a simulated world is calm: each function gives the ways in which it does not, in plain words. */

import { cast } from "../../sandbox/core/cast.ts";
import type { BlockView, PageView } from "../../sandbox/notion/views-of-world.ts";
import type { Key } from "../../src/domain/keys.ts";
import { readLink } from "../../src/store/limits.ts";
import { rowsOf, type Row } from "../support/pages.ts";
import type { Carried } from "./network.ts";
import { incidentsOf } from "./at-pagerduty.ts";
import {
  agrees,
  fields,
  issuesOf,
  itemRows,
  textOf,
  valueOf,
  type People,
  type Said,
} from "./people.ts";
import type { World } from "./world.ts";

/** Everything that is wrong with the world. */
export async function problemsOf(world: World, people: People): Promise<string[]> {
  return [
    ...pagesOfIncidents(world, people),
    ...timelines(world, people),
    ...issuesOfRows(world, people),
    ...agreement(world, people),
    ...nothingLost(world, people),
    ...typedText(world, people),
    ...toDos(world, people),
    ...(await nothingInFlight(world, people)),
    ...secrets(world, people),
  ];
}

/** Queries go by POST as well. */
export function isWrite({ method, path }: Carried): boolean {
  return method !== "GET" && !/\/(?:query|search|search\/jql|bulkfetch)(?:\?|$)/u.test(path);
}

function pagesOf(world: World, incident: string): PageView[] {
  return world.notion
    .pages("Post-mortems")
    .filter((page) => page.properties["Incident ID"] === incident);
}

/** One live page for each eligible incident, none where a person removed it. */
function pagesOfIncidents(world: World, people: People): string[] {
  return incidentsOf(world).flatMap(({ id, priority }) => {
    const pages = pagesOf(world, id);
    const live = pages.filter((page) => !page.inTrash);
    const removed = pages.some((page) => people.trashed.has(page.id));
    const isListed = priority === "P1" || priority === "P2";
    if (live.length > 1) {
      return [`incident ${id} has ${String(live.length)} live pages`];
    }
    if (isListed && !removed && live.length === 0) {
      return [`incident ${id} (${priority ?? ""}) has no live page`];
    }
    return [];
  });
}

function timelineOf(page: PageView): readonly Row[] {
  return page.blocks.some(({ type }) => type === "table") ? rowsOf(page) : [];
}

/** Every record once, in order, less what people removed or typed over. */
function timelines(world: World, people: People): string[] {
  return incidentsOf(world).flatMap(({ id }) => {
    const page = pagesOf(world, id).find((one) => !one.inTrash);
    if (page === undefined) {
      return [];
    }
    const rows = timelineOf(page);
    const records = rows.flatMap(({ record }) => record ?? []);
    const doubled = records.filter((record, index) => records.indexOf(record) !== index);
    const ours = rows.filter((row) => row.record !== undefined && !people.tableRows.has(row.id));
    const times = ours.map(({ time }) => time);
    return [
      ...doubled.map((record) => `page of ${id}: ${record} has two rows`),
      ...(isSorted(times) ? [] : [`page of ${id}: rows out of order: ${times.join(", ")}`]),
      ...missingWords(people, id, page),
    ];
  });
}

function isSorted(times: readonly string[]): boolean {
  return times.every((time, index) => index === 0 || (times[index - 1] ?? "") <= time);
}

function missingWords(people: People, incident: string, page: PageView): string[] {
  const text = timelineOf(page)
    .map(({ event }) => event)
    .join("\n");
  const removed = [...people.deleted.values()].join("\n");
  return (people.words.get(incident) ?? []).flatMap((word) => {
    return text.includes(word) || removed.includes(word)
      ? []
      : [`page of ${incident}: ${word} is not on the timeline`];
  });
}

/** What the Sync property says besides that all is well and what conflict there was. */
function remarksOf(row: PageView): string {
  return textOf(row.properties["Sync"])
    .replace(/^Up to date\./u, "")
    .replace(/Both sides changed [^:]*: kept [\s\S]*$/u, "")
    .trim();
}

function isReady(row: PageView): boolean {
  const { Owner: owner, Due: due, "Post-mortem": postMortem } = row.properties;
  return row.title.trim() !== "" && [owner, due, postMortem].every((value) => textOf(value) !== "");
}

/** One live issue for each ready row, unless a person took it away or Sync says why not. */
function issuesOfRows(world: World, people: People): string[] {
  return itemRows(world).flatMap((row) => {
    const issues = issuesOf(world, row.id).filter(({ archived }) => !archived);
    if (issues.length > 1) {
      return [
        `row ${row.id} has ${String(issues.length)} issues: ${issues.map(({ key }) => key).join()}`,
      ];
    }
    const wanted = !row.inTrash && isReady(row) && !people.rowsWithTakenIssues.has(row.id);
    return wanted && issues.length === 0 && !saysWhy(row)
      ? [`row ${row.id} is ready and has no issue; Sync: ${textOf(row.properties["Sync"])}`]
      : [];
  });
}

function saysWhy(row: PageView): boolean {
  return /Waiting for|Failed:|Stopped:|No issue is made/u.test(textOf(row.properties["Sync"]));
}

/** Both sides of each field say the same, or Sync says why not. */
function agreement(world: World, people: People): string[] {
  return itemRows(world).flatMap((row) => {
    const [issue] = issuesOf(world, row.id);
    if (row.inTrash || issue === undefined || people.takenIssues.has(issue.id)) {
      return [];
    }
    if (textOf(row.properties["Sync"]) === "") {
      return [`row ${row.id} has an issue and says nothing in Sync`];
    }
    if (remarksOf(row) !== "") {
      return [];
    }
    return fields
      .filter((field) => field !== "outcome" && !agrees(field, row, issue))
      .map(
        (field) =>
          `row ${row.id} and ${issue.key} disagree on ${field}: "${valueOf(field, row)}", "${valueOf(field, issue)}"; Sync: ${textOf(row.properties["Sync"])}`,
      );
  });
}

/** What a person said and the other side overruled before it was agreed on stands in a comment, the audit or the world. */
function nothingLost(world: World, people: People): string[] {
  return [...people.open].flatMap(([key, said]) => {
    const [rowId = "", name = ""] = key.split("/");
    const field = fields.find((one) => one === name);
    const row = world.notion.page(rowId);
    const [issue] = issuesOf(world, rowId);
    if (field === undefined || row === undefined || issue === undefined || row.inTrash) {
      return [];
    }
    const traces = JSON.stringify([issue, row, commentsOf(world, rowId), auditOf(world, rowId)]);
    return (["notion", "jira"] as const).flatMap((side) => {
      const one: Said | undefined = said[side];
      const words = one?.value.split(", ") ?? [];
      const isKept = words.every((word) =>
        namesOf(word).some((called) => traces.includes(JSON.stringify(called).slice(1, -1))),
      );
      return one === undefined || one.value === "" || isKept || isRaced(world, row, issue, one)
        ? []
        : [`row ${rowId}: ${field} "${one.value}", said in ${side}, is gone without a trace`];
    });
  });
}

/** A person may stand by name or by address. */
function namesOf(word: string): readonly string[] {
  const { email } = cast.find(({ name }) => name === word) ?? {};
  return email === undefined ? [word] : [word, email];
}

/** Neither vendor knows conditional writes: what is typed while a write is on its way can't be told from what it replaces. */
function isRaced(
  world: World,
  row: { readonly id: string },
  issue: { readonly id: string },
  { atMs }: Said,
): boolean {
  return world.network.calls.some(
    (call) =>
      isWrite(call) &&
      Math.abs(call.atMs - atMs) < 2_000 &&
      (call.path.includes(row.id) || call.path.includes(`/issue/${issue.id}`)),
  );
}

/** Comments in Notion, as they were sent. */
function commentsOf({ network }: World, rowId?: string): readonly string[] {
  return network.calls
    .filter(({ method, path }) => method === "POST" && path.endsWith("/v1/comments"))
    .map(({ body }) => body)
    .filter((body) => rowId === undefined || body.includes(rowId));
}

function auditOf({ disk }: World, rowId: string): unknown {
  return disk.audit.filter(({ key }) => key.endsWith(rowId));
}

/** What people typed stands where they typed it, and what they deleted stays deleted. */
function typedText(world: World, people: People): string[] {
  const pages = world.notion.pages();
  const blocks = new Map(
    pages.flatMap((page) => allBlocks(page.blocks)).map((block) => [block.id, block]),
  );
  const trashedBlocks = new Set(
    pages
      .filter((page) => page.inTrash)
      .flatMap((page) => allBlocks(page.blocks).map(({ id }) => id)),
  );
  return [
    ...[...people.blocks].flatMap(([id, text]) =>
      blocks.get(id)?.text === text
        ? []
        : [`block ${id}: typed "${text}", is "${blocks.get(id)?.text ?? "gone"}"`],
    ),
    ...[...people.tableRows].flatMap(([id, [text]]) =>
      blocks.get(id)?.text === text
        ? []
        : [`table row ${id}: typed "${text ?? ""}", is "${blocks.get(id)?.text ?? "gone"}"`],
    ),
    ...[...people.properties].flatMap(([place, value]) => {
      const [id = "", property = ""] = place.split("/");
      const is = textOf(world.notion.page(id)?.properties[property]);
      return is === value ? [] : [`page ${id}: ${property} was set to "${value}", is "${is}"`];
    }),
    ...[...people.deleted.keys()].flatMap((id) =>
      blocks.has(id) && !trashedBlocks.has(id) ? [`deleted block ${id} is back`] : [],
    ),
    ...[...people.trashed].flatMap((id) =>
      world.notion.page(id)?.inTrash === false ? [`trashed page ${id} is back`] : [],
    ),
    ...[...people.comments].flatMap(([id, texts]) =>
      texts.filter((text) => !JSON.stringify(world.jira.issue(id)?.comments ?? []).includes(text)),
    ),
  ];
}

/** What was typed as a to-do below the heading of the action items is a row, once; also one that was trashed since. */
function toDos(world: World, people: People): string[] {
  const sources = itemRows(world).map((row) => textOf(row.properties["Source"]));
  return [...people.toDos].flatMap(([block, { page, word }]) => {
    const rows = sources.filter((source) => source.includes(block)).length;
    const isMissing = rows === 0 && world.notion.page(page)?.inTrash === false;
    return isMissing || rows > 1 ? [`to-do ${word} has ${String(rows)} rows`] : [];
  });
}

function allBlocks(blocks: readonly BlockView[]): BlockView[] {
  return blocks.flatMap((block) => [block, ...allBlocks(block.children)]);
}

async function nothingInFlight(world: World, people: People): Promise<string[]> {
  const { queue } = world.service();
  const { waiting, active } = await queue.counts();
  const letters = await queue.listDeadLetters(100);
  // An issue that was archived can be read and not be written: a person has to act.
  const dead = letters.filter(({ key }) => !isTaken(key, people));
  const intents = [...world.disk.links].filter(([, { json }]) => json.includes('"intent":'));
  return [
    ...(waiting + active === 0 ? [] : [`${String(waiting)} keys wait, ${String(active)} run`]),
    ...dead.map(({ key, code, reason }) => `dead letter ${key}: ${code} ${reason}`),
    ...intents.map(([key, { json }]) => `${key} has an intent left: ${json}`),
    ...[...world.disk.links].flatMap(([key, { json }]) => stuckLink(key, json)),
  ];
}

function isTaken(key: string, { rowsWithTakenIssues }: People): boolean {
  return rowsWithTakenIssues.has(key.slice(key.indexOf(":") + 1));
}

/** A link that says "pending" when nothing is pending will never say anything else. */
function stuckLink(key: Key, json: string): string[] {
  const link = readLink(json);
  return link !== undefined && "sync" in link && link.sync.state === "pending"
    ? [`${key} is still pending: ${link.sync.reason ?? ""}`]
    : [];
}

/** Neither what alerts carry nor what we sign in with stands where others read. */
function secrets(world: World, people: People): string[] {
  const places = {
    Notion: JSON.stringify([world.notion.pages(), commentsOf(world)]),
    Jira: JSON.stringify(world.jira.issues()),
    "the audit trail": JSON.stringify(world.disk.audit),
  };
  return [...people.secrets].flatMap((secret) =>
    Object.entries(places).flatMap(([place, text]) =>
      text.includes(secret) ? [`${place} holds the secret ${secret}`] : [],
    ),
  );
}
