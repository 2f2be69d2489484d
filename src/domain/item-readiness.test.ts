/** What a row needs before its issue is made. */

import { describe, expect, it } from "vitest";
import type { ActionItemRow } from "./action-item.ts";
import { missingFields, neededProperty } from "./item-readiness.ts";
import { notionUserId, pageId } from "./keys.ts";

const full: ActionItemRow = {
  id: pageId("11111111-1111-4111-8111-111111111111"),
  url: "https://notion.so/row",
  dataSourceId: "22222222-2222-4222-8222-222222222222",
  inTrash: false,
  createdAt: new Date("2026-11-20T10:00:00Z"),
  editedAt: new Date("2026-11-20T10:00:00Z"),
  title: "Fix the thing",
  postMortem: pageId("33333333-3333-4333-8333-333333333333"),
  owners: [notionUserId("44444444-4444-4444-8444-444444444444")],
  due: "2026-12-01",
  priority: "High",
  type: "Systemic",
  reason: "",
  outcome: "p99 below 300 ms",
  jira: "",
  source: "",
  sync: "",
};
const { due: _due, priority: _priority, type: _type, postMortem: _postMortem, ...rest } = full;
const bare: ActionItemRow = { ...rest, title: "", owners: [], outcome: "" };

describe("missingFields", () => {
  it("misses nothing on a full row", () => {
    const all = ["title", "owner", "due", "priority", "type", "outcome"] as const;
    expect(missingFields(full, all)).toEqual([]);
  });

  it("misses what the route asks for, in the row's order, however the route is ordered", () => {
    expect(missingFields(bare, ["outcome", "type", "priority", "due", "owner"])).toEqual([
      "title",
      "owner",
      "due",
      "priority",
      "type",
      "outcome",
      "postMortem",
    ]);
  });

  it("always needs a title and the post-mortem, and nothing else unasked", () => {
    expect(missingFields(bare, [])).toEqual(["title", "postMortem"]);
  });

  it("takes a title that shows as nothing for none", () => {
    expect(missingFields({ ...full, title: " \n\u200B" }, [])).toEqual(["title"]);
    expect(missingFields({ ...full, outcome: "\u2063 " }, ["outcome"])).toEqual(["outcome"]);
  });

  it("names each field as Notion's column", () => {
    expect(missingFields(bare, ["owner"]).map(neededProperty)).toEqual([
      "Name",
      "Owner",
      "Post-mortem",
    ]);
    expect(neededProperty("reason")).toBe("Reason");
  });
});
