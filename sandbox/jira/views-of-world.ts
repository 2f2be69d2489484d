/** The site as tests and the board look at it: everything of an issue in plain words, without REST. */

import { plainTextOf } from "./adf.ts";
import { getStatus, projectOf } from "./find.ts";
import type { Comment, Issue, RemoteLink, StatusCategoryKey, World } from "./model.ts";

export interface CommentView {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly createdAt: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface IssueView {
  readonly id: string;
  readonly key: string;
  /** Every key that it ever had, oldest first. */
  readonly keys: readonly string[];
  readonly project: string;
  readonly issueType: string;
  readonly summary: string;
  /** The plain text of the document. */
  readonly description: string;
  readonly status: {
    readonly id: string;
    readonly name: string;
    readonly category: StatusCategoryKey;
  };
  /** The name; null for an open issue, or one without. */
  readonly resolution: string | null;
  readonly priority: string | null;
  readonly labels: readonly string[];
  readonly duedate: string | null;
  readonly assignee: {
    readonly accountId: string;
    readonly name: string;
    readonly email: string;
  } | null;
  readonly reporter: string | null;
  readonly components: readonly string[];
  readonly custom: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly comments: readonly CommentView[];
  readonly remoteLinks: readonly RemoteLink[];
  readonly links: readonly {
    readonly type: string;
    readonly inward: string;
    readonly outward: string;
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deleted: boolean;
  readonly archived: boolean;
  /** How many changes it saw since the create. */
  readonly changes: number;
}

/** All issues, oldest first, the deleted ones included; of one project by key. */
export function viewIssues(world: World, projectKey?: string): IssueView[] {
  return [...world.issues.values()]
    .map((issue) => viewIssue(world, issue))
    .filter(({ project }) => projectKey === undefined || project === projectKey);
}

export function viewIssue(world: World, issue: Issue): IssueView {
  const { id, state } = issue;
  const project = projectOf(world, state);
  const status = getStatus(world, state.statusId);
  const assignee = world.users.get(state.assigneeId ?? "");
  return {
    id,
    key: state.key,
    keys: [...world.keys].filter(([, one]) => one === id).map(([key]) => key),
    project: project.key,
    issueType: nameOf(project.issueTypes, state.issueTypeId) ?? state.issueTypeId,
    summary: state.summary,
    description: plainTextOf(state.description),
    status: { id: status.id, name: status.name, category: status.categoryKey },
    resolution: nameOf(world.resolutions, state.resolutionId),
    priority: nameOf(world.priorities, state.priorityId),
    labels: state.labels,
    duedate: state.duedate,
    assignee:
      assignee === undefined
        ? null
        : { accountId: assignee.accountId, name: assignee.displayName, email: assignee.email },
    reporter: world.users.get(state.reporterId ?? "")?.displayName ?? null,
    components: state.componentIds.map((one) => nameOf(project.components, one) ?? one),
    custom: state.custom,
    properties: Object.fromEntries(issue.properties),
    comments: issue.comments.map((comment) => viewComment(world, comment)),
    remoteLinks: issue.remoteLinks.map((link) => ({ ...link })),
    links: linksOf(world, issue),
    createdAt: state.createdAt.toISOString(),
    updatedAt: state.updatedAt.toISOString(),
    deleted: state.deleted,
    archived: state.archived,
    changes: issue.history.length,
  };
}

function nameOf(
  all: readonly { readonly id: string; readonly name: string }[],
  id: string | null,
): string | null {
  return all.find((one) => one.id === id)?.name ?? null;
}

function viewComment(world: World, comment: Comment): CommentView {
  const { id, authorId, body, createdAt, properties } = comment;
  return {
    id,
    author: world.users.get(authorId)?.displayName ?? authorId,
    text: plainTextOf(body),
    createdAt: createdAt.toISOString(),
    properties: Object.fromEntries(properties),
  };
}

function linksOf(world: World, issue: Issue): IssueView["links"] {
  const mine = world.links.filter((one) =>
    [one.inwardIssueId, one.outwardIssueId].includes(issue.id),
  );
  return mine.map(({ typeId, inwardIssueId, outwardIssueId }) => ({
    type: nameOf(world.linkTypes, typeId) ?? typeId,
    inward: world.issues.get(inwardIssueId)?.state.key ?? inwardIssueId,
    outward: world.issues.get(outwardIssueId)?.state.key ?? outwardIssueId,
  }));
}
