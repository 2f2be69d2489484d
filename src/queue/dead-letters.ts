/**
 * Keys that failed for good: listed, replayed by key, forgotten once the key converged. A dead letter never
 * stands in the way of a later hint for its key.
 */

import type { Job } from "bullmq";
import type { KeyQueue } from "./backend.ts";
import { deadLettersMax, parseFailure, type KeyData } from "./jobs.ts";
import type { DeadLetter } from "./queue.ts";

type FailedJob = Job<KeyData, unknown>;

const jobsPerPage = 500;

/** Newest first; all failures of one key are one dead letter. */
export async function listDeadLetters(queue: KeyQueue, max: number): Promise<DeadLetter[]> {
  const byKey = await failuresByKey(queue);
  return [...byKey].slice(0, max).map(([key, jobs]) => describe(key, jobs));
}

/** Takes a key; gives its failed jobs, newest first. */
export async function findFailures(queue: KeyQueue, key: string): Promise<FailedJob[]> {
  return (await failuresByKey(queue)).get(key) ?? [];
}

/** Takes keys and when the run began that converged them; removes what failed before, and all but the first and last failure of every key. */
export async function tidyDeadLetters(
  queue: KeyQueue,
  convergedAt: ReadonlyMap<string, number>,
): Promise<void> {
  if ((await queue.getFailedCount()) === 0) {
    return;
  }
  for (const [key, jobs] of await failuresByKey(queue)) {
    const since = convergedAt.get(key) ?? 0;
    const [current, past] = [
      jobs.filter((job) => failedAt(job) >= since),
      jobs.filter((job) => failedAt(job) < since),
    ];
    await removeAll([...past, ...current.slice(1, -1)]);
  }
}

/** Removes failed jobs; one that is gone already is as good. */
export async function removeAll(jobs: readonly FailedJob[]): Promise<void> {
  for (const job of jobs) {
    try {
      await job.remove();
    } catch {
      // Removed by another replica, or by retention.
    }
  }
}

async function failuresByKey(queue: KeyQueue): Promise<Map<string, FailedJob[]>> {
  const byKey = new Map<string, FailedJob[]>();
  for (let start = 0; start < deadLettersMax; start += jobsPerPage) {
    const page = await queue.getFailed(start, start + jobsPerPage - 1);
    // A job that was removed between the listing and its reading has no content.
    const jobs = page.filter((job) => job?.id !== undefined);
    for (const job of jobs) {
      const { key } = job.data;
      byKey.set(key, [...(byKey.get(key) ?? []), job]);
    }
    if (page.length < jobsPerPage) {
      break;
    }
  }
  for (const jobs of byKey.values()) {
    jobs.sort((a, b) => failedAt(b) - failedAt(a));
  }
  return byKey;
}

function failedAt(job: FailedJob): number {
  return job.finishedOn ?? job.timestamp;
}

function describe(key: string, jobs: readonly FailedJob[]): DeadLetter {
  const [newest] = jobs;
  const oldest = jobs.at(-1);
  return {
    key,
    ...parseFailure(newest?.failedReason),
    attempts: newest?.attemptsMade ?? 0,
    firstAt: new Date(oldest === undefined ? 0 : failedAt(oldest)),
    lastAt: new Date(newest === undefined ? 0 : failedAt(newest)),
  };
}
