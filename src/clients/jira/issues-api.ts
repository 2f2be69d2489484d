/** Issues by their id: made, read, edited, moved along their workflow, and given our property. */

import { z } from "zod";
import type {
  Issue,
  IssueProperty,
  JiraStatus,
  JiraUser,
  StatusCategory,
} from "../../domain/action-item.ts";
import { issuePropertyKey } from "../../domain/action-item.ts";
import { TerminalError } from "../../domain/errors.ts";
import { accountId, pageId, parseIssueId, parseUuid, type IssueId } from "../../domain/keys.ts";
import { canonicalText } from "./adf-text.ts";
import type { Caller } from "./call.ts";
import { JiraRefusal, type CallContext } from "./errors.ts";
import {
  asLabel,
  createFieldsOf,
  createRefusal,
  fieldsOf,
  withoutRefused,
  type Fields,
} from "./issue-fields.ts";
import type { CreateIssueInput, IssueWrite, Jira, RefusedField, Transition } from "./jira.ts";
import { issuePath, parseIdOrKey } from "./paths.ts";
import * as schema from "./schema.ts";
import * as sdk from "./sdk.ts";

export type IssuesApi = Pick<
  Jira,
  "createIssue" | "findIssue" | "editIssue" | "listTransitions" | "transition" | "putProperty"
>;

/** Every field of an issue that is read; named, for Jira would give about ninety. */
export const issueFields = [
  "project",
  "summary",
  "description",
  "assignee",
  "duedate",
  "priority",
  "status",
  "resolution",
  "labels",
  "updated",
  "created",
];

/** Takes what calls Jira; gives its issues. */
export function createIssuesApi(caller: Caller): IssuesApi {
  return {
    createIssue: (input) => createIssue(input, caller),
    findIssue: (idOrKey) => findIssue(idOrKey, caller),
    editIssue: (id, write) => editIssue(id, write, caller),
    listTransitions: (id) => listTransitions(id, caller),
    transition: (id, transitionId, fields) => transition({ id, transitionId, fields }, caller),
    putProperty: (id, property) => putProperty(id, property, caller),
  };
}

async function createIssue(
  { route, write, property, beforeSend }: CreateIssueInput,
  caller: Caller,
): ReturnType<Jira["createIssue"]> {
  const context: CallContext = {
    what: `create an issue in ${route.project}`,
    kind: "write",
    beforeSend,
  };
  function send(fields: Fields): Promise<{ id: IssueId; key: string }> {
    const properties = [{ key: issuePropertyKey, value: property }];
    return caller.call(
      context,
      (client) => sdk.createIssue(client, { fields, properties }),
      schema.Created.transform(({ id, key }, refinement) => {
        const parsed = parseIssueId(id);
        if (parsed === undefined) {
          refinement.addIssue({ code: "custom", path: ["id"] });
          return z.NEVER;
        }
        return { id: parsed, key };
      }),
    );
  }
  const fields = createFieldsOf(route, write);
  try {
    return { ...(await send(fields)), refused: [] };
  } catch (error) {
    const remainder = withoutRefused(fields, error);
    if (remainder === undefined) {
      throw createRefusal(error, fields, route);
    }
    try {
      return { ...(await send(remainder.fields)), refused: remainder.refused };
    } catch (second) {
      throw createRefusal(second, remainder.fields, route);
    }
  }
}

