/** What the domain decides for a pair, with all that it needs looked up. Writes nothing. */

import type { Base, Issue } from "../domain/action-item.ts";
import type { Document } from "../domain/document.ts";
import { issueDescription } from "../domain/issue-description.ts";
import { stoppedFields } from "../domain/item-flips.ts";
import { mergeItem } from "../domain/merge.ts";
import type { ItemPeople, MergePlan } from "../domain/merge-plan.ts";
import type { ActionItemLink } from "../domain/link.ts";
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

/** What the domain decides for a pair. */
export async function planMerge(
  run: PairedRun,
  item: Item,
  {
    issue,
    people,
    base,
  }: { readonly issue: Issue; readonly people: ItemPeople; readonly base: Base | undefined },
): Promise<MergePlan> {
  const { jira, deps, link } = run;
  return mergeItem({
    row: item.row,
    issue,
    base,
    route: item.route,
    people,
    priorities: await jira.listPriorities(),
    description: jira.textOf(describeItem(item)),
    summary: jira.summaryOf(item.row.title),
    stopped: stoppedFields(link.stopped, deps.now()),
    refused: standing(link.refused, deps),
  });
}

/** What was refused long ago is tried again: an administrator may have mended it. */
function standing(
  refused: ActionItemLink["refused"],
  deps: ItemDeps,
): NonNullable<ActionItemLink["refused"]> {
  const sinceMs = deps.now().getTime() - deps.settings.timing.itemRecheckMs;
  return Object.fromEntries(
    Object.entries(refused ?? {}).filter(([, { at }]) => Date.parse(at) > sinceMs),
  );
}
