/** An incident's records become rows that people can read and that never change their identity. */

import { describe, expect, it } from "vitest";
import type { Alert, ChangeEvent, Incident, IncidentRecords, LogEntry, Note } from "./incident.ts";
import { parseIncidentId, type IncidentId } from "./keys.ts";
import { createScrubber } from "./scrub.ts";
import {
  buildTimeline,
  firstAcknowledgement,
  leftOutRecords,
  responders,
} from "./timeline-rows.ts";
import { recordName, type TimelineRow } from "./timeline.ts";

const start = Date.parse("2026-11-20T10:00:00Z");
const ownNoteMarker = "Post-mortem (Debrief): ";
const options = { scrub: createScrubber([]), ownNoteMarker };
const mia = { kind: "person", id: "PMIA", name: "Mia Chen" } as const;
const datadog = { kind: "integration", id: "PDD", name: "Datadog" } as const;
const service = { kind: "service", id: "PSVC", name: "Checkout API" } as const;

function at(seconds: number): Date {
  return new Date(start + seconds * 1000);
}

function incidentId(raw: string): IncidentId {
  const id = parseIncidentId(raw);
  if (id === undefined) {
    throw new Error(`not an incident id: ${raw}`);
  }
  return id;
}

const incident: Incident = {
  id: incidentId("Q1INCIDENT"),
  number: 7,
  title: "Checkout is down",
  status: "triggered",
  urgency: "high",
  htmlUrl: "https://acme.pagerduty.com/incidents/Q1INCIDENT",
  createdAt: at(0),
  teams: [],
  assignees: [],
};

let count = 0;
function log(type: string, seconds: number, more: Partial<LogEntry> = {}): LogEntry {
  count += 1;
  const id = more.id ?? `R${String(count).padStart(4, "0")}`;
  return { type: `${type}_log_entry`, at: at(seconds), summary: "", targets: [], ...more, id };
}

function alert(id: string, seconds: number, more: Partial<Alert> = {}): Alert {
  return { id, at: at(seconds), summary: `alert ${id}`, ...more };
}

function note(id: string, seconds: number, content: string): Note {
  return { id, at: at(seconds), author: "Mia Chen", content };
}

function records(parts: Partial<IncidentRecords>): IncidentRecords {
  return { logEntries: [], alerts: [], notes: [], changeEvents: [], truncated: false, ...parts };
}

function rowsOf(parts: Partial<IncidentRecords>, of: Incident = incident): TimelineRow[] {
  return buildTimeline(of, records(parts), options);
}

function texts(parts: Partial<IncidentRecords>, of: Incident = incident): string[] {
  return rowsOf(parts, of).map(({ event, actor }) => `${event} | ${actor}`);
}

function notify(seconds: number, name: string, by: string): LogEntry {
  return log("notify", seconds, { notified: { name, by }, agent: service, channel: "auto" });
}

function change(id: string, seconds: number, summary: string): ChangeEvent {
  return { id, at: at(seconds), summary, source: "ci" };
}