async function findIssue(idOrKey: string, caller: Caller): Promise<Issue | undefined> {
  const issueIdOrKey = parseIdOrKey(idOrKey);
  if (issueIdOrKey === undefined) {
    return undefined;
  }
  const context: CallContext = {
    what: `read issue ${issueIdOrKey}`,
    kind: "read",
    isOfIssue: true,
  };
  try {
    const answer = await caller.call(
      context,
      (client) =>
        sdk.getIssue(client, { issueIdOrKey, fields: issueFields, properties: [issuePropertyKey] }),
      schema.Issue,
    );
    return toIssue(answer);
  } catch (error) {
    if (error instanceof JiraRefusal && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

async function editIssue(
  id: IssueId,
  write: IssueWrite,
  caller: Caller,
): Promise<readonly RefusedField[]> {
  const labels = (write.addLabels ?? []).map((label) => ({ add: asLabel(label) }));
  const issueIdOrKey = issuePath(id);
  async function send(fields: Fields): Promise<void> {
    if (Object.keys(fields).length === 0 && labels.length === 0) {
      return;
    }
    await caller.call(
      { what: `edit issue ${id}`, kind: "write", isOfIssue: true },
      (client) =>
        sdk.editIssue(client, {
          issueIdOrKey,
          fields,
          ...(labels.length === 0 ? {} : { update: { labels } }),
        }),
      z.unknown(),
    );
  }
  const fields = fieldsOf(write);
  try {
    await send(fields);
    return [];
  } catch (error) {
    const remainder = withoutRefused(fields, error);
    if (remainder === undefined) {
      throw error;
    }
    await send(remainder.fields);
    return remainder.refused;
  }
}

async function listTransitions(id: IssueId, caller: Caller): Promise<Transition[]> {
  const issueIdOrKey = issuePath(id);
  const { transitions } = await caller.call(
    { what: `read the transitions of issue ${id}`, kind: "read", isOfIssue: true },
    (client) => sdk.getTransitions(client, { issueIdOrKey, expand: "transitions.fields" }),
    schema.Transitions,
  );
  return transitions.map((each) => ({
    id: each.id,
    name: each.name,
    to: toStatus(each.to),
    available: each.isAvailable ?? true,
    looped: each.isLooped ?? false,
    hasScreen: each.hasScreen ?? false,
    fields: Object.fromEntries(
      Object.entries(each.fields ?? {}).map(([fieldId, { name, required, hasDefaultValue }]) => [
        fieldId,
        { name, required, hasDefault: hasDefaultValue ?? false },
      ]),
    ),
  }));
}

async function transition(
  {
    id,
    transitionId,
    fields,
  }: {
    readonly id: IssueId;
    readonly transitionId: string;
    readonly fields: Readonly<Record<string, unknown>>;
  },
  caller: Caller,
): Promise<void> {
  const issueIdOrKey = issuePath(id);
  try {
    await caller.call(
      { what: `move issue ${id} by transition ${transitionId}`, kind: "write", isOfIssue: true },
      (client) =>
        sdk.doTransition(client, {
          issueIdOrKey,
          transition: { id: transitionId },
          ...(Object.keys(fields).length === 0 ? {} : { fields }),
        }),
      z.unknown(),
    );
  } catch (error) {
    if (error instanceof JiraRefusal && [400, 413, 422].includes(error.status)) {
      const words = error.words === "" ? `it answered ${error.status}` : error.words;
      throw new TerminalError("JIRA_TRANSITION_REFUSED", `Jira refused the transition: ${words}`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function putProperty(id: IssueId, property: IssueProperty, caller: Caller): Promise<void> {
  const issueIdOrKey = issuePath(id);
  await caller.call(
    { what: `keep the base of issue ${id}`, kind: "write", isOfIssue: true },
    (client) =>
      sdk.setIssueProperty(client, {
        issueIdOrKey,
        propertyKey: issuePropertyKey,
        body: { ...property },
      }),
    z.unknown(),
  );
}

/** An issue of Jira's in our own terms. */
export function toIssue({ id, key, fields, properties }: schema.Issue): Issue {
  const issueId = parseIssueId(id);
  if (issueId === undefined) {
    throw new Error(`could not read issue ${key}: its id in the answer is none`);
  }
  const { assignee, duedate, priority, resolution } = fields;
  const property = toProperty(properties?.[issuePropertyKey]);
  return {
    id: issueId,
    key,
    project: fields.project.key,
    summary: fields.summary ?? "",
    description: canonicalText(fields.description),
    ...(assignee === null || assignee === undefined ? {} : { assignee: toUser(assignee) }),
    ...(duedate === null || duedate === undefined ? {} : { due: duedate }),
    ...(priority === null || priority === undefined ? {} : { priority }),
    status: toStatus(fields.status),
    ...(resolution === null || resolution === undefined ? {} : { resolution }),
    labels: fields.labels ?? [],
    updatedAt: fields.updated,
    ...(property === undefined ? {} : { property }),
  };
}

function toProperty(raw: unknown): IssueProperty | undefined {
  const { data } = schema.Property.safeParse(raw);
  const row = data === undefined ? undefined : parseUuid(data.row);
  if (data === undefined || row === undefined) {
    return undefined;
  }
  const { notion, jira, descriptionIsJiras } = data.base;
  return {
    version: 1,
    row: pageId(row),
    base: { notion, jira, ...(descriptionIsJiras === undefined ? {} : { descriptionIsJiras }) },
  };
}

function toStatus({ id, name, statusCategory }: schema.Status): JiraStatus {
  const category: StatusCategory =
    statusCategory.key === "indeterminate" || statusCategory.key === "done"
      ? statusCategory.key
      : "new";
  return { id, name, category };
}

export function toUser({
  accountId: id,
  displayName,
  emailAddress,
  active,
}: schema.User): JiraUser {
  const email = emailAddress?.trim().toLowerCase() ?? "";
  return {
    accountId: accountId(id),
    name: displayName,
    ...(email === "" ? {} : { email }),
    active,
  };
}
