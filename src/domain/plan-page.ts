/** What a post-mortem page's properties should say, and which of them have to be written. Pure. */

import type { Incident, IncidentRecords } from "./incident.ts";
import type { IncidentLink } from "./link.ts";
import type { NotionUserId } from "./keys.ts";
import type { PostMortemPage, PostMortemStatus, PostMortemWrite } from "./post-mortem.ts";
import { minutesBetween, sameMinute } from "./time.ts";

/** Every property that Debrief owns, with the value it should have. */
export interface DesiredPage {
  readonly name: string;
  readonly incidentId: string;
  readonly incidentUrl: string;
  readonly severity: string | null;
  readonly services: readonly string[];
  readonly status: PostMortemStatus;
  readonly started: Date;
  readonly resolved: Date | null;
  readonly durationMin: number | null;
  readonly ackMin: number | null;
  /** Empty: nobody known, then the property is left alone. */
  readonly leads: readonly NotionUserId[];
  readonly sync: string;
}

export interface PageFacts {
  readonly name: string;
  readonly leads: readonly NotionUserId[];
  readonly acknowledgedAt: Date | undefined;
  readonly sync: string;
}

/** Takes the incident, its records and what was found out besides; gives the properties a page of it should have. */
export function desiredPage(
  incident: Incident,
  records: IncidentRecords,
  facts: PageFacts,
): DesiredPage {
  // A merged incident was not fixed: it gets neither a resolve time nor a duration.
  const resolved = incident.mergedInto === undefined ? resolvedAt(incident, records) : undefined;
  return {
    name: facts.name,
    incidentId: incident.id,
    incidentUrl: incident.htmlUrl,
    severity: incident.priority === undefined ? null : optionName(incident.priority.name),
    services: incident.service === undefined ? [] : [optionName(incident.service.name)],
    status: desiredStatus(incident),
    started: incident.createdAt,
    resolved: resolved ?? null,
    durationMin: resolved === undefined ? null : minutesBetween(incident.createdAt, resolved),
    ackMin:
      facts.acknowledgedAt === undefined
        ? null
        : minutesBetween(incident.createdAt, facts.acknowledgedAt),
    leads: facts.leads,
    sync: facts.sync,
  };
}

/** When it was resolved, by the incident itself or else by its last resolve entry; undefined while it is open. */
function resolvedAt(incident: Incident, records: IncidentRecords): Date | undefined {
  if (incident.status !== "resolved") {
    return undefined;
  }
  const times = records.logEntries
    .filter((entry) => entry.type === "resolve_log_entry")
    .map((entry) => entry.at.getTime());
  const last = times.length === 0 ? undefined : new Date(Math.max(...times));
  return incident.resolvedAt ?? last ?? incident.updatedAt;
}

function desiredStatus(incident: Incident): PostMortemStatus {
  if (incident.mergedInto !== undefined) {
    return "Closed";
  }
  return incident.status === "resolved" ? "Draft" : "Live";
}

/** Notion refuses commas in the names of options. */
function optionName(name: string): string {
  return name.replaceAll(",", " ").replaceAll(/\s+/g, " ").trim().slice(0, 100);
}

/** What to write when the page is made: everything. */
export function createWrite(desired: DesiredPage): PostMortemWrite {
  return { ...desired };
}

/**
 * Takes the desired properties, the page as read and what we wrote last; gives only what has to be
 * written, or undefined. Name, Status and Lead stay a person's once they differ from what we wrote.
 */
export function planProperties(
  desired: DesiredPage,
  page: PostMortemPage,
  written: IncidentLink["written"],
): PostMortemWrite | undefined {
  const write: PostMortemWrite = {
    ...differing("incidentId", page.incidentId === desired.incidentId, desired),
    ...differing("incidentUrl", page.incidentUrl === desired.incidentUrl, desired),
    ...differing("severity", (page.severity ?? null) === desired.severity, desired),
    ...differing("services", sameMembers(page.services, desired.services), desired),
    ...differing("started", sameMinute(page.started, desired.started), desired),
    ...differing("resolved", sameMinute(page.resolved, desired.resolved ?? undefined), desired),
    ...differing("durationMin", (page.durationMin ?? null) === desired.durationMin, desired),
    ...differing("ackMin", (page.ackMin ?? null) === desired.ackMin, desired),
    ...differing("sync", page.sync === desired.sync, desired),
    ...differing("name", page.name === desired.name || page.name !== written?.name, desired),
    ...differing("status", !mayMoveStatus(desired.status, page.status, written?.status), desired),
    ...differing("leads", !maySetLeads(desired.leads, page.leads, written?.leads), desired),
  };
  return Object.keys(write).length === 0 ? undefined : write;
}

function differing<Name extends keyof DesiredPage>(
  name: Name,
  same: boolean,
  desired: DesiredPage,
): Partial<Pick<DesiredPage, Name>> {
  const one: Partial<Pick<DesiredPage, Name>> = {};
  if (!same) {
    one[name] = desired[name];
  }
  return one;
}

/** Ours while it reads as we wrote it; with the memory lost, only Live is certain to be ours. */
function mayMoveStatus(
  desired: PostMortemStatus,
  reads: string | undefined,
  written: PostMortemStatus | undefined,
): boolean {
  return reads !== desired && reads === (written ?? "Live");
}

function maySetLeads(
  desired: readonly NotionUserId[],
  reads: readonly NotionUserId[],
  written: readonly NotionUserId[] | undefined,
): boolean {
  return desired.length > 0 && !sameMembers(reads, desired) && sameMembers(reads, written ?? []);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === new Set(a).size;
}

/**
 * Takes the desired properties, the page as read and what is remembered as written; gives the memory with
 * what the page reads as desired added: written by us and its answer lost, or remembered no more.
 */
export function stillWritten(
  desired: DesiredPage,
  page: PostMortemPage,
  written: IncidentLink["written"],
): IncidentLink["written"] {
  const isNameOurs = page.name === desired.name && written?.name !== desired.name;
  const isStatusOurs = page.status === desired.status && written?.status !== desired.status;
  const isLeadOurs =
    desired.leads.length > 0 &&
    sameMembers(page.leads, desired.leads) &&
    !sameMembers(written?.leads ?? [], desired.leads);
  return isNameOurs || isStatusOurs || isLeadOurs
    ? {
        ...written,
        ...(isNameOurs ? { name: desired.name } : {}),
        ...(isStatusOurs ? { status: desired.status } : {}),
        ...(isLeadOurs ? { leads: desired.leads } : {}),
      }
    : written;
}

/** Takes what was written; gives what to remember of it, over what was remembered before. */
export function rememberWritten(
  write: PostMortemWrite,
  before: IncidentLink["written"],
): NonNullable<IncidentLink["written"]> {
  return {
    ...before,
    ...(write.name === undefined ? {} : { name: write.name }),
    ...(write.status === undefined ? {} : { status: write.status }),
    ...(write.leads === undefined ? {} : { leads: write.leads }),
    ...(write.sync === undefined ? {} : { sync: write.sync }),
  };
}
