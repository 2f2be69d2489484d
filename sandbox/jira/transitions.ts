/** The transitions that an issue offers its caller, and going through one. */

import { setTimeout as sleepReal } from "node:timers/promises";
import type { Answer } from "../core/router.ts";
import { isFields } from "./adf.ts";
import { refuse, refuseFields } from "./errors.ts";
import { isSet, readInput } from "./field-input.ts";
import { fieldMeta, fieldName } from "./field-meta.ts";
import { getStatus, may, projectOf, transitionsFrom } from "./find.ts";
import type { EditableFields, Fields, Issue, Transition, User, World } from "./model.ts";
import { renderStatus, type Rendering } from "./render.ts";
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
import { commentIn, requireNotArchived } from "./edit-rules.ts";
import { readComment } from "./routes-comments.ts";
import { refusalOf } from "./validators.ts";
import { addComment, transition } from "./world.ts";

/** GET, POST issue/{id}/transitions. */
export function transitionHandlers({ world }: Api): CallHandler[] {
  const path = "/issue/:issueIdOrKey/transitions";
  // Issues that a transition holds right now.
  const held = new Set<string>();
  return [
    { method: "GET", path, isOpen: true, handle: (call) => listTransitions(world, call) },
    { method: "POST", path, handle: (call) => holding(world, held, call) },
  ];
}

function listTransitions(world: World, call: Call): Answer {
  const issue = requestedIssue(world, call);
  const { user } = call;
  const only = call.request.query.get("transitionId");
  const withFields = (listParameter(call, "expand") ?? []).includes("transitions.fields");
  const offered = offeredTo(world, issue, user).filter(({ id }) => only === null || id === only);
  const transitions = offered.map((one) => {
    const fields = withFields ? { fields: screenOf(inV3(world), issue, user, one) } : {};
    return { ...renderTransition(inV3(world), issue, one), ...fields };
  });
  return { status: 200, body: { expand: "transitions", transitions } };
}

/** Nothing without the permission. */
function offeredTo(world: World, issue: Issue, user: User | undefined): readonly Transition[] {
  const project = projectOf(world, issue.state);
  return may(user, "TRANSITION_ISSUES", project) ? transitionsFrom(world, issue.state) : [];
}

function renderTransition(rendering: Rendering, issue: Issue, one: Transition): Fields {
  return {
    id: one.id,
    name: one.name,
    to: renderStatus(rendering, getStatus(rendering.world, one.toStatusId)),
    hasScreen: one.screen.length > 0,
    isGlobal: one.from === "any",
    isInitial: false,
    isAvailable: one.isAvailable,
    isConditional: false,
    isLooped: one.toStatusId === issue.state.statusId,
  };
}

/** The fields of the transition's screen. A validator's demands are not among them. */
function screenOf(
  rendering: Rendering,
  issue: Issue,
  user: User | undefined,
  { screen }: Transition,
): Fields {
  const scope = { project: projectOf(rendering.world, issue.state), type: undefined, user };
  return Object.fromEntries(
    screen.map(({ fieldId, required }) => [
      fieldId,
      fieldMeta(rendering, fieldId, scope, required),
    ]),
  );
}

/** Two at once on one issue: the later one gets 409. */
async function holding(world: World, held: Set<string>, call: Call): Promise<Answer> {
  const issue = requestedIssue(world, call);
  if (held.has(issue.id)) {
    const message = "The issue is being transitioned by another request. Please try again.";
    return refuse(409, message);
  }
  const { holdTransitionsMs } = world.settings;
  if (holdTransitionsMs === 0) {
    return goThrough(world, call, issue);
  }
  held.add(issue.id);
  try {
    await sleepReal(holdTransitionsMs);
    return goThrough(world, call, issue);
  } finally {
    held.delete(issue.id);
  }
}

function goThrough(world: World, call: Call, issue: Issue): Answer {
  const user = userOf(call);
  const body = bodyOf(call);
  const id = transitionIdIn(body) ?? refuse(400, "Missing 'transition' identifier");
  requireNotArchived(issue);
  const through =
    offeredTo(world, issue, user).find((one) => one.id === id && one.isAvailable) ??
    refuse(400, `Transition id '${id}' is not valid for this issue.`);
  const fields = readScreen(world, { user, issue, through, body });
  const draft = commentIn(body["update"]);
  const comment = draft === undefined ? undefined : readComment(draft);
  // A validator speaks last, and only with its administrator's sentence.
  const after = { ...issue.state, ...fields };
  const refusal = refusalOf(through, { after, hasComment: comment !== undefined });
  if (refusal !== undefined) {
    refuse(400, refusal);
  }
  transition(world, user, issue, { through, fields });
  if (comment !== undefined) {
    addComment(world, user, issue, comment);
  }
  return { status: 204 };
}

/** `transition: {id}`; the id may be a number. */
export function transitionIdIn(body: Fields): string | undefined {
  const { id } = isFields(body["transition"]) ? body["transition"] : {};
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

interface Attempt {
  readonly user: User;
  readonly issue: Issue;
  readonly through: Transition;
  readonly body: Fields;
}

/** What the request sets on the transition's screen; only what is on it can be set. */
function readScreen(
  world: World,
  { user, issue, through, body }: Attempt,
): Partial<EditableFields> {
  const project = projectOf(world, issue.state);
  const type = project.issueTypes.find(({ id }) => id === issue.state.issueTypeId);
  const screen = new Set(through.screen.map(({ fieldId }) => fieldId));
  const scope = { world, user, project, type, screen, state: issue.state };
  const { patch, errors, errorMessages } = readInput(scope, body["fields"], body["update"]);
  const after = { ...issue.state, ...patch };
  for (const { fieldId, required } of through.screen) {
    // What the issue has already satisfies the screen, except for the resolution of an open issue.
    if (required && !isSet(after, fieldId) && !(fieldId in errors)) {
      errors[fieldId] = `${fieldName(world, fieldId)} is required.`;
    }
  }
  if (Object.keys(errors).length > 0 || errorMessages.length > 0) {
    refuseFields(errors, errorMessages);
  }
  return patch;
}
