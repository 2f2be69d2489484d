/**
 * The world of the merge's model: a row, its issue, the comments, and what people wrote last, so that a
 * test can ask what became of it. It tells by its own tables whether two sides say the same.
 */

import type {
  ActionItemRow,
  Base,
  Issue,
  SideValues,
  SyncedField,
} from "../../src/domain/action-item.ts";
import type { MergeInput } from "../../src/domain/merge-plan.ts";
import type { Winner } from "../../src/domain/route.ts";
import { oneLine } from "../../src/domain/text.ts";
import {
  ann,
  annInJira,
  bob,
  bobInJira,
  carl,
  carlInJira,
  descriptionOf,
  done,
  inProgress,
  summaryOf,
  toDo,
  wontDo,
} from "./pairs.ts";

export type Side = Winner;
export type PairedField = Exclude<SyncedField, "outcome">;

/** How this world is: how the pair came to be, what Jira refuses, who wins. */
export interface WorldKind {
  readonly born: "created" | "created and noted" | "adopted";
  readonly refusesDue: boolean;
  readonly refusesPriority: boolean;
  readonly setsResolution: boolean;
  readonly swapsWinners: boolean;
}

export interface Edit {
  readonly do: "edit";
  readonly side: Side;
  readonly field: SyncedField | "reason";
  /** Which of the values that the field can take. */
  readonly choice: number;
}

export interface Run {
  readonly do: "run";
  /** The run dies before this step; beyond the last: never. */
  readonly diesAt: number;
  /** What a person does meanwhile, before this step. */
  readonly meanwhile: Edit;
  readonly meanwhileAt: number;
}

export type Operation = Edit | Run;

interface Word {
  readonly side: Side;
  readonly field: PairedField;
  /** What a lost value's comment would have to say; several for several people. */
  readonly shown: readonly string[];
  /** Those that have stood on both sides at once since. */
  readonly crossed: Set<string>;
}

export interface World {
  readonly kind: WorldKind;
  row: ActionItemRow;
  issue: Issue;
  base: Base | undefined;
  /** What Jira held right after the create. */
  made: SideValues | undefined;
  refused: MergeInput["refused"];
  comments: { on: Side; field: SyncedField; value: string; marker: string }[];
  outcomesTold: string[];
  /** The last thing people wrote, by side and field. */
  words: Map<string, Word>;
  description: string | undefined;
  serial: number;
}

export const people = [
  { owner: ann, user: annInJira, name: "Ann Okoye" },
  { owner: bob, user: bobInJira, name: "Bob Marsh" },
  { owner: carl, user: carlInJira, name: "Carl Iversen" },
] as const;

export function shownOf({ row, issue }: World, side: Side, field: PairedField): string[] {
  const resolution = issue.resolution === undefined ? "" : ` (${issue.resolution.name})`;
  const names = row.owners.map(
    (owner) => people.find((person) => person.owner === owner)?.name ?? "Grace Nwosu",
  );
  const shown: Readonly<Record<PairedField, readonly [readonly string[], string]>> = {
    title: [[row.title.trim()], issue.summary],
    owner: [names, issue.assignee?.name ?? ""],
    due: [[row.due ?? ""], issue.due ?? ""],
    priority: [[row.priority ?? ""], issue.priority?.name ?? ""],
    status: [[row.status ?? ""], `${issue.status.name}${resolution}`],
  };
  const [notion, jira] = shown[field];
  return (side === "notion" ? [...notion] : [jira]).filter((value) => value !== "");
}

/** Whether both sides say the same, told by this model's own tables. */
export function isInStep({ row, issue }: World, field: PairedField): boolean {
  switch (field) {
    case "title":
      return row.title !== "" && summaryOf(row.title) === issue.summary;
    case "owner":
      return issue.assignee === undefined
        ? row.owners.length === 0
        : people.some(
            ({ owner, user }) =>
              user.accountId === issue.assignee?.accountId && row.owners.includes(owner),
          );
    case "due":
      return row.due === issue.due;
    case "priority": {
      const names: Readonly<Record<string, string>> = {
        1: "High",
        2: "High",
        3: "Medium",
        4: "Low",
      };
      return row.priority !== undefined && names[issue.priority?.id ?? ""] === row.priority;
    }
    case "status": {
      const ended = issue.resolution?.id === wontDo.id ? "Won't do" : "Done";
      const names: Readonly<Record<string, string>> = {
        [toDo.id]: "Open",
        [inProgress.id]: "In progress",
        [done.id]: ended,
      };
      return names[issue.status.id] === row.status;
    }
  }
}

/** Notes which words of people have been seen by the other side's people by now. */
export function noteCrossings(world: World): void {
  if (world.issue.description === descriptionOf(world.row)) {
    world.outcomesTold.push(world.row.outcome);
  }
  for (const word of world.words.values()) {
    if (!isInStep(world, word.field)) {
      continue;
    }
    const standing = shownOf(world, word.side, word.field);
    const assigned = people.find(
      ({ user }) => user.accountId === world.issue.assignee?.accountId,
    )?.name;
    for (const shown of word.shown.filter((each) => standing.includes(each))) {
      const isWhole =
        word.field === "owner" && word.side === "notion"
          ? shown === assigned
          : word.field !== "title" || oneLine(world.row.title) === world.issue.summary;
      if (isWhole) {
        word.crossed.add(shown);
      }
    }
  }
}

/** What people wrote last and that neither stands, nor ever reached the other side, nor is kept. */
export function vanished(world: World): string[] {
  return [...world.words.values()].flatMap(({ side, field, shown, crossed }) => {
    const standing = shownOf(world, side, field);
    function isKept(value: string): boolean {
      return world.comments.some(
        (comment) => comment.on === side && comment.field === field && comment.value === value,
      );
    }
    return shown
      .filter((value) => !standing.includes(value) && !crossed.has(value) && !isKept(value))
      .map((value) => `${side} ${field}: ${value}`);
  });
}
