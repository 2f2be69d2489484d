/**
 * Reads the `fields` and `update` of a create, an edit or a transition: every field is checked, and all
 * that is wrong is told in one answer.
 */

import { isDocument, isFields, isValidDocument, plainTextOf } from "./adf.ts";
import { notOnScreen } from "./errors.ts";
import { fieldName, maySet } from "./field-meta.ts";
import { canBrowse, findIssue, findOption, isAssignable } from "./find.ts";
import type {
  CustomField,
  EditableFields,
  Fields,
  IssueState,
  IssueType,
  Project,
  User,
  World,
} from "./model.ts";

export interface InputScope {
  readonly world: World;
  readonly user: User;
  readonly project: Project;
  readonly type: IssueType | undefined;
  /** The fields that can be set here. */
  readonly screen: ReadonlySet<string>;
  /** What the issue is now; undefined for a create. */
  readonly state?: IssueState;
}

export interface ReadInput {
  readonly patch: Partial<EditableFields>;
  readonly errors: Record<string, string>;
  readonly errorMessages: string[];
}

/** What is wrong with a value; the text is Jira's. */
export class BadValue extends Error {}

/** A document that the validator rejects, without saying where. */
class InvalidInput extends Error {}

const textMax = 32_767;
const summaryMax = 255;
const labelMax = 255;

/** Reads what a request wants to set. Whatever is refused is in `errors`, by field. */
export function readInput(scope: InputScope, fields: unknown, update: unknown): ReadInput {
  const result: ReadInput = { patch: {}, errors: {}, errorMessages: [] };
  const given = { ...(isFields(fields) ? fields : {}) };
  const verbs = isFields(update) ? update : {};
  for (const [id, operations] of Object.entries(verbs)) {
    if (id in given) {
      result.errors[id] = `Field '${id}' cannot appear in both 'fields' and 'update'`;
    } else if (id !== "comment" && id !== "issuelinks") {
      given[id] = updatedValue(scope, id, operations);
    }
  }
  let patch: Partial<EditableFields> = {};
  for (const [id, value] of Object.entries(given)) {
    const isFixed = id === "project" || (id === "issuetype" && scope.state === undefined);
    if (isFixed || id in result.errors) {
      continue;
    }
    patch = { ...patch, ...readOne(scope, id, value, { ...result, patch }) };
  }
  return { ...result, patch };
}

function readOne(
  scope: InputScope,
  id: string,
  value: unknown,
  { errors, errorMessages, patch }: ReadInput,
): Partial<EditableFields> {
  if (!scope.screen.has(id) || !maySet(scope.user, id, scope.project)) {
    errors[id] = notOnScreen(id);
    return {};
  }
  try {
    const custom = scope.world.customFields.get(id);
    if (custom !== undefined) {
      return { custom: { ...patch.custom, [id]: readCustom(custom, value) } };
    }
    return readers[id]?.(value, scope) ?? bad(notOnScreen(id));
  } catch (error) {
    if (error instanceof BadValue) {
      errors[id] = error.message;
    } else if (error instanceof InvalidInput) {
      errorMessages.push("INVALID_INPUT");
    } else {
      throw error;
    }
    return {};
  }
}

function bad(message: string): never {
  throw new BadValue(message);
}

/** A text or a number as text, as ids may be given; "null" for anything else. */
function wordOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "null";
}

type Reader = (value: unknown, scope: InputScope) => Partial<EditableFields>;

