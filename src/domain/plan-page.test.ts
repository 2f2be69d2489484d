/** Which properties are written, and which have become a person's. */

import { describe, expect, it } from "vitest";
import type { Incident, IncidentRecords } from "./incident.ts";
import { notionUserId, pageId, parseIncidentId, type IncidentId } from "./keys.ts";
import { desiredPage, planProperties, stillWritten, type DesiredPage } from "./plan-page.ts";
import type { PostMortemPage } from "./post-mortem.ts";

const mia = notionUserId("mia");
const ben = notionUserId("ben");
const none: IncidentRecords = {
  logEntries: [],
  alerts: [],
  notes: [],
  changeEvents: [],
  truncated: false,
};

function incident(changes: Partial<Incident> = {}): Incident {
  return {
    id: parseIncidentId("Q1") as IncidentId,
    number: 1,
    title: "Checkout errors",
    status: "triggered",
    urgency: "high",
    htmlUrl: "https://acme.pagerduty.com/incidents/Q1",
    createdAt: new Date("2026-11-20T10:00:00Z"),
    priority: { id: "P1", name: "P1" },
    service: { id: "S1", name: "Checkout, EU" },
    teams: [],
    assignees: [],
    ...changes,
  };
}

function desired(changes: Partial<Incident> = {}): DesiredPage {
  return desiredPage(incident(changes), none, {
    name: "Checkout errors",
    leads: [mia],
    acknowledgedAt: new Date("2026-11-20T10:01:30Z"),
    sync: "Up to date.",
  });
}

/** A page that reads as we wrote it for an open P1. */
function page(changes: Partial<PostMortemPage> = {}): PostMortemPage {
  const { severity: _s, resolved: _r, durationMin: _d, ackMin: _a, ...rest } = desired();
  return {
    ...rest,
    id: pageId("p"),
    url: "https://www.notion.so/p",
    inTrash: false,
    createdAt: new Date("2026-11-20T10:00:00Z"),
    lastEditedByUs: true,
    severity: "P1",
    ackMin: 1.5,
    ...changes,
  };
}

const written = { name: "Checkout errors", status: "Live", leads: [mia] } as const;
const resolved = { status: "resolved", resolvedAt: new Date("2026-11-20T10:42:00Z") };

describe("desiredPage", () => {
  it("takes commas out of option names, which Notion refuses", () => {
    expect(desired().services).toEqual(["Checkout EU"]);
  });
  it("completes at resolve", () => {
    expect(desired(resolved)).toMatchObject({ status: "Draft", durationMin: 42, ackMin: 1.5 });
  });
  it("closes a merged incident without calling it fixed", () => {
    const mergedInto = { id: parseIncidentId("Q2") as IncidentId, name: "[#2] Database" };
    const merged = desired({ ...resolved, mergedInto });
    expect(merged).toMatchObject({ status: "Closed", resolved: null, durationMin: null });
  });
  it("takes the resolve time from the log where the incident has none", () => {
    const at = new Date("2026-11-20T10:30:00Z");
    const entry = { id: "R1", type: "resolve_log_entry", at, summary: "Resolved", targets: [] };
    const facts = { name: "", leads: [], acknowledgedAt: undefined, sync: "" };
    const records = { ...none, logEntries: [entry] };
    expect(desiredPage(incident({ status: "resolved" }), records, facts).durationMin).toBe(30);
  });
});

describe("stillWritten", () => {
  it("remembers what the page reads as desired, though the answer to writing it was lost", () => {
    const memory = { name: "Old title", status: "Draft", leads: [ben] } as const;
    expect(stillWritten(desired(), page(), memory)).toEqual(written);
  });
  it("claims nothing that reads otherwise", () => {
    const edited = page({ name: "Mine", status: "Final", leads: [ben] });
    expect(stillWritten(desired(), edited, undefined)).toBeUndefined();
  });
});

describe("planProperties", () => {
  it("writes nothing when the page says it all", () => {
    expect(planProperties(desired(), page(), written)).toBeUndefined();
  });
  it("takes back what is always ours", () => {
    const edited = page({ severity: "P3", incidentId: "mine", sync: "?" });
    expect(planProperties(desired(), edited, written)).toEqual({
      severity: "P1",
      incidentId: "Q1",
      sync: "Up to date.",
    });
  });
  it("clears what no longer holds after a reopen", () => {
    const closed = page({
      status: "Draft",
      resolved: new Date("2026-11-20T10:42:00Z"),
      durationMin: 42,
    });
    expect(planProperties(desired(), closed, { ...written, status: "Draft" })).toEqual({
      resolved: null,
      durationMin: null,
      status: "Live",
    });
  });
  it.each([
    ["as we wrote it", "Checkout errors", written, "New title"],
    ["in a person's words", "The big outage", written, undefined],
    ["and nothing is remembered", "Checkout errors", undefined, undefined],
  ])("with Name %s, a new title gives %s", (_case, name, memory, expected) => {
    const write = planProperties({ ...desired(), name: "New title" }, page({ name }), memory);
    expect(write?.name).toBe(expected);
  });
  it.each([
    ["Live", written, "Draft"],
    ["Live", undefined, "Draft"],
    ["In review", written, undefined],
    ["Final", undefined, undefined],
    ["Live", { ...written, status: "Draft" as const }, undefined],
  ])("at resolve Status %s becomes what we may write", (status, memory, expected) => {
    expect(planProperties(desired(resolved), page({ status }), memory)?.status).toBe(expected);
  });
  it.each([
    [[mia], written, [ben]],
    [[], undefined, [ben]],
    [[], written, undefined],
    [[notionUserId("eve")], written, undefined],
  ])("Lead %j is replaced only while it is ours", (leads, memory, expected) => {
    const write = planProperties({ ...desired(), leads: [ben] }, page({ leads }), memory);
    expect(write?.leads).toEqual(expected);
  });
  it("never clears Lead because nobody is known", () => {
    expect(planProperties({ ...desired(), leads: [] }, page(), written)).toBeUndefined();
  });
  it("does not call a time different that Notion cut to the minute", () => {
    const started = new Date("2026-11-20T10:00:00Z");
    const exact = { ...desired(), started: new Date("2026-11-20T10:00:41Z") };
    expect(planProperties(exact, page({ started }), written)).toBeUndefined();
  });
});
