/** What PagerDuty says becomes our words, whatever is null, missing or unknown, and no number gets in. */

import { describe, expect, it } from "vitest";
import {
  connect,
  failure,
  incident,
  incidentJson,
  ok,
  pages,
  reference,
  type Answers,
} from "../../../test/support/pagerduty-client.ts";
import { TerminalError } from "../../domain/errors.ts";
import type { Incident, IncidentRecords, LogEntry } from "../../domain/incident.ts";

const path = `GET /incidents/${incident}`;
const mia = reference("PMIA", "Mia Chen");
const base = { created_at: "2026-11-20T09:01:00Z", summary: "a summary", agent: mia };

function answers(more: Answers = {}): Answers {
  return {
    [`${path}/log_entries`]: pages("log_entries", []),
    [`${path}/alerts`]: pages("alerts", []),
    [`${path}/notes`]: ok({ notes: [] }),
    [`${path}/related_change_events`]: ok({ change_events: [], limit: null, offset: null }),
    ...more,
  };
}

async function readRecords(more: Answers): Promise<IncidentRecords> {
  await using t = await connect(answers(more));
  return await t.pagerduty.readRecords(incident);
}

async function readEntry(raw: object): Promise<LogEntry | undefined> {
  const entries = pages("log_entries", [{ id: "R1", ...base, ...raw }]);
  const { logEntries } = await readRecords({ [`${path}/log_entries`]: entries });
  return logEntries[0];
}

describe("a log entry", () => {
  it.each<[string, object, Partial<LogEntry>]>([
    [
      "trigger",
      { event_details: { description: "CPU high" }, channel: { type: "api" } },
      { text: "CPU high", channel: "api" },
    ],
    [
      "trigger",
      { channel: { type: "web_trigger", summary: "Down", subject: "It is down" } },
      { text: "It is down" },
    ],
    [
      "acknowledge",
      { channel: { type: "website" } },
      { agent: { kind: "person", id: "PMIA", name: "Mia Chen" } },
    ],
    [
      "assign",
      { assignees: [mia, reference("PBEN", "Ben Roy")] },
      { targets: ["Mia Chen", "Ben Roy"] },
    ],
    ["annotate", { channel: { type: "note", summary: "looking" } }, { text: "looking" }],
    ["resolve", { note: "rolled back" }, { text: "rolled back" }],
    ["resolve", { note: null }, { summary: "a summary" }],
    ["snooze", { channel: { type: "website", duration: "3600" } }, { durationS: 3600 }],
    ["status_update", { message: "we know" }, { text: "we know" }],
    [
      "responder_request",
      { responders: [{ user: mia }, mia], responder: reference("PBEN", "Ben Roy") },
      { targets: ["Mia Chen", "Ben Roy"] },
    ],
    [
      "priority_change",
      { channel: { old_priority: { summary: "x", name: "P3" }, new_priority: { summary: "P1" } } },
      { change: { field: "priority", from: "P3", to: "P1" } },
    ],
    [
      "priority_change",
      { channel: { old_priority: null, new_priority: { name: "P1" } } },
      { change: { field: "priority", to: "P1" } },
    ],
    [
      "service_change",
      { channel: { old_service: reference("P1", "A") }, service: reference("P2", "B") },
      { change: { field: "service", from: "A", to: "B" } },
    ],
    [
      "service_change",
      { channel: { old_service: reference("P1", "A") }, service: reference("P1", "A") },
      { change: { field: "service", from: "A" } },
    ],
    [
      "custom_field_value_change",
      { changeset: ["Updated region to eu", "Updated tier to 1"] },
      { text: "Updated region to eu; Updated tier to 1" },
    ],
    [
      "link",
      { linked_incident: { ...reference("Q9", "CPU high", "alert_reference") } },
      { linked: "CPU high" },
    ],
    [
      "made_up_future",
      { channel: {}, anything: [1, { deep: true }] },
      { type: "made_up_future_log_entry", summary: "a summary" },
    ],
  ])("of type %s is read: %j", async (type, raw, wanted) => {
    expect(await readEntry({ type: `${type}_log_entry`, ...raw })).toMatchObject(wanted);
  });

  it.each([
    ["user_reference", "person"],
    ["user", "person"],
    ["bot_user_reference", "other"],
    ["inbound_integration_reference", "integration"],
    ["generic_events_api_inbound_integration", "integration"],
    ["service_reference", "service"],
    ["something_new", "other"],
  ])("by an agent of type %s is by a %s", async (type, kind) => {
    const entry = await readEntry({ type: "resolve_log_entry", agent: reference("PX", "X", type) });
    expect(entry?.agent).toEqual({ kind, id: "PX", name: "X" });
  });

  it("is read where nearly everything is null, missing or of another kind", async () => {
    const odd = {
      summary: null,
      agent: null,
      channel: "website",
      assignees: { a: 1 },
      note: 5,
      responders: [7, null],
      changeset: [1, "x"],
      event_details: [],
      linked_incident: "Q1",
    };
    expect(await readEntry({ type: "odd_log_entry", ...odd })).toEqual({
      id: "R1",
      type: "odd_log_entry",
      at: new Date(base.created_at),
      summary: "",
      targets: [],
      text: "x",
    });
  });

  it.each([
    ["2026-11-20T09:01:00Z", "2026-11-20T09:01:00.000Z"],
    ["2026-11-20T09:01:00+00:00", "2026-11-20T09:01:00.000Z"],
    ["2026-11-20T03:01:00-06:00", "2026-11-20T09:01:00.000Z"],
    ["2026-11-20T09:01:00.123Z", "2026-11-20T09:01:00.123Z"],
    ["2026-11-20T09:01:00", "2026-11-20T09:01:00.000Z"],
  ])("at %s is at %s", async (created_at, at) => {
    const entry = await readEntry({ type: "resolve_log_entry", created_at });
    expect(entry?.at.toISOString()).toBe(at);
  });

  it("without an id, a type or a time is left out, and that is said", async () => {
    const good = { id: "R1", type: "resolve_log_entry", ...base };
    const bad = [
      { ...good, id: null },
      { ...good, type: undefined },
      { ...good, created_at: "yesterday" },
      "x",
    ];
    await using t = await connect(
      answers({ [`${path}/log_entries`]: ok({ log_entries: [...bad, good], more: false }) }),
    );
    const { logEntries } = await t.pagerduty.readRecords(incident);
    expect(logEntries.map(({ id }) => id)).toEqual(["R1"]);
    expect(t.warnings).toMatchObject([{ fields: { unread: 4 } }]);
  });
});

