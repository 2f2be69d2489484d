/** PagerDuty's REST API as Debrief uses it (docs/vendors/pagerduty.md). */

import type { z } from "zod";
import { TerminalError } from "../../domain/errors.ts";
import type { VendorGate } from "../../domain/gate.ts";
import type { Incident, IncidentRecords, Note as DomainNote } from "../../domain/incident.ts";
import { parseIncidentId, type IncidentId } from "../../domain/keys.ts";
import { asLive, type LiveSecret } from "../../domain/live-secret.ts";
import { createCaller, type Call, type Caller, type PagerDutyLog } from "./call.ts";
import { createHttp, type OpenHttp } from "../http.ts";
import { createLister, type Lister } from "./lists.ts";
import type { TouchedIncident, PagerDuty } from "./pagerduty.ts";
import * as schema from "./schema.ts";
import { toAlert, toChangeEvent, toIncident, toLogEntry, toNote } from "./translate.ts";
import { checkSubscriptions } from "./subscriptions.ts";
import { createUsers } from "./users.ts";

export interface PagerDutyOptions {
  /** `https://api.pagerduty.com`; a base path is kept. */
  readonly apiUrl: string;
  /** An API key, or `Bearer …` for an OAuth token. */
  readonly token: string | LiveSecret<string>;
  /** E-mail address of the user in whose name notes are posted. */
  readonly from?: string | undefined;
  readonly requestTimeoutMs: number;
  /** How long nobody asks again after the token was refused. */
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  /** Told of what is left out or can't be read. */
  readonly log?: PagerDutyLog;
  readonly now?: () => Date;
  /** What requests leave by; absent: connections of its own. */
  readonly openHttp?: OpenHttp;
}

/** Of the log of an incident with 10,000 entries, a page of 100 has some 200 KB. */
const responseBytesMax = 32 * 1024 * 1024;
const accept = "application/vnd.pagerduty+json;version=2";
/** The plan lacks the feature, the token may not read it, or there is none: all the same for an extra. */
const extraAbsentOn = [400, 402, 403, 404];

interface Tools {
  readonly caller: Caller;
  readonly lister: Lister;
  readonly webUrl: string;
  readonly from: string | undefined;
  readonly log: PagerDutyLog;
}

