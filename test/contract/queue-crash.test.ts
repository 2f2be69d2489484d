/** What the queue keeps when processes die, pumps break off and workers are told to stop; on both engines. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { timings } from "../../src/config/timing.ts";
import type { Key } from "../../src/domain/keys.ts";
import type { Store } from "../../src/store/store.ts";
import { waitFor } from "../support/wait.ts";
import {
  heldRuns,
  key,
  openGround,
  startEngines,
  timing,
  untilIdle,
  type Ground,
  type Place,
} from "./queue-kit.ts";

const engines = await startEngines();
afterAll(async () => {
  await engines[Symbol.asyncDispose]();
});

const present = (["embedded", "redis"] as const).filter((engine) => engines.has(engine));

test("with the default times a killed worker's key resumes within 20 s", () => {
  // The lock was renewed just before the kill, and the look came just before the lock ran out.
  expect(timings.lock_s.seconds + timings.stalled_every_s.seconds).toBeLessThanOrEqual(20);
});

/** Runs a worker in a process of its own until it runs a key, and kills it; gives when. */
async function killWhileRunning(place: Place): Promise<number> {
  const script = join(import.meta.dirname, "queue-worker-process.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(place)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  try {
    await waitFor("a run in the other process", () => output.includes("started"), 30_000);
  } finally {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  return Date.now();
}

describe.each(present)("the queue after a crash, %s", (engine) => {
  test.each([1, 2, 5])(
    "a key whose worker is killed %i times in a row is not lost",
    async (kills) => {
      const first = await engines.open(engine);
      await (await first.openQueue({ pump: false })).enqueue([key("P1")]);
      await first[Symbol.asyncDispose]();
      let killedAt = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        killedAt = await killWhileRunning(first.place);
      }
      await using ground = await openGround(first.place);
      const queue = await ground.openQueue();
      const runs: number[] = [];
      await ground.startWorker(() => {
        runs.push(Date.now());
        return Promise.resolve("converged");
      });
      const resumedAt = await waitFor("the key to resume", () => runs[0]);
      // The margin is for opening the store again.
      const withinMs = timing.lockMs + timing.stalledEveryMs + 3_000;
      expect(resumedAt - killedAt).toBeLessThan(withinMs);
      await untilIdle(queue);
      expect(runs).toHaveLength(1);
      expect(await queue.listDeadLetters(10)).toEqual([]);
    },
  );

  test("a pump that breaks off between take and acknowledge loses no hint", async () => {
    await using ground = await engines.open(engine);
    const keys = Array.from({ length: 30 }, (_, at) => key(`P${at}`));
    await ground.store.appendHints(keys);
    let taken = 0;
    const breaking: Store = {
      ...ground.store,
      async takeHints(max, waitMs) {
        const batch = await ground.store.takeHints(Math.min(max, 10), waitMs);
        taken += batch.ids.length;
        return batch;
      },
      // As good as dead: the hints are taken, and their keys are nowhere yet.
      countHints: () => Promise.reject(new Error("broken off")),
    };
    const broken = await ground.openQueue({ store: breaking });
    await waitFor("a taken batch", () => taken > 0);
    await broken[Symbol.asyncDispose]();
    const ran = new Set<string>();
    await ground.startWorker((parsed) => {
      ran.add(`incident:${parsed.id}`);
      return Promise.resolve("converged");
    });
    const queue = await ground.openQueue();
    await waitFor("every key to run", () => ran.size === keys.length, 20_000);
    await untilIdle(queue);
    expect([...ran].toSorted()).toEqual([...keys].toSorted());
  });

  test("the pump outlives an outage of the store and says so without flooding the log", async () => {
    await using ground = await engines.open(engine);
    let failing = true;
    let failures = 0;
    const flaky: Store = {
      ...ground.store,
      takeHints(max, waitMs) {
        failures += failing ? 1 : 0;
        return failing ? Promise.reject(new Error("down")) : ground.store.takeHints(max, waitMs);
      },
    };
    const runs: string[] = [];
    await ground.startWorker((parsed) => {
      runs.push(parsed.id);
      return Promise.resolve("converged");
    });
    await ground.openQueue({ store: flaky });
    await ground.store.appendHints([key("P1")]);
    await waitFor("some failures", () => failures >= 4);
    failing = false;
    await waitFor("the run", () => runs.length === 1);
    expect(ground.log.lines.filter((line) => line.level === "warn").length).toBeLessThanOrEqual(10);
  });

  test("a thousand hints for twenty keys become twenty runs", async () => {
    await using ground = await engines.open(engine);
    const queue = await ground.openQueue();
    const hints = Array.from({ length: 1_000 }, (_, at): Key => key(`P${at % 20}`));
    await ground.store.appendHints(hints);
    await waitFor("twenty keys", async () => (await queue.counts()).waiting === 20);
    await waitFor("an empty intake", async () => {
      return (await ground.store.takeHints(1, 1)).ids.length === 0;
    });
    expect(await queue.oldestWaitingMs()).toBeGreaterThan(0);
    let runs = 0;
    await ground.startWorker(() => {
      runs += 1;
      return Promise.resolve("converged");
    });
    await untilIdle(queue);
    expect(runs).toBe(20);
    expect(await queue.oldestWaitingMs()).toBe(0);
  });

  test("a drain finishes the running key and leaves the rest to others", async () => {
    await using ground = await engines.open(engine);
    const queue = await ground.openQueue();
    const runs = heldRuns();
    const worker = await ground.startWorker(runs.reconcile, { concurrency: 1 });
    await queue.enqueue([key("P1"), key("P2"), key("P3")]);
    await runs.untilStarted(1);
    const drained = worker.drain();
    await queue.enqueue([key("P4")]);
    await runs.letGo();
    await drained;
    expect(runs.state).toMatchObject({ started: 1, running: 0 });
    expect(ground.reports.map((run) => run.outcome)).toEqual(["converged"]);
    const { waiting, delayed, active } = await queue.counts();
    expect({ rest: waiting + delayed, active }).toEqual({ rest: 3, active: 0 });
    await ground.startWorker(() => Promise.resolve("converged"));
    await untilIdle(queue);
  });

  test("a drain stops a run that takes too long, and its key goes on elsewhere without an attempt", async () => {
    await using ground = await engines.open(engine);
    const queue = await ground.openQueue();
    let started = false;
    const worker = await ground.startWorker(
      async (_parsed, { signal }) => {
        started = true;
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        });
        return "converged";
      },
      { timing: { ...timing, drainMs: 1_000 } },
    );
    await queue.enqueue([key("P1")]);
    await waitFor("the run", () => started);
    const drainedAt = Date.now();
    await worker.drain();
    expect(Date.now() - drainedAt).toBeLessThan(3_000);
    expect(ground.reports.at(-1)).toMatchObject({ outcome: "interrupted", reason: "Stopping" });
    const again = heldRuns();
    await ground.startWorker(again.reconcile);
    await again.untilStarted(1);
    await again.letGo();
    await untilIdle(queue);
    expect(await queue.listDeadLetters(1)).toEqual([]);
  });

  test("a run that ignores the stop does not hold the drain up", async () => {
    await using ground: Ground = await engines.open(engine);
    const queue = await ground.openQueue();
    const runs = heldRuns();
    const worker = await ground.startWorker(runs.reconcile, {
      timing: { ...timing, drainMs: 500 },
    });
    await queue.enqueue([key("P1")]);
    await runs.untilStarted(1);
    const drainedAt = Date.now();
    await worker.drain();
    expect(Date.now() - drainedAt).toBeLessThan(4_000);
    await runs.letGo();
  });

  test("an add after the close is refused at once", async () => {
    await using ground = await engines.open(engine);
    const queue = await ground.openQueue();
    await queue[Symbol.asyncDispose]();
    const askedAt = Date.now();
    await expect(queue.enqueue([key("P1")])).rejects.toThrow("closed");
    expect(Date.now() - askedAt).toBeLessThan(500);
  });
});
