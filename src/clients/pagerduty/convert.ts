/** PagerDuty's answers become the domain's words. Never fails on what is missing: it falls back. */

import type {
  Actor,
  Alert,
  ChangeEvent,
  Incident,
  LogEntry,
  Note,
  Reference,
} from "../../domain/incident.ts";
import { parseIncidentId } from "../../domain/keys.ts";
import type * as schema from "./schema.ts";

type Text = string | null | undefined;

function nameOf(reference: schema.Reference): string {
  return reference.name ?? reference.summary ?? reference.id;
}

function nameIn(reference: schema.Reference | null | undefined): string | undefined {
  return reference ? nameOf(reference) : undefined;
}

function toReference(reference: schema.Reference): Reference {
  return { id: reference.id, name: nameOf(reference) };
}

/** Undefined for what is no time at all. Offsets differ within one answer: only instants are compared. */
function toDate(text: Text): Date | undefined {
  const at = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at);
}

/** `{ name: value }`, or nothing for a value that is not there. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): Partial<Record<Name, Value>> {
  const part: Partial<Record<Name, Value>> = {};
  if (value !== null && value !== undefined) {
    part[name] = value;
  }
  return part;
}

function isPerson(reference: schema.Reference): boolean {
  return reference.type === "user" || reference.type === "user_reference";
}

/** Undefined for an incident without a usable id or time. */
export function toIncident(raw: schema.Incident): Incident | undefined {
  const id = parseIncidentId(raw.id);
  const createdAt = toDate(raw.created_at);
  if (id === undefined || createdAt === undefined) {
    return undefined;
  }
  const updatedAt = toDate(raw.updated_at) ?? toDate(raw.last_status_change_at);
  return {
    id,
    number: raw.incident_number ?? 0,
    title: raw.title ?? raw.summary ?? raw.id,
    status: raw.status,
    urgency: raw.urgency ?? "",
    htmlUrl: raw.html_url ?? "",
    createdAt,
    teams: raw.teams.map(toReference),
    assignees: raw.assignments
      .map(({ assignee }) => assignee)
      .filter(isPerson)
      .map(toReference),
    ...optional("updatedAt", updatedAt),
    ...optional("resolvedAt", toDate(raw.resolved_at)),
    ...optional("priority", raw.priority && toReference(raw.priority)),
    ...optional("service", raw.service && toReference(raw.service)),
    ...optional("escalationPolicy", raw.escalation_policy && toReference(raw.escalation_policy)),
    ...mergeOf(raw),
  };
}

function mergeOf({ resolve_reason: reason }: schema.Incident): Pick<Incident, "mergedInto"> {
  const target = reason?.type === "merge_resolve_reason" ? reason.incident : undefined;
  const id = parseIncidentId(target?.id ?? "");
  if (target === null || target === undefined || id === undefined) {
    return {};
  }
  return { mergedInto: { id, name: nameOf(target), ...optional("htmlUrl", target.html_url) } };
}

/** Undefined for an entry without a time. */
export function toLogEntry(raw: schema.LogEntry): LogEntry | undefined {
  const at = toDate(raw.created_at);
  return at === undefined
    ? undefined
    : {
        id: raw.id,
        type: raw.type,
        at,
        summary: raw.summary ?? "",
        targets: targetsOf(raw),
        ...optional("agent", raw.agent && toActor(raw.agent)),
        ...optional("channel", raw.channel?.type),
        ...optional("text", textOf(raw)),
        ...optional("change", changeOf(raw)),
        ...optional("notified", notifiedOf(raw)),
        ...optional("durationS", durationOf(raw)),
        ...optional("linked", raw.linked_incident && nameOf(raw.linked_incident)),
      };
}

function toActor(raw: schema.Reference): Actor {
  const type = (raw.type ?? "").replace(/_reference$/, "");
  const kind = isPerson(raw)
    ? "person"
    : type.endsWith("integration")
      ? "integration"
      : type === "service"
        ? "service"
        : "other";
  return { kind, id: raw.id, name: nameOf(raw) };
}

function targetsOf(raw: schema.LogEntry): string[] {
  const responders = raw.responders.flatMap((responder) => {
    const named = responder.user ?? responder.escalation_policy;
    const name = named ? nameOf(named) : (responder.name ?? responder.summary);
    return typeof name === "string" ? [name] : [];
  });
  const responder = raw.responder ? [nameOf(raw.responder)] : [];
  return [...raw.assignees.map(nameOf), ...responders, ...responder];
}

function textOf(raw: schema.LogEntry): Text {
  switch (raw.type) {
    case "annotate_log_entry":
      return raw.channel?.summary;
    case "resolve_log_entry":
      return raw.note;
    case "trigger_log_entry":
      return raw.event_details?.description ?? raw.channel?.summary;
    default:
      return raw.message ?? raw.note;
  }
}

function changeOf(raw: schema.LogEntry): LogEntry["change"] {
  const { channel } = raw;
  switch (raw.type) {
    case "priority_change_log_entry":
      return between("priority", nameIn(channel?.old_priority), nameIn(channel?.new_priority));
    case "service_change_log_entry":
      return between(
        "service",
        nameIn(channel?.old_service),
        nameIn(channel?.new_service ?? raw.service),
      );
    case "urgency_change_log_entry":
      return between("urgency", channel?.old_urgency, channel?.new_urgency);
    case "field_value_change_log_entry":
    case "custom_field_value_change_log_entry":
      return (raw.changeset ?? []).length > 0
        ? { field: (raw.changeset ?? []).join("; ") }
        : undefined;
    default:
      return undefined;
  }
}

function between(field: string, from: Text, to: Text): NonNullable<LogEntry["change"]> {
  return { field, ...optional("from", from), ...optional("to", to) };
}

function notifiedOf(raw: schema.LogEntry): LogEntry["notified"] {
  if (raw.type !== "notify_log_entry") {
    return undefined;
  }
  const name = raw.user ? nameOf(raw.user) : "somebody";
  // Seen as `sms` and as `sms_notification`.
  const by = (raw.channel?.notification?.type ?? "").replace(/_notification$/, "");
  return { name, by: by === "" ? "unknown means" : by };
}

function durationOf(raw: schema.LogEntry): number | undefined {
  const seconds = Number(raw.channel?.duration ?? Number.NaN);
  return Number.isNaN(seconds) ? undefined : seconds;
}

export function toAlert(raw: schema.Alert): Alert | undefined {
  const at = toDate(raw.created_at);
  const details = raw.body?.cef_details;
  return at === undefined
    ? undefined
    : {
        id: raw.id,
        at,
        summary: raw.summary ?? "",
        ...optional("resolvedAt", toDate(raw.resolved_at)),
        ...optional("severity", raw.severity),
        ...optional("source", details?.source_origin ?? details?.client),
        ...optional("integration", raw.integration && nameOf(raw.integration)),
      };
}

export function toNote(raw: schema.Note): Note | undefined {
  const at = toDate(raw.created_at);
  const author = raw.user ? nameOf(raw.user) : (raw.channel?.summary ?? "");
  return at === undefined ? undefined : { id: raw.id, at, author, content: raw.content ?? "" };
}

export function toChangeEvent(raw: schema.ChangeEvent): ChangeEvent | undefined {
  const at = toDate(raw.timestamp);
  const source = raw.source ?? (raw.integration ? nameOf(raw.integration) : undefined);
  return at === undefined
    ? undefined
    : { id: raw.id, at, summary: raw.summary ?? "", ...optional("source", source) };
}
