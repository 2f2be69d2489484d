/**
 * The resync of Jira: issues of ours that were updated since the last pass, and now and then every open one.
 * Enqueues the rows of those that no run has seen as they are.
 */

import type { Logger } from "pino";
import type { IssueGlance, Jira } from "../clients/jira/jira.ts";
import { commonLabel, rowOfLabels } from "../domain/action-item.ts";
import { actionItemKey, issueKey, type Key, type PageId } from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import { windowStart, type WindowDeps } from "./resync-window.ts";
import type { Store } from "../store/store.ts";

export interface ResyncJiraDeps extends WindowDeps {
  /** Undefined when the Jira half is off. */
  readonly jira: Pick<Jira, "listUpdated" | "listOpen"> | undefined;
  readonly store: Pick<Store, "getLink" | "getWatermark" | "putWatermark">;
  readonly settings: WindowDeps["settings"] & {
    readonly timing: { readonly itemSweepMs: number; readonly itemRecheckMs: number };
  };
  readonly log: Logger;
  enqueue(keys: readonly Key[]): Promise<void>;
}

export const jiraWatermark = "resync:jira";
const openWatermark = "resync:jira:open";
const minuteMs = 60_000;
/** The search index lags behind by seconds to minutes, and not monotonically. */
const lagMs = 10 * minuteMs;

/** One pass. The watermark moves only when the pass is complete. */
export async function resyncJira(deps: ResyncJiraDeps): Promise<Outcome> {
  const { jira, store, settings } = deps;
  if (jira === undefined) {
    return "converged";
  }
  const started = deps.now();
  const since = await windowStart(jiraWatermark, deps, started);
  const minutes = Math.ceil((started.getTime() - since.getTime() + lagMs) / minuteMs);
  const updated = await jira.listUpdated(commonLabel, minutes);
  const open = await listOpen(jira, deps, started);
  const keys = new Set<Key>();
  const unseen: Date[] = [];
  for (const issue of [...updated, ...(open ?? [])]) {
    const row = await rowOf(issue, store);
    if (row !== undefined && (await isNews(issue, row, deps))) {
      keys.add(actionItemKey(row));
      unseen.push(issue.updatedAt);
    }
  }
  deps.found?.("jira", unseen);
  if (keys.size > 0) {
    await deps.enqueue([...keys]);
  }
  if (open !== undefined) {
    await store.putWatermark(openWatermark, started);
  }
  await store.putWatermark(jiraWatermark, started);
  const listed = updated.length + (open?.length ?? 0);
  deps.log.info({ listed, enqueued: keys.size, since }, "resync of Jira is complete");
  return { requeueAfterMs: settings.timing.resyncEveryMs, reason: "NextResync" };
}

/** Undefined while the last sweep is young. */
async function listOpen(
  jira: Pick<Jira, "listOpen">,
  { store, settings }: ResyncJiraDeps,
  now: Date,
): Promise<IssueGlance[] | undefined> {
  const last = await store.getWatermark(openWatermark);
  if (last !== undefined && now.getTime() - last.getTime() < settings.timing.itemSweepMs) {
    return undefined;
  }
  return jira.listOpen(commonLabel);
}

async function rowOf(
  issue: IssueGlance,
  store: Pick<Store, "getLink">,
): Promise<PageId | undefined> {
  return linkOf("issue", await store.getLink(issueKey(issue.id)))?.row ?? rowOfLabels(issue.labels);
}

async function isNews(issue: IssueGlance, row: PageId, deps: ResyncJiraDeps): Promise<boolean> {
  const link = linkOf("action-item", await deps.store.getLink(actionItemKey(row)));
  if (link?.issue !== undefined && link.issue.id !== issue.id) {
    // A clone, or an issue that another row's label was copied to.
    return false;
  }
  const ageMs = deps.now().getTime() - Date.parse(link?.checkedAt ?? "1970-01-01");
  // Of a row that is gone nothing is taken, so that nothing of its issue is ever seen.
  const isSeen = link?.gone?.what === "row" || link?.seen?.issue === issue.updatedAt.toISOString();
  return !isSeen || ageMs >= deps.settings.timing.itemRecheckMs;
}