describe("the wording of a log entry", () => {
  const person = { agent: mia, channel: "website" };
  it.each<[LogEntry, string]>([
    [log("acknowledge", 0, person), "Acknowledged | Mia Chen"],
    [
      log("unacknowledge", 0, { agent: service, channel: "timeout" }),
      "Acknowledgement timed out | PagerDuty (timeout)",
    ],
    [log("unacknowledge", 0, person), "Acknowledgement ended | Mia Chen"],
    [
      log("assign", 0, { ...person, targets: ["Ben Roy", "Ana Diaz"] }),
      "Assigned to Ben Roy, Ana Diaz | Mia Chen",
    ],
    [log("assign", 0, { summary: "Assigned by policy" }), "Assigned by policy | PagerDuty"],
    [
      log("escalate", 0, { agent: service, channel: "auto", targets: ["Ben Roy"] }),
      "Escalated to Ben Roy | PagerDuty (automatic)",
    ],
    [
      log("delegate", 0, { ...person, targets: ["Database"] }),
      "Moved to another escalation policy: Database | Mia Chen",
    ],
    [log("snooze", 0, { ...person, durationS: 5400 }), "Snoozed for 1 h 30 min | Mia Chen"],
    [log("snooze", 0, { ...person, durationS: 20 }), "Snoozed for 20 s | Mia Chen"],
    [log("snooze", 0, person), "Snoozed | Mia Chen"],
    [
      log("status_update", 0, { ...person, text: "We are\nlooking" }),
      "Status update: We are looking | Mia Chen",
    ],
    [
      log("responder_request", 0, { ...person, targets: ["Ben Roy"], text: "please help" }),
      "Asked Ben Roy to respond: please help | Mia Chen",
    ],
    [
      log("priority_change", 0, { ...person, change: { field: "priority", from: "P3", to: "P1" } }),
      "Priority changed from P3 to P1 | Mia Chen",
    ],
    [
      log("priority_change", 0, { ...person, change: { field: "priority", to: "P1" } }),
      "Priority set to P1 | Mia Chen",
    ],
    [
      log("priority_change", 0, { ...person, change: { field: "priority", from: "P1" } }),
      "Priority P1 removed | Mia Chen",
    ],
    [
      log("service_change", 0, { ...person, change: { field: "service", from: "A", to: "B" } }),
      "Moved from service A to B | Mia Chen",
    ],
    [
      log("service_change", 0, { ...person, change: { field: "service", from: "A" } }),
      "Moved away from service A | Mia Chen",
    ],
    [
      log("urgency_change", 0, { ...person, summary: "Urgency changed to low" }),
      "Urgency changed to low | Mia Chen",
    ],
    [
      log("custom_field_value_change", 0, {
        ...person,
        summary: "Changed",
        text: "Updated region to eu",
      }),
      "Updated region to eu | Mia Chen",
    ],
    [log("link", 0, { ...person, linked: "CPU high" }), "Linked: CPU high | Mia Chen"],
    [log("unlink", 0, { ...person, summary: "Alert unlinked" }), "Alert unlinked | Mia Chen"],
    [log("reopen", 0, person), "Reopened | Mia Chen"],
    [
      log("repeat_escalation_path", 0, { agent: service }),
      "Escalation starts again from the first level | Checkout API (service)",
    ],
    [log("resolve", 0, { agent: datadog, channel: "api" }), "Resolved | Datadog (integration)"],
    [log("resolve", 0, { agent: service, channel: "timeout" }), "Resolved | PagerDuty (timeout)"],
    [log("resolve", 0, { ...person, text: "rolled back" }), "Resolved: rolled back | Mia Chen"],
    [log("annotate", 0, { ...person, text: "looking at db" }), "Note: looking at db | Mia Chen"],
    [log("made_up_future", 0, { ...person, summary: "Something new" }), "Something new | Mia Chen"],
    [log("made_up_future", 0, {}), "Made up future | PagerDuty"],
    [
      log("trigger", 0, { agent: mia, channel: "web_trigger", text: "Checkout is down" }),
      "Triggered: Checkout is down | Mia Chen",
    ],
    [log("trigger", 0, { agent: mia }), "Triggered: Checkout is down | Mia Chen"],
    [
      log("notify", 0, { notified: { name: "Mia Chen", by: "sms" } }),
      "Paged Mia Chen by text message | PagerDuty",
    ],
  ])("$type: %#", (entry, text) => {
    expect(texts({ logEntries: [entry] })).toEqual([text]);
  });

  it("names the incident that this one was merged into", () => {
    const mergedInto = { id: incidentId("Q2"), name: "[#8] Database is down" };
    expect(
      texts({ logEntries: [log("resolve", 9, { agent: mia })] }, { ...incident, mergedInto }),
    ).toEqual(["Resolved by merging into [#8] Database is down | Mia Chen"]);
  });
});

