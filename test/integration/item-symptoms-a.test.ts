/**
 * What went wrong with action items once, each by its symptom: changes that a failing run undid or took for
 * somebody else's. The whole service on a virtual clock.
 */

import { afterEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import {
  addPair,
  commentsOf,
  editRow,
  hourMs,
  issueOf,
  minuteMs,
  openItems,
  pairOf,
  rowOf,
  secondMs,
  syncOf,
  until,
  unswept,
  type ItemWorld,
} from "../simulation/items.ts";

const threeHops = `${unswept}jira: { hops: 3 }\n`;
const transitions = { method: "POST", path: "/transitions$" };
const rows = { method: "PATCH", path: "^/v1/pages/" };

let world: ItemWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function status(issue: string): string | undefined {
  return world.jira.issue(issue)?.status.name;
}

type Match = NonNullable<Extract<FaultRule, { kind: "reset" }>["match"]>;

/** Ways for a request to fail that is not carried out. */
const failures: readonly (readonly [string, (match: Match) => FaultRule])[] = [
  [
    "429",
    (match) => ({
      kind: "status",
      match,
      status: 429,
      headers: { "retry-after": "5" },
      times: 1,
    }),
  ],
  ["500", (match) => ({ kind: "status", match, status: 500, times: 1 })],
  ["a reset", (match) => ({ kind: "reset", match, times: 1 })],
];

/** Jira's edits and Notion's status meet in one run. */
async function editBoth(): Promise<{ readonly row: string; readonly key: string }> {
  world = await openItems(threeHops);
  const row = await addPair(world, "Named in Notion");
  const { key } = issueOf(world, row);
  editRow(world, row, "Status", "Done");
  world.jira.act({ do: "edit", issue: key, summary: "Named in Jira", duedate: "2027-01-15" });
  world.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
  return { row, key };
}

async function expectBothKept(row: string): Promise<void> {
  await world.time.advance(hourMs);
  expect(pairOf(world, row)).toEqual({
    row: {
      title: "Named in Jira",
      due: "2027-01-15",
      owner: ["Ben Lindqvist"],
      status: "Done",
      sync: "Up to date.",
    },
    issue: {
      summary: "Named in Jira",
      duedate: "2027-01-15",
      assignee: "Ben Lindqvist",
      status: "Done",
    },
    comments: [],
  });
}

describe("what was edited in Jira while Notion moved the status over several transitions", () => {
  it.each(failures)("stands when the second transition fails by %s", async (_how, fault) => {
    const { row, key } = await editBoth();
    await until(world, "the first transition", () => status(key) === "In Progress");
    world.jira.faults.add(fault(transitions));
    await expectBothKept(row);
    expect(world.jira.faults.list()).toEqual([]);
  });

  it.each(failures)("stands when the write of the row fails by %s", async (_how, fault) => {
    const { row } = await editBoth();
    world.notion.faults.add(fault(rows));
    await expectBothKept(row);
    expect(world.notion.faults.list()).toEqual([]);
  });

  it.each([
    ["before the second transition", /^before POST .*\/transitions$/u, 2],
    ["after the second transition", /^after POST .*\/transitions$/u, 2],
    ["before the row is written", /^before PATCH \/v1\/pages\//u, 1],
    ["after the row is written", /^after PATCH \/v1\/pages\//u, 1],
  ] as const)("stands when the process dies %s", async (_when, place, times) => {
    const { row } = await editBoth();
    world.crashAt(place, times, 10 * secondMs);
    await expectBothKept(row);
    expect(world.story.join("\n")).toContain("service died");
  });
});

async function close(): Promise<string> {
  world = await openItems(threeHops);
  const row = await addPair(world, "Rotate the keys");
  editRow(world, row, "Status", "Done");
  return row;
}

async function expectDone(row: string): Promise<void> {
  await world.time.advance(hourMs);
  expect(rowOf(world, row).properties["Status"]).toBe("Done");
  expect(issueOf(world, row).status.name).toBe("Done");
  expect(syncOf(world, row)).toBe("Up to date.");
  expect(commentsOf(world, row)).toEqual([]);
  const written = world.network.calls.filter(
    ({ method, body }) => method === "PATCH" && body.includes('"Status"'),
  );
  expect(written).toEqual([]);
}

describe("a transition of ours whose answer was lost", () => {
  const losses: Readonly<Record<string, FaultRule>> = {
    "a 502": { kind: "lost-answer", match: transitions, status: 502, times: 1 },
    "a cut connection": { kind: "lost-answer", match: transitions, times: 1 },
    silence: { kind: "late-commit", match: transitions, delayMs: 20 * secondMs, times: 1 },
  };

  it.each(Object.keys(losses))("by %s is no person's change", async (loss) => {
    const row = await close();
    const rule = losses[loss];
    if (rule !== undefined) {
      world.jira.faults.add(rule);
    }
    await expectDone(row);
    expect(world.jira.faults.list()).toEqual([]);
  });

  it.each([
    ["before it is sent", /^before POST .*\/transitions$/u],
    ["once it is sent", /^after POST .*\/transitions$/u],
    ["before it is kept", /^before PUT .*\/properties\//u],
    ["once it is kept", /^after PUT .*\/properties\//u],
  ] as const)("because the process died %s is no person's change", async (_when, place) => {
    for (const hop of [1, 2, 3]) {
      const row = await close();
      world.crashAt(place, hop, 10 * secondMs);
      await expectDone(row);
      expect(world.story.join("\n")).toContain("service died");
      await world[Symbol.asyncDispose]();
    }
    world = await openItems(threeHops);
  });

  it("hides nothing that a person did since", async () => {
    const row = await close();
    const { key } = issueOf(world, row);
    world.crashAt(/^after POST .*\/transitions$/u, 1, 10 * minuteMs);
    await until(world, "the first transition", () => status(key) === "In Progress");
    world.jira.act({ do: "transition", issue: key, to: "In Review" });
    await world.time.advance(hourMs);
    expect(commentsOf(world, row)).toEqual([expect.stringContaining("Done")]);
    expect(rowOf(world, row).properties["Status"]).toBe("In progress");
    expect(issueOf(world, row).status.name).toBe("In Review");
  });
});
