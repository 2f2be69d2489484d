/** Takes keys from the queue and runs each through the reconcilers, bounded, until drained. */

import { Worker, type Job } from "bullmq";
import { backoffMs, type BackoffTiming } from "./backoff.ts";
import {
  connect,
  openKeyQueue,
  type Connected,
  type KeyQueue,
  type KeyWorker,
  type QueueBackend,
} from "./backend.ts";
import { tidyDeadLetters } from "./dead-letters.ts";
import { settlesWithin } from "./deadline.ts";
import { queueName, stalledMax, type KeyData } from "./jobs.ts";
import { throttled } from "../domain/throttle.ts";
import { describeError, type QueueLog } from "./queue-log.ts";
import type { QueueWorker, RunReport } from "./queue.ts";
import { runKey, type RunDeps } from "./run-key.ts";

interface WorkerTiming extends BackoffTiming {
  readonly storeTimeoutMs: number;
  /** How long a key stays with a worker that no longer answers … */
  readonly lockMs: number;
  /** … and how often the others look for such keys. A killed worker's key resumes within the sum. */
  readonly stalledEveryMs: number;
  readonly drainMs: number;
}

export interface StartWorkerOptions extends Pick<RunDeps, "store" | "reconcile" | "vendorsOf"> {
  readonly backend: QueueBackend;
  readonly timing: WorkerTiming;
  /** Keys run at the same time. */
  readonly concurrency: number;
  readonly log: QueueLog;
  /** For metrics. Must not throw. */
  readonly onRun?: (report: RunReport) => void;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
}

const closeMs = 2_000;
/** The part of the drain time after which runs are told to stop. */
const abortAt = 0.8;

/** Starts to take keys at once, or as soon as the database is there. Queue tables as in `openQueue`. */
export async function startWorker(options: StartWorkerOptions): Promise<QueueWorker> {
  const { backend, timing, log, random = Math.random } = options;
  const warn = throttled((fields, message) => log.warn(fields, message), Date.now);
  function onError(error: Error): void {
    warn({ err: describeError(error) }, "the worker's connection failed");
  }
  const connected = await connect(backend, "worker", onError);
  const queue = openKeyQueue(connected, onError);
  const tidier = createTidier(queue, onError);
  const stopping = new AbortController();
  let draining: Promise<void> | undefined;
  const deps: RunDeps = {
    ...options,
    queue,
    random,
    stopping: stopping.signal,
    isDraining: () => draining !== undefined,
    onRun(report) {
      tidier.note(report);
      options.onRun?.(report);
    },
  };
  const worker = openWorker(connected, options, deps);
  worker.on("error", onError);
  const breather = letBreathe(worker);

  async function drain(): Promise<void> {
    breather.stop();
    tidier.stop();
    const abort = setTimeout(() => stopping.abort(new Error("stopping")), timing.drainMs * abortAt);
    // Takes no new key, and resolves when the running ones have ended.
    const finished = await settlesWithin(worker.close(), timing.drainMs);
    clearTimeout(abort);
    if (!finished) {
      stopping.abort(new Error("stopping"));
      log.warn({ drainMs: timing.drainMs }, "gave up waiting for running keys, they resume later");
    }
    await settlesWithin(queue.close(), closeMs);
    connected.disconnect();
  }

  function drainOnce(): Promise<void> {
    draining ??= drain();
    return draining;
  }
  return { drain: drainOnce, [Symbol.asyncDispose]: drainOnce };
}

function openWorker(
  { connection, factory, prefix }: Connected,
  { timing, concurrency, random = Math.random }: StartWorkerOptions,
  deps: RunDeps,
): KeyWorker {
  return new Worker(
    queueName,
    async (job: Job<KeyData, unknown>, token?: string) => {
      await runKey(job, token ?? "", deps);
    },
    {
      connection,
      ...(prefix === undefined ? {} : { prefix }),
      concurrency,
      lockDuration: timing.lockMs,
      skipLockRenewal: true,
      stalledInterval: timing.stalledEveryMs,
      maxStalledCount: stalledMax,
      // BullMQ's default leaves a worker idle for 15 s after the database is back.
      runRetryDelay: 1_000,
      settings: {
        backoffStrategy: (failure) => backoffMs(failure, timing, random()),
      },
    },
    factory,
  );
}

const errorsPerSecondMax = 20;
const breathMs = 1_000;

/** BullMQ's loop does not wait after an error of the database: with a full Redis it spins. This makes it rest. */
function letBreathe(worker: KeyWorker): { stop(): void } {
  let windowStart = 0;
  let errors = 0;
  let resting: NodeJS.Timeout | undefined;
  worker.on("error", () => {
    const now = Date.now();
    if (now - windowStart > 1_000) {
      windowStart = now;
      errors = 0;
    }
    errors += 1;
    if (errors > errorsPerSecondMax && resting === undefined) {
      void worker.pause(true);
      resting = setTimeout(() => {
        resting = undefined;
        void worker.resume();
      }, breathMs);
    }
  });
  return { stop: () => clearTimeout(resting) };
}

const tidyAfterMs = 1_000;
const keysNotedMax = 10_000;

/** Forgets dead letters of keys that converged since: in batches, at most once a second. */
function createTidier(
  queue: KeyQueue,
  onError: (error: Error) => void,
): { note(report: RunReport): void; stop(): void } {
  let convergedAt = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function tidy(): Promise<void> {
    const noted = convergedAt;
    convergedAt = new Map();
    try {
      await tidyDeadLetters(queue, noted);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    timer = undefined;
    if (convergedAt.size > 0) {
      schedule();
    }
  }
  function schedule(): void {
    if (!stopped && timer === undefined) {
      timer = setTimeout(() => void tidy(), tidyAfterMs);
      timer.unref();
    }
  }
  return {
    note({ key, outcome, durationMs }) {
      if (outcome === "converged" && convergedAt.size < keysNotedMax) {
        convergedAt.set(key, Date.now() - durationMs);
      }
      if (outcome === "converged" || outcome === "dead") {
        schedule();
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
