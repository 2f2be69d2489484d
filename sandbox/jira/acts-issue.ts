/** What people, automation and other apps do to an issue. */

import { z } from "zod";
import { documentOf } from "./adf.ts";
import {
  getCustomField,
  getIssue,
  getIssueType,
  getPriority,
  getProject,
  getResolution,
  getStatus,
  getUser,
  projectOf,
  transitionsFrom,
} from "./find.ts";
import type { EditableFields, Issue, Project, Transition, User, World } from "./model.ts";
import { refusalOf } from "./validators.ts";
import * as changes from "./world.ts";

const name = z.string().min(1);
/** By id or key. */
const issue = name;
/** A person or an app, by name, e-mail address or account id. Absent: the first person of Acme. */
const by = name.optional();
const day = z.iso.date().nullable().optional();
/** By id or name → the value as the API takes it; an option is its id. */
const custom = z.record(z.string(), z.unknown()).optional();

const CreateIssue = z.object({
  do: z.literal("createIssue"),
  by,
  project: name,
  /** Absent: the first of the project. */
  type: name.optional(),
  summary: name.max(255),
  description: z.string().optional(),
  priority: name.optional(),
  labels: z.array(name).default([]),
  duedate: day,
  assignee: name.optional(),
  parent: issue.optional(),
  custom,
});

const DragCard = z.object({
  do: z.literal("transition"),
  by,
  issue,
  /** The status where the card is dropped, or the name or id of the transition. */
  to: name,
  /** What the transition's screen is filled with. Absent: its first choice, where it asks for one. */
  resolution: name.optional(),
  assignee: name.optional(),
  duedate: day,
  /** Whatever the workflow says, as an administrator's script. */
  force: z.boolean().default(false),
});

const Edit = z.object({
  do: z.literal("edit"),
  by,
  issue,
  summary: name.max(255).optional(),
  description: z.string().nullable().optional(),
  duedate: day,
  priority: name.nullable().optional(),
  type: name.optional(),
  parent: issue.nullable().optional(),
  /** Replaces all; the other two add to and take from what there is. */
  labels: z.array(name).optional(),
  addLabels: z.array(name).default([]),
  removeLabels: z.array(name).default([]),
  custom,
});

export const issueActs = [
  CreateIssue,
  DragCard,
  Edit,
  z.object({ do: z.literal("assign"), by, issue, to: name }),
  z.object({ do: z.literal("unassign"), by, issue }),
  z.object({ do: z.literal("comment"), by, issue, text: name }),
  z.object({ do: z.literal("setResolution"), by, issue, resolution: name.nullable() }),
  z.object({ do: z.literal("move"), by, issue, project: name }),
  /** Labels come along, properties do not. */
  z.object({ do: z.literal("clone"), by, issue }),
  z.object({ do: z.literal("archive"), by, issue }),
  z.object({ do: z.literal("restore"), by, issue }),
  /** For good. */
  z.object({ do: z.literal("delete"), by, issue }),
  /** As another app would; `by` is then absent, and automation writes it. */
  z.object({ do: z.literal("setProperty"), by, issue, key: name.max(255), value: z.unknown() }),
  z.object({ do: z.literal("deleteProperty"), by, issue, key: name }),
] as const;

type IssueAct = z.infer<(typeof issueActs)[number]>;
/** All but the create, which has no issue yet. */
export type ActOnIssue = Exclude<IssueAct, { do: "createIssue" }>;
type ActOf<Name extends IssueAct["do"]> = Extract<IssueAct, { do: Name }>;

interface Done {
  /** The issue that it was about, or that it made. */
  readonly issue: Issue;
  readonly commentId?: string;
}

/** Does one act to an issue. A RangeError when there is no such thing or way. */
export function actOnIssue(world: World, actor: User, one: ActOnIssue): Done {
  const subject = getIssue(world, one.issue);
  switch (one.do) {
    case "transition":
      drag(world, actor, subject, one);
      break;
    case "edit":
      changes.editFields(world, actor, subject, patchOf(world, subject, one));
      break;
    case "assign":
      changes.assign(world, actor, subject, getUser(world, one.to).accountId);
      break;
    case "unassign":
      changes.assign(world, actor, subject, null);
      break;
    case "comment": {
      const body = documentOf(one.text);
      return { issue: subject, commentId: changes.addComment(world, actor, subject, { body }).id };
    }
    case "setResolution": {
      const { resolution } = one;
      const resolutionId = resolution === null ? null : getResolution(world, resolution).id;
      changes.editFields(world, actor, subject, { resolutionId });
      break;
    }
    case "move":
      changes.moveIssue(world, actor, subject, getProject(world, one.project));
      break;
    case "clone":
      return { issue: changes.cloneIssue(world, actor, subject) };
    case "delete":
      changes.deleteIssue(world, actor, subject);
      break;
    case "setProperty":
    case "deleteProperty":
      changeProperty(world, one.by === undefined ? world.automation : actor, subject, one);
      break;
    case "archive":
      changes.archiveIssue(world, subject);
      break;
    case "restore":
      changes.unarchiveIssue(world, subject);
      break;
  }
  return { issue: subject };
}

