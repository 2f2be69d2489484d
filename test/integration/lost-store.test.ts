/** The store may be lost at any time: one resync later the world is the same, and nothing exists twice. */

import { describe, expect, it } from "vitest";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import {
  addEntries,
  ago,
  expectCompleteTimeline,
  ownNotes,
  untilSays,
  untilWhole,
} from "../support/incidents.ts";
import { rowSaying, rowsOf, says, viewsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";

describe.each(engines)("a store that is lost on the %s engine", (engine) => {
  it("in the middle of incidents, and right after a create was sent, costs nothing but time", async ({
    skip,
  }) => {
    await using world = (await openWorldOn(engine)) ?? skip("no Redis");
    await world.start();
    const { pagerduty, notion } = world;
    const open = await halfTold(world);
    const trashed = world.trigger({ title: "Its page was deleted", priority: "P1" });
    notion.act({ do: "trashPage", page: (await untilWhole(world, trashed)).id });

    const match = { method: "POST", path: "^/v1/pages$" };
    notion.faults.add({ kind: "latency", match, delayMs: 300, times: 1 });
    const sent = world.trigger({ title: "Being created", priority: "P1" });
    await waitFor("the create to be on its way", () => notion.faults.list().length === 0);
    await world.wipeStore();

    pagerduty.act({ do: "note", incident: open, content: "After the loss" });
    const page = await untilSays(world, open, "After the loss");
    await untilWhole(world, sent);
    await world.untilResyncs(3);
    for (const incident of [open, sent]) {
      const pages = world.pagesOf(incident);
      expect(pages).toHaveLength(1);
      expect(pages.flatMap((each) => viewsOf(each))).toHaveLength(1);
      expect(ownNotes(world, incident)).toHaveLength(1);
    }
    expect(page.properties).toMatchObject({ Name: "A person's title", Status: "Live" });
    expect(rowSaying(page, "as a person put it").byBot).toBe(false);
    expect(rowsOf(page).filter(({ event }) => event === "A person's row")).toHaveLength(1);
    expectCompleteTimeline(world, sent, world.pagesOf(sent)[0] ?? page);
    expect(world.pagesOf(trashed).map(({ inTrash }) => inTrash)).toEqual([true]);
  });
});

/** An incident with a page that a person has worked on. */
async function halfTold(world: EngineWorld): Promise<string> {
  const { pagerduty, notion } = world;
  const incident = world.trigger({ title: "Half told", at: ago(20) });
  addEntries(world, incident, { count: 120, fromMinutesAgo: 19, everyS: 5 });
  pagerduty.act({ do: "note", incident, content: "A note", at: ago(5) });
  pagerduty.act({ do: "setPriority", incident, priority: "P1", at: ago(4) });
  await untilWhole(world, incident);
  const page = await untilSays(world, incident, "Priority set to P1");
  const note = rowSaying(page, "A note");
  notion.act({ do: "editCell", row: note.id, column: 1, text: "Note: A note, as a person put it" });
  const table = page.blocks.find(({ type }) => type === "table")?.id ?? "";
  notion.act({ do: "addRow", table, cells: ["", "A person's row", "Ada"], after: note.id });
  notion.act({ do: "editProperty", page: page.id, property: "Name", value: "A person's title" });
  expect(says(page, "Step 120")).toBe(true);
  return incident;
}
