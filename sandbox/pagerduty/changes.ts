/** What happens to an open incident: who has it, how bad it is, where it belongs. */

import type { EscalationPolicy, Incident, Priority, Service, User } from "./model.ts";
import {
  addLogEntry,
  automation,
  emitIncident,
  incidentOf,
  notify,
  person,
  type Actor,
} from "./record.ts";
import { emitAbout } from "./record.ts";
import {
  policyReference,
  priorityReference,
  serviceReference,
  userReference,
} from "./references.ts";
import { getPolicy, getPriority, getService, getUser, type World } from "./world.ts";

interface By {
  readonly by: User;
  readonly at: Date;
}

interface ByActor {
  readonly actor: Actor;
  readonly at: Date;
}

/** In seconds; an acknowledgement ends by itself after it. */
const acknowledgementTimeoutS = 1_800;

export function acknowledge(world: World, incident: Incident, { by, at }: By): void {
  const actor = person(by);
  incident.status = "acknowledged";
  incident.acknowledgements.push({ userId: by.id, at });
  changeStatus(incident, { actor, at });
  addLogEntry(world, incident, {
    type: "acknowledge_log_entry",
    summary: `Acknowledged by ${by.name}`,
    actor,
    at,
    fields: { acknowledgement_timeout: acknowledgementTimeoutS },
  });
  emitIncident(world, incident, { type: "incident.acknowledged", actor, at });
}

/** Ends the acknowledgement; an actor without a user stands for the timeout. */
export function unacknowledge(world: World, incident: Incident, { actor, at }: ByActor): void {
  incident.status = "triggered";
  incident.acknowledgements = [];
  incident.snoozedUntil = null;
  changeStatus(incident, { actor, at });
  const summary = actor.user
    ? `Unacknowledged by ${actor.user.name}`
    : "Unacknowledged due to timeout";
  addLogEntry(world, incident, { type: "unacknowledge_log_entry", summary, actor, at });
  emitIncident(world, incident, { type: "incident.unacknowledged", actor, at });
}

/** Goes to the next level of the policy, from the first again after the last. */
export function escalate(world: World, incident: Incident, { actor, at }: ByActor): void {
  const { levels } = getPolicy(world, incident.escalationPolicyId);
  incident.escalationLevel = (incident.escalationLevel + 1) % levels.length;
  const users = (levels[incident.escalationLevel] ?? []).map((id) => getUser(world, id));
  assign(incident, users, at);
  incident.assignedVia = "escalation_policy";
  const by = actor.user ? ` by ${actor.user.name}` : "";
  addLogEntry(world, incident, {
    type: "escalate_log_entry",
    summary: `Escalated to ${namesOf(users)}${by}`,
    actor,
    at,
    fields: { assignees: users.map(userReference) },
  });
  notify(world, incident, { users, means: ["push", "phone", "email"], at });
  emitIncident(world, incident, { type: "incident.escalated", actor, at });
}

export function reassign(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: readonly User[] },
): void {
  const actor = person(by);
  assign(incident, to, at);
  incident.assignedVia = "direct_assignment";
  addLogEntry(world, incident, {
    type: "assign_log_entry",
    summary: `Assigned to ${namesOf(to)} by ${by.name}`,
    actor,
    at,
    fields: { assignees: to.map(userReference) },
  });
  notify(world, incident, { users: to, means: ["push"], at });
  emitIncident(world, incident, { type: "incident.reassigned", actor, at });
}

/** Hands the incident to another escalation policy. */
export function delegate(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: EscalationPolicy },
): void {
  const actor = person(by);
  const users = (to.levels[0] ?? []).map((id) => getUser(world, id));
  incident.escalationPolicyId = to.id;
  incident.escalationLevel = 0;
  assign(incident, users, at);
  addLogEntry(world, incident, {
    type: "delegate_log_entry",
    summary: `Escalation policy changed to ${to.name} by ${by.name}`,
    actor,
    at,
    fields: { assignees: users.map(userReference) },
  });
  notify(world, incident, { users, means: ["push", "sms"], at });
  emitIncident(world, incident, { type: "incident.delegated", actor, at });
}

/** Sets, changes or (with null) clears the priority. The payload does not hold the old one. */
export function setPriority(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: Priority | null },
): void {
  const from = incident.priorityId === null ? null : getPriority(world, incident.priorityId);
  const actor = person(by);
  incident.priorityId = to?.id ?? null;
  addLogEntry(world, incident, {
    type: "priority_change_log_entry",
    summary: describeChange(from, to),
    actor,
    at,
    channel: {
      type: "website",
      old_priority: from && { ...priorityReference(from), name: from.name },
      new_priority: to && { ...priorityReference(to), name: to.name },
    },
  });
  emitIncident(world, incident, { type: "incident.priority_updated", actor, at });
}

