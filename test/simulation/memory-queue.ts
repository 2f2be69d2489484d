/**
 * The work queue in memory, for the simulation. Runs go through src/queue/run-key.ts, the service's one switch over
 * how a run ends; only what BullMQ does below it is told again here: jobs with keyed deduplication that keeps the last
 * while active and pulls the delayed, locks, stalls, attempts with backoff, failed jobs.
 * test/contract/queue.test.ts holds it and the real engines to the same promises.
 */

import { DelayedError, UnrecoverableError } from "bullmq";
import type { Key } from "../../src/domain/keys.ts";
import { TerminalError } from "../../src/domain/errors.ts";
import { backoffMs } from "../../src/queue/backoff.ts";
import { attemptsMax, isKey, parseFailure, stalledMax } from "../../src/queue/jobs.ts";
import { startPump } from "../../src/queue/pump.ts";
import type { QueueLog } from "../../src/queue/queue-log.ts";
import type { DeadLetter, QueueWorker, RunReport, WorkQueue } from "../../src/queue/queue.ts";
import { runKey, type KeyJob, type RunDeps } from "../../src/queue/run-key.ts";
import type { Store } from "../../src/store/store.ts";

interface Job {
  readonly key: string;
  state: "waiting" | "delayed" | "active";
  /** When it came into its state; of a delayed one, when it falls due. */
  atMs: number;
  attempts: number;
  stalls: number;
  token: string;
  lockedUntilMs: number;
  /** A hint came while it was active: one more run once it has ended. */
  again: boolean;
}

interface Failed {
  readonly key: string;
  readonly text: string;
  readonly attempts: number;
  readonly atMs: number;
}

/** What the queue keeps; outlives the process. */
export interface Jobs {
  readonly byKey: Map<string, Job>;
  failed: Failed[];
  serial: number;
  /** Called whenever there may be something to do. */
  readonly listeners: Set<() => void>;
}

export function emptyJobs(): Jobs {
  return { byKey: new Map(), failed: [], serial: 0, listeners: new Set() };
}

/** Forgets all jobs, as FLUSHALL does. */
export function wipeJobs(jobs: Jobs): void {
  jobs.byKey.clear();
  jobs.failed = [];
}

function tell(jobs: Jobs): void {
  jobs.listeners.forEach((listener) => listener());
}

/** BullMQ's add with deduplication: dropped while waiting, kept for once more while active, pulled while delayed. */
function add(jobs: Jobs, key: string, nowMs: number): void {
  const job = jobs.byKey.get(key);
  if (job === undefined) {
    const fresh = { attempts: 0, stalls: 0, token: "", lockedUntilMs: 0, again: false };
    jobs.byKey.set(key, { key, state: "waiting", atMs: nowMs, ...fresh });
  } else if (job.state === "active") {
    job.again = true;
  } else if (job.state === "delayed") {
    Object.assign(job, { state: "waiting", atMs: nowMs });
  }
  tell(jobs);
}

/** The job is over: the key is free, and runs once more where a hint came meanwhile. */
function end(jobs: Jobs, job: Job, nowMs: number): void {
  jobs.byKey.delete(job.key);
  if (job.again) {
    add(jobs, job.key, nowMs);
  }
}

export interface MemoryQueueOptions {
  readonly jobs: Jobs;
  readonly store: Pick<Store, "takeHints" | "acknowledgeHints" | "countHints">;
  readonly nowMs: () => number;
  readonly log: QueueLog;
  readonly pump?: boolean;
}

