/**
 * What people did in a simulated world, as far as it must not be lost: what they typed last in each place, what they
 * removed, and for each field that is kept in step the values that the other side had no time to agree on.
 */

import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import type { World } from "./world.ts";

export const fields = ["title", "owner", "due", "priority", "status", "outcome"] as const;
export type Field = (typeof fields)[number];
/** For picking one to edit: a status moves most often. */
export const editedFields: readonly Field[] = [...fields, "status"];
export type Side = "notion" | "jira";

/** A value that a person gave to one side of a field, until both sides agreed after it. */
export interface Said {
  readonly value: string;
  readonly atMs: number;
}

export interface People {
  /** Block id → the text that a person typed last. */
  readonly blocks: Map<string, string>;
  /** Table row id → its cells as a person typed them last. */
  readonly tableRows: Map<string, readonly string[]>;
  /** `page id/property` → value that a person set last, of properties that become theirs. */
  readonly properties: Map<string, string>;
  /** Blocks and table rows that a person deleted, by id, and what was typed over, with the text they had. */
  readonly deleted: Map<string, string>;
  /** Pages and rows that a person put into the trash and that still are there. */
  readonly trashed: Set<string>;
  /** Issues that a person deleted, archived or moved: by id. */
  readonly takenIssues: Set<string>;
  /** Rows to which that happened. */
  readonly rowsWithTakenIssues: Set<string>;
  /** `row id/field` → what was said on each side and not agreed upon since. */
  readonly open: Map<string, Partial<Record<Side, Said>>>;
  /**
   * `row id/field/side` → what that side held when both agreed, each time. Which of these the service saw nobody
   * else knows: they may have come to agree by chance between two of its looks.
   */
  readonly agreed: Map<string, Set<string>>;
  /** Unique words of notes, status updates and alerts at PagerDuty, by incident. */
  readonly words: Map<string, string[]>;
  /** Comments in Jira by issue id. */
  readonly comments: Map<string, string[]>;
  /** To-dos typed on pages: block id → words. */
  readonly toDos: Map<string, { readonly page: string; readonly word: string }>;
  /** Words that must show up nowhere outside of PagerDuty. */
  readonly secrets: Set<string>;
}

export function nobody(): People {
  return {
    blocks: new Map(),
    tableRows: new Map(),
    properties: new Map(),
    deleted: new Map(),
    trashed: new Set(),
    takenIssues: new Set(),
    rowsWithTakenIssues: new Set(),
    open: new Map(),
    agreed: new Map(),
    words: new Map(),
    comments: new Map(),
    toDos: new Map(),
    secrets: new Set(),
  };
}

/** Rows of Action items, the trashed ones included. */
export function itemRows({ notion }: World): PageView[] {
  return notion.pages("Action items");
}

/** Live issues whose property names the row, oldest first. */
export function issuesOf({ jira }: World, rowId: string): IssueView[] {
  return jira
    .issues()
    .filter(
      (issue) =>
        !issue.deleted &&
        JSON.stringify(issue.properties["debrief.action-item"] ?? "").includes(rowId),
    );
}

const priorities: Readonly<Record<string, readonly string[]>> = {
  High: ["Highest", "High"],
  Medium: ["Medium"],
  Low: ["Low", "Lowest"],
};

/** Whether both sides of a field say the same, each in its own words. */
export function agrees(field: Field, row: PageView, issue: IssueView): boolean {
  const { properties } = row;
  switch (field) {
    case "title":
      return row.title.replaceAll(/\s+/gu, " ").trim() === issue.summary;
    case "due":
      return (textOf(properties["Due"]) || null) === issue.duedate;
    case "owner": {
      const owners = listOf(properties["Owner"]);
      return issue.assignee === null ? owners.length === 0 : owners.includes(issue.assignee.name);
    }
    case "priority": {
      const said = textOf(properties["Priority"]);
      // An empty one says nothing against what the project gives to new issues.
      return said === "" || (priorities[said] ?? []).includes(issue.priority ?? "");
    }
    case "status":
      return statusOf(textOf(properties["Status"])) === categoryOf(issue);
    case "outcome": {
      const text = textOf(properties["Outcome"]).trim();
      return issue.description.includes(text);
    }
  }
}

function statusOf(name: string): string {
  return { "In progress": "indeterminate", Done: "done", "Won't do": "dropped" }[name] ?? "new";
}

function categoryOf({ status, resolution }: IssueView): string {
  return status.category === "done" && resolution === "Won't Do" ? "dropped" : status.category;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : "";
}

export function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What a side of a field holds, as text. */
export function valueOf(field: Field, of: PageView | IssueView): string {
  if ("properties" in of && "blocks" in of) {
    const property = {
      title: "Name",
      owner: "Owner",
      due: "Due",
      priority: "Priority",
      status: "Status",
      outcome: "Outcome",
    }[field];
    return textOf(of.properties[property]);
  }
  switch (field) {
    case "title":
      return of.summary;
    case "owner":
      return of.assignee?.name ?? "";
    case "due":
      return of.duedate ?? "";
    case "priority":
      return of.priority ?? "";
    case "status":
      return of.status.name;
    case "outcome":
      return of.description;
  }
}

/**
 * Takes note that a person is about to change a field on one side: what both sides agree on by now was seen by
 * everybody and may be replaced; anything else must not vanish without a trace. Gives what to call once it is done.
 */
export function noteSaid(
  world: World,
  people: People,
  { row, field, side, value }: { row: string; field: Field; side: Side; value: string },
): () => void {
  const key = `${row}/${field}`;
  const page = world.notion.page(row);
  const [issue] = issuesOf(world, row);
  // An empty priority says nothing, so that nobody can tell that it was agreed on.
  const isSaid = page !== undefined && (field !== "priority" || valueOf(field, page) !== "");
  const isAgreed = isSaid && issue !== undefined && agrees(field, page, issue);
  if (isAgreed) {
    noteAgreed(people, `${key}/notion`, valueOf(field, page));
    noteAgreed(people, `${key}/jira`, valueOf(field, issue));
  }
  const before = isAgreed ? {} : (people.open.get(key) ?? {});
  return () => {
    const said = { ...before, [side]: { value, atMs: world.time.nowMs() } };
    // Back to what it was when both agreed: a change that was taken back.
    if (people.agreed.get(`${key}/${side}`)?.has(value) === true) {
      delete said[side];
    }
    people.open.set(key, said);
  };
}

function noteAgreed({ agreed }: People, key: string, value: string): void {
  agreed.set(key, (agreed.get(key) ?? new Set()).add(value));
}
