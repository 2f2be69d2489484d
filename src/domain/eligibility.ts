/** Which incidents get a post-mortem. */

import type { Incident } from "./incident.ts";
import { chooseRoute, type Route } from "./route.ts";

export interface EligibilitySettings {
  /** Names of priorities, compared without case. */
  readonly priorities: readonly string[];
  readonly createOn: "triggered" | "resolved";
  readonly routes: readonly Pick<Route, "when" | "skip">[];
}

export interface Eligibility {
  readonly eligible: boolean;
  readonly reason:
    | "PriorityMatches"
    | "NoPriority"
    | "PriorityNotListed"
    | "NotResolvedYet"
    | "RouteSkips";
}

/** Takes an incident as it stands now; tells whether it gets a page now, and why. */
export function isEligible(
  incident: Pick<Incident, "priority" | "status" | "service" | "teams">,
  settings: EligibilitySettings,
): Eligibility {
  if (incident.priority === undefined) {
    return { eligible: false, reason: "NoPriority" };
  }
  const name = folded(incident.priority.name);
  if (!settings.priorities.some((listed) => folded(listed) === name)) {
    return { eligible: false, reason: "PriorityNotListed" };
  }
  if (chooseRoute(settings.routes, incident)?.skip === true) {
    return { eligible: false, reason: "RouteSkips" };
  }
  if (settings.createOn === "resolved" && incident.status !== "resolved") {
    return { eligible: false, reason: "NotResolvedYet" };
  }
  return { eligible: true, reason: "PriorityMatches" };
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}
