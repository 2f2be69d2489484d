/**
 * One run of one key, and the one switch over how it ended:
 *
 *   converged ............................ the job is done
 *   requeue, RetryAfterError ............. a newer hint came: done, and the key runs again at once
 *                                          else delayed, without an attempt
 *   TerminalError ........................ dead letter, no retry
 *   anything else ........................ an attempt, with backoff; after the last one a dead letter
 *
 * A key whose vendor's gate is closed is delayed without a run. Errors of runs are logged here and nowhere else.
 */

import { randomUUID } from "node:crypto";
import { DelayedError, UnrecoverableError, type JobsOptions } from "bullmq";
import { RetryAfterError, TerminalError, type Vendor } from "../domain/errors.ts";
import { parseKey, type Key, type ParsedKey } from "../domain/keys.ts";
import type { Store } from "../store/store.ts";
import { withJitter } from "./backoff.ts";
import { withDeadline } from "./deadline.ts";
import { gateWaitMs } from "./gates.ts";
import { attemptsMax, formatFailure, isKey, jobName, jobOptions, unexplainedCode } from "./jobs.ts";
import type { KeyData } from "./jobs.ts";
import { describeError, type QueueLog } from "./queue-log.ts";
import type { Reconcile, RunReport } from "./queue.ts";
import { keepLocked, type LockedJob, type RunLock } from "./run-lock.ts";

export interface RunDeps {
  /** Where a key is added again: BullMQ's queue. */
  readonly queue: { add(name: string, data: KeyData, options: JobsOptions): Promise<unknown> };
  readonly store: Pick<Store, "hintCount" | "readGates" | "now">;
  readonly reconcile: Reconcile;
  readonly vendorsOf: (key: ParsedKey) => readonly Vendor[];
  readonly timing: { readonly lockMs: number; readonly storeTimeoutMs: number };
  readonly log: QueueLog;
  readonly random: () => number;
  /** Aborted shortly before the worker gives up waiting for its runs. */
  readonly stopping: AbortSignal;
  /** True once the worker takes no new keys. */
  readonly isDraining: () => boolean;
  readonly onRun: (report: RunReport) => void;
}

const storePauseMs = 2_000;

/** What a run needs of the job that BullMQ handed out. */
export interface KeyJob extends LockedJob {
  readonly data: KeyData;
  readonly attemptsMade: number;
  readonly opts: { readonly attempts?: number | undefined };
  moveToDelayed(atMs: number, token?: string): Promise<void>;
  promote(): Promise<void>;
}

interface Run {
  readonly job: KeyJob;
  readonly token: string;
  readonly key: Key;
  readonly parsed: ParsedKey;
  readonly runId: string;
  readonly log: QueueLog;
  readonly lock: RunLock;
  readonly startedAt: number;
}

/** Takes a job that BullMQ handed out with `token`. Throws what tells BullMQ how the run ended. */
export async function runKey(job: KeyJob, token: string, deps: RunDeps): Promise<void> {
  if (deps.isDraining()) {
    await putBack(job, token, 0);
  }
  const runId = randomUUID();
  const log = deps.log.child({ key: job.data.key, runId });
  const key = job.data.key;
  const parsed = parseKey(key);
  if (parsed === undefined || !isKey(key)) {
    const error = new TerminalError("KEY_UNKNOWN", `running ${key}: this version has no such keys`);
    log.error({ code: error.code, err: describeError(error) }, "key failed for good");
    throw new UnrecoverableError(formatFailure({ code: error.code, reason: error.message }));
  }
  const lock = keepLocked(job, { token, lockMs: deps.timing.lockMs, log });
  const startedAt = Date.now();
  try {
    await converge({ job, token, key, parsed, runId, log, lock, startedAt }, deps);
  } finally {
    lock.stop();
  }
}

async function converge(run: Run, deps: RunDeps): Promise<void> {
  const { job, token, log, lock } = run;
  const { hints, waitMs } = await look(run, deps);
  if (waitMs > 0) {
    log.debug({ reason: "GateClosed", waitMs }, "key waits for a vendor");
    report(run, deps, { outcome: "gated", reason: "GateClosed" });
    await putBack(job, token, withJitter(waitMs, deps.random()));
  }
  const ended = await attempt(run, deps);
  if (lock.lost.aborted) {
    // The key is another worker's. BullMQ would refuse to finish it here.
    report(run, deps, { outcome: "interrupted", reason: "LockLost" });
    throw new DelayedError();
  }
  switch (ended.outcome) {
    case "converged":
      report(run, deps, ended);
      return;
    case "requeued":
      await requeue(run, deps, { ended, hints });
      return;
    case "interrupted":
      log.info({ reason: ended.reason }, "run stopped, the key goes back to the queue");
      report(run, deps, ended);
      await putBack(job, token, 0);
      return;
    case "terminal":
    case "failed":
      fail(run, deps, ended);
  }
}

/** What the store says before a run. A store that does not answer costs no attempt. */
async function look(
  { job, token, key, parsed, log }: Run,
  { store, vendorsOf, random }: RunDeps,
): Promise<{ readonly hints: number; readonly waitMs: number }> {
  try {
    // Read before the run looks at the world: a hint counted later may tell of something it did not see.
    const [hints, waitMs] = await Promise.all([
      store.hintCount(key),
      gateWaitMs(vendorsOf(parsed), store),
    ]);
    return { hints, waitMs };
  } catch (error) {
    log.warn({ err: describeError(error) }, "the store did not answer, the key waits");
    return await putBack(job, token, withJitter(storePauseMs, random()));
  }
}

