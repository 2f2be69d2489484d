/**
 * What a page costs on each engine, at vendor latency 0: start-up, memory, time from webhook to page, and
 * calls to Notion. `npm run bench`; the Redis half needs a local redis-server.
 */

import { readFileSync } from "node:fs";
import { startRedis, type TestRedis } from "../test/support/redis.ts";
import { waitFor } from "../test/support/wait.ts";
import { openWorld, type World } from "../test/support/world.ts";

const incidents = 30;
const settleMs = 2_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  await measure("embedded", undefined);
  const redis = await startRedis().catch(() => undefined);
  if (redis === undefined) {
    say("redis     not measured: no redis-server on this machine");
    return;
  }
  await measure("redis", redis);
  await redis.stop();
}

async function measure(engine: string, redis: TestRedis | undefined): Promise<void> {
  await using world = await openWorld({
    ...(redis === undefined ? {} : { storeUrl: redis.url }),
    timing: { resync_every_s: 300, recheck_s: 300, refresh_after_s: [] },
    env: { LOG_LEVEL: "warn" },
  });
  const began = performance.now();
  const service = await world.start();
  const readyMs = performance.now() - began;
  const settledAt = performance.now() + settleMs;
  await waitFor("the start-up to settle", () => performance.now() > settledAt);
  const idleMb = residentMb(service.pid);
  const callsBefore = world.notion.calls().total;
  const latencies: number[] = [];
  for (let n = 0; n < incidents; n += 1) {
    latencies.push(await webhookToPage(world, n));
  }
  const calls = (world.notion.calls().total - callsBefore) / incidents;
  latencies.sort((a, b) => a - b);
  const p50 = latencies[Math.floor(incidents / 2)] ?? 0;
  const max = latencies.at(-1) ?? 0;
  say(
    `${engine.padEnd(9)} first start ${readyMs.toFixed(0)} ms, idle ${idleMb.toFixed(0)} MB, ` +
      `webhook to page p50 ${p50.toFixed(0)} ms and max ${max.toFixed(0)} ms, ` +
      `${calls.toFixed(1)} calls to Notion a page`,
  );
}

/** Until the page and its view stand, in ms. */
async function webhookToPage(world: World, n: number): Promise<number> {
  const at = performance.now();
  const title = `Bench ${String(n)}`;
  const { incident } = world.pagerduty.act({ do: "trigger", title, priority: "P1" });
  await waitFor("the page", () =>
    world
      .pagesOf(incident?.id ?? "")
      .some((page) => page.blocks.some((block) => block.type === "child_database")),
  );
  return performance.now() - at;
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

await main();
process.exit(0);
