/** Vendors that are away, refuse or lag, and webhooks that never come: all converges, and nothing is hammered. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCompleteTimeline, untilSays, untilWhole } from "../support/incidents.ts";
import { viewsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type NotionCall, type World } from "../support/world.ts";

describe("while vendors fail", () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld({ subscribeTwice: true, timing: { unauthorized_pause_s: 1 } });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("a webhook that is lost costs one resync", async () => {
    const { pagerduty } = world;
    const lost = pagerduty.faults.add({ kind: "drop-webhook" });
    const incident = world.trigger({ title: "Nobody was told" });
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    expectCompleteTimeline(world, incident, await untilWhole(world, incident));
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    await world.untilPage(
      incident,
      "a draft",
      ({ properties }) => properties["Status"] === "Draft",
    );
    pagerduty.faults.remove(lost);
    expect(world.pagesOf(incident)).toHaveLength(1);
  });

  it("webhooks out of order and doubled end in what PagerDuty says", async () => {
    const { pagerduty } = world;
    const held = pagerduty.faults.add({
      kind: "reorder-webhooks",
      match: { event: "triggered|priority|acknowledged" },
      delayMs: 400,
    });
    const doubled = pagerduty.faults.add({ kind: "duplicate-webhook", copies: 2 });
    const incident = world.trigger({ title: "Out of order" });
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor" });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    pagerduty.act({ do: "reopen", incident, by: "Ada Okafor" });
    pagerduty.act({ do: "note", incident, content: "Not over yet" });
    await waitFor("all webhooks", () => pagerduty.pendingWebhooks() === 0);
    pagerduty.faults.remove(held);
    pagerduty.faults.remove(doubled);
    const page = await untilSays(world, incident, "Not over yet");
    await untilWhole(world, incident);
    expect(page.properties["Status"]).toBe("Live");
    await world.untilResyncs(1);
    expect(world.pagesOf(incident)).toHaveLength(1);
    expectCompleteTimeline(world, incident, world.pagesOf(incident)[0] ?? page);
  });

  it("a storm of 429 is waited out: no call goes out before the time", async () => {
    const { notion } = world;
    const calls = world.watchNotion();
    notion.faults.add({
      kind: "status",
      match: {},
      status: 429,
      headers: { "retry-after": "1" },
      body: { object: "error", status: 429, code: "rate_limited", message: "Slow down." },
      times: 3,
    });
    const incidents = Array.from({ length: 10 }, (_, index) =>
      world.trigger({ title: `Rate limited ${String(index)}`, priority: "P1" }),
    );
    for (const incident of incidents) {
      expectCompleteTimeline(world, incident, await untilWhole(world, incident));
    }
    expect(notion.faults.list()).toEqual([]);
    expect(tooEarly(calls(), 429, 1_000)).toEqual([]);
    for (const incident of incidents) {
      expect(world.pagesOf(incident)).toHaveLength(1);
    }
  });

  it("PagerDuty's API may answer 500 for a while", async () => {
    const { pagerduty } = world;
    const down = pagerduty.faults.add({ kind: "status", match: {}, status: 500 });
    const incident = world.trigger({ title: "PagerDuty is down as well", priority: "P1" });
    await waitFor("several calls to fail", () => {
      return (pagerduty.calls().byStatus["500"] ?? 0) >= 4;
    });
    expect(world.pagesOf(incident)).toEqual([]);
    pagerduty.faults.remove(down);
    expectCompleteTimeline(world, incident, await untilWhole(world, incident));
    expect(world.pagesOf(incident)).toHaveLength(1);
  });

  it("a revoked token is probed once a pause, and works again without a restart", async () => {
    const { notion } = world;
    const calls = world.watchNotion();
    const revoked = notion.faults.add({
      kind: "status",
      match: {},
      status: 401,
      body: {
        object: "error",
        status: 401,
        code: "unauthorized",
        message: "API token is invalid.",
      },
    });
    const incidents = Array.from({ length: 5 }, (_, index) =>
      world.trigger({ title: `No token ${String(index)}`, priority: "P1" }),
    );
    await waitFor("four probes", () => withStatus(calls(), 401).length >= 4);
    notion.faults.remove(revoked);
    for (const incident of incidents) {
      expectCompleteTimeline(world, incident, await untilWhole(world, incident));
      expect(world.pagesOf(incident)).toHaveLength(1);
    }
    expect(tooEarly(calls(), 401, 1_000)).toEqual([]);
  });

  it("a search that lags behind a lost create still leaves one page", async () => {
    const { notion } = world;
    notion.configure({ queryLagMs: 1_000, queryLagJitterMs: 100 });
    const match = { method: "POST", path: "^/v1/pages$" };
    notion.faults.add({ kind: "lost-answer", match, times: 1 });
    const incident = world.trigger({ title: "Search lags", priority: "P1" });
    await untilWhole(world, incident);
    await world.untilResyncs(2);
    notion.configure({ queryLagMs: 300, queryLagJitterMs: 200 });
    expect(world.pagesOf(incident)).toHaveLength(1);
    expect(world.pagesOf(incident).flatMap((page) => viewsOf(page))).toHaveLength(1);
  });
});

function withStatus(calls: readonly NotionCall[], status: number): NotionCall[] {
  return calls.filter((call) => call.status === status);
}

/** What was on its way when the refusal came may still arrive for this long. */
const onTheWayMs = 250;
/** The sandbox notes times in whole milliseconds, and timers may fire one early. */
const roundingMs = 20;

/** Calls that arrived within the pause after a refusal, but for those that were on their way. */
function tooEarly(calls: readonly NotionCall[], status: number, pauseMs: number): NotionCall[] {
  const refusedAt = withStatus(calls, status).map(({ at }) => Date.parse(at));
  return calls.filter(({ at }) =>
    refusedAt.some((refused) => {
      const afterMs = Date.parse(at) - refused;
      return afterMs > onTheWayMs && afterMs < pauseMs - roundingMs;
    }),
  );
}
