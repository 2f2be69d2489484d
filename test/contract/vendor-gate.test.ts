/** Budgets and gates, shared by all replicas: the store's half on both engines, and the gate that clients ask. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RetryAfterError, type Vendor } from "../../src/domain/errors.ts";
import type { VendorGate } from "../../src/domain/gate.ts";
import type { Budget, Store } from "../../src/store/store.ts";
import { createVendorGate } from "../../src/store/vendor-gate.ts";
import { redisForTests, type TestRedis } from "../support/redis.ts";
import {
  embeddedGround,
  memoryGround,
  memoryLog,
  redisGround,
  type StoreGround,
} from "../support/store-ground.ts";
import { waitFor } from "../support/wait.ts";

const redis: TestRedis | undefined = await redisForTests();
afterAll(() => redis?.stop());

const engines: readonly (readonly [string, () => Promise<StoreGround>])[] = [
  ["embedded", embeddedGround],
  ["memory", memoryGround],
  ...(redis === undefined ? [] : [["redis", () => redisGround(redis)] as const]),
];

const roomy: Budget = { limit: 1_000, windowMs: 1_000 };
const growing = { reason: "answered 503", firstMs: 200, maxMs: 1_000 };

interface OpenedGate {
  readonly gate: VendorGate;
  readonly stop: AbortController;
  readonly log: ReturnType<typeof memoryLog>;
}

function gateOn(on: Store, budget: Partial<Record<Vendor, Budget>> = {}): OpenedGate {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const budgets = { pagerduty: roomy, notion: roomy, jira: roomy, ...budget };
  const timing = { gateFirstMs: 200, gateMaxMs: 1_000 };
  const log = memoryLog();
  return {
    gate: createVendorGate(on, { budgets, timing, signal: stop.signal, log }),
    stop,
    log,
  };
}

async function refusal(gate: VendorGate, vendor: Vendor): Promise<RetryAfterError> {
  const error = await gate.enter(vendor).catch((caught: unknown) => caught);
  if (!(error instanceof RetryAfterError)) {
    throw new Error("the gate let the call through", { cause: error });
  }
  return error;
}

describe.each(engines)("budgets and gates of the %s store", (_engine, makeGround) => {
  let shared: StoreGround;
  let store: Store;
  let replica: Store;
  beforeAll(async () => {
    shared = await makeGround();
    store = shared.store;
    replica = shared.replica ?? store;
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  async function reset(vendor: Vendor): Promise<void> {
    await waitFor("the gate to open", async () => {
      await store.openGate(vendor);
      return (await store.readGates())[vendor] === undefined;
    });
  }

  test("no sliding window holds more calls than the budget, from several replicas at once", async () => {
    const budget: Budget = { limit: 10, windowMs: 400 };
    const calls: number[] = [];
    const reasons = new Set<unknown>();
    async function caller(from: Store): Promise<void> {
      while (calls.length < 45) {
        const { waitMs, why } = await from.admit("jira", budget);
        if (waitMs === 0) {
          calls.push((await from.now()).getTime());
        } else {
          reasons.add(why);
          await sleep(Math.min(waitMs, 20));
        }
      }
    }
    await Promise.all([store, replica, store, replica, store, replica].map(caller));
    expect([...reasons]).toEqual(["budget"]);
    calls.sort((one, other) => one - other);
    // A call is admitted a little before its time is read here: allow for that.
    const slackMs = 50;
    for (const [index, at] of calls.entries()) {
      const inWindow = calls.filter(
        (other) => other >= at && other < at + budget.windowMs - slackMs,
      );
      expect(inWindow.length, `window from call ${index}`).toBeLessThanOrEqual(budget.limit);
    }
    // And it is used up: 45 calls at 10 per 400 ms need 4 windows' waits, not many more.
    const took = (calls.at(-1) ?? 0) - (calls[0] ?? 0);
    expect(took).toBeGreaterThanOrEqual(4 * budget.windowMs - slackMs);
    expect(took).toBeLessThan(8 * budget.windowMs);
  });

  test("a vendor's spent budget leaves the others theirs", async () => {
    const one: Budget = { limit: 1, windowMs: 60_000 };
    expect(await store.admit("pagerduty", one)).toEqual({ waitMs: 0 });
    const refused = await replica.admit("pagerduty", one);
    expect(refused.why).toBe("budget");
    expect(refused.waitMs).toBeGreaterThan(50_000);
    expect(refused.waitMs).toBeLessThanOrEqual(60_001);
    expect(await store.admit("notion", roomy)).toEqual({ waitMs: 0 });
  });

  test("a gate that one replica closes is closed for all, with its reason", async () => {
    const gate = await store.closeGate("notion", { ...growing, pauseMs: 700 });
    expect(gate.pauseMs).toBeGreaterThan(600);
    expect(gate.pauseMs).toBeLessThanOrEqual(701);
    const refused = await replica.admit("notion", roomy);
    expect(refused).toEqual({ waitMs: expect.any(Number), why: "gate", reason: "answered 503" });
    expect(refused.waitMs).toBeGreaterThan(500);
    expect(await replica.readGates()).toEqual({
      notion: { until: gate.until, failures: 1, reason: "answered 503" },
    });
    expect((await replica.admit("jira", roomy)).waitMs).toBe(0);
    await reset("notion");
  });

  test("success does not cut a pause short", async () => {
    await store.closeGate("notion", { ...growing, pauseMs: 500 });
    await replica.openGate("notion");
    expect((await store.admit("notion", roomy)).why).toBe("gate");
    await reset("notion");
  });

  test("after the pause one caller probes, the others wait until it tells how it went", async () => {
    await store.closeGate("notion", { ...growing, pauseMs: 150 });
    await waitFor("the pause to end", async () => {
      const until = (await store.readGates()).notion?.until.getTime() ?? 0;
      return (await store.now()).getTime() > until;
    });
    const asked = await Promise.all(
      [store, replica, store, replica, store].map((from) => from.admit("notion", roomy)),
    );
    expect(asked.filter(({ waitMs, probe }) => waitMs === 0 && probe === true)).toHaveLength(1);
    expect(asked.filter(({ why }) => why === "gate")).toHaveLength(4);
    await replica.openGate("notion");
    expect(await store.admit("notion", roomy)).toEqual({ waitMs: 0 });
    expect(await store.readGates()).toEqual({});
  });

  test("the pause grows from failure to failure up to its limit, never below half", async () => {
    const bounds = [200, 400, 800, 1_000, 1_000];
    for (const [index, whole] of bounds.entries()) {
      const gate = await store.closeGate("notion", growing);
      expect(gate.failures).toBe(index + 1);
      expect(gate.pauseMs).toBeGreaterThanOrEqual(whole / 2 - 20);
      expect(gate.pauseMs).toBeLessThanOrEqual(whole + 1);
      await waitFor("the probe", async () => (await store.admit("notion", roomy)).probe);
    }
    await reset("notion");
    expect((await store.closeGate("notion", growing)).failures).toBe(1);
    await reset("notion");
  });

  test("calls that fail together count as one failure", async () => {
    const gates = await Promise.all(
      Array.from({ length: 10 }, () => replica.closeGate("notion", growing)),
    );
    expect(gates.map(({ failures }) => failures)).toEqual(Array.from({ length: 10 }, () => 1));
    await reset("notion");
  });

  test("a longer pause named by the vendor extends a shorter one, and not the reverse", async () => {
    await store.closeGate("notion", { ...growing, pauseMs: 200 });
    const longer = await store.closeGate("notion", { ...growing, pauseMs: 600 });
    expect(longer.pauseMs).toBeGreaterThan(500);
    const shorter = await store.closeGate("notion", { ...growing, pauseMs: 100 });
    expect(shorter.until.getTime()).toBeGreaterThanOrEqual(longer.until.getTime());
    await reset("notion");
  });

  test("a Retry-After of 0 still pauses, so that nothing is hammered", async () => {
    const gate = await store.closeGate("notion", { ...growing, pauseMs: 0 });
    expect(gate.pauseMs).toBeGreaterThan(50);
    await reset("notion");
  });

  describe("the gate that clients ask", () => {
    test("waits for the budget in the order of asking", async () => {
      const { gate } = gateOn(store, { jira: { limit: 3, windowMs: 300 } });
      const started = performance.now();
      const entered: number[] = [];
      await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          await gate.enter("jira");
          entered.push(index);
        }),
      );
      expect(entered).toEqual([0, 1, 2, 3, 4, 5]);
      expect(performance.now() - started).toBeGreaterThan(250);
    });

    test("gives a key back rather than wait for more than two windows", async () => {
      const { gate } = gateOn(store, { pagerduty: { limit: 1, windowMs: 200 } });
      const asked = Array.from({ length: 6 }, () => gate.enter("pagerduty"));
      const answers = await Promise.allSettled(asked);
      const refused = answers.filter(({ status }) => status === "rejected");
      expect(refused.length).toBeGreaterThanOrEqual(2);
      for (const answer of refused) {
        expect(answer).toHaveProperty("reason.code", "PAGERDUTY_PAUSED");
      }
    });

    test("refuses while the vendor is paused, and opens after a probe that went well", async () => {
      const ours = gateOn(store);
      const theirs = gateOn(replica);
      const pauseMs = await ours.gate.failed("notion", {
        reason: "rate limited",
        retryAfterMs: 400,
      });
      expect(pauseMs).toBeGreaterThan(300);
      for (const { gate } of [ours, theirs]) {
        const error = await refusal(gate, "notion");
        expect(error.code).toBe("NOTION_PAUSED");
        expect(error.vendor).toBe("notion");
        expect(error.outcome).toBe("not-applied");
        expect(error.retryAfterMs).toBeGreaterThan(200);
        expect(error.message).toContain("rate limited");
      }
      await waitFor("the probe", () => theirs.gate.enter("notion").then(() => true));
      await refusal(ours.gate, "notion");
      await theirs.gate.succeeded("notion");
      await ours.gate.enter("notion");
      await theirs.gate.enter("notion");
      expect(await store.readGates()).toEqual({});
    });

    test("stops waiting when the process stops", async () => {
      const { gate, stop } = gateOn(store, { jira: { limit: 1, windowMs: 5_000 } });
      await waitFor("the budget to be spent", async () => {
        const { waitMs } = await store.admit("jira", { limit: 1, windowMs: 5_000 });
        return waitMs > 0;
      });
      const refused = refusal(gate, "jira");
      setTimeout(() => stop.abort(), 50);
      expect((await refused).message).toContain("stops");
    });

    test("a store that fails does not make a call look failed", async () => {
      const broken = Promise.reject(new Error("no store"));
      broken.catch(() => undefined);
      const { gate, log } = gateOn({
        ...store,
        closeGate: () => broken,
        openGate: () => broken,
      });
      expect(await gate.failed("notion", { reason: "answered 503" })).toBe(200);
      await gate.succeeded("notion");
      expect(log.lines.map(({ message }) => message)).toEqual([
        "the gate could not be closed",
        "the gate could not be opened",
      ]);
    });
  });
});
