/** What statuses stand for on the other side, and how they are merged. */

import { describe, expect, it } from "vitest";
import {
  agreed,
  blocked,
  done,
  fixed,
  inProgress,
  isQuiet,
  issueOf,
  merged,
  route,
  rowOf,
  toDo,
  wontDo,
} from "../../test/support/pairs.ts";
import { isSatisfied, readStatus, writeStatus } from "./item-status.ts";
import { baseAfterRefusal, baseAfterTransition, jiraValues, notionValues } from "./item-values.ts";

const { statuses } = route;

describe("an issue's status is read", () => {
  it.each([
    ["by its category", { status: toDo }, "Open"],
    ["by its own name first", { status: inProgress }, "In progress"],
    ["as none when only another of its category is named", { status: blocked }, undefined],
    ["by its resolution", { status: done, resolution: wontDo }, "Won't do"],
    ["without one as the entry without one", { status: done }, "Done"],
    ["with another one as the entry without one", { status: done, resolution: fixed }, "Done"],
  ])("%s", (_, state, name) => {
    expect(readStatus(state, statuses)).toBe(name);
  });

  it("by ids and names without case, and by an exact entry before a wide one above it", () => {
    const listed = {
      Started: { category: "indeterminate" },
      Waiting: { category: "indeterminate", status: "BLOCKED" },
      Dropped: { category: "done", resolution: wontDo.id },
    } as const;
    expect(readStatus({ status: blocked }, listed)).toBe("Waiting");
    expect(readStatus({ status: inProgress }, listed)).toBe("Started");
    expect(readStatus({ status: done, resolution: wontDo }, listed)).toBe("Dropped");
    expect(readStatus({ status: done }, listed)).toBe(undefined);
  });
});

describe("a row's status", () => {
  it("is found without case, in the route's spelling", () => {
    expect(writeStatus("won’t DO ", statuses)?.name).toBe("Won't do");
    expect(writeStatus("Parked", statuses)).toBe(undefined);
  });

  it("is satisfied by an issue that is read as it, or as one that stands for the same", () => {
    const twins = { Open: { category: "new" }, Triaged: { category: "new" } } as const;
    expect(isSatisfied({ status: toDo }, twins.Triaged, twins)).toBe(true);
    expect(isSatisfied({ status: done }, statuses["Won't do"] ?? twins.Open, statuses)).toBe(false);
    expect(isSatisfied({ status: blocked }, twins.Open, twins)).toBe(false);
  });
});

