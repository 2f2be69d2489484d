/**
 * Things of the site as Jira writes them, in the words of REST v3 or of v2. Webhooks speak v2, where
 * rich text is plain text. `self` links point at the site whatever base URL was called.
 */

import { isFields, plainTextOf } from "./adf.ts";
import { childrenOf, findOption, getStatus, projectOf } from "./find.ts";
import type {
  CustomField,
  Fields,
  Issue,
  IssueState,
  IssueType,
  Priority,
  Project,
  Resolution,
  Status,
  StatusCategoryKey,
  User,
  World,
} from "./model.ts";
import { formatTime } from "./time.ts";

/** For whom it is written. */
export interface Rendering {
  readonly world: World;
  readonly api: 2 | 3;
  /** Rich text in v2, where it differs from plain text. */
  readonly textOf?: (document: Fields) => string;
}

/** The start of `self` links: "https://acme.atlassian.net/rest/api/3". */
export function selfBase({ world, api }: Rendering): string {
  return `${world.site.url}/rest/api/${api}`;
}

const sizes = ["48x48", "24x24", "16x16", "32x32"];

function avatars(url: string): Fields {
  return Object.fromEntries(sizes.map((size) => [size, `${url}?size=${size}`]));
}

/** A user as inside an issue: never with an e-mail address. */
export function renderUser(rendering: Rendering, user: User): Fields {
  const { accountId, displayName, active, timeZone, accountType } = user;
  return {
    self: `${selfBase(rendering)}/user?accountId=${encodeURIComponent(accountId)}`,
    accountId,
    avatarUrls: avatars(`${rendering.world.site.url}/avatars/${encodeURIComponent(accountId)}.png`),
    displayName,
    active,
    timeZone,
    accountType,
  };
}

/** A user as the user calls show it: with the address, unless it is hidden. */
export function renderUserWithEmail(rendering: Rendering, user: User): Fields {
  const isShown = !user.hidesEmail && user.accountType === "atlassian";
  const hidden = hiddenAddresses[rendering.world.settings.hiddenEmail];
  const address = isShown ? { emailAddress: user.email } : hidden;
  return { ...renderUser(rendering, user), ...address };
}

const hiddenAddresses: Readonly<Record<string, Fields>> = {
  absent: {},
  null: { emailAddress: null },
  empty: { emailAddress: "" },
};

const categories = {
  undefined: { id: 1, colorName: "medium-gray", en: "No Category", de: "Keine Kategorie" },
  new: { id: 2, colorName: "blue-gray", en: "To Do", de: "Zu erledigen" },
  done: { id: 3, colorName: "green", en: "Done", de: "Fertig" },
  indeterminate: { id: 4, colorName: "yellow", en: "In Progress", de: "In Arbeit" },
} as const;

export const categoryKeys: readonly StatusCategoryKey[] = [
  "undefined",
  "new",
  "indeterminate",
  "done",
];

export function renderCategory(rendering: Rendering, key: StatusCategoryKey): Fields {
  const { id, colorName, ...names } = categories[key];
  const name = names[rendering.world.settings.language];
  return { self: `${selfBase(rendering)}/statuscategory/${id}`, id, key, colorName, name };
}

export function renderStatus(rendering: Rendering, status: Status): Fields {
  const { id, name, projectId } = status;
  return {
    self: `${selfBase(rendering)}/status/${id}`,
    description: "",
    iconUrl: `${rendering.world.site.url}/`,
    name,
    id,
    statusCategory: renderCategory(rendering, status.categoryKey),
    ...(projectId === undefined ? {} : { scope: { type: "PROJECT", project: { id: projectId } } }),
  };
}

export function renderPriority(rendering: Rendering, priority: Priority): Fields {
  const { id, name } = priority;
  return {
    self: `${selfBase(rendering)}/priority/${id}`,
    iconUrl: `${rendering.world.site.url}/images/icons/priorities/${name.toLowerCase()}.svg`,
    name,
    id,
  };
}

export function renderResolution(rendering: Rendering, resolution: Resolution): Fields {
  const { id, name, description } = resolution;
  return { self: `${selfBase(rendering)}/resolution/${id}`, id, description, name };
}

export function renderIssueType(rendering: Rendering, type: IssueType, project?: Project): Fields {
  const { id, name, description, hierarchyLevel } = type;
  const base = selfBase(rendering);
  const isScoped = project?.style === "next-gen";
  return {
    self: `${base}/issuetype/${id}`,
    id,
    description,
    iconUrl: `${base}/universal_avatar/view/type/issuetype/avatar/10318?size=medium`,
    name,
    subtask: type.isSubtask,
    avatarId: 10_318,
    hierarchyLevel,
    ...(isScoped ? { scope: { type: "PROJECT", project: { id: project.id } } } : {}),
  };
}

