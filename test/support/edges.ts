/** What tests of action items at their edges share: a world that looks often, stillness, and comments on rows. */

import { z } from "zod";
import { expect } from "vitest";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { openAnyWorld, type EngineWorld } from "./engines.ts";
import { addRow, editRow, syncOfRow, untilIssue, untilRow } from "./items.ts";
import { waitFor } from "./wait.ts";
import type { NotionCall, World, WorldOptions } from "./world.ts";

/** A running service on whichever store starts sooner; it looks at every open item once a second. */
export async function openEdges(options: WorldOptions = {}): Promise<EngineWorld> {
  const timing = { resync_every_s: 0.5, item_sweep_s: 0.5, item_recheck_s: 1, ...options.timing };
  const world = await openAnyWorld({ jira: {}, ...options, timing });
  try {
    await world.start();
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
  return world;
}

const resyncLines = [
  "resync is complete",
  "resync of Notion is complete",
  "resync of Jira is complete",
];

/** Waits until each of the three resyncs was complete this many more times. */
export async function untilAllResyncs(world: World, count: number): Promise<void> {
  function done(): number[] {
    const said = world.output();
    return resyncLines.map((line) => said.split(line).length - 1);
  }
  const before = done();
  await waitFor(
    `${String(count)} more resyncs of each vendor`,
    () => done().every((times, index) => times >= (before[index] ?? 0) + count),
    30_000,
  );
}

/** Asked by POST although they only read. */
const readingRoutes = /\/(?:query|search|search\/jql|search\/approximate-count|bulkfetch|match)$/u;

function isWrite({ method, path }: Pick<NotionCall, "method" | "path">): boolean {
  return method !== "GET" && !readingRoutes.test(path.replace(/\?.*$/u, ""));
}

type Vendor = "notion" | "jira";

/** The writes that a vendor was sent so far, as `notion PATCH /v1/pages/… 200`. */
function writesTo(
  world: World,
  vendor: Vendor,
): { readonly text: string; readonly done: boolean }[] {
  return world[vendor]
    .calls()
    .calls.filter(isWrite)
    .map(({ method, path, status = 0 }) => ({
      text: `${vendor} ${method} ${path} ${String(status)}`,
      done: status < 400,
    }));
}

const settledWithinMs = 20_000;
const stillRounds = 3;
/** What a person has to mend is tried again at every look, and not more often. */
const refusedMax = 12;

/**
 * Expects that further resyncs write nothing to either vendor: after what is still on its way, every row and
 * issue is looked at again, and nothing comes of it.
 */
export async function expectStill(world: World): Promise<void> {
  const deadline = Date.now() + settledWithinMs;
  for (;;) {
    const before = { notion: writesTo(world, "notion"), jira: writesTo(world, "jira") };
    await untilAllResyncs(world, stillRounds);
    const written = (["notion", "jira"] as const).flatMap((vendor) =>
      writesTo(world, vendor).slice(before[vendor].length),
    );
    const done = written.filter((one) => one.done);
    const refused = written.filter((one) => !one.done);
    if (done.length === 0 && refused.length <= refusedMax) {
      return;
    }
    if (Date.now() > deadline) {
      expect([...done, ...refused.slice(refusedMax)].map(({ text }) => text)).toEqual([]);
    }
  }
}

/** Waits until the row's Sync has this text in it. */
export async function untilSync(world: World, row: string, text: string): Promise<PageView> {
  return untilRow(world, row, `Sync to say "${text}"`, (one) => syncOfRow(one).includes(text));
}

const Comments = z.object({
  results: z.array(z.object({ rich_text: z.array(z.object({ plain_text: z.string() })) })),
});

/** The comments on a page of Notion, oldest first. */
export async function commentsOnRow(world: World, row: string): Promise<string[]> {
  const { NOTION_TOKEN: token = "" } = world.notion.environment();
  const response = await fetch(`${world.notion.url}/v1/comments?block_id=${row}`, {
    headers: { authorization: `Bearer ${token}`, "notion-version": "2026-03-11" },
  });
  const { results } = Comments.parse(await response.json());
  return results.map(({ rich_text: parts }) => parts.map((part) => part.plain_text).join(""));
}

/** The texts of an issue's comments, oldest first. */
export function commentsOnIssue(world: World, issue: string): string[] {
  return (world.jira.issue(issue)?.comments ?? []).map(({ text }) => text);
}

/** What Sync says of an issue that can't be read any more. */
export const missing = "was deleted or archived in Jira, or is hidden from Debrief";

/** A row in step with its issue; gives the ids of both. */
export async function paired(
  world: World,
  page: string,
  title: string,
): Promise<{ readonly row: string; readonly id: string; readonly key: string }> {
  const row = addRow(world, page, title);
  const { id, key } = await untilIssue(world, row);
  return { row, id, key };
}

/** Keys of all issues that carry the row's property, the deleted ones included. */
export function allOf(world: World, row: string): string[] {
  return world.jira
    .issues()
    .filter((issue) => JSON.stringify(issue.properties).includes(row))
    .map(({ key }) => key);
}

/** Edits the row and waits for the issue to follow, and for the row to say that all is well. */
export async function untilInStep(world: World, row: string, key: string): Promise<void> {
  editRow(world, row, "Due", "2027-06-01");
  await untilIssue(
    world,
    row,
    "the row's new day",
    (issue) => issue.key === key && issue.duedate === "2027-06-01",
  );
  await untilRow(world, row, "that all is well", (one) => !syncOfRow(one).includes(missing));
}
