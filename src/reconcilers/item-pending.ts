/**
 * A run may end between the row's write and the base. What then stands in the row as before is either what we did
 * not come to write upon, or what a person put back meanwhile: it is written upon, and kept as a comment.
 */

import {
  syncedFields,
  type ActionItemWrite,
  type Base,
  type SyncedField,
} from "../domain/action-item.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import { notionValues } from "../domain/item-values.ts";
import type { ItemPeople, LostValue, MergePlan } from "../domain/merge-plan.ts";
import type { Item, PairedRun } from "./item-run.ts";
import type { Merged } from "./item-sync.ts";

/** Notion rounds the time of an edit down to the minute. */
const minuteMs = 60_000;

/** The synced fields that a write to the row sets. */
export function writtenToRow(write: ActionItemWrite): SyncedField[] {
  const values: Partial<Record<SyncedField, unknown>> = {
    title: write.title,
    owner: write.owners,
    due: write.due,
    priority: write.priority,
    status: write.status,
  };
  return syncedFields.filter((field) => values[field] !== undefined);
}

/** Before the row is written: which values will stand there. */
export async function notePending(run: PairedRun, merged: Merged): Promise<void> {
  const fields = writtenToRow(merged.toNotion);
  if (fields.length > 0) {
    const notion = Object.fromEntries(fields.map((field) => [field, merged.base.notion[field]]));
    await run.save({ pending: { at: run.deps.now().toISOString(), notion } });
  }
}

/** Takes the plan that would write upon the row again; gives what has to be kept of it first. */
export async function putBack(
  { link, deps }: PairedRun,
  { row }: Item,
  plan: MergePlan,
  { base, people }: { readonly base: Base | undefined; readonly people: ItemPeople },
): Promise<LostValue[]> {
  const { pending } = link;
  const isLater =
    pending !== undefined && row.editedAt.getTime() + minuteMs > Date.parse(pending.at);
  // Who edited last tells a person from our own write; that costs no call.
  if (!isLater || base === undefined || row.editedBy === (await deps.notion.ownUserId())) {
    return [];
  }
  const values = notionValues(row);
  const shown: Readonly<Partial<Record<SyncedField, string>>> = {
    ...values,
    owner: row.owners.map((id) => people.names.get(id) ?? id).join(", "),
  };
  const planned = new Set(writtenToRow(plan.toNotion));
  const told = new Set(plan.lost.map(({ field }) => field));
  return syncedFields
    .filter((field) => planned.has(field) && !told.has(field))
    .filter((field) => pending.notion[field] !== undefined && values[field] === base.notion[field])
    .map((field) => {
      const value = shown[field] ?? "";
      return {
        on: "notion",
        field,
        value,
        text: `A value of Jira's was written here again after an interruption. If somebody had put this back meanwhile, it was: ${value}`,
        marker: fingerprint([row.id, field, "put back", pending.at]),
      };
    });
}
