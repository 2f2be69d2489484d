/**
 * The row's Sync property: how an action item stands, in plain words. Its first words are a fixed vocabulary that
 * the roll-up counts by; there is no clock in it, so that it changes only when the item's health does.
 */

import { actionItemProperties, type SyncedField } from "./action-item.ts";
import { neededProperty, type NeededField } from "./item-readiness.ts";
import type { Winner } from "./route.ts";
import { foldedName } from "./status-name.ts";
import { oneLine, truncate } from "./text.ts";

/** Why an item is no longer kept in step with an issue. */
export type ItemStop =
  /** Deleted, archived, moved out of our sight or no longer permitted: Jira answers all of them alike. */
  | { readonly kind: "issue-missing"; readonly issue: string }
  /** The issue in Jira belongs to the row at this address. */
  | { readonly kind: "issue-taken"; readonly issue: string; readonly rowUrl: string }
  /** A pasted issue's project is not one of those that routes name. */
  | {
      readonly kind: "project-unrouted";
      readonly issue: string;
      readonly projects: readonly string[];
    }
  /** A pasted issue does not exist for us. */
  | { readonly kind: "issue-unknown"; readonly issue: string }
  | { readonly kind: "foreign-host"; readonly host: string; readonly siteUrl: string }
  | { readonly kind: "no-issue-named"; readonly siteUrl: string };

export type ItemHealth =
  | { readonly is: "up-to-date" }
  /** It reached this status before it had an issue, so none is made. */
  | { readonly is: "ended-before-issue"; readonly status: string }
  | { readonly is: "jira-off" }
  | { readonly is: "waiting"; readonly for: readonly NeededField[] }
  /** A blocked transition, or an issue that is not there yet. */
  | { readonly is: "waiting-for-jira"; readonly why: string }
  | { readonly is: "failed"; readonly why: string; readonly code: string }
  | { readonly is: "stopped"; readonly because: ItemStop };

export interface FieldRefusal {
  readonly field: SyncedField | "assignee" | "components" | "description" | "other";
  /** The vendor's words. */
  readonly why: string;
}

export interface ItemSyncFacts {
  readonly health: ItemHealth;
  /** Fields that changed back and forth too often and are left alone. */
  readonly stoppedFields?: readonly SyncedField[];
  /** The issue stands in another project than the route's. */
  readonly moved?: {
    readonly issue: string;
    readonly project: string;
    readonly routeProject: string;
  };
  readonly postMortemTrashed?: boolean;
  /** A person changed the Jira property of a row that has its issue. */
  readonly jiraFieldChanged?: { readonly issue: string; readonly url: string };
  /** Keys or addresses of further issues of this row. */
  readonly duplicates?: readonly string[];
  /** Left out when the issue was made. */
  readonly leftOut?: readonly FieldRefusal[];
  /** Sentences of the merge and of the transition: values refused, people unknown, what is not all that was wanted. */
  readonly remarks?: readonly string[];
  readonly lastConflict?: {
    readonly field: SyncedField;
    readonly kept: Winner;
    /** The value that stands, for people. */
    readonly value?: string;
    /** The value that lost; given only where no comment could hold it. */
    readonly lost?: string;
  };
}

/** What the roll-up counts an item as; those that are waiting or failed are open as well. */
export type ItemState = "open" | "done" | "waiting" | "failed";

const textMax = 1900;
const whyPointsMax = 500;
const valuePointsMax = 120;

/** The first words, in one place: `itemState` reads what `itemSyncText` writes. */
const opening = {
  upToDate: "Up to date.",
  waiting: "Waiting for",
  failed: "Failed:",
  stopped: "Stopped:",
} as const;

/** Takes how an item stands and what is out of the ordinary; gives the text of its Sync property. */
export function itemSyncText(facts: ItemSyncFacts): string {
  const sentences = [
    healthText(facts),
    facts.health.is === "up-to-date" ? "" : flipFlopText(facts),
    movedText(facts),
    facts.postMortemTrashed === true
      ? "The post-mortem is in the trash; an issue that stands is kept in step, a new one is not made."
      : "",
    facts.jiraFieldChanged === undefined
      ? ""
      : `Jira was changed by hand: the issue of this item is ${shown(facts.jiraFieldChanged.issue)}, ${facts.jiraFieldChanged.url}`,
    listed("Further issues of this item, to be closed by hand:", facts.duplicates ?? []),
    listed("Left out when the issue was made:", (facts.leftOut ?? []).map(refusalText)),
    ...(facts.remarks ?? []).map((remark) => plain(remark)),
    conflictText(facts),
  ].filter((text) => text !== "");
  return truncate([...new Set(sentences.map(sentence))].join(" "), textMax);
}

/**
 * Takes a row's status and Sync and the names of the statuses that end an item; gives what it counts as. An
 * ended item whose issue has yet to follow is not done; one that has no issue to follow is.
 */
