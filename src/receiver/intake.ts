/**
 * Group commit: hints that arrive while a write to the store is in flight go out together in the next
 * one. A hint is accepted when it is durable, or refused within the time that a webhook may wait.
 */

import type { Key } from "../domain/keys.ts";
import { withDeadline } from "./deadline.ts";

export interface IntakeOptions {
  /** Durable for all keys when it resolves. */
  readonly append: (keys: readonly Key[]) => Promise<void>;
  /** No hint waits longer, in ms. */
  readonly timeoutMs: number;
  /** For metrics: how many hints one write took, and how long, in ms. */
  readonly onCommit?: (hints: number, ms: number) => void;
}

export interface Intake {
  /**
   * Resolves when all hints are durable; rejects when they may not be. They may have been stored
   * all the same.
   */
  accept(...keys: readonly Key[]): Promise<void>;
  /** Refuses new hints and waits for those in flight. */
  drain(): Promise<void>;
}

/** More than this waiting means that the store is not keeping up: refusing is better than growing. */
const waitingMax = 20_000;

interface Waiting {
  readonly keys: readonly Key[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createIntake({ append, timeoutMs, onCommit }: IntakeOptions): Intake {
  let waiting: Waiting[] = [];
  let inFlight: Promise<void> | undefined;
  let isDraining = false;

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await commit(group);
    }
    inFlight = undefined;
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    const began = performance.now();
    const keys = group.flatMap((each) => each.keys);
    try {
      // One that never settles must not hold up the groups after it.
      await withDeadline(append(keys), timeoutMs, "storing hints");
      group.forEach(({ resolve }) => {
        resolve();
      });
      onCommit?.(keys.length, performance.now() - began);
    } catch (error) {
      group.forEach(({ reject }) => {
        reject(error);
      });
    }
  }

  async function accept(...keys: readonly Key[]): Promise<void> {
    if (isDraining) {
      throw new Error("the intake is draining");
    }
    if (waiting.length >= waitingMax) {
      throw new Error(`more than ${String(waitingMax)} hints wait for the store`);
    }
    const { promise: durable, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ keys, resolve, reject });
    // Next tick: what one round of the event loop received goes out as one group.
    inFlight ??= new Promise<void>((next) => setImmediate(next)).then(commitAll);
    await withDeadline(durable, timeoutMs, "waiting for the store");
  }

  return {
    accept,
    async drain() {
      isDraining = true;
      await inFlight;
    },
  };
}
