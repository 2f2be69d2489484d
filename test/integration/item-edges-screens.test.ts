/** Screens that administrators change while items are in step: what no longer can be written is said in Sync. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStill, openEdges, untilSync } from "../support/edges.ts";
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

describe("an item in step with an issue whose screens change", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
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

  it("goes on though new ones lack a field that was made required, which they say with the fix", async () => {
    const { row } = await paired("Require a field");
    world.jira.act({ do: "requireField", project: "OPS", field: "Owning team" });
    const fresh = addRow(world, page, "Made later");
    const said = syncOfRow(await untilSync(world, fresh, "Failed:"));
    expect(said).toContain("customfield_10050");
    expect(said).toContain("jira: { fields: { customfield_10050:");
    expect(said).toContain("(JIRA_REQUIRED_FIELD)");
    editRow(world, row, "Due", "2027-07-01");
    await untilIssue(world, row, "the old one's new day", (one) => one.duedate === "2027-07-01");
    await expectStill(world);
    expect(issuesOf(world, fresh)).toHaveLength(0);
    world.jira.act({ do: "requireField", project: "OPS", field: "Owning team", required: false });
    await untilIssue(world, fresh);
    await untilSync(world, fresh, "Up to date.");
    await expectStill(world);
  });

  it("drops a field that left the edit screen, says so, and sends it when it is back", async () => {
    const { row, key } = await paired("Take away the due date");
    world.jira.act({
      do: "removeFieldFromScreen",
      project: "OPS",
      field: "duedate",
      screen: "edit",
    });
    editRow(world, row, "Due", "2027-08-01");
    editRow(world, row, "Name", "Take the due date away");
    await untilIssue(world, row, "the title", (one) => one.summary === "Take the due date away");
    await untilSync(world, row, "Jira refused Due date 2027-08-01");
    await expectStill(world);
    expect(world.jira.issue(key)?.duedate).toBe(complete.Due);
    expect(rowOf(world, row).properties["Due"]).toBe("2027-08-01");
    world.jira.act({ do: "addFieldToScreen", project: "OPS", field: "duedate", screen: "edit" });
    editRow(world, row, "Due", "2027-08-02");
    await untilIssue(world, row, "the day", (one) => one.duedate === "2027-08-02");
    await untilRow(world, row, "that all is well", (one) => syncOfRow(one) === "Up to date.");
    await expectStill(world);
  });
});
