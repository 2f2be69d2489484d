/**
 * A run may end between the row's write and the base. Where some of what was written stands in the row and a value
 * next to it is the old one again, a person put it back meanwhile: it is written upon, and kept as a comment. Of a
 * single value that can't be told from a write that never came to be.
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
export function putBack(
  { link }: PairedRun,
  { row }: Item,
  plan: MergePlan,
  { base, people }: { readonly base: Base | undefined; readonly people: ItemPeople },
): LostValue[] {
  const { pending } = link;
  if (pending === undefined || base === undefined) {
    return [];
  }
  const values = notionValues(row);
  const isWritten = syncedFields.some(
    (field) => values[field] === pending.notion[field] && values[field] !== base.notion[field],
  );
  if (!isWritten) {
    return [];
  }
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
        text: `Jira's value was written here again, after a run that was cut off. It had been put back to: ${value}`,
        marker: fingerprint([row.id, field, "put back", pending.at]),
      };
    });
}
