/** Workflows and statuses that administrators change while items are in step, and the ends of items: said in Sync, and mended. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
  untilRow,
} from "../support/items.ts";

describe("an item in step", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges({ yaml: "jira: { hops: 5 }\n" });
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function paired(title: string): Promise<{ row: string; key: string }> {
    const row = addRow(world, page, title, { ...complete, Priority: "Medium" });
    const { key } = await untilIssue(world, row);
    return { row, key };
  }

  async function untilStatus(row: string, status: string): Promise<void> {
    await untilRow(world, row, status, ({ properties }) => properties["Status"] === status);
  }

  async function untilMoved(row: string, status: string): Promise<void> {
    await untilIssue(world, row, status, (issue) => issue.status.name === status);
  }

  it("goes on when a status is renamed in Jira", async () => {
    const { row, key } = await paired("Rename in Jira");
    await expectStill(world);
    world.jira.act({ do: "renameStatus", status: "In Progress", to: "In Arbeit", project: "OPS" });
    world.jira.act({ do: "renameStatus", status: "To Do", to: "Offen", project: "OPS" });
    await expectStill(world);
    expect(syncOfRow(rowOf(world, row))).toBe("Up to date.");
    editRow(world, row, "Status", "In progress");
    await untilMoved(row, "In Arbeit");
    world.jira.act({ do: "transition", issue: key, to: "Offen" });
    await untilStatus(row, "Open");
    world.jira.act({ do: "renameStatus", status: "In Arbeit", to: "In Progress", project: "OPS" });
    world.jira.act({ do: "renameStatus", status: "Offen", to: "To Do", project: "OPS" });
    await expectStill(world);
    expect(issuesOf(world, row)).toHaveLength(1);
  });

  it("says it when a status is renamed in Notion, in either direction, and goes on when it is named back", async () => {
    const { row, key } = await paired("Rename in Notion");
    editRow(world, row, "Status", "In progress");
    await untilMoved(row, "In Progress");
    const rename = { do: "renameOption", dataSource: "Action items" } as const;
    world.notion.act({ ...rename, from: "In progress", to: "Doing" });
    world.notion.act({ ...rename, from: "Done", to: "Finished" });
    await untilSync(world, row, "Status Doing stands for none in Jira (map it in debrief.yaml)");
    await expectStill(world);
    expect(world.jira.issue(key)?.status.name).toBe("In Progress");
    world.jira.act({ do: "transition", issue: key, to: "In Review" });
    world.jira.act({ do: "transition", issue: key, to: "Done" });
    await untilSync(world, row, 'its "Status" has no option "Done"');
    await expectStill(world);
    expect(rowOf(world, row).properties["Status"]).toBe("Doing");
    world.notion.act({ ...rename, from: "Finished", to: "Done" });
    world.notion.act({ ...rename, from: "Doing", to: "In progress" });
    await untilStatus(row, "Done");
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
  });

  it("says which transition is missing, and takes it once it is back", async () => {
    const { row, key } = await paired("Remove a transition");
    world.jira.act({ do: "removeTransition", project: "OPS", transition: "Send to review" });
    editRow(world, row, "Status", "Done");
    await untilSync(
      world,
      row,
      "Waiting for Jira: No transition from “In Progress” leads to Done; Jira offers: Stop progress",
    );
    await expectStill(world);
    expect(rowOf(world, row).properties["Status"]).toBe("Done");
    world.jira.act({
      do: "addTransition",
      project: "OPS",
      name: "Ask for a review",
      from: ["In Progress"],
      to: "In Review",
    });
    await untilMoved(row, "Done");
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect(world.jira.issue(key)?.resolution).toBe("Done");
  });

  it("tells a hidden validator's words, and goes on once it is satisfied", async () => {
    const { row, key } = await paired("Hide a validator");
    const message = "Name the fix version before closing.";
    world.jira.act({
      do: "setValidator",
      project: "OPS",
      transition: "Done",
      validator: { needs: "impossible", message },
    });
    editRow(world, row, "Status", "Done");
    await untilSync(world, row, message);
    await expectStill(world);
    expect(world.jira.issue(key)?.status.name).toBe("In Review");
    expect(rowOf(world, row).properties["Status"]).toBe("Done");
    world.jira.act({ do: "setValidator", project: "OPS", transition: "Done", validator: null });
    await untilMoved(row, "Done");
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
  });

  it("is not given up without a reason, and closed as Won't Do with it", async () => {
    const { row, key } = await paired("Give up");
    editRow(world, row, "Status", "Won't do");
    await untilSync(world, row, "Waiting for: Reason");
    await expectStill(world);
    expect(world.jira.issue(key)).toMatchObject({ status: { name: "To Do" }, comments: [] });
    editRow(world, row, "Reason", "The queue is going away in May.");
    const issue = await untilIssue(world, row, "the end", (one) => one.status.category === "done");
    expect(issue.resolution).toBe("Won't Do");
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect(commentsOnIssue(world, key).join("\n")).toContain("The queue is going away in May.");
    expect(commentsOnIssue(world, key)).toHaveLength(1);
    expect(rowOf(world, row).properties["Status"]).toBe("Won't do");
  });

  it("is reopened from either side after it was done", async () => {
    const { row, key } = await paired("Reopen");
    editRow(world, row, "Status", "Done");
    await untilMoved(row, "Done");
    expect(world.jira.issue(key)?.resolution).toBe("Done");
    await expectStill(world);
    world.jira.act({ do: "transition", issue: key, to: "To Do" });
    await untilStatus(row, "Open");
    await expectStill(world);
    editRow(world, row, "Status", "Done");
    await untilMoved(row, "Done");
    editRow(world, row, "Status", "In progress");
    const issue = await untilIssue(
      world,
      row,
      "progress",
      (one) => one.status.name === "In Progress",
    );
    expect(issue.resolution).toBeNull();
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect(await commentsOnRow(world, row)).toEqual([]);
  });
});
