/** On an operator's request: forgets a page that a person deleted, so that the next run makes a new one. */

import { incidentKey, type IncidentId } from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Store } from "../store/store.ts";
import { withLease, type LeaseStore } from "./lease.ts";

/**
 * Takes an incident's id. Afterwards the caller enqueues the key.
 * Gives "forgotten", "page stands" when there is a page that nobody deleted, or "busy" while another
 * worker is at it.
 */
export async function forgetDeletedPage(
  id: IncidentId,
  leaseMs: number,
  store: LeaseStore & Pick<Store, "getLink">,
  now: () => Date,
): Promise<"forgotten" | "page stands" | "busy"> {
  const key = incidentKey(id);
  let result: "forgotten" | "page stands" = "page stands";
  const outcome: Outcome = await withLease(key, leaseMs, store, async (lease) => {
    const link = linkOf("incident", await store.getLink(key));
    if (link?.page !== undefined && link.gone === undefined) {
      return "converged";
    }
    const sync = {
      state: "pending",
      reason: "RecreateRequested",
      at: now().toISOString(),
    } as const;
    const page = link?.page === undefined ? {} : { page: link.page };
    const intent = link?.intent === undefined ? {} : { intent: link.intent };
    await lease.putLink({ kind: "incident", sync, recreate: true, ...page, ...intent });
    result = "forgotten";
    return "converged";
  });
  return outcome === "converged" ? result : "busy";
}
