/** What only the Redis store has to promise: how it behaves while Redis is hung, dead, full, flushed or unsafe. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { TerminalError } from "../../src/domain/errors.ts";
import { openStore, parseStoreUrl } from "../../src/store/open.ts";
import { judge, type RedisFacts } from "../../src/store/redis/settings.ts";
import type { Store } from "../../src/store/store.ts";
import { freePort } from "../support/ports.ts";
import { redisForTests, startRedis, uniquePrefix, type TestRedis } from "../support/redis.ts";
import { key, memoryLog } from "../support/store-ground.ts";
import { waitFor } from "../support/wait.ts";

const shared = await redisForTests();
afterAll(() => shared?.stop());
/** These stop, fill and break their Redis, so each needs a server of its own. */
const local = shared?.pid !== undefined;

async function open(url: string, unsafe = false, log = memoryLog()): Promise<Store> {
  const { store } = await openStore(url, {
    log,
    redisPrefix: uniquePrefix(),
    allowUnsafeRedis: unsafe,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

async function start(options: Parameters<typeof startRedis>[0] = {}): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

async function timed(work: Promise<unknown>): Promise<{ failed: boolean; ms: number }> {
  const started = performance.now();
  const failed = await work.then(
    () => false,
    () => true,
  );
  return { failed, ms: performance.now() - started };
}

async function signal(redis: TestRedis, name: "SIGSTOP" | "SIGCONT"): Promise<void> {
  if (redis.pid === undefined) {
    throw new Error("this Redis is not ours");
  }
  process.kill(redis.pid, name);
}

describe.skipIf(!local)("a Redis that", () => {
  test("hangs: hints are refused within 2.5 s, and taken again when it goes on", async () => {
    const redis = await start();
    const store = await open(redis.url);
    await store.appendHints([key("A1")]);
    await signal(redis, "SIGSTOP");
    const [hints, ping] = await Promise.all([
      timed(store.appendHints([key("A2")])),
      timed(store.ping()),
    ]);
    expect(hints).toEqual({ failed: true, ms: expect.any(Number) });
    expect(hints.ms).toBeLessThan(2_600);
    expect(ping.failed).toBe(true);
    expect(ping.ms).toBeLessThan(2_200);
    await signal(redis, "SIGCONT");
    await waitFor("the store to be back", () => store.ping().then(() => true), 5_000);
    await store.appendHints([key("A3")]);
    const { keys } = await store.takeHints(10, 1_000);
    expect(keys).toContain(key("A1"));
    expect(keys).toContain(key("A3"));
  });

  test("dies: hints are refused at once; restarted it has the old ones, and a new epoch", async () => {
    const directory = await mkdtemp(join(tmpdir(), "debrief-redis-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const port = await freePort();
    const first = await start({ port, directory });
    const store = await open(first.url);
    const epoch = await store.epoch();
    await store.appendHints([key("B1")]);
    await first.stop();
    await waitFor("the loss to be noticed", async () => (await timed(store.ping())).failed);
    const refused = await timed(store.appendHints([key("B2")]));
    expect(refused.failed).toBe(true);
    expect(refused.ms).toBeLessThan(1_000);
    await start({ port, directory });
    await waitFor("the store to be back", () => store.ping().then(() => true), 10_000);
    expect((await store.epoch()).getTime()).toBeGreaterThan(epoch.getTime());
    expect((await store.takeHints(10, 1_000)).keys).toEqual([key("B1")]);
    const again = await store.epoch();
    expect(await store.epoch()).toEqual(again);
  });

  test("is down at the start: the store opens, refuses, and works once it is there", async () => {
    const port = await freePort();
    const log = memoryLog();
    const opening = performance.now();
    const store = await open(`redis://127.0.0.1:${port}`, false, log);
    expect(performance.now() - opening).toBeLessThan(4_000);
    for (const work of [store.ping(), store.appendHints([key("C1")]), store.takeHints(1, 10)]) {
      expect((await timed(work)).ms).toBeLessThan(2_600);
      await expect(work).rejects.toThrow(/Redis/);
    }
    await start({ port });
    await waitFor("the store to be there", () => store.ping().then(() => true), 10_000);
    await store.appendHints([key("C1")]);
    expect((await store.takeHints(1, 1_000)).keys).toEqual([key("C1")]);
  });

  test("is down at the start and turns out unsafe: the store says so and takes nothing", async () => {
    const port = await freePort();
    const log = memoryLog();
    const store = await open(`redis://127.0.0.1:${port}`, false, log);
    await start({ port, args: ["--appendonly", "no"] });
    await waitFor("the look at it", async () => {
      const error = await store.ping().catch((caught: unknown) => caught);
      return error instanceof TerminalError && error.code === "REDIS_NOT_DURABLE";
    });
    await expect(store.appendHints([key("D1")])).rejects.toThrow(/append-only/);
    expect(log.lines).toContainEqual({
      level: "error",
      fields: { code: "REDIS_NOT_DURABLE" },
      message: expect.stringContaining("appendonly yes"),
    });
  });

  test("is killed under load: no acknowledged hint is lost", async () => {
    const directory = await mkdtemp(join(tmpdir(), "debrief-redis-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const port = await freePort();
    const first = await start({ port, directory });
    const store = await open(first.url);
    const acknowledged = new Set<string>();
    const refusals: unknown[] = [];
    async function load(worker: number): Promise<void> {
      for (let index = 0; refusals.length < 20; index += 1) {
        const hint = key(`L${worker}-${index}`);
        await store.appendHints([hint]).then(
          () => acknowledged.add(hint),
          (error: unknown) => refusals.push(error),
        );
      }
    }
    const loads = Promise.all(Array.from({ length: 20 }, (_, worker) => load(worker)));
    await waitFor("hints", () => acknowledged.size > 1_000);
    await first.stop();
    await loads;
    await start({ port, directory });
    await waitFor("the store to be back", () => store.ping().then(() => true), 10_000);
    const kept = new Set<string>();
    await waitFor("all hints", async () => {
      const batch = await store.takeHints(1_000, 100);
      await store.acknowledgeHints(batch);
      batch.keys.forEach((hint) => kept.add(hint));
      return batch.ids.length === 0;
    });
    expect([...acknowledged].filter((hint) => !kept.has(hint))).toEqual([]);
  });

  test("is full: hints are refused, those accepted stay, and raising its limit is enough", async () => {
    const redis = await start();
    const store = await open(redis.url);
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    await store.appendHints([key("E1")]);
    await admin.config("SET", "maxmemory", "1mb");
    await expect(store.appendHints([key("E2")])).rejects.toThrow(/OOM/);
    await admin.config("SET", "maxmemory", "0");
    await store.appendHints([key("E3")]);
    expect((await store.takeHints(10, 1_000)).keys).toEqual([key("E1"), key("E3")]);
  });

  test("is flushed: the store goes on, born anew", async () => {
    const redis = await start();
    const store = await open(redis.url);
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    const epoch = await store.epoch();
    await store.takeHints(1, 10);
    await admin.flushall();
    expect((await store.epoch()).getTime()).toBeGreaterThan(epoch.getTime());
    await store.appendHints([key("F1")]);
    expect((await store.takeHints(10, 1_000)).keys).toEqual([key("F1")]);
    await store.maintain();
  });
});

describe.skipIf(!local)("the settings of Redis", () => {
  let plain: TestRedis;
  beforeAll(async () => {
    plain = await startRedis({
      args: ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"],
    });
  });
  afterAll(() => plain.stop());

  test("are refused at the start when a restart would lose webhooks", async () => {
    await expect(open(plain.url)).rejects.toMatchObject({ code: "REDIS_NOT_DURABLE" });
  });

  test("are refused at the start when keys may be evicted", async () => {
    const redis = await start({ args: ["--maxmemory-policy", "volatile-ttl"] });
    await expect(open(redis.url)).rejects.toMatchObject({
      code: "REDIS_EVICTION",
      message: expect.stringContaining("volatile-ttl"),
    });
  });

  test("are warned of and used when that was asked for", async () => {
    const log = memoryLog();
    const store = await open(plain.url, true, log);
    await store.ping();
    expect(log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields)).toEqual([
      { code: "REDIS_NOT_DURABLE" },
      { code: "REDIS_EVICTION" },
    ]);
  });
});

describe("what Redis tells of itself", () => {
  const good: RedisFacts = {
    version: "7.2.4",
    appendOnly: true,
    policy: "noeviction",
    runId: "x",
    memoryLimit: 0,
    memoryUsed: 1,
  };

  test.each([
    ["a good one", good, undefined],
    ["the oldest that will do", { ...good, version: "6.2.0" }, undefined],
    ["one too old", { ...good, version: "6.0.16" }, "REDIS_TOO_OLD"],
    ["one that keeps its version to itself", { ...good, version: undefined }, undefined],
    ["a much older one", { ...good, version: "5.0.14" }, "REDIS_TOO_OLD"],
    ["no append-only file", { ...good, appendOnly: false }, "REDIS_NOT_DURABLE"],
    ["eviction", { ...good, policy: "allkeys-lru" }, "REDIS_EVICTION"],
  ])("%s is judged right", (_name, facts, code) => {
    expect(judge(facts, { allowUnsafe: false, log: memoryLog() })?.code).toBe(code);
  });

  test("one that won't tell is used, with a warning", () => {
    const log = memoryLog();
    const { version, runId, memoryLimit, memoryUsed } = good;
    const silent = { version, runId, memoryLimit, memoryUsed };
    expect(judge(silent, { allowUnsafe: false, log })).toBeUndefined();
    expect(log.lines.map(({ level }) => level)).toEqual(["warn"]);
  });

  test("one too old stays refused, whatever was asked for", () => {
    const judged = judge({ ...good, version: "5.0.0" }, { allowUnsafe: true, log: memoryLog() });
    expect(judged?.code).toBe("REDIS_TOO_OLD");
  });
});

describe("STORE_URL", () => {
  test.each([
    ["file:/var/lib/debrief", { engine: "embedded", directory: "/var/lib/debrief" }],
    ["file:///var/lib/a%20b", { engine: "embedded", directory: "/var/lib/a b" }],
    ["file:./data", { engine: "embedded", directory: join(process.cwd(), "data") }],
    ["redis://localhost:6379/2", { engine: "redis" }],
    ["rediss://user:secret@redis.example:6380", { engine: "redis" }],
  ])("%s is understood", (url, place) => {
    expect(parseStoreUrl(url)).toEqual(place);
  });

  test.each(["", "data", "postgres://user:secret@host/db", "redis://", "file:", "file://host/x"])(
    "%s is refused without showing a password",
    (url) => {
      expect(() => parseStoreUrl(url)).toThrow(
        expect.objectContaining({
          code: "STORE_URL_INVALID",
          message: expect.not.stringContaining("secret"),
        }),
      );
    },
  );
});
