/** What a Jira webhook's body leads to: always an answer, never an exception. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemLabel } from "../domain/action-item.ts";
import { pageId } from "../domain/keys.ts";
import { readJiraWebhook } from "./jira.ts";
import type { Reading } from "./reading.ts";
import { jiraBody, now, row } from "../../test/support/receiver.ts";

function read(body: string | Uint8Array): Reading {
  return readJiraWebhook(typeof body === "string" ? Buffer.from(body) : body, now);
}
function hint(keys: readonly string[], eventType = "jira:issue_updated"): object {
  return { kind: "hint", keys, eventType };
}
function rowOf(n: number): string {
  return `eeeeeeee-0000-4000-8000-00000000000${n}`;
}
function labelOf(n: number): string {
  return itemLabel(pageId(rowOf(n)));
}

const events = [
  "jira:issue_created",
  "jira:issue_updated",
  "jira:issue_deleted",
  "comment_created",
  "comment_updated",
  "comment_deleted",
  "issue_property_set",
  "issue_property_deleted",
];

describe("readJiraWebhook", () => {
  it.each(events)("%s leads to the row that a label names", (webhookEvent) => {
    const labels = ["postmortem", "debrief", itemLabel(pageId(row))];
    expect(read(jiraBody({ webhookEvent }, { labels }))).toEqual(
      hint([`action-item:${row}`], webhookEvent),
    );
  });

  it.each(events)("%s leads to the issue where no label names a row", (webhookEvent) => {
    expect(read(jiraBody({ webhookEvent }))).toEqual(hint(["issue:10042"], webhookEvent));
  });

  it("leads to every row that labels name, each once, three at most", () => {
    const labels = [1, 2, 2, 1, 3, 4].map(labelOf);
    const keys = [1, 2, 3].map((n) => `action-item:${rowOf(n)}`);
    expect(read(jiraBody({}, { labels }))).toEqual(hint(keys));
  });

  it("needs no issue id where a label names the row", () => {
    const issue = { fields: { labels: [labelOf(1)] } };
    expect(read(jiraBody({ issue }))).toEqual(hint([`action-item:${rowOf(1)}`]));
  });

  it.each([
    ["the label that all have", ["debrief"]],
    ["a label cut short", [labelOf(1).slice(0, -1)]],
    ["a label with more", [`${labelOf(1)}0`]],
    ["a label with dashes", [`debrief-${rowOf(1)}`]],
    ["a label in upper case", [labelOf(1).toUpperCase()]],
    ["another prefix", [labelOf(1).replace("debrief", "postmort")]],
    ["no hexadecimal digits", [`debrief-${"g".repeat(32)}`]],
    ["no labels", []],
    ["labels of other types", [null, 1, {}, ["debrief"], true]],
    ["labels that are null", null],
    ["labels that are text", labelOf(1)],
  ])("leads to the issue with %s", (_, labels) => {
    expect(read(jiraBody({}, { labels }))).toEqual(hint(["issue:10042"]));
  });

  it.each([
    ["no changelog", { changelog: undefined }],
    ["a changelog without items", { changelog: { id: "1" } }],
    ["items with an own toString of null", { changelog: { items: [{ toString: null }] } }],
    ["an own toString, valueOf and hasOwnProperty", { toString: 1, valueOf: 2, hasOwnProperty: 3 }],
    ["no user", { user: undefined }],
    ["a user that is text", { user: "5b10a" }],
    ["no time", { timestamp: undefined }],
    ["a time that is text", { timestamp: "2019-01-01" }],
    ["a number for the id", { issue: { id: 10042 } }],
    ["fields of null", { issue: { id: "10042", fields: null } }],
    ["fields that are a list", { issue: { id: "10042", fields: [] } }],
    ["a malformed self", { issue: { id: "10042", self: "/rest/api/2/10042" } }],
    ["ids of dynamic webhooks", { matchedWebhookIds: [1, 2] }],
  ])("takes an event with %s", (_, event) => {
    expect(read(jiraBody(event))).toEqual(hint(["issue:10042"]));
  });

  it.each([
    "jira:version_released",
    "jira:worklog_updated",
    "sprint_started",
    "project_deleted",
    "user_updated",
    "issuelink_created",
    "attachment_created",
    "jira:issue_dreamt",
    "xjira:issue_updated",
    "",
  ])("ignores '%s'", (webhookEvent) => {
    expect(read(jiraBody({ webhookEvent }))).toEqual({ kind: "ignored", reason: "NoIssue" });
  });

  it("ignores what is older than 7 days, and takes what is that old to the millisecond", () => {
    const limit = now.getTime() - 7 * 24 * 3_600_000;
    expect(read(jiraBody({ timestamp: limit - 1 }))).toEqual({ kind: "ignored", reason: "TooOld" });
    expect(read(jiraBody({ timestamp: limit })).kind).toBe("hint");
    expect(read(jiraBody({ timestamp: now.getTime() + 1e12 })).kind).toBe("hint");
  });

  it("says of an empty body how to switch that off", () => {
    expect(read("")).toMatchObject({
      kind: "ignored",
      reason: "BodyExcluded",
      advice: { code: "JIRA_BODY_EXCLUDED", message: expect.stringContaining("Exclude body") },
    });
  });

  it.each([
    ["a space", " ", "NotJson"],
    ["text", "hello", "NotJson"],
    ["half a body", jiraBody().slice(0, -10), "NotJson"],
    ["two bodies", jiraBody().repeat(2), "NotJson"],
    ["bytes", Buffer.from([0, 255, 254]), "NotJson"],
    ["null", "null", "NotAnEnvelope"],
    ["a list", "[]", "NotAnEnvelope"],
    ["an empty object", "{}", "NotAnEnvelope"],
    ["a number for the event", '{"webhookEvent":1}', "NotAnEnvelope"],
    ["PagerDuty's envelope", '{"event":{"event_type":"incident.triggered"}}', "NotAnEnvelope"],
    ["Notion's envelope", '{"id":"1","type":"page.created","entity":{}}', "NotAnEnvelope"],
    ["an event without an issue", jiraBody({ issue: undefined }), "IssueIdInvalid"],
    ["an issue without an id", jiraBody({ issue: { key: "OPS-17" } }), "IssueIdInvalid"],
    ["an issue of null", jiraBody({ issue: null }), "IssueIdInvalid"],
    ["a key for an id", jiraBody({ issue: { id: "OPS-17" } }), "IssueIdInvalid"],
    ["a path for an id", jiraBody({ issue: { id: "../myself" } }), "IssueIdInvalid"],
    ["a negative id", jiraBody({ issue: { id: -5 } }), "IssueIdInvalid"],
    ["half an id", jiraBody({ issue: { id: 1.5 } }), "IssueIdInvalid"],
    ["a huge id", jiraBody().replace('"10042"', "1e300"), "IssueIdInvalid"],
    ["an id with a line after it", jiraBody({ issue: { id: "10042\n" } }), "IssueIdInvalid"],
  ])("finds %s unusable", (_, body, reason) => {
    expect(read(body)).toEqual({ kind: "unusable", reason });
  });

  it("survives 100,000 levels, and lets nothing through to the prototypes of objects", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(read(deep).kind).toBe("unusable");
    for (const at of ['"Alana Song"', '"10100"', '"Add an alert"']) {
      expect(["hint", "unusable"]).toContain(read(jiraBody().replace(at, deep)).kind);
    }
    const poison = '"__proto__":{"polluted":true,"labels":["x"]},"id"';
    expect(read(jiraBody().replaceAll('"id"', poison))).toEqual(hint(["issue:10042"]));
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("never throws, and names only rows and issues, whatever the JSON", () => {
    const anything = fc.jsonValue({ maxDepth: 4 });
    const value = fc.oneof(anything, fc.constantFrom("10042", labelOf(1), "__proto__", null));
    const envelope = fc.record(
      {
        webhookEvent: fc.oneof(anything, fc.constantFrom(...events)),
        timestamp: value,
        issue: fc.oneof(
          value,
          fc.record({ id: value, fields: fc.record({ labels: fc.array(value) }) }),
        ),
        changelog: fc.record({ items: fc.array(fc.record({ toString: value })) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, envelope), (json) => {
        const reading = read(JSON.stringify(json));
        const keys = reading.kind === "hint" ? reading.keys : ["issue:1"];
        expect(keys.length).toBeLessThanOrEqual(3);
        for (const key of keys) {
          expect(key).toMatch(/^(action-item:[0-9a-f-]{36}|issue:[1-9][0-9]*)$/);
        }
      }),
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
