/** Reading incidents and what hangs on them: alerts, log entries, notes, change events. */

import type { Answer, Route, SandboxRequest } from "../core/router.ts";
import type { Alert, Incident, LogEntry } from "./model.ts";
import {
  renderAlert,
  renderChangeEvent,
  renderIncident,
  renderLogEntry,
  renderNote,
} from "./render.ts";
import {
  invalid,
  listParameter,
  notFound,
  paginate,
  refuse,
  requestedIncident,
  timeZoneOf,
} from "./rest.ts";
import { parseTime } from "./time.ts";
import { alertsOf, getService, type World } from "./world.ts";

const incidentIncludes = [
  "acknowledgers",
  "agents",
  "assignees",
  "body",
  "conference_bridge",
  "custom_fields",
  "escalation_policies",
  "first_trigger_log_entries",
  "priorities",
  "services",
  "teams",
  "users",
];
const logEntryIncludes = ["incidents", "services", "channels", "teams"];
const windowDefaultMs = 31 * 86_400_000;
const windowMaxMs = 184 * 86_400_000;

export function incidentRoutes(world: World): Route[] {
  const routes: readonly (readonly [string, (request: SandboxRequest) => Answer])[] = [
    ["/incidents", (request) => listIncidents(world, request)],
    ["/incidents/:id", (request) => readIncident(world, request)],
    ["/incidents/:id/alerts", (request) => listAlerts(world, request)],
    ["/incidents/:id/alerts/:alert_id", (request) => readAlert(world, request)],
    ["/incidents/:id/log_entries", (request) => listEntriesOf(world, request)],
    ["/incidents/:id/notes", (request) => listNotes(world, request)],
    ["/incidents/:id/related_change_events", (request) => listChanges(world, request)],
    ["/log_entries", (request) => listEntries(world, request)],
    ["/log_entries/:id", (request) => readEntry(world, request)],
  ];
  return routes.map(([path, handle]) => ({ method: "GET", path, handle }));
}

function readIncident(world: World, request: SandboxRequest): Answer {
  const includes = new Set(listParameter(request, "include", incidentIncludes));
  const incident = requestedIncident(world, request);
  return { status: 200, body: { incident: renderIncident(world, incident, includes) } };
}

function listIncidents(world: World, request: SandboxRequest): Answer {
  const allowed = incidentIncludes.filter((name) => name !== "custom_fields");
  const includes = new Set(listParameter(request, "include", allowed));
  const all = [...world.incidents.values()].filter(incidentFilter(world, request));
  return paginate(world, request, {
    name: "incidents",
    all: sortIncidents(request, all),
    render: (one) => renderIncident(world, one, includes),
  });
}

function incidentFilter(world: World, request: SandboxRequest): (one: Incident) => boolean {
  const statuses = listParameter(request, "statuses", ["triggered", "acknowledged", "resolved"]);
  const urgencies = listParameter(request, "urgencies", ["high", "low"]);
  const services = listParameter(request, "service_ids");
  const teams = listParameter(request, "team_ids");
  const users = listParameter(request, "user_ids");
  const key = request.query.get("incident_key");
  const { since, until } = windowOf(world, request);
  return (one) => {
    const teamIds = getService(world, one.serviceId).teamIds;
    const assignees = one.assignments.map(({ userId }) => userId);
    return (
      one.createdAt >= since &&
      one.createdAt < until &&
      isAmong(statuses, [one.status]) &&
      isAmong(urgencies, [one.urgency]) &&
      isAmong(services, [one.serviceId]) &&
      isAmong(teams, teamIds) &&
      isAmong(users, assignees) &&
      (key === null || hasKey(world, one, key))
    );
  };
}

/** The key of an incident is its own, or that of one of its alerts. */
function hasKey(world: World, incident: Incident, key: string): boolean {
  return (
    incident.incidentKey === key || alertsOf(world, incident).some((one) => one.alertKey === key)
  );
}

/** No restriction lets everything pass. */
function isAmong(wanted: readonly string[], actual: readonly string[]): boolean {
  return wanted.length === 0 || actual.some((one) => wanted.includes(one));
}

interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** On creation time: a month by default, at most six; date_range=all lifts both. */
function windowOf(world: World, request: SandboxRequest): Window {
  const { query } = request;
  const range = query.get("date_range");
  if (range !== null) {
    return range === "all"
      ? { since: new Date(0), until: new Date(8.64e15) }
      : invalid("date_range can only be all");
  }
  const until =
    timeParameter(world, request, "until") ?? new Date(world.clock.now().getTime() + 1_000);
  const since =
    timeParameter(world, request, "since") ?? new Date(until.getTime() - windowDefaultMs);
  if (since > until) {
    refuse(400, 2004, "Invalid Time Range", ["since cannot be after until"]);
  }
  if (until.getTime() - since.getTime() > windowMaxMs) {
    refuse(400, 2005, "Time Range Too Long", ["since and until can be six months apart at most"]);
  }
  return { since, until };
}

function timeParameter(world: World, request: SandboxRequest, name: string): Date | undefined {
  const text = request.query.get(name);
  if (text === null) {
    return undefined;
  }
  return parseTime(text, world.settings.accountTimeZone) ?? invalid(`${name} is not a time`);
}

const sortKeys: Record<string, (one: Incident) => number | string> = {
  created_at: (one) => one.createdAt.getTime(),
  incident_number: (one) => one.number,
  resolved_at: (one) => one.resolvedAt?.getTime() ?? Number.POSITIVE_INFINITY,
  urgency: (one) => one.urgency,
};

