/** Tells people how an item stands: in the row, all in one write, and to the count on the post-mortem. */

import type { ActionItemRow, ActionItemWrite, Base, Issue } from "../domain/action-item.ts";
import { RetryAfterError, TerminalError } from "../domain/errors.ts";
import { parseIssueReference } from "../domain/issue-reference.ts";
import {
  itemState,
  itemSyncText,
  type ItemHealth,
  type ItemState,
  type ItemSyncFacts,
} from "../domain/item-sync-text.ts";
import { ownersValue } from "../domain/item-values.ts";
import { rollUpKey, type PageId } from "../domain/keys.ts";
import type { ActionItemLink, SyncState } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import { closedStatuses, type JiraRoute } from "../domain/route.ts";
import { stoppedFields } from "../domain/item-flips.ts";
import type { Item, ItemRun, PairedRun } from "./item-run.ts";
import { nextRetry, syncNow } from "./run.ts";

/** What a run found out, to be told. */
export interface Told {
  readonly facts: ItemSyncFacts;
  /** Values of the merge for the row. */
  readonly toNotion?: ActionItemWrite;
  /** Told when Notion did not take the owners, whose property then stays as it was. */
  readonly onOwnersRefused?: () => void;
}

/** What the merge of a pair adds. */
export interface Merged extends Told {
  readonly toNotion: ActionItemWrite;
  readonly base: Base;
  /** What is agreed on as long as the row's values are not written; undefined where nothing was agreed before. */
  readonly baseInJira: Base | undefined;
}

/** Writes to the row what differs there, in one request, and keeps the item's state. */
export async function tellRow(run: PairedRun, item: Item, told: Told): Promise<Outcome> {
  const { row } = item;
  const jira = await jiraProperty(run, row);
  const sync = itemSyncText({
    ...factsOfLink(run),
    ...moved(run, item),
    ...told.facts,
    ...jira.fact,
  });
  const write: ActionItemWrite = {
    ...told.toNotion,
    ...(jira.url === undefined ? {} : { jira: jira.url }),
    ...(sync === row.sync ? {} : { sync }),
  };
  if (Object.keys(write).length > 0) {
    await run.assertHeld();
    const owners = await run.deps.notion.updateActionItem(row.id, write);
    if (write.owners !== undefined && ownersValue(owners ?? []) !== ownersValue(write.owners)) {
      told.onOwnersRefused?.();
    }
    await run.audit("notion", "row.update", "RowDiffers", { properties: Object.keys(write) });
  }
  const { state, reason } = stateOf(told.facts.health);
  const { recheckMs } = run.deps.settings.timing;
  const hasChanged = run.link.sync.state !== state || run.link.sync.reason !== reason;
  await run.save({
    ...(jira.url === undefined ? {} : { url: jira.url }),
    sync: hasChanged ? syncNow(run.deps, state, reason) : run.link.sync,
    retry: state === "failed" ? nextRetry(run.link, recheckMs, run.deps.now()) : undefined,
    seen: { ...run.link.seen, row: row.editedAt.toISOString() },
    checkedAt: run.startedAt.toISOString(),
  });
  const status = told.toNotion?.status ?? row.status;
  return countRow(run, { ...row, sync, ...(status === undefined ? {} : { status }) }, item.route);
}

function stateOf(health: ItemHealth): { readonly state: SyncState; readonly reason?: string } {
  switch (health.is) {
    case "up-to-date":
    case "ended-before-issue":
    case "jira-off":
      return { state: "converged" };
    case "waiting":
      return { state: "converged", reason: "WaitingForPeople" };
    case "waiting-for-jira":
      return { state: "failed", reason: "TransitionBlocked" };
    case "stopped":
      return { state: "failed", reason: "Stopped" };
    case "failed":
      return { state: "failed", reason: health.code };
  }
}

/** What earlier runs left to be said. */
function factsOfLink({ link, deps }: ItemRun): Omit<ItemSyncFacts, "health"> {
  const { lastConflict, duplicates, leftOut, stopped } = link;
  const conflict =
    lastConflict === undefined || lastConflict.past === true
      ? undefined
      : {
          field: lastConflict.field,
          kept: lastConflict.kept,
          ...(lastConflict.commented ? {} : { lost: lastConflict.lost }),
        };
  return {
    stoppedFields: [...stoppedFields(stopped, deps.now())],
    ...(duplicates === undefined ? {} : { duplicates }),
    ...(leftOut === undefined ? {} : { leftOut }),
    ...(conflict === undefined ? {} : { lastConflict: conflict }),
  };
}

function moved({ link }: ItemRun, item: Item): Pick<ItemSyncFacts, "moved" | "postMortemTrashed"> {
  const key = link.issue?.key;
  const project = key?.slice(0, key.lastIndexOf("-"));
  const trashed = item.postMortemGone && item.row.postMortem !== undefined;
  return {
    ...(trashed ? { postMortemTrashed: true } : {}),
    ...(key === undefined || project === undefined || project === item.route.project
      ? {}
      : { moved: { issue: key, project, routeProject: item.route.project } }),
  };
}

