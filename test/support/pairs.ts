/** A row and its issue for tests of the merge: people, priorities and statuses as a small team has them. */

import type {
  ActionItemRow,
  Base,
  Issue,
  JiraNamed,
  JiraStatus,
  JiraUser,
} from "../../src/domain/action-item.ts";
import { jiraValues, notionValues } from "../../src/domain/item-values.ts";
import {
  accountId,
  notionUserId,
  pageId,
  parseIssueId,
  type AccountId,
  type IssueId,
  type NotionUserId,
} from "../../src/domain/keys.ts";
import { mergeItem } from "../../src/domain/merge.ts";
import type { MergeInput, MergePlan } from "../../src/domain/merge-plan.ts";
import { winnersDefault, type JiraRoute } from "../../src/domain/route.ts";
import { oneLine } from "../../src/domain/text.ts";

export const ann = notionUserId("ann");
export const bob = notionUserId("bob");
export const carl = notionUserId("carl");
/** Has no account in Jira. */
export const grace = notionUserId("grace");

function user(name: string): JiraUser {
  return { accountId: accountId(`account-${name.toLowerCase()}`), name, active: true };
}

export const annInJira = user("Ann");
export const bobInJira = user("Bob");
export const carlInJira = user("Carl");
/** Is nobody in Notion. */
export const zedInJira = user("Zed");

const noAccount = { why: "no user found by e-mail" };
const accounts = new Map<NotionUserId, AccountId | { readonly why: string }>([
  [ann, annInJira.accountId],
  [bob, bobInJira.accountId],
  [carl, carlInJira.accountId],
  [grace, noAccount],
]);
const names = new Map([
  [ann, "Ann Okoye"],
  [bob, "Bob Marsh"],
  [carl, "Carl Iversen"],
  [grace, "Grace Nwosu"],
]);

export const highest: JiraNamed = { id: "1", name: "Highest" };
export const high: JiraNamed = { id: "2", name: "High" };
export const medium: JiraNamed = { id: "3", name: "Medium" };
export const low: JiraNamed = { id: "4", name: "Low" };
/** Stands for no priority in Notion. */
export const blocker: JiraNamed = { id: "9", name: "Blocker" };

export const toDo: JiraStatus = { id: "10", name: "To Do", category: "new" };
export const inProgress: JiraStatus = { id: "11", name: "In Progress", category: "indeterminate" };
/** Stands for no status in Notion. */
export const blocked: JiraStatus = { id: "12", name: "Blocked", category: "indeterminate" };
export const done: JiraStatus = { id: "13", name: "Done", category: "done" };
export const wontDo: JiraNamed = { id: "90", name: "Won't Do" };
export const fixed: JiraNamed = { id: "91", name: "Fixed" };

export const route: JiraRoute = {
  project: "OPS",
  issueType: "Task",
  labels: [],
  components: [],
  fields: {},
  priorities: { High: ["High", "1"], Medium: ["3"], Low: ["low"] },
  statuses: {
    Open: { category: "new" },
    "In progress": { category: "indeterminate", status: "In Progress" },
    Done: { category: "done" },
    "Won't do": { category: "done", resolution: "Won't Do", needsReason: true },
  },
  ready: ["title", "owner", "due"],
  winners: winnersDefault,
  hopsMax: 3,
  transitionFields: {},
};

/** A row that corresponds to `issueOf()` in every field. */
export function rowOf(changes: Partial<ActionItemRow> = {}): ActionItemRow {
  return {
    id: pageId("0d3b1a52-1111-4222-8333-444455556666"),
    url: "https://www.notion.so/row",
    dataSourceId: "items",
    inTrash: false,
    createdAt: new Date("2026-11-20T10:00:00Z"),
    editedAt: new Date("2026-11-20T10:00:00Z"),
    title: "Add a canary",
    owners: [ann],
    due: "2026-12-01",
    priority: "Medium",
    status: "Open",
    reason: "",
    outcome: "Errors stop a deploy",
    jira: "",
    source: "",
    sync: "",
    ...changes,
  };
}

export function issueOf(changes: Partial<Issue> = {}): Issue {
  return {
    id: parseIssueId("10001") as IssueId,
    key: "OPS-1",
    project: "OPS",
    summary: "Add a canary",
    description: descriptionOf(rowOf()),
    assignee: annInJira,
    due: "2026-12-01",
    priority: medium,
    status: toDo,
    labels: [],
    updatedAt: new Date("2026-11-20T10:00:00Z"),
    ...changes,
  };
}

/** The record without these fields, for what TypeScript takes no `undefined`. */
export function without<Whole extends object, Field extends keyof Whole>(
  whole: Whole,
  ...fields: readonly Field[]
): Omit<Whole, Field> {
  return Object.fromEntries(
    Object.entries(whole).filter(([field]) => !fields.includes(field as Field)),
  ) as Omit<Whole, Field>;
}

const summaryUnitsMax = 40;

export function summaryOf(title: string): string {
  const line = oneLine(title);
  return line.length <= summaryUnitsMax ? line : `${line.slice(0, summaryUnitsMax - 1)}…`;
}

export function descriptionOf(row: Pick<ActionItemRow, "outcome">): string {
  return row.outcome === "" ? "" : `How we will know: ${row.outcome}`;
}

/** The base of a pair that stands as `rowOf()` and `issueOf()` do. */
export function agreed(changes: { notion?: object; jira?: object; isJiras?: boolean } = {}): Base {
  return {
    notion: { ...notionValues(rowOf()), ...changes.notion },
    jira: { ...jiraValues(issueOf()), ...changes.jira },
    ...(changes.isJiras === true ? { descriptionIsJiras: true } : {}),
  };
}

/** The merge's input for two sides; with the base of a pair that agreed, unless another is given. */
export function inputOf(
  row: ActionItemRow,
  issue: Issue,
  changes: Partial<MergeInput> = {},
): MergeInput {
  const assignee = [...accounts].find(([, account]) => account === issue.assignee?.accountId)?.[0];
  return {
    row,
    issue,
    base: agreed(),
    route,
    people: { accounts, names, assignee },
    priorities: [highest, high, medium, low, blocker],
    description: descriptionOf(row),
    summary: summaryOf(row.title),
    stopped: new Set(),
    refused: {},
    ...changes,
  };
}

/** The merge of a row and an issue. */
export function merged(
  row: ActionItemRow,
  issue: Issue,
  changes: Partial<MergeInput> = {},
): MergePlan {
  return mergeItem(inputOf(row, issue, changes));
}

/** Whether a plan writes or says nothing to either side. */
export function isQuiet({ toJira, toNotion, status, lost, outcomeComment }: MergePlan): boolean {
  return (
    Object.keys(toJira).length === 0 &&
    Object.keys(toNotion).length === 0 &&
    status === undefined &&
    lost.length === 0 &&
    outcomeComment === undefined
  );
}