const readers: Readonly<Record<string, Reader>> = {
  summary: (value) => ({ summary: readSummary(value) }),
  description: (value) => ({ description: readDocument(value) }),
  environment: (value) => ({ environment: readDocument(value) }),
  labels: (value) => ({ labels: readLabels(value) }),
  duedate: (value) => ({ duedate: readDate(value) }),
  priority(value, { world }) {
    const found = value === null ? null : pick(value, world.priorities, "priority");
    return { priorityId: found ?? null };
  },
  resolution(value, { world }) {
    const found = value === null ? null : pick(value, world.resolutions, "resolution");
    return { resolutionId: found ?? null };
  },
  components(value, { project }) {
    const chosen = value === null ? [] : value;
    if (!Array.isArray(chosen)) {
      bad("data was not an array");
    }
    return { componentIds: chosen.map((one) => pick(one, project.components, "component")) };
  },
  issuetype(value, { project }) {
    const wanted = project.issueTypes.find((one) => isNamed(value, one));
    return { issueTypeId: wanted?.id ?? bad("The issue type selected is invalid.") };
  },
  assignee: (value, scope) => ({ assigneeId: readAssignee(value, scope) }),
  reporter(value, { world }) {
    const id = isFields(value) ? value["accountId"] : undefined;
    const user = typeof id === "string" ? world.users.get(id) : undefined;
    return { reporterId: user?.accountId ?? bad("The reporter specified is not a user.") };
  },
  parent: (value, scope) => ({ parentId: readParent(value, scope) }),
};

/** Whether `{id}` or `{name}` means this one. */
export function isNamed(
  value: unknown,
  one: { readonly id: string; readonly name: string },
): boolean {
  const { id, name } = isFields(value) ? value : {};
  return id === undefined ? name === one.name : wordOf(id) === one.id;
}

/** The id of the one that `{id}` or `{name}` names. */
function pick(
  value: unknown,
  all: readonly { readonly id: string; readonly name: string }[],
  kind: string,
): string {
  const { id, name } = isFields(value) ? value : {};
  if (id === undefined && name === undefined) {
    bad(`Could not find valid 'id' or 'name' in ${kind} object.`);
  }
  const said = id === undefined ? `name '${wordOf(name)}'` : `id '${wordOf(id)}'`;
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return all.find((one) => isNamed(value, one))?.id ?? bad(`${title} ${said} is not valid`);
}

function readSummary(value: unknown): string {
  if (value === null || value === undefined || (typeof value === "string" && value.trim() === "")) {
    bad("You must specify a summary of the issue.");
  }
  if (typeof value !== "string") {
    bad("Operation value must be a string");
  }
  if (/[\n\r]/u.test(value)) {
    bad("The summary is invalid because it contains newline characters.");
  }
  return value.length > summaryMax
    ? bad("Summary must be less than 255 characters.")
    : value.trim();
}

function readDocument(value: unknown): Fields | null {
  if (value === null) {
    return null;
  }
  if (!isDocument(value)) {
    bad("Operation value must be an Atlassian Document (see the Atlassian Document Format)");
  }
  if (!isValidDocument(value)) {
    throw new InvalidInput();
  }
  if (plainTextOf(value).length > textMax) {
    bad("The entered text is too long. It exceeds the allowed limit of 32,767 characters.");
  }
  const isEmpty = Array.isArray(value["content"]) && value["content"].length === 0;
  return isEmpty ? null : value;
}

function readLabels(value: unknown): readonly string[] {
  const labels: unknown = value ?? [];
  if (!Array.isArray(labels)) {
    return bad("data was not an array");
  }
  return labels.map((label: unknown) => {
    if (typeof label !== "string" || label === "") {
      bad("string expected at index 0");
    }
    if (/\s/u.test(label)) {
      bad(`The label '${label}' contains spaces which is invalid.`);
    }
    return label.length > labelMax
      ? bad(`The label '${label}' exceeds the maximum length of 255 characters.`)
      : label;
  });
}

/** A real day of the calendar, or null. */
function readDate(value: unknown): string | null {
  if (value === null || value === "") {
    return null;
  }
  if (typeof value !== "string") {
    bad("Operation value must be a string");
  }
  const at = /^\d{4}-\d\d-\d\d$/u.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  const isReal = at !== undefined && !Number.isNaN(at.getTime());
  return isReal && at.toISOString().startsWith(value)
    ? value
    : bad("Error parsing date string: please enter the date in the format 'yyyy-MM-dd'");
}

/** `{accountId}`; null for nobody, "-1" for the project's default. */
export function readAssignee(value: unknown, { world, project }: InputScope): string | null {
  const id = isFields(value) ? (value["accountId"] ?? value["id"] ?? null) : value;
  if (id === null) {
    return null;
  }
  if (id === "-1") {
    return project.defaultAssigneeId;
  }
  const user = typeof id === "string" ? world.users.get(id) : undefined;
  return isAssignable(user, project)
    ? user.accountId
    : bad(`User '${typeof id === "string" ? id : ""}' cannot be assigned issues.`);
}

