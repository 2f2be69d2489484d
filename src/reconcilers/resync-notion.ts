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
    readonly timing: { readonly recheckMs: number; readonly itemRecheckMs: number };
  };
  readonly log: Logger;
  enqueue(keys: readonly Key[]): Promise<void>;
}

export const notionWatermark = "resync:notion";
const openWatermark = "resync:notion:open";
/** Notion rounds the time of an edit down to the minute: within it there may have been more. */
const minuteMs = 60_000;

/** One pass. The watermark moves only when the pass is complete. */
export async function resyncNotion(deps: ResyncNotionDeps): Promise<Outcome> {
  const { notion, store, settings } = deps;
  const started = deps.now();
  const since = await windowStart(notionWatermark, deps, started);
  const rows = await notion.listRowsEdited(since);
  const pages = await notion.listPagesEdited(since);
  const keys = new Set<Key>();
  for (const row of rows) {
    if (hasMoved(row, await itemLink(row, store))) {
      keys.add(actionItemKey(row.id));
    }
  }
  for (const page of pages) {
    const link = linkOf("post-mortem", await store.getLink(postMortemKey(page.id)));
    const lookedMs = Date.parse(link?.lookedAt ?? "1970-01-01");
    if (page.editedAt.getTime() + minuteMs > lookedMs) {
      keys.add(postMortemKey(page.id));
    }
  }
  for (const row of await listOpen(deps, started)) {
    const link = await itemLink(row, store);
    const ageMs = started.getTime() - Date.parse(link?.checkedAt ?? "1970-01-01");
    if (link === undefined || ageMs >= settings.timing.itemRecheckMs) {
      keys.add(actionItemKey(row.id));
    }
  }
  if (keys.size > 0) {
    await deps.enqueue([...keys]);
  }
  await store.putWatermark(notionWatermark, started);
  const listed = rows.length + pages.length;
  deps.log.info({ listed, enqueued: keys.size, since }, "resync of Notion is complete");
  return { requeueAfterMs: settings.timing.resyncEveryMs, reason: "NextResync" };
}

/** Every open row, at most once in a recheck time. */
async function listOpen(deps: ResyncNotionDeps, now: Date): Promise<ActionItemRow[]> {
  const { store, settings, notion } = deps;
  const last = await store.getWatermark(openWatermark);
  if (last !== undefined && now.getTime() - last.getTime() < settings.timing.recheckMs) {
    return [];
  }
  const closed = new Set(settings.routes.flatMap((route) => closedStatuses(route.jira)));
  const rows = await notion.listRowsExcept([...closed]);
  await store.putWatermark(openWatermark, now);
  return rows;
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
    return link.gone === undefined && link.issue !== undefined;
  }
  const looked = Date.parse(link.checkedAt ?? "1970-01-01");
  const mayHoldMore = row.editedAt.getTime() + minuteMs > looked;
  return link.seen?.row !== row.editedAt.toISOString() || mayHoldMore;
}
