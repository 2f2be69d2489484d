/** The store is lost while items become issues, right after a create, and when all had settled: nothing exists twice. */

import { describe, expect, it } from "vitest";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import {
  commentsOfRow,
  expectAgreement,
  expectSettled,
  untilItemResyncs,
  watchWrites,
} from "../support/item-agreement.ts";
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
import { waitFor } from "../support/wait.ts";

const timing = { resync_every_s: 3 };
const create = { method: "POST", path: "/issue$" };

/** A row with its issue, both done long ago. */
async function doneLongAgo(world: EngineWorld, page: string): Promise<string> {
  const row = addRow(world, page, "Done long ago");
  const { key } = await untilIssue(world, row);
  for (const to of ["In Progress", "In Review", "Done"]) {
    world.jira.act({ do: "transition", issue: key, to });
  }
  await untilRow(world, row, "Done", ({ properties }) => properties["Status"] === "Done");
  return row;
}

describe.each(engines)("a store that is lost on the %s engine", { timeout: 150_000 }, (engine) => {
  it("in the middle of items, and right after a create was sent, leaves one issue a row", async ({
    skip,
  }) => {
    await using world = (await openWorldOn(engine, { jira: {}, timing })) ?? skip("no Redis");
    await world.start();
    const { page } = await openPostMortem(world);
    const done = await doneLongAgo(world, page);
    const pair = addRow(world, page, "Edited on both sides");
    const trashed = addRow(world, page, "Thrown away");
    const deleted = addRow(world, page, "Its issue was deleted");
    const waiting = addRow(world, page, "Not ready", { Status: "Open" });
    const { key } = await untilIssue(world, pair);
    const { key: keyOfTrashed } = await untilIssue(world, trashed);
    const { key: keyOfDeleted } = await untilIssue(world, deleted);
    world.notion.act({ do: "trashPage", page: trashed });
    world.jira.act({ do: "delete", issue: keyOfDeleted });
    await untilRow(world, deleted, "that it is gone", (one) =>
      syncOfRow(one).includes("was deleted or archived"),
    );
    await waitFor("the issue to be told", () => world.jira.issue(keyOfTrashed)?.comments.length);

    world.jira.faults.add({ kind: "latency", match: create, delayMs: 300, times: 1 });
    const sent = addRow(world, page, "Being created");
    await waitFor("the create to be on its way", () => world.jira.faults.list().length === 0);
    editRow(world, pair, "Due", "2027-01-01");
    world.jira.act({ do: "edit", issue: key, summary: "Renamed in Jira" });
    await world.wipeStore();

    const born = addRow(world, page, "Born afterwards");
    editRow(world, waiting, "Owner", ["Ben Lindqvist"]);
    editRow(world, waiting, "Due", "2027-02-02");
    const rows = [pair, sent, born, waiting, done];
    await expectSettled(world, rows);
    expect(rowOf(world, pair)).toMatchObject({
      title: "Renamed in Jira",
      properties: { Due: "2027-01-01" },
    });
    expect(await commentsOfRow(world, pair), "nothing was lost").toEqual([]);
    expect(issuesOf(world, pair)[0]?.comments).toEqual([]);
    expect(issuesOf(world, deleted)).toEqual([]);
    expect(syncOfRow(rowOf(world, deleted))).toMatch(/^Stopped: .*Jira/u);
    expect(world.jira.issue(keyOfTrashed)?.comments, "told once").toHaveLength(1);
    expect(world.jira.issues("OPS"), "one a row, the deleted one among them").toHaveLength(7);

    world.notion.act({ do: "restorePage", page: trashed });
    editRow(world, trashed, "Due", "2027-03-03");
    await expectAgreement(world, [trashed]);
    expect(world.jira.issues("OPS")).toHaveLength(7);
  });

  it("when all had settled costs no write that anybody sees", async ({ skip }) => {
    await using world = (await openWorldOn(engine, { jira: {}, timing })) ?? skip("no Redis");
    await world.start();
    const { page } = await openPostMortem(world);
    const done = await doneLongAgo(world, page);
    const dropped = addRow(world, page, "Never became an issue", { ...complete, Status: "Done" });
    const rows = [done];
    for (const index of [1, 2, 3, 4]) {
      rows.push(addRow(world, page, `Item ${String(index)}`, { ...complete, Priority: "High" }));
    }
    const [, fought = ""] = rows;
    const { key } = await untilIssue(world, fought);
    world.jira.act({ do: "edit", issue: key, duedate: "2027-02-02" });
    editRow(world, fought, "Due", "2027-03-03");
    await untilIssue(world, fought, "Notion's date", ({ duedate }) => duedate === "2027-03-03");
    // The store alone knows the last conflict, and Sync tells it until something else is written.
    editRow(world, fought, "Priority", "Low");
    await untilIssue(world, fought, "the priority", ({ priority }) => priority === "Low");
    await expectSettled(world, rows);
    const before = everything(world);

    const writes = watchWrites(world);
    await world.wipeStore();
    await untilItemResyncs(world, 1);
    await expectSettled(world, rows);
    expect(everything(world)).toEqual(before);
    // Links are upserts: written again, they are the same. The post-mortem's Sync is counted anew.
    const seen = writes().filter((write) => !/\/remotelink /u.test(write) && !write.includes(page));
    expect(seen).toEqual([]);
    expect(issuesOf(world, dropped)).toEqual([]);
  });
});

/** All that people see of items on either side. */
function everything(world: EngineWorld): unknown {
  return {
    issues: world.jira.issues("OPS"),
    pages: world.notion.pages("Post-mortems").map(({ properties }) => properties),
    rows: world.notion.pages("Action items").map(({ title, properties, inTrash }) => ({
      title,
      properties,
      inTrash,
    })),
  };
}