function describeChange(from: Priority | null, to: Priority | null): string {
  if (from === null || to === null) {
    return to === null ? "Priority removed" : `Priority set to "${to.name}"`;
  }
  return `Priority changed from "${from.name}" to "${to.name}"`;
}

/** No webhook tells of it. */
export function changeUrgency(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: "high" | "low" },
): void {
  incident.urgency = to;
  const summary = `Urgency changed to ${to} by ${by.name}`;
  addLogEntry(world, incident, {
    type: "urgency_change_log_entry",
    summary,
    actor: person(by),
    at,
  });
}

/** No webhook tells of it. */
export function changeTitle(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: string },
): void {
  const old_value = incident.title;
  incident.title = to;
  addLogEntry(world, incident, {
    type: "field_value_change_log_entry",
    summary: `Title changed by ${by.name}`,
    actor: person(by),
    at,
    channel: {
      type: "website",
      changeset: { application_fields: [{ id: "title", name: "title", value: to, old_value }] },
    },
    fields: { changeset: [`Updated title to ${to}`] },
  });
}

/** Moves the incident to another service; subscriptions of the new one hear of it. */
export function moveService(
  world: World,
  incident: Incident,
  { by, at, to }: By & { readonly to: Service },
): void {
  const from = getService(world, incident.serviceId);
  const actor = person(by);
  incident.serviceId = to.id;
  addLogEntry(world, incident, {
    type: "service_change_log_entry",
    summary: `Service changed from ${from.name} to ${to.name}`,
    actor,
    at,
    // The vendor's own test data has no `type` in this channel.
    channel: { old_service: { ...serviceReference(from) } },
  });
  emitIncident(world, incident, { type: "incident.service_updated", actor, at });
}

/** Holds the incident back for `durationS`; a triggered one is acknowledged by it. */
export function snooze(
  world: World,
  incident: Incident,
  { by, at, durationS }: By & { readonly durationS: number },
): void {
  if (incident.status === "triggered") {
    acknowledge(world, incident, { by, at });
  }
  const until = new Date(at.getTime() + durationS * 1_000);
  incident.snoozedUntil = until;
  addLogEntry(world, incident, {
    type: "snooze_log_entry",
    summary: `Snoozed for ${durationS / 60} minutes by ${by.name}`,
    actor: person(by),
    at,
    channel: { type: "website", duration: durationS },
    fields: { changed_actions: [{ type: "unacknowledge", at: until.toISOString() }] },
  });
}

export function requestResponder(
  world: World,
  incident: Incident,
  request: By & { readonly responder: User; readonly message: string },
): void {
  const { by, at, responder, message } = request;
  const actor = person(by);
  incident.responders.push({
    userId: responder.id,
    requesterId: by.id,
    requestedAt: at,
    message,
    state: "pending",
    updatedAt: at,
  });
  addLogEntry(world, incident, {
    type: "responder_request_log_entry",
    summary: `${by.name} requested ${responder.name} to respond`,
    actor,
    at,
    fields: { responders: [{ user: userReference(responder) }] },
  });
  notify(world, incident, { users: [responder], means: ["push", "email"], at });
  emitAbout(world, incident, {
    type: "incident.responder.added",
    actor,
    at,
    data: {
      incident: incidentOf(incident),
      user: userReference(responder),
      escalation_policy: policyReference(getPolicy(world, incident.escalationPolicyId)),
      message,
      state: "pending",
      type: "incident_responder",
    },
  });
}

/** The webhook says "accepted" or "declined" where REST says "joined" or "declined". */
export function replyAsResponder(
  world: World,
  incident: Incident,
  { by, at, accepts }: By & { readonly accepts: boolean },
): void {
  const request = incident.responders.findLast(({ userId }) => userId === by.id);
  if (request === undefined) {
    throw new RangeError(`${by.name} was not requested as a responder`);
  }
  request.state = accepts ? "joined" : "declined";
  request.updatedAt = at;
  incident.updatedAt = at;
  emitAbout(world, incident, {
    type: "incident.responder.replied",
    actor: person(by),
    at,
    data: {
      incident: incidentOf(incident),
      user: userReference(by),
      escalation_policy: null,
      message: `${request.message}\n`,
      state: accepts ? "accepted" : "declined",
      type: "incident_responder",
    },
  });
}

/** What a timeout does, it does in the name of the service. */
export function timeoutOf(world: World, incident: Incident): Actor {
  return automation(getService(world, incident.serviceId), "timeout");
}

function assign(incident: Incident, users: readonly User[], at: Date): void {
  incident.assignments = users.map(({ id }) => ({ userId: id, at }));
}

function changeStatus(incident: Incident, { actor, at }: ByActor): void {
  incident.lastStatusChangeAt = at;
  incident.lastStatusChangeBy = actor.inLog;
}

function namesOf(users: readonly User[]): string {
  return users.map(({ name }) => name).join(", ");
}
