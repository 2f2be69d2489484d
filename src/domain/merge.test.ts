/** Which value goes where, field by field, and what is kept of what is overwritten. */

import { describe, expect, it } from "vitest";
import {
  agreed,
  blocker,
  high,
  inputOf,
  isQuiet,
  issueOf,
  low,
  merged,
  route,
  rowOf,
  without,
} from "../../test/support/pairs.ts";
import { jiraValues, notionValues } from "./item-values.ts";
import { mergeItem } from "./merge.ts";

const quiet = { toJira: {}, toNotion: {}, lost: [], remarks: [] };

describe("a field that one side changed", () => {
  it("plans nothing for a pair that agrees", () => {
    const plan = merged(rowOf(), issueOf());
    expect(plan).toEqual({ ...quiet, base: agreed() });
  });

  it.each([
    ["title", rowOf({ title: "Add two canaries" }), { summary: "Add two canaries" }],
    ["due", rowOf({ due: "2026-12-24" }), { due: "2026-12-24" }],
    ["cleared due", without(rowOf(), "due"), { due: null }],
    ["priority", rowOf({ priority: "High" }), { priorityId: high.id }],
    ["outcome", rowOf({ outcome: "Deploys stop by themselves" }), { description: true }],
  ])("goes to Jira: %s", (_, row, toJira) => {
    const plan = merged(row, issueOf());
    expect(plan).toMatchObject({ ...quiet, toJira });
    expect(plan.base.notion).toEqual(notionValues(row));
  });

  it.each([
    ["summary", issueOf({ summary: "Add two canaries" }), { title: "Add two canaries" }],
    ["due date", issueOf({ due: "2026-12-24" }), { due: "2026-12-24" }],
    ["cleared due date", without(issueOf(), "due"), { due: null }],
    ["priority", issueOf({ priority: low }), { priority: "Low" }],
  ])("goes to Notion: %s", (_, issue, toNotion) => {
    const plan = merged(rowOf(), issue);
    expect(plan).toMatchObject({ ...quiet, toNotion });
    expect(plan.base.jira).toEqual(jiraValues(issue));
  });

  it("goes to Notion: the priority that Jira gave an issue whose row had none", () => {
    const row = without(rowOf(), "priority");
    const { priority: _given, ...created } = agreed().jira;
    const base = { ...agreed({ notion: { priority: "" } }), jira: created };
    expect(merged(row, issueOf(), { base })).toMatchObject({
      ...quiet,
      toNotion: { priority: "Medium" },
    });
  });

  it("does not count white space of the title as a change, for Jira's summary has none", () => {
    expect(merged(rowOf({ title: " Add  a\ncanary " }), issueOf())).toMatchObject(quiet);
  });

  it("keeps the whole of a title that was too long for Jira when Jira changes its summary", () => {
    const title = `Add a canary ${"and another ".repeat(5)}`.trim();
    const long = rowOf({ title });
    const { summary } = inputOf(long, issueOf());
    const base = agreed({ notion: { title }, jira: { title: summary } });
    const plan = merged(long, issueOf({ summary: "Add canaries" }), { base });
    expect(plan.toNotion).toEqual({ title: "Add canaries" });
    expect(plan.lost).toMatchObject([{ on: "notion", field: "title", value: title }]);
  });
});

