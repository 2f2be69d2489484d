/** A run that is cut off between the row and the base, and a person who puts back what was written there. */

import { expect, it } from "vitest";
import {
  addPair,
  commentsOf,
  editRow,
  hourMs,
  issueOf,
  openItems,
  pairOf,
  rowOf,
  secondMs,
  until,
  unswept,
} from "../simulation/items.ts";

it("a status that is put back while the run was cut off is kept as a comment", async () => {
  await using world = await openItems(unswept);
  const row = await addPair(world, "Moved to and fro");
  const { key } = issueOf(world, row);
  world.crashAt(/^before PUT .*\/properties\//u, 1, 30 * secondMs);
  world.jira.act({ do: "edit", issue: key, duedate: "2027-01-15" });
  world.jira.act({ do: "transition", issue: key, to: "In Progress" });
  await until(
    world,
    "the row's new status",
    () => rowOf(world, row).properties["Status"] === "In progress",
  );
  editRow(world, row, "Status", "Open");
  await world.time.advance(hourMs);
  expect(pairOf(world, row)).toMatchObject({
    row: { status: "In progress", due: "2027-01-15" },
    issue: { status: "In Progress", duedate: "2027-01-15" },
  });
  expect(commentsOf(world, row)).toEqual([expect.stringMatching(/It had been put back to: Open/)]);
});

it("a run that was cut off with nobody near leaves no comment", async () => {
  await using world = await openItems(unswept);
  const row = await addPair(world, "Moved once");
  const { key } = issueOf(world, row);
  world.crashAt(/^before PUT .*\/properties\//u, 1, 30 * secondMs);
  world.jira.act({ do: "transition", issue: key, to: "In Progress" });
  await world.time.advance(hourMs);
  expect(pairOf(world, row)).toMatchObject({
    row: { status: "In progress", sync: "Up to date." },
    issue: { status: "In Progress" },
  });
  expect(commentsOf(world, row)).toEqual([]);
});
