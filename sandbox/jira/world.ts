/**
 * How issues change: one function per change, the same for REST calls, people and automation.
 * Nothing is checked here; who calls has already looked at permissions, screens and values.
 */

import { changeItems } from "./changelog.ts";
import { childrenOf, getProject, getStatus, isSubtask, nextId, projectOf } from "./find.ts";
import type {
  Change,
  ChangeItem,
  Comment,
  EditableFields,
  Fields,
  Issue,
  IssueLink,
  IssueState,
  Project,
  Transition,
  User,
  World,
} from "./model.ts";

export type IssueDraft = Partial<EditableFields> &
  Pick<EditableFields, "summary" | "issueTypeId"> & {
    readonly projectId: string;
    readonly properties?: ReadonlyMap<string, unknown>;
  };

/** Makes an issue with the next number of its project, in the first status of the workflow. */
export function createIssue(world: World, actor: User, draft: IssueDraft): Issue {
  const { projectId, properties = new Map<string, unknown>(), labels = [], ...given } = draft;
  const project = getProject(world, projectId);
  const now = world.clock.now();
  const state: IssueState = {
    description: null,
    environment: null,
    priorityId: null,
    duedate: null,
    assigneeId: null,
    reporterId: actor.accountId,
    parentId: null,
    componentIds: [],
    resolutionId: null,
    custom: {},
    ...given,
    labels: sortedLabels(labels),
    projectId,
    key: takeKey(project),
    statusId: project.workflow.initialStatusId,
    creatorId: actor.accountId,
    createdAt: now,
    updatedAt: now,
    statusChangedAt: now,
    resolvedAt: null,
    archived: false,
    deleted: false,
  };
  const issue: Issue = {
    id: nextId(world, "issue", 10_042),
    state,
    indexed: [],
    history: [],
    comments: [],
    properties: new Map(properties),
    remoteLinks: [],
    hiddenFrom: new Set(),
  };
  world.issues.set(issue.id, issue);
  world.keys.set(state.key, issue.id);
  setState(world, issue, state);
  const changelog = { id: nextId(world, "changelog"), items: changeItems(world, undefined, state) };
  tell(world, actor, issue, {
    what: "jira:issue_created",
    eventTypeName: "issue_created",
    changelog,
  });
  return issue;
}

/** Sets fields. `custom` is merged by field; null clears. Says nothing when nothing differs. */
export function editFields(
  world: World,
  actor: User,
  issue: Issue,
  patch: Partial<EditableFields>,
): void {
  const next = patched(issue.state, patch);
  const changed = change(world, actor, issue, next);
  if (changed !== undefined) {
    const isAssigned = changed.every(({ fieldId }) => fieldId === "assignee");
    tellUpdate(world, actor, issue, isAssigned ? "issue_assigned" : "issue_updated");
  }
}

/** `accountId` null takes the assignee away. */
export function assign(world: World, actor: User, issue: Issue, accountId: string | null): void {
  editFields(world, actor, issue, { assigneeId: accountId });
}

/** Goes through a transition: status, the screen's fields, and the resolution of its post-function. */
export function transition(
  world: World,
  actor: User,
  issue: Issue,
  step: { readonly through: Transition; readonly fields?: Partial<EditableFields> },
): void {
  const { through, fields = {} } = step;
  const { resolutionId } = through;
  const effect = resolutionId === undefined ? {} : { resolutionId };
  const next = patched(issue.state, { ...effect, ...fields });
  changeStatus(world, actor, issue, { ...next, statusId: through.toStatusId });
}

/** Puts an issue into a status whatever the workflow says, as an administrator or automation can. */
export function forceStatus(world: World, actor: User, issue: Issue, statusId: string): void {
  changeStatus(world, actor, issue, { ...issue.state, statusId });
}

function changeStatus(world: World, actor: User, issue: Issue, next: IssueState): void {
  const isOther = next.statusId !== issue.state.statusId;
  const statusChangedAt = isOther ? world.clock.now() : next.statusChangedAt;
  // A transition that leads back to the same status happens, too, but changes nothing.
  if (change(world, actor, issue, { ...next, statusChangedAt }) !== undefined) {
    tellUpdate(world, actor, issue, "issue_generic");
  }
}

/** Adds a comment and gives it. */
export function addComment(
  world: World,
  actor: User,
  issue: Issue,
  draft: { readonly body: Fields; readonly properties?: ReadonlyMap<string, unknown> },
): Comment {
  const now = world.clock.now();
  const comment: Comment = {
    id: nextId(world, "comment", 10_100),
    authorId: actor.accountId,
    updateAuthorId: actor.accountId,
    createdAt: now,
    updatedAt: now,
    properties: new Map(draft.properties),
    body: draft.body,
  };
  issue.comments.push(comment);
  touch(world, issue);
  tell(world, actor, issue, { what: "comment_created", comment });
  return comment;
}

