/** When action items are done with: one issue a row, both sides say the same, and nobody has anything left to write. */

import { z } from "zod";
import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { issuesOf, rowOf, syncOfRow } from "./items.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** One write as a line: `jira POST /rest/api/3/issue 201`. */
type Write = string;

const reads = /\/(?:query|search(?:\/[a-z]+)?|bulkfetch)$/u;

/** Gives a function that lists the writes to Notion and Jira since now, refused ones included. */
export function watchWrites({ notion, jira }: World): () => Write[] {
  const before = { notion: notion.calls().calls.length, jira: jira.calls().calls.length };
  return () => [
    ...notion.calls().calls.slice(before.notion).flatMap(writeTo("notion")),
    ...jira.calls().calls.slice(before.jira).flatMap(writeTo("jira")),
  ];
}

function writeTo(
  vendor: string,
): (call: {
  readonly method: string;
  readonly path: string;
  readonly status?: number | undefined;
}) => Write[] {
  return ({ method, path, status }) =>
    method === "GET" || reads.test(path) ? [] : [`${vendor} ${method} ${path} ${String(status)}`];
}

/** How many resyncs of every vendor are complete so far. */
function resyncsOf(world: World): number {
  const said = world.output();
  const endings = ["resync is", "resync of Notion is", "resync of Jira is"];
  return Math.min(...endings.map((ending) => said.split(`"${ending} complete"`).length - 1));
}

/** Waits until every vendor was read to the end this many more times. */
export async function untilItemResyncs(world: World, count: number): Promise<void> {
  // One may be on its way already: it does not count.
  const wanted = resyncsOf(world) + count + 1;
  await waitFor(`${String(count)} more resyncs`, () => resyncsOf(world) >= wanted, 45_000);
}

/** Asks the service for a path of its API, as JSON. */
export async function ask(world: World, path: string): Promise<unknown> {
  const answer = await fetch(`${world.url}${path}`);
  return answer.json();
}

/** The texts of the comments on a row, as Notion's API gives them to the connection. */
export async function commentsOfRow({ notion }: World, row: string): Promise<string[]> {
  const { NOTION_TOKEN: token = "" } = notion.environment();
  const answer = await fetch(`${notion.url}/v1/comments?block_id=${row}`, {
    headers: { authorization: `Bearer ${token}`, "notion-version": "2026-03-11" },
  });
  return Comments.parse(await answer.json()).results.map(({ rich_text }) =>
    rich_text.map(({ plain_text }) => plain_text).join(""),
  );
}

const Comments = z.object({
  results: z.array(z.object({ rich_text: z.array(z.object({ plain_text: z.string() })) })),
});

/** A gauge or counter of the service: the sum of the lines that start so. */
export async function metric(world: World, start: string): Promise<number> {
  const text = await fetch(`${world.url}/metrics`).then((answer) => answer.text());
  return text
    .split("\n")
    .filter((line) => line.startsWith(start))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** What keeps the rows from being done with, a sentence each; empty when they are. */
function disagreements(world: World, rows: readonly string[]): string[] {
  return rows.flatMap((row) => {
    const issues = issuesOf(world, row);
    const [issue] = issues;
    return issue === undefined || issues.length > 1
      ? [`${row} has ${String(issues.length)} issues: ${issues.map(({ key }) => key).join(", ")}`]
      : differences(rowOf(world, row), issue);
  });
}

function differences(row: PageView, issue: IssueView): string[] {
  const { properties } = row;
  const owners = [properties["Owner"] ?? []].flat();
  const pairs = [
    ["Name", row.title, issue.summary],
    ["Due", properties["Due"] ?? null, issue.duedate],
    ["Owner", owners[0] ?? null, issue.assignee?.name ?? null],
    ["Status", categories[String(properties["Status"])], issue.status.category],
    [
      "Jira",
      String(properties["Jira"] ?? "")
        .split("/")
        .at(-1),
      issue.key,
    ],
    ["Sync", syncOfRow(row).startsWith("Up to date."), true],
  ] as const;
  return pairs.flatMap(([what, notion, jira]) =>
    notion === jira
      ? []
      : [
          `${issue.key} ${what}: ${JSON.stringify(notion)} in Notion, ${JSON.stringify(jira)} in Jira (${syncOfRow(row)})`,
        ],
  );
}

const categories: Readonly<Record<string, string>> = {
  Open: "new",
  "In progress": "indeterminate",
  Done: "done",
  "Won't do": "done",
};

/** Waits until every row has its one issue and agrees with it. */
export async function expectAgreement(
  world: World,
  rows: readonly string[],
  withinMs = 45_000,
): Promise<void> {
  await waitFor(
    "rows and issues to agree",
    () => disagreements(world, rows).length === 0,
    withinMs,
  ).catch((error: unknown) => failure(world, error, disagreements(world, rows)));
}

/**
 * Waits for that, and until nothing waits in the queue and no key has failed; then holds two further resyncs to
 * writing nothing.
 */
export async function expectSettled(
  world: World,
  rows: readonly string[],
  withinMs = 45_000,
): Promise<void> {
  await expectAgreement(world, rows, withinMs);
  let written: Write[] = [];
  try {
    await waitFor(
      "two resyncs without a write",
      async () => {
        const writes = watchWrites(world);
        await untilItemResyncs(world, 2);
        written = writes();
        return written.length === 0;
      },
      withinMs,
    );
    await waitFor("an idle queue and no dead letters", () => isIdle(world), withinMs);
  } catch (error) {
    await failure(world, error, written);
  }
  await expectAgreement(world, rows, 0);
}

async function failure(world: World, error: unknown, told: readonly string[]): Promise<never> {
  const dead = JSON.stringify(await ask(world, "/api/v1/dead-letters").catch(String));
  const said = world.output().slice(-6_000);
  throw new Error([String(error), ...told, dead, said].join("\n"), { cause: error });
}

/** At this moment; the resyncs wait for their next time, and counts of items for theirs. */
async function isIdle(world: World): Promise<boolean> {
  const dead = JSON.stringify(await ask(world, "/api/v1/dead-letters"));
  const waiting = await metric(world, 'debrief_queue_jobs{state="waiting"}');
  const active = await metric(world, 'debrief_queue_jobs{state="active"}');
  return dead === JSON.stringify({ deadLetters: [] }) && waiting + active === 0;
}
