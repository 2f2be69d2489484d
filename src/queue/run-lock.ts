/**
 * Keeps a running job locked, and says when the lock is lost. BullMQ's own renewal is switched off: it
 * tracks by job id and forgets a job that is pulled back while its former run is still leaving.
 */

import type { QueueLog } from "./queue-log.ts";

export interface LockedJob {
  /** When it was taken, in ms. */
  readonly processedOn?: number | undefined;
  /** Gives 1, or something else when the lock is another's. */
  extendLock(token: string, ms: number): Promise<number>;
}

export interface RunLock {
  /** Aborted when another worker may run the key. */
  readonly lost: AbortSignal;
  stop(): void;
}

/** Takes a job that was just taken with `token`; renews its lock at a third of `lockMs` until stopped. */
export function keepLocked(
  job: LockedJob,
  {
    token,
    lockMs,
    log,
  }: { readonly token: string; readonly lockMs: number; readonly log: QueueLog },
): RunLock {
  const lost = new AbortController();
  let validUntil = (job.processedOn ?? Date.now()) + lockMs;

  async function renew(): Promise<void> {
    const asked = Date.now();
    try {
      if ((await job.extendLock(token, lockMs)) !== 1) {
        validUntil = 0;
      } else {
        validUntil = asked + lockMs;
      }
    } catch {
      // The store is down. Until the lock runs out it is still ours.
    }
  }

  function check(): void {
    if (Date.now() < validUntil) {
      void renew();
      return;
    }
    clearInterval(timer);
    log.warn({ reason: "LockLost" }, "another worker may run this key, giving it up");
    lost.abort(new Error("the lock of the key was lost"));
  }

  const timer = setInterval(check, lockMs / 3);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}
