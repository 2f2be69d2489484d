/** Creates the issue of a row: intent first, then the create with label, property and description, then the record of it. */

import {
  commonLabel,
  itemLabel,
  syncedFields,
  type Base,
  type Issue,
  type SyncedField,
} from "../domain/action-item.ts";
import type { RefusedField } from "../clients/jira/jira.ts";
import { textValue, notionValues } from "../domain/item-values.ts";
import { accountId, type AccountId, type IssueId } from "../domain/keys.ts";
import type { ActionItemLink, Refused } from "../domain/link.ts";
import type { ItemPeople } from "../domain/merge-plan.ts";
import { priorityIdOf } from "../domain/item-priority.ts";
import { describeItem, planMerge } from "./item-plan.ts";
import { verifyAfter } from "./item-issue.ts";
import type { Item, PairedRun } from "./item-run.ts";
import { rememberIssue } from "./post-mortem-index.ts";
import { intentNow, isProvenNotApplied } from "./run.ts";

/** Takes a row that is ready. Gives remarks for its Sync; the link then names the issue. */
export async function createIssue(
  run: PairedRun,
  item: Item,
  people: ItemPeople,
): Promise<readonly string[]> {
  const { jira, deps } = run;
  const { row, route } = item;
  const description = describeItem(item);
  const owner = firstAccount(people);
  const priorityId = priorityIdOf(row.priority, route.priorities, await jira.listPriorities());
  const intended: Base = {
    notion: notionValues(row),
    jira: {
      title: jira.summaryOf(row.title),
      outcome: textValue(jira.textOf(description)),
      owner: owner ?? "",
      due: row.due ?? "",
      ...(priorityId === undefined ? {} : { priority: priorityId }),
    },
  };
  const write = {
    summary: row.title,
    description,
    assignee: owner ?? null,
    addLabels: [commonLabel, itemLabel(row.id)],
    ...(row.due === undefined ? {} : { due: row.due }),
    ...(priorityId === undefined ? {} : { priorityId }),
  };
  const verifyAt = verifyAfter(run);
  async function beforeSend(): Promise<void> {
    await run.assertHeld();
    await run.save({
      intent: intentNow(deps),
      sync: { state: "pending", reason: "CreatingIssue", at: deps.now().toISOString() },
    });
  }
  const property = { version: 1, row: row.id, base: intended } as const;
  const made = await createOnce(run, () =>
    jira.createIssue({ route, write, property, beforeSend }),
  );
  const { base, refused } = withoutRefused(intended, made.refused, deps.now());
  await run.save({
    intent: undefined,
    issue: { id: made.id, key: made.key },
    base,
    verifyAt,
    leftOut: made.refused.length === 0 ? undefined : made.refused,
    refused: made.refused.length === 0 ? undefined : refused,
  });
  await run.audit("jira", "issue.create", "IssueAbsent", { issue: made.key });
  await rememberIssue(made.id, run.id, deps);
  if (base !== intended) {
    await run.assertHeld();
    await jira.putProperty(made.id, { ...property, base });
  }
  return remarksOn(run, item, { people, made, base, priorityId });
}

/** What the first merge would remark, so that Sync says it from the beginning. */
async function remarksOn(
  run: PairedRun,
  item: Item,
  known: {
    readonly people: ItemPeople;
    readonly made: { readonly id: IssueId; readonly key: string };
    readonly base: Base;
    readonly priorityId: string | undefined;
  },
): Promise<readonly string[]> {
  const { people, made, base, priorityId } = known;
  const { title = "", owner = "", due = "" } = base.jira;
  const issue: Issue = {
    id: made.id,
    key: made.key,
    project: item.route.project,
    summary: title,
    description: run.jira.textOf(describeItem(item)),
    status: { id: "", name: "", category: "new" },
    labels: [],
    updatedAt: run.deps.now(),
    ...(owner === "" ? {} : { assignee: { accountId: accountId(owner), name: "", active: true } }),
    ...(due === "" ? {} : { due }),
    ...(priorityId === undefined ? {} : { priority: { id: priorityId, name: "" } }),
  };
  return (await planMerge(run, item, { issue, people, base })).remarks;
}

/** An earlier create of unknown outcome stays on record: that this one did nothing says nothing of that one. */
async function createOnce<Made>(run: PairedRun, create: () => Promise<Made>): Promise<Made> {
  const before = run.link.intent;
  try {
    return await create();
  } catch (error) {
    if (isProvenNotApplied(error)) {
      await run.save({ intent: before });
    }
    throw error;
  }
}

function firstAccount({ accounts }: ItemPeople): AccountId | undefined {
  return [...accounts.values()].find((account) => typeof account === "string");
}

/** What Jira refused is not there: its half stays open, and the value is not sent again. */
function withoutRefused(
  base: Base,
  refusals: readonly RefusedField[],
  now: Date,
): { readonly base: Base; readonly refused: NonNullable<ActionItemLink["refused"]> } {
  const at = now.toISOString();
  const refused: Partial<Record<SyncedField, Refused>> = {};
  for (const { field, why } of refusals) {
    const synced = syncedFieldOf(field);
    const value = synced === undefined ? undefined : base.jira[synced];
    if (synced !== undefined && value !== undefined) {
      refused[synced] = { value, why, at };
    }
  }
  const jira: Partial<Record<SyncedField, string>> = {};
  for (const field of syncedFields) {
    const value = base.jira[field];
    if (value !== undefined && refused[field] === undefined) {
      jira[field] = value;
    }
  }
  return { base: Object.keys(refused).length === 0 ? base : { ...base, jira }, refused };
}

/** The field of ours that Jira's refusal is about. */
export function syncedFieldOf(field: RefusedField["field"]): SyncedField | undefined {
  switch (field) {
    case "assignee":
      return "owner";
    case "due":
    case "priority":
      return field;
    case "description":
      return "outcome";
    case "components":
    case "other":
      return undefined;
  }
}
