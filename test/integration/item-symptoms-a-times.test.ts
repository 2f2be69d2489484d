/**
 * What went wrong with action items once, each by its symptom: what has to go on by itself after a pause, and what
 * goes on while Jira is away. The whole service on a virtual clock.
 */

import { afterEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import {
  addPair,
  addRow,
  complete,
  editRow,
  hourMs,
  issueOf,
  minuteMs,
  openItems,
  openPage,
  pairOf,
  patchesOf,
  rowOf,
  secondMs,
  syncOf,
  until,
  unswept,
  type ItemWorld,
} from "../simulation/items.ts";
import { issuesOf } from "../simulation/people.ts";

let world: ItemWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe("the guard against flip-flop", () => {
  it("takes a field that it stopped up again by itself after its pause", async () => {
    world = await openItems(unswept);
    const row = await addPair(world, "Rotate the keys");
    const { key } = issueOf(world, row);
    for (let turn = 1; turn <= 4; turn += 1) {
      editRow(world, row, "Due", `2027-01-0${String(turn)}`);
      await world.time.advance(20 * secondMs);
      world.jira.act({ do: "edit", issue: key, duedate: `2027-02-0${String(turn)}` });
      await world.time.advance(20 * secondMs);
    }
    expect(syncOf(world, row)).toContain("Due changed back and forth");
    editRow(world, row, "Due", "2027-03-01");
    await world.time.advance(50 * minuteMs);
    expect(world.jira.issue(key)?.duedate).not.toBe("2027-03-01");
    const since = world.network.calls.length;
    await world.time.advance(15 * minuteMs);
    expect(pairOf(world, row)).toMatchObject({
      row: { due: "2027-03-01", sync: expect.stringContaining("Up to date.") as unknown },
      issue: { duedate: "2027-03-01" },
    });
    expect(patchesOf(world, row, since)).toHaveLength(1);
  });

  it("lets a person edit a field in Notion as often as they like", async () => {
    world = await openItems(unswept);
    const row = await addPair(world, "Rotate the keys");
    for (let day = 1; day <= 9; day += 1) {
      editRow(world, row, "Due", `2027-01-0${String(day)}`);
      await world.time.advance(30 * secondMs);
      expect(issueOf(world, row).duedate).toBe(`2027-01-0${String(day)}`);
    }
    expect(syncOf(world, row)).toBe("Up to date.");
  });
});

describe("an issue whose create was lost and comes late", () => {
  it("is noticed by itself, told, and not deleted", async () => {
    world = await openItems(unswept);
    const fault: FaultRule = {
      kind: "late-commit",
      match: { method: "POST", path: "/issue$" },
      delayMs: 8 * minuteMs,
      times: 1,
    };
    world.jira.faults.add(fault);
    world.jira.faults.add({ kind: "drop-webhook" });
    const row = addRow(world, "Rotate the keys");
    await world.time.advance(7 * minuteMs);
    const { key } = issueOf(world, row);
    expect(syncOf(world, row)).toBe("Up to date.");
    await world.time.advance(10 * minuteMs);
    const issues = issuesOf(world, row);
    expect(issues).toHaveLength(2);
    const late = issues.find((issue) => issue.key !== key);
    expect(syncOf(world, row)).toContain(
      `Further issues of this item, to be closed by hand: ${late?.key ?? "?"}`,
    );
    expect(late?.comments.map(({ text }) => text)).toEqual([
      expect.stringContaining(`${key} is the one that is kept in step`),
    ]);
    await world.time.advance(hourMs);
    expect(issuesOf(world, row)).toHaveLength(2);
    expect(rowOf(world, row).properties["Jira"]).toMatch(new RegExp(`/${key}$`, "u"));
  });
});

function addFault(rule: FaultRule): () => void {
  const id = world.jira.faults.add(rule);
  return () => world.jira.faults.remove(id);
}

describe("while Jira is away", () => {
  const outages: Readonly<Record<string, () => () => void>> = {
    "refuses connections": () => {
      world.network.refused.add(world.jira.url);
      return () => world.network.refused.delete(world.jira.url);
    },
    "answers 503": () => addFault({ kind: "status", match: {}, status: 503 }),
    "answers 429": () =>
      addFault({ kind: "status", match: {}, status: 429, headers: { "retry-after": "40" } }),
    "is silent": () => addFault({ kind: "hang", match: {} }),
    "knows nobody": () => {
      world.jira.revokeToken();
      return () => world.jira.restoreToken();
    },
  };

  it.each(Object.keys(outages))("and %s, items wait, say so once, and go on", async (outage) => {
    world = await openItems();
    const row = await addPair(world, "Rotate the keys");
    const since = world.network.calls.length;
    const end = outages[outage]?.();
    editRow(world, row, "Name", "Rotate all keys");
    const fresh = addRow(world, "Add a replica");
    await world.time.advance(hourMs);
    for (const one of [row, fresh]) {
      expect(syncOf(world, one)).toMatch(/^Waiting for Jira: /u);
      expect(patchesOf(world, one, since)).toHaveLength(1);
    }
    end?.();
    await world.time.advance(20 * minuteMs);
    for (const one of [row, fresh]) {
      expect(syncOf(world, one)).toBe("Up to date.");
    }
    expect(issueOf(world, row).summary).toBe("Rotate all keys");
    expect(issueOf(world, fresh).summary).toBe("Add a replica");
  });

  it("a row says what it lacks, a trashed one is noticed, and the post-mortem counts on", async () => {
    world = await openItems("jira: { hops: 3 }\n");
    const [first, second] = [await addPair(world, "First"), await addPair(world, "Second")];
    expect(syncOf(world, world.page)).toContain("Action items: 2 open, 0 done.");
    const headers = { "retry-after": "3600" };
    const end = addFault({ kind: "status", match: {}, status: 429, headers });
    editRow(world, first, "Status", "Done");
    await world.time.advance(minuteMs);
    const bare = addRow(world, "Third", { ...complete, Owner: null });
    await world.time.advance(2 * minuteMs);
    expect(syncOf(world, bare)).toBe("Waiting for: Owner.");
    expect(syncOf(world, world.page)).toContain("Action items: 3 open (1 waiting), 0 done.");

    world.notion.act({ do: "trashPage", page: second });
    await world.time.advance(10 * minuteMs);
    end();
    await world.time.advance(80 * minuteMs);
    expect(issueOf(world, second).comments.map(({ text }) => text)).toEqual([
      expect.stringContaining("was removed in Notion"),
    ]);
    expect(syncOf(world, world.page)).toContain("Action items: 1 open (1 waiting), 1 done.");
  });
});

describe("an item that moved to another post-mortem", () => {
  it("is not counted on the old page, however long Notion's query lists it there", async () => {
    world = await openItems();
    const other = await openPage(world, "Search is down");
    const row = await addPair(world, "Rotate the keys");
    await addPair(world, "Add a replica");
    expect(syncOf(world, world.page)).toContain("Action items: 2 open, 0 done.");
    world.notion.configure({ queryLagMs: hourMs });
    editRow(world, row, "Post-mortem", [other]);
    await world.time.advance(5 * minuteMs);
    expect(syncOf(world, world.page)).toContain("Action items: 1 open, 0 done.");
  });

  it("is counted on both pages once the query knows", async () => {
    world = await openItems();
    const other = await openPage(world, "Search is down");
    const row = await addPair(world, "Rotate the keys");
    await addPair(world, "Add a replica");
    world.notion.configure({ queryLagMs: 20 * secondMs, queryLagJitterMs: 0 });
    const since = world.network.calls.length;
    editRow(world, row, "Post-mortem", [other]);
    await until(
      world,
      "the old page to count without it",
      () => syncOf(world, world.page).includes("Action items: 1 open, 0 done."),
      15 * secondMs,
    );
    await world.time.advance(5 * minuteMs);
    expect(syncOf(world, other)).toContain("Action items: 1 open, 0 done.");
    expect(patchesOf(world, world.page, since)).toHaveLength(1);
    expect(patchesOf(world, other, since)).toHaveLength(1);
  });
});