/** The producer side, and the pump from the intake. */
export function openMemoryQueue(options: MemoryQueueOptions): WorkQueue {
  const { jobs, store, nowMs, log } = options;
  async function enqueue(keys: readonly Key[]): Promise<void> {
    const unique = [...new Set(keys)];
    await store.countHints(unique);
    unique.forEach((key) => add(jobs, key, nowMs()));
  }
  const pump = options.pump === false ? undefined : startPump({ store, enqueue, log });
  function inState(state: Job["state"]): Job[] {
    return [...jobs.byKey.values()].filter((job) => job.state === state);
  }
  return {
    enqueue,
    counts: async () => ({
      waiting: inState("waiting").length,
      delayed: inState("delayed").length,
      active: inState("active").length,
      failed: jobs.failed.length,
    }),
    oldestWaitingMs: async () =>
      Math.max(0, ...inState("waiting").map((job) => nowMs() - job.atMs)),
    listDeadLetters: async (max) => deadLetters(jobs).slice(0, max),
    async replayDeadLetter(key) {
      if (!jobs.failed.some((one) => one.key === key)) {
        return false;
      }
      if (!isKey(key)) {
        throw new TerminalError("KEY_UNKNOWN", `replaying ${key}: this version has no such keys`);
      }
      await enqueue([key]);
      jobs.failed = jobs.failed.filter((one) => one.key !== key);
      return true;
    },
    async [Symbol.asyncDispose]() {
      await pump?.stop();
    },
  };
}

function deadLetters({ failed }: Jobs): DeadLetter[] {
  const newestFirst = failed.toReversed();
  const keys = [...new Set(newestFirst.map(({ key }) => key))];
  return keys.map((key) => {
    const ours = newestFirst.filter((one) => one.key === key);
    return {
      key,
      ...parseFailure(ours[0]?.text),
      attempts: ours[0]?.attempts ?? 0,
      firstAt: new Date(ours.at(-1)?.atMs ?? 0),
      lastAt: new Date(ours[0]?.atMs ?? 0),
    };
  });
}

export interface MemoryWorkerOptions extends Pick<
  RunDeps,
  "store" | "reconcile" | "vendorsOf" | "log" | "random"
> {
  readonly jobs: Jobs;
  readonly nowMs: () => number;
  readonly timing: RunDeps["timing"] & {
    readonly stalledEveryMs: number;
    readonly backoffFirstMs: number;
    readonly backoffMaxMs: number;
  };
  readonly concurrency: number;
  readonly onRun?: (report: RunReport) => void;
}

export interface MemoryWorker extends QueueWorker {
  /** The process is gone: takes nothing more, and what ran is never finished. */
  kill(): void;
}

/** Takes keys and runs them, at most `concurrency` at once, until drained or killed. */
export function startMemoryWorker(options: MemoryWorkerOptions): MemoryWorker {
  const { jobs, nowMs, timing } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let isStopped = false;
  let isDead = false;
  let timer: NodeJS.Timeout | undefined;
  const deps: RunDeps = {
    ...options,
    queue: {
      add: (_name, { key }) =>
        isDead ? new Promise(() => undefined) : Promise.resolve(add(jobs, key, nowMs())),
    },
    stopping: stopping.signal,
    isDraining: () => isStopped,
    onRun(report) {
      if (report.outcome === "converged") {
        jobs.failed = jobs.failed.filter((one) => one.key !== report.key);
      }
      options.onRun?.(report);
    },
  };

  function look(): void {
    clearTimeout(timer);
    if (isStopped) {
      return;
    }
    for (let job = nextDue(jobs, nowMs()); job !== undefined; job = nextDue(jobs, nowMs())) {
      if (running.size >= options.concurrency) {
        return;
      }
      const run = take(job).finally(() => {
        running.delete(run);
        look();
      });
      running.add(run);
    }
    const dueMs = Math.min(...delayed(jobs).map((job) => job.atMs));
    if (Number.isFinite(dueMs)) {
      timer = setTimeout(look, Math.max(1, dueMs - nowMs()));
    }
  }

  async function take(job: Job): Promise<void> {
    jobs.serial += 1;
    const token = `run-${String(jobs.serial)}`;
    const lockedUntilMs = nowMs() + timing.lockMs;
    Object.assign(job, { state: "active", atMs: nowMs(), token, lockedUntilMs });
    const thrown = await runKey(
      jobHandle(job, { jobs, nowMs, isDead: () => isDead }),
      token,
      deps,
    ).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const isOurs = jobs.byKey.get(job.key) === job && job.token === token;
    if (isDead || !isOurs || job.state !== "active") {
      return;
    }
    finish(job, thrown);
  }

  function finish(job: Job, thrown: { readonly error: unknown } | undefined): void {
    if (thrown?.error instanceof DelayedError) {
      return;
    }
    if (thrown === undefined) {
      end(jobs, job, nowMs());
      return;
    }
    job.attempts += 1;
    const { error } = thrown;
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof UnrecoverableError || job.attempts >= attemptsMax) {
      jobs.failed.push({ key: job.key, text, attempts: job.attempts, atMs: nowMs() });
      end(jobs, job, nowMs());
      return;
    }
    const pauseMs = backoffMs(job.attempts, timing, options.random());
    Object.assign(job, { state: "delayed", atMs: nowMs() + pauseMs, token: "" });
    tell(jobs);
  }

  /** Jobs whose lock ran out belong to nobody: they wait again. */
  function sweep(): void {
    for (const job of jobs.byKey.values()) {
      if (job.state === "active" && job.lockedUntilMs <= nowMs()) {
        job.stalls += 1;
        if (job.stalls > stalledMax) {
          const text = "job stalled more than allowable limit";
          jobs.failed.push({ key: job.key, text, attempts: job.attempts, atMs: nowMs() });
          end(jobs, job, nowMs());
        } else {
          Object.assign(job, { state: "waiting", atMs: nowMs(), token: "" });
        }
      }
    }
    look();
  }

  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
    clearInterval(sweeper);
    jobs.listeners.delete(look);
  }

  const sweeper = setInterval(sweep, timing.stalledEveryMs);
  jobs.listeners.add(look);
  look();
  async function drain(): Promise<void> {
    stop();
    await Promise.all(running);
  }
  return {
    drain,
    kill() {
      isDead = true;
      stop();
      stopping.abort(new Error("killed"));
    },
    [Symbol.asyncDispose]: drain,
  };
}

