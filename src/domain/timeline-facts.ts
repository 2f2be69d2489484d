/** An incident's records as facts in one total order: the input of the timeline, less what is left out of it. */

import type { Alert, ChangeEvent, Incident, IncidentRecords, LogEntry, Note } from "./incident.ts";
import { recordName, type RecordRef } from "./timeline.ts";

interface Base {
  readonly record: RecordRef;
  readonly at: Date;
}

export type LogFact = Base & { readonly kind: "log"; readonly log: LogEntry };
export type AlertFact = Base & { readonly kind: "alert"; readonly alert: Alert };
export type NoteFact = Base & { readonly kind: "note"; readonly note: Note };
type ChangeFact = Base & { readonly kind: "change"; readonly change: ChangeEvent };
export type Fact = LogFact | AlertFact | NoteFact | ChangeFact;

/** How long before the start a deploy or another change is still of interest. */
const changesBeforeMs = 24 * 3_600_000;
/** PagerDuty writes a note and its log entry within this. */
const noteEntryMs = 5_000;

/**
 * Takes the incident and its records; gives what the timeline tells, in order, and what it leaves out:
 * changes long before the start or after the resolve, and our own note with its log entry.
 */
export function timelineFacts(
  incident: Incident,
  records: IncidentRecords,
  ownNoteMarker: string,
): { readonly facts: readonly Fact[]; readonly leftOut: readonly RecordRef[] } {
  const ownNotes = records.notes.filter((note) => note.content.includes(ownNoteMarker));
  const facts: Fact[] = [];
  const leftOut: RecordRef[] = [];
  for (const fact of allFacts(records)) {
    if (isLeftOut(fact, incident, { ownNoteMarker, ownNotes })) {
      leftOut.push(fact.record);
    } else {
      facts.push(fact);
    }
  }
  return { facts, leftOut };
}

/** By time; at the same time by what usually comes first; then by name, so that the order is total. */
function allFacts(records: IncidentRecords): Fact[] {
  const facts: Fact[] = [
    ...records.logEntries.map((log) => logFact(log)),
    ...records.alerts.map((alert): Fact => ({
      kind: "alert",
      record: ref("alert", alert.id),
      at: alert.at,
      alert,
    })),
    ...records.notes.map((note): Fact => ({
      kind: "note",
      record: ref("note", note.id),
      at: note.at,
      note,
    })),
    ...records.changeEvents.map((change): Fact => ({
      kind: "change",
      record: ref("change", change.id),
      at: change.at,
      change,
    })),
  ];
  const known = new Map(facts.map((fact) => [recordName(fact.record), fact]));
  return [...known.values()].toSorted(compareFacts);
}

function logFact(log: LogEntry): Fact {
  return { kind: "log", record: ref("log", log.id), at: log.at, log };
}

function ref(kind: RecordRef["kind"], id: string): RecordRef {
  return { kind, id };
}

function compareFacts(a: Fact, b: Fact): number {
  const byTime = a.at.getTime() - b.at.getTime() || rank(a) - rank(b);
  if (byTime !== 0) {
    return byTime;
  }
  return recordName(a.record) < recordName(b.record) ? -1 : 1;
}

// A trigger entry stands before its alert, and an annotate entry before its note, so that the log
// entry names the row: alerts move away in a merge and notes can be deleted, log entries stay.
const logRanks: Readonly<Record<string, number>> = {
  trigger_log_entry: 1,
  notify_log_entry: 4,
  resolve_log_entry: 5,
  annotate_log_entry: 6,
};

const kindRanks = { change: 0, alert: 2, log: 3, note: 7 } as const;

function rank(fact: Fact): number {
  const byType = fact.kind === "log" ? logRanks[fact.log.type] : undefined;
  return byType ?? kindRanks[fact.kind];
}

function isLeftOut(
  fact: Fact,
  incident: Incident,
  own: { readonly ownNoteMarker: string; readonly ownNotes: readonly Note[] },
): boolean {
  if (fact.kind === "change") {
    const isBefore = fact.at.getTime() < incident.createdAt.getTime() - changesBeforeMs;
    return isBefore || (incident.resolvedAt !== undefined && fact.at > incident.resolvedAt);
  }
  if (fact.kind === "note") {
    return own.ownNotes.includes(fact.note);
  }
  return fact.kind === "log" && isOwnAnnotation(fact.log, own);
}

function isOwnAnnotation(
  log: LogEntry,
  own: { readonly ownNoteMarker: string; readonly ownNotes: readonly Note[] },
): boolean {
  if (log.type !== "annotate_log_entry") {
    return false;
  }
  if (log.text !== undefined) {
    return log.text.includes(own.ownNoteMarker);
  }
  // Only a note that stood by then: what comes later takes no row away.
  return own.ownNotes.some((note) => {
    const afterMs = log.at.getTime() - note.at.getTime();
    return note.author === log.agent?.name && afterMs >= 0 && afterMs <= noteEntryMs;
  });
}
