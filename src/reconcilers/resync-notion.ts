/**
 * The resync of Notion: rows and pages that were edited since the last pass, and now and then every open row.
 * Enqueues what no run has seen yet.
 */

import type { Logger } from "pino";
import type { Notion } from "../clients/notion/notion.ts";
import type { ActionItemRow } from "../domain/action-item.ts";
import { actionItemKey, postMortemKey, type Key } from "../domain/keys.ts";
import { linkOf, type ActionItemLink } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import { closedStatuses, type Route } from "../domain/route.ts";
import { windowStart, type WindowDeps } from "./resync-window.ts";
import type { Store } from "../store/store.ts";

export interface ResyncNotionDeps extends WindowDeps {
  readonly notion: Pick<Notion, "listRowsEdited" | "listRowsExcept" | "listPagesEdited">;
  readonly store: Pick<Store, "getLink" | "getWatermark" | "putWatermark">;
  readonly settings: WindowDeps["settings"] & {
    readonly routes: readonly Route[];
    readonly timing: { readonly itemSweepMs: number; readonly itemRecheckMs: number };
  };
  readonly log: Logger;
  enqueue(keys: readonly Key[]): Promise<void>;
}

export const notionWatermark = "resync:notion";
const openWatermark = "resync:notion:open";
/** Notion rounds the time of an edit down to the minute: within it there may have been more. */
const minuteMs = 60_000;

/**
 * One pass. What one listing gives is enqueued whatever becomes of the others; the watermark moves only when all are
 * complete.
 */
export async function resyncNotion(deps: ResyncNotionDeps): Promise<Outcome> {
  const { store, settings } = deps;
  const started = deps.now();
  const since = await windowStart(notionWatermark, deps, started);
  const passes = [
    () => passRows(deps, since),
    () => passPages(deps, since),
    () => passOpen(deps, started),
  ];
  const failures: unknown[] = [];
  let listed = 0;
  let enqueued = 0;
  for (const pass of passes) {
    try {
      const passed = await pass();
      listed += passed.listed;
      enqueued += passed.enqueued;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  await store.putWatermark(notionWatermark, started);
  deps.log.info({ listed, enqueued, since }, "resync of Notion is complete");
  return { requeueAfterMs: settings.timing.resyncEveryMs, reason: "NextResync" };
}

interface Passed {
  readonly listed: number;
  readonly enqueued: number;
}

async function passRows(deps: ResyncNotionDeps, since: Date): Promise<Passed> {
  const rows = await deps.notion.listRowsEdited(since);
  const keys: Key[] = [];
  const unseen: Date[] = [];
  for (const row of rows) {
    const link = await itemLink(row, deps.store);
    if (hasMoved(row, link)) {
      keys.push(actionItemKey(row.id));
    }
    if (link?.seen?.row !== row.editedAt.toISOString()) {
      unseen.push(row.editedAt);
    }
  }
  deps.found?.("notion", unseen);
  return enqueueAll(rows, keys, deps);
}

async function passPages(deps: ResyncNotionDeps, since: Date): Promise<Passed> {
  const pages = await deps.notion.listPagesEdited(since);
  const keys: Key[] = [];
  for (const page of pages) {
    const link = linkOf("post-mortem", await deps.store.getLink(postMortemKey(page.id)));
    const lookedMs = Date.parse(link?.lookedAt ?? "1970-01-01");
    if (page.editedAt.getTime() + minuteMs > lookedMs) {
      keys.push(postMortemKey(page.id));
    }
  }
  return enqueueAll(pages, keys, deps);
}

/** Every open row, once in a sweep time. */
async function passOpen(deps: ResyncNotionDeps, now: Date): Promise<Passed> {
  const { store, settings, notion } = deps;
  const { itemSweepMs, itemRecheckMs } = settings.timing;
  const last = await store.getWatermark(openWatermark);
  if (last !== undefined && now.getTime() - last.getTime() < itemSweepMs) {
    return { listed: 0, enqueued: 0 };
  }
  const closed = new Set(settings.routes.flatMap((route) => closedStatuses(route.jira)));
  const rows = await notion.listRowsExcept([...closed]);
  const keys: Key[] = [];
  for (const row of rows) {
    const link = await itemLink(row, store);
    const ageMs = now.getTime() - Date.parse(link?.checkedAt ?? "1970-01-01");
    if (link === undefined || ageMs >= itemRecheckMs) {
      keys.push(actionItemKey(row.id));
    }
  }
  const passed = await enqueueAll(rows, keys, deps);
  await store.putWatermark(openWatermark, now);
  return passed;
}

async function enqueueAll(
  listed: readonly unknown[],
  keys: readonly Key[],
  deps: ResyncNotionDeps,
): Promise<Passed> {
  if (keys.length > 0) {
    await deps.enqueue(keys);
  }
  return { listed: listed.length, enqueued: keys.length };
}

async function itemLink(
  row: ActionItemRow,
  store: Pick<Store, "getLink">,
): Promise<ActionItemLink | undefined> {
  return linkOf("action-item", await store.getLink(actionItemKey(row.id)));
}

function hasMoved(row: ActionItemRow, link: ActionItemLink | undefined): boolean {
  if (link === undefined) {
    return !row.inTrash;
  }
  if (row.inTrash) {
    // What was counted is counted still: whoever trashed it was not heard.
    const isUntold = link.gone === undefined && link.issue !== undefined;
    return isUntold || link.counted !== undefined;
  }
  const looked = Date.parse(link.checkedAt ?? "1970-01-01");
  const mayHoldMore = row.editedAt.getTime() + minuteMs > looked;
  return link.seen?.row !== row.editedAt.toISOString() || mayHoldMore;
}
