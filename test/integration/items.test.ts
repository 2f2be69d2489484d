/** Action items in Notion and in Jira, in step both ways, through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import {
  addRow,
  complete,
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";

describe.each(engines)("an action item on the %s engine", (engine) => {
  let world: EngineWorld | undefined;
  let page = "";

  beforeAll(async () => {
    world = await openWorldOn(engine, { jira: {} });
    await world?.start();
    page = world === undefined ? "" : (await openPostMortem(world)).page;
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("becomes an issue with all that a person in Jira needs", async ({ skip }) => {
    const here = world ?? skip();
    const row = addRow(here, page, "Alert on pool exhaustion", {
      ...complete,
      Priority: "High",
      Outcome: "An alert fires at 80 % of max_connections.",
    });
    const issue = await untilIssue(
      here,
      row,
      "an issue with its links",
      (one) => one.remoteLinks.length === 2,
    );
    expect(issue).toMatchObject({
      project: "OPS",
      summary: "Alert on pool exhaustion",
      duedate: "2026-12-04",
      priority: "High",
      assignee: { name: "Ada Okafor" },
      status: { category: "new" },
    });
    expect(issue.description).toContain("An alert fires at 80 % of max_connections.");
    expect(issue.description).toContain("Checkout is down");
    expect(syncOfRow(rowOf(here, row))).toBe("Up to date.");
  });

  it("comes back when its card is dragged to Done", async ({ skip }) => {
    const here = world ?? skip();
    const row = addRow(here, page, "Write the runbook");
    const { key } = await untilIssue(here, row);
    here.jira.act({ do: "transition", issue: key, to: "In Progress" });
    await untilRow(
      here,
      row,
      "In progress",
      ({ properties }) => properties["Status"] === "In progress",
    );
    here.jira.act({ do: "transition", issue: key, to: "In Review" });
    here.jira.act({ do: "transition", issue: key, to: "Done" });
    await untilRow(here, row, "Done", ({ properties }) => properties["Status"] === "Done");
    expect(issuesOf(here, row)).toHaveLength(1);
  });

  it("takes edits of either side to the other", async ({ skip }) => {
    const here = world ?? skip();
    const row = addRow(here, page, "Tune the pool");
    const { key } = await untilIssue(here, row);
    editRow(here, row, "Due", "2026-12-24");
    editRow(here, row, "Name", "Tune the connection pool");
    await untilIssue(
      here,
      row,
      "the row's edits",
      (issue) => issue.duedate === "2026-12-24" && issue.summary === "Tune the connection pool",
    );
    here.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
    here.jira.act({ do: "edit", issue: key, summary: "Tune the pool of connections" });
    await untilRow(
      here,
      row,
      "the issue's edits",
      ({ properties, title }) =>
        title === "Tune the pool of connections" &&
        JSON.stringify(properties["Owner"]) === JSON.stringify(["Ben Lindqvist"]),
    );
    editRow(here, row, "Status", "In progress");
    const issue = await untilIssue(
      here,
      row,
      "In Progress",
      ({ status }) => status.name === "In Progress",
    );
    expect(issue.key).toBe(key);
  });

  it("says what it lacks, and is made once that is there", async ({ skip }) => {
    const here = world ?? skip();
    const row = addRow(here, page, "Add an owner", { Due: "2026-12-04", Status: "Open" });
    await untilRow(here, row, "what it lacks", (one) => syncOfRow(one) === "Waiting for: Owner.");
    expect(issuesOf(here, row)).toHaveLength(0);
    editRow(here, row, "Owner", ["Ben Lindqvist"]);
    await untilIssue(here, row);
  });

  it("is counted on its post-mortem", async ({ skip }) => {
    const here = world ?? skip();
    const said = await untilRow(here, page, "the count", (one) =>
      syncOfRow(one).includes("Action items: 3 open"),
    );
    expect(syncOfRow(said)).toMatch(/^Up to date\. Action items: 3 open.*, 1 done\.$/);
  });
});
