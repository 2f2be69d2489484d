/**
 * The values of an action item's fields on each side as short texts that can be compared and kept in the
 * base. Two texts differ only where a person sees a difference.
 */

import type { ActionItemRow, Base, Issue, SideValues, SyncedField } from "./action-item.ts";
import { fingerprint } from "./fingerprint.ts";
import { notionUserId, type NotionUserId } from "./keys.ts";
import { cleanText, oneLine } from "./text.ts";

/**
 * Takes a row; gives its values in Notion's words, "" for empty. Runs of white space in the title count
 * as one space, for Jira's summary holds no others, and the order of the owners makes no difference,
 * for Notion does not promise one.
 */
export function notionValues(row: ActionItemRow): SideValues {
  return {
    title: oneLine(row.title),
    outcome: textValue(row.outcome),
    owner: ownersValue(row.owners),
    due: row.due ?? "",
    priority: row.priority ?? "",
    status: row.status ?? "",
  };
}

/** Takes an issue; gives its values in Jira's words, "" for empty. */
export function jiraValues(issue: Issue): SideValues {
  return {
    title: oneLine(issue.summary),
    outcome: textValue(issue.description),
    owner: issue.assignee?.accountId ?? "",
    due: issue.due ?? "",
    priority: issue.priority?.id ?? "",
    status: statusValue(issue.status.id, issue.resolution?.id),
  };
}

/** Takes a text of any length; gives its fingerprint, "" when it shows nothing. */
export function textValue(text: string): string {
  const shown = cleanText(text).trim();
  return shown === "" ? "" : fingerprint(shown);
}

/** Takes owners in any order; gives them as one text. */
export function ownersValue(owners: readonly NotionUserId[]): string {
  return [...new Set(owners)].toSorted().join(" ");
}

/** The reverse of `ownersValue`. */
export function ownersOf(value: string): NotionUserId[] {
  return value === "" ? [] : value.split(" ").map(notionUserId);
}

/**
 * Takes the base that a plan would leave, the issue as it is and the fields whose write Jira refused;
 * gives the base with what Jira really holds in them, so that it is not taken for a change.
 */
export function baseAfterRefusal(base: Base, issue: Issue, fields: readonly SyncedField[]): Base {
  const held = jiraValues(issue);
  const kept = Object.fromEntries(fields.map((field) => [field, held[field]]));
  return { ...base, jira: { ...base.jira, ...kept } };
}

/**
 * Takes the base that a plan left, the row's status that was asked for, the id of the status the last
 * transition led to and the issue as read after it; gives the base with both halves of the status. Where
 * a person has moved the issue on in between, that stays a change of Jira's. Without a name the issue is
 * only on its way: Jira's half tells how far, and the row's stays as it was, so that it goes on.
 */
export function baseAfterTransition(
  base: Base,
  name: string | undefined,
  reached: { readonly statusId: string; readonly issue: Issue },
): Base {
  const { statusId, issue } = reached;
  const resolution = issue.status.id === statusId ? issue.resolution?.id : undefined;
  return {
    ...base,
    notion: name === undefined ? base.notion : { ...base.notion, status: name },
    jira: { ...base.jira, status: statusValue(statusId, resolution) },
  };
}

function statusValue(id: string, resolution: string | undefined): string {
  return `${id}/${resolution ?? ""}`;
}
