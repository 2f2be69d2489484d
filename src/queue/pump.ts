/**
 * Moves accepted hints from the store's intake into the queue. A batch is acknowledged only once its keys
 * are in the queue, so a crash in between repeats hints and never loses one.
 */

import type { Key } from "../domain/keys.ts";
import type { HintBatch, Store } from "../store/store.ts";
import { pause } from "./deadline.ts";
import { throttled } from "../domain/throttle.ts";
import { describeError, type QueueLog } from "./queue-log.ts";

export interface Pump {
  /** Takes no further batch; resolves when the one at hand is done or given back. */
  stop(): Promise<void>;
}

export interface PumpOptions {
  readonly store: Pick<Store, "takeHints" | "acknowledgeHints">;
  /** Counts the keys and puts them into the queue. */
  readonly enqueue: (keys: readonly Key[]) => Promise<void>;
  readonly log: QueueLog;
}

const hintsPerBatchMax = 1_000;
const takeWaitMs = 1_000;
const backoffFirstMs = 100;
const backoffMaxMs = 2_000;

/** Starts at once. Outlives outages of the store: a batch is tried again until its keys are in the queue. */
export function startPump({ store, enqueue, log }: PumpOptions): Pump {
  const stopping = new AbortController();
  const warn = throttled((fields, message) => log.warn(fields, message), Date.now);
  const state: { batch: HintBatch | undefined; enqueued: boolean } = {
    batch: undefined,
    enqueued: false,
  };

  async function step(): Promise<void> {
    const batch = state.batch ?? (await store.takeHints(hintsPerBatchMax, takeWaitMs));
    if (batch.ids.length === 0) {
      return;
    }
    if (state.batch === undefined) {
      Object.assign(state, { batch, enqueued: false });
    }
    if (!state.enqueued) {
      await enqueue([...new Set(batch.keys)]);
      state.enqueued = true;
    }
    await store.acknowledgeHints(batch);
    state.batch = undefined;
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await step();
        failures = 0;
      } catch (error) {
        failures += 1;
        warn({ err: describeError(error), failures }, "hints wait in the intake, trying again");
        await pause(Math.min(backoffMaxMs, backoffFirstMs * 2 ** (failures - 1)), stopping.signal);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
