/** The demo's second half: what comes out of the incident, as rows in Notion and issues in Jira, until all of it is closed. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ActInput as JiraAct } from "../jira/acts.ts";
import type { IssueView } from "../jira/views-of-world.ts";
import type { PageView } from "../notion/views-of-world.ts";
import { issueOf, rowsOf, sayNow, seen, type Stage } from "./stage.ts";

export const itemTitles = {
  cap: "Cap the pool size of checkout-api",
  alert: "Alert when 80 % of the connections are taken",
  rehearse: "Rehearse a rollback of checkout-api",
} as const;
/** What somebody makes of the first title in Jira. */
export const betterTitle = "Cap the pool of checkout-api at 40 connections";

const dayMs = 86_400_000;
const today = Date.now();

function inDays(days: number): string {
  return new Date(today + days * dayMs).toISOString().slice(0, 10);
}

/** Due dates, as `2026-12-01`; the second item's is moved once. */
export const dues = {
  cap: inDays(7),
  alertFirst: inDays(14),
  alert: inDays(10),
  rehearse: inDays(21),
} as const;

/** Plays it on the post-mortem's page; rejects where the service did not do its part in time. */
export async function playItems(stage: Stage, page: string): Promise<void> {
  const cap = await addComplete(stage, page);
  const alert = await addWithoutOwner(stage, page);
  const rehearse = await typeToDo(stage, page);
  await dragCard(stage, cap);
  await editBothSides(stage, { cap, alert });
  await closeAll(stage, { cap, alert, rehearse });
}

/** What a person does, said with the time of day. */
async function next(stage: Stage, tells: string): Promise<void> {
  await sleep(stage.pauseMs);
  sayNow(tells);
}

function rowNamed(stage: Stage, id: string): PageView {
  const row = stage.notion.page(id);
  if (row === undefined) {
    throw new Error("a row of Action items is gone");
  }
  return row;
}

function keyOf(stage: Stage, row: string): string {
  return issueOf(stage, rowNamed(stage, row))?.key ?? "";
}

function syncOf(row: PageView): string {
  return String(row.properties["Sync"] ?? "");
}

async function untilIssue(stage: Stage, row: string): Promise<IssueView> {
  return seen(
    () => {
      const issue = issueOf(stage, rowNamed(stage, row));
      return syncOf(rowNamed(stage, row)).startsWith("Up to date.") && issue;
    },
    (issue) => `${issue.key} stands in Jira, with ${issue.assignee?.name ?? "nobody"} and the date`,
  );
}

async function addComplete(stage: Stage, postMortem: string): Promise<string> {
  await next(stage, `Ada adds an action item in Notion: ${itemTitles.cap}.`);
  const { id = "" } = stage.notion.act({
    do: "addActionItem",
    by: "Ada Okafor",
    postMortem,
    title: itemTitles.cap,
    properties: {
      Status: "Open",
      Owner: ["Ada Okafor"],
      Due: dues.cap,
      Priority: "High",
      Outcome: "A deploy cannot take more than 40 connections of the primary.",
    },
  });
  await untilIssue(stage, id);
  return id;
}

async function addWithoutOwner(stage: Stage, postMortem: string): Promise<string> {
  await next(stage, "Chloe adds one that has no owner yet.");
  const { id = "" } = stage.notion.act({
    do: "addActionItem",
    by: "Chloe Tanaka",
    postMortem,
    title: itemTitles.alert,
    properties: { Status: "Open", Due: dues.alertFirst },
  });
  await seen(
    () => syncOf(rowNamed(stage, id)).startsWith("Waiting for") && syncOf(rowNamed(stage, id)),
    (sync) => `Its Sync says "${sync}", and no issue is made`,
  );
  await next(stage, "Esra takes it.");
  stage.notion.act({ do: "editProperty", page: id, property: "Owner", value: ["Esra Yilmaz"] });
  await untilIssue(stage, id);
  return id;
}