/**
 * The row's Jira property is ours: filled in, and kept current when the key changes. What a person puts there
 * instead is left, and said.
 */
async function jiraProperty(
  { link, jira }: PairedRun,
  row: ActionItemRow,
): Promise<{ readonly url?: string; readonly fact?: Pick<ItemSyncFacts, "jiraFieldChanged"> }> {
  if (link.issue === undefined || link.gone?.what === "issue") {
    return {};
  }
  const siteUrl = await jira.siteUrl();
  const url = `${siteUrl}/browse/${link.issue.key}`;
  const present = row.jira.trim();
  if (present === url) {
    return {};
  }
  const isOurs = present === "" || present === link.url;
  const isSame = parseIssueReference(present, siteUrl) === link.issue.key;
  // An issue that was moved: the address that we wrote before it was.
  const isMoved = link.url === undefined && link.base !== undefined && isKeyOf(present, siteUrl);
  return isOurs || isSame || isMoved
    ? { url }
    : { fact: { jiraFieldChanged: { issue: link.issue.key, url } } };
}

function isKeyOf(text: string, siteUrl: string): boolean {
  return text.startsWith(`${siteUrl}/browse/`);
}

/** Tells the count on the post-mortem when this item counts otherwise than before. */
export async function countRow(
  run: ItemRun,
  row: Pick<ActionItemRow, "postMortem" | "status" | "sync"> | undefined,
  route: JiraRoute | undefined,
): Promise<Outcome> {
  const before = run.link.counted;
  const counted = row === undefined ? undefined : countedAs(row, route);
  const isSame = before?.postMortem === counted?.postMortem && before?.state === counted?.state;
  if (!isSame) {
    const pages = new Set<PageId | undefined>([before?.postMortem, counted?.postMortem]);
    const keys = [...pages].flatMap((page) => (page === undefined ? [] : [rollUpKey(page)]));
    // In this order: a run that dies in between counts once too often, not once too seldom.
    if (keys.length > 0) {
      await run.deps.enqueue(keys);
    }
    await run.save({ counted });
  }
  return "converged";
}

function countedAs(
  row: Pick<ActionItemRow, "postMortem" | "status" | "sync">,
  route: JiraRoute | undefined,
): { readonly postMortem?: PageId; readonly state: ItemState } {
  const state = itemState(row.status, row.sync, closedStatuses(route));
  return row.postMortem === undefined ? { state } : { postMortem: row.postMortem, state };
}

/**
 * Keeps why a run failed where people look: in the link always, in the row where it lasts. What was read counts as
 * seen then, so that a resync leaves it alone until it changes or is due again.
 */
export async function recordFailure(
  run: ItemRun,
  { row, issue }: { readonly row: ActionItemRow | undefined; readonly issue: Issue | undefined },
  error: unknown,
): Promise<void> {
  const { deps } = run;
  const isTerminal = error instanceof TerminalError;
  const isCoded = isTerminal || error instanceof RetryAfterError;
  const reason = isCoded ? error.code : "Unexplained";
  const { recheckMs } = deps.settings.timing;
  try {
    await run.save({
      sync: syncNow(deps, isTerminal ? "failed" : "pending", reason),
      ...(isTerminal ? { retry: nextRetry(run.link, recheckMs, deps.now()) } : {}),
      ...(isTerminal && row !== undefined ? seenAs(row, issue, deps.now()) : {}),
    });
    const health = healthOf(error);
    if (row === undefined || health === undefined) {
      return;
    }
    const sync = itemSyncText({ ...factsOfLink(run), health });
    if (sync !== row.sync) {
      await run.assertHeld();
      await deps.notion.updateActionItem(row.id, { sync });
    }
    await countRow(run, { ...row, sync }, undefined);
  } catch (second) {
    // The first failure is the one to be told; this one says only that it can't be shown.
    deps.log.debug({ err: second }, "failure could not be recorded");
  }
}

function seenAs(
  row: ActionItemRow,
  issue: Issue | undefined,
  now: Date,
): Pick<ActionItemLink, "seen" | "checkedAt"> {
  const seen = { row: row.editedAt.toISOString() };
  return {
    seen: issue === undefined ? seen : { ...seen, issue: issue.updatedAt.toISOString() },
    checkedAt: now.toISOString(),
  };
}

/** Said without the vendor's words: they change from one try to the next, and Sync should not. */
const awayCodes = new Set(["JIRA_UNAVAILABLE", "JIRA_UNAUTHORIZED", "JIRA_PAUSED"]);
const awayWhy =
  "it does not answer, or not to Debrief; this goes on by itself once it does (the details of /readyz say more)";

/** What a person should read; undefined for what passes by itself in a moment. */
function healthOf(error: unknown): ItemHealth | undefined {
  if (error instanceof TerminalError) {
    return { is: "failed", why: error.message, code: error.code };
  }
  if (error instanceof RetryAfterError && awayCodes.has(error.code)) {
    return { is: "waiting-for-jira", why: awayWhy };
  }
  return undefined;
}
