/** Sources of failed signatures: counted by address, for a minute, and never more than a bounded number. */

import { describe, expect, it } from "vitest";
import { openWorld, post, sign, signSha256, eventBody } from "../../test/support/receiver.ts";
import { createFailures } from "./failures.ts";

const start = Date.parse("2026-11-21T12:00:00Z");

describe("failed signatures", () => {
  it("are too many at the limit, and the pause lasts to the end of the minute", () => {
    let nowMs = start;
    const failures = createFailures(() => new Date(nowMs), 3);
    failures.count("192.0.2.1");
    failures.count("192.0.2.1");
    expect(failures.pauseS("192.0.2.1")).toBeUndefined();
    nowMs += 20_000;
    failures.count("192.0.2.1");
    expect(failures.pauseS("192.0.2.1")).toBe(40);
    expect(failures.pauseS("192.0.2.2")).toBeUndefined();
    nowMs += 40_000;
    expect(failures.pauseS("192.0.2.1")).toBeUndefined();
  });

  it.each([
    ["2001:db8::1", "2001:db8::ffff:1:2:3", true],
    ["2001:db8:0:0:5:6:7:8", "2001:db8::1", true],
    ["2001:db8:1:2::3", "2001:db8:1:2:4::", true],
    ["2001:db8:1:2::3", "2001:db8:1:3::3", false],
    ["::1", "::2", true],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.2", false],
    ["192.0.2.1", "192.0.2.2", false],
  ])("of %s and %s come from one source: %s", (one, other, isSame) => {
    const failures = createFailures(() => new Date(start), 1);
    failures.count(one);
    expect(failures.pauseS(other) !== undefined).toBe(isSame);
  });

  it("of very many sources forget the oldest", () => {
    const failures = createFailures(() => new Date(start), 1);
    failures.count("first");
    for (let n = 0; n < 10_000; n += 1) {
      failures.count(`source ${String(n)}`);
    }
    expect(failures.pauseS("first")).toBeUndefined();
    expect(failures.pauseS("source 0")).toBe(60);
  });
});

describe("a flood of forgeries", () => {
  it("is told to wait, and what is signed validly is taken from the same address", async () => {
    await using world = openWorld({ webhooks: { failuresPerMinute: 20 } });
    const body = eventBody("PT4KHLK");
    const statuses: number[] = [];
    for (let n = 0; n < 30; n += 1) {
      const forged = n % 2 === 0 ? {} : { "x-pagerduty-signature": sign(body, "another secret") };
      statuses.push((await post(world, body, forged)).statusCode);
      expect((await post(world, body)).statusCode).toBe(202);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
    const refused = await post(world, body, { "x-hub-signature": signSha256(body) });
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ code: "WEBHOOK_REFUSED_TOO_OFTEN" });
    expect(world.captured.lines().length, "the log stays short").toBeLessThanOrEqual(10);
    expect(world.stored).toHaveLength(30);
  });
});
