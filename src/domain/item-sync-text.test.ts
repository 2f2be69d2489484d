/** What a row says of itself, and that the roll-up reads the same words. */

import { describe, expect, it } from "vitest";
import {
  itemState,
  itemSyncText,
  type ItemHealth,
  type ItemState,
  type ItemStop,
  type ItemSyncFacts,
} from "./item-sync-text.ts";

const upToDate: ItemSyncFacts = { health: { is: "up-to-date" } };
const doneNames = ["Done", "Won't do"];

const stops: readonly ItemStop[] = [
  { kind: "issue-missing", issue: "OPS-1" },
  { kind: "issue-taken", issue: "OPS-1", rowUrl: "https://notion.so/row2" },
  { kind: "project-unrouted", issue: "PAY-1", projects: ["OPS", "WEB"] },
  { kind: "issue-unknown", issue: "OPS-1" },
  { kind: "foreign-host", host: "evil.example", siteUrl: "https://acme.atlassian.net" },
  { kind: "no-issue-named", siteUrl: "https://acme.atlassian.net" },
];

describe("itemSyncText", () => {
  it.each<[ItemHealth, string]>([
    [{ is: "up-to-date" }, "Up to date."],
    [{ is: "waiting", for: ["owner", "due"] }, "Waiting for: Owner, Due."],
    [{ is: "waiting", for: ["reason"] }, "Waiting for: Reason."],
    [
      { is: "waiting-for-jira", why: "No transition from “To Do” leads to Done." },
      "Waiting for Jira: No transition from “To Do” leads to Done.",
    ],
    [
      { is: "failed", why: "Jira refused the create.", code: "JIRA_REFUSED" },
      "Failed: Jira refused the create (JIRA_REFUSED).",
    ],
    [
      { is: "ended-before-issue", status: "Won't do" },
      "Up to date. No issue is made: the item was Won't do before it had one.",
    ],
    [{ is: "jira-off" }, "Up to date. No issue is made: Jira is not set up."],
  ])("says %j", (health, text) => {
    expect(itemSyncText({ health })).toBe(text);
  });

  it.each<[ItemStop["kind"], string]>([
    ["issue-missing", "OPS-1 was deleted or archived in Jira, or is hidden"],
    ["issue-taken", "belongs to another action item, https://notion.so/row2"],
    ["project-unrouted", "no route of Debrief names (OPS, WEB)"],
    ["issue-unknown", "can't be found"],
    ["foreign-host", "leads to evil.example, not to https://acme.atlassian.net"],
    ["no-issue-named", "names no issue of https://acme.atlassian.net"],
  ])("says why it stopped and what to do: %s", (kind, words) => {
    const texts = stops
      .filter((stop) => stop.kind === kind)
      .map((because) => itemSyncText({ health: { is: "stopped", because } }));
    expect(texts).toEqual([expect.stringMatching(/^Stopped: .*\.$/)]);
    expect(texts[0]).toContain(words);
  });

  it.each<[string, Partial<ItemSyncFacts>, string]>([
    [
      "a moved issue",
      { moved: { issue: "PAY-7", project: "PAY", routeProject: "OPS" } },
      "PAY-7 is in project PAY, where the route says OPS; it is kept in step there.",
    ],
    ["a trashed post-mortem", { postMortemTrashed: true }, "The post-mortem is in the trash"],
    [
      "a Jira property changed by hand",
      { jiraFieldChanged: { issue: "OPS-1", url: "https://acme.atlassian.net/browse/OPS-1" } },
      "the issue of this item is OPS-1, https://acme.atlassian.net/browse/OPS-1.",
    ],
    [
      "duplicates",
      { duplicates: ["OPS-2", "OPS-3"] },
      "Further issues of this item, to be closed by hand: OPS-2, OPS-3.",
    ],
    [
      "what the create left out",
      {
        leftOut: [
          { field: "components", why: "Component 'X' is not valid." },
          { field: "priority", why: "not on the screen" },
          { field: "other", why: "no" },
        ],
      },
      "Left out when the issue was made: Components (Component 'X' is not valid), Priority (not on the screen), another field (no).",
    ],
    [
      "the merge's remarks",
      { remarks: ["Priority P0 is not mapped"] },
      "Priority P0 is not mapped.",
    ],
    [
      "the last conflict",
      { lastConflict: { field: "due", kept: "notion", value: "2026-12-01" } },
      "Both sides changed Due: kept 2026-12-01 (Notion); the other value is in a comment.",
    ],
    [
      "a conflict whose value nobody knows",
      { lastConflict: { field: "status", kept: "jira" } },
      "Both sides changed Status: kept Jira's value; the other value is in a comment.",
    ],
    [
      "a conflict that no comment could hold",
      { lastConflict: { field: "title", kept: "notion", value: "", lost: "Old" } },
      "Both sides changed Name: kept empty (Notion); the other value was “Old”.",
    ],
  ])("adds %s", (_case, facts, words) => {
    const text = itemSyncText({ ...upToDate, ...facts });
    expect(text).toContain(words);
    expect(text.startsWith("Up to date. ")).toBe(true);
  });

  it("stops, in its first word, for a field that flips, unless it waits for something first", () => {
    const stoppedFields = ["due", "status"] as const;
    expect(itemSyncText({ ...upToDate, stoppedFields })).toMatch(
      /^Stopped: Due and Status changed back and forth .* are left alone/,
    );
    expect(
      itemSyncText({ health: { is: "waiting-for-jira", why: "Blocked" }, stoppedFields }),
    ).toMatch(/^Waiting for Jira: Blocked\. Due and Status changed back and forth/);
  });

  it("says each sentence once and stays within what a property holds", () => {
    const twice = { ...upToDate, remarks: ["Same.", "Same"] };
    expect(itemSyncText(twice)).toBe("Up to date. Same.");
    const remarks = Array.from({ length: 50 }, (_, at) => `${at} ${"x".repeat(400)}`);
    expect(itemSyncText({ ...upToDate, remarks }).length).toBeLessThanOrEqual(1900);
  });

  it("shows a vendor's words as one line without what can't be seen", () => {
    const why = "Field\n\u202Ebad\u0000";
    expect(itemSyncText({ health: { is: "failed", why, code: "JIRA_REFUSED" } })).toBe(
      "Failed: Field bad (JIRA_REFUSED).",
    );
  });
});

