/** Rows of action items that people trash, delete, move, copy or leave without their post-mortem. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  commentsOnIssue,
  expectStill,
  openEdges,
  untilAllResyncs,
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
import { waitFor } from "../support/wait.ts";

const removed = "The action item of this issue was removed in Notion.";
const back = "The action item of this issue is back in Notion";

describe("a row", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function saidOn(issue: string, beginning: string): number {
    return commentsOnIssue(world, issue).filter((text) => text.startsWith(beginning)).length;
  }

  async function untilSaid(issue: string, beginning: string): Promise<void> {
    await waitFor(`a comment "${beginning}"`, () => saidOn(issue, beginning) > 0);
  }

  it("that is trashed leaves its issue as it is, with one comment that says so, until it returns", async () => {
    const row = addRow(world, page, "Rotate the keys");
    const { key } = await untilIssue(world, row);
    world.notion.act({ do: "trashPage", page: row });
    await untilSaid(key, removed);
    await expectStill(world);

    world.jira.act({ do: "edit", issue: key, duedate: "2027-01-15" });
    world.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
    editRow(world, row, "Name", "Rotate all keys");
    await expectStill(world);
    expect(world.jira.issue(key)).toMatchObject({ summary: "Rotate the keys", deleted: false });
    expect(rowOf(world, row).properties["Due"]).toBe(complete.Due);
    expect(saidOn(key, removed)).toBe(1);

    world.notion.act({ do: "restorePage", page: row });
    await untilRow(
      world,
      row,
      "what Jira has changed meanwhile",
      ({ properties }) =>
        properties["Due"] === "2027-01-15" &&
        JSON.stringify(properties["Owner"]) === JSON.stringify(["Ben Lindqvist"]),
    );
    await untilIssue(
      world,
      row,
      "what the row has changed",
      (one) => one.summary === "Rotate all keys",
    );
    await untilSync(world, row, "Up to date.");
    await expectStill(world);
    expect([saidOn(key, removed), saidOn(key, back)]).toEqual([1, 1]);
  });

  it("that is deleted for good leaves its issue as it is, and says so there once", async () => {
    const row = addRow(world, page, "Delete the old queue");
    const { key, id } = await untilIssue(world, row);
    world.notion.act({ do: "deletePage", page: row });
    await untilSaid(key, removed);
    world.jira.act({ do: "edit", issue: key, summary: "Delete the old queues" });
    await expectStill(world);
    expect(saidOn(key, removed)).toBe(1);
    expect(world.jira.issue(id)).toMatchObject({
      summary: "Delete the old queues",
      deleted: false,
    });
    expect(world.notion.page(row)).toBeUndefined();
  });

  it.each(["Post-mortems", "a page of its own"])(
    "that is moved to %s is left alone, and goes on when it is moved back",
    async (place) => {
      const row = addRow(world, page, `Move to ${place}`);
      const { key } = await untilIssue(world, row);
      const to = place === "Post-mortems" ? place : world.notion.ids.rootPage;
      world.notion.act({ do: "movePage", page: row, to });
      await untilSaid(key, removed);
      world.jira.act({ do: "edit", issue: key, duedate: "2027-02-01" });
      await expectStill(world);
      expect(saidOn(key, removed)).toBe(1);
      world.notion.act({ do: "movePage", page: row, to: "Action items" });
      await untilRow(
        world,
        row,
        "its issue's day",
        ({ properties }) => properties["Due"] === "2027-02-01",
      );
      await untilSync(world, row, "Up to date.");
      await expectStill(world);
      expect([issuesOf(world, row).length, saidOn(key, back)]).toEqual([1, 1]);
    },
  );

  it("stays in step while its post-mortem is in the trash, where a new one waits", async () => {
    const place = await openPostMortem(world, "Search is down");
    const old = addRow(world, place.page, "Shard the index");
    const { key } = await untilIssue(world, old);
    world.notion.act({ do: "trashPage", page: place.page });
    await untilAllResyncs(world, 2);
    editRow(world, old, "Due", "2027-04-01");
    await untilIssue(world, old, "the new day", (one) => one.duedate === "2027-04-01");
    await untilSync(world, old, "The post-mortem is in the trash");
    world.jira.act({ do: "edit", issue: key, summary: "Shard the indexes" });
    await untilRow(world, old, "Jira's title", ({ title }) => title === "Shard the indexes");
    const fresh = addRow(world, place.page, "Add a replica");
    await untilSync(world, fresh, "Waiting for: Post-mortem.");
    await expectStill(world);
    expect(issuesOf(world, fresh)).toHaveLength(0);

    world.notion.act({ do: "restorePage", page: place.page });
    await untilIssue(world, fresh);
    for (const row of [old, fresh]) {
      await untilRow(
        world,
        row,
        "that all is well",
        (one) => syncOfRow(one).startsWith("Up to date.") && !syncOfRow(one).includes("trash"),
      );
    }
    await expectStill(world);
  });
});
