/** PagerDuty's words become the domain's. Foreign text stays as it is; the timeline cleans it. */

import type * as domain from "../../domain/incident.ts";
import { parseIncidentId } from "../../domain/keys.ts";
import type { Alert, ChangeEvent, Incident, LogEntry, Note, Reference } from "./schema.ts";

/** Gives undefined for an incident whose id can't be one. `webUrl` is where incidents stand without a URL. */
export function toIncident(raw: Incident, webUrl: string): domain.Incident | undefined {
  const id = parseIncidentId(raw.id);
  if (id === undefined) {
    return undefined;
  }
  const mergedInto = toMergedInto(raw);
  return {
    id,
    number: raw.incident_number ?? 0,
    title: raw.title ?? raw.summary ?? raw.id,
    status: raw.status ?? "triggered",
    urgency: raw.urgency ?? "high",
    htmlUrl: ownUrl(raw.html_url) ?? `${webUrl}/incidents/${id}`,
    createdAt: raw.created_at,
    ...optional("updatedAt", raw.updated_at ?? raw.last_status_change_at),
    ...optional("resolvedAt", raw.resolved_at),
    ...optional("priority", raw.priority && toReference(raw.priority, "name")),
    ...optional("service", raw.service && toReference(raw.service)),
    teams: raw.teams.map((team) => toReference(team)),
    ...optional("escalationPolicy", raw.escalation_policy && toReference(raw.escalation_policy)),
    assignees: raw.assignments
      .filter(({ assignee }) => assignee.type?.startsWith("user") !== false)
      .map(({ assignee }) => toReference(assignee)),
    ...optional("mergedInto", mergedInto),
  };
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  const part: { [Key in Name]?: Value } = {};
  if (value !== undefined) {
    part[name] = value;
  }
  return part;
}

function toMergedInto({ resolve_reason: reason }: Incident): domain.Incident["mergedInto"] {
  const id = reason && parseIncidentId(reason.incident.id);
  if (reason?.type?.startsWith("merge") !== true || id === undefined) {
    return undefined;
  }
  const { name } = toReference(reason.incident);
  return { id, name, ...optional("htmlUrl", ownUrl(reason.incident.html_url)) };
}

/** A URL that may become a link on a page: PagerDuty's own, over https. */
function ownUrl(raw: string | undefined): string | undefined {
  const url = raw === undefined ? null : URL.parse(raw);
  const isOwn =
    url?.protocol === "https:" &&
    (url.hostname === "pagerduty.com" || url.hostname.endsWith(".pagerduty.com"));
  return isOwn ? url.href : undefined;
}

/** A priority goes by its name, whatever its summary says; everything else by its summary. */
function toReference(raw: Reference, first: "name" | "summary" = "summary"): domain.Reference {
  const name = first === "name" ? (raw.name ?? raw.summary) : (raw.summary ?? raw.name);
  return { id: raw.id, name: name ?? raw.id };
}

function toActor(raw: Reference): domain.Actor {
  return { kind: kindOf(raw.type ?? ""), ...toReference(raw) };
}

function kindOf(type: string): domain.Actor["kind"] {
  if (type.includes("integration")) {
    return "integration";
  }
  if (type.startsWith("service")) {
    return "service";
  }
  return type === "user" || type === "user_reference" ? "person" : "other";
}

export function toLogEntry(raw: LogEntry): domain.LogEntry {
  const base = {
    id: raw.id,
    type: raw.type,
    at: raw.created_at,
    ...optional("agent", raw.agent && toActor(raw.agent)),
    ...optional("channel", raw.channel?.type),
  };
  // The summary of a notification may tell the number that was called.
  if (raw.type.includes("notif")) {
    const notified = toNotified(raw);
    const summary = `Notified ${notified.name} by ${notified.by}`;
    return { ...base, summary, targets: [], notified };
  }
  const targets = [...raw.assignees, ...raw.responders, ...(raw.responder ? [raw.responder] : [])];
  return {
    ...base,
    summary: raw.summary ?? "",
    targets: [...new Set(targets.map((each) => toReference(each).name))],
    ...optional("text", toText(raw)),
    ...optional("change", toChange(raw)),
    ...optional("durationS", raw.channel?.duration),
    ...optional("linked", raw.linked_incident?.summary ?? raw.linked_incident?.name),
  };
}

function toNotified({ user, channel }: LogEntry): { readonly name: string; readonly by: string } {
  const means = channel?.notification?.type?.toLowerCase().replace(/_notification$/, "") ?? "";
  const by = /^[a-z_]{1,20}$/.test(means) ? means.replaceAll("_", " ") : "notification";
  return { name: user?.summary ?? user?.name ?? "somebody", by };
}

function toText(raw: LogEntry): string | undefined {
  switch (raw.type) {
    case "trigger_log_entry":
      return filled(raw.event_details?.description, raw.channel?.subject, raw.channel?.summary);
    case "annotate_log_entry":
      return filled(raw.channel?.summary);
    default:
      return filled(raw.note, raw.message, raw.changeset.join("; "));
  }
}

function filled(...candidates: readonly (string | undefined)[]): string | undefined {
  return candidates.find((each) => each !== undefined && each.trim() !== "");
}

function toChange({ channel, service }: LogEntry): domain.LogEntry["change"] {
  const moved = nameOf(channel?.old_service);
  // The new service stands nowhere but in the entry itself, which may still name the old one.
  const movedTo = moved === undefined || nameOf(service) === moved ? undefined : nameOf(service);
  for (const [field, from, to] of [
    ["priority", nameOf(channel?.old_priority), nameOf(channel?.new_priority)],
    ["service", moved, nameOf(channel?.new_service) ?? movedTo],
    ["urgency", channel?.old_urgency, channel?.new_urgency],
  ] as const) {
    if (from !== undefined || to !== undefined) {
      return { field, ...optional("from", from), ...optional("to", to) };
    }
  }
  return undefined;
}

function nameOf(named: LogEntry["user"]): string | undefined {
  return named?.name ?? named?.summary;
}

export function toAlert(raw: Alert): domain.Alert {
  const source = filled(raw.body?.cef_details?.source_origin, raw.body?.details?.source);
  const { integration } = raw;
  return {
    id: raw.id,
    at: raw.created_at,
    summary: raw.summary ?? raw.id,
    ...optional("resolvedAt", raw.resolved_at),
    ...optional("severity", raw.severity),
    ...optional("source", source),
    ...optional("integration", integration?.summary ?? integration?.name),
  };
}

export function toNote(raw: Note): domain.Note {
  const author = raw.user?.summary ?? raw.user?.name ?? "";
  return { id: raw.id, at: raw.created_at, author, content: raw.content ?? "" };
}

export function toChangeEvent(raw: ChangeEvent): domain.ChangeEvent {
  const summary = raw.summary ?? raw.id;
  return { id: raw.id, at: raw.timestamp, summary, ...optional("source", raw.source) };
}