function readParent(value: unknown, scope: InputScope): string | null {
  const { world, user, project, type } = scope;
  if (value === null) {
    return null;
  }
  const { id, key } = isFields(value) ? value : {};
  const parent = findIssue(world, wordOf(id ?? key));
  if (parent === undefined || !canBrowse(world, user, parent)) {
    return bad("Could not find issue by id or key.");
  }
  const parentProject = world.projects.get(parent.state.projectId);
  const above = parentProject?.issueTypes.find((one) => one.id === parent.state.issueTypeId);
  const mustShare = project.style === "next-gen" || type?.isSubtask === true;
  if (mustShare && parentProject !== project) {
    bad("Parent and child issues must belong to the same project.");
  }
  return above?.hierarchyLevel === (type?.hierarchyLevel ?? 0) + 1
    ? parent.id
    : bad("Given parent issue does not belong to appropriate hierarchy.");
}

function readCustom(field: CustomField, value: unknown): unknown {
  if (value === null) {
    return null;
  }
  switch (field.type) {
    case "select": {
      const { id, value: text } = isFields(value) ? value : {};
      const options = field.options.filter(({ disabled }) => !disabled);
      const found =
        id === undefined
          ? options.find((one) => one.value === text)
          : findOption(field, wordOf(id));
      return found === undefined || found.disabled
        ? bad(`Option id '${wordOf(id ?? text)}' is not valid`)
        : found.id;
    }
    case "number":
      return typeof value === "number" ? value : bad("Operation value must be a number");
    case "date":
      return readDate(value);
    case "paragraph":
      return readDocument(value);
    case "text":
      return typeof value === "string" && value.length <= summaryMax
        ? value
        : bad("Operation value must be a string");
  }
}

/** What the verbs of `update` make of a field's present value. */
function updatedValue({ state, project }: InputScope, id: string, operations: unknown): unknown {
  const steps = Array.isArray(operations) ? operations.filter(isFields) : [];
  let value: unknown = currentList(id, state, project);
  for (const step of steps) {
    if ("set" in step) {
      value = step["set"];
    } else if (Array.isArray(value)) {
      const { add, remove } = step;
      const kept = value.filter((one: unknown) => !isSame(one, remove));
      value = add === undefined ? kept : [...kept, add];
    }
  }
  return value;
}

function currentList(id: string, state: IssueState | undefined, project: Project): unknown {
  switch (id) {
    case "labels":
      return [...(state?.labels ?? [])];
    case "components":
      return project.components.filter((one) => state?.componentIds.includes(one.id) === true);
    default:
      return undefined;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return isFields(one) && isFields(other)
    ? one["id"] === other["id"] || one["name"] === other["name"]
    : one === other;
}

/** Adds "X is required." for the required fields of the project that a create leaves empty. */
export function requireFields(scope: InputScope, { patch, errors }: ReadInput): void {
  const { world, project } = scope;
  for (const id of project.required) {
    const isGiven = isSet(patch, id);
    if (!isGiven && !project.defaults.has(id) && !(id in errors)) {
      errors[id] = `${fieldName(world, id)} is required.`;
    }
  }
  if (patch.summary === undefined && !("summary" in errors)) {
    errors["summary"] = "You must specify a summary of the issue.";
  }
}

/** Whether the patch gives the field a value. */
export function isSet(patch: Partial<EditableFields>, id: string): boolean {
  const key = patchKeys[id];
  const value: unknown = key === undefined ? patch.custom?.[id] : patch[key];
  return (
    value !== undefined &&
    value !== null &&
    value !== "" &&
    (!Array.isArray(value) || value.length > 0)
  );
}

const patchKeys: Readonly<Record<string, keyof EditableFields>> = {
  summary: "summary",
  description: "description",
  environment: "environment",
  labels: "labels",
  duedate: "duedate",
  priority: "priorityId",
  assignee: "assigneeId",
  reporter: "reporterId",
  parent: "parentId",
  components: "componentIds",
  resolution: "resolutionId",
};
