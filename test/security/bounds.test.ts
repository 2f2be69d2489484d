/** What the store keeps for people is bounded in size, number and age, on both engines, as SECURITY.md says. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { openEmbeddedDatabase } from "../../src/store/embedded/database.ts";
import { createEmbeddedStore } from "../../src/store/embedded/store.ts";
import { limits, writeAudit } from "../../src/store/limits.ts";
import { openStore } from "../../src/store/open.ts";
import type { AuditEntry, Store } from "../../src/store/store.ts";
import { redisForTests, uniquePrefix } from "../support/redis.ts";
import { memoryLog } from "../support/store-ground.ts";

const dayMs = 24 * 3_600_000;
const surplus = 50;

const redis = await redisForTests();
afterAll(() => redis?.stop());

function entry(at: Date): AuditEntry {
  const [key, action, reason] = ["incident:QBOUND1", "page.update", "PropertiesDiffer"];
  return { at: at.toISOString(), key, vendor: "notion", action, reason };
}

interface Ground extends AsyncDisposable {
  readonly store: Store;
  /** Puts entries in place at once, past the store's own way of adding them. */
  fill(count: number, at: Date): Promise<void>;
  count(): Promise<number>;
}

async function embeddedGround(): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-bounds-"));
  const database = await openEmbeddedDatabase(directory, { log: memoryLog() });
  const store = createEmbeddedStore(database);
  return {
    store,
    async fill(count, at) {
      const { key } = entry(at);
      // Other keys than the one that is read: the bound of a single key is another test's.
      await database.query(
        `INSERT INTO debrief.audit (key, at, entry)
         SELECT $1 || (n % 1000), $2, $3 FROM generate_series(1, ${String(count)}) AS n`,
        [key, at.toISOString(), writeAudit(entry(at))],
      );
    },
    async count() {
      const sql = "SELECT count(*)::int AS n FROM debrief.audit";
      return (await database.query<{ n: number }>(sql)).rows[0]?.n ?? -1;
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function redisGround(url: string): Promise<Ground> {
  const prefix = uniquePrefix();
  const options = { log: memoryLog(), redisPrefix: prefix, allowUnsafeRedis: true };
  const { store } = await openStore(url, options);
  await store.ping();
  const client = new Redis(url);
  const [stream = ""] = await streamOf(store, client, prefix);
  return {
    store,
    async fill(count, at) {
      const lua = `for n = 1, tonumber(ARGV[1]) do
        redis.call('XADD', KEYS[1], ARGV[2] .. '-' .. n, 'entry', ARGV[3]) end`;
      await client.del(stream);
      await client.eval(lua, 1, stream, count, at.getTime(), writeAudit(entry(at)));
    },
    count: () => client.xlen(stream),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** Where the store keeps its trail: the stream that one entry makes. */
async function streamOf(store: Store, client: Redis, prefix: string): Promise<string[]> {
  await store.appendAudit(entry(new Date()));
  const keys = await client.keys(`*${prefix}*audit`);
  return keys.filter((key) => key.endsWith(":audit"));
}

const engines: readonly (readonly [string, () => Promise<Ground>])[] = [
  ["embedded", embeddedGround],
  ...(redis === undefined ? [] : [["redis", () => redisGround(redis.url)] as const]),
];

describe("the bounds", () => {
  it("are what is promised", () => {
    expect(limits).toMatchObject({
      quarantineMax: 100,
      quarantineMs: 7 * dayMs,
      auditMax: 100_000,
      auditMs: 90 * dayMs,
      auditDetailMaxBytes: 2_048,
    });
  });

  it.each([1, 100, 1_900, 2_100, 10_000, 1_000_000])(
    "hold for an entry of the trail with %i characters of detail",
    (length) => {
      const detail = { text: "€".repeat(length) };
      const json = writeAudit({ ...entry(new Date()), reason: "r".repeat(length), detail });
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(limits.auditDetailMaxBytes);
    },
  );
});

describe.each(engines)("the audit trail on the %s engine", (_, makeGround) => {
  it("keeps the newest 100,000 entries", async () => {
    await using ground = await makeGround();
    await ground.fill(limits.auditMax + surplus, new Date());
    await ground.store.maintain();
    // Embedded, the bound of each key may take more of them.
    expect(await ground.count()).toBeLessThanOrEqual(limits.auditMax);
    expect(await ground.count()).toBeGreaterThan(limits.auditMax / 2);
  });

  it("keeps nothing for more than 90 days", async () => {
    await using ground = await makeGround();
    await ground.fill(surplus, new Date(Date.now() - limits.auditMs - 60_000));
    await ground.store.appendAudit(entry(new Date()));
    await ground.store.maintain();
    expect(await ground.count()).toBe(1);
    expect(await ground.store.listAudit("incident:QBOUND1", 10)).toHaveLength(1);
  });
});
