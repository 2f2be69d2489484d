/** The timeline's rows out of an incident's records, and who answered first. Pure and order-free. */

import type { Actor, Incident, IncidentRecords } from "./incident.ts";
import { oneLine, truncate } from "./text.ts";
import { timelineFacts, type Fact } from "./timeline-facts.ts";
import { groupFacts } from "./timeline-groups.ts";
import type { RecordRef, TimelineRow } from "./timeline.ts";
import { wordGroup } from "./timeline-wording.ts";

const eventUnitsMax = 2000;
const actorUnitsMax = 200;

export interface TimelineOptions {
  /** Masks secrets. */
  readonly scrub: (text: string) => string;
  /** What a note contains that Debrief posted itself. */
  readonly ownNoteMarker: string;
}

/**
 * Takes an incident and its records in any order; gives the rows by time. Records that come later never
 * change which record names an earlier row. Every record is in one row, but for those of `leftOutRecords`.
 */
export function buildTimeline(
  incident: Incident,
  records: IncidentRecords,
  { scrub, ownNoteMarker }: TimelineOptions,
): TimelineRow[] {
  const { facts } = timelineFacts(incident, records, ownNoteMarker);
  const context = {
    incident,
    firstTrigger: facts.find((fact) => isLog(fact, "trigger_log_entry")),
    lastResolve: facts.findLast((fact) => isLog(fact, "resolve_log_entry")),
  };
  return groupFacts(facts).map((group) => {
    const [first, ...others] = group.facts;
    const { event, actor } = wordGroup(group, context);
    return {
      record: first.record,
      also: others.map(({ record }) => record),
      at: first.at,
      event: truncate(scrub(oneLine(event)), eventUnitsMax),
      actor: truncate(scrub(oneLine(actor)), actorUnitsMax),
    };
  });
}

/** The records that no row stands for: our own note with its log entry, and changes that are too far away. */
export function leftOutRecords(
  incident: Incident,
  records: IncidentRecords,
  ownNoteMarker: string,
): readonly RecordRef[] {
  return timelineFacts(incident, records, ownNoteMarker).leftOut;
}

function isLog(fact: Fact, type: string): boolean {
  return fact.kind === "log" && fact.log.type === type;
}

/** The first acknowledgement and who gave it; undefined while there is none. */
export function firstAcknowledgement(
  records: Pick<IncidentRecords, "logEntries">,
): { readonly at: Date; readonly by?: Actor } | undefined {
  const [first] = records.logEntries
    .filter(({ type }) => type === "acknowledge_log_entry")
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
  if (first === undefined) {
    return undefined;
  }
  return first.agent === undefined ? { at: first.at } : { at: first.at, by: first.agent };
}

// Who adds a note may be our own bot, and delegation names policies: neither makes a responder.
const assigning = new Set([
  "assign_log_entry",
  "reassign_log_entry",
  "escalate_log_entry",
  "responder_request_log_entry",
]);

/** Names of those who acted on the incident, or were assigned or asked to, in the order they came in. */
export function responders(records: Pick<IncidentRecords, "logEntries">): string[] {
  const names = records.logEntries
    .filter(({ type }) => type !== "annotate_log_entry")
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))
    .flatMap((entry) => [
      ...(entry.agent?.kind === "person" ? [entry.agent.name] : []),
      ...(assigning.has(entry.type) ? entry.targets : []),
    ]);
  return [...new Set(names.filter((name) => name !== ""))];
}