function delayed(jobs: Jobs): Job[] {
  return [...jobs.byKey.values()].filter((job) => job.state === "delayed");
}

/** The job that waits longest, those first whose delay is over. */
function nextDue(jobs: Jobs, nowMs: number): Job | undefined {
  for (const job of delayed(jobs).filter(({ atMs }) => atMs <= nowMs)) {
    job.state = "waiting";
  }
  const waiting = [...jobs.byKey.values()].filter((job) => job.state === "waiting");
  return waiting.toSorted((a, b) => a.atMs - b.atMs)[0];
}

interface Surroundings {
  readonly jobs: Jobs;
  readonly nowMs: () => number;
  readonly isDead: () => boolean;
}

/**
 * What src/queue/run-key.ts sees of a job. As with BullMQ, who lost the lock can do nothing to it; what a dead process
 * asks for is not done and never answered.
 */
function jobHandle(job: Job, { jobs, nowMs, isDead }: Surroundings): KeyJob {
  const { token } = job;
  function isOurs(): boolean {
    return jobs.byKey.get(job.key) === job && job.token === token && job.state === "active";
  }
  function alive<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (!isDead()) {
        resolve(work());
      }
    });
  }
  return {
    data: { key: job.key },
    attemptsMade: job.attempts,
    opts: { attempts: attemptsMax },
    processedOn: job.atMs,
    extendLock: (_token, ms) =>
      alive(() => {
        if (!isOurs()) {
          return 0;
        }
        job.lockedUntilMs = nowMs() + ms;
        return 1;
      }),
    moveToDelayed: (atMs) =>
      alive(() => {
        if (!isOurs()) {
          throw new Error(`Missing lock for job ${job.key}. moveToDelayed`);
        }
        // A hint that was kept meanwhile stays kept until the job ends, as BullMQ does it.
        Object.assign(job, { state: "delayed", atMs, token: "" });
        tell(jobs);
      }),
    promote: () =>
      alive(() => {
        if (jobs.byKey.get(job.key) !== job || job.state !== "delayed") {
          throw new Error(`Job ${job.key} is not in the delayed state. promote`);
        }
        Object.assign(job, { state: "waiting", atMs: nowMs() });
        tell(jobs);
      }),
  };
}