/** A project as inside an issue. */
export function renderProject(rendering: Rendering, project: Project): Fields {
  const { id, key, name, style } = project;
  const base = selfBase(rendering);
  return {
    self: `${base}/project/${id}`,
    id,
    key,
    name,
    projectTypeKey: "software",
    simplified: style === "next-gen",
    avatarUrls: avatars(`${base}/universal_avatar/view/type/project/avatar/10400`),
  };
}

/** A custom field's value as reads show it; null where there is none. */
function renderCustom(rendering: Rendering, field: CustomField, value: unknown): unknown {
  if (value === undefined || value === null) {
    return null;
  }
  switch (field.type) {
    case "select": {
      const option = findOption(field, value);
      const self = `${selfBase(rendering)}/customFieldOption/${option?.id ?? ""}`;
      return option === undefined ? null : { self, value: option.value, id: option.id };
    }
    case "number":
      return Number(value);
    case "paragraph":
      return renderDocument(rendering, isFields(value) ? value : null);
    case "text":
    case "date":
      return value;
  }
}

/** Rich text: the document in v3, text in v2. */
function renderDocument(rendering: Rendering, document: Fields | null): unknown {
  if (document === null) {
    return null;
  }
  const { api, world, textOf = plainTextOf } = rendering;
  if (api === 2) {
    return textOf(document);
  }
  return world.settings.normalizesAdf ? normalized(document) : document;
}

/** As a document may come back: its blocks with a `localId`, its keys in another order. */
function normalized(document: Fields): Fields {
  const blocks = Array.isArray(document["content"]) ? document["content"].filter(isFields) : [];
  const content = blocks.map((block, index) => {
    const attrs = isFields(block["attrs"]) ? block["attrs"] : {};
    const localId = index.toString(16).padStart(12, "0");
    const { type, ...rest } = block;
    return type === "rule" ? block : { ...rest, attrs: { ...attrs, localId }, type };
  });
  return { version: 1, type: "doc", content };
}

/** All fields of an issue in this state, as one object. */
export function renderFields(rendering: Rendering, issue: Issue, state: IssueState): Fields {
  const { world } = rendering;
  const project = projectOf(world, state);
  const type = project.issueTypes.find(({ id }) => id === state.issueTypeId);
  const self = `${selfBase(rendering)}/issue/${state.key}`;
  const priority = world.priorities.find(({ id }) => id === state.priorityId);
  const resolution = world.resolutions.find(({ id }) => id === state.resolutionId);
  function user(accountId: string | null): Fields | null {
    const found = accountId === null ? undefined : world.users.get(accountId);
    return found === undefined ? null : renderUser(rendering, found);
  }
  return {
    ...times(world, state),
    issuetype: type === undefined ? null : renderIssueType(rendering, type, project),
    project: renderProject(rendering, project),
    fixVersions: [],
    resolution: resolution === undefined ? null : renderResolution(rendering, resolution),
    workratio: -1,
    watches: { self: `${self}/watchers`, watchCount: 1, isWatching: true },
    lastViewed: null,
    priority: priority === undefined ? null : renderPriority(rendering, priority),
    labels: state.labels,
    issuelinks: renderLinks(rendering, issue),
    assignee: user(state.assigneeId),
    status: renderStatus(rendering, getStatus(world, state.statusId)),
    components: renderComponents(rendering, project, state),
    description: renderDocument(rendering, state.description),
    timetracking: {},
    security: null,
    attachment: [],
    summary: state.summary,
    creator: user(state.creatorId),
    subtasks: childrenOf(world, issue)
      .filter((child) => isSubtaskIn(project, child))
      .map((child) => renderShort(rendering, child)),
    reporter: user(state.reporterId),
    environment: renderDocument(rendering, state.environment),
    duedate: state.duedate,
    votes: { self: `${self}/votes`, votes: 0, hasVoted: false },
    ...parentField(rendering, state),
    ...customFields(rendering, project, state),
  };
}

function times(world: World, state: IssueState): Fields {
  const { timeZone } = world.site;
  return {
    statuscategorychangedate: formatTime(state.statusChangedAt, timeZone),
    created: formatTime(state.createdAt, timeZone),
    updated: formatTime(state.updatedAt, timeZone),
    resolutiondate: state.resolvedAt === null ? null : formatTime(state.resolvedAt, timeZone),
  };
}

function isSubtaskIn(project: Project, { state }: Issue): boolean {
  return project.issueTypes.find(({ id }) => id === state.issueTypeId)?.isSubtask === true;
}

function renderComponents(rendering: Rendering, project: Project, state: IssueState): Fields[] {
  return project.components
    .filter(({ id }) => state.componentIds.includes(id))
    .map(({ id, name }) => ({ self: `${selfBase(rendering)}/component/${id}`, id, name }));
}

