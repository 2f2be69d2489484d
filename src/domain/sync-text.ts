/** The page's Sync property: its health in plain words, without a clock, so that it changes only when the health does. */

import type { Incident } from "./incident.ts";
import type { ItemCounts } from "./link.ts";
import { rollUpText } from "./roll-up.ts";

export interface SyncFacts {
  readonly incident: Incident;
  /** Its priority is one of those that get a post-mortem. */
  readonly priorityListed: boolean;
  readonly priorities: readonly string[];
  readonly mergedPageUrl: string | undefined;
  readonly timelineRemoved: boolean;
  readonly missingHeadings: readonly string[];
  readonly viewRefused: boolean;
  readonly truncated: boolean;
  /** Why PagerDuty refused the note with the page's link. */
  readonly noteRefused: string | undefined;
  /** Who should lead but could not be found in Notion. */
  readonly leadUnknown: string | undefined;
  /** Further pages for this incident that a person has edited. */
  readonly duplicates: readonly string[];
  /** How its action items stand; absent while nobody has counted them. */
  readonly items?: ItemCounts | undefined;
}

/** Takes what is out of the ordinary; gives the text for the Sync property. */
export function syncText(facts: SyncFacts): string {
  const remarks = [
    mergeRemark(facts),
    priorityRemark(facts),
    facts.timelineRemoved
      ? "The timeline table was removed from the page; later entries are not added. Restore it from the page history to have them back."
      : undefined,
    facts.missingHeadings.length === 0
      ? undefined
      : `Sections no longer on the page under their name: ${facts.missingHeadings.join(", ")}. They are left as they are.`,
    facts.viewRefused
      ? "Notion refused the filtered view of action items; a link stands there instead and the view is tried again."
      : undefined,
    facts.truncated
      ? "PagerDuty holds more records than can be read; the timeline is not complete."
      : undefined,
    facts.noteRefused === undefined
      ? undefined
      : `PagerDuty refused the note with this page's link: ${facts.noteRefused}`,
    facts.leadUnknown === undefined
      ? undefined
      : `No Notion user found for ${facts.leadUnknown}: set Lead by hand.`,
    facts.duplicates.length === 0
      ? undefined
      : `Further pages of this incident that people have edited: ${facts.duplicates.join(" ")}. Merge them by hand.`,
    facts.items === undefined ? undefined : rollUpText(facts.items),
  ].filter((remark) => remark !== undefined && remark !== "");
  return ["Up to date.", ...remarks].join(" ");
}

function mergeRemark({ incident, mergedPageUrl }: SyncFacts): string | undefined {
  if (incident.mergedInto === undefined) {
    return undefined;
  }
  const target = mergedPageUrl ?? incident.mergedInto.htmlUrl ?? "";
  return `Merged into ${incident.mergedInto.name}: the post-mortem is written there. ${target}`.trim();
}

function priorityRemark({ incident, priorityListed, priorities }: SyncFacts): string | undefined {
  return priorityListed
    ? undefined
    : `The priority is now ${incident.priority?.name ?? "unset"}, no longer one of ${priorities.join(", ")}; the page is kept and kept current.`;
}
