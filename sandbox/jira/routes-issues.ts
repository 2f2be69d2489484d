/** Creating, reading, editing and deleting issues, alone and many at once. */

import type { Answer } from "../core/router.ts";
import { Refusal } from "../core/router.ts";
import { isFields } from "./adf.ts";
import { commentIn, readProperties, requireEdit } from "./edit-rules.ts";
import { errorAnswer, refuse, refuseFields } from "./errors.ts";
import {
  BadValue,
  isNamed,
  readAssignee,
  readInput,
  requireFields,
  type InputScope,
} from "./field-input.ts";
import {
  canBrowse,
  childrenOf,
  findIssue,
  findProject,
  isSubtask,
  may,
  mayGlobally,
  projectOf,
  transitionsFrom,
} from "./find.ts";
import type { EditableFields, Fields, Issue, IssueType, Project, User, World } from "./model.ts";
import { renderIssue, selfBase } from "./render.ts";
import {
  bodyOf,
  inV3,
  listParameter,
  requestedIssue,
  userOf,
  type Api,
  type Call,
  type CallHandler,
} from "./rest.ts";
import { readComment } from "./routes-comments.ts";
import { transitionIdIn } from "./transitions.ts";
import {
  addComment,
  archiveIssue,
  assign,
  createIssue,
  deleteIssue,
  editFields,
  setProperty,
  transition,
  unarchiveIssue,
} from "./world.ts";

const bulkMax = 50;
const bulkFetchMax = 100;
const bulkFetchBareMax = 1_000;
const propertiesMax = 5;

/** POST issue, issue/bulk, issue/bulkfetch · GET, PUT, DELETE issue · PUT archive, assignee. */
export function issueHandlers({ world }: Api): CallHandler[] {
  return [
    { method: "POST", path: "/issue", handle: (call) => create(world, call) },
    { method: "POST", path: "/issue/bulk", handle: (call) => createMany(world, call) },
    {
      method: "POST",
      path: "/issue/bulkfetch",
      reads: true,
      isOpen: true,
      handle: (call) => fetchMany(world, call),
    },
    {
      method: "GET",
      path: "/issue/:issueIdOrKey",
      isOpen: true,
      handle: (call) => ({ status: 200, body: readIssue(world, call) }),
    },
    { method: "PUT", path: "/issue/archive", handle: (call) => archive(world, call, true) },
    { method: "PUT", path: "/issue/unarchive", handle: (call) => archive(world, call, false) },
    { method: "PUT", path: "/issue/:issueIdOrKey", handle: (call) => edit(world, call) },
    { method: "DELETE", path: "/issue/:issueIdOrKey", handle: (call) => remove(world, call) },
    {
      method: "PUT",
      path: "/issue/:issueIdOrKey/assignee",
      handle: (call) => reassign(world, call),
    },
  ];
}

function create(world: World, call: Call): Answer {
  const issue = createFrom(world, userOf(call), bodyOf(call));
  return { status: 201, body: created(world, issue) };
}

function created(world: World, issue: Issue): Fields {
  const { id, state } = issue;
  return { id, key: state.key, self: `${selfBase(inV3(world))}/issue/${id}` };
}

/** Checks and makes one issue; everything that is wrong with its fields is in one 400. */
function createFrom(world: World, user: User, body: Fields): Issue {
  const fields = isFields(body["fields"]) ? body["fields"] : {};
  const { project, type } = placeOf(world, user, { ...setOf(body["update"]), ...fields });
  const scope: InputScope = { world, user, project, type, screen: project.createScreen };
  const input = readInput(scope, fields, body["update"]);
  requireFields(scope, input);
  const { patch, errors, errorMessages } = input;
  if (type.isSubtask && (patch.parentId ?? null) === null && !("parent" in errors)) {
    errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified.";
  }
  const properties = readProperties(body["properties"]);
  if (Object.keys(errors).length > 0 || errorMessages.length > 0) {
    refuseFields(errors, errorMessages);
  }
  const draft = { ...presets(project), ...patch, summary: patch.summary ?? "", properties };
  const issue = createIssue(world, user, { ...draft, projectId: project.id, issueTypeId: type.id });
  const first = transitionIdIn(body);
  const through = transitionsFrom(world, issue.state).find(({ id }) => id === first);
  if (through !== undefined) {
    transition(world, user, issue, { through });
  }
  return issue;
}

