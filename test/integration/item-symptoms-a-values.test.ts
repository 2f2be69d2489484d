/**
 * What went wrong with action items once, each by its symptom: values that a vendor refused, that a move took away,
 * or that were typed while a run waited. The whole service on a virtual clock.
 */

import { afterEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import {
  addPair,
  commentsOf,
  complete,
  editRow,
  hourMs,
  issueOf,
  minuteMs,
  openItems,
  pairOf,
  patchesOf,
  rowOf,
  secondMs,
  syncOf,
  until,
  unswept,
  type ItemWorld,
} from "../simulation/items.ts";

let world: ItemWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe("a person whom Notion refuses in Owner", () => {
  const refusal: FaultRule = {
    kind: "status",
    match: { method: "PATCH", path: "^/v1/pages/" },
    status: 400,
    body: {
      object: "error",
      status: 400,
      code: "validation_error",
      message: "The user you are trying to set is not a member of this workspace.",
    },
    times: 1,
  };

  it("stays the issue's assignee, and nobody is assigned in their place", async () => {
    world = await openItems();
    const row = await addPair(world, "Rotate the keys");
    const { key } = issueOf(world, row);
    world.notion.faults.add(refusal);
    world.jira.act({ do: "assign", issue: key, to: "Chloe Tanaka" });
    await until(world, "the refusal", () => world.notion.faults.list().length === 0);
    await world.time.advance(6 * hourMs);
    expect(issueOf(world, row).assignee?.name).toBe("Chloe Tanaka");
    expect(rowOf(world, row).properties["Owner"]).toEqual(["Ada Okafor"]);

    editRow(world, row, "Due", "2027-03-01");
    world.jira.act({ do: "edit", issue: key, summary: "Rotate all keys" });
    await world.time.advance(6 * hourMs);
    expect(pairOf(world, row)).toMatchObject({
      row: { title: "Rotate all keys", owner: ["Ada Okafor"] },
      issue: { duedate: "2027-03-01", assignee: "Chloe Tanaka" },
      comments: [],
    });
    const assigned = world.network.calls.filter(
      ({ method, body }) => method === "PUT" && body.includes('"assignee"'),
    );
    expect(assigned).toEqual([]);
  });
});

/** What a row holds that its other database has no properties for. */
const values = { ...complete, Outcome: "No key is older than a year." };

async function moveAndBack(row: string): Promise<void> {
  world.notion.act({ do: "movePage", page: row, to: world.notion.ids.rootPage });
  await world.time.advance(5 * minuteMs);
  expect(rowOf(world, row).properties["Due"]).toBeUndefined();
  world.notion.act({ do: "movePage", page: row, to: "Action items" });
}

async function expectFilledIn(row: string): Promise<void> {
  await world.time.advance(10 * minuteMs);
  const { key } = issueOf(world, row);
  expect(world.jira.issue(key)?.description).toContain(values.Outcome);
  expect(pairOf(world, row)).toMatchObject({
    row: { due: values.Due, owner: values.Owner, sync: "Up to date." },
    issue: { duedate: values.Due, assignee: "Ada Okafor" },
  });
}

describe("a row that was moved to another database and back", () => {
  it("clears nothing in Jira, whatever interrupts the first run", async () => {
    world = await openItems(unswept);
    const row = await addPair(world, "Rotate the keys", values);
    await moveAndBack(row);
    await expectFilledIn(row);
    for (const vendor of [world.notion, world.jira]) {
      for (const method of ["PATCH", "POST", "PUT"]) {
        await moveAndBack(row);
        const match = { method, path: "/pages/|/issue/|/comments$" };
        const id = vendor.faults.add({ kind: "status", match, status: 429, times: 1 });
        await expectFilledIn(row);
        vendor.faults.remove(id);
      }
    }
    expect(rowOf(world, row).properties["Outcome"]).toBe("");
  });

  it("clears nothing in Jira, wherever the process dies in the first run", async () => {
    world = await openItems(unswept);
    const row = await addPair(world, "Rotate the keys", values);
    for (let places = 1; places < 60; places += 1) {
      await moveAndBack(row);
      world.crashSoon(places, 10 * secondMs);
      await expectFilledIn(row);
      world.crashAt(/^never$/u, 1, 0);
    }
    const deaths = world.story.filter((line) => line.includes("service died"));
    expect(deaths).toHaveLength(59);
  });
});

describe("a value that Jira refused", () => {
  it("is tried again by itself after the time of a recheck, and not before", async () => {
    world = await openItems("timing: { item_recheck_s: 3600 }\n");
    const row = await addPair(world, "Rotate the keys");
    const { key } = issueOf(world, row);
    const screen = { project: "OPS", field: "duedate", screen: "edit" } as const;
    world.jira.act({ do: "removeFieldFromScreen", ...screen });
    editRow(world, row, "Due", "2027-03-01");
    await world.time.advance(2 * minuteMs);
    expect(syncOf(world, row)).toContain("Jira refused Due date 2027-03-01");

    const since = world.network.calls.length;
    await world.time.advance(150 * minuteMs);
    expect(syncOf(world, row)).toContain("Jira refused Due date 2027-03-01");
    expect(patchesOf(world, row, since)).toEqual([]);
    const tries = world.network.calls
      .slice(since)
      .filter(({ method, body }) => method === "PUT" && body.includes('"duedate"'));
    expect(tries.length).toBeGreaterThan(0);
    expect(tries.length).toBeLessThan(4);

    world.jira.act({ do: "addFieldToScreen", ...screen });
    await world.time.advance(20 * minuteMs);
    editRow(world, row, "Name", "Rotate all keys");
    await world.time.advance(2 * minuteMs);
    expect(world.jira.issue(key)).toMatchObject({
      summary: "Rotate all keys",
      duedate: "2026-12-04",
    });

    await world.time.advance(2 * hourMs);
    expect(world.jira.issue(key)).toMatchObject({ duedate: "2027-03-01" });
    expect(syncOf(world, row)).toBe("Up to date.");
    expect(commentsOf(world, row)).toEqual([]);
  });
});
