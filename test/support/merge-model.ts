/** Runs of the merge in a model of the world: some die halfway, and people go on editing meanwhile. */

import type { Base, Issue, SyncedField } from "../../src/domain/action-item.ts";
import {
  baseAfterRefusal,
  baseAfterTransition,
  jiraValues,
  notionValues,
} from "../../src/domain/item-values.ts";
import { mergeItem } from "../../src/domain/merge.ts";
import type { MergePlan } from "../../src/domain/merge-plan.ts";
import { winnersDefault, type Winner } from "../../src/domain/route.ts";
import { edit } from "./merge-edits.ts";
import {
  noteCrossings,
  people,
  type Edit,
  type Run,
  type World,
  type WorldKind,
} from "./merge-world.ts";
import {
  descriptionOf,
  done,
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
} from "./pairs.ts";

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
      const kept = { ...world.row, ...rest };
      world.row = {
        ...(due === null ? without(kept, "due") : kept),
        ...(typeof due === "string" ? { due } : {}),
        ...(typeof priority === "string" ? { priority } : {}),
      };
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
