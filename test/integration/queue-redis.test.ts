/** The queue while its Redis is dead, hung or full. Needs a redis-server of its own, to do these things to. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { openQueue } from "../../src/queue/open-queue.ts";
import { key, openGround, timing, untilIdle } from "../contract/queue-kit.ts";
import { freePort } from "../support/ports.ts";
import { startRedis, uniquePrefix } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

const probe = await startRedis().catch(() => undefined);
await probe?.stop();

async function rejectsWithinMs(promise: Promise<unknown>): Promise<number> {
  const askedAt = Date.now();
  await expect(promise).rejects.toThrow(/./);
  return Date.now() - askedAt;
}

describe.skipIf(probe === undefined)("the queue on a failing Redis", () => {
  test("a dead Redis is refused in time, and everything goes on once it is back", async () => {
    const directory = await mkdtemp(join(tmpdir(), "debrief-queue-redis-"));
    const port = await freePort();
    const redis = await startRedis({ port, directory });
    const ground = await openGround({ url: redis.url, prefix: uniquePrefix() });
    const queue = await ground.openQueue();
    const runs: string[] = [];
    await ground.startWorker((parsed) => {
      runs.push(parsed.id);
      return Promise.resolve("converged");
    });
    await queue.enqueue([key("P1")]);
    await waitFor("the first run", () => runs.length === 1);
    await redis.stop();
    // Opened while there is no server at all.
    const late = await openQueue({
      backend: ground.backend,
      store: ground.store,
      timing,
      log: ground.log,
    });
    expect(await rejectsWithinMs(queue.enqueue([key("P2")]))).toBeLessThan(5_200);
    expect(await rejectsWithinMs(late.counts())).toBeLessThan(2_700);
    const again = await startRedis({ port, directory });
    const backAt = Date.now();
    await waitFor("an enqueue", async () => {
      await late.enqueue([key("P3")]);
      return true;
    });
    await waitFor("the next run", () => runs.includes("P3"));
    expect(Date.now() - backAt).toBeLessThan(10_000);
    await untilIdle(queue);
    await late[Symbol.asyncDispose]();
    await ground[Symbol.asyncDispose]();
    await again.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test("a hung Redis is refused in time, and its worker goes on afterwards", async () => {
    await using redis = await startRedis();
    await using ground = await openGround({ url: redis.url, prefix: uniquePrefix() });
    const queue = await ground.openQueue({ pump: false });
    const runs: string[] = [];
    await ground.startWorker((parsed) => {
      runs.push(parsed.id);
      return Promise.resolve("converged");
    });
    await queue.enqueue([key("P1")]);
    await waitFor("the first run", () => runs.length === 1);
    const pid = redis.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    try {
      expect(await rejectsWithinMs(queue.counts())).toBeLessThan(2_700);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await waitFor("an enqueue", async () => {
      await queue.enqueue([key("P2")]);
      return true;
    });
    await waitFor("the next run", () => runs.includes("P2"), 8_000);
  });

  test("a full Redis does not make the worker spin or flood the log", async () => {
    await using redis = await startRedis();
    await using ground = await openGround({ url: redis.url, prefix: uniquePrefix() });
    const queue = await ground.openQueue({ pump: false });
    const runs: string[] = [];
    await queue.enqueue([key("P1"), key("P2")]);
    const client = new Redis(redis.url);
    await client.config("SET", "maxmemory", "1");
    const before = await commands(client);
    await ground.startWorker((parsed) => {
      runs.push(parsed.id);
      return Promise.resolve("converged");
    });
    await waitFor("a failure", () => ground.log.lines.some((line) => line.level === "warn"));
    const startedAt = Date.now();
    await waitFor("three seconds of a full Redis", () => Date.now() - startedAt > 3_000);
    // Measured without the pause: thousands a second.
    expect((await commands(client)) - before).toBeLessThan(1_500);
    expect(ground.log.lines.length).toBeLessThanOrEqual(40);
    await client.config("SET", "maxmemory", "0");
    await waitFor("the runs", () => runs.length >= 2);
    await client.quit();
  });
});

async function commands(client: Redis): Promise<number> {
  const info = await client.info("stats");
  return Number(/total_commands_processed:(\d+)/.exec(info)?.[1] ?? 0);
}
