/** The page's health in words, and only what is out of the ordinary. */

import { describe, expect, it } from "vitest";
import type { Incident } from "./incident.ts";
import { parseIncidentId, type IncidentId } from "./keys.ts";
import { syncText, type SyncFacts } from "./sync-text.ts";

const incident: Incident = {
  id: parseIncidentId("Q1") as IncidentId,
  number: 1,
  title: "Checkout errors",
  status: "triggered",
  urgency: "high",
  htmlUrl: "https://acme.pagerduty.com/incidents/Q1",
  createdAt: new Date("2026-11-20T10:00:00Z"),
  teams: [],
  assignees: [],
};

const healthy: SyncFacts = {
  incident,
  priorityListed: true,
  priorities: ["P1", "P2"],
  mergedPageUrl: undefined,
  timelineRemoved: false,
  missingHeadings: [],
  viewRefused: false,
  truncated: false,
  noteRefused: undefined,
  leadUnknown: undefined,
  duplicates: [],
};

describe("syncText", () => {
  it("says nothing more when all is well", () => {
    expect(syncText(healthy)).toBe("Up to date.");
  });

  it.each<[string, Partial<SyncFacts>, string]>([
    ["a downgrade", { priorityListed: false }, "no longer one of P1, P2"],
    ["a removed table", { timelineRemoved: true }, "timeline table was removed"],
    ["a removed section", { missingHeadings: ["Detection"] }, "Detection"],
    ["a refused view", { viewRefused: true }, "refused the filtered view"],
    ["a cut timeline", { truncated: true }, "not complete"],
    ["a refused note", { noteRefused: "Requester User Not Found" }, "Requester User Not Found"],
    ["an unknown lead", { leadUnknown: "Mia" }, "No Notion user found for Mia"],
    ["pages to merge", { duplicates: ["https://notion.so/p2"] }, "https://notion.so/p2"],
  ])("says %s", (_case, facts, words) => {
    expect(syncText({ ...healthy, ...facts })).toContain(words);
  });

  it("ends with how the action items stand, when there are any", () => {
    const items = { open: 3, done: 5, waiting: 1, failed: 0 };
    expect(syncText({ ...healthy, timelineRemoved: true, items })).toMatch(
      /^Up to date\. The timeline .* Action items: 3 open \(1 waiting\), 5 done\.$/,
    );
    const none = { open: 0, done: 0, waiting: 0, failed: 0 };
    expect(syncText({ ...healthy, items: none })).toBe("Up to date.");
  });

  it("leads from a merged incident to the page that is written instead", () => {
    const mergedInto = { id: parseIncidentId("Q2") as IncidentId, name: "[#2] Database" };
    const text = syncText({
      ...healthy,
      incident: { ...incident, mergedInto },
      mergedPageUrl: "https://notion.so/p2",
    });
    expect(text).toContain("Merged into [#2] Database");
    expect(text).toContain("https://notion.so/p2");
  });
});