async function typeToDo(stage: Stage, page: string): Promise<string> {
  const due = dues.rehearse;
  await next(
    stage,
    `Chloe types a line under Action items: [ ] ${itemTitles.rehearse} @Ben Lindqvist by ${due}`,
  );
  const ben = stage.notion.state().users.find(({ name }) => name === "Ben Lindqvist");
  stage.notion.act({
    do: "addBlock",
    by: "Chloe Tanaka",
    parent: page,
    block: {
      to_do: {
        rich_text: [
          { text: { content: `${itemTitles.rehearse} ` } },
          { type: "mention", mention: { type: "user", user: { id: ben?.id } } },
          { text: { content: ` by ${due}` } },
        ],
      },
    },
  });
  const row = await seen(
    () => rowsOf(stage, page).find(({ title }) => title === itemTitles.rehearse),
    ({ properties }) =>
      `It became a row, with ${String(properties["Owner"])} and ${String(properties["Due"])}`,
  );
  await untilIssue(stage, row.id);
  return row.id;
}

/** A card goes over the board, and the row follows. */
async function dragCard(stage: Stage, row: string): Promise<void> {
  const key = keyOf(stage, row);
  await next(stage, `Ada drags ${key} to In Progress.`);
  inJira(stage, { do: "transition", by: "Ada Okafor", issue: key, to: "In Progress" });
  await untilStatus(stage, row, "In progress");
}

function inJira({ jira }: Stage, act: JiraAct): void {
  jira.act(act);
}

async function untilStatus(stage: Stage, row: string, status: string): Promise<void> {
  await seen(
    () => rowNamed(stage, row).properties["Status"] === status,
    () => `The row in Notion says ${status}`,
  );
}

async function editBothSides(
  stage: Stage,
  { cap, alert }: { readonly cap: string; readonly alert: string },
): Promise<void> {
  const first = keyOf(stage, cap);
  const second = keyOf(stage, alert);
  const due = dues.alert;
  await next(stage, `Esra moves the due date of ${second} in Notion to ${due}.`);
  stage.notion.act({
    do: "editProperty",
    by: "Esra Yilmaz",
    page: alert,
    property: "Due",
    value: due,
  });
  await seen(
    () => stage.jira.issue(second)?.duedate === due,
    () => "The issue has the new date",
  );
  await next(stage, `Ada says it better in Jira and hands ${first} to Chloe: ${betterTitle}.`);
  inJira(stage, { do: "edit", by: "Ada Okafor", issue: first, summary: betterTitle });
  inJira(stage, { do: "assign", by: "Ada Okafor", issue: first, to: "Chloe Tanaka" });
  await seen(
    () => {
      const { title, properties } = rowNamed(stage, cap);
      return title === betterTitle && String(properties["Owner"]) === "Chloe Tanaka";
    },
    () => "The row has the new name and owner",
  );
}

/** Two cards are dragged to Done; the third is closed in Notion, and its issue follows the workflow. */
async function closeAll(
  stage: Stage,
  { cap, alert, rehearse }: Readonly<Record<"cap" | "alert" | "rehearse", string>>,
): Promise<void> {
  for (const row of [cap, rehearse]) {
    const key = keyOf(stage, row);
    await next(stage, `${key} is dragged to Done.`);
    const status = stage.jira.issue(key)?.status.name;
    const columns = ["In Progress", "In Review", "Done"];
    for (const to of columns.slice(status === undefined ? 0 : columns.indexOf(status) + 1)) {
      inJira(stage, { do: "transition", by: "Ada Okafor", issue: key, to });
    }
    await untilStatus(stage, row, "Done");
  }
  const key = keyOf(stage, alert);
  await next(stage, "Esra sets the last one to Done in Notion.");
  stage.notion.act({
    do: "editProperty",
    by: "Esra Yilmaz",
    page: alert,
    property: "Status",
    value: "Done",
  });
  await seen(
    () => stage.jira.issue(key)?.status.category === "done" && stage.jira.issue(key),
    (issue) =>
      `${key} is ${issue.status.name} in Jira, by way of In Progress and In Review, resolution ${issue.resolution ?? "none"}`,
  );
}
