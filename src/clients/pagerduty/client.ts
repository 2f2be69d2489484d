/** PagerDuty's REST API v2 as Debrief reads it: all pages, bounded, optional parts optional. */

import { z } from "zod";
import type { VendorGate } from "../../domain/gate.ts";
import type { Incident } from "../../domain/incident.ts";
import { parseIncidentId, type IncidentId } from "../../domain/keys.ts";
import { toAlert, toChangeEvent, toIncident, toLogEntry, toNote } from "./convert.ts";
import { createHttp, PagerDutyRefusal, type Call, type Http } from "./http.ts";
import type { PagerDuty } from "./pagerduty.ts";
import * as schema from "./schema.ts";
import { createUsers } from "./users.ts";

export interface PagerDutyOptions {
  readonly apiUrl: string;
  readonly token: string;
  /** E-mail of the user that notes are posted as. */
  readonly from?: string;
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly now: () => Date;
}

const pageSize = 100;
/** `offset + limit` must not exceed this (REST common rules). */
const recordsMax = 10_000;
const changeEventsMax = 25;

/** Takes the account's settings; gives PagerDuty. Opens nothing before its first call. */
export function createPagerDuty(options: PagerDutyOptions): PagerDuty {
  const http = createHttp(options);
  return {
    ...createIncidentReads(http),
    ...createLists(http),
    ...createUsers(http, options.now),
    async addNote(id, content) {
      await http.call({
        what: `post a note to incident ${id}`,
        path: `/incidents/${id}/notes`,
        body: { note: { content } },
        answer: z.unknown(),
        ...(options.from === undefined ? {} : { from: options.from }),
      });
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function createIncidentReads(
  http: Http,
): Pick<PagerDuty, "findIncident" | "readRecords" | "listNotes"> {
  async function listNotes(id: IncidentId): ReturnType<PagerDuty["listNotes"]> {
    const { notes } = await http.call({
      what: `read the notes of incident ${id}`,
      path: `/incidents/${id}/notes`,
      answer: schema.NotesAnswer,
    });
    return present(notes.map(toNote));
  }

  return {
    listNotes,
    async findIncident(id) {
      const answer = await orAbsent([404], () =>
        http.call({
          what: `read incident ${id}`,
          path: `/incidents/${id}`,
          answer: schema.IncidentAnswer,
        }),
      );
      return answer === undefined ? undefined : toIncident(answer.incident);
    },
    async readRecords(id) {
      const path = `/incidents/${id}`;
      const [logEntries, alerts, notes, changeEvents] = await Promise.all([
        readPages(http, {
          what: `read the log of incident ${id}`,
          path: `${path}/log_entries`,
          // Otherwise times come in the account's zone.
          query: { time_zone: "UTC" },
          answer: schema.LogEntriesAnswer,
          items: (answer) => answer.log_entries,
        }),
        readPages(http, {
          what: `read the alerts of incident ${id}`,
          path: `${path}/alerts`,
          answer: schema.AlertsAnswer,
          items: (answer) => answer.alerts,
        }),
        listNotes(id),
        readChangeEvents(http, id),
      ]);
      return {
        logEntries: present(uniqueById(logEntries.items).map(toLogEntry)),
        alerts: present(uniqueById(alerts.items).map(toAlert)),
        notes,
        changeEvents,
        truncated: logEntries.truncated || alerts.truncated,
      };
    },
  };
}

/** Deploys and other changes; plans without them answer 402, restricted tokens 403 or 404. */
async function readChangeEvents(
  http: Http,
  id: IncidentId,
): Promise<NonNullable<ReturnType<typeof toChangeEvent>>[]> {
  const answer = await orAbsent([400, 402, 403, 404], () =>
    http.call({
      what: `read the changes around incident ${id}`,
      path: `/incidents/${id}/related_change_events`,
      query: { limit: changeEventsMax },
      answer: schema.ChangeEventsAnswer,
    }),
  );
  return present((answer?.change_events ?? []).map(toChangeEvent));
}

function createLists(
  http: Http,
): Pick<
  PagerDuty,
  "listOpenIncidents" | "listIncidentsCreated" | "listReprioritized" | "listPriorities"
> {
  async function listIncidents(
    what: string,
    query: NonNullable<Call<unknown>["query"]>,
  ): Promise<Incident[]> {
    const { items } = await readPages(http, {
      what,
      path: "/incidents",
      query: { ...query, time_zone: "UTC", sort_by: "created_at:desc" },
      answer: schema.IncidentsAnswer,
      items: (answer) => answer.incidents,
    });
    return present(uniqueById(items).map(toIncident));
  }

  return {
    listOpenIncidents: () =>
      listIncidents("list the open incidents", {
        "statuses[]": ["triggered", "acknowledged"],
        date_range: "all",
      }),
    listIncidentsCreated: (since, until) =>
      listIncidents("list the latest incidents", {
        since: since.toISOString(),
        until: until.toISOString(),
      }),
    async listReprioritized(since, until) {
      const { items } = await readPages(http, {
        what: "list the latest changes of priority",
        path: "/log_entries",
        query: { since: since.toISOString(), until: until.toISOString(), time_zone: "UTC" },
        answer: schema.LogEntriesAnswer,
        items: (answer) => answer.log_entries,
      });
      const ids = items
        .filter((entry) => entry.type === "priority_change_log_entry")
        .map((entry) => parseIncidentId(entry.incident?.id ?? ""));
      return [...new Set(present(ids))];
    },
    async listPriorities() {
      const answer = await orAbsent([402], () =>
        http.call({
          what: "list the priorities",
          path: "/priorities",
          answer: schema.PrioritiesAnswer,
        }),
      );
      return (answer?.priorities ?? []).map(({ id, name, summary }) => ({
        id,
        name: name ?? summary ?? id,
      }));
    },
  };
}

interface Paged<Answer, Item> extends Call<Answer> {
  readonly items: (answer: Answer) => readonly Item[];
}

/** All pages up to `recordsMax`; `truncated` says that there was more. */
async function readPages<Answer extends { readonly more?: boolean | null | undefined }, Item>(
  http: Http,
  { items, ...call }: Paged<Answer, Item>,
): Promise<{ readonly items: Item[]; readonly truncated: boolean }> {
  const all: Item[] = [];
  for (let offset = 0; offset + pageSize <= recordsMax; offset += pageSize) {
    const query = { ...call.query, limit: pageSize, offset };
    const answer = await http.call({ ...call, query });
    all.push(...items(answer));
    if (answer.more !== true) {
      return { items: all, truncated: false };
    }
  }
  return { items: all, truncated: true };
}

/** Records that arrive while pages are read shift the rest: one may come twice. */
function uniqueById<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

function present<Item>(items: readonly (Item | undefined)[]): Item[] {
  return items.filter((item) => item !== undefined);
}

/** Undefined where PagerDuty refuses with one of the given statuses. */
export async function orAbsent<Answer>(
  statuses: readonly number[],
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PagerDutyRefusal && statuses.includes(error.status)) {
      return undefined;
    }
    throw error;
  }
}
