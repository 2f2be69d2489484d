/** What people do to a row and its issue in the merge's model. */

import type { SyncedField } from "../../src/domain/action-item.ts";
import { jiraValues, notionValues } from "../../src/domain/item-values.ts";
import {
  noteCrossings,
  shownOf,
  type Edit,
  type PairedField,
  type Side,
  type World,
} from "./merge-world.ts";
import {
  ann,
  annInJira,
  blocked,
  blocker,
  bob,
  bobInJira,
  carl,
  carlInJira,
  done,
  fixed,
  grace,
  high,
  highest,
  inProgress,
  low,
  medium,
  toDo,
  without,
  wontDo,
  zedInJira,
} from "./pairs.ts";

const ownerChoices = [
  [ann],
  [bob],
  [carl],
  [grace],
  [ann, bob],
  [bob, grace],
  [grace, carl],
  [],
] as const;

/** A person's edit. */
export function edit(world: World, { side, field, choice }: Edit): void {
  world.serial += 1;
  if (field === "reason") {
    world.row = { ...world.row, reason: choice % 2 === 0 ? "Too costly" : "" };
  } else if (side === "notion") {
    editRow(world, field, choice);
  } else {
    editIssue(world, field, choice);
  }
  if (field !== "reason" && field !== "outcome") {
    noteWord(world, side, field);
  }
  noteCrossings(world);
}

/** What is as it was when both sides last agreed is no new word of anybody's: nobody can tell it from an old one. */
function noteWord(world: World, side: Side, field: PairedField): void {
  const { row, issue, base, made, words } = world;
  const now = side === "notion" ? notionValues(row)[field] : jiraValues(issue)[field];
  const before = base?.[side][field] ?? (side === "jira" ? made?.[field] : undefined);
  if (now === before) {
    words.delete(`${side} ${field}`);
    return;
  }
  const shown = shownOf(world, side, field);
  words.set(`${side} ${field}`, { side, field, shown, crossed: new Set() });
}

function editRow(world: World, field: SyncedField, choice: number): void {
  const { row, serial } = world;
  switch (field) {
    case "title": {
      const long = `${serial} ${"very ".repeat(12)}long title`;
      const titles = [`Title ${serial}`, ` Title  ${serial}\n`, long, ""];
      world.row = { ...row, title: titles[choice % titles.length] ?? "" };
      return;
    }
    case "outcome":
      world.row = { ...row, outcome: choice % 4 === 0 ? "" : `Outcome ${serial}` };
      return;
    case "owner":
      world.row = { ...row, owners: ownerChoices[choice % ownerChoices.length] ?? [] };
      return;
    case "due":
      world.row = choice % 4 === 0 ? { ...without(row, "due") } : { ...row, due: dateOf(serial) };
      return;
    case "priority": {
      const name = ["High", "Medium", "Low", "Urgent", ""][choice % 5] ?? "";
      world.row = name === "" ? { ...without(row, "priority") } : { ...row, priority: name };
      return;
    }
    case "status": {
      const names = ["Open", "In progress", "Done", "Won't do", "Parked"];
      world.row = { ...row, status: names[choice % names.length] ?? "" };
      return;
    }
  }
}

function editIssue(world: World, field: SyncedField, choice: number): void {
  const { issue, serial } = world;
  switch (field) {
    case "title":
      world.issue = { ...issue, summary: `Summary ${serial}` };
      return;
    case "outcome":
      world.description = choice % 4 === 0 ? "" : `Description ${serial}`;
      world.issue = { ...issue, description: world.description };
      return;
    case "owner": {
      const user = [annInJira, bobInJira, carlInJira, zedInJira, undefined][choice % 5];
      world.issue = { ...without(issue, "assignee"), ...(user && { assignee: user }) };
      return;
    }
    case "due":
      world.issue = choice % 4 === 0 ? without(issue, "due") : { ...issue, due: dateOf(serial) };
      return;
    case "priority":
      world.issue = {
        ...issue,
        priority: [highest, high, medium, low, blocker][choice % 5] ?? medium,
      };
      return;
    case "status": {
      const status = [toDo, inProgress, blocked, done, done, done][choice % 6] ?? toDo;
      const resolution = [undefined, undefined, undefined, undefined, fixed, wontDo][choice % 6];
      world.issue = { ...without(issue, "resolution"), status, ...(resolution && { resolution }) };
      return;
    }
  }
}

function dateOf(serial: number): string {
  return new Date(Date.UTC(2026, 11, 1) + serial * 86_400_000).toISOString().slice(0, 10);
}
