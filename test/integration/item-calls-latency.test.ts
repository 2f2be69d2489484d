/** How long a change takes to the other side while the vendors themselves answer at once, on both engines. */

import { describe, expect, it } from "vitest";
import { engines, openWorldOn } from "../support/engines.ts";
import { addRow, editRow, openPostMortem, rowOf, untilIssue } from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

const changes = 20;
// As in production, the resync does not come between.
const timing = { resync_every_s: 300, item_recheck_s: 300, recheck_s: 300, roll_up_s: 3 };

describe.each(engines)("a change on the %s engine", (engine) => {
  it("is on the other side within a second, in either direction", async ({ skip }) => {
    await using world = (await openWorldOn(engine, { jira: {}, timing })) ?? skip("no Redis");
    await world.start();
    const { page } = await openPostMortem(world);
    const rows = Array.from({ length: changes }, (_, number) =>
      addRow(world, page, `Item ${String(number)}`),
    );
    const pairs: { readonly row: string; readonly key: string }[] = [];
    for (const row of rows) {
      pairs.push({ row, key: (await untilIssue(world, row)).key });
    }

    const toNotion: number[] = [];
    for (const { row, key } of pairs) {
      const started = performance.now();
      world.jira.act({ do: "transition", issue: key, to: "In Progress" });
      await waitFor("the status in Notion", () => {
        return rowOf(world, row).properties["Status"] === "In progress";
      });
      toNotion.push(performance.now() - started);
    }

    const toJira: number[] = [];
    for (const { row, key } of pairs) {
      const started = performance.now();
      editRow(world, row, "Due", "2026-12-24");
      await waitFor("the due day in Jira", () => {
        return world.jira.issue(key)?.duedate === "2026-12-24";
      });
      toJira.push(performance.now() - started);
    }

    const said = { engine, toNotion: spread(toNotion), toJira: spread(toJira) };
    process.stdout.write(`latency in ms: ${JSON.stringify(said)}\n`);
    expect(said.toNotion.p50).toBeLessThan(1_000);
    expect(said.toJira.p50).toBeLessThan(1_000);
  });
});

function spread(times: readonly number[]): { readonly p50: number; readonly p95: number } {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  return { p50: shareOf(sorted, 0.5), p95: shareOf(sorted, 0.95) };
}

function shareOf(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
