/** How an incident begins and ends: trigger, alerts, resolve, reopen, merge. */

import type { Alert, Incident, Service, User } from "./model.ts";
import {
  addLogEntry,
  automation,
  emitAbout,
  emitIncident,
  integration,
  notify,
  person,
  touch,
  type Actor,
} from "./record.ts";
import { alertReference, userReference } from "./references.ts";
import { noteData } from "./render-webhook.ts";
import { acknowledge } from "./changes.ts";
import {
  alertsOf,
  getPolicy,
  getService,
  getUser,
  nextIncidentNumber,
  type World,
} from "./world.ts";

export interface AlertDraft {
  readonly summary: string;
  readonly severity?: Alert["severity"] | undefined;
  readonly source?: string | undefined;
  readonly key?: string | undefined;
  readonly details?: Alert["details"] | undefined;
  readonly links?: readonly { readonly href: string; readonly text: string }[] | undefined;
}

export interface TriggerDraft {
  readonly title: string;
  readonly service: Service;
  readonly urgency: "high" | "low";
  /** A person, or the service's first integration when absent. */
  readonly by?: User | undefined;
  /** Absent: one like the title, unless a person triggers. */
  readonly alert?: AlertDraft | undefined;
  readonly assignees?: readonly User[] | undefined;
  readonly priorityId?: string | null | undefined;
  readonly incidentKey?: string | undefined;
  readonly details?: string | undefined;
}

/** Opens an incident, notifies its assignees and sends incident.triggered. */
export function trigger(world: World, draft: TriggerDraft, at: Date): Incident {
  const { service, by } = draft;
  const actor = by ? person(by) : integration(service, service.integrations[0]);
  const incident = openIncident(world, draft, { actor, at });
  world.incidents.set(incident.id, incident);
  const alert = draft.alert ?? (by ? undefined : { summary: draft.title });
  if (alert !== undefined) {
    addAlertTo(world, incident, { draft: alert, at });
  } else {
    addLogEntry(world, incident, {
      type: "trigger_log_entry",
      summary: "Triggered through the website",
      actor,
      at,
      channel: { type: "web_trigger", summary: draft.title },
      fullChannel: {
        type: "web_trigger",
        summary: draft.title,
        subject: draft.title,
        details: draft.details ?? "",
        details_omitted: false,
      },
      fields: { event_details: { description: draft.title } },
    });
  }
  incident.firstTriggerLogEntryId = world.logEntries.at(-1)?.id ?? "";
  const users = incident.assignments.map(({ userId }) => getUser(world, userId));
  addLogEntry(world, incident, {
    type: "assign_log_entry",
    summary: `Assigned to ${users.map(({ name }) => name).join(", ")}`,
    actor: by ? actor : automation(service, "auto"),
    at,
    fields: { assignees: users.map(userReference) },
  });
  notify(world, incident, {
    users,
    means: draft.urgency === "high" ? ["push", "sms"] : ["email"],
    at,
  });
  emitIncident(world, incident, { type: "incident.triggered", actor, at });
  acknowledgeOwn(world, incident, draft);
  return incident;
}

/** A person who assigns a new incident to himself has acknowledged it about 0.1 s later. */
function acknowledgeOwn(world: World, incident: Incident, { by, assignees }: TriggerDraft): void {
  if (by !== undefined && assignees?.length === 1 && assignees[0]?.id === by.id) {
    const at = new Date(incident.createdAt.getTime() + 132);
    acknowledge(world, incident, { by, at });
  }
}

function openIncident(
  world: World,
  draft: TriggerDraft,
  { actor, at }: { readonly actor: Actor; readonly at: Date },
): Incident {
  const { service } = draft;
  const onCall = getPolicy(world, service.escalationPolicyId).levels[0] ?? [];
  const assigned = draft.assignees?.map(({ id }) => id) ?? onCall;
  return {
    id: world.ids.long(),
    number: nextIncidentNumber(world),
    createdAt: at,
    // The key of an event stands on its alert; the incident of an event has none.
    incidentKey: draft.by ? (draft.incidentKey ?? world.ids.key()) : null,
    title: draft.title,
    status: "triggered",
    updatedAt: at,
    lastStatusChangeAt: at,
    lastStatusChangeBy: actor.user ? actor.inLog : automation(service, "auto").inLog,
    resolvedAt: null,
    reopenedAt: null,
    serviceId: service.id,
    escalationPolicyId: service.escalationPolicyId,
    escalationLevel: 0,
    assignments: assigned.map((userId) => ({ userId, at })),
    assignedVia: draft.assignees ? "direct_assignment" : "escalation_policy",
    acknowledgements: [],
    priorityId: draft.priorityId ?? null,
    urgency: draft.urgency,
    mergedIntoId: null,
    firstTriggerLogEntryId: "",
    conferenceBridge: null,
    snoozedUntil: null,
    responders: [],
  };
}

