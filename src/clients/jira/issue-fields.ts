/** An issue's fields as Debrief writes them, and what Jira's refusal of some of them means. */

import type { JiraRoute } from "../../domain/route.ts";
import { oneLine } from "../../domain/text.ts";
import { TerminalError } from "../../domain/errors.ts";
import { toAdf } from "./adf.ts";
import { JiraRefusal } from "./errors.ts";
import type { IssueWrite, RefusedField } from "./jira.ts";
import { byIdOrName, isId } from "./paths.ts";

export type Fields = Readonly<Record<string, unknown>>;

const summaryUnitsMax = 255;

/** One line of at most 255 UTF-16 units, cut between characters; never empty, for Jira requires it. */
export function summaryOf(title: string): string {
  const line = oneLine(title);
  if (line === "") {
    return "Untitled";
  }
  if (line.length <= summaryUnitsMax) {
    return line;
  }
  let kept = "";
  for (const character of line) {
    if (kept.length + character.length > summaryUnitsMax - 1) {
      break;
    }
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** What a write sets, by Jira's field ids; labels are not among it. */
export function fieldsOf(write: IssueWrite): Fields {
  const { summary, description, assignee, due, priorityId } = write;
  return {
    ...(summary === undefined ? {} : { summary: summaryOf(summary) }),
    ...(description === undefined ? {} : { description: toAdf(description) }),
    ...(assignee === undefined
      ? {}
      : { assignee: assignee === null ? null : { accountId: assignee } }),
    ...(due === undefined ? {} : { duedate: due }),
    ...(priorityId === undefined
      ? {}
      : { priority: priorityId === null ? null : { id: priorityId } }),
  };
}

/** The fields of a create: the route's own first, so that none of them hides what makes the issue ours. */
export function createFieldsOf(route: JiraRoute, write: IssueWrite): Fields {
  const { project, issueType, components } = route;
  return {
    ...route.fields,
    ...(components.length === 0 ? {} : { components: components.map(byIdOrName) }),
    ...dropEmpty(fieldsOf({ ...write, summary: write.summary ?? "" })),
    project: isId(project) ? { id: project } : { key: project },
    issuetype: byIdOrName(issueType),
    labels: [...new Set([...route.labels, ...(write.addLabels ?? [])])].map(asLabel),
  };
}

/** A new issue has nothing to clear. */
function dropEmpty(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Jira refuses white space in a label. */
export function asLabel(label: string): string {
  return oneLine(label, { maxCodePoints: 255 }).replaceAll(" ", "-");
}

const optional: Readonly<Record<string, RefusedField["field"]>> = {
  assignee: "assignee",
  duedate: "due",
  priority: "priority",
  components: "components",
  description: "description",
};

/** Whole-request messages that are about rich text alone. */
const aboutText = /^(?:INVALID_INPUT|CONTENT_LIMIT_EXCEEDED)$/;

export interface Remainder {
  readonly fields: Fields;
  readonly refused: readonly RefusedField[];
}

/**
 * Takes what was sent and how Jira refused it; gives what to send without the refused fields, or undefined
 * where something else than our optional fields stands against it.
 */
export function withoutRefused(fields: Fields, error: unknown): Remainder | undefined {
  if (!(error instanceof JiraRefusal) || error.status !== 400) {
    return undefined;
  }
  const textRefused =
    "description" in fields && error.vendorMessages.some((message) => aboutText.test(message));
  const refusals = {
    ...error.fieldErrors,
    ...(textRefused ? { description: error.vendorMessages.join("; ") } : {}),
  };
  const entries = Object.entries(refusals);
  const isOptional = entries.every(([id]) => id in fields && id in optional);
  if (entries.length === 0 || !isOptional) {
    return undefined;
  }
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([id]) => !(id in refusals))),
    refused: entries.map(([id, why]) => ({ field: optional[id] ?? "other", why })),
  };
}

/** The refusal of a create, told so that a person can mend it. */
export function createRefusal(error: unknown, fields: Fields, route: JiraRoute): unknown {
  if (!(error instanceof JiraRefusal) || error.status !== 400) {
    return error;
  }
  const missing = Object.entries(error.fieldErrors).filter(([id]) => !(id in fields));
  if (missing.length === 0) {
    return error;
  }
  const named = missing.map(([id, why]) => `${id} (${why})`).join(", ");
  const fixes = missing.map(([id]) => fixOf(id)).join("; ");
  return new TerminalError(
    "JIRA_REQUIRED_FIELD",
    `could not create an issue in ${route.project}: ${route.issueType} requires ${named}. ${fixes}`,
    { cause: error },
  );
}

const readyNames: Readonly<Record<string, string>> = {
  assignee: "owner",
  duedate: "due",
  priority: "priority",
  description: "outcome",
};

/** What to write into debrief.yaml for a field that Jira requires. */
export function fixOf(fieldId: string, example = "…"): string {
  const ready = readyNames[fieldId];
  if (ready !== undefined) {
    return `Add ${ready} to the route's jira.ready in debrief.yaml`;
  }
  return fieldId === "components"
    ? "Add the route's jira.components in debrief.yaml"
    : `Add to the route in debrief.yaml: jira: { fields: { ${fieldId}: ${example} } }`;
}

/** The item's own field that has to be there so that Jira's field is; undefined for others. */
export function readinessOf(fieldId: string): string | undefined {
  return readyNames[fieldId];
}
