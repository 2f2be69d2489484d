/** What Notion's statuses and Jira's stand for on the other side, by the route's list of statuses. */

import type { Issue, JiraNamed } from "./action-item.ts";
import type { JiraRoute, StatusTarget } from "./route.ts";
import { foldedName } from "./status-name.ts";

export type IssueState = Pick<Issue, "status" | "resolution">;

/**
 * Takes where an issue stands; gives the name of the row's status that it stands for, or undefined where
 * the route has none. An entry that names this very status comes first; among those of its category
 * without a status, one that names its resolution, then the first without a resolution.
 */
export function readStatus(state: IssueState, statuses: JiraRoute["statuses"]): string | undefined {
  const entries = Object.entries(statuses);
  const exact = entries.filter(([, target]) => isNamed(state.status, target.status));
  const wide = entries.filter(
    ([, target]) => target.status === undefined && target.category === state.status.category,
  );
  return byResolution(exact, state) ?? byResolution(wide, state) ?? exact[0]?.[0];
}

/** The first that names the issue's resolution, else the first that names none. */
function byResolution(
  entries: readonly (readonly [string, StatusTarget])[],
  { resolution }: IssueState,
): string | undefined {
  const named = entries.find(
    ([, target]) => resolution !== undefined && isNamed(resolution, target.resolution),
  );
  return (named ?? entries.find(([, target]) => target.resolution === undefined))?.[0];
}

/** Takes the name of a row's status; gives the route's spelling of it and what it stands for in Jira. */
export function writeStatus(
  name: string,
  statuses: JiraRoute["statuses"],
): { readonly name: string; readonly target: StatusTarget } | undefined {
  const entries = Object.entries(statuses);
  const found =
    entries.find(([known]) => known === name) ??
    entries.find(([known]) => foldedName(known) === foldedName(name));
  return found === undefined ? undefined : { name: found[0], target: found[1] };
}

/**
 * Whether an issue already is where a target wants it: what it is read as has this very target. Two of
 * Notion's statuses that stand for the same in Jira are not told apart.
 */
export function isSatisfied(
  state: IssueState,
  target: StatusTarget,
  statuses: JiraRoute["statuses"],
): boolean {
  const read = readStatus(state, statuses);
  const held = read === undefined ? undefined : statuses[read];
  return held !== undefined && sameTarget(held, target);
}

function sameTarget(a: StatusTarget, b: StatusTarget): boolean {
  return (
    a.category === b.category &&
    foldedName(a.status ?? "") === foldedName(b.status ?? "") &&
    foldedName(a.resolution ?? "") === foldedName(b.resolution ?? "")
  );
}

/** Whether a setting means this one, by its id or its name, whatever the case. */
export function isNamed({ id, name }: JiraNamed, setting: string | undefined): boolean {
  return (
    setting !== undefined && (setting.trim() === id || foldedName(setting) === foldedName(name))
  );
}
