/** The producer side of the queue: enqueues keys within a deadline, runs the pump, and answers the operator. */

import type { Key } from "../domain/keys.ts";
import { TerminalError } from "../domain/errors.ts";
import type { Store } from "../store/store.ts";
import { connect, openKeyQueue, type KeyQueue, type QueueBackend } from "./backend.ts";
import { findFailures, listDeadLetters, removeAll } from "./dead-letters.ts";
import { settlesWithin, withDeadline } from "./deadline.ts";
import { isKey, jobName, jobOptions } from "./jobs.ts";
import { startPump } from "./pump.ts";
import { throttled } from "../domain/throttle.ts";
import { describeError, type QueueLog } from "./queue-log.ts";
import type { WorkQueue } from "./queue.ts";

export interface OpenQueueOptions {
  readonly backend: QueueBackend;
  readonly store: Pick<Store, "takeHints" | "acknowledgeHints" | "countHints">;
  readonly timing: {
    /** No caller waits longer for the database. */
    readonly storeTimeoutMs: number;
  };
  readonly log: QueueLog;
  /** False: hints stay in the intake, for another process to move. */
  readonly pump?: boolean;
}

const keysPerAddMax = 500;
/** For a listing of dead letters, which may read thousands of jobs. */
const operatorTimeoutMs = 15_000;
const pumpStopMs = 5_000;
const closeMs = 2_000;

/**
 * Opens the queue and starts the pump. With Redis it does not wait for the server to be there; embedded it
 * first brings BullMQ's tables up to date. What it gives rejects within `timing.storeTimeoutMs` per step while
 * the database can't be used, and at once after its close.
 */
export async function openQueue(options: OpenQueueOptions): Promise<WorkQueue> {
  const { backend, store, timing, log } = options;
  const warn = throttled((fields, message) => log.warn(fields, message), Date.now);
  function onError(error: Error): void {
    warn({ err: describeError(error) }, "the queue's connection failed");
  }
  const connected = await connect(backend, "producer", onError);
  const queue = openKeyQueue(connected, onError);
  let closed = false;

  function ask<T>(
    what: string,
    question: () => Promise<T>,
    ms = timing.storeTimeoutMs,
  ): Promise<T> {
    // An add to a closed queue would never settle on the embedded database.
    return closed
      ? Promise.reject(new Error(`${what}: the queue is closed`))
      : withDeadline(question(), ms, what);
  }

  async function enqueue(keys: readonly Key[]): Promise<void> {
    const unique = [...new Set(keys)];
    if (unique.length === 0) {
      return;
    }
    // Counted first: a worker that sees the count may rely on the key being added after it, or again.
    await ask("counting hints", () => store.countHints(unique));
    for (let at = 0; at < unique.length; at += keysPerAddMax) {
      const chunk = unique.slice(at, at + keysPerAddMax);
      await ask("adding keys to the queue", () => addKeys(queue, chunk));
    }
  }

  const pump = options.pump === false ? undefined : startPump({ store, enqueue, log });
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await settlesWithin(pump?.stop() ?? Promise.resolve(), pumpStopMs);
    closed = true;
    await settlesWithin(queue.close(), closeMs);
    connected.disconnect();
  }

  return {
    enqueue,
    counts: () => ask("counting keys", () => countKeys(queue)),
    oldestWaitingMs: () => ask("looking for the oldest key", () => oldestWaitingMs(queue)),
    listDeadLetters: (max) =>
      ask("listing dead letters", () => listDeadLetters(queue, max), operatorTimeoutMs),
    replayDeadLetter: (key) =>
      ask("replaying a dead letter", () => replay(key, { queue, enqueue }), operatorTimeoutMs),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

async function replay(
  key: string,
  { queue, enqueue }: { readonly queue: KeyQueue; readonly enqueue: WorkQueue["enqueue"] },
): Promise<boolean> {
  const failures = await findFailures(queue, key);
  if (failures.length === 0) {
    return false;
  }
  if (!isKey(key)) {
    throw new TerminalError("KEY_UNKNOWN", `replaying ${key}: this version has no such keys`);
  }
  // In this order, a crash in between leaves a dead letter too many and not a key too few.
  await enqueue([key]);
  await removeAll(failures);
  return true;
}

/** One write for all keys. */
async function addKeys(queue: KeyQueue, keys: readonly Key[]): Promise<void> {
  await queue.addBulk(keys.map((key) => ({ name: jobName, data: { key }, opts: jobOptions(key) })));
}

async function countKeys(queue: KeyQueue): ReturnType<WorkQueue["counts"]> {
  const counts = await queue.getJobCounts("wait", "prioritized", "delayed", "active", "failed");
  return {
    waiting: (counts["wait"] ?? 0) + (counts["prioritized"] ?? 0),
    delayed: counts["delayed"] ?? 0,
    active: counts["active"] ?? 0,
    failed: counts["failed"] ?? 0,
  };
}

async function oldestWaitingMs(queue: KeyQueue): Promise<number> {
  const [oldest] = await queue.getWaiting(0, 0);
  if (oldest === undefined) {
    return 0;
  }
  // A key that was delayed waits since it last ran at the earliest, not since it was first seen.
  return Math.max(0, Date.now() - Math.max(oldest.timestamp, oldest.processedOn ?? 0));
}
