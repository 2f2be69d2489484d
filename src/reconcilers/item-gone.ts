/**
 * One of the two sides is gone: the row trashed or moved away, the issue deleted or out of reach. The other side
 * is left as it is and says so. Nothing is made again, nothing is deleted, and what returns goes on.
 */

import type { ActionItemRow, Issue } from "../domain/action-item.ts";
import type { Outcome } from "../domain/outcome.ts";
import { commentOnce } from "./item-apply.ts";
import { searchIssue } from "./item-issue.ts";
import type { Item, ItemRun, PairedRun } from "./item-run.ts";
import { countRow, tellRow } from "./item-sync.ts";
import { syncNow } from "./run.ts";

/** Takes a row that is in the trash or elsewhere, or undefined for one that can't be read. */
export async function rowMissing(run: ItemRun, row: ActionItemRow | undefined): Promise<Outcome> {
  const { link, deps } = run;
  if (link.issue === undefined && link.intent === undefined) {
    // Nothing was made of it, or the store has forgotten what: no news but for the count and the resyncs.
    await run.save({ gone: link.gone ?? { at: deps.now().toISOString(), what: "row" } });
    return settle(run, row);
  }
  const isKnown = link.gone?.what === "row";
  const waitMs = row === undefined && !isKnown ? await confirmMissing(run) : 0;
  if (waitMs > 0) {
    return { requeueAfterMs: waitMs, reason: "RowMissing" };
  }
  const { jira } = deps;
  if (jira === undefined) {
    return settle(run, row);
  }
  const paired = Object.assign(run, { jira });
  if (run.link.issue === undefined && run.link.intent !== undefined) {
    const found = await searchIssue(paired, run.link.intent);
    if (found.found === "wait") {
      return found.outcome;
    }
    await run.save({ intent: undefined });
  }
  await tellIssue(paired, row !== undefined && !row.inTrash);
  return settle(run, row);
}

/** Unreadable may pass (sharing taken away for a moment): believed when it lasts. Gives how long to wait. */
async function confirmMissing(run: ItemRun): Promise<number> {
  const { deps, link } = run;
  const now = deps.now();
  const since = link.missingSince ?? now.toISOString();
  const leftMs = Date.parse(since) + deps.settings.timing.missingConfirmMs - now.getTime();
  if (link.missingSince === undefined) {
    await run.save({ missingSince: since, sync: syncNow(deps, "pending", "Missing") });
  }
  return Math.max(0, leftMs);
}

async function tellIssue(run: PairedRun, moved: boolean): Promise<void> {
  const { link, deps, jira } = run;
  if (link.issue === undefined || link.gone?.told === true || link.gone?.what === "issue") {
    return;
  }
  const at = link.gone?.at ?? deps.now().toISOString();
  const gone = { at, what: "row", ...(moved ? { moved } : {}) } as const;
  await run.save({ gone });
  deps.log.warn({ reason: "RowGone", issue: link.issue.key }, "row was removed, its issue is left");
  const issue = await jira.findIssue(link.issue.id);
  if (issue !== undefined && isOf(run, issue)) {
    const text =
      "The action item of this issue was removed in Notion. The issue stays as it is and is no longer kept in step; restoring the row goes on with it.";
    await commentOnce(run, issue, { text, marker: `${run.id}-gone-${at}` });
    await run.audit("jira", "comment.create", "RowGone", { issue: issue.key });
  }
  await run.save({ gone: { ...gone, told: true } });
}

/** Another row may have taken the issue over meanwhile. */
function isOf({ id }: ItemRun, { property }: Issue): boolean {
  return property === undefined || property.row === id;
}

async function settle(run: ItemRun, row: ActionItemRow | undefined): Promise<Outcome> {
  await run.save({
    missingSince: undefined,
    sync: syncNow(run.deps, "converged", "RowGone"),
    checkedAt: run.deps.now().toISOString(),
    ...(row === undefined ? {} : { seen: { ...run.link.seen, row: row.editedAt.toISOString() } }),
  });
  return countRow(run, undefined, undefined);
}

/**
 * A row that was restored: both sides merge from where they agreed last. One that was moved has lost what its
 * other database had no properties for, which nobody cleared: the issue fills it in, as when the two are linked.
 * Gives the issue as it is to be merged.
 */
export async function rowReturned(
  run: PairedRun,
  issue: Issue | undefined,
): Promise<Issue | undefined> {
  const { link, deps } = run;
  const { gone } = link;
  const isOurs = issue !== undefined && isOf(run, issue);
  if (isOurs && gone?.told === true) {
    const text = "The action item of this issue is back in Notion; both are kept in step again.";
    await commentOnce(run, issue, { text, marker: `${run.id}-back-${gone.at}` });
  }
  deps.log.info({ reason: "RowReturned" }, "row is there again");
  const isMoved = gone?.moved === true;
  // One that was moved counts as such until both sides agree again: its gaps are nobody's edits.
  await run.save({
    missingSince: undefined,
    ...(isMoved ? { base: undefined } : { gone: undefined }),
  });
  return isOurs && isMoved ? withoutProperty(issue) : issue;
}

/** As an issue that is linked for the first time: what it holds wins, and what it lacks is filled in. */
export function withoutProperty(issue: Issue): Issue {
  const { property: _agreed, ...rest } = issue;
  return rest;
}

/** The issue on record can't be read, and the token lives. */
export async function issueMissing(run: PairedRun, item: Item): Promise<Outcome> {
  const { link, deps } = run;
  if (link.issue === undefined) {
    return "converged";
  }
  if (link.gone !== undefined && item.row.jira.trim() === "") {
    await run.save({ issue: undefined, base: undefined, gone: undefined, linked: undefined });
    return { requeueAfterMs: 1, reason: "NewIssueAsked" };
  }
  const waitMs = link.gone === undefined ? await confirmMissing(run) : 0;
  if (waitMs > 0) {
    return { requeueAfterMs: waitMs, reason: "IssueMissing" };
  }
  if (link.gone === undefined) {
    await run.save({ gone: { at: deps.now().toISOString(), what: "issue" } });
    await run.audit("jira", "issue.gone", "IssueMissing", { issue: link.issue.key });
  }
  const because = { kind: "issue-missing", issue: link.issue.key } as const;
  return tellRow(run, item, { facts: { health: { is: "stopped", because } } });
}
