/**
 * What went wrong with action items once: a value that a person typed while a run waited for a slow vendor was
 * overwritten and stood nowhere. The whole service on a virtual clock.
 */

import { afterEach, describe, expect, it } from "vitest";
import {
  addPair,
  commentsOf,
  editRow,
  issueOf,
  minuteMs,
  openItems,
  rowOf,
  secondMs,
  unswept,
  type ItemWorld,
} from "../simulation/items.ts";

let world: ItemWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

type Side = "notion" | "jira";
const former = "2027-01-01";
const typed = "2027-02-02";

function setDue(side: Side, row: string, due: string): void {
  if (side === "notion") {
    editRow(world, row, "Due", due);
  } else {
    world.jira.act({ do: "edit", issue: issueOf(world, row).key, duedate: due });
  }
}

function dueOf(row: string): Readonly<Record<Side, unknown>> {
  return { notion: rowOf(world, row).properties["Due"], jira: issueOf(world, row).duedate };
}

/** Something else for the run to do first, which takes it longer. */
function keepBusy(side: Side, row: string): void {
  if (side === "notion") {
    editRow(world, row, "Status", "Done");
  } else {
    world.jira.act({ do: "edit", issue: issueOf(world, row).key, summary: "Named in Jira" });
  }
}

function slowDown(vendors: readonly Side[]): () => void {
  const match = { method: "GET" };
  const ends = vendors.map((vendor) => {
    const { faults } = world[vendor];
    const id = faults.add({ kind: "latency", match, delayMs: 3 * secondMs });
    return () => faults.remove(id);
  });
  return () => ends.forEach((end) => end());
}

/** Has a day carried to the side where another one is typed after a while. False when it was there by then. */
async function typeDuring(
  side: Side,
  { slow, busy, afterMs }: { slow: readonly Side[]; busy: boolean; afterMs: number },
): Promise<boolean> {
  const row = await addPair(world, "Rotate the keys");
  const end = slowDown(slow);
  setDue(side === "notion" ? "jira" : "notion", row, former);
  if (busy) {
    keepBusy(side, row);
  }
  await world.time.advance(afterMs);
  const isEarlier = dueOf(row)[side] !== former;
  setDue(side, row, typed);
  await world.time.advance(2 * minuteMs);
  end();
  await world.time.advance(2 * minuteMs);
  const { notion, jira } = dueOf(row);
  expect(notion).toBe(jira);
  const traces = [notion, ...commentsOf(world, row)].join("\n");
  expect(traces, `typed in ${side} after ${String(afterMs)} ms`).toContain(typed);
  return isEarlier;
}

describe.each([
  ["Jira", ["jira"]],
  ["Notion", ["notion"]],
  ["either vendor", ["jira", "notion"]],
] as const)("a value that is typed while a run waits for %s", (_name, slow) => {
  it.each([
    ["notion", false],
    ["notion", true],
    ["jira", false],
    ["jira", true],
  ] as const)("in %s stands, or is kept in a comment (more to do: %s)", async (side, busy) => {
    world = await openItems(`${unswept}jira: { hops: 3 }\n`);
    let struck = 0;
    for (let afterMs = secondMs; afterMs < 30 * secondMs; afterMs += 2 * secondMs) {
      if (!(await typeDuring(side, { slow, busy, afterMs }))) {
        break;
      }
      struck += 1;
    }
    expect(struck).toBeGreaterThan(0);
  });
});