/** `parent` is missing, not null, where there is none. */
function parentField(rendering: Rendering, { parentId }: IssueState): Fields {
  const parent = parentId === null ? undefined : rendering.world.issues.get(parentId);
  return parent === undefined ? {} : { parent: renderShort(rendering, parent) };
}

function customFields(rendering: Rendering, project: Project, state: IssueState): Fields {
  const fields = [...rendering.world.customFields.values()].filter(
    ({ id }) => project.createScreen.has(id) || project.editScreen.has(id) || id in state.custom,
  );
  return Object.fromEntries(
    fields.map((field) => [field.id, renderCustom(rendering, field, state.custom[field.id])]),
  );
}

/** An issue inside another: its key and a few fields. */
function renderShort(rendering: Rendering, issue: Issue): Fields {
  const { world } = rendering;
  const { state } = issue;
  const project = projectOf(world, state);
  const type = project.issueTypes.find(({ id }) => id === state.issueTypeId);
  const priority = world.priorities.find(({ id }) => id === state.priorityId);
  return {
    id: issue.id,
    key: state.key,
    self: `${selfBase(rendering)}/issue/${issue.id}`,
    fields: {
      summary: state.summary,
      status: renderStatus(rendering, getStatus(world, state.statusId)),
      ...(priority === undefined ? {} : { priority: renderPriority(rendering, priority) }),
      ...(type === undefined ? {} : { issuetype: renderIssueType(rendering, type, project) }),
    },
  };
}

function renderLinks(rendering: Rendering, issue: Issue): Fields[] {
  const { world } = rendering;
  return world.links.flatMap(({ id, typeId, inwardIssueId, outwardIssueId }) => {
    const type = world.linkTypes.find((one) => one.id === typeId);
    const isInward = inwardIssueId === issue.id;
    const other = world.issues.get(isInward ? outwardIssueId : inwardIssueId);
    if (type === undefined || other === undefined || (!isInward && outwardIssueId !== issue.id)) {
      return [];
    }
    const base = selfBase(rendering);
    const side = isInward ? "outwardIssue" : "inwardIssue";
    return [
      {
        id,
        self: `${base}/issueLink/${id}`,
        type: { ...type, self: `${base}/issueLinkType/${type.id}` },
        [side]: renderShort(rendering, other),
      },
    ];
  });
}

export interface Wanted {
  /** Names, "*all", "*navigable" or "-name"; undefined: no `fields` in the answer. */
  readonly fields: readonly string[] | undefined;
  readonly properties: readonly string[];
}

/** An issue in a state, with the fields and properties that were asked for. */
export function renderIssue(
  rendering: Rendering,
  issue: Issue,
  state: IssueState,
  wanted: Wanted,
): Fields {
  const { fields, properties } = wanted;
  const asked = properties.filter((key) => issue.properties.has(key));
  return {
    expand: "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
    id: issue.id,
    self: `${selfBase(rendering)}/issue/${issue.id}`,
    key: state.key,
    ...(fields === undefined
      ? {}
      : { fields: pick(renderFieldsAndComments(rendering, issue, state), fields) }),
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(asked.map((key) => [key, issue.properties.get(key)])) }),
  };
}

function renderFieldsAndComments(rendering: Rendering, issue: Issue, state: IssueState): Fields {
  const comments = issue.comments.map((comment) => renderComment(rendering, issue, comment));
  const { length } = comments;
  const page = { comments, maxResults: length, total: length, startAt: 0 };
  return { ...renderFields(rendering, issue, state), comment: page };
}

/** Unknown names are left out without a word. */
function pick(all: Fields, wanted: readonly string[]): Fields {
  const isAll = wanted.includes("*all");
  const isNavigable = wanted.includes("*navigable") || wanted.every((one) => one.startsWith("-"));
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => {
      const isBase = isAll || (isNavigable && name !== "comment");
      return (isBase || wanted.includes(name)) && !wanted.includes(`-${name}`);
    }),
  );
}

/** A comment; its body is a document in v3, text in v2. */
export function renderComment(
  rendering: Rendering,
  issue: Issue,
  comment: Issue["comments"][number],
): Fields {
  const { world } = rendering;
  const author = world.users.get(comment.authorId);
  const updateAuthor = world.users.get(comment.updateAuthorId);
  return {
    self: `${selfBase(rendering)}/issue/${issue.id}/comment/${comment.id}`,
    id: comment.id,
    author: author === undefined ? null : renderUser(rendering, author),
    body: renderDocument(rendering, comment.body),
    updateAuthor: updateAuthor === undefined ? null : renderUser(rendering, updateAuthor),
    created: formatTime(comment.createdAt, world.site.timeZone),
    updated: formatTime(comment.updatedAt, world.site.timeZone),
    jsdPublic: true,
  };
}
