/** What a post-mortem says of its action items, and what a row says that it lacks, through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
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

describe("a post-mortem and its action items", () => {
  let world: EngineWorld;

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {} });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function untilCount(page: string, sentence: string): Promise<string> {
    const row = await untilRow(world, page, sentence, (one) =>
      sentence === ""
        ? !syncOfRow(one).includes("Action items:")
        : syncOfRow(one).endsWith(sentence),
    );
    return syncOfRow(row);
  }

  async function untilSync(row: string, text: string): Promise<void> {
    await untilRow(world, row, text, (one) => syncOfRow(one) === text);
  }

  it("says on a row what it lacks, in the order of the row", async () => {
    const { page } = await openPostMortem(world);
    const row = addRow(world, page, "", { Status: "Open" });
    await untilSync(row, "Waiting for: Name, Owner, Due.");
    editRow(world, row, "Name", "Draw the graph");
    await untilSync(row, "Waiting for: Owner, Due.");
    editRow(world, row, "Owner", ["Ada Okafor"]);
    await untilSync(row, "Waiting for: Due.");
    editRow(world, row, "Post-mortem", []);
    await untilSync(row, "Waiting for: Due, Post-mortem.");
    editRow(world, row, "Due", "2026-12-04");
    await untilSync(row, "Waiting for: Post-mortem.");
    expect(issuesOf(world, row)).toEqual([]);
    editRow(world, row, "Post-mortem", [page]);
    await untilIssue(world, row);
    await untilSync(row, "Up to date.");
  });

  it("makes no issue of a row that ended before it had one, and says so", async () => {
    const { page } = await openPostMortem(world);
    const row = addRow(world, page, "Done on the spot", { ...complete, Status: "Done" });
    await untilSync(row, "Up to date. No issue is made: the item was Done before it had one.");
    await world.untilResyncs(2);
    expect(issuesOf(world, row)).toEqual([]);
    await untilCount(page, "Action items: 0 open, 1 done.");
    editRow(world, row, "Status", "Open");
    await untilIssue(world, row);
    await untilCount(page, "Action items: 1 open, 0 done.");
  });

  it("is counted by open, waiting, failed and done, as each item stands now", async () => {
    const { page } = await openPostMortem(world);
    expect(syncOfRow(rowOf(world, page))).not.toContain("Action items");
    const [first, second] = ["One", "Two"].map((title) => addRow(world, page, title));
    const waiting = addRow(world, page, "Three", { Status: "Open" });
    const { key } = await untilIssue(world, first ?? "");
    await untilIssue(world, second ?? "");
    await untilCount(page, "Action items: 3 open (1 waiting), 0 done.");
    for (const to of ["In Progress", "In Review", "Done"]) {
      world.jira.act({ do: "transition", issue: key, to });
    }
    await untilCount(page, "Action items: 2 open (1 waiting), 1 done.");
    const [lost] = issuesOf(world, second ?? "");
    world.jira.act({ do: "delete", issue: lost?.key ?? "" });
    await untilCount(page, "Action items: 2 open (1 waiting, 1 failed), 1 done.");
    world.notion.act({ do: "trashPage", page: waiting });
    const sync = await untilCount(page, "Action items: 1 open (1 failed), 1 done.");
    expect(sync).toBe("Up to date. Action items: 1 open (1 failed), 1 done.");
  });

  it("is counted anew on both pages when an item moves to another post-mortem", async () => {
    const from = await openPostMortem(world, "The first incident");
    const to = await openPostMortem(world, "The second incident");
    const rows = ["Stays", "Moves"].map((title) => addRow(world, from.page, title));
    for (const row of rows) {
      await untilIssue(world, row);
    }
    await untilCount(from.page, "Action items: 2 open, 0 done.");
    const moving = rows[1] ?? "";
    editRow(world, moving, "Post-mortem", [to.page]);
    await untilCount(from.page, "Action items: 1 open, 0 done.");
    await untilCount(to.page, "Action items: 1 open, 0 done.");
    const issue = await untilIssue(world, moving, "links to the other page", ({ remoteLinks }) =>
      JSON.stringify(remoteLinks).includes(to.page.replaceAll("-", "")),
    );
    expect(issue.remoteLinks).toHaveLength(2);
    expect(JSON.stringify(issue.remoteLinks)).not.toContain(from.page.replaceAll("-", ""));

    editRow(world, moving, "Post-mortem", []);
    await untilCount(to.page, "");
  });

  it("shows its own items in its view, and no others", async () => {
    const pages = [
      await openPostMortem(world, "Mail is down"),
      await openPostMortem(world, "Search is down"),
    ];
    for (const { page } of pages) {
      const own = ["One", "Two"].map((title) => addRow(world, page, `${title} of ${page}`));
      await untilRow(world, page, "its own rows in its view", ({ blocks }) => {
        const view = blocks.at(-1)?.view;
        return JSON.stringify(view?.rows.toSorted()) === JSON.stringify(own.toSorted());
      });
      expect(rowOf(world, page).blocks.filter(({ view }) => view !== undefined)).toHaveLength(1);
    }
  });

  it("says the same after further resyncs, which write nothing", async () => {
    await world.untilResyncs(3);
    const before = stamps();
    await world.untilResyncs(3);
    expect(stamps()).toEqual(before);
  });

  /** When every page and issue was changed last. */
  function stamps(): readonly string[] {
    return [
      ...world.notion.pages().map(({ id, editedAt }) => `${id} ${editedAt}`),
      ...world.jira.issues().map(({ key, updatedAt }) => `${key} ${updatedAt}`),
    ];
  }
});
