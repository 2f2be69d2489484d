/** What every write to an issue checks and reads alike. */

import { isFields } from "./adf.ts";
import { refuse } from "./errors.ts";
import { may } from "./find.ts";
import type { Fields, Issue, Project, User } from "./model.ts";

const propertyKeyMax = 255;

/** Refuses what the caller may not edit, and what is archived. */
export function requireEdit(user: User, project: Project, issue: Issue): void {
  if (!may(user, "EDIT_ISSUES", project)) {
    refuse(403, "You do not have permission to edit issues in this project.");
  }
  requireNotArchived(issue);
}

export function requireNotArchived(issue: Issue): void {
  if (issue.state.archived) {
    refuse(400, "The issue is archived and cannot be edited.");
  }
}

/** The comment that `update` adds, if any. */
export function commentIn(update: unknown): Fields | undefined {
  const steps: unknown = isFields(update) ? update["comment"] : undefined;
  const first: unknown = Array.isArray(steps) ? steps[0] : undefined;
  return isFields(first) && isFields(first["add"]) ? first["add"] : undefined;
}

/** `properties` of a create, an edit or a comment: an array of {key, value}. */
export function readProperties(value: unknown): Map<string, unknown> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const properties = new Map<string, unknown>();
  for (const one of list) {
    const { key, value: content } = isFields(one) ? one : {};
    properties.set(readPropertyKey(key), content ?? null);
  }
  return properties;
}

/** A key of 1 to 255 characters; a 400 otherwise. */
export function readPropertyKey(key: unknown): string {
  return typeof key === "string" && key !== "" && key.length <= propertyKeyMax
    ? key
    : refuse(400, "The property key must have from 1 to 255 characters.");
}