describe("a field that both sides changed", () => {
  it("agrees silently where they say the same, each in its own words", () => {
    const row = rowOf({ title: "Add  canaries", due: "2026-12-24", priority: "High" });
    const issue = issueOf({ summary: "Add canaries", due: "2026-12-24", priority: high });
    const plan = merged(row, issue);
    expect(plan).toMatchObject(quiet);
    expect(plan.base).toMatchObject({ notion: { priority: "High" }, jira: { priority: high.id } });
  });

  it.each([
    {
      field: "title",
      row: rowOf({ title: "Ours" }),
      issue: issueOf({ summary: "Theirs" }),
      toJira: { summary: "Ours" },
      value: "Theirs",
    },
    {
      field: "due",
      row: rowOf({ due: "2026-12-24" }),
      issue: issueOf({ due: "2026-12-25" }),
      toJira: { due: "2026-12-24" },
      value: "2026-12-25",
    },
    {
      field: "priority",
      row: rowOf({ priority: "High" }),
      issue: issueOf({ priority: low }),
      toJira: { priorityId: high.id },
      value: "Low",
    },
  ])("is Notion's by default, and Jira's is kept: $field", (each) => {
    const { field, toJira, value } = each;
    const plan = merged(each.row, each.issue);
    expect(plan).toMatchObject({ toJira, toNotion: {}, lost: [{ on: "jira", field, value }] });
    expect(plan.lost[0]?.text).toContain(`It was: ${value}`);
  });

  it("is Jira's where the route says so, and Notion's is kept", () => {
    const winners = { ...route.winners, due: "jira" as const };
    const plan = merged(rowOf({ due: "2026-12-24" }), issueOf({ due: "2026-12-25" }), {
      route: { ...route, winners },
    });
    expect(plan.toJira).toEqual({});
    expect(plan.toNotion).toEqual({ due: "2026-12-25" });
    expect(plan.lost).toMatchObject([
      {
        on: "notion",
        field: "due",
        value: "2026-12-24",
        text: "Due was changed here and in Jira at the same time, and Jira's was kept: 2026-12-25. It was: 2026-12-24",
      },
    ]);
  });

  it("marks the same loss the same, so that a run that died can tell", () => {
    const pair = [rowOf({ title: "Ours" }), issueOf({ summary: "Theirs" })] as const;
    const [first, again] = [merged(...pair), merged(...pair)];
    const other = merged(rowOf({ title: "Ours" }), issueOf({ summary: "Others'" }));
    expect(again.lost[0]?.marker).toBe(first.lost[0]?.marker);
    expect(other.lost[0]?.marker).not.toBe(first.lost[0]?.marker);
  });

  it("keeps nothing of a value that was cleared", () => {
    const plan = merged(rowOf({ due: "2026-12-24" }), without(issueOf(), "due"));
    expect(plan).toMatchObject({ toJira: { due: "2026-12-24" }, lost: [] });
  });
});

describe("a value that the other side can't express", () => {
  it.each([
    [
      "an empty name",
      rowOf({ title: " " }),
      issueOf(),
      "Name is empty: the issue keeps its summary “Add a canary”.",
    ],
    [
      "a priority that is not mapped",
      rowOf({ priority: "Urgent" }),
      issueOf(),
      "Priority Urgent stands for no priority in Jira (map it in debrief.yaml): the issue keeps Medium.",
    ],
    [
      "a cleared priority",
      without(rowOf(), "priority"),
      issueOf(),
      "Priority is empty: the issue keeps Medium.",
    ],
    [
      "Jira's priority that is not mapped",
      rowOf(),
      issueOf({ priority: blocker }),
      "Jira's priority Blocker stands for none in Notion (map it in debrief.yaml): Priority is left as it is.",
    ],
    [
      "an issue that lost its priority",
      rowOf(),
      without(issueOf(), "priority"),
      "The issue has no priority: Priority is left as it is.",
    ],
  ])("writes and clears nothing, says why, and rests: %s", (_, row, issue, remark) => {
    const plan = merged(row, issue);
    expect(plan).toMatchObject({ ...quiet, remarks: [remark] });
    const again = merged(row, issue, { base: plan.base });
    expect(again).toEqual(plan);
  });

  it("is kept as a comment before the other side's new value takes its place", () => {
    const row = rowOf({ priority: "Urgent" });
    const { base } = merged(row, issueOf());
    const plan = merged(row, issueOf({ priority: low }), { base });
    expect(plan.toNotion).toEqual({ priority: "Low" });
    expect(plan.lost).toMatchObject([{ on: "notion", field: "priority", value: "Urgent" }]);
  });

  it("stays where it is although it would win", () => {
    const plan = merged(rowOf({ priority: "Urgent" }), issueOf({ priority: low }));
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toHaveLength(1);
  });

  it("gives way when it is only empty", () => {
    const plan = merged(rowOf({ title: "" }), issueOf({ summary: "Theirs" }));
    expect(plan).toMatchObject({ toNotion: { title: "Theirs" }, toJira: {}, lost: [] });
  });
});