describe("alerts and triggers", () => {
  const details = { severity: "critical", source: "db-1", integration: "Datadog" };

  it("shows a trigger entry and its alert as one row, named by the log entry", () => {
    const trigger = log("trigger", 0, { agent: datadog, text: "CPU high" });
    const first = alert("Q1", 0, { summary: "CPU high", ...details });
    const [row, ...others] = rowsOf({ logEntries: [trigger], alerts: [first] });
    expect(others).toEqual([]);
    expect(row).toEqual({
      record: { kind: "log", id: trigger.id },
      also: [{ kind: "alert", id: "Q1" }],
      at: at(0),
      event: "Triggered: CPU high (critical, db-1)",
      actor: "Datadog (integration)",
    });
  });

  it("keeps different alerts apart, each with its own trigger entry", () => {
    expect(
      texts({
        logEntries: [log("trigger", 0, { text: "A" }), log("trigger", 30, { text: "B" })],
        alerts: [alert("Q2", 30, { summary: "B", ...details }), alert("Q1", 0, { summary: "A" })],
      }),
    ).toEqual(["Triggered: A | PagerDuty", "Alert: B (critical, db-1) | Datadog (integration)"]);
  });

  it("keeps two alerts apart that say the same", () => {
    const alerts = [alert("Q1", 0, { summary: "A" }), alert("Q2", 1, { summary: "A" })];
    expect(rowsOf({ alerts })).toHaveLength(2);
  });

  it("counts triggers that say the same again instead of repeating them", () => {
    const logEntries = [0, 60, 300, 2000].map((s) => log("trigger", s, { text: "CPU high" }));
    expect(texts({ logEntries })).toEqual([
      "Triggered: CPU high, repeated 2 times | PagerDuty",
      "Alert: CPU high | PagerDuty",
    ]);
  });

  it("collapses what goes beyond ten alerts within a minute", () => {
    const alerts = Array.from({ length: 25 }, (_, n) => alert(`Q${10 + n}`, n));
    const rows = texts({ alerts: [...alerts, alert("Q99", 90)] });
    expect(rows).toHaveLength(12);
    expect(rows[10]).toBe('15 further alerts within a minute, such as "alert Q20" | PagerDuty');
    expect(rows[11]).toBe("Alert: alert Q99 | PagerDuty");
  });
});

describe("paging", () => {
  it("is one row for each episode, named by its first entry", () => {
    const entries = [
      notify(1, "Mia Chen", "push"),
      notify(3, "Ben Roy", "push"),
      notify(5, "Mia Chen", "phone"),
      log("status_update", 6, { text: "looking" }),
      notify(7, "Mia Chen", "push"),
      log("escalate", 300, { targets: ["Ana Diaz"] }),
      notify(301, "Ana Diaz", "sms"),
    ];
    const rows = rowsOf({ logEntries: entries });
    expect(rows.map(({ event }) => event)).toEqual([
      "Paged 2 people, 4 notifications (1 by phone, 3 by push)",
      "Status update: looking",
      "Escalated to Ana Diaz",
      "Paged Ana Diaz by text message",
    ]);
    expect(rows[0]?.record).toEqual({ kind: "log", id: entries[0]?.id });
    expect(rows[0]?.also.map(({ id }) => id)).toEqual([1, 2, 4].map((n) => entries[n]?.id));
  });

  it("says nothing of a summary, which may hold a number", () => {
    const entry = log("notify", 1, { summary: "Notified by phone at +15555550100" });
    expect(texts({ logEntries: [entry] })).toEqual(["Paged somebody | PagerDuty"]);
  });
});

