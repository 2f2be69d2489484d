/** What a change of an issue says in its changelog, in the words and the order of Jira. */

import { isFields, plainTextOf } from "./adf.ts";
import { findOption, getStatus, projectOf } from "./find.ts";
import type { ChangeItem, CustomField, IssueState, World } from "./model.ts";

/** The id and the text of one side of a change; both null where there is nothing. */
type Side = readonly [id: string | null, text: string | null];

const nothing: Side = [null, null];

interface Row {
  readonly field: string;
  readonly fieldId?: string;
  readonly side: (world: World, state: IssueState) => Side;
}

function textSide(text: string | null): Side {
  return [null, text === "" ? null : text];
}

function userSide(world: World, accountId: string | null): Side {
  const user = accountId === null ? undefined : world.users.get(accountId);
  return user === undefined ? nothing : [user.accountId, user.displayName];
}

function named(
  all: readonly { readonly id: string; readonly name: string }[],
  id: string | null,
): Side {
  const found = all.find((one) => one.id === id);
  return found === undefined ? nothing : [found.id, found.name];
}

// Jira lists the items by field name; resolution comes before status (samples of real deliveries).
const rows: readonly Row[] = [
  {
    field: "assignee",
    fieldId: "assignee",
    side: (world, state) => userSide(world, state.assigneeId),
  },
  {
    field: "Component",
    fieldId: "components",
    side(world, state) {
      const all = projectOf(world, state).components;
      const chosen = all.filter(({ id }) => state.componentIds.includes(id));
      return chosen.length === 0
        ? nothing
        : [chosen.map(({ id }) => id).join(", "), chosen.map(({ name }) => name).join(", ")];
    },
  },
  {
    field: "description",
    fieldId: "description",
    side: (_world, { description }) => textSide(plainTextOf(description)),
  },
  {
    field: "duedate",
    fieldId: "duedate",
    side: (_world, { duedate }) =>
      duedate === null ? nothing : [duedate, `${duedate} 00:00:00.0`],
  },
  {
    field: "environment",
    fieldId: "environment",
    side: (_world, { environment }) => textSide(plainTextOf(environment)),
  },
  {
    field: "IssueParentAssociation",
    side(world, { parentId }) {
      const parent = parentId === null ? undefined : world.issues.get(parentId);
      return parent === undefined ? nothing : [parent.id, parent.state.key];
    },
  },
  {
    field: "issuetype",
    fieldId: "issuetype",
    side: (world, state) => named(projectOf(world, state).issueTypes, state.issueTypeId),
  },
  { field: "Key", fieldId: "issuekey", side: (_world, { key }) => [null, key] },
  { field: "labels", fieldId: "labels", side: (_world, { labels }) => [null, labels.join(" ")] },
  {
    field: "priority",
    fieldId: "priority",
    side: (world, { priorityId }) => named(world.priorities, priorityId),
  },
  {
    field: "project",
    fieldId: "project",
    side(world, state) {
      const { id, name } = projectOf(world, state);
      return [id, name];
    },
  },
  {
    field: "reporter",
    fieldId: "reporter",
    side: (world, state) => userSide(world, state.reporterId),
  },
  {
    field: "resolution",
    fieldId: "resolution",
    side: (world, { resolutionId }) => named(world.resolutions, resolutionId),
  },
  {
    field: "status",
    fieldId: "status",
    side(world, { statusId }) {
      const { id, name } = getStatus(world, statusId);
      return [id, name];
    },
  },
  { field: "summary", fieldId: "summary", side: (_world, { summary }) => textSide(summary) },
];

/** What differs between two states; `before` is undefined for a create. */
export function changeItems(
  world: World,
  before: IssueState | undefined,
  after: IssueState,
): ChangeItem[] {
  const system = rows
    .filter(({ field }) => before !== undefined || (field !== "Key" && field !== "project"))
    .flatMap(({ field, fieldId, side }) => {
      const from = before === undefined ? nothing : side(world, before);
      const to = side(world, after);
      const isSame = JSON.stringify(from) === JSON.stringify(to);
      const isEmpty = before === undefined && (to[1] ?? "") === "";
      if (isSame || isEmpty) {
        return [];
      }
      // Creates spell it with a capital (samples of real deliveries).
      const name = before === undefined && field === "status" ? "Status" : field;
      return [
        { ...itemOf(name, "jira", [from, to]), ...(fieldId === undefined ? {} : { fieldId }) },
      ];
    });
  return [...system, ...customItems(world, before, after)];
}

function customItems(
  world: World,
  before: IssueState | undefined,
  after: IssueState,
): ChangeItem[] {
  return [...world.customFields.values()].flatMap((field) => {
    const from = customSide(field, before?.custom[field.id]);
    const to = customSide(field, after.custom[field.id]);
    return JSON.stringify(from) === JSON.stringify(to)
      ? []
      : [{ ...itemOf(field.name, "custom", [from, to]), fieldId: field.id }];
  });
}

function customSide(field: CustomField, value: unknown): Side {
  if (value === undefined || value === null) {
    return nothing;
  }
  switch (field.type) {
    case "select": {
      const option = findOption(field, value);
      return option === undefined ? nothing : [option.id, option.value];
    }
    case "paragraph":
      return textSide(plainTextOf(isFields(value) ? value : null));
    case "text":
    case "number":
    case "date":
      return textSide(typeof value === "string" ? value : JSON.stringify(value));
  }
}

function itemOf(
  field: string,
  fieldtype: ChangeItem["fieldtype"],
  [from, to]: readonly [Side, Side],
): ChangeItem {
  return {
    field,
    fieldtype,
    from: from[0],
    fromString: from[1],
    to: to[0],
    toString: to[1],
  };
}
