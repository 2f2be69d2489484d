/**
 * A row and an issue that people edit while runs of the merge come and go, some of them cut short: a
 * model of the world around the merge. It remembers what people wrote, so that a test can ask what
 * became of it.
 */

import type {
  ActionItemRow,
  Base,
  Issue,
  SideValues,
  SyncedField,
} from "../../src/domain/action-item.ts";
import {
  baseAfterRefusal,
  baseAfterTransition,
  jiraValues,
  notionValues,
} from "../../src/domain/item-values.ts";
import { mergeItem } from "../../src/domain/merge.ts";
import type { MergeInput, MergePlan } from "../../src/domain/merge-plan.ts";
import { winnersDefault, type Winner } from "../../src/domain/route.ts";
import { oneLine } from "../../src/domain/text.ts";
import {
  ann,
  annInJira,
  blocked,
  blocker,
  bob,
  bobInJira,
  carl,
  carlInJira,
  descriptionOf,
  done,
  fixed,
  grace,
  high,
  highest,
  inProgress,
  inputOf,
  issueOf,
  low,
  medium,
  route,
  rowOf,
  summaryOf,
  toDo,
  without,
  wontDo,
  zedInJira,
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

const people = [
  { owner: ann, user: annInJira, name: "Ann Okoye" },
  { owner: bob, user: bobInJira, name: "Bob Marsh" },
  { owner: carl, user: carlInJira, name: "Carl Iversen" },
] as const;

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

export function openWorld(kind: WorldKind, choices: readonly number[]): World {
  const world: World = {
    kind,
    row: rowOf(),
    issue: issueOf(),
    base: undefined,
    made: undefined,
    refused: {},
    comments: [],
    outcomesTold: [],
    words: new Map(),
    description: undefined,
    serial: 0,
  };
  const fields = ["title", "outcome", "owner", "due", "priority", "status"] as const;
  fields.forEach((field, at) => {
    edit(world, { do: "edit", side: "notion", field, choice: choices[at] ?? 0 });
  });
  if (kind.born === "adopted") {
    fields.forEach((field, at) => {
      edit(world, { do: "edit", side: "jira", field, choice: choices[at + 6] ?? 0 });
    });
    return world;
  }
  create(world);
  return world;
}

/** The issue as a create makes it; with a default priority, and where the workflow begins. */
function create(world: World): void {
  const { row, kind } = world;
  const { accounts } = inputOf(row, world.issue).people;
  const account = row.owners.map((owner) => accounts.get(owner)).find((a) => typeof a === "string");
  const assignee = people.find(({ user }) => user.accountId === account)?.user;
  const priority = { High: high, Medium: medium, Low: low }[row.priority ?? ""];
  const takesDue = row.due !== undefined && !kind.refusesDue;
  const takesPriority = priority !== undefined && !kind.refusesPriority;
  world.issue = {
    ...without(issueOf(), "assignee", "due", "priority"),
    summary: row.title === "" ? "(no title)" : summaryOf(row.title),
    description: descriptionOf(row),
    status: toDo,
    ...(assignee && { assignee }),
    ...(takesDue ? { due: row.due } : {}),
    priority: takesPriority ? priority : medium,
  };
  world.refused = {
    ...(kind.refusesDue && row.due !== undefined ? { due: { value: row.due, why: "no" } } : {}),
    ...(kind.refusesPriority && priority !== undefined
      ? { priority: { value: priority.id, why: "no" } }
      : {}),
  };
  world.made = jiraValues(world.issue);
  const { title, outcome, owner } = world.made;
  world.base = {
    notion: notionValues(row),
    jira: kind.born === "created" ? {} : { title, outcome, owner },
  };
  noteCrossings(world);
}

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

/** What the merge plans as things stand. */
export function planOf(world: World): MergePlan {
  const { kind, row, issue, base, refused } = world;
  const swapped: Readonly<Record<Winner, Winner>> = { notion: "jira", jira: "notion" };
  const { title, owner, due, priority, status } = winnersDefault;
  const winners = {
    ...winnersDefault,
    title: swapped[title],
    owner: swapped[owner],
    due: swapped[due],
    priority: swapped[priority],
    status: swapped[status],
  };
  return mergeItem(
    inputOf(row, issue, {
      base,
      refused,
      route: kind.swapsWinners ? { ...route, winners } : route,
    }),
  );
}

/** A run, in the order of the reconciler: comments, edit, transition, row, base. */
export function run(world: World, { diesAt, meanwhile, meanwhileAt }: Run): void {
  const plan = planOf(world);
  let base = plan.base;
  const { outcomeComment } = plan;
  const steps: (() => void)[] = [
    ...plan.lost.map((loss) => () => {
      if (!world.comments.some(({ marker }) => marker === loss.marker)) {
        world.comments.push(loss);
      }
    }),
    ...(outcomeComment ? [() => void world.outcomesTold.push(outcomeComment.text)] : []),
    () => {
      base = editByPlan(world, plan, base);
    },
    () => {
      base = transition(world, plan, base);
    },
    () => {
      const { due, priority, ...rest } = plan.toNotion;
      const cleared = [...(due === null ? ["due" as const] : [])];
      world.row = {
        ...without({ ...world.row, ...rest }, ...cleared),
        ...(typeof due === "string" ? { due } : {}),
        ...(typeof priority === "string" ? { priority } : {}),
      } as ActionItemRow;
    },
    () => {
      world.base = base;
    },
  ];
  for (const [at, step] of steps.entries()) {
    if (at === diesAt) {
      return;
    }
    if (at === meanwhileAt && isFree(plan, meanwhile)) {
      edit(world, meanwhile);
    }
    step();
    noteCrossings(world);
  }
}

/** Between the read and the write of one field nobody can tell; the run narrows that, this model leaves it out. */
function isFree(
  { toJira, toNotion, status, outcomeComment, lost }: MergePlan,
  { field }: Edit,
): boolean {
  const written: Readonly<Record<SyncedField | "reason", unknown>> = {
    title: toJira.summary ?? toNotion.title,
    outcome: toJira.description ?? outcomeComment,
    owner: toJira.assignee !== undefined || toNotion.owners,
    due: toJira.due !== undefined || toNotion.due !== undefined,
    priority: toJira.priorityId ?? toNotion.priority,
    status: status ?? toNotion.status,
    reason: undefined,
  };
  const isWritten = written[field] !== undefined && written[field] !== false;
  return !isWritten && !lost.some((loss) => loss.field === field);
}

function editByPlan(world: World, { toJira }: MergePlan, base: Base): Base {
  const { kind, issue } = world;
  const { summary, description, assignee, due, priorityId } = toJira;
  const refused: SyncedField[] = [];
  let next: Issue = issue;
  if (summary !== undefined) {
    next = { ...next, summary };
  }
  if (description === true) {
    next = { ...next, description: descriptionOf(world.row) };
  }
  if (assignee !== undefined) {
    const user = people.find((person) => person.user.accountId === assignee)?.user;
    next = { ...without(next, "assignee"), ...(user && { assignee: user }) };
  }
  if (due !== undefined && kind.refusesDue) {
    refused.push("due");
    world.refused = { ...world.refused, due: { value: due ?? "", why: "Due date is not set." } };
  } else if (due !== undefined) {
    next = { ...without(next, "due"), ...(due === null ? {} : { due }) };
  }
  if (typeof priorityId === "string" && kind.refusesPriority) {
    refused.push("priority");
    world.refused = { ...world.refused, priority: { value: priorityId, why: "No priority." } };
  } else if (typeof priorityId === "string") {
    const priority = [highest, high, medium, low].find(({ id }) => id === priorityId);
    next = { ...next, ...(priority && { priority }) };
  }
  world.issue = next;
  return baseAfterRefusal(base, issue, refused);
}

function transition(world: World, { status }: MergePlan, base: Base): Base {
  if (status === undefined) {
    return base;
  }
  const { category, resolution } = status.target;
  const to = { new: toDo, indeterminate: inProgress, done }[category];
  const set = resolution !== undefined && world.kind.setsResolution ? wontDo : undefined;
  world.issue = {
    ...without(world.issue, "resolution"),
    status: to,
    ...(set && { resolution: set }),
  };
  // Where the resolution can't be set, this is as far as it gets.
  world.words.get("notion status")?.crossed.add(status.name);
  return baseAfterTransition(base, status.name, { statusId: to.id, issue: world.issue });
}

function shownOf({ row, issue }: World, side: Side, field: PairedField): string[] {
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
function noteCrossings(world: World): void {
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
    const isKept = (value: string): boolean =>
      world.comments.some(
        (comment) => comment.on === side && comment.field === field && comment.value === value,
      );
    return shown
      .filter((value) => !standing.includes(value) && !crossed.has(value) && !isKept(value))
      .map((value) => `${side} ${field}: ${value}`);
  });
}