describe("a status that changed", () => {
  it("asks for what the row's stands for, and the base waits for the transition", () => {
    const plan = merged(rowOf({ status: "Done" }), issueOf());
    expect(plan).toMatchObject({ status: { name: "Done", target: { category: "done" } } });
    expect(plan.base).toEqual(agreed());
    const after = issueOf({ status: done, resolution: fixed });
    const base = baseAfterTransition(plan.base, "Done", { statusId: done.id, issue: after });
    expect(isQuiet(merged(rowOf({ status: "Done" }), after, { base }))).toBe(true);
  });

  it("is not taken for agreed when a person moved the issue on right after our transition", () => {
    const after = issueOf({ status: inProgress });
    const base = baseAfterTransition(agreed(), "Done", { statusId: done.id, issue: after });
    expect(merged(rowOf({ status: "Done" }), after, { base })).toMatchObject({
      toNotion: { status: "In progress" },
      lost: [],
    });
  });

  it("goes on from where the issue got stuck on its way", () => {
    const after = issueOf({ status: inProgress });
    const base = baseAfterTransition(agreed(), undefined, {
      statusId: inProgress.id,
      issue: after,
    });
    const plan = merged(rowOf({ status: "Done" }), after, { base });
    expect(plan).toMatchObject({ status: { name: "Done" }, toNotion: {}, lost: [] });
  });

  it("goes to Notion when Jira's did, and agrees when both did alike", () => {
    const issue = issueOf({ status: inProgress });
    expect(merged(rowOf(), issue).toNotion).toEqual({ status: "In progress" });
    expect(isQuiet(merged(rowOf({ status: "In progress" }), issue))).toBe(true);
  });

  it("is Jira's when both did, and the row's is kept", () => {
    const plan = merged(rowOf({ status: "Done" }), issueOf({ status: inProgress }));
    expect(plan.status).toBe(undefined);
    expect(plan.toNotion).toEqual({ status: "In progress" });
    expect(plan.lost).toMatchObject([{ on: "notion", field: "status", value: "Done" }]);
  });

  it.each([
    [
      rowOf({ status: "Parked" }),
      issueOf(),
      "Status Parked stands for none in Jira (map it in debrief.yaml): the issue stays To Do.",
    ],
    [
      rowOf(),
      issueOf({ status: blocked }),
      "Jira's status Blocked stands for none in Notion (map it in debrief.yaml): Status is left as it is.",
    ],
  ])("is left where the route has no word for it, and said", (row, issue, remark) => {
    const plan = merged(row, issue);
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toEqual([remark]);
    expect(merged(row, issue, { base: plan.base })).toEqual(plan);
  });

  it("stays open on both sides while Jira's has no word, and is kept once it has", () => {
    const row = rowOf({ status: "Done" });
    const open = merged(row, issueOf({ status: blocked }));
    expect(isQuiet(open)).toBe(true);
    const plan = merged(row, issueOf({ status: inProgress }), { base: open.base });
    expect(plan).toMatchObject({
      toNotion: { status: "In progress" },
      lost: [{ on: "notion", value: "Done" }],
    });
  });
});

describe("Won't do without a Reason", () => {
  const row = rowOf({ status: "Won't do" });

  it("waits for the Reason, is said, and goes once it is there", () => {
    const held = merged(row, issueOf());
    expect(isQuiet(held)).toBe(true);
    expect(held.remarks).toEqual([
      "Won't do needs a Reason before it goes to Jira: fill in Reason.",
    ]);
    const plan = merged({ ...row, reason: "Too costly" }, issueOf(), { base: held.base });
    expect(plan.status?.name).toBe("Won't do");
  });

  it("gives way to a change in Jira meanwhile, and is kept", () => {
    const { base } = merged(row, issueOf());
    const plan = merged(row, issueOf({ status: inProgress }), { base });
    expect(plan).toMatchObject({
      toNotion: { status: "In progress" },
      lost: [{ on: "notion", value: "Won't do" }],
    });
  });

  it("needs none when it comes from Jira", () => {
    const issue = issueOf({ status: done, resolution: wontDo });
    const plan = merged(rowOf(), issue);
    expect(plan.toNotion).toEqual({ status: "Won't do" });
    expect(merged(row, issue, { base: plan.base }).remarks).toEqual([]);
  });
});

describe("the status of a new issue", () => {
  const row = rowOf({ status: "In progress" });
  const base = { ...agreed(), notion: notionValues(row), jira: {} };

  it("is brought to the row's, for a create can't send it", () => {
    expect(merged(row, issueOf(), { base })).toMatchObject({
      status: { name: "In progress" },
      toNotion: {},
    });
  });

  it("is Jira's once a person has moved it, and the row's is kept", () => {
    expect(merged(row, issueOf({ status: done }), { base })).toMatchObject({
      toNotion: { status: "Done" },
      lost: [{ on: "notion", value: "In progress" }],
    });
  });
});

describe("the base", () => {
  it("holds what Jira really has where it refused a write", () => {
    const row = rowOf({ due: "2026-12-24" });
    const plan = merged(row, issueOf());
    const base = baseAfterRefusal(plan.base, issueOf(), ["due"]);
    expect(base.jira).toEqual(jiraValues(issueOf()));
    expect(base.notion.due).toBe("2026-12-24");
    expect(isQuiet(merged(row, issueOf(), { base }))).toBe(true);
  });
});
