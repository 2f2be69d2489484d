/** Owner and assignee: who is written where, who stays, and who is unknown to the other side. */

import { describe, expect, it } from "vitest";
import {
  agreed,
  ann,
  annInJira,
  bob,
  bobInJira,
  carl,
  carlInJira,
  grace,
  isQuiet,
  issueOf,
  merged,
  route,
  rowOf,
  without,
  zedInJira,
} from "../../test/support/pairs.ts";
import { ownersValue } from "./item-values.ts";
import type { NotionUserId } from "./keys.ts";

function base(
  owners: readonly NotionUserId[],
  assignee: string = annInJira.accountId,
): ReturnType<typeof agreed> {
  return agreed({ notion: { owner: ownersValue(owners) }, jira: { owner: assignee } });
}

const unassigned = without(issueOf(), "assignee");

describe("Notion's owner", () => {
  it.each([
    ["a new one", rowOf({ owners: [bob] }), bobInJira.accountId],
    ["the first who has an account", rowOf({ owners: [grace, carl, bob] }), carlInJira.accountId],
    ["nobody", rowOf({ owners: [] }), null],
  ])("is assigned in Jira: %s", (_, row, assignee) => {
    expect(merged(row, issueOf())).toMatchObject({ toJira: { assignee }, toNotion: {}, lost: [] });
  });

  it("may be joined by co-owners, or stand in another order, without a word to Jira", () => {
    expect(isQuiet(merged(rowOf({ owners: [bob, ann] }), issueOf()))).toBe(true);
  });

  it.each([
    [issueOf(), annInJira.accountId, "the issue stays with Ann"],
    [unassigned, "", "the issue stays unassigned"],
  ])("never clears the assignee when Jira does not know them", (issue, assignee, stays) => {
    const held = base([ann], assignee);
    const row = rowOf({ owners: [grace] });
    const plan = merged(row, issue, { base: held });
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toEqual([
      `Owner Grace Nwosu can't be assigned in Jira (no user found by e-mail): ${stays}.`,
    ]);
    expect(merged(row, issue, { base: plan.base })).toEqual(plan);
  });

  it("does not clear an assignee whom Notion does not know when Owner is emptied", () => {
    const plan = merged(rowOf({ owners: [] }), issueOf({ assignee: zedInJira }), {
      base: base([ann], zedInJira.accountId),
    });
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toEqual([
      "Jira's assignee Zed is not known in Notion: Owner is left as it is.",
    ]);
  });

  it("replaces an assignee whom Notion does not know, and keeps who that was", () => {
    const plan = merged(rowOf({ owners: [bob] }), issueOf({ assignee: zedInJira }), {
      base: base([ann], zedInJira.accountId),
    });
    expect(plan.toJira).toEqual({ assignee: bobInJira.accountId });
    expect(plan.lost).toMatchObject([{ on: "jira", field: "owner", value: "Zed" }]);
  });
});

describe("Jira's assignee", () => {
  it.each([
    ["takes the former one's place", [ann, carl], bobInJira, [bob, carl]],
    ["takes it wherever that was", [carl, ann], bobInJira, [bob, carl]],
    ["moves to the front when they are a co-owner", [ann, bob], bobInJira, [bob, ann]],
    ["joins those whom Jira does not know", [grace], bobInJira, [bob, grace]],
  ])("%s, and the others stay", (_, owners, assignee, wanted) => {
    const held = base(owners, owners.includes(ann) ? annInJira.accountId : "");
    const plan = merged(rowOf({ owners }), issueOf({ assignee }), { base: held });
    expect(plan).toMatchObject({ toJira: {}, toNotion: { owners: wanted }, lost: [], remarks: [] });
    const again = merged(rowOf({ owners: wanted }), issueOf({ assignee }), { base: plan.base });
    expect(isQuiet(again)).toBe(true);
  });

  it("clears Owner when it is taken away", () => {
    expect(merged(rowOf(), unassigned)).toMatchObject({ toNotion: { owners: [] }, lost: [] });
  });

  it("leaves the co-owners when it is taken away, and none of them bounces back", () => {
    const plan = merged(rowOf({ owners: [ann, bob] }), unassigned, { base: base([ann, bob]) });
    expect(plan).toMatchObject({ toJira: {}, toNotion: { owners: [bob] }, lost: [] });
    const again = merged(rowOf({ owners: [bob] }), unassigned, { base: plan.base });
    expect(isQuiet(again)).toBe(true);
    expect(again.remarks).toEqual([
      "The issue is unassigned: those who were not its assignee stay in Owner.",
    ]);
  });

  it("takes nobody else away when the run died before its record", () => {
    const plan = merged(rowOf({ owners: [bob] }), unassigned, { base: base([ann, bob]) });
    expect(isQuiet(plan)).toBe(true);
  });

  it("leaves Owner alone when Notion does not know them, and rests", () => {
    const issue = issueOf({ assignee: zedInJira });
    const plan = merged(rowOf(), issue);
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toEqual([
      "Jira's assignee Zed is not known in Notion: Owner is left as it is.",
    ]);
    expect(merged(rowOf(), issue, { base: plan.base })).toEqual(plan);
  });
});

describe("an owner and an assignee who both changed", () => {
  it("agree when the assignee is one of the owners", () => {
    const plan = merged(rowOf({ owners: [carl, bob] }), issueOf({ assignee: bobInJira }));
    expect(isQuiet(plan)).toBe(true);
  });

  it("end with Jira's by default, and the one whom Notion named is kept by name", () => {
    const plan = merged(rowOf({ owners: [bob, grace] }), issueOf({ assignee: carlInJira }));
    expect(plan).toMatchObject({ toJira: {}, toNotion: { owners: [carl, grace] } });
    expect(plan.lost).toMatchObject([{ on: "notion", field: "owner", value: "Bob Marsh" }]);
  });

  it("end with Notion's where the route says so", () => {
    const winners = { ...route.winners, owner: "notion" as const };
    const plan = merged(rowOf({ owners: [bob] }), issueOf({ assignee: carlInJira }), {
      route: { ...route, winners },
    });
    expect(plan.toJira).toEqual({ assignee: bobInJira.accountId });
    expect(plan.lost).toMatchObject([{ on: "jira", field: "owner", value: "Carl" }]);
  });

  it("stay as they are when Jira's is unknown in Notion", () => {
    const plan = merged(rowOf({ owners: [bob] }), issueOf({ assignee: zedInJira }));
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toHaveLength(1);
  });
});
