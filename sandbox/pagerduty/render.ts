/** REST answers: incidents, log entries, alerts, notes and the directory, with their includes. */

import type {
  Alert,
  ChangeEvent,
  Incident,
  LogEntry,
  Note,
  Priority,
  Service,
  Subscription,
  User,
} from "./model.ts";
import {
  alertReference,
  api,
  incidentReference,
  incidentUrl,
  integrationReference,
  policyReference,
  priorityReference,
  serviceReference,
  teamReference,
  triggerEntryReference,
  userReference,
  web,
} from "./references.ts";
import { resolveReason, teamsOf } from "./render-webhook.ts";
import { formatIn, formatUtc } from "./time.ts";
import { alertsOf, getPolicy, getPriority, getService, getUser, type World } from "./world.ts";

type Json = Record<string, unknown>;
export type Includes = ReadonlySet<string>;

const integrationType = "events_api_v2_inbound_integration_reference";
const accountCreatedAt = "2024-01-08T09:00:00Z";

/** `GET /incidents/{id}`; an include swaps a reference for the full object and its type. */
export function renderIncident(world: World, incident: Incident, includes: Includes): Json {
  const { id, number, title } = incident;
  const reference = incidentReference(incident);
  const service = getService(world, incident.serviceId);
  const policy = getPolicy(world, incident.escalationPolicyId);
  const base = { ...reference, type: "incident", incident_number: number, title };
  return {
    ...base,
    description: title,
    created_at: formatUtc(incident.createdAt),
    updated_at: formatUtc(incident.updatedAt),
    status: incident.status,
    incident_key: incident.incidentKey,
    service: includes.has("services") ? renderService(world, service) : serviceReference(service),
    ...renderPeople(world, incident, includes),
    last_status_change_at: formatUtc(incident.lastStatusChangeAt),
    last_status_change_by: incident.lastStatusChangeBy,
    resolved_at: incident.resolvedAt && formatUtc(incident.resolvedAt),
    ...(incident.reopenedAt ? { reopened_at: formatUtc(incident.reopenedAt) } : {}),
    first_trigger_log_entry: renderFirstEntry(world, incident, includes),
    alert_counts: countAlerts(alertsOf(world, incident)),
    is_mergeable: incident.status !== "resolved",
    incident_type: { name: "incident_default" },
    escalation_policy: includes.has("escalation_policies")
      ? { ...policyReference(policy), type: "escalation_policy", name: policy.name }
      : policyReference(policy),
    teams: teamsOf(world, incident).map((team) =>
      includes.has("teams") ? { ...team, type: "team", name: team.summary } : team,
    ),
    impacted_services: [serviceReference(service)],
    pending_actions: incident.snoozedUntil
      ? [{ type: "unacknowledge", at: formatUtc(incident.snoozedUntil) }]
      : [],
    basic_alert_grouping: null,
    alert_grouping: null,
    priority: renderPriorityOf(world, incident, includes),
    resolve_reason: resolveReason(world, incident, "rest"),
    ...(includes.has("conference_bridge") ? { conference_bridge: incident.conferenceBridge } : {}),
    ...(includes.has("custom_fields") ? { custom_fields: [] } : {}),
    ...renderResponders(world, incident),
    subscriber_requests: [],
    urgency: incident.urgency,
    id,
    html_url: incidentUrl(id),
  };
}

function renderPeople(world: World, incident: Incident, includes: Includes): Json {
  function show(userId: string, kind: string): unknown {
    const user = getUser(world, userId);
    const full = includes.has(kind) || includes.has("users");
    return full ? renderUser(world, user) : userReference(user);
  }
  return {
    assignments: incident.assignments.map(({ userId, at }) => ({
      at: formatUtc(at),
      assignee: show(userId, "assignees"),
    })),
    assigned_via: incident.assignedVia,
    acknowledgements: incident.acknowledgements.map(({ userId, at }) => ({
      at: formatUtc(at),
      acknowledger: show(userId, "acknowledgers"),
    })),
  };
}

function renderFirstEntry(world: World, incident: Incident, includes: Includes): unknown {
  const entry = world.logEntries.find(({ id }) => id === incident.firstTriggerLogEntryId);
  if (entry !== undefined && includes.has("first_trigger_log_entries")) {
    return renderLogEntry(world, entry, { timeZone: "UTC", includes: new Set(["channels"]) });
  }
  const owner = incidentUrl(incident.id);
  return triggerEntryReference(incident.firstTriggerLogEntryId, entry?.summary ?? "", owner);
}

function renderPriorityOf(world: World, incident: Incident, includes: Includes): unknown {
  if (incident.priorityId === null) {
    return null;
  }
  const priority = getPriority(world, incident.priorityId);
  return world.settings.fullPriority || includes.has("priorities")
    ? renderPriority(priority)
    : priorityReference(priority);
}

function countAlerts(alerts: readonly Alert[]): Json {
  const triggered = alerts.filter(({ status }) => status === "triggered").length;
  return { all: alerts.length, triggered, resolved: alerts.length - triggered };
}

function renderResponders(world: World, incident: Incident): Json {
  const reference = incidentReference(incident);
  return {
    incidents_responders: incident.responders.map((one) => ({
      state: one.state,
      user: userReference(getUser(world, one.userId)),
      incident: reference,
      updated_at: formatUtc(one.updatedAt),
      message: one.message,
      requester: userReference(getUser(world, one.requesterId)),
      requested_at: formatUtc(one.requestedAt),
    })),
    responder_requests: incident.responders.map((one) => ({
      incident: reference,
      requester: userReference(getUser(world, one.requesterId)),
      requested_at: formatUtc(one.requestedAt),
      message: one.message,
      responder_request_targets: [{ responder_request_target: { type: "user", id: one.userId } }],
    })),
  };
}

