/** What went wrong with action items once, each by its symptom: schemas, places, to-dos. Through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStill, openEdges, untilAllResyncs, untilSync } from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import { addRow, editRow, openPostMortem, untilIssue, untilRow } from "../support/items.ts";

describe("a property of the action items that is renamed", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges({ timing: { recheck_s: 0.5 } });
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function rename(property: string, name: string): void {
    world.notion.act({ do: "renameProperty", dataSource: "Action items", property, name });
  }

  it.each([
    ["Owner", "Assigned to", "person"],
    ["Due", "Due by", "date"],
    ["Priority", "Urgency", "select"],
  ])(
    "%s clears nothing in Jira, is said, and goes on once it is mended",
    async (name, other, type) => {
      const priority = {
        Owner: ["Ada Okafor"],
        Due: "2026-12-04",
        Status: "Open",
        Priority: "High",
      };
      const row = addRow(world, page, `Keep the ${name}`, priority);
      const { key } = await untilIssue(world, row);
      await untilSync(world, row, "Up to date.");
      const before = world.jira.issue(key);
      rename(name, other);
      editRow(world, row, "Outcome", "Nobody is unassigned");
      await untilSync(world, row, `lacks the property "${name}" (${type})`);
      await untilAllResyncs(world, 3);
      expect(world.jira.issue(key)).toMatchObject({
        assignee: before?.assignee,
        duedate: before?.duedate,
        priority: before?.priority,
        comments: [],
      });

      rename(other, name);
      await untilSync(world, row, "Up to date.");
      await untilIssue(world, row, "the outcome", (one) =>
        JSON.stringify(one.description).includes("Nobody is unassigned"),
      );
      await expectStill(world);
      await untilRow(
        world,
        row,
        "its values",
        ({ properties }) => properties["Due"] === "2026-12-04",
      );
    },
  );
});
