/** Looking things up in the Jira stand-in, and who may see and do what. */

import type {
  CustomField,
  GlobalPermission,
  Issue,
  IssueState,
  IssueType,
  Option,
  Priority,
  Project,
  ProjectPermission,
  Resolution,
  Status,
  Transition,
  User,
  World,
} from "./model.ts";

/** By id, or by any key that the issue ever had. Deleted issues are not found. */
export function findIssue(world: World, idOrKey: string): Issue | undefined {
  const issue = findIssueEvenDeleted(world, idOrKey);
  return issue?.state.deleted === false ? issue : undefined;
}

/** As findIssue, the deleted ones included. */
export function findIssueEvenDeleted(world: World, idOrKey: string): Issue | undefined {
  const id = /^\d+$/u.test(idOrKey) ? idOrKey : world.keys.get(idOrKey.toUpperCase());
  return id === undefined ? undefined : world.issues.get(id);
}

/** A RangeError when there is none; for acts and tests, not for REST. */
export function getIssue(world: World, idOrKey: string): Issue {
  return findIssue(world, idOrKey) ?? missing("issue", idOrKey);
}

/** By id or key. */
export function findProject(world: World, idOrKey: string): Project | undefined {
  const key = idOrKey.toUpperCase();
  return world.projects.get(idOrKey) ?? [...world.projects.values()].find((one) => one.key === key);
}

export function getProject(world: World, idOrKey: string): Project {
  return findProject(world, idOrKey) ?? missing("project", idOrKey);
}

export function projectOf(world: World, state: IssueState): Project {
  return getProject(world, state.projectId);
}

export function getStatus(world: World, id: string): Status {
  return world.statuses.get(id) ?? missing("status", id);
}

export function getIssueType(project: Project, idOrName: string): IssueType {
  const found = project.issueTypes.find((one) => one.id === idOrName || one.name === idOrName);
  return found ?? missing("issue type", idOrName);
}

/** A user by account id, display name, first name or e-mail address. */
export function findUser(world: World, who: string): User | undefined {
  const name = who.toLowerCase();
  const users = [...world.users.values()];
  return (
    world.users.get(who) ??
    users.find((one) => [one.displayName.toLowerCase(), one.email].includes(name)) ??
    users.find((one) => one.displayName.toLowerCase().split(" ")[0] === name)
  );
}

export function getUser(world: World, who: string): User {
  return findUser(world, who) ?? missing("user", who);
}

export function getPriority(world: World, idOrName: string): Priority {
  const found = world.priorities.find((one) => one.id === idOrName || one.name === idOrName);
  return found ?? missing("priority", idOrName);
}

export function getResolution(world: World, idOrName: string): Resolution {
  const found = world.resolutions.find((one) => one.id === idOrName || one.name === idOrName);
  return found ?? missing("resolution", idOrName);
}

/** By id ("customfield_10050") or name. */
export function getCustomField(world: World, idOrName: string): CustomField {
  const fields = [...world.customFields.values()];
  const found = fields.find((one) => one.id === idOrName || one.name === idOrName);
  return found ?? missing("custom field", idOrName);
}

export function findOption(field: CustomField, id: unknown): Option | undefined {
  return field.options.find((one) => one.id === id);
}

/** The transitions that leave the issue's status, in the order of the workflow. */
export function transitionsFrom(world: World, state: IssueState): readonly Transition[] {
  return projectOf(world, state).workflow.transitions.filter(
    ({ from }) => from === "any" || from.includes(state.statusId),
  );
}

/** The live issues that have this one as their parent. */
export function childrenOf(world: World, issue: Issue): readonly Issue[] {
  return [...world.issues.values()].filter(
    ({ state }) => state.parentId === issue.id && !state.deleted,
  );
}

export function isSubtask(world: World, state: IssueState): boolean {
  return getIssueType(projectOf(world, state), state.issueTypeId).isSubtask;
}

/** Whether `user` has the permission in the project; undefined is the anonymous caller, who has none. */
export function may(
  user: User | undefined,
  permission: ProjectPermission,
  project: Project,
): boolean {
  if (user === undefined || !user.active) {
    return false;
  }
  if (permission === "ADMINISTER_PROJECTS" && !user.isAdmin) {
    return false;
  }
  const denied = project.denied;
  const isDenied = denied.get(permission)?.has(user.accountId) === true;
  // Who cannot browse a project can do nothing in it.
  return !isDenied && denied.get("BROWSE_PROJECTS")?.has(user.accountId) !== true;
}

/** As `may`, for the whole site. */
export function mayGlobally(
  world: World,
  user: User | undefined,
  permission: GlobalPermission,
): boolean {
  if (user === undefined || !user.active || (permission === "ADMINISTER" && !user.isAdmin)) {
    return false;
  }
  return world.denied.get(permission)?.has(user.accountId) !== true;
}

/** Whether the caller sees the issue at all: it lives, its project can be browsed, nothing hides it. */
export function canBrowse(world: World, user: User | undefined, issue: Issue): boolean {
  return (
    user !== undefined &&
    !issue.state.deleted &&
    !issue.hiddenFrom.has(user.accountId) &&
    may(user, "BROWSE_PROJECTS", projectOf(world, issue.state))
  );
}

/** Whether the account can be given issues of the project. */
export function isAssignable(user: User | undefined, project: Project): user is User {
  return (
    user !== undefined &&
    user.accountType === "atlassian" &&
    user.active &&
    may(user, "ASSIGNABLE_USER", project)
  );
}

/** The next id of a kind; each kind counts for itself. */
export function nextId(world: World, kind: string, first = 10_000): string {
  const id = (world.counters.get(kind) ?? first - 1) + 1;
  world.counters.set(kind, id);
  return String(id);
}

/** Says that an act names something that is not there. */
export function missing(kind: string, which: string): never {
  throw new RangeError(`there is no ${kind} "${which}" in the sandbox`);
}
