/** What people and machines do in a simulated world, picked by the seed. */

import { actOnIncident, trigger } from "./at-pagerduty.ts";
import type { Doing, Operation } from "./doing.ts";
import { editIssue, takeIssue, talkInJira } from "./in-jira.ts";
import { addItem, editItem, keepOwn, trashOrRestore, typeOnPage } from "./in-notion.ts";

const operations: readonly (readonly [number, string, Operation])[] = [
  [6, "trigger", trigger],
  [14, "act on an incident", actOnIncident],
  [9, "add an item", addItem],
  [16, "edit an item", editItem],
  [14, "edit an issue", editIssue],
  [4, "set a property of one's own", keepOwn],
  [4, "trash or restore", trashOrRestore],
  [9, "type on a page", typeOnPage],
  [2, "comment", talkInJira],
  [1, "take an issue away", takeIssue],
];

/** Does one thing that the seed picks; a refusal of the vendor (no such way) is none. */
export function doSomething(doing: Doing): string {
  const total = operations.reduce((sum, [weight]) => sum + weight, 0);
  let left = doing.random.integer(total);
  for (const [weight, name, operation] of operations) {
    left -= weight;
    if (left < 0) {
      try {
        return operation(doing) ? name : `${name}: nothing to do`;
      } catch (error) {
        if (error instanceof RangeError) {
          doing.world.tell(`refused: ${error.message}`);
          return `${name}: refused`;
        }
        throw error;
      }
    }
  }
  return "nothing";
}
