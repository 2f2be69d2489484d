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

export interface DeadLetter {
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
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
  listDeadLetters(max: number): Promise<DeadLetter[]>;
  replayDeadLetter(key: string): Promise<boolean>;
}

export interface QueueWorker extends AsyncDisposable {
  /** Takes no new key, waits for the running ones up to the drain time. */
  drain(): Promise<void>;
}

export type { Key };