export function itemState(
  status: string | undefined,
  sync: string,
  doneNames: readonly string[],
): ItemState {
  const text = sync.trim();
  const isEnded =
    status !== undefined && doneNames.some((name) => foldedName(name) === foldedName(status));
  if (text.startsWith(opening.waiting)) {
    return "waiting";
  }
  if (text.startsWith(opening.failed)) {
    return "failed";
  }
  if (isEnded) {
    return "done";
  }
  return text.startsWith(opening.stopped) ? "failed" : "open";
}

function healthText(facts: ItemSyncFacts): string {
  const { health } = facts;
  switch (health.is) {
    case "up-to-date": {
      const stopped = flipFlopText(facts);
      return stopped === "" ? opening.upToDate : `${opening.stopped} ${stopped}`;
    }
    case "ended-before-issue":
      return `${opening.upToDate} No issue is made: the item was ${shown(health.status)} before it had one.`;
    case "jira-off":
      return `${opening.upToDate} No issue is made: Jira is not set up.`;
    case "waiting":
      return `${opening.waiting}: ${health.for.map(neededProperty).join(", ")}`;
    case "waiting-for-jira":
      return `${opening.waiting} Jira: ${plain(health.why)}`;
    case "failed":
      return `${opening.failed} ${plain(health.why).replace(/\.$/, "")} (${health.code})`;
    case "stopped":
      return `${opening.stopped} ${stopText(health.because)}`;
  }
}

function stopText(stop: ItemStop): string {
  switch (stop.kind) {
    case "issue-missing":
      return `${shown(stop.issue)} was deleted or archived in Jira, or is hidden from Debrief (moved to a project that it can't see, permission taken away). It goes on once Debrief can read the issue; if it was deleted, clear Jira here to have a new one made.`;
    case "issue-taken":
      return `${shown(stop.issue)} belongs to another action item, ${stop.rowUrl}. Clear Jira here to get an issue of its own.`;
    case "project-unrouted":
      return `${shown(stop.issue)} is in a project that no route of Debrief names (${stop.projects.map(shown).join(", ")}). Name it in a route, or put an issue of those projects into Jira.`;
    case "issue-unknown":
      return `${shown(stop.issue)} can't be found in Jira, or is hidden from Debrief. Correct the Jira property, or clear it to have an issue made.`;
    case "foreign-host":
      return `the Jira property leads to ${shown(stop.host)}, not to ${shown(stop.siteUrl)}. Put an issue of that site there, or clear it to have one made.`;
    case "no-issue-named":
      return `the Jira property names no issue of ${shown(stop.siteUrl)}. Put the address of an issue there, or clear it to have one made.`;
  }
}

function flipFlopText({ stoppedFields }: ItemSyncFacts): string {
  const names = (stoppedFields ?? []).map(fieldName);
  if (names.length === 0) {
    return "";
  }
  return `${names.join(" and ")} changed back and forth between Notion and Jira too often and ${names.length === 1 ? "is" : "are"} left alone for a while; look for an automation that works against it`;
}

function movedText({ moved }: ItemSyncFacts): string {
  return moved === undefined
    ? ""
    : `${shown(moved.issue)} is in project ${shown(moved.project)}, where the route says ${shown(moved.routeProject)}; it is kept in step there`;
}

function conflictText({ lastConflict }: ItemSyncFacts): string {
  if (lastConflict === undefined) {
    return "";
  }
  const { field, kept, value, lost } = lastConflict;
  const side = kept === "notion" ? "Notion" : "Jira";
  const standing =
    value === undefined ? `${side}'s value` : `${value === "" ? "empty" : shown(value)} (${side})`;
  const other =
    lost === undefined
      ? "the other value is in a comment"
      : `the other value was ${lost === "" ? "empty" : `“${shown(lost)}”`}`;
  return `Both sides changed ${fieldName(field)}: kept ${standing}; ${other}`;
}

function refusalText({ field, why }: FieldRefusal): string {
  return `${fieldName(field)} (${plain(why).replace(/\.$/, "")})`;
}

function fieldName(field: FieldRefusal["field"]): string {
  switch (field) {
    case "title":
      return actionItemProperties.name;
    case "outcome":
    case "description":
      return actionItemProperties.outcome;
    case "owner":
    case "assignee":
      return actionItemProperties.owner;
    case "due":
      return actionItemProperties.due;
    case "priority":
      return actionItemProperties.priority;
    case "status":
      return actionItemProperties.status;
    case "components":
      return "Components";
    case "other":
      return "another field";
  }
}

function listed(intro: string, parts: readonly string[]): string {
  return parts.length === 0 ? "" : `${intro} ${parts.join(", ")}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function plain(text: string): string {
  return oneLine(text, { maxCodePoints: whyPointsMax });
}

function shown(text: string): string {
  return oneLine(text, { maxCodePoints: valuePointsMax });
}
