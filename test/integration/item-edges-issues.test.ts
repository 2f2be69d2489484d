/** Issues that are deleted, moved or cloned in Jira: their rows say so, and nothing is made twice. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allOf,
  commentsOnRow,
  expectStill,
  missing,
  openEdges,
  paired,
  untilInStep,
  untilSync,
} from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import {
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";

describe("an issue", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("that is deleted is not made again, unless Jira is cleared in the row", async () => {
    const { row, key } = await paired(world, page, "Add a circuit breaker");
    world.jira.act({ do: "delete", issue: key });
    const said = syncOfRow(await untilSync(world, row, `${key} ${missing}`));
    expect(said).toContain("clear Jira here to have a new one made");
    editRow(world, row, "Due", "2027-01-01");
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key]);

    await world.wipeStore();
    await untilSync(world, row, `${key} can't be found in Jira`);
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key]);

    editRow(world, row, "Jira", null);
    const issue = await untilIssue(world, row, "a new issue", (one) => one.key !== key);
    expect(issue).toMatchObject({ summary: "Add a circuit breaker", duedate: "2027-01-01" });
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key, issue.key]);
  });

  it("that is deleted is made anew when Jira is cleared while the store still knows it", async () => {
    const { row, key } = await paired(world, page, "Cap the batch size");
    world.jira.act({ do: "delete", issue: key });
    await untilSync(world, row, `${key} ${missing}`);
    editRow(world, row, "Jira", null);
    const issue = await untilIssue(
      world,
      row,
      "a new issue with its links",
      (one) => one.key !== key && one.remoteLinks.length === 2,
    );
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key, issue.key]);
  });

  it("that is moved to another project is followed by its id, and its row's link with it", async () => {
    const { row, id, key } = await paired(world, page, "Split the database");
    world.jira.act({ do: "move", issue: key, project: "PAY" });
    const moved = world.jira.issue(id)?.key ?? "";
    expect(moved).toMatch(/^PAY-/);
    await untilSync(world, row, `${moved} is in project PAY, where the route says OPS`);
    await untilRow(world, row, "the new address", ({ properties }) =>
      String(properties["Jira"]).endsWith(`/browse/${moved}`),
    );
    await untilInStep(world, row, moved);
    world.jira.act({ do: "transition", issue: moved, to: "Done" });
    await untilRow(world, row, "Done", ({ properties }) => properties["Status"] === "Done");
    await expectStill(world);
    await world.wipeStore();
    await expectStill(world);
    expect(issuesOf(world, row).map((one) => one.id)).toEqual([id]);
    expect(await commentsOnRow(world, row)).toEqual([]);
  });

  it("is not confused with its clone, even when only the clone is left", async () => {
    const { row, id, key } = await paired(world, page, "Test the failover");
    const clone = world.jira.act({ do: "clone", issue: key }).key ?? "";
    expect(world.jira.issue(clone)?.labels).toEqual(world.jira.issue(key)?.labels);
    world.jira.act({ do: "edit", issue: clone, summary: "Another thing", duedate: "2028-01-01" });
    world.jira.act({ do: "transition", issue: clone, to: "In Progress" });
    await expectStill(world);
    expect(rowOf(world, row)).toMatchObject({
      title: "Test the failover",
      properties: { Status: "Open", Due: "2026-12-04" },
    });
    await world.wipeStore();
    await expectStill(world);
    expect(issuesOf(world, row).map((one) => one.id)).toEqual([id]);

    world.jira.act({ do: "delete", issue: key });
    await untilSync(world, row, missing);
    world.jira.act({ do: "edit", issue: clone, summary: "Yet another thing" });
    await expectStill(world);
    expect(rowOf(world, row).title).toBe("Test the failover");
    expect(world.jira.issue(clone)).toMatchObject({ comments: [], properties: {} });
    expect(allOf(world, row)).toEqual([key]);
  });
});
