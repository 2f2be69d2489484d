/** What both engines of the store promise, and the one in memory that the simulation rests on. Another engine is one more line in `engines`. */

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Key } from "../../src/domain/keys.ts";
import { limits } from "../../src/store/limits.ts";
import type { AuditEntry, Lease, QuarantineEntry, Store } from "../../src/store/store.ts";
import { redisForTests, type TestRedis } from "../support/redis.ts";
import {
  embeddedGround,
  key,
  link,
  memoryGround,
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

async function takeAll(from: Store, waitMs = 0): Promise<Key[]> {
  const batch = await from.takeHints(100, waitMs);
  await from.acknowledgeHints(batch);
  return [...batch.keys];
}

function quarantineEntry(index: number, at: string): QuarantineEntry {
  return { at, source: "pagerduty", reason: "not JSON", sha256: String(index), bytes: index };
}

const today = new Date().toISOString();

function auditEntry(action: string, of: string): AuditEntry {
  const detail = { nul: "\u0000" };
  return { at: today, key: of, vendor: "notion", action, reason: "PageMissing", detail };
}

describe.each(engines)("the %s store", (engine, makeGround) => {
  let shared: StoreGround;
  let store: Store;
  beforeAll(async () => {
    shared = await makeGround();
    store = shared.store;
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  async function ownGround(): Promise<StoreGround> {
    const ground = await makeGround();
    onTestFinished(() => ground[Symbol.asyncDispose]());
    return ground;
  }

  async function lease(name: string, ttlMs = 10_000): Promise<Lease> {
    const taken = await store.acquireLease(key(name), ttlMs);
    if (!("token" in taken)) {
      throw new Error(`the lease of ${name} is taken for ${taken.waitMs} ms`);
    }
    return taken;
  }

  test("answers, and tells its engine and its time", async () => {
    await store.ping();
    expect(store.engine).toBe(engine === "memory" ? "embedded" : engine);
    expect(Math.abs((await store.now()).getTime() - Date.now())).toBeLessThan(2_000);
  });

  describe("hints", () => {
    test("come out in the order they went in, and not again once acknowledged", async () => {
      await store.appendHints([key("A1"), key("A2"), key("A1")]);
      await store.appendHints([key("A3")]);
      expect(await takeAll(store)).toEqual([key("A1"), key("A2"), key("A1"), key("A3")]);
      expect(await takeAll(store)).toEqual([]);
    });

    test("are given out at most as many as asked for", async () => {
      await store.appendHints(["B1", "B2", "B3"].map(key));
      const first = await store.takeHints(2, 0);
      expect(first.keys).toEqual([key("B1"), key("B2")]);
      await store.acknowledgeHints(first);
      expect(await takeAll(store)).toEqual([key("B3")]);
    });

    test("wake a waiting taker", async () => {
      const started = performance.now();
      const taken = takeAll(store, 10_000);
      await store.appendHints([key("C1")]);
      expect(await taken).toEqual([key("C1")]);
      expect(performance.now() - started).toBeLessThan(3_000);
    });

    test("come back when they were taken and not acknowledged", async () => {
      await store.appendHints([key("D1")]);
      const lost = await store.takeHints(10, 0);
      expect(lost.keys).toEqual([key("D1")]);
      expect((await store.takeHints(10, 0)).keys).toEqual([]);
      const back = await waitFor("the hint to come back", async () => {
        const keys = await takeAll(store, 1_000);
        return keys.length > 0 ? keys : undefined;
      });
      expect(back).toEqual([key("D1")]);
    });

    test("survive the end of the process, taken or not", async () => {
      const ground = await ownGround();
      await ground.store.appendHints([key("E1"), key("E2")]);
      await ground.store.takeHints(1, 0);
      const reopened = await ground.reopen();
      const keys: Key[] = [];
      await waitFor("both hints", async () => {
        keys.push(...(await takeAll(reopened, 500)));
        return keys.length >= 2;
      });
      expect(keys.toSorted()).toEqual([key("E1"), key("E2")]);
    });

    test("are counted by key", async () => {
      expect(await store.hintCount(key("F1"))).toBe(0);
      await store.countHints([key("F1"), key("F2"), key("F1")]);
      await store.countHints([key("F1")]);
      expect(await store.hintCount(key("F1"))).toBe(3);
      expect(await store.hintCount(key("F2"))).toBe(1);
    });

    test("an empty list of hints is nothing", async () => {
      await store.appendHints([]);
      await store.countHints([]);
      await store.acknowledgeHints({ ids: [], keys: [] });
      expect(await takeAll(store)).toEqual([]);
    });
  });

  describe("leases and links", () => {
    test("a lease has one holder, and tells others how long it lasts", async () => {
      const held = await lease("G1");
      const other = await store.acquireLease(key("G1"), 10_000);
      expect(other).toEqual({ waitMs: expect.any(Number) });
      const waitMs = "waitMs" in other ? other.waitMs : 0;
      expect(waitMs).toBeGreaterThan(8_000);
      expect(waitMs).toBeLessThanOrEqual(10_000);
      await store.releaseLease(held);
      expect(await store.acquireLease(key("G1"), 10_000)).toHaveProperty("token");
    });

    test("of many that ask at once, one gets the lease", async () => {
      const stores = [store, shared.replica ?? store];
      const asked = Array.from({ length: 20 }, (_, index) =>
        (stores[index % 2] ?? store).acquireLease(key("G2"), 10_000),
      );
      const taken = (await Promise.all(asked)).filter((answer) => "token" in answer);
      expect(taken).toHaveLength(1);
    });

    test("a renewed lease lasts, one that was not renewed passes on", async () => {
      const renewed = await lease("H1", 400);
      const left = await lease("H2", 400);
      expect(await store.renewLease(renewed, 30_000)).toBe(true);
      await waitFor(
        "the other lease to end",
        async () => "token" in (await store.acquireLease(left.key, 30_000)),
      );
      expect(await store.renewLease(left, 30_000)).toBe(false);
      expect(await store.acquireLease(renewed.key, 1_000)).toHaveProperty("waitMs");
    });

    test("a link is written by the holder of the lease and read by all", async () => {
      expect(await store.getLink(key("I1"))).toBeUndefined();
      const held = await lease("I1");
      const written = link("converged", 'with "quotes", NUL \u0000 and a lone \ud800');
      expect(await store.putLink(held, written)).toBe(true);
      expect(await (shared.replica ?? store).getLink(key("I1"))).toEqual(written);
    });

    test("who lost the lease writes nothing, and can't end the next holder's", async () => {
      const stale = await lease("I2", 200);
      const next = await waitFor("the lease to pass on", async () => {
        const taken = await store.acquireLease(key("I2"), 30_000);
        return "token" in taken ? taken : undefined;
      });
      expect(await store.putLink(next, link("converged"))).toBe(true);
      expect(await store.putLink(stale, link("failed"))).toBe(false);
      await store.releaseLease(stale);
      expect(await store.getLink(key("I2"))).toEqual(link("converged"));
      expect(await store.acquireLease(key("I2"), 1_000)).toHaveProperty("waitMs");
    });

    test("a lease that ended writes nothing, though nobody took it", async () => {
      const ended = await lease("I3", 100);
      await waitFor("the lease to end", async () => !(await store.renewLease(ended, 1)), 5_000);
      expect(await store.putLink(ended, link("converged"))).toBe(false);
      expect(await store.getLink(key("I3"))).toBeUndefined();
    });

    test("keys that are not converged are listed, oldest first, until they are", async () => {
      const ground = await ownGround();
      const own = ground.store;
      for (const [name, state] of [
        ["J1", "failed"],
        ["J2", "converged"],
        ["J3", "pending"],
      ] as const) {
        const held = await own.acquireLease(key(name), 10_000);
        if ("token" in held) {
          await own.putLink(held, link(state));
          await waitFor("the clock to move", () => Date.now() % 5 === 0, 1_000);
        }
      }
      expect(await own.listUnsettled(10)).toEqual([key("J1"), key("J3")]);
      expect(await own.listUnsettled(1)).toEqual([key("J1")]);
      const reopened = await ground.reopen();
      const held = await waitFor("the lease of J1", async () => {
        const taken = await reopened.acquireLease(key("J1"), 10_000);
        return "token" in taken ? taken : undefined;
      });
      await reopened.putLink(held, link("converged"));
      expect(await reopened.listUnsettled(10)).toEqual([key("J3")]);
    });
  });

  describe("records", () => {
    test("a watermark is what was put last", async () => {
      expect(await store.getWatermark("resync")).toBeUndefined();
      await store.putWatermark("resync", new Date("2026-11-20T08:00:00.123Z"));
      await store.putWatermark("resync", new Date("2026-11-21T08:00:00.123Z"));
      expect(await store.getWatermark("resync")).toEqual(new Date("2026-11-21T08:00:00.123Z"));
    });

    test("the audit trail of a key is read newest first", async () => {
      await store.appendAudit(auditEntry("page.create", "incident:K1"));
      await store.appendAudit(auditEntry("page.create", "incident:K2"));
      await store.appendAudit(auditEntry("page.update", "incident:K1"));
      expect(await store.listAudit("incident:K1", 10)).toEqual([
        auditEntry("page.update", "incident:K1"),
        auditEntry("page.create", "incident:K1"),
      ]);
      expect(await store.listAudit("incident:K1", 1)).toHaveLength(1);
      expect(await store.listAudit("incident:K9", 10)).toEqual([]);
    });

    test("the audit trail of a key is bounded, and so is an entry", async () => {
      const at = new Date().toISOString();
      const many = limits.auditPerKeyMax + 20;
      for (let index = 0; index < many; index += 1) {
        const detail = index === many - 1 ? { text: "x".repeat(10_000) } : { index };
        await store.appendAudit({ at, key: "incident:L1", action: "a", reason: "r", detail });
      }
      await store.maintain();
      const entries = await store.listAudit("incident:L1", 10_000);
      expect(entries).toHaveLength(limits.auditPerKeyMax);
      expect(JSON.stringify(entries[0]).length).toBeLessThan(1_000);
      expect(entries[1]?.detail).toEqual({ index: many - 2 });
    });

    test("the quarantine keeps the newest, for a week", async () => {
      const now = new Date().toISOString();
      await store.quarantine(
        quarantineEntry(0, new Date(Date.now() - limits.quarantineMs - 1).toISOString()),
      );
      expect(await store.listQuarantine()).toEqual([]);
      for (let index = 1; index <= limits.quarantineMax + 5; index += 1) {
        await store.quarantine(quarantineEntry(index, now));
      }
      const kept = await store.listQuarantine();
      expect(kept).toHaveLength(limits.quarantineMax);
      expect(kept[0]).toEqual(quarantineEntry(limits.quarantineMax + 5, now));
    });
  });

  test("the epoch is the store's birth, and stays when it is opened again", async () => {
    const before = Date.now();
    const ground = await ownGround();
    const epoch = await ground.store.epoch();
    expect(epoch.getTime()).toBeGreaterThanOrEqual(before - 1_000);
    expect(epoch.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
    const reopened = await ground.reopen();
    expect(await reopened.epoch()).toEqual(epoch);
  });

  test("housekeeping can run on an empty and on a used store", async () => {
    const ground = await ownGround();
    await ground.store.maintain();
    await ground.store.appendHints([key("M1")]);
    await ground.store.maintain();
    expect((await ground.store.takeHints(1, 0)).keys).toEqual([key("M1")]);
  });
});
