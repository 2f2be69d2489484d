/** What the merge says to people: the comment that keeps a lost value, and why two sides differ. */

import { actionItemProperties } from "./action-item.ts";
import { fingerprint } from "./fingerprint.ts";
import type { FieldFacts, PairedField } from "./merge-facts.ts";
import type { LostValue, MergeInput } from "./merge-plan.ts";
import type { Winner } from "./route.ts";

/** How people call a field on each side. */
const labels: Readonly<Record<Winner, Readonly<Record<PairedField, string>>>> = {
  notion: {
    title: actionItemProperties.name,
    owner: actionItemProperties.owner,
    due: actionItemProperties.due,
    priority: actionItemProperties.priority,
    status: actionItemProperties.status,
  },
  jira: {
    title: "Summary",
    owner: "Assignee",
    due: "Due date",
    priority: "Priority",
    status: "Status",
  },
};

const sideNames: Readonly<Record<Winner, string>> = { notion: "Notion", jira: "Jira" };

/** Why a value is overwritten: both changed it, the other side alone did, or the two have just been linked. */
export type WriteReason = "conflict" | "change" | "first";

/** Takes a field, the side whose value goes, why, and for an owner the person who goes; gives what to keep. */
export function lostValue(
  facts: FieldFacts,
  on: Winner,
  why: { readonly reason: WriteReason; readonly input: MergeInput; readonly value?: string },
): LostValue {
  const { row, issue } = why.input;
  const other: Winner = on === "notion" ? "jira" : "notion";
  const label = labels[on][facts.field];
  const value = why.value ?? facts[on].shown;
  const kept = facts[other].shown === "" ? "(empty)" : facts[other].shown;
  const beginnings: Readonly<Record<WriteReason, string>> = {
    conflict: `${label} was changed here and in ${sideNames[other]} at the same time, and ${sideNames[other]}'s was kept: ${kept}.`,
    change: `${label} came from ${sideNames[other]}: ${kept}. What stood here is not there.`,
    first: `${label} was taken from ${issue.key} when the two were linked: ${kept}.`,
  };
  return {
    on,
    field: facts.field,
    text: `${beginnings[why.reason]} It was: ${value}`,
    marker: fingerprint([row.id, facts.field, on, facts.notion.value, facts.jira.value]),
    value,
  };
}

/** Takes a field on which nothing is written although the sides differ; says why, in sentences with what to do. */
export function differenceRemarks(facts: FieldFacts, refusedWhy: string | undefined): string[] {
  const { field, notion, jira } = facts;
  if (refusedWhy !== undefined) {
    return [refusedRemark(labels.jira[field], notion.shown, refusedWhy)];
  }
  const unknown = [notion.across, jira.across].flatMap((across) =>
    "unknown" in across ? [across.unknown] : [],
  );
  if (unknown.length > 0) {
    return notion.value === "" || jira.value === "" ? unknown.slice(0, 1) : unknown;
  }
  if (field === "owner" && jira.value === "") {
    return ["The issue is unassigned: those who were not its assignee stay in Owner."];
  }
  const here = notion.shown === "" ? "empty" : notion.shown;
  const there = jira.shown === "" ? "empty" : jira.shown;
  return [
    `${labels.notion[field]} is ${here} here and ${there} in Jira: both are left until one of them changes.`,
  ];
}

/** Says that Jira refused a value and with what words; the vendor's sentence comes last. */
export function refusedRemark(label: string, shown: string, why: string): string {
  return `Jira refused ${label}${shown === "" ? "" : ` ${shown}`}: ${why}`;
}