type Ended =
  | { readonly outcome: "converged" }
  | {
      readonly outcome: "requeued";
      readonly reason: string;
      readonly afterMs: number;
      /** Where a vendor or another run stood in the way. */
      readonly error?: RetryAfterError;
    }
  | { readonly outcome: "interrupted"; readonly reason: string }
  | {
      readonly outcome: "terminal" | "failed";
      readonly reason: string;
      readonly error: unknown;
      readonly message: string;
    };

async function attempt(run: Run, { reconcile, stopping }: RunDeps): Promise<Ended> {
  const signal = AbortSignal.any([stopping, run.lock.lost]);
  try {
    const outcome = await reconcile(run.parsed, { runId: run.runId, signal });
    return outcome === "converged"
      ? { outcome }
      : { outcome: "requeued", reason: outcome.reason, afterMs: outcome.requeueAfterMs };
  } catch (error) {
    if (error instanceof RetryAfterError) {
      return { outcome: "requeued", reason: error.code, afterMs: error.retryAfterMs, error };
    }
    if (error instanceof TerminalError) {
      return { outcome: "terminal", reason: error.code, error, message: error.message };
    }
    if (signal.aborted) {
      return { outcome: "interrupted", reason: stopping.aborted ? "Stopping" : "LockLost" };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: "failed", reason: codeOf(error), error, message };
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : unexplainedCode;
}

interface Requeue {
  readonly ended: Extract<Ended, { outcome: "requeued" }>;
  /** The key's hints before the run. */
  readonly hints: number;
}

/** Costs no attempt, however it ends. */
async function requeue(run: Run, deps: RunDeps, { ended, hints }: Requeue): Promise<void> {
  const { job, token, log } = run;
  const { reason, error } = ended;
  const fields = error === undefined ? { reason } : { reason, err: describeError(error) };
  if ((await isHinted(run, deps, hints)) && (await addAgain(run, deps))) {
    log.info(fields, "a newer hint came, the key runs again at once");
    report(run, deps, { outcome: "rerun", reason });
    return;
  }
  const delayMs = withJitter(Math.max(0, ended.afterMs), deps.random());
  log.info({ ...fields, delayMs }, "key comes back later");
  report(run, deps, { outcome: "requeued", reason });
  await job.moveToDelayed(Date.now() + delayMs, token);
  // A hint that was added before the move is kept for after the job's end and would wait the delay out.
  // It was counted before it was added, so the counter shows it now. Later ones pull the job themselves.
  if (await isHinted(run, deps, hints)) {
    await pull(run);
  }
  throw new DelayedError();
}

/** Whether hints were counted since. No, where the store does not say. */
async function isHinted({ key, log }: Run, { store }: RunDeps, hints: number): Promise<boolean> {
  try {
    return (await store.hintCount(key)) !== hints;
  } catch (error) {
    log.warn({ err: describeError(error) }, "newer hints could not be counted");
    return false;
  }
}

/**
 * Added while its job is active, a key gets one fresh job once that has ended: one run, whether the newer
 * hint's own add came before or is still to come. At a closed gate the fresh job waits.
 */
async function addAgain({ key, log }: Run, { queue, timing }: RunDeps): Promise<boolean> {
  try {
    const adding = queue.add(jobName, { key }, jobOptions(key));
    await withDeadline(adding, timing.storeTimeoutMs, "adding the key again");
    return true;
  } catch (error) {
    log.warn({ err: describeError(error) }, "key was not added again, delaying it");
    return false;
  }
}

async function pull({ job, log }: Run): Promise<void> {
  try {
    await job.promote();
  } catch (error) {
    // Pulled already by a later hint, or the database is down and the hint waits the delay out.
    log.debug({ err: describeError(error) }, "key was not pulled");
  }
}

/** Delays the job without an attempt. */
async function putBack(job: KeyJob, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

function fail(
  run: Run,
  deps: RunDeps,
  { outcome, reason, error, message }: Extract<Ended, { outcome: "terminal" | "failed" }>,
): never {
  const attempts = run.job.attemptsMade + 1;
  const isLast = outcome === "terminal" || attempts >= (run.job.opts.attempts ?? attemptsMax);
  const fields = { code: reason, attempts, err: describeError(error) };
  const text = formatFailure({ code: reason, reason: message });
  report(run, deps, { outcome: isLast ? "dead" : "failed", reason });
  if (isLast) {
    run.log.error(fields, "key failed for good");
    throw new UnrecoverableError(text);
  }
  run.log.warn(fields, "run failed, trying again");
  throw new Error(text, { cause: error });
}

function report(
  { key, parsed, startedAt }: Run,
  { onRun }: RunDeps,
  { outcome, reason }: { readonly outcome: RunReport["outcome"]; readonly reason?: string },
): void {
  onRun({
    key,
    kind: parsed.kind,
    outcome,
    durationMs: Date.now() - startedAt,
    ...(reason === undefined ? {} : { reason }),
  });
}
