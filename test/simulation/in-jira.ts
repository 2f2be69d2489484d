/** What people do in Jira in a simulated world. */

import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import { day, known, pick, type Doing } from "./doing.ts";
import { editedFields, issuesOf, itemRows, noteSaid, valueOf, type Field } from "./people.ts";

export interface Pair {
  readonly issue: IssueView;
  readonly row: string;
}

/** An issue of a row, not an archived one. */
export function anyIssue({ world, random }: Doing): Pair | undefined {
  const pairs = itemRows(world).flatMap((row) =>
    issuesOf(world, row.id).map((issue) => ({ issue, row: row.id })),
  );
  return pick(
    random,
    pairs.filter(({ issue }) => !issue.archived),
  );
}

export function editIssue(doing: Doing): boolean {
  const found = anyIssue(doing);
  if (found === undefined) {
    return false;
  }
  editIssueField(doing, found, pick(doing.random, editedFields) ?? "title");
  return true;
}

export function editIssueField(doing: Doing, { issue, row }: Pair, field: Field): void {
  const { world, random, people } = doing;
  const base = { issue: issue.id, by: "Ben Lindqvist" } as const;
  const word = doing.word();
  const someone = random.chance(0.12) ? "" : (pick(random, [...known, "Grace Nwosu"]) ?? "");
  const due = random.chance(0.12) ? "" : day(random);
  const priority = pick(random, ["Highest", "High", "Medium", "Low"]) ?? "High";
  const to = pick(random, ["To Do", "In Progress", "In Review", "Done"]) ?? "Done";
  const value = {
    title: `Issue ${word}`,
    owner: someone,
    due,
    priority,
    status: to,
    outcome: `described ${word}`,
  }[field];
  const now = world.jira.issue(issue.id);
  if (now === undefined || valueOf(field, now) === value) {
    return;
  }
  world.tell(`issue ${issue.key} of ${row}: ${field} = ${value}`);
  const note = noteSaid(world, people, { row, field, side: "jira", value });
  switch (field) {
    case "title":
      world.jira.act({ do: "edit", ...base, summary: value });
      break;
    case "owner":
      world.jira.act(
        someone === "" ? { do: "unassign", ...base } : { do: "assign", ...base, to: someone },
      );
      break;
    case "due":
      world.jira.act({ do: "edit", ...base, duedate: due === "" ? null : due });
      break;
    case "priority":
      world.jira.act({ do: "edit", ...base, priority });
      break;
    case "status":
      world.jira.act({
        do: "transition",
        ...base,
        to,
        ...(to === "Done" && random.chance(0.2) ? { resolution: "Won't Do" } : {}),
        force: random.chance(0.2),
      });
      break;
    case "outcome":
      world.jira.act({ do: "edit", ...base, description: value });
      break;
  }
  note();
}

export function talkInJira(doing: Doing): boolean {
  const { world, people } = doing;
  const found = anyIssue(doing);
  if (found === undefined) {
    return false;
  }
  const text = `comment ${doing.word()}`;
  world.jira.act({ do: "comment", issue: found.issue.id, text, by: "Esra Yilmaz" });
  people.comments.set(found.issue.id, [...(people.comments.get(found.issue.id) ?? []), text]);
  return true;
}

export function takeIssue(doing: Doing): boolean {
  const { world, people, random } = doing;
  const found = anyIssue(doing);
  if (found === undefined) {
    return false;
  }
  const { issue, row } = found;
  const how = pick(random, ["delete", "move", "archive", "clone"] as const) ?? "clone";
  world.tell(`issue ${issue.key} of ${row}: ${how}`);
  if (how === "clone") {
    world.jira.act({ do: "clone", issue: issue.id });
    return true;
  }
  people.takenIssues.add(issue.id);
  people.rowsWithTakenIssues.add(row);
  world.jira.act(
    how === "move"
      ? { do: "move", issue: issue.id, project: random.chance(0.5) ? "PAY" : "SEC" }
      : { do: how, issue: issue.id },
  );
  return true;
}
