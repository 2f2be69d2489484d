/** Whatever the records and their order: every row keeps its identity, and nothing is told twice. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Incident, IncidentRecords } from "./incident.ts";
import { parseIncidentId } from "./keys.ts";
import { createScrubber } from "./scrub.ts";
import { buildTimeline, leftOutRecords } from "./timeline-rows.ts";
import { recordName, type TimelineRow } from "./timeline.ts";

const start = Date.parse("2026-11-20T10:00:00Z");
const ownNoteMarker = "Post-mortem (Debrief): ";
const scrub = createScrubber([]);
const incidentId = parseIncidentId("Q1INCIDENT");

function at(seconds: number): Date {
  return new Date(start + seconds * 1000);
}

function rowsOf(records: IncidentRecords): TimelineRow[] {
  return buildTimeline(incident, records, { scrub, ownNoteMarker });
}

if (incidentId === undefined) {
  throw new Error("an incident id is one");
}
const incident: Incident = {
  id: incidentId,
  number: 7,
  title: "Checkout is down",
  status: "triggered",
  urgency: "high",
  htmlUrl: "https://acme.pagerduty.com/incidents/Q1INCIDENT",
  createdAt: at(0),
  teams: [],
  assignees: [],
};

const words = fc.constantFrom(
  "CPU high",
  "disk full",
  "Resolution Note: fixed",
  "fixed",
  "",
  `${ownNoteMarker}x`,
);
const seconds = fc.oneof(fc.nat(30), fc.nat(4000));
const names = fc.constantFrom("Mia Chen", "Ben Roy", "Ana Diaz");
const anyLog = fc
  .record({
    type: fc.constantFrom(
      "trigger",
      "notify",
      "notify",
      "annotate",
      "resolve",
      "assign",
      "escalate",
      "acknowledge",
      "reopen",
      "odd",
    ),
    seconds,
    text: fc.option(words, { nil: undefined }),
    name: names,
  })
  .map(({ type, seconds: s, text, name }) => ({
    type: `${type}_log_entry`,
    at: at(s),
    summary: "",
    targets: type === "assign" || type === "escalate" ? [name] : [],
    agent: { kind: "person", id: "PX", name } as const,
    ...(text === undefined ? {} : { text }),
    ...(type === "notify" ? { notified: { name, by: "push" } } : {}),
  }));
const anyRecords: fc.Arbitrary<IncidentRecords> = fc
  .record({
    logs: fc.array(anyLog, { maxLength: 60 }),
    alerts: fc.array(fc.record({ at: seconds.map(at), summary: words }), { maxLength: 40 }),
    notes: fc.array(fc.record({ at: seconds.map(at), content: words, author: names }), {
      maxLength: 15,
    }),
    changes: fc.array(
      fc.record({ at: fc.integer({ min: -200_000, max: 4000 }).map(at), summary: words }),
    ),
  })
  .map(({ logs, alerts, notes, changes }) => ({
    logEntries: logs.map((entry, n) => ({ ...entry, id: `R${n}` })),
    alerts: alerts.map((each, n) => ({ ...each, id: `Q${n}` })),
    notes: notes.map((each, n) => ({ ...each, id: `P${n}` })),
    changeEvents: changes.map((each, n) => ({ ...each, id: `C${n}` })),
    truncated: false,
  }));

function until(all: IncidentRecords, end: Date): IncidentRecords {
  function isThere(each: { readonly at: Date }): boolean {
    return each.at <= end;
  }
  return {
    logEntries: all.logEntries.filter(isThere),
    alerts: all.alerts.filter(isThere),
    notes: all.notes.filter(isThere),
    changeEvents: all.changeEvents.filter(isThere),
    truncated: false,
  };
}

function namesIn(row: TimelineRow): string[] {
  return [row.record, ...row.also].map(recordName);
}

describe("whatever the records", () => {
  it("gives the same rows for any order of the records", () => {
    fc.assert(
      fc.property(
        anyRecords.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all.logEntries], { minLength: all.logEntries.length }),
            fc.shuffledSubarray([...all.alerts], { minLength: all.alerts.length }),
            fc.shuffledSubarray([...all.notes], { minLength: all.notes.length }),
          ),
        ),
        ([all, logEntries, alerts, notes]) => {
          expect(rowsOf({ ...all, logEntries, alerts, notes })).toEqual(rowsOf(all));
        },
      ),
    );
  });

  it("represents every record once, or says that it is left out", () => {
    fc.assert(
      fc.property(anyRecords, (all) => {
        const told = rowsOf(all).flatMap(namesIn);
        const left = leftOutRecords(incident, all, ownNoteMarker).map(recordName);
        const wanted = [
          ...all.logEntries.map(({ id }) => `log-${id}`),
          ...all.alerts.map(({ id }) => `alert-${id}`),
          ...all.notes.map(({ id }) => `note-${id}`),
          ...all.changeEvents.map(({ id }) => `change-${id}`),
        ];
        expect([...told, ...left].toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });

  it("keeps each row's record and what it stands for as time goes on, and the rows' order", () => {
    fc.assert(
      fc.property(anyRecords, seconds, (all, end) => {
        const later = rowsOf(all);
        const byName = new Map(later.map((row, place) => [recordName(row.record), { row, place }]));
        let last = -1;
        for (const before of rowsOf(until(all, at(end)))) {
          const now = byName.get(recordName(before.record));
          expect(now?.row.at).toEqual(before.at);
          expect(now === undefined ? [] : namesIn(now.row)).toEqual(
            expect.arrayContaining(namesIn(before)),
          );
          expect(now?.place).toBeGreaterThan(last);
          last = now?.place ?? last;
        }
      }),
    );
  });

  it("is ordered by time, and every text is a clean, bounded line", () => {
    fc.assert(
      fc.property(anyRecords, fc.string({ unit: "binary", maxLength: 3000 }), (all, text) => {
        const rows = rowsOf({
          ...all,
          notes: [...all.notes, { id: "PX", at: at(50), author: "Mia Chen", content: text }],
        });
        expect(rows.map((row) => row.at.getTime())).toEqual(
          rows.map((row) => row.at.getTime()).toSorted((a, b) => a - b),
        );
        for (const { event, actor } of rows) {
          expect(event.length).toBeLessThanOrEqual(2000);
          expect(`${event}${actor}`.isWellFormed()).toBe(true);
          // oxlint-disable-next-line no-control-regex -- what must not be there
          expect(`${event}${actor}`).not.toMatch(/[\u0000-\u001F]/);
        }
      }),
    );
  });
});
