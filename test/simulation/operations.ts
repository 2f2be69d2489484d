/** What people and machines do in a simulated world, picked by the seed. */

import type { Random } from "../../sandbox/core/random.ts";
import { actOnIncident, trigger } from "./at-pagerduty.ts";
import { pick, type Doing, type Operation } from "./doing.ts";
import { anyIssue, editIssue, editIssueField, takeIssue, talkInJira } from "./in-jira.ts";
import {
  addItem,
  editItem,
  editItemField,
  keepOwn,
  trashOrRestore,
  typeOnPage,
} from "./in-notion.ts";
import { editedFields } from "./people.ts";
import type { World } from "./world.ts";

/** Both sides of one item are edited at nearly the same time: the same field, or two of them. */
function contest(doing: Doing): boolean {
  const { world, random } = doing;
  const pair = anyIssue(doing);
  const row = pair === undefined ? undefined : world.notion.page(pair.row);
  if (pair === undefined || row === undefined || row.inTrash) {
    return false;
  }
  const field = pick(random, editedFields) ?? "due";
  const other = random.chance(0.8) ? field : (pick(random, editedFields) ?? "due");
  setTimeout(() => {
    attempt(() => editIssueField(doing, pair, other), world);
  }, random.integer(1_500));
  return editItemField(doing, row, field);
}

/** What a vendor does not allow was not done. */
function attempt(act: () => void, world: World): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    world.tell(`refused: ${error.message}`);
  }
}

const operations: readonly (readonly [number, string, Operation])[] = [
  [5, "trigger", trigger],
  [12, "act on an incident", actOnIncident],
  [14, "add an item", addItem],
  [14, "edit an item", editItem],
  [14, "edit an issue", editIssue],
  [14, "edit both sides", contest],
  [4, "set a property of one's own", keepOwn],
  [4, "trash or restore", trashOrRestore],
  [9, "type on a page", typeOnPage],
  [2, "comment", talkInJira],
  [1, "take an issue away", takeIssue],
];

const triesMax = 8;

/** Does one thing that the seed picks, of those that can be done now; gives its name. */
export function doSomething(doing: Doing): string {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const [name, operation] = pickOperation(doing.random);
    let done = false;
    attempt(() => {
      done = operation(doing);
    }, doing.world);
    if (done) {
      return name;
    }
  }
  return "nothing";
}

function pickOperation(random: Random): readonly [string, Operation] {
  const total = operations.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.integer(total);
  for (const [weight, name, operation] of operations) {
    left -= weight;
    if (left < 0) {
      return [name, operation];
    }
  }
  return ["nothing", () => false];
}