describe("notifications", () => {
  it("tell who and by what means, and never a number or an address", async () => {
    const secrets = ["+15555550100", "555-0142", "mia@home.example", "Mia's iPhone"];
    const entries = [
      "sms_notification",
      "phone",
      "EMAIL_NOTIFICATION",
      "push_notification",
      null,
      "+1 555 0100",
    ].map((type, at) => ({
      id: `R${at}`,
      ...base,
      type: at === 5 ? "notification_of_the_future_log_entry" : "notify_log_entry",
      summary: `Notified Mia Chen at ${secrets.join(" or ")}`,
      user: { ...mia, contact_methods: secrets, email: secrets[2] },
      channel: {
        type: "auto",
        summary: secrets.join(),
        notification: {
          type,
          address: secrets[at % 4],
          status: "success",
          conferenceAddress: secrets[0],
        },
        to: secrets[1],
      },
      contexts: secrets,
      event_details: { description: secrets[0] },
      note: secrets[0],
      message: secrets[1],
    }));
    const records = await readRecords({ [`${path}/log_entries`]: pages("log_entries", entries) });
    expect(records.logEntries.map((entry) => entry.notified)).toEqual(
      ["sms", "phone", "email", "push", "notification", "notification"].map((by) => ({
        name: "Mia Chen",
        by,
      })),
    );
    const everything = JSON.stringify(records);
    for (const secret of [...secrets, "5555550100", "555 0100"]) {
      expect(everything).not.toContain(secret);
    }
  });
});