function changeProperty(
  world: World,
  actor: User,
  subject: Issue,
  one: ActOf<"setProperty" | "deleteProperty">,
): void {
  if (one.do === "deleteProperty") {
    changes.deleteProperty(world, actor, subject, one.key);
  } else {
    changes.setProperty(world, actor, subject, { key: one.key, value: one.value });
  }
}

/** Makes an issue as a person does in the browser. */
export function createByHand(world: World, actor: User, one: ActOf<"createIssue">): Issue {
  const project = getProject(world, one.project);
  const type = one.type === undefined ? project.issueTypes[0] : getIssueType(project, one.type);
  if (type === undefined) {
    throw new RangeError(`the project "${project.key}" has no issue type`);
  }
  const { assignee, parent, description, priority, duedate } = one;
  return changes.createIssue(world, actor, {
    projectId: project.id,
    issueTypeId: type.id,
    summary: one.summary,
    labels: one.labels,
    description: description === undefined ? null : documentOf(description),
    priorityId: priority === undefined ? defaultPriority(project) : getPriority(world, priority).id,
    duedate: duedate ?? null,
    assigneeId:
      assignee === undefined ? project.defaultAssigneeId : getUser(world, assignee).accountId,
    parentId: parent === undefined ? null : getIssue(world, parent).id,
    custom: customOf(world, one.custom),
  });
}

/** What the form is filled with; a project without the field has none. */
function defaultPriority({ createScreen, defaults }: Project): string | null {
  const id = defaults.get("priority");
  return createScreen.has("priority") && typeof id === "string" ? id : null;
}

function customOf(world: World, said: ActOf<"edit">["custom"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(said ?? {}).map(([field, value]) => [getCustomField(world, field).id, value]),
  );
}

function patchOf(world: World, subject: Issue, one: ActOf<"edit">): Partial<EditableFields> {
  const { summary, description, duedate, priority, type, parent } = one;
  const given = one.labels ?? subject.state.labels;
  const labels = [...given, ...one.addLabels].filter((label) => !one.removeLabels.includes(label));
  const project = projectOf(world, subject.state);
  return {
    labels,
    ...(summary === undefined ? {} : { summary }),
    ...(duedate === undefined ? {} : { duedate }),
    ...(type === undefined ? {} : { issueTypeId: getIssueType(project, type).id }),
    ...(description === undefined
      ? {}
      : { description: description === null ? null : documentOf(description) }),
    ...(priority === undefined
      ? {}
      : { priorityId: priority === null ? null : getPriority(world, priority).id }),
    ...(parent === undefined
      ? {}
      : { parentId: parent === null ? null : getIssue(world, parent).id }),
    custom: customOf(world, one.custom),
  };
}

/** Drags a card. Without `force` only where the workflow has a way, as for anybody. */
function drag(world: World, actor: User, subject: Issue, one: ActOf<"transition">): void {
  if (one.force) {
    const status = [...world.statuses.values()].find(({ id, name: called }) =>
      [id, called].includes(one.to),
    );
    if (status === undefined) {
      throw new RangeError(`there is no status "${one.to}" in the sandbox`);
    }
    changes.forceStatus(world, actor, subject, status.id);
    return;
  }
  const through = wayTo(world, subject, one.to);
  const fields = screenOf(world, through, one);
  const attempt = { after: { ...subject.state, ...fields }, hasComment: false };
  const refusal = refusalOf(through, attempt);
  if (refusal !== undefined) {
    throw new RangeError(refusal);
  }
  changes.transition(world, actor, subject, { through, fields });
}

function wayTo(world: World, subject: Issue, to: string): Transition {
  const open = transitionsFrom(world, subject.state).filter(({ isAvailable }) => isAvailable);
  function isCalled(...names: readonly string[]): boolean {
    return names.some((one) => one.toLowerCase() === to.toLowerCase());
  }
  const found =
    open.find(({ toStatusId }) => isCalled(getStatus(world, toStatusId).name, toStatusId)) ??
    open.find(({ id, name: called }) => isCalled(called, id));
  if (found === undefined) {
    const from = getStatus(world, subject.state.statusId).name;
    throw new RangeError(`no transition leads ${subject.state.key} from "${from}" to "${to}"`);
  }
  return found;
}

function screenOf(
  world: World,
  { screen }: Transition,
  one: ActOf<"transition">,
): Partial<EditableFields> {
  const { resolution, assignee, duedate } = one;
  const asksForResolution = screen.some(({ fieldId }) => fieldId === "resolution");
  const chosen =
    resolution === undefined
      ? asksForResolution && world.resolutions[0]
      : getResolution(world, resolution);
  return {
    ...(chosen === false || chosen === undefined ? {} : { resolutionId: chosen.id }),
    ...(assignee === undefined ? {} : { assigneeId: getUser(world, assignee).accountId }),
    ...(duedate === undefined ? {} : { duedate }),
  };
}
