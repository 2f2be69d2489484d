/** Writing over REST: incidents, notes, status updates. Every write needs a known From. */

import { z } from "zod";
import type { Answer, Route, SandboxRequest } from "../core/router.ts";
import * as changes from "./changes.ts";
import * as lifecycle from "./lifecycle.ts";
import type { Incident, Note, User } from "./model.ts";
import { person } from "./record.ts";
import { renderIncident, renderNote } from "./render.ts";
import { invalid, notFound, requestedIncident, requester } from "./rest.ts";
import { statusUpdate } from "./talk.ts";
import type { World } from "./world.ts";

const noteMax = 65_535;
const notesPerIncidentMax = 2_000;

const id = z.object({ id: z.string() });
const NewNote = z.object({ note: z.object({ content: z.string().min(1).max(noteMax) }) });
const NewStatusUpdate = z.object({ message: z.string().min(1) });
const NewIncident = z.object({
  incident: z.object({
    type: z.literal("incident"),
    title: z.string().min(1).max(255),
    service: id,
    priority: id.nullish(),
    urgency: z.enum(["high", "low"]).default("high"),
    incident_key: z.string().optional(),
    body: z.object({ details: z.string().optional() }).optional(),
    assignments: z.array(z.object({ assignee: id })).optional(),
  }),
});
const ChangedIncident = z.object({
  incident: z.object({
    type: z.enum(["incident", "incident_reference"]),
    status: z.enum(["acknowledged", "resolved", "triggered"]).optional(),
    priority: id.nullish(),
    resolution: z.string().optional(),
    title: z.string().min(1).max(255).optional(),
    urgency: z.enum(["high", "low"]).optional(),
    escalation_policy: id.optional(),
    assignments: z
      .array(z.object({ assignee: id }))
      .min(1)
      .optional(),
  }),
});
const Snooze = z.object({ duration: z.number().int().min(1).max(604_800) });
const Merge = z.object({ source_incidents: z.array(id).min(1) });

export function writeRoutes(world: World): Route[] {
  const routes: readonly (readonly [string, string, (request: SandboxRequest) => Answer])[] = [
    ["POST", "/incidents", (request) => createIncident(world, request)],
    ["PUT", "/incidents/:id", (request) => changeIncident(world, request)],
    ["PUT", "/incidents/:id/merge", (request) => mergeIncidents(world, request)],
    ["POST", "/incidents/:id/snooze", (request) => snooze(world, request)],
    ["POST", "/incidents/:id/notes", (request) => createNote(world, request)],
    ["PUT", "/incidents/:id/notes/:note_id", (request) => changeNote(world, request)],
    ["DELETE", "/incidents/:id/notes/:note_id", (request) => deleteNote(world, request)],
    ["POST", "/incidents/:id/status_updates", (request) => publish(world, request)],
  ];
  return routes.map(([method, path, handle]) => ({ method, path, handle }));
}