/** Adds an alert and its trigger entry. No webhook tells of an alert added to an open incident. */
export function addAlertTo(
  world: World,
  incident: Incident,
  { draft, at }: { readonly draft: AlertDraft; readonly at: Date },
): Alert {
  const service = getService(world, incident.serviceId);
  const source = service.integrations[0];
  const contexts = (draft.links ?? []).map((link) => ({ type: "link", ...link }));
  const alertKey = draft.key ?? world.ids.key();
  const details = draft.details ?? { service: service.name, source: draft.source ?? source.name };
  const entry = addLogEntry(world, incident, {
    type: "trigger_log_entry",
    summary: "Triggered through the API.",
    actor: integration(service, source),
    at,
    channel: { type: "api", summary: draft.summary },
    fullChannel: {
      type: "api",
      summary: draft.summary,
      incident_key: alertKey,
      client: source.name,
      details,
    },
    fields: { contexts, event_details: { description: draft.summary } },
  });
  const alert: Alert = {
    id: world.ids.long(),
    summary: draft.summary,
    alertKey,
    createdAt: at,
    severity: draft.severity === undefined ? "critical" : draft.severity,
    source: draft.source ?? source.name,
    details,
    contexts,
    serviceId: service.id,
    integrationId: source.id,
    firstTriggerLogEntryId: entry.id,
    incidentId: incident.id,
    status: "triggered",
    resolvedAt: null,
  };
  world.alerts.push(alert);
  return alert;
}

export interface Resolution {
  readonly actor: Actor;
  readonly at: Date;
  readonly note?: string | undefined;
  /** Where the note goes; the product writes it before or after, the REST call into the entry. */
  readonly noteAt?: "before" | "after" | "entry" | undefined;
}

/** Resolves an incident and its alerts; the note becomes a note of its own, or part of the entry. */
export function resolve(world: World, incident: Incident, resolution: Resolution): void {
  const { actor, at, note, noteAt = "after" } = resolution;
  const { user } = actor;
  if (note !== undefined && noteAt === "before" && user) {
    const earlier = new Date(at.getTime() - 1_000);
    addNote(world, incident, { content: `Resolution Note: ${note}`, user, at: earlier });
  }
  close(world, incident, { actor, at });
  const by = user?.name ?? (actor.channel["type"] === "timeout" ? "timeout" : "the API");
  addLogEntry(world, incident, {
    type: "resolve_log_entry",
    summary: user ? `Resolved by ${by}` : `Resolved through ${by}`,
    actor,
    at,
    fields: note !== undefined && noteAt === "entry" ? { note } : {},
  });
  emitIncident(world, incident, { type: "incident.resolved", actor, at });
  if (note !== undefined && noteAt === "after" && user) {
    const later = new Date(at.getTime() + 322);
    addNote(world, incident, { content: `Resolution Note: ${note}`, user, at: later });
  }
}

function close(
  world: World,
  incident: Incident,
  { actor, at }: { readonly actor: Actor; readonly at: Date },
): void {
  for (const alert of alertsOf(world, incident)) {
    if (alert.status === "triggered") {
      alert.status = "resolved";
      alert.resolvedAt = at;
    }
  }
  incident.status = "resolved";
  incident.resolvedAt = at;
  incident.assignments = [];
  incident.acknowledgements = [];
  incident.snoozedUntil = null;
  incident.lastStatusChangeAt = at;
  incident.lastStatusChangeBy = actor.user
    ? actor.inLog
    : automation(getService(world, incident.serviceId), "auto").inLog;
  touch(incident, at);
}

/** Opens a resolved incident again: same id, same created_at, reopened_at set. */
export function reopen(
  world: World,
  incident: Incident,
  by: { readonly actor: Actor; readonly at: Date },
): void {
  const { actor, at } = by;
  const [onCall = []] = getPolicy(world, incident.escalationPolicyId).levels;
  incident.status = "triggered";
  incident.resolvedAt = null;
  incident.reopenedAt = at;
  incident.mergedIntoId = null;
  incident.escalationLevel = 0;
  incident.assignments = onCall.map((userId) => ({ userId, at }));
  incident.lastStatusChangeAt = at;
  incident.lastStatusChangeBy = actor.inLog;
  const summary = `Reopened by ${actor.user?.name ?? "the API"}`;
  addLogEntry(world, incident, { type: "reopen_log_entry", summary, actor, at });
  emitIncident(world, incident, { type: "incident.reopened", actor, at });
}

/** Moves the alerts of `source` to `target` and resolves `source` with the merge as its reason. */
export function merge(
  world: World,
  { source, target }: { readonly source: Incident; readonly target: Incident },
  { actor, at }: { readonly actor: Actor; readonly at: Date },
): void {
  for (const alert of alertsOf(world, source)) {
    alert.incidentId = target.id;
    const linked_incident = alertReference(alert);
    const fields = { linked_incident };
    const summary = `Alert "${alert.summary}"`;
    addLogEntry(world, source, {
      type: "unlink_log_entry",
      summary: `${summary} unlinked`,
      actor,
      at,
      fields,
    });
    addLogEntry(world, target, {
      type: "link_log_entry",
      summary: `${summary} linked`,
      actor,
      at,
      fields,
    });
  }
  source.mergedIntoId = target.id;
  resolve(world, source, { actor, at });
}

/** Adds a note and sends incident.annotated. Resolved incidents take notes too. */
export function addNote(
  world: World,
  incident: Incident,
  { content, user, at }: { readonly content: string; readonly user: User; readonly at: Date },
): string {
  const note = {
    id: world.ids.short(),
    incidentId: incident.id,
    userId: user.id,
    createdAt: at,
    content,
    updatedAt: at,
  };
  world.notes.push(note);
  const actor = person(user);
  addLogEntry(world, incident, {
    type: "annotate_log_entry",
    summary: `Note added by ${user.name}`,
    actor,
    at,
    channel: { type: "note", summary: content },
  });
  emitAbout(world, incident, {
    type: "incident.annotated",
    actor,
    at,
    data: noteData(incident, note),
  });
  return note.id;
}