describe("itemState", () => {
  it.each<[string, ItemHealth, ItemState, ItemState]>([
    ["converged", { is: "up-to-date" }, "open", "done"],
    ["ended early", { is: "ended-before-issue", status: "Done" }, "open", "done"],
    ["without Jira", { is: "jira-off" }, "open", "done"],
    ["not ready", { is: "waiting", for: ["owner"] }, "waiting", "waiting"],
    ["blocked", { is: "waiting-for-jira", why: "x" }, "waiting", "waiting"],
    ["failed", { is: "failed", why: "x", code: "X" }, "failed", "failed"],
  ])("counts an item that is %s", (_case, health, whenOpen, whenDone) => {
    const sync = itemSyncText({ health, remarks: ["Failed: not really"] });
    expect(itemState("Open", sync, doneNames)).toBe(whenOpen);
    expect(itemState("done", sync, doneNames)).toBe(whenDone);
  });

  it("counts every stop as failed, and as done once the row is done", () => {
    for (const because of stops) {
      const sync = itemSyncText({ health: { is: "stopped", because } });
      expect(itemState("In progress", sync, doneNames)).toBe("failed");
      expect(itemState("Won’t do", sync, doneNames)).toBe("done");
    }
  });

  it("counts a row that was never looked at by its status", () => {
    expect(itemState(undefined, "", doneNames)).toBe("open");
    expect(itemState("Done", "", doneNames)).toBe("done");
  });
});
