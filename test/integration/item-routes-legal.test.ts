/** Projects that are particular: a field that every issue must have, a long workflow, and routes that change between two starts. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { readiness, restartWith, untilDegraded } from "../support/item-routes.ts";
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

const field = "fields: { customfield_10060: { value: Privacy } }";

function legal(more: string): string {
  return `routes:\n  - name: legal\n    jira: { project: LEGAL, ${more} }\n`;
}

describe("a project with a required field and a long workflow", () => {
  let world: EngineWorld;
  let page = "";
  let first = "";

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {}, yaml: `# what the test says\n${legal("hops: 1")}` });
    await world.start();
    ({ page } = await openPostMortem(world));
    first = addRow(world, page, "Tell the customers");
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("gets no issue without the field; /readyz and the row say how to mend it", async () => {
    const [problem = ""] = await untilDegraded(world, "customfield_10060");
    expect(problem).toContain("Route legal");
    expect(problem).toContain("Practice area");
    expect(problem).toContain("debrief.yaml");
    const failed = await untilRow(world, first, "what to do", (row) =>
      syncOfRow(row).startsWith("Failed: "),
    );
    expect(syncOfRow(failed)).toContain("LEGAL");
    expect(syncOfRow(failed)).toContain("jira: { fields: { customfield_10060: ");
    expect(syncOfRow(failed)).toContain("(JIRA_REQUIRED_FIELD)");
    expect(world.jira.issues()).toEqual([]);
    await untilRow(world, page, "the count of those that failed", (row) =>
      syncOfRow(row).includes("Action items: 1 open (1 failed), 0 done."),
    );
  });

  it("gets the issue once the field is given, by itself", async () => {
    await restartWith(world, legal(`${field}, hops: 1`));
    const issue = await untilIssue(world, first);
    expect(issue).toMatchObject({ project: "LEGAL", status: { name: "Intake" } });
    await untilRow(world, first, "nothing to say", (row) => syncOfRow(row) === "Up to date.");
    expect((await readiness(world)).degraded).toEqual([]);
  });

  it("says which transition is missing where only direct ones may be taken", async () => {
    editRow(world, first, "Status", "Done");
    const said = await untilRow(world, first, "what it waits for", (row) =>
      syncOfRow(row).startsWith("Waiting for Jira: "),
    );
    expect(syncOfRow(said)).toContain("No transition leads from “Intake” straight to");
    expect(syncOfRow(said)).toContain("Jira offers: Accept → Triage");
    expect(syncOfRow(said)).toContain("Allow hops in the route");
    expect(issuesOf(world, first)).toMatchObject([{ status: { name: "Intake" } }]);
    expect(said.properties["Status"]).toBe("Done");
  });

  it("takes as many in a row as the route allows", async () => {
    await restartWith(world, legal(`${field}, hops: 4`));
    const issue = await untilIssue(
      world,
      first,
      "closed",
      ({ status }) => status.name === "Closed",
    );
    expect(issue.resolution).toBe("Done");
    await untilRow(world, first, "nothing to say", (row) => syncOfRow(row) === "Up to date.");
    expect(rowOf(world, first).properties["Status"]).toBe("Done");
  });

  it("says the validator's words where a transition refuses without having said what it needs", async () => {
    const row = addRow(world, page, "Ask the regulator");
    const { key } = await untilIssue(world, row);
    for (const to of ["Triage", "Drafting", "Approval"]) {
      world.jira.act({ do: "transition", issue: key, to });
    }
    world.jira.act({ do: "unassign", issue: key });
    await untilRow(
      world,
      row,
      "no owner",
      ({ properties }) =>
        JSON.stringify(properties["Owner"]) === "[]" && properties["Status"] === "In progress",
    );
    editRow(world, row, "Status", "Done");
    await untilRow(world, row, "Jira's words", (one) =>
      syncOfRow(one).includes("Please name the responsible lawyer before closing."),
    );
    expect(world.jira.issue(key)?.status.name).toBe("Approval");
    editRow(world, row, "Owner", ["Ada Okafor"]);
    await untilIssue(world, row, "closed", ({ status }) => status.name === "Closed");
    await untilRow(world, row, "nothing to say", (one) => syncOfRow(one) === "Up to date.");
  });

  it("takes three hops in a row, with what the last screen asks for, and is moved back", async () => {
    await restartWith(world, "jira: { hops: 3 }\n");
    const row = addRow(world, page, "Rotate the keys");
    const issue = await untilIssue(world, row);
    expect(issue.project).toBe("OPS");
    editRow(world, row, "Status", "Done");
    await untilIssue(
      world,
      row,
      "done with a resolution",
      ({ status, resolution }) => status.name === "Done" && resolution === "Done",
    );
    editRow(world, row, "Status", "Open");
    await untilIssue(
      world,
      row,
      "reopened",
      ({ status, resolution }) => status.name === "To Do" && resolution === null,
    );
  });

  it("stays with its issue when the route changes, and says so", async () => {
    expect(issuesOf(world, first)).toMatchObject([{ project: "LEGAL" }]);
    editRow(world, first, "Name", "Tell all the customers");
    const issue = await untilIssue(
      world,
      first,
      "the new name",
      ({ summary }) => summary === "Tell all the customers",
    );
    expect(issue.project).toBe("LEGAL");
    const sync = syncOfRow(rowOf(world, first));
    expect(sync).toContain(`${issue.key} is in project LEGAL, where the route says OPS`);
    expect(issuesOf(world, first)).toHaveLength(1);
  });
});
