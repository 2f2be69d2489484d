/** What enters a path of Jira's API, checked: jira.js does not encode its parameters. */

import { TerminalError } from "../../domain/errors.ts";
import { parseIssueId, type IssueId } from "../../domain/keys.ts";

/** An issue id that was checked when it came in; here once more. */
export function issuePath(id: IssueId): string {
  if (parseIssueId(id) === undefined) {
    throw new TerminalError("JIRA_REJECTED", `${JSON.stringify(id)} is no issue id`);
  }
  return id;
}

/** Takes what people paste; gives it as an issue's id or key, or undefined where it can't be one. */
export function parseIdOrKey(raw: string): string | undefined {
  const text = raw.trim().toUpperCase();
  return /^(?:[1-9][0-9]{0,19}|[A-Z][A-Z0-9_]{1,99}-[1-9][0-9]{0,9})$/.test(text)
    ? text
    : undefined;
}

/** A project's key or id, or an issue type's id, from the configuration. */
export function configPath(raw: string): string {
  return encodeURIComponent(raw);
}

/** Takes what the configuration names by id or name; gives it as Jira takes it. */
export function byIdOrName(named: string): { readonly id: string } | { readonly name: string } {
  return isId(named) ? { id: named } : { name: named };
}

export function isId(named: string): boolean {
  return /^[0-9]+$/.test(named);
}
