/** Which reconciler converges which kind of key, and which vendors it needs. */

import type { Vendor } from "../domain/errors.ts";
import type { ParsedKey } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import { reconcileIncident } from "./incident.ts";
import type { IncidentDeps } from "./incident-run.ts";
import { resyncPagerDuty, type ResyncDeps } from "./resync.ts";

/** Takes a key; converges what it names. */
export function reconcileKey(
  key: ParsedKey,
  deps: { readonly incident: IncidentDeps; readonly resync: ResyncDeps },
): Promise<Outcome> {
  switch (key.kind) {
    case "incident":
      return reconcileIncident(key.id, deps.incident);
    case "resync":
      return resyncPagerDuty(deps.resync);
  }
}

/** While a gate of one of these is closed, the key waits instead of running. */
export function vendorsOf(key: ParsedKey): readonly Vendor[] {
  switch (key.kind) {
    case "incident":
      return ["pagerduty", "notion"];
    case "resync":
      return ["pagerduty"];
  }
}