/** `sort_by=field:direction[,field:direction]`; ascending by number when absent. */
function sortIncidents(request: SandboxRequest, all: readonly Incident[]): Incident[] {
  const asked = (request.query.get("sort_by") ?? "incident_number:asc").split(",");
  const orders = asked.map((one) => {
    const [field = "", direction = "asc"] = one.split(":");
    const key = sortKeys[field];
    return key !== undefined && ["asc", "desc"].includes(direction)
      ? { key, sign: direction === "asc" ? 1 : -1 }
      : invalid(`sort_by cannot be ${one}`);
  });
  if (orders.length > 2) {
    invalid("sort_by takes two fields at most");
  }
  return all.toSorted((left, right) => {
    for (const { key, sign } of orders) {
      const [a, b] = [key(left), key(right)];
      if (a !== b) {
        return a < b ? -sign : sign;
      }
    }
    return 0;
  });
}

function listAlerts(world: World, request: SandboxRequest): Answer {
  const incident = requestedIncident(world, request);
  const statuses = listParameter(request, "statuses", ["triggered", "resolved"]);
  const includes = new Set(
    listParameter(request, "include", ["services", "first_trigger_log_entries", "incidents"]),
  );
  const key = request.query.get("alert_key");
  const all = alertsOf(world, incident).filter(
    (one) => isAmong(statuses, [one.status]) && (key === null || one.alertKey === key),
  );
  const isDescending = request.query.get("sort_by")?.endsWith(":desc") ?? false;
  return paginate<Alert>(world, request, {
    name: "alerts",
    all: isDescending ? all.toReversed() : all,
    render: (one) => renderAlert(world, one, includes),
  });
}

function readAlert(world: World, request: SandboxRequest): Answer {
  const incident = requestedIncident(world, request);
  const id = request.params["alert_id"];
  const alert = alertsOf(world, incident).find((one) => one.id === id) ?? notFound();
  return { status: 200, body: { alert: renderAlert(world, alert, new Set()) } };
}

function listEntriesOf(world: World, request: SandboxRequest): Answer {
  const incident = requestedIncident(world, request);
  return answerEntries(world, request, (one) => one.incidentId === incident.id);
}

function listEntries(world: World, request: SandboxRequest): Answer {
  const teams = listParameter(request, "team_ids");
  return answerEntries(world, request, (one) =>
    isAmong(teams, getService(world, one.serviceId).teamIds),
  );
}

/** Entries of the window that are visible by now, in the order that the settings ask for. */
function answerEntries(
  world: World,
  request: SandboxRequest,
  isWanted: (one: LogEntry) => boolean,
): Answer {
  const view = entryView(world, request);
  const now = world.clock.now();
  const since = timeParameter(world, request, "since");
  const until = timeParameter(world, request, "until");
  const isOverview = request.query.get("is_overview") === "true";
  const visible = world.logEntries.filter(
    (one) =>
      isWanted(one) &&
      one.visibleAt <= now &&
      (since === undefined || one.createdAt >= since) &&
      (until === undefined || one.createdAt <= until) &&
      !(isOverview && one.type === "notify_log_entry"),
  );
  const sorted = visible.toSorted(
    (left, right) => left.createdAt.getTime() - right.createdAt.getTime(),
  );
  return paginate<LogEntry>(world, request, {
    name: "log_entries",
    all: world.settings.logEntryOrder === "newest-first" ? sorted.toReversed() : sorted,
    render: (one) => renderLogEntry(world, one, view),
  });
}

function readEntry(world: World, request: SandboxRequest): Answer {
  const view = entryView(world, request);
  const now = world.clock.now();
  const id = request.params["id"];
  const found = world.logEntries.find((one) => one.id === id && one.visibleAt <= now);
  return { status: 200, body: { log_entry: renderLogEntry(world, found ?? notFound(), view) } };
}

function entryView(
  world: World,
  request: SandboxRequest,
): { timeZone: string; includes: ReadonlySet<string> } {
  const includes = new Set(listParameter(request, "include", logEntryIncludes));
  return { timeZone: timeZoneOf(world, request), includes };
}

function listNotes(world: World, request: SandboxRequest): Answer {
  const incident = requestedIncident(world, request);
  const all = world.notes.filter(({ incidentId }) => incidentId === incident.id);
  return { status: 200, body: { notes: all.map((note) => renderNote(world, note)) } };
}

const changeHorizonMs = 3 * 86_400_000;
const changesMax = 100;

/** Changes before the incident, newest first: its own service's, then those of the others. */
function listChanges(world: World, request: SandboxRequest): Answer {
  if (!world.settings.hasChangeEvents) {
    refuse(402, 2014, "Payment Required", ["change_events"]);
  }
  const incident = requestedIncident(world, request);
  const createdMs = incident.createdAt.getTime();
  const near = world.changeEvents
    .filter(({ timestamp }) => {
      const aheadMs = createdMs - timestamp.getTime();
      return aheadMs >= -60_000 && aheadMs <= changeHorizonMs;
    })
    .toSorted((left, right) => right.timestamp.getTime() - left.timestamp.getTime());
  const own = near.filter(({ serviceId }) => serviceId === incident.serviceId);
  const others = near.filter(({ serviceId }) => serviceId !== incident.serviceId);
  const asked = Number(request.query.get("limit") ?? changesMax);
  const all = [
    ...own.map((one) => renderChangeEvent(world, one, "most_recent")),
    ...others.map((one) => renderChangeEvent(world, one, "related_service")),
  ];
  const change_events = all.slice(0, Math.min(asked, changesMax));
  return {
    status: 200,
    body: { change_events, limit: null, offset: null, total: null, more: false },
  };
}
