/** A row that was just made: when, to the millisecond, is kept before the row is looked at. */

import { actionItemKey, type Key, type PageId } from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Store } from "../store/store.ts";
import { withLease, type LeaseStore } from "./lease.ts";
import { syncNow } from "./run.ts";

export interface RowCreatedDeps {
  readonly store: LeaseStore & Pick<Store, "getLink">;
  readonly settings: { readonly timing: { readonly leaseMs: number } };
  enqueue(keys: readonly Key[]): Promise<void>;
  now(): Date;
}

/**
 * Takes a row and when its webhook said that it was made. Notion itself tells the minute only, which leaves open
 * whether a row is older than the store; one that is known to be younger needs no search before its issue is made.
 */
export async function noteCreated(id: PageId, at: Date, deps: RowCreatedDeps): Promise<Outcome> {
  const key = actionItemKey(id);
  const { store, settings } = deps;
  const outcome = await withLease(key, settings.timing.leaseMs, store, async (lease) => {
    const stored = linkOf("action-item", await store.getLink(key));
    if (stored?.createdAt === undefined) {
      const link = stored ?? { kind: "action-item", sync: syncNow(deps, "converged") };
      await lease.putLink({ ...link, createdAt: at.toISOString() });
    }
    return "converged";
  });
  if (outcome !== "converged") {
    return outcome;
  }
  await deps.enqueue([key]);
  return "converged";
}
