/**
 * Counts a post-mortem's action items and says it in the page's Sync. It waits a moment, so that many changes
 * make one count, and counts once more later, because Notion's queries lag behind writes.
 */

import type { Notion } from "../clients/notion/notion.ts";
import type { ActionItemRow } from "../domain/action-item.ts";
import { itemState, type ItemState } from "../domain/item-sync-text.ts";
import {
  actionItemKey,
  incidentKey,
  postMortemKey,
  rollUpKey,
  type IncidentId,
  type Key,
  type PageId,
} from "../domain/keys.ts";
import { linkOf, type IncidentLink, type RollUpLink } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import { countStates, rollUpText } from "../domain/roll-up.ts";
import { chooseRoute, closedStatuses, type Route } from "../domain/route.ts";
import { addMs } from "../domain/time.ts";
import { withLease } from "./lease.ts";
import { isPageGone, openRun, type Run, type RunDeps } from "./run.ts";

export interface RollUpDeps extends RunDeps {
  readonly notion: Pick<Notion, "listRowsOf" | "findPage" | "updatePage">;
  readonly settings: {
    readonly routes: readonly Route[];
    readonly timing: { readonly leaseMs: number; readonly rollUpMs: number };
  };
  enqueue(keys: readonly Key[]): Promise<void>;
}

/** How many times the waiting time the second count comes later. */
const againFactor = 10;

/** Takes a post-mortem page; brings the sentence on its action items up to date. */
export async function reconcileRollUp(page: PageId, deps: RollUpDeps): Promise<Outcome> {
  const key = rollUpKey(page);
  const { leaseMs } = deps.settings.timing;
  return withLease(key, leaseMs, deps.store, async (lease) => {
    const stored = linkOf("roll-up", await deps.store.getLink(key));
    const run = openRun<RollUpLink, RollUpDeps>(key, stored ?? { kind: "roll-up" }, lease, deps);
    const waitMs = await untilDue(run);
    if (waitMs > 0) {
      return { requeueAfterMs: waitMs, reason: "CollectingChanges" };
    }
    const outcome = await countWhileThere(page, deps);
    if (outcome !== "converged") {
      return outcome;
    }
    const { againAt } = run.link;
    await run.save({ dueAt: againAt, againAt: undefined });
    return againAt === undefined
      ? "converged"
      : { requeueAfterMs: msUntil(againAt, deps), reason: "QueriesLag" };
  });
}

/** The first hint sets when it is due; later ones find it set. */
async function untilDue(run: Run<RollUpLink, RollUpDeps>): Promise<number> {
  const { deps, link } = run;
  const { rollUpMs } = deps.settings.timing;
  const now = deps.now();
  const dueAt = addMs(now, rollUpMs);
  if (link.dueAt === undefined) {
    const againAt = addMs(dueAt, rollUpMs * againFactor).toISOString();
    await run.save({ dueAt: dueAt.toISOString(), againAt });
    return rollUpMs;
  }
  const leftMs = msUntil(link.dueAt, deps);
  if (link.againAt === undefined && leftMs > 0) {
    // Woken while it waited for the repetition: something changed again.
    const soonMs = Math.min(leftMs, rollUpMs);
    const againAt = addMs(dueAt, rollUpMs * againFactor).toISOString();
    await run.save({ dueAt: addMs(now, soonMs).toISOString(), againAt });
    return soonMs;
  }
  return leftMs;
}

function msUntil(at: string, deps: RollUpDeps): number {
  return Math.max(0, Date.parse(at) - deps.now().getTime());
}

/** A page that goes to the trash meanwhile needs no count: the incident's own run says that it is gone. */
async function countWhileThere(page: PageId, deps: RollUpDeps): Promise<Outcome> {
  try {
    return await count(page, deps);
  } catch (error) {
    if (isPageGone(error)) {
      return "converged";
    }
    throw error;
  }
}

async function count(page: PageId, deps: RollUpDeps): Promise<Outcome> {
  const index = linkOf("post-mortem", await deps.store.getLink(postMortemKey(page)))?.incident;
  const id = index?.id;
  if (id === undefined) {
    return "converged";
  }
  const link = linkOf("incident", await deps.store.getLink(incidentKey(id)));
  const route = chooseRoute(deps.settings.routes, index ?? { teams: [] });
  const source = link?.actionItems ?? route?.notion.actionItems;
  if (link?.page?.id !== page || link.gone !== undefined || source === undefined) {
    return "converged";
  }
  const rows = await deps.notion.listRowsOf(page, source);
  const closed = closedStatuses(route?.jira);
  const states = await Promise.all(rows.map((row) => stateOf(row, page, { closed, deps })));
  return tell(id, page, countStates(states.flat()), deps);
}

/** What the item's own run saw is newer than what a query gives: it may have gone, or to another page. */
async function stateOf(
  row: ActionItemRow,
  page: PageId,
  { closed, deps }: { readonly closed: readonly string[]; readonly deps: RollUpDeps },
): Promise<ItemState[]> {
  const link = linkOf("action-item", await deps.store.getLink(actionItemKey(row.id)));
  const { counted } = link ?? {};
  if (counted === undefined) {
    return link?.gone?.what === "row" ? [] : [itemState(row.status, row.sync, closed)];
  }
  return counted.postMortem === page ? [counted.state] : [];
}

async function tell(
  id: IncidentId,
  page: PageId,
  items: NonNullable<IncidentLink["items"]>,
  deps: RollUpDeps,
): Promise<Outcome> {
  const key = incidentKey(id);
  return withLease(key, deps.settings.timing.leaseMs, deps.store, async (lease) => {
    const stored = linkOf("incident", await deps.store.getLink(key));
    if (stored?.page?.id !== page || stored.gone !== undefined) {
      return "converged";
    }
    const run = openRun(key, stored, lease, deps);
    const known = stored.written?.sync;
    const before = stored.items === undefined ? "" : rollUpText(stored.items);
    const text = rollUpText(items);
    if (known === undefined || before === text) {
      await run.save({ items });
      return "converged";
    }
    const health = known.endsWith(before) ? known.slice(0, known.length - before.length) : known;
    const sync = `${health.trim()} ${text}`.trim();
    await run.assertHeld();
    await deps.notion.updatePage(page, { sync });
    await run.save({ items, written: { ...stored.written, sync } });
    await run.audit("notion", "page.update", "ItemsCounted", { ...items });
    return "converged";
  });
}
