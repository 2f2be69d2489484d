/** Jira or Notion away, refusing or rate-limited: items wait and say so, everything else goes on, and all converges. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { untilSays } from "../support/incidents.ts";
import { ask, expectAgreement, expectSettled, metric } from "../support/item-agreement.ts";
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
import { openTcpDoor, type TcpDoor } from "../support/tcp-door.ts";
import { waitFor } from "../support/wait.ts";

const html = { "content-type": "text/html" };

/** Ways for a vendor to be away for a while. */
const outages: Readonly<Record<string, FaultRule>> = {
  "a storm of 503": {
    kind: "status",
    match: {},
    status: 503,
    headers: html,
    body: "<html></html>",
  },
  "a storm of 500": { kind: "status", match: {}, status: 500 },
  silence: { kind: "hang", match: {} },
  "429 without a time": { kind: "status", match: {}, status: 429 },
  "429 with a time": { kind: "status", match: {}, status: 429, headers: { "retry-after": "1" } },
  "429 with a time that makes no sense": {
    kind: "status",
    match: {},
    status: 429,
    headers: { "retry-after": "soon" },
  },
};

describe("while a vendor is away", () => {
  let world: EngineWorld;
  let door: TcpDoor;
  let page = "";
  let incident = "";
  const all: string[] = [];

  beforeAll(async () => {
    door = await openTcpDoor(() => world.jira.url);
    world = await openAnyWorld({
      jira: {},
      env: { JIRA_URL: door.url },
      timing: { request_timeout_s: 0.5, unauthorized_pause_s: 1.5, resync_every_s: 2 },
    });
    await world.start();
    ({ page, incident } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await door[Symbol.asyncDispose]();
  });

  async function degraded(): Promise<string> {
    return JSON.stringify(await ask(world, "/readyz"));
  }

  async function deadLetters(): Promise<unknown> {
    return ask(world, "/api/v1/dead-letters");
  }

  /** What people do meanwhile; gives the rows, and how to tell that all of it has arrived. */
  async function workOn(name: string): Promise<() => Promise<void>> {
    const [older = ""] = all;
    const row = addRow(world, page, `Written during ${name}`);
    editRow(world, older, "Outcome", `Seen during ${name}`);
    editRow(world, older, "Name", `Edited during ${name}`);
    world.pagerduty.act({ do: "note", incident, content: `A note during ${name}` });
    all.push(row);
    return async () => {
      await untilIssue(world, older, "what was edited", ({ summary }) =>
        summary.endsWith(`during ${name}`),
      );
      await expectAgreement(world, [row, older]);
    };
  }

  it("all is well at first", async () => {
    all.push(addRow(world, page, "There from the beginning"));
    await expectAgreement(world, all);
    expect(await degraded()).toContain('"ready"');
  });

  it.each(Object.keys(outages))("%s at Jira stops items and nothing else", async (name) => {
    const rule = outages[name];
    if (rule === undefined) {
      throw new Error(`no outage ${name}`);
    }
    const fault = world.jira.faults.add(rule);
    const arrived = await workOn(name);
    await untilSays(world, incident, `A note during ${name}`);
    await waitFor("/readyz to say it", async () => /jira is paused/u.test(await degraded()));
    expect(await deadLetters()).toEqual({ deadLetters: [] });
    world.jira.faults.remove(fault);
    await arrived();
  });

  it("a refused connection stops items and nothing else", async () => {
    await door.shut();
    const arrived = await workOn("a refusal");
    await untilSays(world, incident, "A note during a refusal");
    await waitFor("/readyz to say it", async () => /jira is paused/u.test(await degraded()));
    expect(await deadLetters()).toEqual({ deadLetters: [] });
    await door.open();
    await arrived();
  });

  it("an item that fails while it is written to says that it waits for Jira", async () => {
    const [row = ""] = all;
    const match = { method: "PUT", path: "/issue/[^/]+$" };
    const fault = world.jira.faults.add({ kind: "status", match, status: 503 });
    editRow(world, row, "Name", "Written to in vain");
    await untilRow(world, row, "that it waits", (one) =>
      syncOfRow(one).startsWith("Waiting for Jira"),
    );
    world.jira.faults.remove(fault);
    await expectAgreement(world, [row]);
    expect(issuesOf(world, row)[0]?.summary).toBe("Written to in vain");
  });

  it("a limit on writes to one issue lets only that item wait", async () => {
    const [busy = ""] = all;
    const { id, key } = await untilIssue(world, busy);
    const fault = world.jira.faults.add({
      kind: "status",
      match: { method: "PUT", path: `/issue/(?:${id}|${key})$` },
      status: 429,
      headers: { "retry-after": "2", "ratelimit-reason": "jira-per-issue-on-write" },
    });
    const before = world.jira.calls().byStatus["429"] ?? 0;
    editRow(world, busy, "Due", "2027-05-05");
    await waitFor("a refusal", () => (world.jira.calls().byStatus["429"] ?? 0) > before);
    const row = addRow(world, page, "Not held up");
    all.push(row);
    await expectAgreement(world, [row], 5_000);
    expect(await degraded()).not.toContain("jira is paused");
    world.jira.faults.remove(fault);
    await expectAgreement(world, [busy]);
    expect(issuesOf(world, busy)[0]?.duedate).toBe("2027-05-05");
  });

  it("429 at Notion is waited out, and what Jira said meanwhile arrives", async () => {
    const [row = ""] = all;
    const { key } = await untilIssue(world, row);
    const fault = world.notion.faults.add({
      kind: "status",
      match: {},
      status: 429,
      headers: { "retry-after": "1" },
      body: { object: "error", status: 429, code: "rate_limited", message: "Slow down." },
    });
    world.jira.act({ do: "edit", issue: key, summary: "Said while Notion was busy" });
    world.jira.act({ do: "transition", issue: key, to: "In Progress" });
    const born = addRow(world, page, "Born while Notion was busy");
    all.push(born);
    await waitFor("/readyz to say it", async () => /notion is paused/u.test(await degraded()));
    expect(await deadLetters()).toEqual({ deadLetters: [] });
    world.notion.faults.remove(fault);
    await untilRow(world, row, "what Jira said", ({ title }) => title.startsWith("Said while"));
    await expectAgreement(world, [row, born]);
  });

  it("a dead token at Jira is not believed, is probed once a pause, and works again later", async () => {
    const pair = addRow(world, page, "Stands while nobody is signed in");
    const { key } = await untilIssue(world, pair);
    const issues = world.jira.issues().length;
    const callsBefore = world.jira.calls().calls.length;
    world.jira.revokeToken();
    const born = addRow(world, page, "Born while nobody is signed in");
    editRow(world, pair, "Name", "Edited while nobody is signed in");
    world.jira.act({ do: "edit", issue: key, duedate: "2027-06-06" });
    all.push(pair, born);
    await waitFor("/readyz to say it", async () =>
      /jira is paused.*Unauthorized/u.test(await degraded()),
    );
    const probesWanted = 3;
    await waitFor("some probes", () => signedOutCalls(callsBefore).length >= probesWanted, 20_000);
    for (const row of all) {
      expect(syncOfRow(rowOf(world, row))).not.toMatch(/deleted|Stopped|hidden/u);
    }
    expect(world.jira.issues()).toHaveLength(issues);
    expect(await deadLetters()).toEqual({ deadLetters: [] });
    expect(tooEarly(signedOutCalls(callsBefore), 1_500)).toEqual([]);
    world.jira.restoreToken();
    await untilIssue(world, pair, "both edits", ({ summary, duedate }) => {
      return summary.startsWith("Edited") && duedate === "2027-06-06";
    });
    await expectAgreement(world, [pair, born]);
    expect(world.jira.issues()).toHaveLength(issues + 1);
  });

  it("leaves nothing to be written in the end", async () => {
    await expectSettled(world, all);
    expect(await metric(world, "debrief_gate_closed")).toBe(0);
    expect(all.length).toBeGreaterThan(10);
    expect(rowOf(world, all[0] ?? "").properties).toMatchObject({ Owner: complete.Owner });
  });

  function signedOutCalls(since: number): number[] {
    return world.jira
      .calls()
      .calls.slice(since)
      .filter(({ status }) => status === 401 || status === 404 || status === 200)
      .map(({ at }) => Date.parse(at));
  }
});

/** What was on its way when the refusal came may still arrive for this long. */
const onTheWayMs = 300;

/** Calls within a pause after the one before, but for those that were on their way then. */
function tooEarly(timesMs: readonly number[], pauseMs: number): number[] {
  let lastMs = Number.NEGATIVE_INFINITY;
  const early: number[] = [];
  for (const atMs of timesMs) {
    const afterMs = atMs - lastMs;
    if (afterMs > onTheWayMs && afterMs < pauseMs - 20) {
      early.push(afterMs);
    }
    lastMs = afterMs <= onTheWayMs ? lastMs : atMs;
  }
  return early;
}
