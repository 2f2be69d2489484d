/** What the queue promises, on both engines and on the one in memory that the simulation rests on. Every test has a store of its own; times are shortened. */

import { afterAll, describe, expect, test } from "vitest";
import { RetryAfterError, TerminalError } from "../../src/domain/errors.ts";
import { resyncKey, type Key } from "../../src/domain/keys.ts";
import type { DeadLetter } from "../../src/queue/queue.ts";
import type { Store } from "../../src/store/store.ts";
import { waitFor } from "../support/wait.ts";
import {
  heldRuns,
  key,
  openMemoryGround,
  startEngines,
  untilIdle,
  type QueueGround,
} from "./queue-kit.ts";

const engines = await startEngines();
afterAll(async () => {
  await engines[Symbol.asyncDispose]();
});

const hour = 3_600_000;

const present = (["embedded", "redis"] as const).filter((engine) => engines.has(engine));
const grounds = [...present, "memory"] as const;

describe.each(grounds)("the queue, %s", (engine) => {
  function open(): Promise<QueueGround> {
    return engine === "memory" ? Promise.resolve(openMemoryGround()) : engines.open(engine);
  }

  test("ten hints around a running key cause exactly two runs, one after the other", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    const runs = heldRuns();
    await ground.startWorker(runs.reconcile);
    await queue.enqueue([key("P1")]);
    await runs.untilStarted(1);
    await Promise.all(Array.from({ length: 9 }, () => queue.enqueue([key("P1")])));
    await runs.letGo();
    await runs.letGo();
    await untilIdle(queue);
    expect(runs.state).toMatchObject({ started: 2, atOnceMax: 1 });
  });

  test("a hint during a run that requeues makes the key run again at once, once", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    const runs = heldRuns((run) =>
      run === 1 ? { requeueAfterMs: hour, reason: "Waiting" } : "converged",
    );
    await ground.startWorker(runs.reconcile);
    await queue.enqueue([key("P1")]);
    await runs.untilStarted(1);
    await queue.enqueue([key("P1")]);
    await runs.letGo();
    await runs.letGo();
    await untilIdle(queue);
    expect(runs.state.started).toBe(2);
    expect(ground.reports.map((report) => report.outcome)).toEqual(["rerun", "converged"]);
  });

  test("a hint in the window between the last look and the delay pulls the key as well", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let looks = 0;
    const store: Store = {
      ...ground.store,
      async hintCount(of) {
        const count = await ground.store.hintCount(of);
        looks += 1;
        if (looks === 2) {
          // The worker has just looked, finds nothing newer, and is about to delay the key.
          await queue.enqueue([of]);
        }
        return count;
      },
    };
    let started = 0;
    await ground.startWorker(
      () => {
        started += 1;
        return Promise.resolve(
          started === 1 ? { requeueAfterMs: hour, reason: "Waiting" } : "converged",
        );
      },
      { store },
    );
    await queue.enqueue([key("P1")]);
    await waitFor("the second run", () => started >= 2, 3_000);
    await untilIdle(queue);
    expect(ground.reports[0]).toMatchObject({ outcome: "requeued" });
  });

  test("a hint pulls a key that is delayed", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    const runs = heldRuns((run) =>
      run === 1 ? { requeueAfterMs: hour, reason: "Waiting" } : "converged",
    );
    await ground.startWorker(runs.reconcile);
    await queue.enqueue([key("P1")]);
    await runs.letGo();
    await waitFor("the delay", async () => (await queue.counts()).delayed === 1);
    await queue.enqueue([key("P1")]);
    await runs.letGo();
    await untilIdle(queue);
    expect(runs.state.started).toBe(2);
  });

  test("a requeue costs no attempt", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let started = 0;
    await ground.startWorker(() => {
      started += 1;
      if (started > 25) {
        throw new TerminalError("TEST_OVER", "enough");
      }
      if (started % 2 === 0) {
        throw new RetryAfterError("later", 1, { code: "TEST_LATER" });
      }
      return Promise.resolve({ requeueAfterMs: 1, reason: "Waiting" });
    });
    await queue.enqueue([key("P1")]);
    const [dead] = await untilDead(ground, 1);
    expect(dead).toMatchObject({ code: "TEST_OVER", attempts: 1 });
  });

  test("fifty hints during a closed gate run nothing and cost no attempt", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    const gate = await ground.store.closeGate("notion", closed(5_000));
    const startedAt: number[] = [];
    await ground.startWorker(() => {
      startedAt.push(Date.now());
      throw new TerminalError("TEST_OVER", "enough");
    });
    for (let hint = 0; hint < 50; hint += 1) {
      await queue.enqueue([key("P1")]);
    }
    expect((await untilDead(ground, 1))[0]).toMatchObject({ attempts: 1 });
    expect(ground.reports.filter((run) => run.outcome === "gated").length).toBeGreaterThan(1);
    expect(Math.min(...startedAt)).toBeGreaterThanOrEqual(gate.until.getTime() - 5);
  });

  test("a key at a closed gate runs when the gate opens", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    const gate = await ground.store.closeGate("notion", closed(1_500));
    let startedAt = 0;
    await ground.startWorker(() => {
      startedAt = Date.now();
      return Promise.resolve("converged");
    });
    await queue.enqueue([key("P1")]);
    await waitFor("the run", () => startedAt > 0);
    expect(startedAt).toBeGreaterThanOrEqual(gate.until.getTime() - 5);
    expect(startedAt).toBeLessThan(gate.until.getTime() + 2_000);
  });

  test("a closed gate stops only the keys that need its vendor", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    await ground.store.closeGate("notion", closed(hour));
    const ran: string[] = [];
    await ground.startWorker((parsed) => {
      ran.push(parsed.kind);
      return Promise.resolve("converged");
    });
    await queue.enqueue([key("P1"), resyncKey("pagerduty")]);
    await waitFor("the other key", () => ran.length > 0);
    await waitFor("the delay", async () => (await queue.counts()).delayed === 1);
    expect(ran).toEqual(["resync"]);
  });

  test("a hint during a run that closed the gate waits for the gate", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let started = 0;
    await ground.startWorker(async () => {
      started += 1;
      await ground.store.closeGate("notion", closed(hour));
      await queue.enqueue([key("P1")]);
      throw new RetryAfterError("throttled", hour, { code: "NOTION_THROTTLED", vendor: "notion" });
    });
    await queue.enqueue([key("P1")]);
    await waitFor("the gate's delay", () => ground.reports.some((run) => run.outcome === "gated"));
    await waitFor("the delay", async () => (await queue.counts()).delayed === 1);
    expect(started).toBe(1);
  });

  test("a terminal error is a dead letter with its code, and no obstacle to a later hint", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let forbidden = true;
    let started = 0;
    await ground.startWorker(() => {
      started += 1;
      if (forbidden) {
        throw new TerminalError("NOTION_PAGE_FORBIDDEN", "reading the page: 403");
      }
      return Promise.resolve("converged");
    });
    await queue.enqueue([key("P1")]);
    await untilDead(ground, 1);
    await queue.enqueue([key("P1")]);
    await waitFor("the second failure", () => started === 2);
    await waitFor("both failures in one dead letter", async () => {
      const [dead, ...others] = await queue.listDeadLetters(10);
      return others.length === 0 && dead !== undefined && dead.firstAt < dead.lastAt;
    });
    const [dead] = await queue.listDeadLetters(10);
    expect(dead).toMatchObject({
      key: key("P1"),
      code: "NOTION_PAGE_FORBIDDEN",
      reason: "reading the page: 403",
      attempts: 1,
    });
    expect(ground.log.lines.filter((line) => line.level === "error")).toMatchObject([
      { key: key("P1"), code: "NOTION_PAGE_FORBIDDEN" },
      { key: key("P1"), code: "NOTION_PAGE_FORBIDDEN" },
    ]);
    forbidden = false;
    await queue.enqueue([key("P1")]);
    await waitFor("the dead letter to be forgotten", async () => {
      return (await queue.listDeadLetters(10)).length === 0;
    });
    expect(started).toBe(3);
  });

  test("a dead letter is replayed by key", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let started = 0;
    await ground.startWorker(() => {
      started += 1;
      return started === 1
        ? Promise.reject(new TerminalError("TEST_OVER", "enough"))
        : Promise.resolve("converged");
    });
    await queue.enqueue([key("P1")]);
    await untilDead(ground, 1);
    expect(await queue.replayDeadLetter(key("P2"))).toBe(false);
    expect(await queue.replayDeadLetter(key("P1"))).toBe(true);
    await waitFor("the second run", () => started === 2);
    expect(await queue.listDeadLetters(10)).toEqual([]);
  });

  test("a key of a kind that this version does not know is a dead letter, and is not run", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let started = 0;
    await ground.startWorker(() => {
      started += 1;
      return Promise.resolve("converged");
    });
    await queue.enqueue(["unheard-of:1" as Key]);
    expect((await untilDead(ground, 1))[0]).toMatchObject({ code: "KEY_UNKNOWN" });
    expect(started).toBe(0);
  });

  test("unexplained errors cost attempts, with pauses, and end as a dead letter", async () => {
    await using ground = await open();
    const queue = await ground.openQueue();
    let started = 0;
    await ground.startWorker(() => {
      started += 1;
      throw new Error("odd \u0000 text \ud800 \u001b[31m");
    });
    await queue.enqueue([key("P1")]);
    expect((await untilDead(ground, 1))[0]).toMatchObject({
      code: "UNEXPLAINED",
      reason: "odd   text \ufffd  [31m",
      attempts: 20,
    });
    expect(started).toBe(20);
    const levels = ground.log.lines.filter((line) => line["key"] === key("P1"));
    expect(levels.map((line) => line.level)).toEqual([
      ...Array.from({ length: 19 }, () => "warn"),
      "error",
    ]);
  });
});

function closed(pauseMs: number): Parameters<Store["closeGate"]>[1] {
  return { pauseMs, reason: "Throttled", firstMs: 1_000, maxMs: hour };
}

async function untilDead(ground: QueueGround, count: number): Promise<DeadLetter[]> {
  const queue = await ground.openQueue({ pump: false });
  return await waitFor("dead letters", async () => {
    const dead = await queue.listDeadLetters(10);
    return dead.length >= count ? dead : undefined;
  });
}
