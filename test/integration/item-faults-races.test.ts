/** Creates of issues that race: with a search that lags, with edits, with other hints and with other workers. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import { expectAgreement, expectSettled } from "../support/item-agreement.ts";
import {
  addRow,
  complete,
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";
import { freePort } from "../support/ports.ts";
import { waitFor } from "../support/wait.ts";

const match = { method: "POST", path: "/issue$" };

/** Adds a row whose create is carried out and not answered. */
async function loseAnswer(here: EngineWorld, page: string, title: string): Promise<string> {
  here.jira.faults.add({ kind: "lost-answer", match, times: 1 });
  const row = addRow(here, page, title);
  await waitFor("a create to be struck", () => here.jira.faults.list().length === 0);
  return row;
}

describe.each(engines)("an issue that is being created on the %s engine", (engine) => {
  let world: EngineWorld | undefined;
  let page = "";
  const all: string[] = [];

  beforeAll(async () => {
    const timing = { jira_grace_s: 2.5, resync_every_s: 2 };
    world = await openWorldOn(engine, { jira: {}, timing });
    await world?.start();
    page = world === undefined ? "" : (await openPostMortem(world)).page;
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("is adopted though the search lags for longer than usual", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    here.jira.configure({ searchLagMs: 1_600, searchLagJitterMs: 200 });
    const row = await loseAnswer(here, page, "Found late");
    const made = here.jira.issues().find(({ summary }) => summary === "Found late");
    expect((await untilIssue(here, row)).id, "adopted").toBe(made?.id);
    here.jira.configure({ searchLagMs: 300, searchLagJitterMs: 200 });
    await expectAgreement(here, [row]);
    all.push(row);
  });

  it("stays one when the search loses sight of an issue again", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    here.jira.configure({ searchMissProbability: 0.05 });
    const row = await loseAnswer(here, page, "Found now and then");
    const { id } = await untilIssue(here, row);
    here.jira.configure({ searchMissProbability: 1 });
    editRow(here, row, "Name", "Edited while nobody finds it");
    const edited = await untilIssue(here, row, "the edit", ({ summary }) => {
      return summary.startsWith("Edited");
    });
    expect(edited.id).toBe(id);
    here.jira.configure({ searchMissProbability: 0 });
    await expectAgreement(here, [row]);
    all.push(row);
  });

  it("is made once, with the latest text, though the row was edited while it was on its way", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    here.jira.faults.add({ kind: "latency", match, delayMs: 500, times: 1 });
    const row = addRow(here, page, "Half a thou");
    await waitFor("the create to be on its way", () => here.jira.faults.list().length === 0);
    editRow(here, row, "Name", "Half a thought, completed");
    editRow(here, row, "Due", "2026-12-30");
    editRow(here, row, "Owner", ["Ben Lindqvist"]);
    await untilIssue(here, row, "the latest text", ({ summary }) => summary.endsWith("completed"));
    await expectAgreement(here, [row]);
    all.push(row);
    expect(issuesOf(here, row)[0]).toMatchObject({
      summary: "Half a thought, completed",
      duedate: "2026-12-30",
      assignee: { name: "Ben Lindqvist" },
    });
    expect(issuesOf(here, row)[0]?.comments, "nothing was lost").toEqual([]);
  });

  it("is done once for a hundred hints at once", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const row = addRow(here, page, "Hinted at", { ...complete, Owner: null });
    await untilRow(here, row, "what it lacks", (one) => syncOfRow(one).startsWith("Waiting for"));
    editRow(here, row, "Owner", ["Ada Okafor"]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        editRow(here, row, "Outcome", `Outcome ${String(index)}`);
        const url = `${here.url}/api/v1/action-items/${row}/reconcile`;
        return fetch(url, { method: "POST" }).then(async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        });
      }),
    );
    expect(new Set(answers)).toEqual(new Set([202]));
    await expectAgreement(here, [row]);
    all.push(row);
    expect(issuesOf(here, row)[0]?.description).toContain("Outcome 99");
    expect(rowOf(here, row).properties["Outcome"]).toBe("Outcome 99");
  });

  it("is done once by two workers", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    if (engine === "embedded") {
      skip("one process has the embedded store to itself");
    }
    const second = await here.start({ args: ["--role=worker"], port: await freePort() });
    try {
      here.jira.faults.add({ kind: "latency", match, delayMs: 150, probability: 0.5 });
      here.jira.faults.add({ kind: "lost-answer", match, probability: 0.3 });
      const rows = Array.from({ length: 12 }, (_, index) =>
        addRow(here, page, `Two workers ${String(index)}`),
      );
      await Promise.all(rows.map((row) => untilIssue(here, row)));
      here.jira.faults.clear();
      await expectAgreement(here, rows);
      all.push(...rows);
      expect(second.output()).toContain("issue.create");
    } finally {
      await second.kill("SIGKILL");
    }
  });

  it("leaves nothing to be written in the end", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    await expectSettled(here, all);
    expect(all.map((row) => issuesOf(here, row).length)).toEqual(all.map(() => 1));
  });
});