/** Rewrites a comment's body. */
export function updateComment(
  world: World,
  actor: User,
  issue: Issue,
  edit: { readonly comment: Comment; readonly body: Fields },
): void {
  const { comment, body } = edit;
  comment.body = body;
  comment.updateAuthorId = actor.accountId;
  comment.updatedAt = world.clock.now();
  touch(world, issue);
  tell(world, actor, issue, { what: "comment_updated", comment });
}

export function deleteComment(world: World, actor: User, issue: Issue, comment: Comment): void {
  issue.comments.splice(issue.comments.indexOf(comment), 1);
  touch(world, issue);
  tell(world, actor, issue, { what: "comment_deleted", comment });
}

/** Stores any JSON value; true when the key is new. Neither `updated` nor the changelog moves. */
export function setProperty(
  world: World,
  actor: User,
  issue: Issue,
  property: { readonly key: string; readonly value: unknown },
): boolean {
  const isNew = !issue.properties.has(property.key);
  issue.properties.set(property.key, property.value);
  tell(world, actor, issue, { what: "issue_property_set", property });
  return isNew;
}

/** False when there was no such property. */
export function deleteProperty(world: World, actor: User, issue: Issue, key: string): boolean {
  const value = issue.properties.get(key);
  if (!issue.properties.delete(key)) {
    return false;
  }
  tell(world, actor, issue, { what: "issue_property_deleted", property: { key, value } });
  return true;
}

/**
 * Moves to another project: a new key, the old one resolves to the same issue. The issue type of
 * the same name is kept, else the first; a status that the target lacks gives way to one of the
 * same category, else to the first of its workflow.
 */
export function moveIssue(world: World, actor: User, issue: Issue, target: Project): void {
  const from = projectOf(world, issue.state);
  const { state } = issue;
  const typeName = from.issueTypes.find(({ id }) => id === state.issueTypeId)?.name;
  const type = target.issueTypes.find(({ name }) => name === typeName) ?? target.issueTypes[0];
  const next: IssueState = {
    ...state,
    projectId: target.id,
    key: takeKey(target),
    issueTypeId: type?.id ?? state.issueTypeId,
    statusId: statusIn(world, target, state.statusId),
    componentIds: [],
    parentId: null,
  };
  world.keys.set(next.key, issue.id);
  change(world, actor, issue, next);
  tellUpdate(world, actor, issue, "issue_moved");
}

/** Renames a project's key: every issue of it gets a new key, the old ones still resolve. */
export function renameProjectKey(world: World, project: Project, key: string): void {
  project.key = key;
  for (const issue of world.issues.values()) {
    if (issue.state.projectId === project.id && !issue.state.deleted) {
      const next = `${key}-${issue.state.key.split("-").at(-1) ?? ""}`;
      world.keys.set(next, issue.id);
      setState(world, issue, { ...issue.state, key: next });
    }
  }
}

/** Deletes for good, its subtasks first. The issue stays in the world, marked, for the searches' lag. */
export function deleteIssue(world: World, actor: User, issue: Issue): void {
  for (const child of childrenOf(world, issue)) {
    if (isSubtask(world, child.state)) {
      deleteIssue(world, actor, child);
    } else {
      setState(world, child, { ...child.state, parentId: null });
    }
  }
  const state = issue.state;
  setState(world, issue, { ...state, deleted: true });
  dropLinksOf(world, issue);
  tell(world, actor, issue, { what: "jira:issue_deleted", state });
  for (const comment of issue.comments) {
    tell(world, actor, issue, { what: "comment_deleted", state, comment, isCascade: true });
  }
}

function dropLinksOf(world: World, issue: Issue): void {
  const left = world.links.filter(
    ({ inwardIssueId, outwardIssueId }) => ![inwardIssueId, outwardIssueId].includes(issue.id),
  );
  world.links.splice(0, world.links.length, ...left);
}

/** Archived issues drop out of searches and refuse edits; reads by id still work. */
export function archiveIssue(world: World, issue: Issue): void {
  setState(world, issue, { ...issue.state, archived: true });
}

export function unarchiveIssue(world: World, issue: Issue): void {
  setState(world, issue, { ...issue.state, archived: false });
}

