/** Issues that people put into a row by hand: taken over once and with care, or refused with words and nothing else. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commonLabel, itemLabel } from "../../src/domain/action-item.ts";
import { pageId } from "../../src/domain/keys.ts";
import {
  commentsOnIssue,
  commentsOnRow,
  expectStill,
  openEdges,
  untilSync,
} from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import {
  addRow,
  complete,
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
} from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

const removed = "The action item of this issue was removed in Notion.";
const back = "The action item of this issue is back in Notion";

describe("an issue that a person puts into a row", () => {
  let world: EngineWorld;
  let page = "";
  let siteUrl = "";

  beforeAll(async () => {
    world = await openEdges();
    siteUrl = world.jira.ids.siteUrl;
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** An issue that somebody made in Jira; gives its key. */
  function made(
    summary: string,
    more: { project?: string; description?: string; duedate?: string; assignee?: string } = {},
  ): string {
    const { key } = world.jira.act({
      do: "createIssue",
      by: "Chloe Tanaka",
      project: "OPS",
      summary,
      labels: ["database"],
      ...more,
    });
    if (key === undefined) {
      throw new Error("creating an issue gave no key");
    }
    return key;
  }

  function saidOn(issue: string, beginning: string): number {
    return commentsOnIssue(world, issue).filter((text) => text.startsWith(beginning)).length;
  }

  async function untilSaid(issue: string, beginning: string): Promise<void> {
    await waitFor(`a comment "${beginning}"`, () => saidOn(issue, beginning) > 0);
  }

  function addPasted(title: string, jira: string): string {
    return addRow(world, page, title, { ...complete, Jira: jira });
  }

  it("keeps what it holds, and the row's losses are kept as comments", async () => {
    const key = made("Raise max_connections", {
      description: "Agreed in the review.",
      duedate: "2027-05-01",
      assignee: "Ben Lindqvist",
    });
    const row = addRow(world, page, "Raise the limit", {
      ...complete,
      Jira: `${siteUrl}/browse/${key}`,
      Priority: "High",
      Outcome: "500 connections hold in the load test.",
    });
    const issue = await untilIssue(
      world,
      row,
      "all that it needs",
      (one, { title }) => title === "Raise max_connections" && one.remoteLinks.length === 2,
    );
    await expectStill(world);
    expect(world.jira.issue(key)).toMatchObject({
      id: issue.id,
      summary: "Raise max_connections",
      description: "Agreed in the review.",
      duedate: "2027-05-01",
      assignee: { name: "Ben Lindqvist" },
      priority: "Medium",
      labels: ["database", commonLabel, itemLabel(pageId(row))],
    });
    expect(rowOf(world, row).properties).toMatchObject({
      Name: "Raise max_connections",
      Due: "2027-05-01",
      Owner: ["Ben Lindqvist"],
      Priority: "Medium",
      Outcome: "500 connections hold in the load test.",
      Jira: `${siteUrl}/browse/${key}`,
    });
    const lost = (await commentsOnRow(world, row)).join("\n");
    for (const value of ["Raise the limit", complete.Due, "High", "ada.okafor"]) {
      expect(lost).toContain(value);
    }
    expect(commentsOnIssue(world, key).join("\n")).toContain("500 connections hold");
  });

  it("is filled in from the row where it is empty, and its description too", async () => {
    const key = made("Warm the cache");
    const row = addPasted("Warm the cache", key);
    await untilIssue(
      world,
      row,
      "the row's values",
      (one) => one.duedate === complete.Due && one.assignee?.name === "Ada Okafor",
    );
    await expectStill(world);
    expect(world.jira.issue(key)?.labels).toContain(itemLabel(pageId(row)));
    expect(await commentsOnRow(world, row)).toEqual([]);
  });

  it.each([
    ["its key", (key: string) => key],
    ["its key in lower case", (key: string) => key.toLowerCase()],
    ["its address", (key: string) => `https://acme.atlassian.net/browse/${key}`],
    [
      "its address without https, in lower case",
      (key: string) => `acme.atlassian.net/browse/${key.toLowerCase()}`,
    ],
    [
      "a board that shows it",
      (key: string) =>
        `https://acme.atlassian.net/jira/software/projects/OPS/boards/1?selectedIssue=${key}`,
    ],
  ])("is found by %s", async (_, written) => {
    const key = made("Add a canary");
    const row = addPasted("Add a canary", written(key));
    const issue = await untilIssue(world, row);
    expect(issue.key).toBe(key);
    expect(rowOf(world, row).properties["Jira"]).toBe(`${siteUrl}/browse/${key}`);
  });

  it("may be put there later, where the row was not ready for an issue of its own", async () => {
    const key = made("Drain the queue", { assignee: "Ben Lindqvist" });
    const row = addRow(world, page, "Drain the queue", { Status: "Open" });
    await untilSync(world, row, "Waiting for: Owner");
    editRow(world, row, "Jira", key);
    await untilIssue(world, row, "the issue's owner", (_, { properties }) =>
      JSON.stringify(properties["Owner"]).includes("Ben Lindqvist"),
    );
    await expectStill(world);
    expect(issuesOf(world, row).map((one) => one.key)).toEqual([key]);
  });

  it("is refused outside of the projects that routes name, and nothing of it is told", async () => {
    const secret = "Salary of the board";
    const legal = made(secret, { project: "LEGAL", description: secret });
    const closed = made(secret, { project: "SEC", description: secret });
    const movedAway = made(secret, { description: secret });
    world.jira.act({ do: "move", issue: movedAway, project: "LEGAL" });
    const rows = [legal, closed, movedAway].map((key) => addPasted("Ask the lawyers", key));
    for (const row of rows) {
      await untilSync(world, row, "is in a project that no route of Debrief names (OPS)");
    }
    await expectStill(world);
    expect(JSON.stringify(world.notion.pages())).not.toContain(secret);
    for (const row of rows) {
      expect(await commentsOnRow(world, row)).toEqual([]);
      expect(rowOf(world, row).title).toBe("Ask the lawyers");
    }
    for (const key of [legal, closed, movedAway]) {
      expect(world.jira.issue(key)).toMatchObject({ labels: ["database"], comments: [] });
      expect(world.jira.issue(key)?.properties).toEqual({});
    }
  });

  it.each([
    ["an issue that is not there", "OPS-4711", "OPS-4711 can't be found in Jira"],
    ["another site", "https://evil.example/browse/OPS-1", "leads to evil.example"],
    ["words", "see the board", "names no issue of https://acme.atlassian.net"],
  ])("is not made up for %s", async (_, jira, words) => {
    const row = addPasted("Look it up", jira);
    await untilSync(world, row, words);
    await expectStill(world);
    expect(rowOf(world, row).properties["Jira"]).toBe(jira);
    expect(issuesOf(world, row)).toHaveLength(0);
    editRow(world, row, "Jira", null);
    await untilIssue(world, row);
  });

  it("belongs to the first row alone: a duplicate of it is told whose it is", async () => {
    const first = addRow(world, page, "Bound the retries");
    const { key } = await untilIssue(world, first);
    const copied = String(rowOf(world, first).properties["Jira"]);
    const second = addRow(world, page, "Bound the retries (1)", { ...complete, Jira: copied });
    const { url } = rowOf(world, first);
    const said = syncOfRow(await untilSync(world, second, "belongs to another action item"));
    expect(said).toContain(url);
    editRow(world, second, "Due", "2027-03-01");
    await expectStill(world);
    expect(world.jira.issue(key)).toMatchObject({
      summary: "Bound the retries",
      duedate: complete.Due,
    });
    expect(issuesOf(world, second)).toHaveLength(0);
    expect(syncOfRow(rowOf(world, first))).toMatch(/^Up to date\./);

    editRow(world, second, "Jira", null);
    await untilIssue(world, second, "an issue of its own", (one) => one.key !== key);
    await expectStill(world);
  });

  it("may go over to a second row once the first is trashed, and stays there when that returns", async () => {
    const first = addRow(world, page, "Alert on lag");
    const { key, id } = await untilIssue(world, first);
    const second = addRow(world, page, "Alert on the lag", {
      ...complete,
      Jira: key.toLowerCase(),
    });
    await untilSync(world, second, "belongs to another action item");
    world.notion.act({ do: "trashPage", page: first });
    await untilSaid(key, removed);
    const issue = await untilIssue(world, second, "the issue", () =>
      syncOfRow(rowOf(world, second)).startsWith("Up to date."),
    );
    expect(issue.id).toBe(id);
    expect(rowOf(world, second).title).toBe("Alert on lag");
    editRow(world, second, "Due", "2027-03-01");
    await untilIssue(world, second, "the second row's day", (one) => one.duedate === "2027-03-01");
    await expectStill(world);

    world.notion.act({ do: "restorePage", page: first });
    const said = syncOfRow(await untilSync(world, first, "belongs to another action item"));
    expect(said).toContain(rowOf(world, second).url);
    await expectStill(world);
    expect(rowOf(world, first).properties["Due"]).toBe(complete.Due);
    expect(saidOn(key, back)).toBe(0);
    expect(issuesOf(world, second)).toHaveLength(1);
  });
});