/** The body as `schema` wants it; 400 with code 2001 and the reasons when it is not. */
export function parseBody<T extends z.ZodType>(schema: T, request: SandboxRequest): z.infer<T> {
  const parsed = schema.safeParse(request.body ?? {});
  return parsed.success
    ? parsed.data
    : invalid(...parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
}

function createIncident(world: World, request: SandboxRequest): Answer {
  const by = requester(world, request);
  const { incident: draft } = parseBody(NewIncident, request);
  const service = world.account.services.find((one) => one.id === draft.service.id);
  const key = draft.incident_key;
  const isOpen = [...world.incidents.values()].some(
    (one) => key !== undefined && one.incidentKey === key && one.status !== "resolved",
  );
  if (isOpen) {
    invalid("Open incident with matching dedup key already exists on this service");
  }
  const incident = lifecycle.trigger(
    world,
    {
      title: draft.title,
      service: service ?? invalid("Service not found"),
      urgency: draft.urgency,
      by,
      assignees: draft.assignments?.map(({ assignee }) => userOf(world, assignee.id)),
      priorityId: draft.priority?.id,
      incidentKey: key,
      details: draft.body?.details,
    },
    world.clock.now(),
  );
  return { status: 201, body: { incident: renderIncident(world, incident, new Set()) } };
}

function changeIncident(world: World, request: SandboxRequest): Answer {
  const by = requester(world, request);
  const incident = requestedIncident(world, request);
  const { incident: wanted } = parseBody(ChangedIncident, request);
  const base = { by, at: world.clock.now() };
  if (wanted.title !== undefined && wanted.title !== incident.title) {
    changes.changeTitle(world, incident, { ...base, to: wanted.title });
  }
  if (wanted.urgency !== undefined && wanted.urgency !== incident.urgency) {
    changes.changeUrgency(world, incident, { ...base, to: wanted.urgency });
  }
  if (wanted.priority !== undefined && wanted.priority?.id !== incident.priorityId) {
    const to = world.account.priorities.find((one) => one.id === wanted.priority?.id);
    if (wanted.priority !== null && to === undefined) {
      invalid("Priority not found");
    }
    changes.setPriority(world, incident, { ...base, to: to ?? null });
  }
  if (wanted.escalation_policy !== undefined) {
    const policyId = wanted.escalation_policy.id;
    const to = world.account.policies.find((one) => one.id === policyId);
    changes.delegate(world, incident, { ...base, to: to ?? invalid("Policy not found") });
  }
  if (wanted.assignments !== undefined) {
    const to = wanted.assignments.map(({ assignee }) => userOf(world, assignee.id));
    changes.reassign(world, incident, { ...base, to });
  }
  changeStatus(world, incident, { ...base, ...wanted });
  return { status: 200, body: { incident: renderIncident(world, incident, new Set()) } };
}

interface WantedStatus {
  readonly by: User;
  readonly at: Date;
  readonly status?: Incident["status"] | undefined;
  readonly resolution?: string | undefined;
}

function changeStatus(world: World, incident: Incident, wanted: WantedStatus): void {
  const { by, at, status, resolution: note } = wanted;
  const before = incident.status;
  if (status === undefined || status === before) {
    return;
  }
  const actor = person(by);
  if (status === "resolved") {
    lifecycle.resolve(world, incident, { actor, at, note, noteAt: "entry" });
  } else if (before === "resolved" && status === "triggered") {
    lifecycle.reopen(world, incident, { actor, at });
  } else if (status === "triggered") {
    changes.unacknowledge(world, incident, { actor, at });
  } else if (before === "resolved") {
    invalid("Incident Already Resolved");
  } else {
    changes.acknowledge(world, incident, { by, at });
  }
}

function mergeIncidents(world: World, request: SandboxRequest): Answer {
  const by = requester(world, request);
  const target = requestedIncident(world, request);
  const actor = person(by);
  const sources = parseBody(Merge, request).source_incidents.map(
    (source) => world.incidents.get(source.id) ?? invalid("Incident not found"),
  );
  for (const source of sources) {
    lifecycle.merge(world, { source, target }, { actor, at: world.clock.now() });
  }
  return { status: 200, body: { incident: renderIncident(world, target, new Set()) } };
}

function snooze(world: World, request: SandboxRequest): Answer {
  const by = requester(world, request);
  const incident = requestedIncident(world, request);
  const { duration: durationS } = parseBody(Snooze, request);
  changes.snooze(world, incident, { by, at: world.clock.now(), durationS });
  return { status: 201, body: { incident: renderIncident(world, incident, new Set()) } };
}

function createNote(world: World, request: SandboxRequest): Answer {
  const user = requester(world, request);
  const incident = requestedIncident(world, request);
  const { content } = parseBody(NewNote, request).note;
  const count = world.notes.filter(({ incidentId }) => incidentId === incident.id).length;
  if (count >= notesPerIncidentMax) {
    invalid(`An incident takes ${notesPerIncidentMax} notes at most`);
  }
  const noteId = lifecycle.addNote(world, incident, { content, user, at: world.clock.now() });
  return answerNote(world, noteId);
}

function changeNote(world: World, request: SandboxRequest): Answer {
  requester(world, request);
  const note = requestedNote(world, request);
  note.content = parseBody(NewNote, request).note.content;
  note.updatedAt = world.clock.now();
  return answerNote(world, note.id);
}

function deleteNote(world: World, request: SandboxRequest): Answer {
  requester(world, request);
  world.notes.splice(world.notes.indexOf(requestedNote(world, request)), 1);
  return { status: 204 };
}

function requestedNote(world: World, request: SandboxRequest): Note {
  const incident = requestedIncident(world, request);
  const wanted = request.params["note_id"];
  const found = world.notes.find((one) => one.incidentId === incident.id && one.id === wanted);
  return found ?? notFound();
}

function answerNote(world: World, noteId: string): Answer {
  const note = world.notes.find((one) => one.id === noteId) ?? notFound();
  return { status: 200, body: { note: renderNote(world, note) } };
}

function publish(world: World, request: SandboxRequest): Answer {
  const by = requester(world, request);
  const incident = requestedIncident(world, request);
  const { message } = parseBody(NewStatusUpdate, request);
  const at = world.clock.now();
  return {
    status: 200,
    body: { status_update: statusUpdate(world, incident, { by, at, message }) },
  };
}

function userOf(world: World, userId: string): User {
  const user = world.account.users.get(userId);
  return user === undefined || user.deleted ? invalid("User not found") : user;
}
