/** Issues out of reach for a while: archived, hidden, or in a project that is closed to Debrief. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allOf,
  expectStill,
  missing,
  openEdges,
  paired,
  untilInStep,
  untilSync,
} from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import { addRow, editRow, openPostMortem, rowOf, untilIssue } from "../support/items.ts";

describe("an issue out of reach", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("that is moved out of sight is not made again, and goes on when it is moved back", async () => {
    const { row, id, key } = await paired(world, page, "Encrypt the backups");
    world.jira.act({ do: "move", issue: key, project: "SEC" });
    await untilSync(world, row, `${key} ${missing}`);
    expect(String(rowOf(world, row).properties["Jira"])).toMatch(new RegExp(`/${key}$`));
    await expectStill(world);
    world.jira.act({ do: "move", issue: id, project: "OPS" });
    const returned = world.jira.issue(id)?.key ?? "";
    await untilInStep(world, row, returned);
    await expectStill(world);
    expect(allOf(world, row)).toEqual([returned]);
  });

  it("that is archived takes no edits, which its row says, and goes on when it is restored", async () => {
    const { row, key } = await paired(world, page, "Archive the logs");
    await expectStill(world);
    world.jira.act({ do: "archive", issue: key });
    editRow(world, row, "Name", "Archive all logs");
    await untilSync(world, row, "archived");
    await expectStill(world);
    world.jira.act({ do: "restore", issue: key });
    await untilIssue(world, row, "the new title", (issue) => issue.summary === "Archive all logs");
    await untilInStep(world, row, key);
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key]);
  });

  it("that is archived before both sides agreed does not make its row waver", async () => {
    const { row, key } = await paired(world, page, "Archive at once");
    world.jira.act({ do: "archive", issue: key });
    world.jira.act({ do: "comment", issue: key, text: "Archived by mistake?" });
    editRow(world, row, "Outcome", "It is there.");
    await untilSync(world, row, "archived");
    await expectStill(world);
    world.jira.act({ do: "restore", issue: key });
    await untilInStep(world, row, key);
    expect(allOf(world, row)).toEqual([key]);
  });

  it("that is hidden is said to be missing, and goes on when it returns", async () => {
    const { row, key } = await paired(world, page, "Page the second line");
    world.jira.act({ do: "hide", issue: key });
    await untilSync(world, row, `${key} ${missing}`);
    editRow(world, row, "Name", "Page the second line sooner");
    await expectStill(world);
    world.jira.act({ do: "show", issue: key });
    await untilIssue(
      world,
      row,
      "the title of the meantime",
      (issue) => issue.summary === "Page the second line sooner",
    );
    await untilInStep(world, row, key);
    await expectStill(world);
    expect(allOf(world, row)).toEqual([key]);
  });

  it("survives that its whole project is hidden, even across a lost store, without being made twice", async () => {
    const { row, key } = await paired(world, page, "Fence the old leader");
    world.jira.act({ do: "hide", project: "OPS" });
    await untilSync(world, row, `${key} ${missing}`);
    const fresh = addRow(world, page, "Made in the dark");
    await untilSync(world, fresh, "Failed:");
    await world.wipeStore();
    await expectStill(world);
    expect([allOf(world, row), allOf(world, fresh)]).toEqual([[key], []]);
    world.jira.act({ do: "show", project: "OPS" });
    await untilInStep(world, row, key);
    await untilIssue(world, fresh);
    await expectStill(world);
    expect([allOf(world, row).length, allOf(world, fresh).length]).toEqual([1, 1]);
  });
});
