/** Webhooks that stopped arriving are noticed by what the resync finds instead, and by nothing else. */

import { describe, expect, it } from "vitest";
import { createArrivals, type Arrivals } from "./arrivals.ts";

const minuteMs = 60_000;
const startedAt = new Date("2026-11-20T10:00:00Z");

function open(): {
  readonly arrivals: Arrivals;
  readonly pass: (minutes: number) => void;
  readonly change: () => Date;
} {
  const marks = new Map<string, Date>();
  const clock = { now: startedAt };
  const arrivals = createArrivals({
    store: {
      getWatermark: (name) => Promise.resolve(marks.get(name)),
      putWatermark: (name, at) => Promise.resolve(void marks.set(name, at)),
    },
    startedAt,
    now: () => clock.now,
  });
  return {
    arrivals,
    pass(minutes) {
      clock.now = new Date(clock.now.getTime() + minutes * minuteMs);
    },
    change: () => clock.now,
  };
}

describe("webhooks", () => {
  it("are missed when the resync finds changes and none was ever taken", async () => {
    const { arrivals, pass, change } = open();
    pass(10);
    arrivals.found("notion", [change(), change(), change()]);
    expect(await arrivals.problems()).toEqual([
      "no webhook of Notion's was taken ever, and the resync found 3 changes in the last hour: look at its webhook (docs/vendors/notion.md)",
    ]);
  });

  it("are missed when none was taken for an hour, and no longer once one is", async () => {
    const { arrivals, pass, change } = open();
    arrivals.seen("jira");
    pass(61);
    arrivals.found("jira", [change(), change(), change()]);
    expect(await arrivals.problems()).toEqual([
      expect.stringContaining("no webhook of Jira's was taken since 2026-11-20T10:00:00.000Z"),
    ]);
    arrivals.seen("jira");
    expect(await arrivals.problems()).toEqual([]);
  });

  it("are not missed while they come, however slowly", async () => {
    const { arrivals, pass, change } = open();
    arrivals.seen("pagerduty");
    pass(50);
    arrivals.found("pagerduty", [change(), change(), change(), change()]);
    expect(await arrivals.problems()).toEqual([]);
  });

  it("are not missed for a few changes, old ones, or those from before the start", async () => {
    const { arrivals, pass, change } = open();
    pass(10);
    arrivals.found("notion", [change(), change()]);
    arrivals.found("jira", [startedAt, new Date(0), startedAt]);
    expect(await arrivals.problems()).toEqual([]);
    pass(61);
    arrivals.found("notion", [change(), change()]);
    expect(await arrivals.problems()).toEqual([]);
  });
});