describe("a value that Jira has refused", () => {
  const refused = { due: { value: "2026-12-24", why: "Field 'duedate' cannot be set." } };

  it("is not sent again, and Jira's words are said for as long as the sides differ", () => {
    const row = rowOf({ due: "2026-12-24" });
    const remarks = ["Jira refused Due date 2026-12-24: Field 'duedate' cannot be set."];
    const plan = merged(row, issueOf(), { refused });
    expect(plan).toMatchObject({ ...quiet, remarks });
    expect(merged(row, issueOf(), { refused, base: plan.base })).toMatchObject({
      ...quiet,
      remarks,
    });
  });

  it("is sent once it is another one", () => {
    const plan = merged(rowOf({ due: "2026-12-31" }), issueOf(), { refused });
    expect(plan).toMatchObject({ toJira: { due: "2026-12-31" }, remarks: [] });
  });

  it("is sent again once that is due, and takes nothing away that nobody has seen", () => {
    const row = rowOf({ due: "2026-12-24" });
    const { base } = merged(row, issueOf(), { refused });
    const due = { due: { ...refused.due, isDue: true } };
    const plan = merged(row, issueOf(), { refused: due, base });
    expect(plan).toMatchObject({ toJira: { due: "2026-12-24" }, lost: [], remarks: [] });
    const later = merged(row, issueOf({ due: "2026-12-25" }), { refused: due, base });
    expect(later).toMatchObject({ toJira: {}, toNotion: { due: "2026-12-25" } });
  });

  it("gives way to a change in Jira, and is kept", () => {
    const plan = merged(rowOf({ due: "2026-12-24" }), issueOf({ due: "2026-12-25" }), { refused });
    expect(plan.toNotion).toEqual({ due: "2026-12-25" });
    expect(plan.lost).toMatchObject([{ on: "notion", field: "due", value: "2026-12-24" }]);
  });
});

describe("a field that flipped too often", () => {
  it("is left alone with its base, so that the merge goes on from there", () => {
    const row = rowOf({ due: "2026-12-24", title: "Ours" });
    const plan = merged(row, issueOf({ due: "2026-12-25" }), { stopped: new Set(["due"]) });
    expect(plan).toMatchObject({ toJira: { summary: "Ours" }, toNotion: {}, lost: [] });
    expect(plan.base.notion.due).toBe("2026-12-01");
    expect(plan.base.jira.due).toBe("2026-12-01");
  });
});

describe("the first merge after the create", () => {
  const base = { notion: notionValues(rowOf()), jira: {} };

  it("accepts an issue that holds what the row was created with", () => {
    expect(merged(rowOf(), issueOf(), { base })).toEqual({ ...quiet, base: agreed() });
  });

  it("sends what Jira did not take, rather than to clear it in Notion", () => {
    const bare = without(issueOf(), "due", "assignee");
    const plan = merged(rowOf(), bare, { base });
    expect(plan).toMatchObject({ toNotion: {}, toJira: { due: "2026-12-01" } });
    expect(plan.toJira.assignee).toBeDefined();
  });

  it("takes what was changed in Jira since", () => {
    const plan = merged(rowOf(), issueOf({ due: "2026-12-25" }), { base });
    expect(plan).toMatchObject({ toJira: {}, toNotion: { due: "2026-12-25" } });
  });

  it("accepts a default that Jira set where it refused the row's value", () => {
    const row = rowOf({ priority: "High" });
    const plan = merged(row, issueOf(), {
      base: { notion: notionValues(row), jira: {} },
      refused: { priority: { value: high.id, why: "It is not on the screen." } },
    });
    expect(plan).toMatchObject({ toJira: {}, toNotion: {}, lost: [] });
    expect(plan.remarks).toEqual(["Jira refused Priority High: It is not on the screen."]);
  });
});

describe("the first agreement with an issue that a person made", () => {
  it("takes what the issue holds, fills in what it lacks, and keeps what the row held", () => {
    const issue = {
      ...without(issueOf(), "due", "assignee"),
      summary: "Theirs",
      description: "Hi",
    };
    const plan = merged(rowOf({ title: "Ours" }), issue, { base: undefined });
    expect(plan.toNotion).toEqual({ title: "Theirs" });
    expect(plan.toJira).toEqual({ due: "2026-12-01", assignee: "account-ann" });
    expect(plan.lost).toMatchObject([
      {
        on: "notion",
        field: "title",
        value: "Ours",
        text: "Name was taken from OPS-1 when the two were linked: Theirs. It was: Ours",
      },
    ]);
    expect(plan.base.descriptionIsJiras).toBe(true);
  });

  it("comes to rest at once", () => {
    const issue = issueOf({ summary: "Theirs", description: "Hi" });
    const { base } = merged(rowOf({ title: "Ours" }), issue, { base: undefined });
    expect(isQuiet(mergeItem(inputOf(rowOf({ title: "Theirs" }), issue, { base })))).toBe(true);
  });
});
