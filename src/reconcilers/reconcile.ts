/** Which reconciler converges which kind of key, and which vendors it needs. */

import type { Vendor } from "../domain/errors.ts";
import type { ParsedKey, ResyncId } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import { reconcileActionItem } from "./action-item.ts";
import { reconcileIncident } from "./incident.ts";
import type { IncidentDeps } from "./incident-run.ts";
import { reconcileIssue } from "./issue.ts";
import type { ItemDeps } from "./item-run.ts";
import { reconcilePostMortem, type PostMortemDeps } from "./post-mortem.ts";
import { reconcileRollUp, type RollUpDeps } from "./roll-up.ts";
import { noteCreated } from "./row-created.ts";
import { resyncPagerDuty, type ResyncDeps } from "./resync.ts";
import { resyncJira, type ResyncJiraDeps } from "./resync-jira.ts";
import { resyncNotion, type ResyncNotionDeps } from "./resync-notion.ts";

/** Everything that any of the reconcilers needs. */
export type ReconcileDeps = IncidentDeps &
  ItemDeps &
  PostMortemDeps &
  RollUpDeps &
  ResyncDeps &
  ResyncJiraDeps &
  ResyncNotionDeps;

/** Takes a key; converges what it names. */
export function reconcileKey(key: ParsedKey, deps: ReconcileDeps): Promise<Outcome> {
  switch (key.kind) {
    case "incident":
      return reconcileIncident(key.id, deps);
    case "action-item":
      return reconcileActionItem(key.id, deps);
    case "row-created":
      return noteCreated(key.id, key.at, deps);
    case "issue":
      return reconcileIssue(key.id, deps);
    case "post-mortem":
      return reconcilePostMortem(key.id, deps);
    case "roll-up":
      return reconcileRollUp(key.id, deps);
    case "resync":
      return resync(key.id, deps);
  }
}

function resync(id: ResyncId, deps: ReconcileDeps): Promise<Outcome> {
  switch (id) {
    case "pagerduty":
      return resyncPagerDuty(deps);
    case "notion":
      return resyncNotion(deps);
    case "jira":
      return resyncJira(deps);
  }
}

/** While a gate of one of these is closed, the key waits instead of running. */
export function vendorsOf(key: ParsedKey): readonly Vendor[] {
  switch (key.kind) {
    case "incident":
      return ["pagerduty", "notion"];
    case "action-item":
      // Without Jira it still says what a row needs, and is counted; then it waits.
      return ["notion"];
    case "row-created":
    case "issue":
      return [];
    case "post-mortem":
    case "roll-up":
      return ["notion"];
    case "resync":
      return [key.id];
  }
}
