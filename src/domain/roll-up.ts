/** How the action items of one post-mortem stand: counted, and said in one sentence. */

import type { ItemState } from "./item-sync-text.ts";
import type { ItemCounts } from "./link.ts";

/** Takes how each live item stands; those that are waiting or failed count as open too. */
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
