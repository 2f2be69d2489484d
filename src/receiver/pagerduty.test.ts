/** What a webhook's body leads to: always an answer, never an exception. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPagerDutyWebhook } from "./pagerduty.ts";
import type { Reading } from "./reading.ts";
import { eventBody, now } from "../../test/support/receiver.ts";

function read(body: string | Uint8Array): Reading {
  return readPagerDutyWebhook(typeof body === "string" ? Buffer.from(body) : body, now);
}
function event(fields: object): Reading {
  return read(JSON.stringify({ event: fields }));
}
function hintFor(id: string, eventType = "incident.triggered"): Reading {
  return { kind: "hint", keys: [`incident:${id}`], eventType } as unknown as Reading;
}
const of = { incident: { id: "PGR0VU2", type: "incident_reference" } };

describe("readPagerDutyWebhook", () => {
  it.each([
    ["incident.triggered", { type: "incident", id: "PGR0VU2" }],
    ["incident.priority_updated", { type: "incident", id: "PGR0VU2", priority: null }],
    ["incident.annotated", { type: "incident_note", id: "PNOTE", ...of }],
    ["incident.status_update_published", { type: "incident_status_update", id: "PX", ...of }],
    ["incident.responder.added", { type: "incident_responder", ...of }],
    ["incident.task.created", { type: "incident_task", id: "PT", ...of }],
    ["incident.custom_field_values.updated", { type: "incident_field_values", ...of }],
    ["incident.conference_bridge.updated", { type: "incident_conference_bridge", ...of }],
    ["incident.workflow.started", { type: "incident_workflow_instance", ...of }],
    ["incident.action_invocation.created", { type: "incident_action_invocation", ...of }],
    ["incident.role.assigned", { type: "x", incident_role_assignments: [of] }],
    ["incident.role.assigned", { type: "x", incident_role_assignments: [{}, of] }],
    ["incident.something_new", { type: "incident_something_new", ...of }],
    ["somebody.else", { ...of }],
  ])("finds the incident of %s", (event_type, data) => {
    expect(event({ event_type, data })).toEqual(hintFor("PGR0VU2", event_type));
  });

  it.each([
    ["a 14-character incident id", eventBody("Q2CKYRLH85UNN4"), "Q2CKYRLH85UNN4"],
    ["a 38-digit event id", eventBody("P1", { id: "1".repeat(38) }), "P1"],
    ["an agent with id and type only", eventBody("P1", { agent: { id: "P", type: "x" } }), "P1"],
    ["an agent of a wrong shape", eventBody("P1", { agent: [1, { a: [] }] }), "P1"],
    ["unknown keys", eventBody("P1", { novel: { deep: [1] } }, { more: [[]] }), "P1"],
    [
      "no id, no agent, no time",
      '{"event":{"event_type":"x","data":{"type":"incident","id":"P1"}}}',
      "P1",
    ],
    ["a time that is none", eventBody("P1", { occurred_at: "yesterday" }), "P1"],
    ["a time of a wrong type", eventBody("P1", { occurred_at: { at: 1 } }), "P1"],
    ["a time in the future", eventBody("P1", { occurred_at: "2999-01-01T00:00:00Z" }), "P1"],
    ["two days of retries", eventBody("P1", { occurred_at: "2026-11-19T12:00:00.000Z" }), "P1"],
    [
      "1e308 and more",
      `{"event":{"event_type":"x","n":1e308,"m":1e999,"data":{"type":"incident","id":"P1","number":-1e400}}}`,
      "P1",
    ],
    [
      "keys twice: the last one counts",
      '{"event":{"event_type":"x","data":{"type":"incident","id":"P0","id":"P1"}}}',
      "P1",
    ],
    ["a byte order mark", `\uFEFF${eventBody("P1")}`, "P1"],
    ["NUL and a lone surrogate in a title", eventBody("P1", {}, { title: "a\u0000b\uD800" }), "P1"],
    ["a title of 300 KB", eventBody("P1", {}, { title: "x".repeat(300_000) }), "P1"],
    ["empty lists", eventBody("P1", {}, { assignees: [], teams: [], incident: [] }), "P1"],
  ])("takes an event with %s", (_, body, id) => {
    expect(read(body)).toMatchObject({ kind: "hint", keys: [`incident:${id}`] });
  });

  it("takes invalid UTF-8 inside a text", () => {
    const [before = "", after = ""] = eventBody("P1", {}, { title: "@@" }).split("@@");
    const body = Buffer.concat([
      Buffer.from(before),
      Buffer.from([0xff, 0xc0]),
      Buffer.from(after),
    ]);
    expect(read(body)).toEqual(hintFor("P1"));
  });

  it.each([
    [
      "a ping",
      { event_type: "pagey.ping", data: { type: "ping", message: "Hello" } },
      "NoIncident",
    ],
    [
      "a service's event",
      { event_type: "service.updated", data: { type: "service", id: "PS" } },
      "NoIncident",
    ],
    ["an event without data", { event_type: "incident.triggered" }, "NoIncident"],
    ["data of null", { event_type: "incident.triggered", data: null }, "NoIncident"],
    ["a list for data", { event_type: "incident.triggered", data: [{ id: "P1" }] }, "NoIncident"],
    ["text for data", { event_type: "incident.triggered", data: "P1" }, "NoIncident"],
    ["a number for an id", { event_type: "x", data: { type: "incident", id: 7 } }, "NoIncident"],
    [
      "text for an incident",
      { event_type: "x", data: { type: "y", incident: "P1" } },
      "NoIncident",
    ],
    [
      "no role assignments",
      { event_type: "x", data: { type: "y", incident_role_assignments: [] } },
      "NoIncident",
    ],
    [
      "what is older than 7 days",
      {
        event_type: "x",
        occurred_at: "2026-11-14T11:59:59.999Z",
        data: { type: "incident", id: "P1" },
      },
      "TooOld",
    ],
  ])("ignores %s", (_, fields, reason) => {
    expect(event(fields)).toEqual({ kind: "ignored", reason });
  });

  it("takes what is 7 days old to the millisecond", () => {
    expect(read(eventBody("P1", { occurred_at: "2026-11-14T12:00:00.000Z" })).kind).toBe("hint");
  });

  it.each([
    ["nothing", "", "NotJson"],
    ["text", "hello", "NotJson"],
    ["half a body", eventBody("P1").slice(0, -10), "NotJson"],
    ["two bodies", eventBody("P1").repeat(2), "NotJson"],
    ["bytes", Buffer.from([0, 255, 254]), "NotJson"],
    ["gzip", Buffer.from("1f8b0800000000000003", "hex"), "NotJson"],
    ["null", "null", "NotAnEnvelope"],
    ["a list", "[]", "NotAnEnvelope"],
    ["a number", "1e308", "NotAnEnvelope"],
    ["an empty object", "{}", "NotAnEnvelope"],
    ["a list for the event", '{"event":[]}', "NotAnEnvelope"],
    ["an event without a type", '{"event":{}}', "NotAnEnvelope"],
    ["a number for the type", '{"event":{"event_type":1}}', "NotAnEnvelope"],
    ["Notion's envelope", '{"id":"1","type":"page.created","entity":{}}', "NotAnEnvelope"],
    ["an id with a slash", eventBody("../users"), "IncidentIdInvalid"],
    ["an id with a colon", eventBody("resync:pagerduty"), "IncidentIdInvalid"],
    ["an empty id", eventBody(""), "IncidentIdInvalid"],
    ["an id with a newline", eventBody("P1\n"), "IncidentIdInvalid"],
    ["an id with NUL", eventBody("P1\u0000"), "IncidentIdInvalid"],
    ["an id of 65 characters", eventBody("P".repeat(65)), "IncidentIdInvalid"],
  ])("finds %s unusable", (_, body, reason) => {
    expect(read(body)).toEqual({ kind: "unusable", reason });
  });

  it("survives 100,000 levels, wherever they stand", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const objects = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    for (const value of [deep, objects]) {
      expect(read(value).kind).toBe("unusable");
      const inside = `{"event":{"event_type":"x","y":${value},"data":{"type":"incident","id":"P1","z":${value}}}}`;
      expect(["hint", "unusable"]).toContain(read(inside).kind);
      const poisoned = `{"event":{"event_type":"x","y":${value},"__proto__":{"a":1}}}`;
      expect(["ignored", "unusable"]).toContain(read(poisoned).kind);
    }
  });

  it("lets nothing through to the prototypes of objects", () => {
    const poison = '"__proto__":{"polluted":true,"data":{"type":"incident","id":"PEVIL"}}';
    const viaConstructor = '"constructor":{"prototype":{"polluted":true}}';
    for (const extra of [poison, viaConstructor, poison.replace("__proto__", "\\u005f_proto__")]) {
      expect(read(`{"event":{"event_type":"x",${extra}},${extra}}`)).toEqual({
        kind: "ignored",
        reason: "NoIncident",
      });
      const beside = `{${extra},"event":{${extra},"event_type":"x","data":{${extra},"type":"incident","id":"P1"}}}`;
      expect(read(beside)).toEqual(hintFor("P1", "x"));
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("never throws, and names no key that is not an incident's, whatever the JSON", () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const field = fc.oneof(anything, fc.constantFrom("incident", "P1", "__proto__", null));
    const data = fc.oneof(
      anything,
      fc.record(
        { type: field, id: field, incident: field, incident_role_assignments: field },
        { requiredKeys: [] },
      ),
    );
    const envelope = fc.record(
      { event_type: fc.oneof(fc.string(), anything), occurred_at: field, data },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          envelope.map((one) => ({ event: one })),
        ),
        (json) => {
          const reading = read(JSON.stringify(json));
          expect(["hint", "ignored", "unusable"]).toContain(reading.kind);
          const keys = reading.kind === "hint" ? reading.keys : ["incident:none"];
          expect(keys.join()).toMatch(/^incident:[A-Za-z0-9_-]{1,64}$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(["ignored", "unusable"]).toContain(read(bytes).kind);
      }),
    );
  });
});
