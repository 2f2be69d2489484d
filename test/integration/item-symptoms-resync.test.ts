/** What the resyncs of Notion and Jira once missed, or did for ever, each by its symptom. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEdges, untilAllResyncs, untilSync } from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import { addRow, editRow, openPostMortem, rowOf, untilIssue, untilRow } from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

describe("the resync", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges({ timing: { item_recheck_s: 600, missing_confirm_s: 60 } });
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function loseWebhooks(): void {
    world.notion.faults.add({ kind: "drop-webhook", match: {} });
  }

  it("counts a row without an issue out when nobody told that it was trashed", async () => {
    const row = addRow(world, page, "Not ready", { Status: "Open" });
    await untilSync(world, row, "Waiting for");
    await untilRow(world, page, "the count", (one) => said(one.properties).includes("1 open"));
    // Until it was counted once more, as queries lag.
    await untilAllResyncs(world, 7);
    loseWebhooks();
    world.notion.act({ do: "trashPage", page: row });
    const counted = await untilRow(
      world,
      page,
      "the count without it",
      (one) => !said(one.properties).includes("1 open"),
    );
    expect(counted.inTrash).toBe(false);
    world.notion.faults.clear();
  });

  it("takes in rows while the post-mortems can't be listed", async () => {
    const row = addRow(world, page, "Keep on");
    await untilIssue(world, row);
    await untilSync(world, row, "Up to date.");
    await untilAllResyncs(world, 3);
    loseWebhooks();
    const source = world.notion.ids.postMortems;
    world.notion.faults.add({
      kind: "status",
      match: { method: "POST", path: `^/v1/data_sources/${source}/query` },
      status: 400,
      body: { object: "error", status: 400, code: "validation_error", message: "Not now." },
    });
    const calls = world.watchNotion();
    await waitFor("a refusal", () => calls().some(({ status }) => status === 400));
    editRow(world, row, "Due", "2027-07-01");
    await untilIssue(world, row, "the day", ({ duedate }) => duedate === "2027-07-01");
    world.notion.faults.clear();
    expect(rowOf(world, row).properties["Due"]).toBe("2027-07-01");
    await untilAllResyncs(world, 1);
  });

  it("leaves the issue of a row that is gone alone, once it was told", async () => {
    const row = addRow(world, page, "Gone for good");
    const { key } = await untilIssue(world, row);
    await untilSync(world, row, "Up to date.");
    world.notion.act({ do: "trashPage", page: row });
    await waitFor("the comment", () => world.jira.issue(key)?.comments.length === 1);
    await untilAllResyncs(world, 3);
    const calls = world.watchNotion();
    await untilAllResyncs(world, 4);
    expect(calls().filter(({ path }) => path.includes(row))).toEqual([]);
  });
});

function said(properties: Readonly<Record<string, unknown>>): string {
  return String(properties["Sync"]);
}

describe("a resync between two sweeps", () => {
  it("lists what changed, not what is open", async () => {
    await using world = await openEdges({ timing: { item_sweep_s: 600, item_recheck_s: 600 } });
    const { page } = await openPostMortem(world);
    await untilIssue(world, addRow(world, page, "Stay open"));
    await untilAllResyncs(world, 2);
    function searches(): number {
      return world.jira.calls().calls.filter(({ path }) => path.includes("search/jql")).length;
    }
    const before = searches();
    await untilAllResyncs(world, 5);
    const rounds = world.output().split("resync of Jira is complete").length - 1;
    expect(searches() - before).toBeLessThan(9);
    expect(rounds).toBeGreaterThan(6);
  });
});