/** A copy with the labels and the fields, without properties, comments and remote links. */
export function cloneIssue(world: World, actor: User, issue: Issue): Issue {
  const { state } = issue;
  const clone = createIssue(world, actor, {
    projectId: state.projectId,
    issueTypeId: state.issueTypeId,
    summary: `CLONE - ${state.summary}`.slice(0, 255),
    description: state.description,
    environment: state.environment,
    priorityId: state.priorityId,
    labels: state.labels,
    duedate: state.duedate,
    assigneeId: state.assigneeId,
    parentId: state.parentId,
    componentIds: state.componentIds,
    custom: state.custom,
  });
  const type = world.linkTypes.find(({ name }) => name === "Cloners");
  if (type !== undefined) {
    const ends = { inwardIssueId: clone.id, outwardIssueId: issue.id };
    linkIssues(world, actor, { typeId: type.id, ...ends });
  }
  return clone;
}

/** Links two issues and gives the link. */
export function linkIssues(world: World, actor: User, draft: Omit<IssueLink, "id">): IssueLink {
  const link = { id: nextId(world, "link", 10_200), ...draft };
  world.links.push(link);
  const issue = world.issues.get(draft.inwardIssueId);
  if (issue !== undefined) {
    tell(world, actor, issue, { what: "issuelink_created", link });
  }
  return link;
}

export function unlinkIssues(world: World, actor: User, link: IssueLink): void {
  world.links.splice(world.links.indexOf(link), 1);
  const issue = world.issues.get(link.inwardIssueId);
  if (issue !== undefined) {
    tell(world, actor, issue, { what: "issuelink_deleted", link });
  }
}

/** Takes an issue from somebody's sight, as a security level does: 404 from then on. */
export function hideIssue(issue: Issue, user: User): void {
  issue.hiddenFrom.add(user.accountId);
}

export function showIssue(issue: Issue, user: User): void {
  issue.hiddenFrom.delete(user.accountId);
}

/** The state of which searches know now; undefined while it has not been indexed at all. */
export function indexedState(world: World, issue: Issue): IssueState | undefined {
  const nowMs = world.clock.now().getTime();
  return issue.indexed.findLast(({ visibleAtMs }) => visibleAtMs <= nowMs)?.state;
}

/** Puts a new state on an issue; searches see it only after the lag. */
function setState(world: World, issue: Issue, state: IssueState): void {
  const { settings, clock, random } = world;
  const nowMs = clock.now().getTime();
  const lagMs = settings.searchLagMs + random.next() * settings.searchLagJitterMs;
  const lastMs = issue.indexed.at(-1)?.visibleAtMs ?? 0;
  issue.state = state;
  issue.indexed.push({ visibleAtMs: Math.max(nowMs + lagMs, lastMs), state });
  const visible = issue.indexed.findLastIndex(({ visibleAtMs }) => visibleAtMs <= nowMs);
  issue.indexed.splice(0, Math.max(visible, 0));
}

/** Puts the new state on the issue with its history; undefined when nothing differs. */
function change(
  world: World,
  actor: User,
  issue: Issue,
  next: IssueState,
): readonly ChangeItem[] | undefined {
  const at = world.clock.now();
  const isResolved = next.resolutionId !== null;
  const resolvedAt = isResolved ? (issue.state.resolvedAt ?? at) : null;
  const items = changeItems(world, issue.state, next);
  if (items.length === 0) {
    return undefined;
  }
  setState(world, issue, { ...next, resolvedAt, updatedAt: at });
  issue.history.push({ id: nextId(world, "changelog"), items, authorId: actor.accountId, at });
  return items;
}

function patched(state: IssueState, patch: Partial<EditableFields>): IssueState {
  const { custom, labels, ...rest } = patch;
  return {
    ...state,
    ...rest,
    ...(labels === undefined ? {} : { labels: sortedLabels(labels) }),
    custom: { ...state.custom, ...custom },
  };
}

/** A comment moves `updated`. */
function touch(world: World, issue: Issue): void {
  setState(world, issue, { ...issue.state, updatedAt: world.clock.now() });
}

function tellUpdate(world: World, actor: User, issue: Issue, eventTypeName: string): void {
  const last = issue.history.at(-1);
  const changelog = last === undefined ? {} : { changelog: { id: last.id, items: last.items } };
  tell(world, actor, issue, { what: "jira:issue_updated", eventTypeName, ...changelog });
}

function tell(
  world: World,
  actor: User,
  issue: Issue,
  said: Pick<Change, "what"> & Partial<Change>,
): void {
  world.emit({ state: issue.state, ...said, actor, at: world.clock.now(), issue });
}

function takeKey(project: Project): string {
  project.lastNumber += 1;
  return `${project.key}-${project.lastNumber}`;
}

/** Labels come back sorted and without doubles. */
function sortedLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)].toSorted();
}

function statusIn(world: World, target: Project, statusId: string): string {
  const { statusIds, initialStatusId } = target.workflow;
  const { categoryKey } = getStatus(world, statusId);
  const alike = statusIds.find((id) => getStatus(world, id).categoryKey === categoryKey);
  return statusIds.includes(statusId) ? statusId : (alike ?? initialStatusId);
}
