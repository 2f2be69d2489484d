/**
 * Keeps the resync going. Each pass asks to come back by itself; this gives the first push and notices
 * when a pass is overdue, because its key was lost with a flushed store or ended as a dead letter.
 */

import type { Key } from "../domain/keys.ts";
import type { QueueLog } from "./queue-log.ts";
import type { WorkQueue } from "./queue.ts";

export interface ScheduleOptions {
  readonly queue: Pick<WorkQueue, "enqueue">;
  readonly key: Key;
  readonly everyMs: number;
  /** When a pass was last complete; undefined for never. */
  readonly lastComplete: () => Promise<Date | undefined>;
  readonly now: () => Date;
  readonly log: QueueLog;
}

/** How soon a push that the store did not take is tried again. */
const retryMs = 2_000;

/** Starts at once; gives the function that stops it. */
export function startSchedule(options: ScheduleOptions): () => void {
  const { queue, key, everyMs, log } = options;
  let isPushed = false;
  let isStopped = false;
  let timer: NodeJS.Timeout;

  async function tick(): Promise<void> {
    if (!isPushed || (await isOverdue(options))) {
      await queue.enqueue([key]);
      isPushed = true;
    }
  }

  function tickAndPlan(): void {
    tick()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ key, reason }, "the resync could not be enqueued, trying again");
      })
      .finally(() => {
        if (!isStopped) {
          timer = setTimeout(tickAndPlan, isPushed ? everyMs : retryMs);
        }
      });
  }

  timer = setTimeout(tickAndPlan, 0);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

async function isOverdue({ lastComplete, now, everyMs }: ScheduleOptions): Promise<boolean> {
  const last = await lastComplete();
  return last === undefined || now().getTime() - last.getTime() > 2 * everyMs;
}
