/** Webhook bodies: the data of each kind of event, and the envelope around it. */

import type { Incident, Note, Reference } from "./model.ts";
import {
  api,
  incidentReference,
  incidentUrl,
  policyReference,
  priorityReference,
  serviceReference,
  teamReference,
  userReference,
} from "./references.ts";
import { formatUtc } from "./time.ts";
import {
  getPolicy,
  getPriority,
  getService,
  getUser,
  type World,
  type WorldEvent,
} from "./world.ts";

/** Longer notes and status updates arrive cut, with `trimmed: true`. */
export const textMax = 40_000;

/** The incident as it stands now; it is not rendered again when the webhook is delivered. */
export function incidentData(world: World, incident: Incident): Record<string, unknown> {
  const { id, priorityId } = incident;
  const service = getService(world, incident.serviceId);
  return {
    id,
    type: "incident",
    self: `${api}/incidents/${id}`,
    html_url: incidentUrl(id),
    number: incident.number,
    status: incident.status,
    incident_key: incident.incidentKey,
    created_at: formatUtc(incident.createdAt),
    reopened_at: incident.reopenedAt === null ? null : formatUtc(incident.reopenedAt),
    title: incident.title,
    service: serviceReference(service, "webhook"),
    assignees: incident.assignments.map(({ userId }) => userReference(getUser(world, userId))),
    escalation_policy: policyReference(getPolicy(world, incident.escalationPolicyId)),
    teams: teamsOf(world, incident),
    priority: priorityId === null ? null : priorityReference(getPriority(world, priorityId)),
    urgency: incident.urgency,
    conference_bridge: incident.conferenceBridge,
    resolve_reason: resolveReason(world, incident, "webhook"),
    incident_type: { name: "incident_default" },
  };
}

export function teamsOf(world: World, incident: Incident): Reference[] {
  const { teamIds } = getService(world, incident.serviceId);
  return world.account.teams.filter(({ id }) => teamIds.includes(id)).map(teamReference);
}

export function resolveReason(
  world: World,
  incident: Incident,
  from: "rest" | "webhook",
): Record<string, unknown> | null {
  const target = world.incidents.get(incident.mergedIntoId ?? "");
  return target === undefined
    ? null
    : { type: "merge_resolve_reason", incident: incidentReference(target, from) };
}

export function noteData(incident: Incident, note: Note): Record<string, unknown> {
  return {
    incident: incidentReference(incident, "webhook"),
    id: note.id,
    content: note.content.slice(0, textMax),
    trimmed: note.content.length > textMax,
    type: "incident_note",
  };
}

/** The whole body: compact JSON on one line. */
export function webhookBody(id: string, event: WorldEvent): string {
  return JSON.stringify({
    event: {
      id,
      event_type: event.type,
      resource_type: event.resourceType,
      occurred_at: event.occurredAt.toISOString(),
      agent: event.agent,
      client: null,
      data: event.data,
    },
  });
}