/** Opens the client; disposing closes its connections. Nothing is sent before the first call. */
export function createPagerDuty(options: PagerDutyOptions): PagerDuty {
  const now = options.now ?? (() => new Date());
  const { apiUrl, requestTimeoutMs, gate, unauthorizedPauseMs } = options;
  const log = options.log ?? { warn: () => undefined };
  const headers = { accept, "content-type": "application/json" };
  const http = (options.openHttp ?? createHttp)({
    vendor: "PagerDuty",
    apiUrl,
    headers,
    requestTimeoutMs,
    responseBytesMax,
  });
  const token = asLive(options.token);
  const caller = createCaller({ http, token, unauthorizedPauseMs, gate, log, now });
  const lister = createLister(caller, log);
  const tools: Tools = { caller, lister, webUrl: webUrlOf(apiUrl), from: options.from, log };
  return {
    findIncident: (id) => findIncident(id, tools),
    readRecords: (id) => readRecords(id, tools),
    listNotes: (id) => listNotes(id, tools),
    listOpenIncidents: () => listOpenIncidents(tools),
    listIncidentsCreated: (since, until) => listIncidentsCreated(since, until, tools),
    listTouched: (since, until) => listTouched(since, until, tools),
    findUser: createUsers(caller, log, now),
    checkSubscriptions: (reenable) => checkSubscriptions(reenable, tools),
    listPriorities: () => listPriorities(tools),
    addNote: (id, content, beforeSend) => addNote(id, content, { ...tools, beforeSend }),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** Where an incident can be seen whose answer names no page of its own. */
function webUrlOf(apiUrl: string): string {
  const isEu = new URL(apiUrl).hostname.includes(".eu.");
  return isEu ? "https://app.eu.pagerduty.com" : "https://app.pagerduty.com";
}

/** Ids were checked when they came in; here once more, for they enter a path. */
function pathOf(id: IncidentId, rest = ""): string {
  if (parseIncidentId(id) === undefined) {
    throw new TerminalError("PAGERDUTY_REJECTED", `${JSON.stringify(id)} is no incident id`);
  }
  return `/incidents/${id}${rest}`;
}

async function findIncident(id: IncidentId, tools: Tools): Promise<Incident | undefined> {
  const what = `read incident ${id}`;
  const answer = await tools.caller.call({
    what,
    method: "GET",
    path: pathOf(id),
    absentOn: [404],
  });
  if (answer === undefined) {
    return undefined;
  }
  const { incident } = parseAnswer(answer, schema.IncidentAnswer, what);
  const found = toIncident(incident, tools.webUrl);
  if (found === undefined) {
    throw new Error(`could not ${what}: its id in the answer is none`);
  }
  return found;
}

function parseAnswer<Answer>(answer: unknown, form: z.ZodType<Answer>, what: string): Answer {
  const parsed = form.safeParse(answer);
  if (parsed.success) {
    return parsed.data;
  }
  const fields = parsed.error.issues.slice(0, 3).map(({ path }) => path.join("."));
  throw new Error(`could not ${what}: the answer is not as documented (${fields.join(", ")})`);
}

async function readRecords(id: IncidentId, tools: Tools): Promise<IncidentRecords> {
  const { lister } = tools;
  const [log, alerts, notes, changeEvents] = await Promise.all([
    lister.list(
      {
        what: `read the log of incident ${id}`,
        path: pathOf(id, "/log_entries"),
        key: "log_entries",
        query: { time_zone: "UTC" },
      },
      schema.LogEntry,
    ),
    lister.list(
      {
        what: `read the alerts of incident ${id}`,
        path: pathOf(id, "/alerts"),
        key: "alerts",
        absentOn: [402],
      },
      schema.Alert,
    ),
    listNotes(id, tools),
    listChangeEvents(id, tools),
  ]);
  return {
    logEntries: log.items.map(toLogEntry),
    alerts: alerts.items.map(toAlert),
    notes,
    changeEvents,
    truncated: log.truncated || alerts.truncated,
  };
}

async function listNotes(id: IncidentId, { caller, lister }: Tools): Promise<DomainNote[]> {
  const what = `read the notes of incident ${id}`;
  const answer = await caller.call({ what, method: "GET", path: pathOf(id, "/notes") });
  const { notes } = parseAnswer(answer, schema.NotesAnswer, what);
  return lister.parse(notes, schema.Note, what).map(toNote);
}

async function listChangeEvents(
  id: IncidentId,
  { caller, lister }: Tools,
): Promise<IncidentRecords["changeEvents"]> {
  const what = `read the change events around incident ${id}`;
  const answer = await caller.call({
    what,
    method: "GET",
    path: pathOf(id, "/related_change_events"),
    query: { limit: 100 },
    absentOn: extraAbsentOn,
  });
  const parsed = schema.ChangeEventsAnswer.safeParse(answer);
  return lister
    .parse(parsed.data?.change_events ?? [], schema.ChangeEvent, what)
    .map(toChangeEvent);
}

async function listOpenIncidents({ lister, webUrl, log }: Tools): Promise<Incident[]> {
  const listed = await lister.list(
    {
      what: "list open incidents",
      path: "/incidents",
      key: "incidents",
      query: {
        "statuses[]": ["triggered", "acknowledged"],
        date_range: "all",
        sort_by: "created_at:desc",
        time_zone: "UTC",
      },
    },
    schema.Incident,
  );
  if (listed.truncated) {
    log.warn({ listed: listed.items.length }, "too many open incidents: only the newest are seen");
  }
  return listed.items.flatMap((incident) => toIncident(incident, webUrl) ?? []);
}

async function listIncidentsCreated(
  since: Date,
  until: Date,
  { lister, webUrl }: Tools,
): Promise<Incident[]> {
  const { items } = await lister.listWindow(
    {
      what: "list the incidents of a window",
      path: "/incidents",
      key: "incidents",
      query: { sort_by: "created_at:asc", time_zone: "UTC" },
    },
    schema.Incident,
    { since, until },
  );
  return items.flatMap((incident) => toIncident(incident, webUrl) ?? []);
}

async function listTouched(
  since: Date,
  until: Date,
  { lister }: Tools,
): Promise<TouchedIncident[]> {
  const { items } = await lister.listWindow(
    {
      what: "list the account's log of a window",
      path: "/log_entries",
      key: "log_entries",
      query: { time_zone: "UTC" },
    },
    schema.AccountLogEntry,
    { since, until },
  );
  const touched = new Map<IncidentId, TouchedIncident>();
  for (const { type, created_at: createdAt, incident } of items) {
    const id = parseIncidentId(incident?.id ?? "");
    if (id !== undefined) {
      const before = touched.get(id);
      const lastMs = Math.max(before?.lastAt.getTime() ?? 0, createdAt?.getTime() ?? 0);
      touched.set(id, {
        id,
        lastAt: new Date(lastMs),
        reprioritized: before?.reprioritized === true || type === "priority_change_log_entry",
        resolved: before?.resolved === true || type === "resolve_log_entry",
      });
    }
  }
  return [...touched.values()];
}

async function listPriorities({ lister }: Tools): Promise<{ id: string; name: string }[]> {
  const { items } = await lister.list(
    { what: "list priorities", path: "/priorities", key: "priorities", absentOn: [402] },
    schema.Priority,
  );
  return items.map(({ id, name, summary }) => ({ id, name: name ?? summary ?? id }));
}

async function addNote(
  id: IncidentId,
  content: string,
  { caller, from, beforeSend }: Tools & { readonly beforeSend: Call["beforeSend"] },
): Promise<void> {
  const what = `add a note to incident ${id}`;
  if (from === undefined) {
    throw new TerminalError("PAGERDUTY_REJECTED", `could not ${what}: PAGERDUTY_FROM is not set`);
  }
  await caller.call({
    what,
    method: "POST",
    path: pathOf(id, "/notes"),
    headers: { from },
    body: JSON.stringify({ note: { content } }),
    beforeSend,
  });
}
