/** What the domain decides for a pair, with all that it needs looked up. Writes nothing. */

import type { Base, Issue, SyncedField } from "../domain/action-item.ts";
import type { Document } from "../domain/document.ts";
import { issueDescription } from "../domain/issue-description.ts";
import { stoppedFields } from "../domain/item-flips.ts";
import type { ActionItemLink } from "../domain/link.ts";
import { mergeItem, refusalRemarks } from "../domain/merge.ts";
import type { ItemPeople, MergeInput, MergePlan } from "../domain/merge-plan.ts";
import type { Item, ItemDeps, PairedRun } from "./item-run.ts";

/** What the description of an item's issue says, as of now. */
export function describeItem({ row, postMortem }: Item): Document {
  return issueDescription({
    outcome: row.outcome,
    type: row.type,
    rowUrl: row.url,
    ...(postMortem === undefined
      ? {}
      : {
          postMortem: { name: postMortem.name, url: postMortem.pageUrl },
          ...(postMortem.id === undefined
            ? {}
            : {
                incident: {
                  name: postMortem.name,
                  url: postMortem.url,
                  severity: postMortem.severity,
                  service: postMortem.service?.name,
                },
              }),
        }),
  });
}

/** What a pair is merged by. */
export interface SeenPair {
  readonly issue: Issue;
  readonly people: ItemPeople;
  readonly base: Base | undefined;
}

/** What the domain decides for a pair. */
export async function planMerge(run: PairedRun, item: Item, seen: SeenPair): Promise<MergePlan> {
  return mergeItem(await mergeInput(run, item, seen));
}

/** Sentences on fields that Jira refused in this run. */
export async function sayRefused(
  run: PairedRun,
  item: Item,
  { seen, fields }: { readonly seen: SeenPair; readonly fields: readonly SyncedField[] },
): Promise<string[]> {
  return fields.length === 0 ? [] : refusalRemarks(await mergeInput(run, item, seen), fields);
}

async function mergeInput(
  run: PairedRun,
  item: Item,
  { issue, people, base }: SeenPair,
): Promise<MergeInput> {
  const { jira, deps, link } = run;
  return {
    row: item.row,
    issue,
    base,
    route: item.route,
    people,
    priorities: await jira.listPriorities(),
    description: jira.textOf(describeItem(item)),
    summary: jira.summaryOf(item.row.title),
    stopped: stoppedFields(link.stopped, deps.now()),
    refused: refusals(link.refused, deps),
  };
}

/** What was refused long ago is tried again: an administrator may have mended it. */
function refusals(refused: ActionItemLink["refused"], deps: ItemDeps): MergeInput["refused"] {
  const sinceMs = deps.now().getTime() - deps.settings.timing.itemRecheckMs;
  return Object.fromEntries(
    Object.entries(refused ?? {}).map(([field, { value, why, at }]) => [
      field,
      { value, why, isDue: Date.parse(at) <= sinceMs },
    ]),
  );
}
