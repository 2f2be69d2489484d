/** The create of an issue, answered in every wrong way: one issue per row, adopted or made again, never two. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import { ask, expectAgreement, expectSettled } from "../support/item-agreement.ts";
import { addRow, editRow, openPostMortem, syncOfRow, untilRow } from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

const match = { method: "POST", path: "/issue$" };

type Refusal = Extract<FaultRule, { kind: "status" }>;

function status(code: number, more: Pick<Refusal, "body" | "headers"> = {}): Refusal {
  return { kind: "status", match, status: code, times: 1, ...more };
}

/** Carried out all the same, or perhaps: nobody can tell from the answer. */
const lost: Readonly<Record<string, FaultRule>> = {
  "cut after the commit": { kind: "lost-answer", match, times: 1 },
  "500 after the commit": { kind: "lost-answer", match, status: 500, times: 1 },
  "502 after the commit": { kind: "lost-answer", match, status: 502, times: 1 },
  "503 after the commit": { kind: "lost-answer", match, status: 503, times: 1 },
  "504 after the commit": { kind: "lost-answer", match, status: 504, times: 1 },
  "an answer cut in half": { kind: "truncated-body", match, times: 1 },
  "a commit after a 504": { kind: "late-commit", match, delayMs: 900, status: 504, times: 1 },
  "a commit after our patience": { kind: "late-commit", match, delayMs: 1_100, times: 1 },
  "503 as a page, nothing done": {
    ...status(503, { body: "<html><body>Service Unavailable</body></html>" }),
    headers: { "content-type": "text/html" },
  },
  "500, nothing done": status(500),
  "silence, nothing done": { kind: "hang", match, times: 1 },
  "a cut, nothing done": { kind: "reset", match, times: 1 },
};

/** Proof that nothing was made. */
const refused: Readonly<Record<string, FaultRule>> = {
  "401": status(401),
  "429": { ...status(429), headers: { "retry-after": "1" } },
  "429 without a time": status(429),
  "409": status(409, { body: { errorMessages: ["Conflict"], errors: {} } }),
};

/** What a person has to mend, by Jira's words. */
const terminal = { 400: "The workflow says no.", 403: "You may not." } as const;

/** Adds one row a fault, each while its fault waits for the next create. */
async function strikeEach(
  here: EngineWorld,
  page: string,
  faults: Readonly<Record<string, FaultRule>>,
): Promise<string[]> {
  const rows: string[] = [];
  for (const [name, rule] of Object.entries(faults)) {
    here.jira.faults.add(rule);
    rows.push(addRow(here, page, `Struck by ${name}`));
    await waitFor(`a create to be struck by ${name}`, () => here.jira.faults.list().length === 0);
  }
  return rows;
}

describe.each(engines)("the create of an issue on the %s engine", (engine) => {
  let world: EngineWorld | undefined;
  let page = "";
  const all: string[] = [];

  beforeAll(async () => {
    // The grace covers the client's timeout, the latest commit above and the lag of the search.
    world = await openWorldOn(engine, {
      jira: {},
      timing: {
        request_timeout_s: 0.8,
        jira_grace_s: 2.5,
        unauthorized_pause_s: 0.5,
        resync_every_s: 2,
      },
    });
    await world?.start();
    page = world === undefined ? "" : (await openPostMortem(world)).page;
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("leaves one issue a row however its answer was lost", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const rows = await strikeEach(here, page, lost);
    await expectAgreement(here, rows);
    all.push(...rows);
    expect(
      here.jira.issues("OPS").filter(({ summary }) => summary.includes("Struck")),
    ).toHaveLength(rows.length);
  });

  it("is tried again where the answer proves that nothing was made", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const rows = await strikeEach(here, page, refused);
    await expectAgreement(here, rows);
    expect(here.jira.faults.list()).toEqual([]);
    all.push(...rows);
  });

  it("waits for a person where Jira refuses it, says so, and goes on with the next edit", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    const rows: string[] = [];
    for (const [code, words] of Object.entries(terminal)) {
      const body = { errorMessages: [words], errors: {} };
      const fault = here.jira.faults.add({ kind: "status", match, status: Number(code), body });
      const row = addRow(here, page, `Refused with ${code}`);
      const told = await untilRow(here, row, "Jira's words", (one) =>
        syncOfRow(one).startsWith("Failed:"),
      );
      expect(syncOfRow(told)).toContain(words.replace(/\.$/u, ""));
      await waitFor("the dead letter", async () =>
        JSON.stringify(await ask(here, "/api/v1/dead-letters")).includes(row),
      );
      here.jira.faults.remove(fault);
      editRow(here, row, "Outcome", "Somebody mended it.");
      rows.push(row);
    }
    await expectAgreement(here, rows);
    all.push(...rows);
  });

  it("leaves nothing to be written in the end", async ({ skip }) => {
    await expectSettled(world ?? skip("no Redis"), all);
    expect(all).toHaveLength(18);
  });
});
