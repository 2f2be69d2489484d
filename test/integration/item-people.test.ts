/** Who is who in Notion and in Jira, and what becomes of an action item whose person one of them does not know. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import {
  addRow,
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";

describe("the owner of an action item", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {} });
    await world.start();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function owned(...Owner: readonly string[]): string {
    const values = { Owner, Due: "2026-12-04", Status: "Open" };
    return addRow(world, page, `For ${Owner.join(" and ")}`, values);
  }

  function ownersOf(row: string): unknown {
    return rowOf(world, row).properties["Owner"];
  }

  async function untilOwners(row: string, owners: readonly string[]): Promise<void> {
    await untilRow(
      world,
      row,
      `owners ${owners.join(", ")}`,
      ({ properties }) => JSON.stringify(properties["Owner"]) === JSON.stringify(owners),
    );
  }

  async function untilSync(row: string, part: string): Promise<string> {
    return syncOfRow(await untilRow(world, row, part, (one) => syncOfRow(one).includes(part)));
  }

  it("is found by e-mail address, and is the first of several whom Jira can assign", async () => {
    const alone = await untilIssue(world, owned("Esra Yilmaz"));
    expect(alone.assignee?.name).toBe("Esra Yilmaz");
    const row = owned("Farid Haddad", "Ben Lindqvist", "Ada Okafor");
    const issue = await untilIssue(world, row);
    expect(issue.assignee?.name).toBe("Ben Lindqvist");
    expect(ownersOf(row)).toEqual(["Farid Haddad", "Ben Lindqvist", "Ada Okafor"]);
    expect(syncOfRow(rowOf(world, row))).toBe("Up to date.");
  });

  it.each([
    ["may not be assigned in the project", "Farid Haddad", "can't be assigned in OPS"],
    ["is a guest with a deactivated account", "Henrik Vos", "no user found by e-mail"],
    ["shows Notion no e-mail address", "Grace Nwosu", "Notion shows no e-mail address"],
  ])("who %s leaves the issue unassigned, and Sync says why", async (_what, name, why) => {
    const row = owned(name);
    const issue = await untilIssue(world, row);
    expect(issue.assignee).toBeNull();
    expect(ownersOf(row)).toEqual([name]);
    const sync = syncOfRow(rowOf(world, row));
    expect(sync).toContain("Up to date.");
    expect(sync).toContain(why);
    expect(sync).toContain("the issue stays unassigned");
    await world.untilResyncs(2);
    expect(issuesOf(world, row)).toHaveLength(1);
    expect(ownersOf(row)).toEqual([name]);
  });

  it("is found on the way back although Jira hides the address: by name, proven by address", async () => {
    const row = owned("Ada Okafor");
    const { key } = await untilIssue(world, row);
    world.jira.act({ do: "assign", issue: key, to: "Diego Marchetti" });
    await untilOwners(row, ["Diego Marchetti"]);
    const hidden = await untilIssue(world, owned("Diego Marchetti"));
    expect(hidden.assignee?.name).toBe("Diego Marchetti");
  });

  it("keeps co-owners when Jira's assignee changes, and puts the assignee in front", async () => {
    const row = owned("Ada Okafor", "Esra Yilmaz");
    const { key } = await untilIssue(world, row);
    world.jira.act({ do: "assign", issue: key, to: "Chloe Tanaka" });
    await untilOwners(row, ["Chloe Tanaka", "Esra Yilmaz"]);
    world.jira.act({ do: "assign", issue: key, to: "Esra Yilmaz" });
    await untilOwners(row, ["Esra Yilmaz", "Chloe Tanaka"]);
    await world.untilResyncs(2);
    expect(ownersOf(row)).toEqual(["Esra Yilmaz", "Chloe Tanaka"]);
    expect(world.jira.issue(key)?.assignee?.name).toBe("Esra Yilmaz");
  });

  it("is never cleared for an assignee whom Notion does not know", async () => {
    const row = owned("Ada Okafor");
    const { key } = await untilIssue(world, row);
    world.jira.act({ do: "assign", issue: key, to: "Debrief" });
    await untilSync(row, "Jira's assignee Debrief is not known in Notion");
    expect(ownersOf(row)).toEqual(["Ada Okafor"]);
    await world.untilResyncs(2);
    expect(ownersOf(row)).toEqual(["Ada Okafor"]);
    expect(world.jira.issue(key)?.assignee?.name).toBe("Debrief");
    // Who is named next in Notion goes to Jira.
    editRow(world, row, "Owner", ["Ben Lindqvist"]);
    await untilIssue(world, row, "the new owner", (one) => one.assignee?.name === "Ben Lindqvist");
    await untilSync(row, "Both sides changed Owner: kept Notion's value");
    const kept = world.jira.issue(key)?.comments.filter(({ text }) => text.includes("Debrief"));
    expect(kept).toHaveLength(1);
  });

  it("leaves when the issue is unassigned in Jira; co-owners stay", async () => {
    const alone = owned("Ada Okafor");
    const first = await untilIssue(world, alone);
    world.jira.act({ do: "unassign", issue: first.key });
    await untilOwners(alone, []);
    const row = owned("Ada Okafor", "Ben Lindqvist");
    const { key } = await untilIssue(world, row);
    world.jira.act({ do: "unassign", issue: key });
    await untilOwners(row, ["Ben Lindqvist"]);
    await untilSync(row, "those who were not its assignee stay in Owner");
    await world.untilResyncs(2);
    expect(world.jira.issue(key)?.assignee).toBeNull();
    expect(ownersOf(row)).toEqual(["Ben Lindqvist"]);
  });

  it("leaves the issue when Owner is emptied in Notion", async () => {
    const row = owned("Ada Okafor");
    const { key } = await untilIssue(world, row);
    editRow(world, row, "Owner", []);
    await untilIssue(world, row, "nobody", ({ assignee }) => assignee === null);
    expect(world.jira.issue(key)?.assignee).toBeNull();
  });

  it("stays with the issue while a new owner can't be assigned, and Sync says so", async () => {
    const row = owned("Ada Okafor");
    const { key } = await untilIssue(world, row);
    editRow(world, row, "Owner", ["Farid Haddad"]);
    await untilSync(row, "can't be assigned in OPS): the issue stays with Ada Okafor");
    expect(world.jira.issue(key)?.assignee?.name).toBe("Ada Okafor");
    expect(ownersOf(row)).toEqual(["Farid Haddad"]);
  });

  it("changes nothing when a person who is assigned is deactivated in Jira", async () => {
    const row = owned("Chloe Tanaka");
    const { key } = await untilIssue(world, row);
    world.jira.act({ do: "deactivateUser", user: "Chloe Tanaka" });
    editRow(world, row, "Due", "2026-12-20");
    await untilIssue(world, row, "the due day", ({ duedate }) => duedate === "2026-12-20");
    world.jira.act({ do: "edit", issue: key, summary: "Said in Jira" });
    await untilRow(world, row, "the title", ({ title }) => title === "Said in Jira");
    expect(world.jira.issue(key)?.assignee?.name).toBe("Chloe Tanaka");
    expect(ownersOf(row)).toEqual(["Chloe Tanaka"]);
    world.jira.act({ do: "reactivateUser", user: "Chloe Tanaka" });
  });
});

describe("the people of debrief.yaml", () => {
  let world: EngineWorld;
  let page = "";
  const farid = "farid.haddad@acme.example";
  const chloesAccount = "5b10ac8d82e05b22cc7d4e03";

  beforeAll(async () => {
    const yaml = [
      "users:",
      "  ada.okafor@acme.example: esra.yilmaz@acme.example",
      "  ben.lindqvist@acme.example: { jira: esra.yilmaz@acme.example }",
      `  ${farid}: { jira: ${chloesAccount} }`,
      "  henrik.vos@acme.example: { jira: nobody@acme.example }",
      "",
    ].join("\n");
    world = await openAnyWorld({ jira: {}, yaml });
    await world.start();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("lead from PagerDuty to Notion", () => {
    // Ada is on call.
    expect(rowOf(world, page).properties["Lead"]).toEqual(["Esra Yilmaz"]);
  });

  it.each([
    ["an e-mail address", "Ben Lindqvist", "Esra Yilmaz"],
    ["an account id", "Farid Haddad", "Chloe Tanaka"],
  ])("lead from Notion to Jira by %s, and back again", async (_how, inNotion, inJira) => {
    const values = { Owner: [inNotion], Due: "2026-12-04", Status: "Open" };
    const row = addRow(world, page, `For ${inNotion}`, values);
    const issue = await untilIssue(world, row);
    expect(issue.assignee?.name).toBe(inJira);

    const other = addRow(world, page, `Back to ${inNotion}`);
    const { key } = await untilIssue(world, other);
    world.jira.act({ do: "assign", issue: key, to: inJira });
    await untilRow(
      world,
      other,
      `owner ${inNotion}`,
      ({ properties }) => JSON.stringify(properties["Owner"]) === JSON.stringify([inNotion]),
    );
  });

  it("are said to be unknown where they lead to nobody", async () => {
    const values = { Owner: ["Henrik Vos"], Due: "2026-12-04", Status: "Open" };
    const row = addRow(world, page, "For nobody", values);
    const issue = await untilIssue(world, row);
    expect(issue.assignee).toBeNull();
    expect(syncOfRow(rowOf(world, row))).toContain("no user found by e-mail");
  });
});
