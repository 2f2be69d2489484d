/** Lists are read to their end or to PagerDuty's bound, and say which. */

import { describe, expect, it } from "vitest";
import {
  connect,
  failure,
  incident,
  incidentJson,
  ok,
  pages,
  type Connected,
} from "../../../test/support/pagerduty-client.ts";
import type { Received, Reply } from "../../../test/support/notion-server.ts";

const path = `GET /incidents/${incident}`;
const since = new Date("2026-11-20T08:00:00Z");
const until = new Date("2026-11-20T09:00:00Z");

function entries(count: number): object[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `R${at}`,
    type: "acknowledge_log_entry",
    created_at: "2026-11-20T09:01:00Z",
  }));
}

async function connectLog(log: (request: Received) => Reply): Promise<Connected> {
  return await connect({
    [`${path}/log_entries`]: log,
    [`${path}/alerts`]: pages("alerts", []),
    [`${path}/notes`]: ok({ notes: [] }),
  });
}

function queriesOf(t: Connected, ending: string): URLSearchParams[] {
  return t.server.requests.filter((one) => one.path.endsWith(ending)).map(({ query }) => query);
}

describe("pages", () => {
  it.each([
    [0, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])("are read to the end: %i entries in %i requests", async (count, requests) => {
    await using t = await connectLog(pages("log_entries", entries(count)));
    const { logEntries, truncated } = await t.pagerduty.readRecords(incident);
    expect(logEntries).toHaveLength(count);
    expect(truncated).toBe(false);
    const queries = queriesOf(t, "/log_entries");
    expect(queries).toHaveLength(requests);
    expect(queries.map((query) => query.get("time_zone"))).toEqual(queries.map(() => "UTC"));
  });

  it("are read to the end where PagerDuty gives fewer than asked for", async () => {
    await using t = await connectLog(pages("log_entries", entries(130), 25));
    expect((await t.pagerduty.readRecords(incident)).logEntries).toHaveLength(130);
  });

  it("count an entry once that moved to the next page meanwhile", async () => {
    const all = entries(150);
    await using t = await connectLog((request) =>
      request.query.get("offset") === "0"
        ? ok({ log_entries: all.slice(0, 100), more: true })
        : ok({ log_entries: all.slice(98), more: false }),
    );
    expect((await t.pagerduty.readRecords(incident)).logEntries).toHaveLength(150);
  });

  it("stop at 10,000 records without asking for more than may be asked, and say so", async () => {
    await using t = await connectLog(pages("log_entries", entries(10_050)));
    const { logEntries, truncated } = await t.pagerduty.readRecords(incident);
    expect([logEntries.length, truncated]).toEqual([10_000, true]);
  });

  it("end where a page is empty although more is promised", async () => {
    await using t = await connectLog(() => ok({ log_entries: [], more: true }));
    expect((await t.pagerduty.readRecords(incident)).truncated).toBe(false);
  });

  it("fail where the answer has no such list", async () => {
    await using t = await connectLog(() => ok({ entries: [] }));
    await expect(t.pagerduty.readRecords(incident)).rejects.toThrow('no list "log_entries"');
  });
});

describe("lists of incidents", () => {
  it("asks for the open ones of any age", async () => {
    const open = [
      incidentJson(),
      incidentJson({ id: "Q2", status: "acknowledged" }),
      incidentJson({ id: "not/an/id" }),
    ];
    await using t = await connect({ "GET /incidents": pages("incidents", open) });
    expect((await t.pagerduty.listOpenIncidents()).map(({ id }) => id)).toEqual([incident, "Q2"]);
    const [query] = queriesOf(t, "/incidents");
    expect(query?.getAll("statuses[]")).toEqual(["triggered", "acknowledged"]);
    expect(query?.get("date_range")).toBe("all");
  });

  it("asks for a window, in UTC", async () => {
    await using t = await connect({ "GET /incidents": pages("incidents", [incidentJson()]) });
    expect(await t.pagerduty.listIncidentsCreated(since, until)).toHaveLength(1);
    const [query] = queriesOf(t, "/incidents");
    expect([query?.get("since"), query?.get("until"), query?.get("statuses[]")]).toEqual([
      since.toISOString(),
      until.toISOString(),
      null,
    ]);
  });

  it("asks for a window of years in parts that PagerDuty takes", async () => {
    await using t = await connect({ "GET /incidents": pages("incidents", [incidentJson()]) });
    const years = new Date("2024-01-01T00:00:00Z");
    expect(await t.pagerduty.listIncidentsCreated(years, until)).toHaveLength(1);
    const windows = queriesOf(t, "/incidents").map((query) => [
      Date.parse(query.get("since") ?? ""),
      Date.parse(query.get("until") ?? ""),
    ]);
    expect(windows[0]?.[0]).toBe(years.getTime());
    expect(windows.at(-1)?.[1]).toBe(until.getTime());
    for (const [at, [from = 0, to = 0]] of windows.entries()) {
      expect(to - from).toBeLessThan(180 * 86_400_000);
      expect(windows[at + 1]?.[0] ?? to).toBe(to);
    }
  });
});

describe("listTouched", () => {
  it("names each incident with a change of priority once", async () => {
    const log = [
      ["R1", "priority_change_log_entry", { id: "Q1" }],
      ["R2", "priority_change_log_entry", { id: "Q1" }],
      ["R3", "acknowledge_log_entry", { id: "Q2" }],
      ["R4", "priority_change_log_entry", null],
      ["R5", "priority_change_log_entry", { id: "../x" }],
      ["R6", "priority_change_log_entry", { id: "Q3" }],
    ].map(([id, type, of]) => ({ id, type, incident: of }));
    await using t = await connect({ "GET /log_entries": pages("log_entries", log) });
    const touched = await t.pagerduty.listTouched(since, until);
    expect(touched.filter((each) => each.reprioritized).map((each) => each.id)).toEqual([
      "Q1",
      "Q3",
    ]);
  });

  it("halves a window that has more entries than can be read", async () => {
    // One change every 200 ms: 18,000 in the hour.
    await using t = await connect({
      "GET /log_entries": (request) => {
        const from = Date.parse(request.query.get("since") ?? "");
        const to = Date.parse(request.query.get("until") ?? "");
        const inWindow = Array.from({ length: Math.floor((to - from) / 200) }, (_, at) => {
          const n = (from - since.getTime()) / 200 + at;
          return { id: `R${n}`, type: "priority_change_log_entry", incident: { id: `Q${n}` } };
        });
        return pages("log_entries", inWindow)(request);
      },
    });
    expect(await t.pagerduty.listTouched(since, until)).toHaveLength(18_000);
  });
});

describe("listPriorities", () => {
  it("reads their names, and none where the plan has none", async () => {
    const priorities = [
      { id: "PP1", name: "P1", summary: "x" },
      { id: "PP2", summary: "P2" },
      { id: "PP3" },
    ];
    await using t = await connect({ "GET /priorities": pages("priorities", priorities) });
    expect((await t.pagerduty.listPriorities()).map(({ name }) => name)).toEqual([
      "P1",
      "P2",
      "PP3",
    ]);
    await using none = await connect({ "GET /priorities": failure(402, 2014, "Account lacks it") });
    expect(await none.pagerduty.listPriorities()).toEqual([]);
  });
});