describe("alerts, notes and change events", () => {
  it("are read beside the log, whatever shape their details have", async () => {
    const alert = { created_at: "2026-11-20T03:01:00-06:00", summary: "CPU high", severity: null };
    const records = await readRecords({
      [`${path}/alerts`]: pages("alerts", [
        {
          ...alert,
          id: "Q1",
          severity: "critical",
          resolved_at: "2026-11-20T09:30:00Z",
          integration: reference("PDD", "Datadog"),
          body: { details: "free text", cef_details: { source_origin: "db-1" } },
        },
        { ...alert, id: "Q2", integration: null, body: { details: { source: "db-2" } } },
        { ...alert, id: "Q3", body: null },
      ]),
      [`${path}/notes`]: ok({
        notes: [
          { id: "P1", content: "looking", created_at: "2026-11-20T09:02:00Z", user: mia },
          { id: "P2", content: null, created_at: "2026-11-20T09:03:00Z", user: null },
        ],
      }),
      [`${path}/related_change_events`]: ok({
        change_events: [
          { id: "C1", summary: "Deploy 4", timestamp: "2026-11-20T08:50:00Z", source: "ci" },
        ],
      }),
    });
    const at = new Date("2026-11-20T09:01:00Z");
    expect(records).toEqual({
      logEntries: [],
      alerts: [
        {
          id: "Q1",
          at,
          summary: "CPU high",
          severity: "critical",
          source: "db-1",
          integration: "Datadog",
          resolvedAt: new Date("2026-11-20T09:30:00Z"),
        },
        { id: "Q2", at, summary: "CPU high", source: "db-2" },
        { id: "Q3", at, summary: "CPU high" },
      ],
      notes: [
        { id: "P1", at: new Date("2026-11-20T09:02:00Z"), author: "Mia Chen", content: "looking" },
        { id: "P2", at: new Date("2026-11-20T09:03:00Z"), author: "", content: "" },
      ],
      changeEvents: [
        { id: "C1", at: new Date("2026-11-20T08:50:00Z"), summary: "Deploy 4", source: "ci" },
      ],
      truncated: false,
    });
  });

  it.each([402, 403, 404, 400])(
    "do without change events when they are answered %i",
    async (status) => {
      const refused = {
        [`${path}/related_change_events`]: failure(status, 2014, "Account lacks it"),
      };
      expect((await readRecords(refused)).changeEvents).toEqual([]);
    },
  );

  it("do without alerts only where the plan has none", async () => {
    const refused = { [`${path}/alerts`]: failure(402, 2014, "Account lacks it") };
    expect((await readRecords(refused)).alerts).toEqual([]);
    await expect(
      readRecords({ [`${path}/alerts`]: failure(403, 2010, "Access Denied") }),
    ).rejects.toMatchObject({
      code: "PAGERDUTY_FORBIDDEN",
      message: `could not read the alerts of incident ${incident}: PagerDuty answered 403 (2010: Access Denied)`,
    });
  });

  it("is tried again when the incident went away in between", async () => {
    const gone = readRecords({ [`${path}/log_entries`]: failure(404, 2100, "Not Found") });
    await expect(gone).rejects.toThrow("404");
    await expect(gone).rejects.not.toBeInstanceOf(TerminalError);
  });
});

async function find(more: object): Promise<Incident | undefined> {
  return await readIncident({ [path]: ok({ incident: incidentJson(more) }) });
}

describe("findIncident", () => {
  it("reads what the page shows", async () => {
    expect(
      await find({
        updated_at: "2026-11-20T09:30:00Z",
        resolved_at: "2026-11-20T09:30:00Z",
        priority: { ...reference("PP1", "a summary", "priority"), name: "P1" },
        service: reference("PS1", "Checkout API", "service_reference"),
        teams: [reference("PT1", "Payments", "team_reference")],
        escalation_policy: reference("PE1", "Default", "escalation_policy_reference"),
        assignments: [
          { at: "x", assignee: mia },
          { assignee: reference("PS", "Sched", "schedule_reference") },
        ],
        resolve_reason: {
          type: "merge_resolve_reason",
          incident: {
            ...reference("Q2", "[#9] Other", "incident_reference"),
            html_url: "https://acme.pagerduty.com/incidents/Q2",
          },
        },
      }),
    ).toEqual({
      id: incident,
      number: 17,
      title: "Checkout is down",
      status: "triggered",
      urgency: "high",
      htmlUrl: "https://acme.pagerduty.com/incidents/Q1ABCDEF",
      createdAt: new Date("2026-11-20T09:00:00Z"),
      updatedAt: new Date("2026-11-20T09:30:00Z"),
      resolvedAt: new Date("2026-11-20T09:30:00Z"),
      priority: { id: "PP1", name: "P1" },
      service: { id: "PS1", name: "Checkout API" },
      teams: [{ id: "PT1", name: "Payments" }],
      escalationPolicy: { id: "PE1", name: "Default" },
      assignees: [{ id: "PMIA", name: "Mia Chen" }],
      mergedInto: {
        id: "Q2",
        name: "[#9] Other",
        htmlUrl: "https://acme.pagerduty.com/incidents/Q2",
      },
    });
  });

  it("takes a priority by its summary where it has no name, and none for null", async () => {
    expect(
      (await find({ priority: reference("PP1", "P1", "priority_reference") }))?.priority?.name,
    ).toBe("P1");
    expect(await find({ priority: null })).not.toHaveProperty("priority");
  });

  it.each([
    null,
    "https://evil.example/incidents/Q1ABCDEF",
    "http://acme.pagerduty.com/x",
    "javascript:alert(1)",
    "https://pagerduty.com.evil.example/",
  ])("links to PagerDuty's own page instead of %s", async (html_url) => {
    expect((await find({ html_url }))?.htmlUrl).toBe(
      "https://app.pagerduty.com/incidents/Q1ABCDEF",
    );
  });

  it("is undefined for an incident that PagerDuty does not know", async () => {
    expect(await readIncident({})).toBeUndefined();
  });

  it("fails, naming the field, for an answer that can't be read", async () => {
    await expect(find({ created_at: null })).rejects.toThrow("incident.created_at");
  });
});

async function readIncident(more: Answers): Promise<Incident | undefined> {
  await using t = await connect(more);
  return await t.pagerduty.findIncident(incident);
}
