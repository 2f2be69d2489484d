/** How the action items of one post-mortem stand, counted from their rows. */

import type { ActionItemRow } from "./action-item.ts";
import { itemState, type ItemState } from "./item-sync-text.ts";
import type { ItemCounts } from "./link.ts";
import type { StatusTarget } from "./route.ts";

/** Names of the statuses that stand for done in Jira, dropped ones included. */
export function doneStatusNames(
  statuses: Readonly<Record<string, StatusTarget>>,
): readonly string[] {
  return Object.entries(statuses)
    .filter(([, { category }]) => category === "done")
    .map(([name]) => name);
}

/** Takes a post-mortem's rows and the names of the statuses that end an item; rows in the trash don't count. */
export function countItems(
  rows: readonly Pick<ActionItemRow, "status" | "sync" | "inTrash">[],
  doneNames: readonly string[],
): ItemCounts {
  return countStates(
    rows
      .filter(({ inTrash }) => !inTrash)
      .map(({ status, sync }) => itemState(status, sync, doneNames)),
  );
}

/** Takes how each live item stands. */
export function countStates(states: readonly ItemState[]): ItemCounts {
  const done = states.filter((state) => state === "done").length;
  return {
    open: states.length - done,
    done,
    waiting: states.filter((state) => state === "waiting").length,
    failed: states.filter((state) => state === "failed").length,
  };
}

/** `Action items: 3 open (1 waiting, 1 failed), 5 done.`; nothing when there are none. */
export function rollUpText({ open, done, waiting, failed }: ItemCounts): string {
  if (open + done === 0) {
    return "";
  }
  const notes = [
    waiting > 0 ? `${waiting} waiting` : undefined,
    failed > 0 ? `${failed} failed` : undefined,
  ].filter((note) => note !== undefined);
  const noted = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  return `Action items: ${open} open${noted}, ${done} done.`;
}
