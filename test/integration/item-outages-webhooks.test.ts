/** Webhooks of Jira and Notion lost, doubled or out of order, edits at the same instant, and automation that undoes ours. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import {
  commentsOfRow,
  expectAgreement,
  expectSettled,
  untilItemResyncs,
  watchWrites,
} from "../support/item-agreement.ts";
import { untilQuiet, watchCalls } from "../support/item-calls.ts";
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

describe("webhooks of action items", () => {
  let world: EngineWorld;
  let page = "";
  const all: string[] = [];

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {} });
    await world.start();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function pair(title: string): Promise<{ readonly row: string; readonly key: string }> {
    const row = addRow(world, page, title, { ...complete, Priority: "High" });
    const { key } = await untilIssue(world, row, "links", (one) => one.remoteLinks.length === 2);
    all.push(row);
    return { row, key };
  }

  it("cost a resync or two when all of them are lost", async () => {
    const { row, key } = await pair("Nobody was told");
    const lost = [world.notion, world.jira].map(({ faults }) => {
      const id = faults.add({ kind: "drop-webhook" });
      return () => faults.remove(id);
    });
    await untilQuiet(world, watchCalls(world));
    const born = addRow(world, page, "Born in silence");
    editRow(world, row, "Due", "2026-12-31");
    world.jira.act({ do: "transition", issue: key, to: "In Progress" });
    await untilItemResyncs(world, 2);
    await expectAgreement(world, [row, born], 10_000);
    world.notion.act({ do: "trashPage", page: born });
    await untilIssue(world, row);
    await waitFor("the issue to be told", () =>
      issuesOf(world, born)[0]?.comments.some(({ text }) => text.includes("removed in Notion")),
    );
    world.notion.act({ do: "restorePage", page: born });
    await waitFor("the issue to be told again", () =>
      issuesOf(world, born)[0]?.comments.some(({ text }) => text.includes("back in Notion")),
    );
    lost.forEach((find) => find());
    all.push(born);
    expect(rowOf(world, row).properties).toMatchObject({
      Status: "In progress",
      Due: "2026-12-31",
    });
  });

  it("may come twice and in any order", async () => {
    const faults = [world.notion.faults, world.jira.faults];
    const ids = faults.flatMap((one) => [
      one.add({ kind: "duplicate-webhook", copies: 2 }),
      one.add({ kind: "reorder-webhooks", match: {}, delayMs: 300, probability: 0.5 }),
    ]);
    const { row, key } = await pair("Out of order");
    for (const day of ["2027-01-01", "2027-01-02", "2027-01-03"]) {
      editRow(world, row, "Due", day);
    }
    world.jira.act({ do: "transition", issue: key, to: "In Progress" });
    world.jira.act({ do: "transition", issue: key, to: "In Review" });
    world.jira.act({ do: "transition", issue: key, to: "Done" });
    world.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
    world.jira.act({ do: "assign", issue: key, to: "Chloe Tanaka" });
    await waitFor(
      "all webhooks",
      () => world.notion.pendingWebhooks() + world.jira.pendingWebhooks() === 0,
    );
    await untilIssue(world, row, "the last of it", ({ duedate }) => duedate === "2027-01-03");
    await expectAgreement(world, [row]);
    faults.forEach((one) => ids.forEach((id) => one.remove(id)));
    expect(rowOf(world, row).properties).toMatchObject({
      Status: "Done",
      Owner: ["Chloe Tanaka"],
    });
  });

  it("of issues that are nobody's cost no call at all", async () => {
    await untilQuiet(world, watchCalls(world));
    const { key = "" } = world.jira.act({
      do: "createIssue",
      project: "OPS",
      summary: "Another team's",
    });
    for (let index = 0; index < 20; index += 1) {
      world.jira.act({ do: "edit", issue: key, summary: `Another team's ${String(index)}` });
      world.jira.act({ do: "comment", issue: key, text: `Comment ${String(index)}` });
    }
    await waitFor("all webhooks", () => world.jira.pendingWebhooks() === 0);
    await untilItemResyncs(world, 1);
    const asked = world.jira.calls().calls.filter(({ path }) => path.includes(idOf(key)));
    expect(asked).toEqual([]);
    expect(
      world.jira.deliveries().filter(({ event }) => event.includes("issue")).length,
    ).toBeGreaterThan(20);
  });

  it("of a row under no post-mortem, and of a page by hand, make nothing", async () => {
    const calls = world.watchNotion();
    const issues = world.jira.issues().length;
    world.notion.act({
      do: "addPage",
      dataSource: "Post-mortems",
      properties: { Name: "By hand" },
    });
    const { id = "" } = world.notion.act({ do: "addActionItem", title: "Under no post-mortem" });
    editRow(world, id, "Due", "2027-01-01");
    await untilRow(world, id, "what it lacks", (one) => syncOfRow(one).includes("Post-mortem"));
    expect(world.jira.issues()).toHaveLength(issues);
    expect(calls().filter(({ method, path }) => method === "POST" && path === "/v1/pages")).toEqual(
      [],
    );
  });

  it("of both sides at one instant end in the field table's winner, the other value kept once", async () => {
    const { row, key } = await pair("Fought over");
    await untilQuiet(world, watchCalls(world));
    world.jira.act({
      do: "edit",
      issue: key,
      summary: "Jira's title",
      duedate: "2027-02-02",
      priority: "Low",
    });
    world.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
    world.jira.act({ do: "transition", issue: key, to: "In Progress" });
    editRow(world, row, "Name", "Notion's title");
    editRow(world, row, "Due", "2027-03-03");
    editRow(world, row, "Priority", "Medium");
    editRow(world, row, "Owner", ["Esra Yilmaz"]);
    editRow(world, row, "Status", "Done");
    await untilIssue(world, row, "Notion's title", ({ summary }) => summary === "Notion's title");
    await expectAgreement(world, [row]);
    const [issue] = issuesOf(world, row);
    expect(issue).toMatchObject({
      duedate: "2027-03-03",
      priority: "Medium",
      assignee: { name: "Ben Lindqvist" },
      status: { name: "In Progress" },
    });
    const atJira = issue?.comments.map(({ text }) => text) ?? [];
    expect(atJira).toHaveLength(3);
    for (const value of ["Jira's title", "2027-02-02", "Low"]) {
      expect(atJira.filter((text) => text.includes(value))).toHaveLength(1);
    }
    const atNotion = await commentsOfRow(world, row);
    expect(atNotion).toHaveLength(2);
    for (const value of ["esra.yilmaz", "Done"]) {
      expect(atNotion.filter((text) => text.includes(value))).toHaveLength(1);
    }
  });

  it("leave nothing to be written in the end", async () => {
    await expectSettled(world, all);
    expect(all.length).toBeGreaterThan(3);
  });

  it("end a fight with automation after six turns; other fields stay in step and Sync says it", async () => {
    const { row, key } = await pair("Undone again and again");
    // Jira's automation moves the card back, and somebody's rule in Notion moves the row forth.
    world.jira.act({
      do: "automate",
      on: { status: "In Progress" },
      transition: "To Do",
      delayMs: 20,
    });
    const moves: string[] = [];
    await waitFor(
      "the guard to stop the fight",
      () => {
        const { properties } = rowOf(world, row);
        if (
          properties["Status"] === "Open" &&
          !syncOfRow(rowOf(world, row)).startsWith("Stopped")
        ) {
          moves.push(new Date().toISOString());
          editRow(world, row, "Status", "In progress");
        }
        return syncOfRow(rowOf(world, row)).startsWith("Stopped:") ? true : undefined;
      },
      40_000,
    );
    expect(syncOfRow(rowOf(world, row))).toContain("Status changed back and forth");
    expect(moves.length).toBeLessThanOrEqual(5);
    await untilQuiet(world, watchCalls(world)).catch(() => undefined);
    const writes = watchWrites(world);
    editRow(world, row, "Status", "Open");
    editRow(world, row, "Status", "In progress");
    await untilItemResyncs(world, 2);
    expect(writes()).toEqual([]);
    world.jira.act({ do: "edit", issue: key, summary: "Other fields stay in step" });
    await untilRow(world, row, "the title", ({ title }) => title.startsWith("Other fields"));
    editRow(world, row, "Due", "2027-04-04");
    await untilIssue(world, row, "the due date", ({ duedate }) => duedate === "2027-04-04");
    expect(syncOfRow(rowOf(world, row))).toContain("Status changed back and forth");
    world.jira.act({ do: "stopAutomation" });
  });

  function idOf(key: string): string {
    return world.jira.issue(key)?.id ?? "?";
  }
});
