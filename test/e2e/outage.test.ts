/** A process whose Redis is away: it lives, says so, refuses webhooks in time, and comes back by itself. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { untilWhole } from "../support/incidents.ts";
import { freePort } from "../support/ports.ts";
import { redisForTests, startRedis, type TestRedis } from "../support/redis.ts";
import { untilReady } from "../support/service.ts";
import { eventBody, post, signatureOf, type Answered } from "../support/signed.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

/** The promise is 2.5 s; the rest is what two busy processors may add. */
const answeredWithinMs = 2_500 + 700;

// These tests kill and stop their Redis, so one that was given to us is not enough.
const here = await redisForTests();
const canStart = here?.pid !== undefined;
await here?.stop();

describe.runIf(canStart)("a Redis that is away", () => {
  let directory: string;
  let port: number;
  let redis: TestRedis | undefined;
  let world: World;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "debrief-outage-"));
    port = await freePort();
    world = await openWorld({ storeUrl: `redis://127.0.0.1:${String(port)}` });
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await redis?.stop();
    redis = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  async function startAgain(): Promise<TestRedis> {
    redis = await startRedis({ port, directory });
    return redis;
  }

  function send(incident: string): Promise<Answered> {
    const body = eventBody(incident);
    const [subscription] = world.pagerduty.subscriptions;
    return post(world.url, body, signatureOf(body, subscription?.secret ?? ""));
  }

  function status(path: string): Promise<number> {
    return fetch(`${world.url}${path}`).then((response) => response.status);
  }

  async function expectRefusedInTime(incident: string): Promise<void> {
    const answers = await Promise.all([send(incident), send(incident), send(incident)]);
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 503]);
    expect(answers.map(({ retryAfter }) => Number(retryAfter) > 0)).toEqual([true, true, true]);
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(answeredWithinMs);
    expect(await status("/livez"), "alive").toBe(200);
    await waitFor("/readyz to say 503", async () => (await status("/readyz")) === 503);
  }

  async function expectRecovered(incident: string): Promise<void> {
    await waitFor("a webhook to be accepted", async () => (await send(incident)).status === 202);
    await waitFor("/readyz to say 200", async () => (await status("/readyz")) === 200);
    await untilWhole(world, incident);
    expect(world.pagesOf(incident)).toHaveLength(1);
  }

  it("at the start: alive but not ready, and ready once Redis is there", async () => {
    const service = await world.start({ wait: false });
    await waitFor("the process to live", async () => (await status("/livez")) === 200);
    expect(await status("/readyz")).toBe(503);
    const incident = world.trigger({ title: "Checkout is down", priority: "P1" });
    expect((await send(incident)).status).toBe(503);
    expect(service.isRunning()).toBe(true);
    await startAgain();
    await untilReady(service);
    await expectRecovered(incident);
  });

  it("dead: 503 in time, then accepted when it is back, with all that was acknowledged", async () => {
    await startAgain();
    const service = await world.start();
    const before = world.trigger({ title: "Orders fail", priority: "P1" });
    await waitFor("PagerDuty's webhooks to be accepted", () => {
      const all = world.pagerduty.deliveries();
      return all.length > 0 && world.pagerduty.pendingWebhooks() === 0;
    });
    await redis?.stop();
    const during = world.trigger({ title: "Checkout is down", priority: "P1" });
    await expectRefusedInTime(during);
    await startAgain();
    await expectRecovered(during);
    await untilWhole(world, before);
    expect(service.isRunning()).toBe(true);
  });

  it("hung: 503 in time, then accepted when it goes on", async () => {
    const { pid } = await startAgain();
    const service = await world.start();
    const incident = world.trigger({ title: "Checkout is down", priority: "P1" });
    await untilWhole(world, incident);
    process.kill(pid ?? 0, "SIGSTOP");
    const during = world.trigger({ title: "Orders fail", priority: "P1" });
    await expectRefusedInTime(during);
    process.kill(pid ?? 0, "SIGCONT");
    await expectRecovered(during);
    expect(service.isRunning()).toBe(true);
  });
});