export interface LogEntryView {
  readonly timeZone: string;
  readonly includes: Includes;
}

export function renderLogEntry(world: World, entry: LogEntry, view: LogEntryView): Json {
  const { id, type, summary, incidentId } = entry;
  const { includes } = view;
  const incident = world.incidents.get(incidentId);
  const service = getService(world, entry.serviceId);
  const showsUrl = type === "trigger_log_entry";
  return {
    id,
    type,
    summary,
    self: `${api}/log_entries/${id}`,
    html_url: showsUrl ? `${incidentUrl(incidentId)}/log_entries/${id}` : null,
    created_at: formatIn(entry.createdAt, view.timeZone),
    ...(entry.agent ? { agent: entry.agent } : {}),
    channel: includes.has("channels") ? (entry.fullChannel ?? entry.channel) : entry.channel,
    service: includes.has("services") ? renderService(world, service) : serviceReference(service),
    ...(incident
      ? {
          incident: includes.has("incidents")
            ? renderIncident(world, incident, new Set())
            : incidentReference(incident),
        }
      : {}),
    teams: world.account.teams
      .filter((team) => service.teamIds.includes(team.id))
      .map(teamReference),
    contexts: [],
    ...entry.fields,
  };
}

export function renderAlert(world: World, alert: Alert, includes: Includes): Json {
  const { accountTimeZone } = world.settings;
  const service = getService(world, alert.serviceId);
  const source = service.integrations.find(({ id }) => id === alert.integrationId);
  const incident = world.incidents.get(alert.incidentId);
  const { contexts, details } = alert;
  const cef_details = {
    client: alert.source,
    contexts,
    dedup_key: alert.alertKey,
    description: alert.summary,
    details,
    severity: alert.severity,
    source_origin: alert.source,
  };
  const reference = alertReference(alert);
  return {
    ...reference,
    type: "alert",
    created_at: formatIn(alert.createdAt, accountTimeZone),
    status: alert.status,
    resolved_at: alert.resolvedAt && formatIn(alert.resolvedAt, accountTimeZone),
    alert_key: alert.alertKey,
    suppressed: false,
    service: includes.has("services") ? renderService(world, service) : serviceReference(service),
    severity: alert.severity,
    incident: incident && incidentReference(incident),
    first_trigger_log_entry: triggerEntryReference(
      alert.firstTriggerLogEntryId,
      "Triggered through the API.",
      `${web}/alerts/${alert.id}`,
    ),
    body: { type: "alert_body", contexts, details, cef_details },
    integration: source ? integrationReference(service, source, integrationType) : null,
    privilege: null,
  };
}

export function renderNote(world: World, note: Note): Json {
  return {
    id: note.id,
    user: userReference(getUser(world, note.userId)),
    channel: { summary: "The PagerDuty website or APIs" },
    content: note.content,
    created_at: formatIn(note.createdAt, world.settings.accountTimeZone),
    updated_at: formatIn(note.updatedAt, world.settings.accountTimeZone),
  };
}

export function renderChangeEvent(world: World, change: ChangeEvent, reason: string): Json {
  const service = getService(world, change.serviceId);
  return {
    id: change.id,
    type: "change_event",
    summary: change.summary,
    timestamp: formatUtc(change.timestamp),
    source: change.source,
    services: [{ id: service.id, type: "service_reference" }],
    integration: { id: change.integrationId, type: "inbound_integration_reference" },
    links: change.links,
    images: [],
    custom_details: change.customDetails,
    correlation_reason: { reason },
  };
}

export function renderUser(world: World, user: User): Json {
  return {
    ...userReference(user),
    type: "user",
    name: user.name,
    email: user.email,
    time_zone: user.timeZone,
    color: "green",
    role: user.role,
    avatar_url: "https://pd-static-assets.pagerduty.com/users/blank-avatar.png",
    description: null,
    invitation_sent: false,
    job_title: user.jobTitle,
    teams: world.account.teams.filter(({ id }) => user.teamIds.includes(id)).map(teamReference),
  };
}

export function renderService(world: World, service: Service): Json {
  return {
    ...serviceReference(service),
    type: "service",
    name: service.name,
    description: service.description,
    created_at: accountCreatedAt,
    status: "active",
    auto_resolve_timeout: 14_400,
    acknowledgement_timeout: 1_800,
    alert_creation: "create_alerts_and_incidents",
    escalation_policy: policyReference(getPolicy(world, service.escalationPolicyId)),
    teams: world.account.teams.filter(({ id }) => service.teamIds.includes(id)).map(teamReference),
    integrations: service.integrations.map((one) =>
      integrationReference(service, one, integrationType),
    ),
  };
}

export function renderPriority(priority: Priority): Json {
  return {
    ...priorityReference(priority),
    type: "priority",
    html_url: null,
    account_id: "PACME00",
    color: priority.color,
    created_at: accountCreatedAt,
    description: "",
    name: priority.name,
    order: priority.order,
    schema_version: 0,
    updated_at: accountCreatedAt,
  };
}

/** The secret is shown in the answer to the creation and never again. */
export function renderSubscription(
  subscription: Subscription,
  shown: { readonly disabled: boolean; readonly secret: boolean },
): Json {
  return {
    id: subscription.id,
    type: "webhook_subscription",
    active: subscription.active,
    description: subscription.description,
    delivery_method: {
      id: subscription.deliveryMethodId,
      type: "http_delivery_method",
      url: subscription.url,
      secret: shown.secret ? subscription.secret : null,
      temporarily_disabled: shown.disabled,
      custom_headers: subscription.customHeaders.map(({ name }) => ({
        name,
        value: "-- redacted --",
      })),
    },
    events: subscription.events,
    filter: subscription.filter,
  };
}
