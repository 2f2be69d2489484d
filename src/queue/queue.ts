/** The controller work queue: keys in, each key run by one worker at a time, bursts collapsed. Implemented over BullMQ. */

import type { Key, ParsedKey } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";

export interface RunContext {
  /** Of this run, for logs. */
  readonly runId: string;
  /** Aborted when the worker has to stop. */
  readonly signal: AbortSignal;
}

export type Reconcile = (key: ParsedKey, context: RunContext) => Promise<Outcome>;

/** How a run ended, for metrics. */
export interface RunReport {
  readonly key: Key;
  readonly kind: ParsedKey["kind"];
  /**
   * `rerun`: requeued, and a newer hint makes it run again at once. `gated`: not run, a vendor's gate is
   * closed. `failed` will be retried, `dead` will not. `interrupted`: the worker stopped or lost the key.
   */
  readonly outcome:
    | "converged"
    | "requeued"
    | "rerun"
    | "gated"
    | "failed"
    | "dead"
    | "interrupted";
  /** PascalCase, or the code of an error; absent when converged. */
  readonly reason?: string;
  readonly durationMs: number;
}

export interface DeadLetter {
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  /** Of the last failure: how many runs it took. */
  readonly attempts: number;
  /** When the key first failed for good, and when last. */
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly failed: number;
}

/** The producer side: also moves accepted hints from the intake into the queue. */
export interface WorkQueue extends AsyncDisposable {
  /** Puts keys into the queue; equal keys collapse. */
  enqueue(keys: readonly Key[]): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Age of the oldest waiting key, in ms; 0 when none waits. */
  oldestWaitingMs(): Promise<number>;
  /** Newest first, one for each key. A key that converged later is no longer among them. */
  listDeadLetters(max: number): Promise<DeadLetter[]>;
  /** Enqueues a dead key; false when there is none. Throws TerminalError KEY_UNKNOWN. */
  replayDeadLetter(key: string): Promise<boolean>;
}

export interface QueueWorker extends AsyncDisposable {
  /** Takes no new key, waits for the running ones up to the drain time. */
  drain(): Promise<void>;
}

export type { Key };
