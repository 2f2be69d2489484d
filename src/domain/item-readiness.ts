/** What a row still needs before its issue is made. */

import { actionItemProperties, type ActionItemRow } from "./action-item.ts";
import type { ReadinessField } from "./route.ts";
import { oneLine } from "./text.ts";

/** `reason` is what a row needs before it may be dropped. */
export type NeededField = ReadinessField | "postMortem" | "reason";

// In the order in which people fill a row in.
const order: readonly NeededField[] = [
  "title",
  "owner",
  "due",
  "priority",
  "type",
  "outcome",
  "postMortem",
];

/**
 * Takes a row and what its route asks for; gives what is missing, in the row's order. A title and the
 * post-mortem are always needed: without them there is nothing to call the issue and nowhere to route it.
 */
export function missingFields(
  row: ActionItemRow,
  ready: readonly ReadinessField[],
): readonly NeededField[] {
  const needed = new Set<NeededField>([...ready, "title", "postMortem"]);
  return order.filter((field) => needed.has(field) && !isGiven(row, field));
}

/** The property that a person fills in for this. */
export function neededProperty(field: NeededField): string {
  switch (field) {
    case "title":
      return actionItemProperties.name;
    case "owner":
      return actionItemProperties.owner;
    case "due":
      return actionItemProperties.due;
    case "priority":
      return actionItemProperties.priority;
    case "type":
      return actionItemProperties.type;
    case "outcome":
      return actionItemProperties.outcome;
    case "postMortem":
      return actionItemProperties.postMortem;
    case "reason":
      return actionItemProperties.reason;
  }
}

function isGiven(row: ActionItemRow, field: NeededField): boolean {
  switch (field) {
    case "owner":
      return row.owners.length > 0;
    case "title":
    case "outcome":
    case "reason":
      return oneLine(row[field]) !== "";
    case "due":
    case "priority":
    case "type":
    case "postMortem":
      return (row[field] ?? "") !== "";
  }
}