/** What `update: {field: [{set: value}]}` says of project and issue type. */
function setOf(update: unknown): Fields {
  const entries = Object.entries(isFields(update) ? update : {}).flatMap(([id, steps]) => {
    const first: unknown = Array.isArray(steps) ? steps[0] : undefined;
    return isFields(first) && "set" in first ? [[id, first["set"]] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The project and the issue type of a create, which decide what else it may say. */
function placeOf(
  world: World,
  user: User,
  fields: Fields,
): { readonly project: Project; readonly type: IssueType } {
  const { id, key } = isFields(fields["project"]) ? fields["project"] : {};
  const named = id ?? key;
  const project = typeof named === "string" ? findProject(world, named) : undefined;
  if (project === undefined || !may(user, "BROWSE_PROJECTS", project)) {
    return refuseFields({ project: "Specify a valid project ID or key" });
  }
  if (!may(user, "CREATE_ISSUES", project)) {
    refuse(403, "You do not have permission to create issues in this project.");
  }
  const wanted = isFields(fields["issuetype"]) ? fields["issuetype"] : undefined;
  const type = project.issueTypes.find((one) => isNamed(wanted, one));
  const complaint = wanted === undefined ? "Specify an issue type" : "Specify a valid issue type";
  return type === undefined ? refuseFields({ issuetype: complaint }) : { project, type };
}

function presets(project: Project): Partial<EditableFields> {
  const priority = project.defaults.get("priority");
  const custom = [...project.defaults].filter(([id]) => id.startsWith("customfield_"));
  return {
    assigneeId: project.defaultAssigneeId,
    ...(typeof priority === "string" ? { priorityId: priority } : {}),
    ...(custom.length === 0 ? {} : { custom: Object.fromEntries(custom) }),
  };
}

function createMany(world: World, call: Call): Answer {
  const user = userOf(call);
  const { issueUpdates } = bodyOf(call);
  if (!Array.isArray(issueUpdates) || issueUpdates.length > bulkMax) {
    return refuse(400, `The number of issues to create must be from 1 to ${bulkMax}.`);
  }
  const issues: Fields[] = [];
  const errors: Fields[] = [];
  for (const [index, one] of issueUpdates.entries()) {
    try {
      issues.push(created(world, createFrom(world, user, isFields(one) ? one : {})));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      const { status, body } = error.answer;
      const elementErrors = isFields(body) ? body : {};
      errors.push({ status, elementErrors, failedElementNumber: index });
    }
  }
  return { status: issues.length > 0 ? 201 : 400, body: { issues, errors } };
}

function readIssue(world: World, call: Call, issue = requestedIssue(world, call)): Fields {
  const properties = listParameter(call, "properties") ?? [];
  if (properties.length > propertiesMax) {
    refuse(400, `The maximum number of properties is ${propertiesMax}.`);
  }
  const fields = listParameter(call, "fields") ?? ["*all"];
  return renderIssue(inV3(world), issue, issue.state, { fields, properties });
}

function fetchMany(world: World, call: Call): Answer {
  const { issueIdsOrKeys, fields, properties } = bodyOf(call);
  const asked: readonly unknown[] = Array.isArray(issueIdsOrKeys) ? issueIdsOrKeys : [];
  const names = textsOf(fields);
  const max = names.length > 0 && names.length <= 100 ? bulkFetchBareMax : bulkFetchMax;
  if (asked.length === 0 || asked.length > max) {
    return refuse(400, `The number of issues to fetch must be from 1 to ${max}.`);
  }
  const found = asked.flatMap((one) => findIssue(world, String(one)) ?? []);
  const seen = [...new Set(found)].filter((issue) => canBrowse(world, call.user, issue));
  const wanted = {
    fields: names.length === 0 ? ["*all"] : names,
    properties: textsOf(properties).slice(0, propertiesMax),
  };
  const issues = seen
    .toSorted((left, right) => Number(left.id) - Number(right.id))
    .map((issue) => renderIssue(inV3(world), issue, issue.state, wanted));
  // What is missing or hidden is in neither list.
  return { status: 200, body: { issues, issueErrors: [] } };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one: unknown): one is string => typeof one === "string")
    : [];
}

function edit(world: World, call: Call): Answer {
  const user = userOf(call);
  const issue = requestedIssue(world, call);
  const project = projectOf(world, issue.state);
  requireEdit(user, project, issue);
  if (call.request.query.get("notifyUsers") === "false") {
    requireAdmin(user, project);
  }
  const body = bodyOf(call);
  const type = project.issueTypes.find(({ id }) => id === issue.state.issueTypeId);
  const scope = { world, user, project, type, screen: project.editScreen, state: issue.state };
  const { patch, errors, errorMessages } = readInput(scope, body["fields"], body["update"]);
  const properties = readProperties(body["properties"]);
  const comment = commentIn(body["update"]);
  if (Object.keys(errors).length > 0 || errorMessages.length > 0) {
    refuseFields(errors, errorMessages);
  }
  editFields(world, user, issue, patch);
  for (const [key, value] of properties) {
    setProperty(world, user, issue, { key, value });
  }
  if (comment !== undefined) {
    addComment(world, user, issue, readComment(comment));
  }
  return call.request.query.get("returnIssue") === "true"
    ? { status: 200, body: readIssue(world, call, issue) }
    : { status: 204 };
}

function requireAdmin(user: User, project: Project): void {
  if (!may(user, "ADMINISTER_PROJECTS", project)) {
    refuse(
      403,
      "To discard the user notification either admin or project admin permissions are required.",
    );
  }
}

function remove(world: World, call: Call): Answer {
  const user = userOf(call);
  const issue = requestedIssue(world, call);
  if (!may(user, "DELETE_ISSUES", projectOf(world, issue.state))) {
    refuse(403, "You do not have permission to delete issues in this project.");
  }
  const subtasks = childrenOf(world, issue).filter(({ state }) => isSubtask(world, state));
  if (subtasks.length > 0 && call.request.query.get("deleteSubtasks") !== "true") {
    const { key } = issue.state;
    refuse(
      400,
      `The issue '${key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.`,
    );
  }
  deleteIssue(world, user, issue);
  return { status: 204 };
}

/** Administrators only. */
function archive(world: World, call: Call, isArchived: boolean): Answer {
  if (!mayGlobally(world, call.user, "ADMINISTER")) {
    return refuse(403, "You do not have permission to archive issues.");
  }
  const named = textsOf(bodyOf(call)["issueIdsOrKeys"]);
  const found = new Set(named.flatMap((one) => findIssue(world, one) ?? []));
  for (const issue of found) {
    if (isArchived) {
      archiveIssue(world, issue);
    } else {
      unarchiveIssue(world, issue);
    }
  }
  return { status: 200, body: { numberOfIssuesUpdated: found.size, errors: {} } };
}

function reassign(world: World, call: Call): Answer {
  const user = userOf(call);
  const issue = requestedIssue(world, call);
  const project = projectOf(world, issue.state);
  requireEdit(user, project, issue);
  if (!may(user, "ASSIGN_ISSUES", project)) {
    refuse(403, "You do not have permission to assign issues.");
  }
  const scope = { world, user, project, type: undefined, screen: project.editScreen };
  try {
    assign(world, user, issue, readAssignee(bodyOf(call), scope));
  } catch (error) {
    if (error instanceof BadValue) {
      return errorAnswer(400, [], { assignee: error.message });
    }
    throw error;
  }
  return { status: 204 };
}