describe("notes", () => {
  it("shows a note and its log entry as one row with the note's present text", () => {
    const entry = log("annotate", 10, { agent: mia, text: "typo" });
    const rows = rowsOf({ logEntries: [entry], notes: [note("P1", 10, "typo, corrected")] });
    expect(rows).toMatchObject([
      {
        record: { id: entry.id },
        also: [{ kind: "note", id: "P1" }],
        event: "Note: typo, corrected",
      },
    ]);
  });

  it.each([
    ["before", 99],
    ["after", 100],
  ])("joins the resolution note that came %s the resolve", (_, seconds) => {
    const content = "Resolution Note: rolled back";
    expect(
      texts({
        logEntries: [
          log("resolve", 100, { agent: mia }),
          log("annotate", seconds, { agent: mia, text: content }),
        ],
        notes: [note("P1", seconds, content)],
      }),
    ).toEqual(["Resolved: rolled back | Mia Chen"]);
  });

  it("keeps a resolution note that says something else than the resolve", () => {
    expect(
      texts({
        logEntries: [log("resolve", 100, { agent: mia, text: "rolled back" })],
        notes: [note("P1", 100, "Resolution Note: see the doc")],
      }),
    ).toEqual([
      "Resolved: rolled back | Mia Chen",
      "Note: Resolution Note: see the doc | Mia Chen",
    ]);
  });

  it("joins one note to a resolve, not every one", () => {
    const notes = [1, 2].map((n) => note(`P${n}`, 100 + n, `Resolution Note: reason ${n}`));
    expect(rowsOf({ logEntries: [log("resolve", 100)], notes })).toHaveLength(2);
  });

  it("leaves our own note out, and its log entry", () => {
    const content = `${ownNoteMarker}https://www.notion.so/x`;
    const parts = records({
      logEntries: [
        log("annotate", 5, { id: "ROWN", agent: mia, text: content }),
        log("resolve", 9),
      ],
      notes: [note("POWN", 5, content)],
    });
    expect(buildTimeline(incident, parts, options)).toHaveLength(1);
    expect(leftOutRecords(incident, parts, ownNoteMarker).map(recordName)).toEqual([
      "log-ROWN",
      "note-POWN",
    ]);
  });

  it("masks secrets, makes one paragraph and cuts visibly", () => {
    const content = `password=hunter2\n\n${"long ".repeat(1000)}`;
    const [row] = rowsOf({ notes: [note("P1", 0, content)] });
    expect(row?.event).toMatch(
      /^Note: password=\[masked: password\] long .*… \(cut, \d+ more characters\)$/,
    );
    expect(row?.event.length).toBeLessThanOrEqual(2000);
  });
});

describe("assignments and changes", () => {
  it("shows an escalation and the assignment it comes with as one row", () => {
    const targets = ["Ben Roy", "Ana Diaz"];
    const entries = [
      log("assign", 60, { targets: targets.toReversed() }),
      log("escalate", 61, { targets }),
    ];
    expect(texts({ logEntries: entries })).toEqual(["Escalated to Ben Roy, Ana Diaz | PagerDuty"]);
  });

  it("shows deploys and changes from a day before the start until the resolve", () => {
    const changeEvents = [
      change("C1", -90_000, "Deploy 1"),
      change("C2", -600, "Released checkout 2"),
      change("C3", 60, "flag checkout on"),
      change("C4", 4000, "Deploy 4"),
    ];
    const resolved = { ...incident, resolvedAt: at(3600) };
    expect(texts({ changeEvents }, resolved)).toEqual([
      "Deploy: Released checkout 2 | ci",
      "Change: flag checkout on | ci",
    ]);
    const left = leftOutRecords(resolved, records({ changeEvents }), ownNoteMarker);
    expect(left.map(recordName)).toEqual(["change-C1", "change-C4"]);
  });

  it("puts what happened in the same second in the order it must have happened", () => {
    const entries = [
      log("notify", 0, { id: "R1" }),
      log("assign", 0, { id: "R2" }),
      log("trigger", 0, { id: "R3" }),
    ];
    expect(rowsOf({ logEntries: entries }).map(({ record }) => record.id)).toEqual([
      "R3",
      "R2",
      "R1",
    ]);
  });
});

describe("who answered", () => {
  const entries = [
    log("acknowledge", 90, { agent: { ...mia, id: "PBEN", name: "Ben Roy" } }),
    log("acknowledge", 60, { agent: mia }),
    log("trigger", 0, { agent: datadog }),
    log("assign", 1, { targets: ["Ana Diaz"] }),
    log("delegate", 2, { targets: ["Some policy"] }),
    log("annotate", 3, { agent: { ...mia, name: "Debrief bot" } }),
  ];

  it("finds the first acknowledgement, whatever the order", () => {
    expect(firstAcknowledgement({ logEntries: entries })).toEqual({ at: at(60), by: mia });
    expect(firstAcknowledgement({ logEntries: [log("acknowledge", 5)] })).toEqual({ at: at(5) });
    expect(firstAcknowledgement({ logEntries: [] })).toBeUndefined();
  });

  it("names who acted or was called, once each, in the order they came in", () => {
    expect(responders({ logEntries: entries })).toEqual(["Ana Diaz", "Mia Chen", "Ben Roy"]);
  });
});
